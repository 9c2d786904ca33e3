#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# run.sh - fuzzes one target, or each in turn, with libFuzzer.
#
# usage: tests/fuzz/run.sh TARGET|all SECONDS [LIBFUZZER-OPTION...]
#
# TARGET is the name of a fuzz_TARGET.c: the list is in tests/meson.build.  Needs clang
# with its runtime (apt install clang-14 libclang-rt-14-dev).  What is found grows in
# build-fuzz/corpus/TARGET; what crashes is left in build-fuzz/crashes.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=$top/build-fuzz
[ $# -ge 2 ] || { sed -n '4,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
target=$1
seconds=$2
shift 2
: "${CC:=$(command -v clang-14 || command -v clang)}"
export CC

if [ ! -d "$build" ]; then
    meson setup "$build" "$top" -Dfuzzing=true -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args='-fno-sanitize-recover=all -fsanitize=fuzzer-no-link' >/dev/null
fi
mkdir -p "$build/crashes"

# fuzz NAME OPTION...: prints how it went in one line.
fuzz() {
    name=$1
    shift
    corpus=$build/corpus/$name
    log=$build/$name.log
    mkdir -p "$corpus"
    seeds=$top/tests/fuzz/corpus/$name
    ninja -C "$build" "tests/fuzz_$name" >"$log" || { cat "$log"; return 1; }
    # libFuzzer writes what it finds to the folder that is named first.
    set -- "$@" "$corpus" "$seeds"
    [ "$name" != pipeline ] || set -- "$@" "$top/samples"
    status=0
    "$build/tests/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -max_len=65536 -artifact_prefix="$build/crashes/$name-" -print_final_stats=1 "$@" \
        >"$log" 2>&1 || status=$?
    awk -v name="$name" -v status="$status" '
        / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") coverage = $(i + 1) }
        /number_of_executed_units/ { runs = $2 }
        /average_exec_per_sec/ { rate = $2 }
        /new_units_added/ { added = $2 }
        END { printf "%-9s %9d runs %6d/s  coverage %6d  new %5d  %s\n", name, runs, rate,
              coverage, added, status ? "FAILED" : "ok" }' "$log"
    [ "$status" -eq 0 ] || { tail -n 30 "$log"; return 1; }
}

if [ "$target" = all ]; then
    failed=0
    for source in "$top"/tests/fuzz/fuzz_*.c; do
        name=${source##*/fuzz_}
        fuzz "${name%.c}" "$@" || failed=1
    done
    exit "$failed"
fi
fuzz "$target" "$@"
