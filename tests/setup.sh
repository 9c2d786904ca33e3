#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# setup.sh - installs what is missing and builds.
#
# usage: tests/setup.sh [build | test | ci] [BUILD-DIR [MESON-OPTION...]]
#
#     build   what the tool needs
#     test    that, and what its tests need (the default)
#     ci      that, and what .ci/run needs
#
# With BUILD-DIR it is configured there, unless it already is, and built; with `build` without tests.
# What is there is left alone: a second run calls neither apt-get nor meson.
# Only installing needs root, directly or through sudo.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
readonly top
source_file=/etc/apt/sources.list.d/seeother-llhttp.sources
pin_file=/etc/apt/preferences.d/seeother-llhttp

# One row a package: who needs it first, its name, and how to see that it is there, so that a
# library or tool that came by another way counts too.
packages='
build  gcc            command gcc
build  libc6-dev      header  stdio.h
build  meson          command meson
build  ninja-build    command ninja
build  pkgconf        command pkg-config
build  libpcap-dev    library libpcap
build  zlib1g-dev     library zlib
build  libzstd-dev    library libzstd
build  liblzma-dev    library liblzma
build  liblz4-dev     library liblz4
build  libbrotli-dev  library libbrotlidec
build  libsqlite3-dev library sqlite3
build  libllhttp-dev  library libllhttp
build  libb2-dev      library libb2
build  libseccomp-dev library libseccomp
build  libmicrohttpd-dev library libmicrohttpd
build  libpsl-dev     library libpsl
build  libidn2-dev    library libidn2
build  publicsuffix   file    /usr/share/publicsuffix/public_suffix_list.dafsa
test   libcmocka-dev  library cmocka
test   sqlite3        command sqlite3
test   python3        command python3
test   iproute2       command ip
test   tcpdump        command tcpdump
test   curl           command curl
test   valgrind       command valgrind
ci     binutils       command readelf
ci     clang          command clang
ci     clang-format   command clang-format
ci     clang-tidy     command clang-tidy
ci     shellcheck     command shellcheck
ci     prometheus     command promtool
ci     systemd        command systemd-analyze
ci     nginx-light    command nginx
'

say() {
    printf '==> %s\n' "$*"
}

fail() {
    printf 'setup.sh: %s\n' "$*" >&2
    exit 1
}

# Runs a command with its output in a log, which is shown only when the command fails.
quietly() {
    "$@" >"$log" 2>&1 </dev/null && return
    tail -n 80 "$log" >&2
    return 1
}

is_there() {
    case $1 in
    command) command -v "$2" >/dev/null || [ -x "/usr/sbin/$2" ] ;;
    library) command -v pkg-config >/dev/null && pkg-config --exists "$2" ;;
    file) [ -e "$2" ] ;;
    header) command -v gcc >/dev/null && echo "#include <$2>" | gcc -E - >/dev/null 2>&1 ;;
    esac
}

# The packages that `$1` needs and that are not there, on one line.
missing_for() {
    case $1 in
    build) needs=' build ' ;;
    test) needs=' build test ' ;;
    ci) needs=' build test ci ' ;;
    esac
    list=''
    while read -r need package kind name; do
        case $needs in
        *" ${need:-none} "*) is_there "$kind" "$name" || list="$list $package" ;;
        esac
    done <<ROWS
$packages
ROWS
    echo "${list# }"
}

# The value of `$1` in os-release; empty where there is none.
system() {
    sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | tr -d '"'
}

check_system() {
    case " $(system ID) $(system ID_LIKE) " in
    *' debian '*) ;;
    *)
        fail "these are missing: $1. Installing them works on Debian 12 and newer; this is" \
            "$(system PRETTY_NAME | grep . || uname -s). Install them under the names they have" \
            'here, then try again.'
        ;;
    esac
    command -v apt-get >/dev/null || fail "these are missing: $1; there is no apt-get to install them"
}

# Runs a command as root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

check_root() {
    [ "$(id -u)" -ne 0 ] || return 0
    command -v sudo >/dev/null ||
        fail "these are missing: $1. Installing them needs root, and there is no sudo:" \
            "run tests/setup.sh as root once, then this again."
    sudo -n true 2>/dev/null && return
    [ -t 0 ] ||
        fail "these are missing: $1. Installing them needs root, and sudo wants a password where" \
            "nobody can type one: run tests/setup.sh as root once, then this again."
    say 'installing needs root: sudo asks for your password'
    sudo true || fail 'sudo refused: nothing was installed'
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=2 "$@"
}

# Those of the named packages that apt does not know or may not install.
without_candidate() {
    for package in "$@"; do
        LC_ALL=C apt-cache policy "$package" | grep -q '^ *Candidate: [^(]' || echo "$package"
    done
}

# The mirror that this machine takes its Debian from, so that no host need be named here.
mirror() {
    # shellcheck disable=SC2016  # the fields are apt's
    apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(SITE)' 'Created-By: Packages' |
        awk '$1 == "bookworm" && $2 == "main" && $3 !~ /^cdrom:/ { print $3; exit }'
}

llhttp_source() {
    cat <<SOURCE
# Made by tests/setup.sh of seeother: Debian 12 has no llhttp, its successor's installs cleanly.
# $pin_file lets nothing else come from here.
# To undo, and before an upgrade to Debian 13: delete these two files, then run apt-get update.
Types: deb
URIs: $1
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCE
}

llhttp_pin() {
    cat <<PIN
# Made by tests/setup.sh of seeother: of Debian 13, only llhttp may be installed.
# Goes together with $source_file; undo both at once.
Package: *
Pin: release n=trixie
Pin-Priority: -1

Package: libllhttp*
Pin: release n=trixie
Pin-Priority: 500
PIN
}

write_file() {
    as_root tee "$1" >/dev/null || fail "cannot write $1"
    as_root chmod 644 "$1"
}

# Debian 12 gets a second source.  The pin is written first, so that the source is never without.
add_llhttp_source() {
    site=$(mirror)
    if [ -z "$site" ]; then
        explain_apt
        fail 'apt is configured for no mirror of Debian 12 (bookworm, main)'
    fi
    say "packages: adding Debian 13 as a source of llhttp alone ($source_file)"
    llhttp_pin | write_file "$pin_file"
    llhttp_source "$site" | write_file "$source_file"
    quietly apt_get update -o Dir::Etc::SourceList="$source_file" -o Dir::Etc::SourceParts=- \
        -o APT::Get::List-Cleanup=false || say 'packages: apt-get update failed (above)'
    [ -n "$(without_candidate libllhttp-dev)" ] || return 0
    as_root rm -f "$source_file" "$pin_file"
    explain_apt
    fail "the mirror $site does not give out libllhttp-dev of Debian 13; the new source is gone again"
}

# An update that fails in part may still have brought what is needed, so only a warning comes of
# it; the packages that nobody has tell.
update_lists() {
    say 'packages: reading the lists (apt-get update)'
    quietly apt_get update || say 'packages: apt-get update failed (above), trying anyway'
    case " $1 " in
    *' libllhttp-dev '*)
        if [ "$(system VERSION_CODENAME)" = bookworm ] &&
            [ -n "$(without_candidate libllhttp-dev)" ]; then
            add_llhttp_source
        fi
        ;;
    esac
}

# Shows what apt complained of last, and fails if that is the network.
explain_apt() {
    grep '^[EW]:' "$log" >&2 || :
    if grep -Eqi 'could not resolve|temporary failure|(could not|unable to|cannot) connect|unreachable' \
        "$log"; then
        fail 'no network: apt-get could not reach a mirror (above), nothing was installed'
    fi
}

install() {
    check_system "$1"
    check_root "$1"
    update_lists "$1"
    # shellcheck disable=SC2086  # a list of package names
    unknown=$(without_candidate $1)
    if [ -n "$unknown" ]; then
        explain_apt
        # shellcheck disable=SC2086
        fail "apt has no package" $unknown "for this system ($(system PRETTY_NAME))"
    fi
    say "packages: installing $1"
    # shellcheck disable=SC2086
    quietly apt_get install --no-install-recommends $1 || {
        explain_apt
        fail 'apt-get install failed (above)'
    }
    rest=$(missing_for "$need")
    [ -z "$rest" ] || fail "installed, and yet not found: $rest (is something else first in PATH?)"
}

build() {
    case $1 in
    /*) dir=$1 ;;
    *) dir=$top/$1 ;;
    esac
    shown=$1
    shift
    if [ ! -f "$dir/build.ninja" ]; then
        say "configuring $shown/"
        quietly meson setup "$dir" "$top" "$@" || fail "meson setup failed (above)"
    fi
    say "building $shown/"
    # Who only wants to run it does not wait for the tests.
    target=all
    [ "$need" != build ] || target=seeother
    quietly ninja -C "$dir" "$target" || fail "the build failed (above)"
}

need=${1-test}
case $need in
build | test | ci) ;;
*)
    echo 'usage: tests/setup.sh [build | test | ci] [BUILD-DIR [MESON-OPTION...]]' >&2
    exit 2
    ;;
esac
[ $# -eq 0 ] || shift

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM

missing=$(missing_for "$need")
if [ -n "$missing" ]; then
    install "$missing"
else
    say 'packages: everything is there'
fi
if [ $# -gt 0 ]; then
    build "$@"
fi
