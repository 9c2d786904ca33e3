/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packet - one frame on its way through the layers; for the files of this room only.
 *
 *     link.c, wireless.c, seldom.c   link types           frame      -> EtherType
 *     shim.c, tag.c                  between link and IP  EtherType  -> EtherType, IP
 *     ip.c                           IP, TCP              IP         -> TCP: a segment
 *     tunnel.c, udp.c                tunnels              GRE, UDP   -> EtherType, IP
 *
 * Each `see_layer_*` reads its header off `packet->reader`, fills in what it knows of the segment,
 * and returns what the layer inside of it found: a segment, or why there is none.  A layer may be
 * inside of any other; `see_packet_nest` bounds how deep.
 */
#ifndef SEE_DECODE_PACKET_H
#define SEE_DECODE_PACKET_H

#include "decode/decode.h"
#include "decode/duplicates.h"
#include "decode/fragments.h"
#include "decode/network.h"
#include "decode/reader.h"
#include "decode/usual.h"

/* What becomes of a frame, then what is noted beside. */
enum see_found {
    FOUND_SEGMENT,
    DROPPED_LINK,
    DROPPED_NOT_IP,
    DROPPED_NOT_TCP,
    DROPPED_FRAGMENT,
    DROPPED_LINK_FRAGMENT,
    DROPPED_ENCRYPTED,
    DROPPED_DUPLICATE,
    DROPPED_NESTED,
    DROPPED_SHORT,
    DROPPED_MALFORMED,
    FOUND_COUNT
};

enum see_tunnel {
    TUNNEL_IP,
    TUNNEL_GRE,
    TUNNEL_ERSPAN,
    TUNNEL_VXLAN,
    TUNNEL_GENEVE,
    TUNNEL_GTP,
    TUNNEL_TEREDO,
    TUNNEL_MPLS,
    TUNNEL_PPPOE,
    TUNNEL_L2TP,
    TUNNEL_LISP,
    TUNNEL_TZSP,
    TUNNEL_AYIYA,
    TUNNEL_COUNT
};

struct see_decode {
    struct see_decode_sink sink;
    const struct see_look *ahead; /* the frames that come next, borrowed, */
    size_t ahead_count;           /* and how many are left of them */
    struct see_decode_options options;
    struct see_networks networks;
    struct see_fragments *fragments;
    struct see_duplicates *duplicates;
    uint64_t frames, subframes;
    uint64_t found[FOUND_COUNT];
    uint64_t tunnels[TUNNEL_COUNT];
    struct see_count *counts; /* made from the above when somebody asks */
};

struct see_packet {
    struct see_decode *decode;
    struct see_reader reader;
    struct see_segment segment;
    struct see_datagram *assembled; /* datagrams that `reader` walks in, to be freed */
    uint32_t ip_id;                 /* of the innermost IP header; 0 for IPv6 */
    uint8_t ttl;
    uint8_t depth; /* layers between and around IP so far */
    int status;    /* the machine failed, or the sink */
};

/* EtherType values (IEEE 802.3). */
enum see_ether_type {
    ETHER_IPV4 = 0x0800,
    ETHER_IPV6 = 0x86DD,
    ETHER_VLAN = 0x8100,
    ETHER_QINQ = 0x88A8,
    ETHER_QINQ_OLD = 0x9100,
    ETHER_BRIDGED = 0x6558,
    ETHER_PPP = 0x880B,
    ETHER_WCCP = 0x883E,
    ETHER_MPLS = 0x8847,
    ETHER_MPLS_UPSTREAM = 0x8848,
    ETHER_PPPOE = 0x8864,
    ETHER_ERSPAN = 0x88BE,
    ETHER_ERSPAN_3 = 0x22EB,
    ETHER_TRILL = 0x22F3,
    ETHER_MIKROTIK = 0x6400,
    ETHER_MACSEC = 0x88E5,
    ETHER_BACKBONE = 0x88E7,
    ETHER_FABRIC_PATH = 0x8903,
    ETHER_CISCO_METADATA = 0x8909,
    ETHER_VN_TAG = 0x8926,
    ETHER_HSR = 0x892F,
    ETHER_NSH = 0x894F,
    ETHER_LEAST = 0x0600, /* below, it is a length */
};

/* Protocol numbers (IPv6 extension headers share the space). */
enum see_ip_protocol {
    IP_HOP_BY_HOP = 0,
    IP_IPV4 = 4,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_IPV6 = 41,
    IP_ROUTING = 43,
    IP_FRAGMENT = 44,
    IP_GRE = 47,
    IP_ESP = 50,
    IP_AUTHENTICATION = 51,
    IP_DESTINATION = 60,
    IP_ETHERIP = 97,
    IP_MOBILITY = 135,
    IP_MPLS = 137,
    IP_HIP = 139,
    IP_SHIM6 = 140,
    IP_ETHERNET = 143,
};

/* decode.c: one layer more; false when there are too many. */
bool see_packet_nest(struct see_packet *packet);

/* decode.c: a network inside of the one so far; false when memory ran out. */
bool see_packet_enter(struct see_packet *packet, enum see_network_kind kind, uint32_t value);

/* decode.c: counts what was found, and hands a segment on. */
void see_packet_settle(struct see_packet *packet, enum see_found found);

/* link.c: what a link type announces. */
enum see_found see_layer_link(struct see_packet *packet, int link_type);
enum see_found see_layer_ethernet(struct see_packet *packet);

enum see_found see_link_cisco_hdlc(struct see_packet *packet);

/* seldom.c */
enum see_found see_link_token_ring(struct see_packet *packet);
enum see_found see_link_fddi(struct see_packet *packet);
enum see_found see_link_fibre_channel(struct see_packet *packet);
enum see_found see_link_firewire(struct see_packet *packet);
enum see_found see_link_slip(struct see_packet *packet);
enum see_found see_link_ppp_directed(struct see_packet *packet);
enum see_found see_link_hdlc_directed(struct see_packet *packet);
enum see_found see_link_frame_relay_directed(struct see_packet *packet);
enum see_found see_link_ppp_pppd(struct see_packet *packet);
enum see_found see_link_frame_relay(struct see_packet *packet);
enum see_found see_link_atm(struct see_packet *packet);
enum see_found see_link_sun_atm(struct see_packet *packet);
enum see_found see_link_enc(struct see_packet *packet);
enum see_found see_link_pflog(struct see_packet *packet);
enum see_found see_link_ipnet(struct see_packet *packet);
enum see_found see_link_netanalyzer(struct see_packet *packet);
enum see_found see_link_netanalyzer_raw(struct see_packet *packet);
enum see_found see_link_dsa(struct see_packet *packet);
enum see_found see_link_edsa(struct see_packet *packet);
enum see_found see_link_broadcom_before(struct see_packet *packet);
enum see_found see_link_juniper_ethernet(struct see_packet *packet);
enum see_found see_link_juniper_ppp(struct see_packet *packet);
enum see_found see_link_juniper_frame_relay(struct see_packet *packet);
enum see_found see_link_juniper_hdlc(struct see_packet *packet);
enum see_found see_link_pktap(struct see_packet *packet);

/* wireless.c: IEEE 802.11, alone or behind what the radio had to say. */
enum see_found see_layer_80211(struct see_packet *packet);
enum see_found see_layer_radiotap(struct see_packet *packet);
enum see_found see_layer_prism(struct see_packet *packet);
enum see_found see_layer_ppi(struct see_packet *packet);

/* shim.c */
enum see_found see_layer_ether_type(struct see_packet *packet, uint16_t type);
enum see_found see_layer_llc(struct see_packet *packet);
enum see_found see_layer_snap(struct see_packet *packet); /* from its organisation on */
enum see_found see_layer_mpls(struct see_packet *packet);
enum see_found see_layer_pppoe(struct see_packet *packet);
enum see_found see_layer_ppp(struct see_packet *packet);

/* tag.c: what is between Ethernet and IP, or Ethernet again, in few networks. */
enum see_found see_layer_tag(struct see_packet *packet, uint16_t type);

/* ip.c */
enum see_found see_layer_ipv4(struct see_packet *packet);
enum see_found see_layer_ipv6(struct see_packet *packet);
enum see_found see_layer_ip(struct see_packet *packet); /* of the version in its first octet */

/* tunnel.c */
enum see_found see_layer_gre(struct see_packet *packet);
enum see_found see_layer_udp(struct see_packet *packet);

/* udp.c: tunnels by the port that they go to. */
enum see_found see_tunnel_l2tp(struct see_packet *packet);
enum see_found see_tunnel_lisp(struct see_packet *packet);
enum see_found see_tunnel_tzsp(struct see_packet *packet);
enum see_found see_tunnel_ayiya(struct see_packet *packet);

#endif
