#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# hardened.sh - looks in a binary for what makes an error in it hard to exploit.
#
# usage: tests/checks/hardened.sh BINARY [fortified | plain]
#
#   - position independent (PIE), no path of libraries of its own
#   - read-only relocations (RELRO), bound at start (BIND_NOW), none in the code
#   - no memory is both writable and executable, the stack included
#   - guarded stack frames
#   - fortified: the C library's checked copies are called; a build without an
#     optimiser or with sanitizers is plain, and has none
#   - x86-64 with a compiler and C library that mark it: landing pads (IBT) and
#     shadow stack (SHSTK)
#
# Exits with 77 (skipped) without readelf.
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo 'usage: tests/checks/hardened.sh BINARY [fortified | plain]' >&2
    exit 2
fi
binary=$1
kind=${2-fortified}
if ! command -v readelf >/dev/null; then
    echo 'SKIP: there is no readelf here'
    exit 77
fi
failures=0

wrong() {
    echo "not ok: $binary: $1"
    failures=$((failures + 1))
}

# What was read, so that a file readelf cannot read is no file without faults.
header=$(LC_ALL=C readelf -hW "$binary")
segments=$(LC_ALL=C readelf -lW "$binary")
dynamic=$(LC_ALL=C readelf -dW "$binary")
symbols=$(LC_ALL=C readelf --dyn-syms -W "$binary")

# has TEXT PATTERN
has() {
    printf '%s\n' "$1" | grep -Eq -- "$2"
}

has "$header" 'Type: +DYN' || wrong 'is not position independent'
has "$dynamic" 'FLAGS_1.*PIE' || wrong 'is not marked as PIE'
has "$segments" 'GNU_RELRO' || wrong 'has no read-only relocations'
has "$dynamic" 'BIND_NOW|FLAGS_1.*NOW' || wrong 'binds its symbols lazily'
! has "$dynamic" 'TEXTREL' || wrong 'has relocations in its code'
! has "$dynamic" 'RPATH|RUNPATH' || wrong 'brings a path of libraries along'
has "$segments" 'GNU_STACK' || wrong 'does not say what its stack may do'
! has "$segments" '^ *(GNU_STACK|LOAD) .* (RWE|R?WE) ' || wrong 'has memory to write and execute'
has "$symbols" '__stack_chk_fail' || wrong 'does not guard its stack'

case $kind in
fortified)
    has "$symbols" '__(memcpy|snprintf|vsnprintf|fprintf|printf|memmove|read|recv)_chk' ||
        wrong 'does not call the checked copies of the C library'
    ;;
plain) echo 'plain: checked copies are not looked for' ;;
*)
    echo "hardened.sh: neither fortified nor plain: $kind" >&2
    exit 2
    ;;
esac

# The linker keeps the mark only when every object has it, those of the C library included.
marks_of() {
    LC_ALL=C readelf -nW "$1" | sed -n 's/.*x86 feature: //p'
}
start=$(gcc -print-file-name=Scrt1.o 2>/dev/null || :)
if has "$header" 'X86-64' && [ -f "$start" ] && has "$(marks_of "$start")" 'IBT'; then
    has "$(marks_of "$binary")" 'IBT.*SHSTK' || wrong 'is not marked for IBT and SHSTK'
else
    echo 'control flow marks: this machine, or its C library, has none'
fi

[ "$failures" -eq 0 ]
