#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# format.sh - compares every C file with .clang-format.
#
# usage: tests/checks/format.sh [--fix]
#
# Releases of clang-format disagree about details, so only 14, that of Debian
# 12, is asked; without it the check is skipped (exit status 77).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd -- "$here/../.."

formatter=''
for name in clang-format-14 clang-format; do
    case $("$name" --version 2>/dev/null) in
    *' version 14.'*) formatter=$name && break ;;
    esac
done
if [ -z "$formatter" ]; then
    echo 'SKIP: clang-format 14 is not here'
    exit 77
fi

case ${1-} in
'') set -- --dry-run -Werror ;;
--fix) set -- -i ;;
*)
    echo 'usage: tests/checks/format.sh [--fix]' >&2
    exit 2
    ;;
esac
find src tests -name '*.[ch]' -exec "$formatter" "$@" {} +
