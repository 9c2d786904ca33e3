#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# headers.sh - compiles every header alone, with the project's warnings.
#
# usage: tests/checks/headers.sh [COMPILER [FLAG...]]
#
# Each is included twice, so that a missing guard shows as well.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd -- "$here/../../src"

if [ $# -eq 0 ]; then
    set -- gcc -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual -Wswitch-enum -Wvla \
        -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wnull-dereference
fi
# shellcheck disable=SC2046  # a list of flags
set -- "$@" $(pkg-config --cflags libpcap sqlite3 libllhttp libb2 libpsl libidn2 libseccomp)

count=0
failures=0
for header in $(find . -name '*.h' | sed 's,^\./,,' | LC_ALL=C sort); do
    count=$((count + 1))
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        "$@" -std=c11 -D_GNU_SOURCE -Werror -I . -fsyntax-only -x c - || {
        echo "not ok: $header does not compile alone"
        failures=$((failures + 1))
    }
done
echo "$count headers, $failures that do not compile alone"
[ "$count" -gt 0 ] && [ "$failures" -eq 0 ]
