#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# demo.sh - from a fresh clone to findings: sets up, builds, and runs seeother on
# the sample captures.
#
# usage: samples/demo.sh
#
# Works on a Debian 12 or newer that has only apt; root or sudo is needed to
# install what is missing, and for nothing else.  The database is build/demo.db,
# made anew each time.
set -eu

from=$(pwd)
cd -- "$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)"
top=$(pwd)

if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
    bold=$(printf '\033[1m')
    plain=$(printf '\033[0m')
else
    bold='' plain=''
fi

# Shows a command as one would type it.
show() {
    printf '\n%s$ %s%s\n\n' "$bold" "$1" "$plain"
}

tests/setup.sh build build

database=build/demo.db
rm -f "$database" "$database-wal" "$database-shm" "$database-journal"

show "build/seeother analyze -d $database samples/*.pcap"
build/seeother analyze -d "$database" samples/*.pcap

show "build/seeother query -d $database by-client"
build/seeother query -d "$database" by-client

if [ "$from" = "$top" ]; then
    printf '\n%sNext:%s\n' "$bold" "$plain"
else
    printf '\n%sNext, in %s:%s\n' "$bold" "$top" "$plain"
fi
printf '    %-56s%s\n' \
    "build/seeother query -d $database" 'what else can be asked' \
    'build/seeother rules 303-method-not-get' 'what a rule checks, why, and who says so' \
    'build/seeother analyze -d my.db FILE...' 'the same for captures of yours'
