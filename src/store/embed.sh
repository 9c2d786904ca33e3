#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# embed.sh OUT.c ARRAY FILE.sql... - writes a C file that holds the SQL files as
#
#     const struct see_sql ARRAY[] = {{"name", "text"}, ..., {NULL, NULL}};
#
# in the order given; the name is that of the file without folder and ".sql".  ISO(TIME), with the
# name of a column of nanoseconds, becomes the expression for it as text of ISO 8601; with the cast
# it compares as a column of text does.
set -eu

if [ $# -lt 3 ]; then
    echo "usage: embed.sh OUT.c ARRAY FILE.sql..." >&2
    exit 2
fi
out=$1
array=$2
shift 2

seconds="\\1 \/ 1000000000 - (\\1 % 1000000000 < 0)"
microseconds="(\\1 % 1000000000 + 1000000000) % 1000000000 \/ 1000"
iso="CAST(replace(datetime($seconds, 'unixepoch'), ' ', 'T') || '.' ||"
iso="$iso substr(1000000 + $microseconds, 2) || 'Z' AS TEXT)"

{
    echo '/* Made by embed.sh; edit the SQL files instead. */'
    echo '#include "store/sql.h"'
    echo
    echo '#include <stddef.h>'
    echo
    echo '/* ISO C promises 4095 octets in a literal; every compiler we build with takes more. */'
    echo '#pragma GCC diagnostic ignored "-Woverlength-strings"'
    echo
    echo "const struct see_sql ${array}[] = {"
    for file in "$@"; do
        # A question mark is escaped because two of them can begin a trigraph in C11.
        printf '    {"%s",\n' "$(basename "$file" .sql)"
        sed -e "s/ISO(\([a-z_.]*_ns\))/$iso/g" -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e 's/	/\\t/g' \
            -e 's/^/     "/' -e 's/$/\\n"/' <"$file"
        echo '    },'
    done
    echo '    {NULL, NULL},'
    echo '};'
} >"$out.part"
mv "$out.part" "$out"
