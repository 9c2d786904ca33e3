#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# layers.sh - holds the include law: data flows one way, and so do includes.
#
# usage: tests/checks/layers.sh [SRC-DIR]
#
#   - A file includes its own room, core/, and rooms upstream; never downstream.
#   - seeother*.[ch] may include every room but cli; only cli may include seeother.h.
#   - A foreign header has one home.
#   - No file includes itself, by whatever way round.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd -- "${1-$here/../../src}"

# shellcheck disable=SC2016  # the fields are awk's
law='
BEGIN {
    # In the order of the flow.
    room_count = split("core contain capture decode stream http pair rules store report serve seeother cli", order)
    for (i = 1; i <= room_count; i++) {
        rank[order[i]] = i
    }

    # Foreign headers: a room, and in how many of its files they may stand (0: any).  What packs
    # captures packs content too.
    home("pcap.h", "capture", 0)
    home("pcap/", "capture", 0)
    home("zlib.h", "capture", 1)
    home("zstd.h", "capture", 1)
    home("zlib.h", "http", 1)
    home("zstd.h", "http", 1)
    home("zstd_errors.h", "capture", 1)
    home("zstd_errors.h", "http", 1)
    home("brotli/", "http", 1)
    home("lzma.h", "capture", 1)
    home("lz4frame.h", "capture", 1)
    home("llhttp.h", "http", 1)
    home("blake2.h", "http", 1)
    home("seccomp.h", "contain", 1)
    home("linux/landlock.h", "contain", 1)
    home("libpsl.h", "rules", 1)
    home("idn2.h", "pair", 1)
    home("sqlite3.h", "store", 0)
    home("microhttpd.h", "serve", 1)
    home("cmocka.h", "no room: it is for tests", 0)
}

function home(header, room, files) {
    homes_of[header] = homes_of[header] " " room
    files_of[header, room] = files
}

function complain(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    failed = 1
}

# The first directory of a path; the front door is a room of its own.
function room_of(path) {
    if (path ~ /^seeother(_[a-z]+)?\.[ch]$/) {
        return "seeother"
    }
    return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : ""
}

function check_own(path, from, to) {
    from = room_of(FILENAME)
    to = room_of(path)
    if (!(to in rank)) {
        complain("\"" path "\" is in no room")
    } else if (path !~ /\.(h|def|inc)$/) {
        complain("\"" path "\" is no header")
    } else if (rank[to] > rank[from]) {
        complain(from " includes " to ", which is downstream: \"" path "\"")
    }
    edges[FILENAME] = edges[FILENAME] " " path
}

function check_foreign(path, header, room) {
    room = room_of(FILENAME)
    for (header in homes_of) {
        if (path != header && (header !~ /\/$/ || index(path, header) != 1)) {
            continue
        }
        if (!((header, room) in files_of)) {
            complain("<" path "> belongs in" homes_of[header])
        } else if (files_of[header, room] && ((header, room) in held_by) &&
                   held_by[header, room] != FILENAME) {
            complain("<" path "> is in " held_by[header, room] " already")
        }
        held_by[header, room] = FILENAME
    }
}

FNR == 1 {
    file_count++
    if (!(room_of(FILENAME) in rank)) {
        complain("stands in no room")
        nextfile
    }
}

/^[ \t]*#[ \t]*include/ {
    path = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", path)
    mark = substr(path, 1, 1)
    path = substr(path, 2)
    if (mark == "\"") {
        sub(/".*/, "", path)
        check_own(path)
    } else if (mark == "<") {
        sub(/>.*/, "", path)
        check_foreign(path)
    } else {
        complain("an include that only a compiler can read")
    }
}

# Depth first; `trail` is the way here.
function visit(file, trail, next_files, count, i) {
    if (state[file] == "done") {
        return
    }
    if (state[file] == "open") {
        printf "%s: included in a circle:%s %s\n", file, trail, file
        failed = 1
        return
    }
    state[file] = "open"
    count = split(edges[file], next_files, " ")
    for (i = 1; i <= count; i++) {
        visit(next_files[i], trail " " file)
    }
    state[file] = "done"
}

END {
    for (file in edges) {
        visit(file, "")
    }
    if (file_count == 0) {
        print "no source files here"
        failed = 1
    }
    exit failed
}
'

# The names carry no blanks: they are ours.
find . -type f -name '*.[ch]' | sed 's,^\./,,' | LC_ALL=C sort | xargs awk "$law"
