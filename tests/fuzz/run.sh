#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# run.sh - fuzzes one target, or all of them, with libFuzzer, and prints a table.
#
# usage: tests/fuzz/run.sh [-j JOBS] [-m] TARGET|all SECONDS [LIBFUZZER-OPTION...]
#
#     -j JOBS   so many targets at a time (one)
#     -m        afterwards what is small and reaches an edge that no seed reaches is
#               added to corpus/TARGET
#
# TARGET is the name of a fuzz_TARGET.c.  Needs clang with its runtime (apt install
# clang-14 libclang-rt-14-dev).  What is found grows in build-fuzz/corpus/TARGET, what
# crashes is left in build-fuzz/crashes, and what libFuzzer said in build-fuzz/TARGET.log.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=$top/build-fuzz
readonly top build

# Octets of an input that is small enough to be kept with the source.
readonly small=1024

usage() {
    sed -n '4,15s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

jobs=1
merges=false
while getopts j:m option; do
    case $option in
    j) jobs=$OPTARG ;;
    m) merges=true ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 2 ] || usage
targets=$1
seconds=$2
shift 2
: "${CC:=$(command -v clang-14 || command -v clang)}"
export CC

seeds() {
    echo "$top/tests/fuzz/corpus/$1"
    [ "$1" != pipeline ] || echo "$top/samples"
}

# crashes NAME: how many were found since this program was started.
crashes() {
    find "$build/crashes" -name "$1-*" -newer "$build/started" | wc -l
}

# fuzz NAME OPTION...: leaves a row of the table.
fuzz() {
    name=$1
    shift
    log=$build/$name.log
    mkdir -p "$build/corpus/$name"
    # libFuzzer writes what it finds to the folder that is named first.
    # shellcheck disable=SC2046  # our own paths, one a line
    set -- "$@" "$build/corpus/$name" $(seeds "$name")
    status=0
    "$build/tests/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -max_len=65536 -artifact_prefix="$build/crashes/$name-" -print_final_stats=1 "$@" \
        >"$log" 2>&1 || status=$?
    awk -v name="$name" -v status="$status" -v crashes="$(crashes "$name")" '
        /inline 8-bit counters/ { edges = substr($5, 2) }
        / cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") reached = $(i + 1)
                                              if ($i == "ft:") features = $(i + 1) } }
        /^Done / { took = $5 }
        /number_of_executed_units/ { runs = $2 }
        /average_exec_per_sec/ { rate = $2 }
        /new_units_added/ { added = $2 }
        END { printf "| %-8s | %10d | %7s | %8d | %8d | %8d | %6d | %6d | %7d | %s |\n", name,
              runs, took, rate, features, reached, edges, added, crashes,
              status ? "FAILED" : "ok" }' "$log" >"$build/$name.row"
}

# Only edges count here: a count of rounds that is new makes no input worth keeping.
keep() {
    "$build/tests/fuzz_$1" -merge=1 -use_counters=0 -max_len=$small \
        "$top/tests/fuzz/corpus/$1" "$build/corpus/$1" >"$build/$1.merge.log" 2>&1 ||
        { tail -n 30 "$build/$1.merge.log"; return 1; }
    find "$build/corpus/$1" -type f -size "+${small}c" | wc -l |
        sed "s/\$/ inputs of $1 are too large to be kept/; /^0 /d"
}

if [ ! -d "$build" ]; then
    meson setup "$build" "$top" --buildtype=debugoptimized -Dfuzzing=true \
        -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args='-fno-sanitize-recover=all -fsanitize=fuzzer-no-link' >/dev/null
fi
mkdir -p "$build/crashes"
: >"$build/started"

if [ "$targets" = all ]; then
    targets=''
    for source in "$top"/tests/fuzz/fuzz_*.c; do
        name=${source##*/fuzz_}
        targets="$targets ${name%.c}"
    done
fi
for name in $targets; do
    ninja -C "$build" "tests/fuzz_$name" >"$build/$name.log" || { cat "$build/$name.log"; exit 1; }
    rm -f "$build/$name.row"
done

# A pipe holds a line for each job that may run.
slots=$build/slots.$$
rm -f "$slots"
mkfifo "$slots"
exec 3<>"$slots"
rm -f "$slots"
i=0
while [ "$i" -lt "$jobs" ]; do
    echo >&3
    i=$((i + 1))
done
for name in $targets; do
    read -r _ <&3
    {
        fuzz "$name" "$@" 3<&-
        echo >&3
    } &
done
wait

failed=0
echo '| target   |       runs | seconds | a second | features |    edges |     of |    new | crashes |    |'
echo '|----------|-----------:|--------:|---------:|---------:|---------:|-------:|-------:|--------:|----|'
for name in $targets; do
    cat "$build/$name.row"
    ! grep -q FAILED "$build/$name.row" || failed=1
done
for name in $targets; do
    ! grep -q FAILED "$build/$name.row" || { echo "--- $name"; tail -n 30 "$build/$name.log"; }
done
if $merges && [ "$failed" -eq 0 ]; then
    for name in $targets; do
        keep "$name" || failed=1
    done
    git -C "$top" status --short tests/fuzz/corpus 2>/dev/null || :
fi
exit "$failed"
