#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# record.sh - records the sample captures anew, all or the named ones.
#
# usage: samples/record.sh [NAME...]     (as root, on Debian 12)
#        samples/record.sh --list
#
# Unmodified clients talk to server.py in a network namespace of their own, with
# no way out; tcpdump writes down what they say.  The namespaces vanish with this
# script, and with them every process it started.
set -eu

# One row a sample: its name, the client's address, the Debian packages needed.
# Each client has its own address, so that no sample can be taken for the
# continuation of another one.
samples='
w3m-307-post                    203.0.113.11  w3m
curl-303-post                   203.0.113.12  curl
wget2-303-post                  203.0.113.13  wget2
java-303-put                    203.0.113.14  openjdk-17-jdk-headless
requests-301-put                203.0.113.15  python3-requests
requests-302-delete             203.0.113.16  python3-requests
treq-308-post                   203.0.113.17  python3-treq
http-tiny-303-post              203.0.113.18  perl
urllib-307-head                 203.0.113.19  python3
wget-cross-origin-authorization 203.0.113.20  wget
curl-cross-origin-api-key       203.0.113.21  curl
wget-cross-origin-cookie        203.0.113.22  wget
curl-redirect-loop              203.0.113.23  curl
chromium-redirect-loop          203.0.113.24  chromium
curl-two-locations              203.0.113.25  curl
chromium-two-locations          203.0.113.26  chromium
wget-malformed-location         203.0.113.27  wget
wget2-malformed-location        203.0.113.28  wget2
chromium-all-right              203.0.113.29  chromium
chromium-preflight              203.0.113.30  chromium
firefox-all-right               203.0.113.33  firefox-esr
curl-303-all-right              203.0.113.31  curl
curl-307-all-right              203.0.113.32  curl
'

# What the samples are about.  Names resolve through the namespace's hosts file.
run_client() {
    case $1 in
    w3m-307-post) client w3m -dump -post clients/order.form http://shop.example/order ;;
    curl-303-post) client curl -X POST -L -d 'item=tea&amount=2' http://shop.example/checkout ;;
    wget2-303-post) client wget2 -O - --post-data 'item=tea&amount=2' http://shop.example/checkout ;;
    java-303-put) client java clients/Put.java http://shop.example/articles/7 ;;
    requests-301-put) client /usr/bin/python3 clients/requests-put.py http://shop.example/profile ;;
    requests-302-delete) client /usr/bin/python3 clients/requests-delete.py http://shop.example/basket ;;
    treq-308-post) client /usr/bin/python3 clients/treq-post.py http://shop.example/messages ;;
    http-tiny-303-post) client perl clients/http-tiny-post.pl http://shop.example/comments ;;
    urllib-307-head) client /usr/bin/python3 clients/urllib-head.py http://shop.example/report.pdf ;;
    wget-cross-origin-authorization)
        client wget -O - --header 'Authorization: Bearer sample' http://shop.example/downloads/report.pdf ;;
    curl-cross-origin-api-key)
        client curl -L -H 'X-Api-Key: sample' http://shop.example/downloads/report.pdf ;;
    wget-cross-origin-cookie)
        client wget -O - --header 'Cookie: basket=sample' http://shop.example/downloads/report.pdf ;;
    curl-redirect-loop) client curl -L http://shop.example/account ;;
    chromium-redirect-loop) browser http://shop.example/account ;;
    curl-two-locations) client curl -L http://shop.example/spring ;;
    chromium-two-locations) browser http://shop.example/spring ;;
    wget-malformed-location) client wget -O - http://shop.example/summer ;;
    wget2-malformed-location) client wget2 -O - http://shop.example/summer ;;
    chromium-all-right) page http://shop.example/matrix ;;
    firefox-all-right) firefox http://shop.example/matrix ;;
    chromium-preflight) page http://shop.example/editor ;;
    curl-303-all-right) client curl -L -d 'item=tea&amount=2' http://shop.example/checkout ;;
    curl-307-all-right) client curl -L -d 'item=tea&amount=2' http://shop.example/order ;;
    esac
}

# An empty home and environment keep this machine's settings out of the capture.
# A client that fails, as some must, is no failure of the recording.
client() {
    status=0
    timeout -k 5 60 env -i PATH=/usr/bin:/bin HOME="$scratch/home" LANG=C.UTF-8 "$@" </dev/null \
        >"$scratch/client.log" 2>&1 || status=$?
    if [ "$status" -ge 124 ]; then
        cat "$scratch/client.log" >&2
        die "$name: the client did not end by itself (status $status)"
    fi
}

# Virtual time stands still while a request is under way, so the browser ends
# when the page's script has.  The switches keep its own errands to itself.
browser() {
    rm -rf "$scratch/profile"
    client chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$scratch/profile" --virtual-time-budget=30000 --dump-dom "$@"
}

# The page's script writes the title when all its requests were answered.
page() {
    browser "$@"
    grep -q '<title>done</title>' "$scratch/client.log" || die "$name: the page did not finish"
}

# It has no way of ending by itself when the page's script has, and so is ended; its sample is
# whole when it shows the 25 redirects of the page.
firefox() {
    rm -rf "$scratch/profile"
    mkdir -p "$scratch/profile"
    for setting in '"network.captive-portal-service.enabled", false' \
        '"network.connectivity-service.enabled", false' '"app.update.enabled", false' \
        '"datareporting.policy.dataSubmissionEnabled", false' \
        '"toolkit.telemetry.reportingpolicy.firstRun", false' \
        '"browser.safebrowsing.downloads.remote.enabled", false' \
        '"services.settings.server", ""' '"extensions.systemAddon.update.enabled", false' \
        '"dom.security.https_first", false' '"dom.security.https_first_schemeless", false'; do
        echo "user_pref($setting);"
    done >"$scratch/profile/user.js"
    timeout 30 env -i PATH=/usr/bin:/bin HOME="$scratch/home" LANG=C.UTF-8 \
        firefox-esr --headless --no-remote --profile "$scratch/profile" "$@" </dev/null \
        >"$scratch/client.log" 2>&1 || :
}

die() {
    echo "record.sh: $*" >&2
    exit 1
}

names() {
    echo "$samples" | awk 'NF {print $1}'
}

# field NAME NUMBER
field() {
    echo "$samples" | awk -v name="$1" -v number="$2" '$1 == name {print $number}'
}

require_packages() {
    wanted='iproute2 tcpdump python3'
    for name in "$@"; do
        wanted="$wanted $(field "$name" 3)"
    done
    missing=
    # shellcheck disable=SC2086 # the words of the list are meant to be split
    for package in $(printf '%s\n' $wanted | sort -u); do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        *' installed') ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -z "$missing" ] || die "packages are missing: apt-get install --no-install-recommends$missing"
}

# Nothing of this reaches beyond the namespaces.  The addresses are of the blocks
# that RFC 5737 keeps for documentation.
set_up_network() {
    ip link set lo up
    for address in 192.0.2.10 198.51.100.20 $(echo "$samples" | awk 'NF {print $2}'); do
        ip address add "$address/32" dev lo
    done
    cat >"$scratch/hosts" <<HOSTS
127.0.0.1 localhost
192.0.2.10 shop.example
198.51.100.20 other.example
HOSTS
    # No name server answers here, so that no client waits for one.
    echo 'nameserver 127.0.0.1' >"$scratch/resolv.conf"
    mount --bind "$scratch/hosts" /etc/hosts
    mount --bind "$scratch/resolv.conf" /etc/resolv.conf
}

# Without a source of its own, a packet to a local address comes from that address.
set_client_address() {
    for server in 192.0.2.10 198.51.100.20; do
        ip route replace local "$server" dev lo table local src "$1"
    done
}

# wait_for WHAT COMMAND...: at most ten seconds.
wait_for() {
    what=$1
    shift
    tries=100
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || die "waited too long for $what"
        sleep 0.1
    done
}

server_listens() {
    ss -Hltn 'sport = :80' | grep -q .
}

tcpdump_listens() {
    grep -q 'listening on' "$scratch/tcpdump.log"
}

connections_are_closed() {
    [ -z "$(ss -Htn state connected exclude time-wait 'sport = :80')" ]
}

# The capture takes its place only when it is whole.  In immediate mode each packet,
# however small, takes 64 KiB of tcpdump's buffer: the default one overflows in a burst.
record() {
    name=$1
    set_client_address "$(field "$name" 2)"
    : >"$scratch/tcpdump.log"
    tcpdump -i lo -n -s 0 -U -B 65536 --immediate-mode --time-stamp-precision=micro -Z root \
        -w "$scratch/$name.pcap" 'tcp port 80' 2>"$scratch/tcpdump.log" &
    tcpdump_pid=$!
    wait_for tcpdump tcpdump_listens
    run_client "$name"
    wait_for 'the end of all connections' connections_are_closed
    # The last acknowledgement may still be on its way to tcpdump.
    sleep 0.2
    kill -INT "$tcpdump_pid"
    wait "$tcpdump_pid"
    if ! grep -q '^0 packets dropped by kernel' "$scratch/tcpdump.log"; then
        cat "$scratch/tcpdump.log" >&2
        die "$name: tcpdump missed packets"
    fi
    cat "$scratch/$name.pcap" >"$name.pcap"
    echo "$name.pcap: $(wc -c <"$name.pcap") octets"
}

record_all() {
    set_up_network
    mkdir "$scratch/home"
    env -i PATH=/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 server.py 80 &
    server_pid=$!
    wait_for 'the server' server_listens
    for name in "$@"; do
        record "$name"
    done
    kill "$server_pid"
}

main() {
    cd "$(dirname "$0")"
    case ${1-} in
    --list)
        names
        return
        ;;
    --inside)
        scratch=$2
        shift 2
        record_all "$@"
        return
        ;;
    -*) die "usage: record.sh [--list | NAME...]" ;;
    esac
    # shellcheck disable=SC2046 # names have no spaces
    [ $# -gt 0 ] || set -- $(names)
    for name in "$@"; do
        [ -n "$(field "$name" 1)" ] || die "no sample is called $name; --list lists them"
    done
    require_packages "$@"
    [ "$(id -u)" -eq 0 ] || die 'a network namespace needs root: sudo samples/record.sh'

    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    unshare --net --mount --pid --fork --kill-child --mount-proc \
        sh record.sh --inside "$scratch" "$@" &
    unshare_pid=$!
    # With the first process of a process namespace all others in it end.
    trap 'kill -KILL "$unshare_pid"; sleep 1; exit 130' INT TERM HUP
    wait "$unshare_pid"
}

main "$@"
