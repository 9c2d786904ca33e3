#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# run.sh - runs every test under ASan and UBSan, on a machine that has only apt.
#
# usage: tests/run.sh [MESON-TEST-ARGUMENT...]
#
#     tests/run.sh                 all tests
#     tests/run.sh stream layers   these alone
#     tests/run.sh --list          their names
#
# Installs what is missing, builds in build-test/, and says at the end what was
# skipped and why.  Tests that need captures from outside of this repository are
# skipped where these are not.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=$top/build-test

# Old results must not stand in for a run that did not come about.
rm -f "$build"/meson-logs/testlog*.json

"$top/tests/setup.sh" test build-test --buildtype=debugoptimized \
    -Db_sanitize=address,undefined -Dc_args=-fno-sanitize-recover=all

# meson leaves the sanitizers' defaults alone, and those of UBSan let an error pass.
export ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1${ASAN_OPTIONS+:$ASAN_OPTIONS}"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1${UBSAN_OPTIONS+:$UBSAN_OPTIONS}"

echo '==> testing'
status=0
meson test -C "$build" --no-rebuild --print-errorlogs "$@" || status=$?
summary=$(python3 "$top/tests/summary.py" "$build")
if [ -n "$summary" ]; then
    printf '%s\n' "$summary"
elif [ $# -eq 0 ]; then
    echo 'run.sh: no test was run' >&2
    exit 1
fi
exit "$status"
