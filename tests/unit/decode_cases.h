/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decode_cases - one frame each, as hexadecimal, a layer a string, so that they can be read.
 *
 * Each holds the same segment, from port 0xd431 to 80, with the payload "hi".
 */
#ifndef SEE_TESTS_DECODE_CASES_H
#define SEE_TESTS_DECODE_CASES_H

#include <stddef.h>
#include <stdint.h>

#include "core/view.h"

/* Link layers. */
#define ETHERNET "020000000001 020000000002 "
#define SLL "0000 0001 0006 020000000002 0000 "
#define SLL2 "0000 00000001 0001 00 06 020000000002 0000 "
#define WLAN_ADDRESSES "0000 020000000001 020000000002 020000000003 "
#define WLAN "0802 " WLAN_ADDRESSES "1000 "
#define WLAN_QOS "8802 " WLAN_ADDRESSES "1000 0000 "

/* Between link and IP. */
#define VLAN_7 "8100 0007 "
#define VLAN_9 "88a8 0009 "
#define VLAN_PRIORITY "8100 e000 "
#define SNAP "aaaa03 000000 "
#define TYPE_IPV4 "0800 "
#define TYPE_IPV6 "86dd "
#define MPLS_16 "000100ff " /* more follow */
#define MPLS_BOTTOM "000111ff "
#define PPPOE(len) "8864 11 00 0001 " len " "

/* 20 octets of IPv4, 20 of TCP, 2 of payload. */
#define IPV4_TO(protocol, len) "45 00 " len " 0001 4000 40 " protocol " 0000 c0000201 c6336402 "
#define IPV4 IPV4_TO("06", "002a")
#define IPV4_OPTIONS "46 00 002e 0001 4000 40 06 0000 c0000201 c6336402 01010100 "
#define IPV4_FRAGMENT "45 00 002a 0001 2000 40 06 0000 c0000201 c6336402 "
#define IPV4_TSO "45 00 0000 0001 4000 40 06 0000 c0000201 c6336402 "
#define IPV6_TO(next, len)                                           \
    "60000000 " len " " next " 40 20010db8000000000000000000000001 " \
    "20010db8000000000000000000000002 "
#define TCP "d431 0050 00000001 00000002 5018 0100 0000 0000 "
#define TCP_OPTIONS "d431 0050 00000001 00000002 6018 0100 0000 0000 01010101 "
#define TCP_BAD_OFFSET "d431 0050 00000001 00000002 4018 0100 0000 0000 "
#define PAYLOAD "6869 "
#define INNER IPV4 TCP PAYLOAD                  /* 42 octets */
#define INNER_ETHERNET ETHERNET TYPE_IPV4 INNER /* 56 */

/* What carries a tunnel; the length 0 leaves it to the frame. */
#define OUTER(protocol) ETHERNET TYPE_IPV4 IPV4_TO(protocol, "0000")
#define UDP(port) OUTER("11") "c000 " port " 0000 0000 "
#define GRE(flags, type) OUTER("2f") flags " " type " "

#define FOUR_TAGS VLAN_7 VLAN_7 VLAN_7 VLAN_7
#define SIXTEEN_TAGS FOUR_TAGS FOUR_TAGS FOUR_TAGS FOUR_TAGS
#define IPIP IPV4_TO("04", "0000")
#define EIGHT_IPIP IPIP IPIP IPIP IPIP IPIP IPIP IPIP IPIP

struct decode_case {
    const char *name;
    int link_type;
    const char *hex;
    const char *counter; /* "segments", or why there is none */
    const char *network; /* NULL: none */
};

static const struct decode_case decode_cases[] = {
    /* Link types. */
    {"ethernet", 1, ETHERNET TYPE_IPV4 INNER, "segments", NULL},
    {"padding is no payload", 1, ETHERNET TYPE_IPV4 INNER "00000000", "segments", NULL},
    {"802.3", 1, ETHERNET "0032 " SNAP TYPE_IPV4 INNER "00000000", "segments", NULL},
    {"802.3, bridged SNAP", 1, ETHERNET "0032 aaaa03 0000f8 " TYPE_IPV4 INNER, "segments", NULL},
    {"802.3, LLC of IP", 1, ETHERNET "002d 060603 " INNER, "segments", NULL},
    {"802.3, another SNAP", 1, ETHERNET "0032 aaaa03 00000c " TYPE_IPV4 INNER, "frames_not_ip",
     NULL},
    {"802.3, spanning tree", 1, ETHERNET "0026 424203 0000", "frames_not_ip", NULL},
    {"sll", 113, SLL TYPE_IPV4 INNER, "segments", NULL},
    {"sll, LLC", 113, SLL "0004 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"sll, vlan", 113, SLL VLAN_7 TYPE_IPV4 INNER, "segments", "vlan 7"},
    {"sll2", 276, TYPE_IPV4 SLL2 INNER, "segments", NULL},
    {"null", 0, "02000000" INNER, "segments", NULL},
    {"null, big-endian", 0, "00000002" INNER, "segments", NULL},
    {"loop", 108, "00000002" INNER, "segments", NULL},
    {"raw", 101, INNER, "segments", NULL},
    {"raw, as libpcap names it", 12, INNER, "segments", NULL},
    {"raw, as OpenBSD names it", 14, INNER, "segments", NULL},
    {"ipv4 link", 228, INNER, "segments", NULL},
    {"ipv6 link", 229, IPV6_TO("06", "0016") TCP PAYLOAD, "segments", NULL},
    {"ppp", 9, "ff03 0021 " INNER, "segments", NULL},
    {"ppp, compressed", 9, "21 " INNER, "segments", NULL},
    {"ppp, ipv6", 9, "0057 " IPV6_TO("06", "0016") TCP PAYLOAD, "segments", NULL},
    {"ppp, mpls", 9, "0281 " MPLS_BOTTOM INNER, "segments", NULL},
    {"ppp, link control", 9, "ff03 c021 0101", "frames_not_ip", NULL},
    {"ppp over serial", 50, "ff03 0021 " INNER, "segments", NULL},
    {"ppp over serial, cisco", 50, "0f00 0800 " INNER, "segments", NULL},
    {"pppoe link", 51, "11 00 0001 002c 0021 " INNER, "segments", NULL},
    {"cisco hdlc", 104, "0f00 0800 " INNER, "segments", NULL},
    {"nflog", 239, "02 00 0000 0800 0100 0800 0001 0500 0a00 41 000000 2e00 0900 " INNER,
     "segments", NULL},
    {"nflog, big-endian", 239, "02 00 0000 0008 0001 0800 0001 002e 0009 " INNER, "segments", NULL},
    {"nflog without a packet", 239, "02 00 0000 0800 0100 0800 0001", "frames_not_ip", NULL},
    {"nflog, a length of 3", 239, "02 00 0000 0300 0100 0800 0001", "frames_malformed", NULL},
    {"arcnet, RFC 1201", 7, "01 02 d4 00 0001 " INNER, "segments", NULL},
    {"linux arcnet, RFC 1201", 129, "01 02 0000 d4 00 0001 " INNER, "segments", NULL},
    {"linux arcnet, exception", 129, "01 02 0000 d4 ff ffff d4 00 0001 " INNER, "segments", NULL},
    {"linux arcnet, RFC 1051", 129, "01 02 0000 f0 " INNER, "segments", NULL},
    {"linux arcnet, split", 129, "01 02 0000 d4 01 0001 " INNER, "frames_link_fragment", NULL},
    {"linux arcnet, arp", 129, "01 02 0000 d5 00 0001 0001", "frames_not_ip", NULL},
    {"unknown link", 147, INNER, "frames_link_type_unknown", NULL},

    /* Wireless. */
    {"802.11", 105, WLAN SNAP TYPE_IPV4 INNER "deadbeef", "segments", NULL},
    {"802.11, QoS", 105, WLAN_QOS SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"802.11, QoS and HT control", 105,
     "8882 " WLAN_ADDRESSES "1000 0000 00000000 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"802.11, four addresses", 105,
     "0803 " WLAN_ADDRESSES "1000 020000000004 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"802.11, A-MSDU of one", 105,
     "8802 " WLAN_ADDRESSES "1000 8000 " ETHERNET "0032 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"802.11, protected", 105, "0842 " WLAN_ADDRESSES "1000 " SNAP TYPE_IPV4 INNER,
     "frames_encrypted", NULL},
    {"802.11, first of fragments", 105, "0806 " WLAN_ADDRESSES "1000 " SNAP TYPE_IPV4 INNER,
     "frames_link_fragment", NULL},
    {"802.11, later fragment", 105, "0802 " WLAN_ADDRESSES "1100 " INNER, "frames_link_fragment",
     NULL},
    {"802.11, null function", 105, "4801 " WLAN_ADDRESSES "1000 ", "frames_not_ip", NULL},
    {"802.11, beacon", 105, "8000 " WLAN_ADDRESSES "1000 " SNAP, "frames_not_ip", NULL},
    {"radiotap", 127, "00 00 0800 00000000 " WLAN SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"radiotap, timestamp and flags", 127,
     "00 00 1100 03000000 0000000000000000 10 " WLAN SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"radiotap, padded after the header", 127,
     "00 00 0900 02000000 20 " WLAN_QOS "0000 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"radiotap, two bitmaps", 127,
     "00 00 0d00 02000080 00000000 20 " WLAN_QOS "0000 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"radiotap, a timestamp behind two bitmaps", 127,
     "00 00 1900 03000080 00000000 00000000 0000000000000000 20 " WLAN_QOS
     "0000 " SNAP TYPE_IPV4 INNER,
     "segments", NULL},
    {"radiotap, shorter than itself", 127, "00 00 0700 00000000 " WLAN, "frames_malformed", NULL},
    {"ppi", 192, "00 00 0800 69000000 " WLAN SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"ppi, ethernet", 192, "00 00 0800 01000000 " INNER_ETHERNET, "segments", NULL},
    {"ppi in ppi in ppi ...", 192, "00 00 0800 c0000000 00 00 0800 01000000 " INNER_ETHERNET,
     "segments", NULL},
    {"prism", 119, "44000000 0c000000 00000000 " WLAN SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"prism, big-endian", 119, "00000044 0000000c 00000000 " WLAN SNAP TYPE_IPV4 INNER, "segments",
     NULL},
    {"avs", 119, "80211001 0000000c 00000000 " WLAN SNAP TYPE_IPV4 INNER, "segments", NULL},

    /* Tags, labels, sessions. */
    {"vlan", 1, ETHERNET VLAN_7 TYPE_IPV4 INNER, "segments", "vlan 7"},
    {"qinq", 1, ETHERNET VLAN_9 VLAN_7 TYPE_IPV4 INNER, "segments", "vlan 9.7"},
    {"qinq, old", 1, ETHERNET "9100 0009 " VLAN_7 TYPE_IPV4 INNER, "segments", "vlan 9.7"},
    {"a priority is no vlan", 1, ETHERNET VLAN_PRIORITY TYPE_IPV4 INNER, "segments", NULL},
    {"vlan, LLC", 1, ETHERNET VLAN_7 "0032 " SNAP TYPE_IPV4 INNER, "segments", "vlan 7"},
    {"sixteen tags", 1, ETHERNET SIXTEEN_TAGS TYPE_IPV4 INNER, "segments",
     "vlan 7.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7"},
    {"seventeen tags", 1, ETHERNET SIXTEEN_TAGS VLAN_7 TYPE_IPV4 INNER, "frames_nested_too_deep",
     NULL},
    {"mpls", 1, ETHERNET "8847 " MPLS_16 MPLS_BOTTOM INNER, "segments", NULL},
    {"mpls, ipv6", 1, ETHERNET "8848 " MPLS_BOTTOM IPV6_TO("06", "0016") TCP PAYLOAD, "segments",
     NULL},
    {"mpls, pseudowire", 1, ETHERNET "8847 " MPLS_BOTTOM "00000000 " INNER_ETHERNET, "segments",
     NULL},
    {"mpls, no control word", 1, ETHERNET "8847 " MPLS_BOTTOM INNER_ETHERNET, "segments", NULL},
    {"mpls, no control word, an address like IPv4", 1,
     ETHERNET "8847 " MPLS_BOTTOM "4500ffff0001 020000000002 " TYPE_IPV4 INNER, "segments", NULL},
    {"mpls, an address like IPv6", 1,
     ETHERNET "8847 " MPLS_BOTTOM "60000000ffff 020000000002 " TYPE_IPV4 INNER, "segments", NULL},
    {"mpls, something else", 1, ETHERNET "8847 " MPLS_BOTTOM "10000000", "frames_not_ip", NULL},
    {"pppoe", 1, ETHERNET PPPOE("002c") "0021 " INNER "0000", "segments", NULL},
    {"pppoe in vlan", 1, ETHERNET VLAN_7 PPPOE("002c") "0021 " INNER, "segments", "vlan 7"},
    {"pppoe discovery code", 1, ETHERNET "8864 11 09 0000 0000", "frames_not_ip", NULL},
    {"arp", 1, ETHERNET "0806 0001", "frames_not_ip", NULL},

    /* IP and TCP. */
    {"ipv4 options", 1, ETHERNET TYPE_IPV4 IPV4_OPTIONS TCP PAYLOAD, "segments", NULL},
    {"ipv4 length left to the card", 1, ETHERNET TYPE_IPV4 IPV4_TSO TCP PAYLOAD, "segments", NULL},
    {"tcp options", 101, IPV4_TO("06", "002e") TCP_OPTIONS PAYLOAD, "segments", NULL},
    {"ipv6", 1, ETHERNET TYPE_IPV6 IPV6_TO("06", "0016") TCP PAYLOAD, "segments", NULL},
    {"ipv6 length left to the card", 1, ETHERNET TYPE_IPV6 IPV6_TO("06", "0000") TCP PAYLOAD,
     "segments", NULL},
    {"ipv6 hop-by-hop, destination", 101,
     IPV6_TO("00", "0026") "3c00 000000000000 0600 000000000000" TCP PAYLOAD, "segments", NULL},
    {"ipv6 authentication", 101, IPV6_TO("33", "0022") "0601 00000000000000000000" TCP PAYLOAD,
     "segments", NULL},
    {"ipv6 atomic fragment", 101, IPV6_TO("2c", "001e") "0600 0000 00000001" TCP PAYLOAD,
     "segments", NULL},
    {"ipv6 fragment", 101, IPV6_TO("2c", "001e") "0600 0001 00000001" TCP PAYLOAD,
     "frames_ip_fragment", NULL},
    {"ipv4 fragment", 1, ETHERNET TYPE_IPV4 IPV4_FRAGMENT TCP PAYLOAD, "frames_ip_fragment", NULL},
    {"icmp", 1, ETHERNET TYPE_IPV4 IPV4_TO("01", "002a") TCP PAYLOAD, "frames_not_tcp", NULL},
    {"data offset below 20", 1, ETHERNET TYPE_IPV4 IPV4 TCP_BAD_OFFSET PAYLOAD, "frames_malformed",
     NULL},
    {"ipv4 header of 16 octets", 101, "44 00 002a 0001 4000 40 06 0000 c0000201 c6336402" TCP,
     "frames_malformed", NULL},
    {"ipv4 shorter than its header", 101, IPV4_TO("06", "0010") TCP, "frames_malformed", NULL},
    {"neither IPv4 nor IPv6", 101, "10", "frames_not_ip", NULL},

    /* Tunnels. */
    {"ip in ip", 1, OUTER("04") INNER, "segments", NULL},
    {"6in4", 1, OUTER("29") IPV6_TO("06", "0016") TCP PAYLOAD, "segments", NULL},
    {"4in6", 101, IPV6_TO("04", "0000") INNER, "segments", NULL},
    {"6in6 behind an extension", 101,
     IPV6_TO("3c", "0000") "2900 000000000000 " IPV6_TO("06", "0016") TCP PAYLOAD, "segments",
     NULL},
    {"sixteen times ip in ip", 101, EIGHT_IPIP EIGHT_IPIP INNER, "segments", NULL},
    {"seventeen times ip in ip", 101, EIGHT_IPIP EIGHT_IPIP IPIP INNER, "frames_nested_too_deep",
     NULL},
    {"etherip", 1, OUTER("61") "3000 " INNER_ETHERNET, "segments", NULL},
    {"ethernet in ip", 1, OUTER("8f") INNER_ETHERNET, "segments", NULL},
    {"mpls in ip", 1, OUTER("89") MPLS_BOTTOM INNER, "segments", NULL},
    {"gre", 1, GRE("0000", "0800") INNER, "segments", NULL},
    {"gre, ipv6", 1, GRE("0000", "86dd") IPV6_TO("06", "0016") TCP PAYLOAD, "segments", NULL},
    {"gre, checksum, key, sequence", 1, GRE("b000", "0800") "00000000 00000001 00000005 " INNER,
     "segments", "gre 0x1"},
    {"gre, key", 1, GRE("2000", "0800") "0a0b0c0d " INNER, "segments", "gre 0xa0b0c0d"},
    {"gre in a vlan", 1,
     ETHERNET VLAN_7 TYPE_IPV4 IPV4_TO("2f", "0000") "2000 0800 00000001 " INNER, "segments",
     "vlan 7 gre 0x1"},
    {"gre, ethernet", 1, GRE("0000", "6558") INNER_ETHERNET, "segments", NULL},
    {"gre, ethernet, vlan", 1, GRE("0000", "6558") ETHERNET VLAN_7 TYPE_IPV4 INNER, "segments",
     "vlan 7"},
    {"gre, ethernet, a small key", 1, GRE("2000", "6558") "00000002 " INNER_ETHERNET, "segments",
     "gre 0x2"},
    {"nvgre", 1, GRE("2000", "6558") "00138801 " INNER_ETHERNET, "segments", "nvgre 5000"},
    {"gre, pptp", 1, GRE("3081", "880b") "002e0001 00000001 00000001 ff03 0021 " INNER, "segments",
     NULL},
    {"gre, wccp 2", 1, GRE("0000", "883e") "00000000 " INNER, "segments", NULL},
    {"gre, mpls", 1, GRE("0000", "8847") MPLS_BOTTOM INNER, "segments", NULL},
    {"gre, source route", 1, GRE("4000", "0800") "00000000 " INNER, "frames_not_tcp", NULL},
    {"gre, version 2", 1, GRE("0002", "0800") INNER, "frames_not_tcp", NULL},
    {"erspan I", 1, GRE("0000", "88be") INNER_ETHERNET, "segments", NULL},
    {"erspan II", 1, GRE("1000", "88be") "00000001 10000001 00000000 " INNER_ETHERNET, "segments",
     NULL},
    {"erspan III", 1, GRE("1000", "22eb") "00000001 20000001 00000000 00000000 " INNER_ETHERNET,
     "segments", NULL},
    {"erspan III, subheader", 1,
     GRE("1000", "22eb") "00000001 20000001 00000000 00000001 0000000000000000 " INNER_ETHERNET,
     "segments", NULL},
    {"vxlan", 1, UDP("12b5") "08000000 00002a00 " INNER_ETHERNET, "segments", "vxlan 42"},
    {"vxlan, linux's port", 1, UDP("2118") "08000000 00002a00 " INNER_ETHERNET, "segments",
     "vxlan 42"},
    {"vxlan, a port by option", 1, UDP("1234") "08000000 00002a00 " INNER_ETHERNET, "segments",
     "vxlan 42"},
    {"vxlan without its flag", 1, UDP("12b5") "00000000 00002a00 " INNER_ETHERNET, "frames_not_tcp",
     NULL},
    {"vxlan's port, not vxlan", 1, UDP("12b5") "0803ffff 00000000 0000", "frames_cut_in_header",
     NULL},
    {"vxlan gpe", 1, UDP("12b6") "0c000001 00002a00 " INNER, "segments", "vxlan 42"},
    {"vxlan gpe, ipv6", 1, UDP("12b6") "0c000002 00002a00 " IPV6_TO("06", "0016") TCP PAYLOAD,
     "segments", "vxlan 42"},
    {"vxlan gpe, ethernet", 1, UDP("12b6") "0c000003 00002a00 " INNER_ETHERNET, "segments",
     "vxlan 42"},
    {"vxlan gpe, mpls", 1, UDP("12b6") "0c000005 00002a00 " MPLS_BOTTOM INNER, "segments",
     "vxlan 42"},
    {"vxlan gpe, nsh", 1, UDP("12b6") "0c000004 00002a00 0000", "frames_not_tcp", NULL},
    {"geneve", 1, UDP("17c1") "0000 6558 00000500 " INNER_ETHERNET, "segments", "geneve 5"},
    {"geneve, options", 1, UDP("17c1") "0200 0800 00000500 0000000000000000 " INNER, "segments",
     "geneve 5"},
    {"geneve, version 1", 1, UDP("17c1") "4000 6558 00000500 " INNER_ETHERNET, "frames_not_tcp",
     NULL},
    {"gtp", 1, UDP("0868") "30 ff 002a 00000010 " INNER, "segments", NULL},
    {"gtp, sequence", 1, UDP("0868") "32 ff 002e 00000010 0001 00 00 " INNER, "segments", NULL},
    {"gtp, extensions", 1,
     UDP("0868") "34 ff 0036 00000010 0000 00 85 01 0000 85 01 0000 00 " INNER, "segments", NULL},
    {"gtp, an extension of nothing", 1, UDP("0868") "34 ff 0032 00000010 0000 00 85 00 0000 00 ",
     "frames_not_tcp", NULL},
    {"gtp echo", 1, UDP("0868") "32 01 0004 00000000 0001 0000", "frames_not_tcp", NULL},
    {"gre in udp", 1, UDP("1292") "0000 0800 " INNER, "segments", NULL},
    {"mpls in udp", 1, UDP("19eb") MPLS_BOTTOM INNER, "segments", NULL},
    {"teredo", 1, UDP("0dd8") IPV6_TO("06", "0016") TCP PAYLOAD, "segments", NULL},
    {"teredo, authentication and origin", 1,
     UDP("0dd8") "0001 01 02 aa bbbb 0000000000000000 00 0000 1234 c0000201 " IPV6_TO("06", "0016")
         TCP PAYLOAD,
     "segments", NULL},
    {"teredo's port, not teredo", 1, UDP("0dd8") "40404040", "frames_not_tcp", NULL},
    {"dns", 1, UDP("0035") "0001 0100 0001 0000 0000 0000", "frames_not_tcp", NULL},
    {"all at once", 1,
     ETHERNET VLAN_9 "8847 " MPLS_BOTTOM "00000000 " ETHERNET VLAN_7 TYPE_IPV4
         IPV4_TO("2f", "0000") "1000 88be 00000001 10000001 00000000 " ETHERNET TYPE_IPV4 IPV4_TO(
             "11", "0000") "c000 12b5 0000 0000 08000000 00002a00 " INNER_ETHERNET,
     "segments", "vlan 9.7 vxlan 42"},
};

#define DECODE_CASES (sizeof(decode_cases) / sizeof(decode_cases[0]))
#define DECODE_OCTETS_MAX 512

static inline size_t decode_from_hex(const char *hex, uint8_t *out)
{
    size_t len = 0;
    while (*hex != '\0') {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        out[len++] = (uint8_t)(see_ascii_hex(hex[0]) << 4 | see_ascii_hex(hex[1]));
        hex += 2;
    }
    return len;
}

#endif
