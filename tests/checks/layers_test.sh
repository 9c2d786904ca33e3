#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# layers_test.sh - shows that layers.sh lets the lawful pass and catches the rest.
#
# Each case puts one line into one file of a small lawful tree, and names what
# must be said about it.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/src
failures=0

put() {
    mkdir -p "$tree/$(dirname "$1")"
    printf '%s\n' "$2" >>"$tree/$1"
}

lawful_tree() {
    rm -rf "$tree"
    put core/view.h '#include <stddef.h>'
    put core/text.h '#include "core/view.h"'
    put capture/frame.h '#include "core/view.h"'
    put capture/capture.c '#include <pcap.h>'
    put http/http.h '#include "core/text.h"'
    put http/http1.c '#include <llhttp.h>'
    put http/digest.c '#include <blake2.h>'
    put http/coding_zlib.c '#include <zlib.h>'
    put capture/unpack_gzip.c '#include <zlib.h>'
    put pair/pair.h '#include "http/http.h"'
    put store/store.c '#include <sqlite3.h>'
    put seeother.h '#include "capture/frame.h"'
    put seeother.c '#include "store/store.h"'
    put cli/analyze.c '#include "seeother.h"'
}

# passes NAME
passes() {
    if ! "$here/layers.sh" "$tree" >"$scratch/said" 2>&1; then
        echo "not ok: $1: was refused: $(cat "$scratch/said")"
        failures=$((failures + 1))
    fi
}

# caught FILE LINE WHAT-IS-SAID
caught() {
    lawful_tree
    put "$1" "$2"
    if "$here/layers.sh" "$tree" >"$scratch/said" 2>&1; then
        echo "not ok: $2 in $1: was let pass"
        failures=$((failures + 1))
    elif ! grep -qF -- "$3" "$scratch/said"; then
        echo "not ok: $2 in $1: said: $(cat "$scratch/said")"
        failures=$((failures + 1))
    fi
}

lawful_tree
passes 'a lawful tree'
put pair/pair.c '  #  include "capture/frame.h" /* "store/store.h" */'
put pair/pair.c '/* includes "store/store.h" in words only */'
passes 'an include far upstream, oddly written'

caught core/text.h '#include "capture/frame.h"' 'core includes capture, which is downstream'
caught capture/frame.h '#include "http/http.h"' 'capture includes http, which is downstream'
caught http/deep/down.c '#include "pair/pair.h"' 'http includes pair, which is downstream'
caught http/http.h '  #  include "pair/pair.h"' 'http includes pair, which is downstream'
caught store/store.c '#include "seeother.h"' 'store includes seeother, which is downstream'
caught seeother.c '#include "cli/cli.h"' 'seeother includes cli, which is downstream'
caught http/http.h '#include "view.h"' 'is in no room'
caught http/http.h '#include "../pair/pair.h"' 'is in no room'
caught http/http.h '#include "core/view.c"' 'is no header'
caught http/http.h '#include HEADER' 'only a compiler can read'
caught stray.c '#include "core/view.h"' 'stands in no room'
caught cellar/stray.c '#include "core/view.h"' 'stands in no room'
caught decode/decode.c '#include <pcap.h>' '<pcap.h> belongs in capture'
caught decode/decode.c '#include <pcap/sll.h>' '<pcap/sll.h> belongs in capture'
caught cli/query.c '#include <sqlite3.h>' '<sqlite3.h> belongs in store'
caught stream/stream.c '#include <llhttp.h>' '<llhttp.h> belongs in http'
caught http/other.c '#include <llhttp.h>' 'already'
caught http/other.c '#include <zlib.h>' 'http/coding_zlib.c already'
caught store/other.c '#include <zlib.h>' 'belongs in capture http'
caught http/other.c '#include <blake2.h>' 'already'
caught core/text.h '#include <cmocka.h>' 'it is for tests'
caught core/view.h '#include "core/text.h"' 'included in a circle'
caught core/view.h '#include "core/view.h"' 'included in a circle'

mkdir "$scratch/empty"
if "$here/layers.sh" "$scratch/empty" >/dev/null 2>&1; then
    echo 'not ok: a tree without sources was let pass'
    failures=$((failures + 1))
fi

[ "$failures" -eq 0 ]
