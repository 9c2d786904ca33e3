#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# symbols.sh - no two files of the library may define the same name.
#
# usage: tests/checks/symbols.sh LIBRARY.a
#
# A static library with a name twice links without a word, and one of the two is called for both.
set -eu

twice=$(nm -A --defined-only "$1" | awk '$2 ~ /^[TDBR]$/ { print $3 }' | LC_ALL=C sort | uniq -d)
if [ -n "$twice" ]; then
    printf 'defined twice: %s\n' "$twice"
    exit 1
fi
