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

/* What stands in Apple's header besides, 96 octets. */
#define ZEROS_24 "000000000000000000000000000000000000000000000000 "
#define PKTAP_REST ZEROS_24 ZEROS_24 ZEROS_24 ZEROS_24

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

    /* Seldom. */
    {"token ring", 6, "10 40 020000000001 020000000002 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"token ring, a route", 6,
     "10 40 020000000001 820000000002 0630 0011 0020 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"fddi", 10, "50 020000000001 020000000002 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"ip over fibre channel", 122, "1000020000000001 1000020000000002 " SNAP TYPE_IPV4 INNER,
     "segments", NULL},
    {"firewire", 138, "0200000000000001 0200000000000002 " TYPE_IPV4 INNER, "segments", NULL},
    {"slip", 8, "00 000000000000000000000000000000 " INNER, "segments", NULL},
    {"ppp, a direction before", 204, "01 ff03 0021 " INNER, "segments", NULL},
    {"ppp, a direction in its place", 166, "0103 0021 " INNER, "segments", NULL},
    {"cisco hdlc, a direction", 205, "00 0f00 0800 " INNER, "segments", NULL},
    {"frame relay", 107, "1841 03 cc " INNER, "segments", NULL},
    {"frame relay, four octets", 107, "18402001 03 00 cc " INNER, "segments", NULL},
    {"frame relay, ipv6", 107, "1841 03 8e " IPV6_TO("06", "0016") TCP PAYLOAD, "segments", NULL},
    {"frame relay, ppp", 107, "1841 03 cf 0021 " INNER, "segments", NULL},
    {"frame relay, snap", 107, "1841 03 00 80 000000 " TYPE_IPV4 INNER, "segments", NULL},
    {"frame relay, ethernet", 107, "1841 03 00 80 0080c2 0007 " INNER_ETHERNET, "segments", NULL},
    {"frame relay, cisco", 107, "1841 0800 " INNER, "segments", NULL},
    {"frame relay, a direction", 206, "01 1841 03 cc " INNER, "segments", NULL},
    {"frame relay, local management", 107, "0001 03 08 00", "frames_not_ip", NULL},
    {"atm", 100, SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"atm, ethernet", 100, "aaaa03 0080c2 0007 0000 " INNER_ETHERNET, "segments", NULL},
    {"atm, nlpid", 100, "fefe03 cc " INNER, "segments", NULL},
    {"sunatm", 123, "82 00 0064 " SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"sunatm, a lan", 123, "81 00 0064 0001 " INNER_ETHERNET, "segments", NULL},
    {"sunatm, signals", 123, "06 00 0005 09", "frames_not_ip", NULL},
    {"enc", 109, "02000000 00001000 00000000 " INNER, "segments", NULL},
    {"pflog", 117, "06 02 00 00 656d 3000 " INNER, "segments", NULL},
    {"pflog of nothing", 117, "03 02 00 00 ", "frames_malformed", NULL},
    {"ipnet", 226, "01 02 0001 0000002a 00000001 00000001 00000000 00000001 " INNER, "segments",
     NULL},
    {"netanalyzer", 240, "00000000 " INNER_ETHERNET, "segments", NULL},
    {"netanalyzer, preamble", 241, "00000000 55555555555555d5 " INNER_ETHERNET, "segments", NULL},
    {"dsa", 284, ETHERNET "40000001 " TYPE_IPV4 INNER, "segments", NULL},
    {"edsa", 285, ETHERNET "dada0000 40000001 " TYPE_IPV4 INNER, "segments", NULL},
    {"broadcom", 281, ETHERNET "20000001 " TYPE_IPV4 INNER, "segments", NULL},
    {"broadcom, before", 282, "20000001 " INNER_ETHERNET, "segments", NULL},
    {"juniper, ethernet", 178, "4d4743 81 0006 010203040506 " INNER_ETHERNET, "segments", NULL},
    {"juniper, no link", 178, "4d4743 03 02000000 " INNER, "segments", NULL},
    {"juniper, ppp", 179, "4d4743 01 ff03 0021 " INNER, "segments", NULL},
    {"juniper, frame relay", 180, "4d4743 01 1841 03 cc " INNER, "segments", NULL},
    {"juniper, hdlc", 181, "4d4743 01 0f00 0800 " INNER, "segments", NULL},
    {"juniper, another magic number", 178, "4d4744 01 " INNER_ETHERNET, "frames_malformed", NULL},
    {"mpls link", 219, MPLS_BOTTOM INNER, "segments", NULL},
    {"pktap", 258, "6c000000 01000000 01000000 " PKTAP_REST INNER_ETHERNET, "segments", NULL},
    {"pktap, raw, as Apple's user type", 149, "6c000000 01000000 0c000000 " PKTAP_REST INNER,
     "segments", NULL},
    {"user type of somebody else", 149, INNER_ETHERNET, "frames_not_ip", NULL},

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
    {"ppp in ethernet", 1, ETHERNET "880b 0021 " INNER, "segments", NULL},
    {"ethernet in ethernet", 1, ETHERNET "6558 " INNER_ETHERNET, "segments", NULL},
    {"macsec, encrypted", 1, ETHERNET "88e5 2c 00 00000001 0200000000020001 0123456789",
     "frames_encrypted", NULL},
    {"macsec, in the clear", 1,
     ETHERNET "88e5 20 00 00000001 0200000000020001 " TYPE_IPV4 INNER "000000", "segments", NULL},
    {"macsec, no channel", 1, ETHERNET "88e5 00 00 00000001 " TYPE_IPV4 INNER, "segments", NULL},
    {"backbone", 1, ETHERNET "88a8 0009 88e7 00000005 " INNER_ETHERNET, "segments", "vlan 9"},
    {"fabric path", 1, ETHERNET "8903 0460 " INNER_ETHERNET, "segments", NULL},
    {"trill", 1, ETHERNET "22f3 003f 0001 0002 " INNER_ETHERNET, "segments", NULL},
    {"trill, options", 1, ETHERNET "22f3 00bf 0001 0002 0000000000000000 " INNER_ETHERNET,
     "segments", NULL},
    {"cisco metadata", 1, ETHERNET "8909 01 01 0001 0005 " TYPE_IPV4 INNER, "segments", NULL},
    {"vn-tag", 1, ETHERNET "8926 00010002 " VLAN_7 TYPE_IPV4 INNER, "segments", "vlan 7"},
    {"hsr", 1, ETHERNET "892f 0034 0001 " TYPE_IPV4 INNER, "segments", NULL},
    {"nsh", 1,
     ETHERNET "894f 0fc6 01 03 00000501 00000000 00000000 00000000 00000000 " INNER_ETHERNET,
     "segments", NULL},
    {"nsh, ipv4", 1, ETHERNET "894f 0fc2 02 01 00000501 " INNER, "segments", NULL},
    {"nsh of one word", 1, ETHERNET "894f 0fc1 02 01 ", "frames_malformed", NULL},
    {"nsh, an experiment", 1, ETHERNET "894f 0fc2 02 fe 00000501 " INNER, "frames_not_ip", NULL},

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
    {"ipv4 authentication", 101,
     IPV4_TO("33", "0042") "0604 0000 00000001 00000001 000000000000000000000000 " TCP PAYLOAD,
     "segments", NULL},
    {"ipv4 authentication, ip in ip", 101,
     IPV4_TO("33", "0000") "0401 0000 00000001 00000001 " INNER, "segments", NULL},
    {"esp", 1, OUTER("32") "00000001 00000001 0123456789", "frames_encrypted", NULL},
    {"ipv6 esp", 101, IPV6_TO("32", "0000") "00000001 00000001 0123", "frames_encrypted", NULL},
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
    {"vxlan gpe, nsh", 1, UDP("12b6") "0c000004 00002a00 0fc2 02 01 00000501 " INNER, "segments",
     "vxlan 42"},
    {"vxlan gpe, an experiment", 1, UDP("12b6") "0c000007 00002a00 0000", "frames_not_tcp", NULL},
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
    {"gre, mikrotik", 1, GRE("2001", "6400") "0038 0500 " INNER_ETHERNET, "segments", NULL},
    {"gre, nsh", 1, GRE("0000", "894f") "0fc2 02 01 00000501 " INNER, "segments", NULL},
    {"l2tp", 1, UDP("06a5") "0002 0001 0002 ff03 0021 " INNER, "segments", NULL},
    {"l2tp, all fields", 1, UDP("06a5") "4a02 0040 0001 0002 0000 0001 0002 0000 0021 " INNER,
     "segments", NULL},
    {"l2tp, control", 1, UDP("06a5") "c802 000c 0001 0000 0000 0001", "frames_not_tcp", NULL},
    {"l2tp, version 3", 1, UDP("06a5") "0003 0000 00000001 " INNER_ETHERNET, "frames_not_tcp",
     NULL},
    {"lisp", 1, UDP("10f5") "80123456 00000001 " INNER, "segments", NULL},
    {"lisp's port, not lisp", 1, UDP("10f5") "0000000000000000 10", "frames_not_tcp", NULL},
    {"tzsp", 1, UDP("9090") "01 00 0001 0a 01 b8 00 01 " INNER_ETHERNET, "segments", NULL},
    {"tzsp, 802.11", 1, UDP("9090") "01 00 0012 01 " WLAN SNAP TYPE_IPV4 INNER, "segments", NULL},
    {"tzsp, no end", 1, UDP("9090") "01 00 0001 0a 01 b8 00", "frames_not_tcp", NULL},
    {"ayiya", 1,
     UDP("13d0") "44 52 11 29 00000000 20010db8000000000000000000000001 "
                 "0000000000000000000000000000000000000000 " IPV6_TO("06", "0016") TCP PAYLOAD,
     "segments", NULL},
    {"ayiya's port, not ayiya", 1, UDP("13d0") "00 00 00 29 00000000 00 60", "frames_not_tcp",
     NULL},
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
