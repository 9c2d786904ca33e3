/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "decode/packet.h"

/* Values of the link-layer header types registry; no libpcap header is needed for these. */
enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_TOKEN_RING = 6,
    LINK_ARCNET = 7,
    LINK_SLIP = 8,
    LINK_PPP = 9,
    LINK_FDDI = 10,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_PPP_SERIAL = 50,
    LINK_PPP_ETHER = 51,
    LINK_ATM = 100,
    LINK_RAW = 101,
    LINK_CISCO_HDLC = 104,
    LINK_80211 = 105,
    LINK_FRAME_RELAY = 107,
    LINK_LOOP = 108,
    LINK_ENC = 109,
    LINK_LINUX_SLL = 113,
    LINK_PFLOG = 117,
    LINK_PRISM = 119,
    LINK_FIBRE_CHANNEL = 122,
    LINK_SUN_ATM = 123,
    LINK_RADIOTAP = 127,
    LINK_LINUX_ARCNET = 129,
    LINK_FIREWIRE = 138,
    LINK_USER2 = 149, /* Apple's name for PKTAP, before that had a number */
    LINK_80211_AVS = 163,
    LINK_PPP_PPPD = 166,
    LINK_JUNIPER_ETHERNET = 178,
    LINK_JUNIPER_PPP = 179,
    LINK_JUNIPER_FRAME_RELAY = 180,
    LINK_JUNIPER_HDLC = 181,
    LINK_PPI = 192,
    LINK_PPP_DIRECTED = 204,
    LINK_HDLC_DIRECTED = 205,
    LINK_FRAME_RELAY_DIRECTED = 206,
    LINK_MPLS = 219,
    LINK_IPNET = 226,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_NFLOG = 239,
    LINK_NETANALYZER = 240,
    LINK_NETANALYZER_RAW = 241,
    LINK_PKTAP = 258,
    LINK_LINUX_SLL2 = 276,
    LINK_BROADCOM = 281,
    LINK_BROADCOM_BEFORE = 282,
    LINK_DSA = 284,
    LINK_EDSA = 285,
};

/*
 * BSD loopback: the address family in the byte order of the capturing host (NULL) or of the
 * network (LOOP).  Its number for IPv6 differs between systems, so the IP version decides.
 */
static enum see_found read_loopback(struct see_packet *packet)
{
    see_read_skip(&packet->reader, 4);
    return packet->reader.is_short ? DROPPED_SHORT : see_layer_ip(packet);
}

enum see_found see_layer_ethernet(struct see_packet *packet)
{
    see_read_skip(&packet->reader, 12);
    uint16_t type = see_read_u16(&packet->reader);
    return packet->reader.is_short ? DROPPED_SHORT : see_layer_ether_type(packet, type);
}

/* Linux "cooked": an EtherType, or 4 for LLC. */
static enum see_found read_cooked(struct see_packet *packet, uint16_t type)
{
    if (packet->reader.is_short) {
        return DROPPED_SHORT;
    }
    if (type == 4) {
        return see_layer_llc(packet);
    }
    return type < ETHER_LEAST ? DROPPED_NOT_IP : see_layer_ether_type(packet, type);
}

static enum see_found read_sll(struct see_packet *packet)
{
    see_read_skip(&packet->reader, 14);
    uint16_t type = see_read_u16(&packet->reader);
    return read_cooked(packet, type);
}

static enum see_found read_sll2(struct see_packet *packet)
{
    uint16_t type = see_read_u16(&packet->reader);
    see_read_skip(&packet->reader, 18);
    return read_cooked(packet, type);
}

/* Cisco HDLC: address, control, EtherType. */
enum see_found see_link_cisco_hdlc(struct see_packet *packet)
{
    see_read_skip(&packet->reader, 2);
    uint16_t type = see_read_u16(&packet->reader);
    return read_cooked(packet, type);
}

/* HDLC framing: PPP, or Cisco's by its address octet, unicast or multicast. */
static enum see_found read_ppp_serial(struct see_packet *packet)
{
    const struct see_reader *reader = &packet->reader;
    if (reader->left > 0 && (reader->at[0] == 0x0F || reader->at[0] == 0x8F)) {
        return see_link_cisco_hdlc(packet);
    }
    return see_layer_ppp(packet);
}

/* The bytes are in the order of the host that captured: the first length, if small, shows which. */
static uint16_t read_host_u16(struct see_reader *reader, bool is_big)
{
    uint16_t value = see_read_u16(reader);
    return is_big ? value : (uint16_t)((unsigned)value >> 8 | (unsigned)value << 8);
}

/* Linux netfilter log: the packet is the attribute of type 9. */
static enum see_found read_nflog(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    see_read_skip(reader, 4); /* family, version, resource */
    bool is_big = reader->left >= 2 && reader->at[0] == 0 && reader->at[1] != 0;
    while (!reader->is_short) {
        uint16_t len = read_host_u16(reader, is_big);
        uint16_t type = read_host_u16(reader, is_big) & 0x7FFF;
        if (reader->is_short) {
            break;
        }
        if (len < 4) {
            return DROPPED_MALFORMED;
        }
        if (type == 9) {
            see_read_limit(reader, (size_t)len - 4);
            return see_layer_ip(packet);
        }
        see_read_skip(reader, ((size_t)len - 4 + 3) & ~(size_t)3);
    }
    return reader->wire_left > 0 ? DROPPED_SHORT : DROPPED_NOT_IP;
}

enum arcnet_type {
    ARCNET_IP_1051 = 240,
    ARCNET_IP_1201 = 212,
    ARCNET_IPV6 = 196,
};

/*
 * ARCNET's protocol and what follows: nothing (RFC 1051), or a split flag and a sequence number,
 * twice in an "exception packet" (RFC 1201).  Split packets are not put together.
 */
static enum see_found read_arcnet_type(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint8_t type = see_read_u8(reader);
    if (!reader->is_short && type == ARCNET_IP_1051) {
        return see_layer_ipv4(packet);
    }
    if (!reader->is_short && type != ARCNET_IP_1201 && type != ARCNET_IPV6) {
        return DROPPED_NOT_IP;
    }
    uint8_t split = see_read_u8(reader);
    see_read_skip(reader, 2);
    if (split == 0xFF) {
        see_read_skip(reader, 1);
        split = see_read_u8(reader);
        see_read_skip(reader, 2);
    }
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    return split != 0 ? DROPPED_LINK_FRAGMENT : see_layer_ip(packet);
}

static enum see_found read_arcnet(struct see_packet *packet)
{
    see_read_skip(&packet->reader, 2);
    return read_arcnet_type(packet);
}

/* Linux writes two octets of offset between the addresses and the protocol. */
static enum see_found read_linux_arcnet(struct see_packet *packet)
{
    see_read_skip(&packet->reader, 4);
    return read_arcnet_type(packet);
}

/* What can be read: a link type and the layer that knows it. */
static const struct {
    int link_type;
    enum see_found (*read)(struct see_packet *packet);
} links[] = {
    {LINK_ETHERNET, see_layer_ethernet},
    {LINK_LINUX_SLL, read_sll},
    {LINK_LINUX_SLL2, read_sll2},
    {LINK_NULL, read_loopback},
    {LINK_LOOP, read_loopback},
    {LINK_RAW, see_layer_ip},
    {LINK_RAW_BSD, see_layer_ip},
    {LINK_RAW_OPENBSD, see_layer_ip},
    {LINK_IPV4, see_layer_ipv4},
    {LINK_IPV6, see_layer_ipv6},
    {LINK_PPP, see_layer_ppp},
    {LINK_PPP_SERIAL, read_ppp_serial},
    {LINK_PPP_ETHER, see_layer_pppoe},
    {LINK_CISCO_HDLC, see_link_cisco_hdlc},
    {LINK_NFLOG, read_nflog},
    {LINK_80211, see_layer_80211},
    {LINK_RADIOTAP, see_layer_radiotap},
    {LINK_PPI, see_layer_ppi},
    {LINK_PRISM, see_layer_prism},
    {LINK_80211_AVS, see_layer_prism},
    {LINK_ARCNET, read_arcnet},
    {LINK_LINUX_ARCNET, read_linux_arcnet},
    {LINK_TOKEN_RING, see_link_token_ring},
    {LINK_SLIP, see_link_slip},
    {LINK_FDDI, see_link_fddi},
    {LINK_ATM, see_link_atm},
    {LINK_FRAME_RELAY, see_link_frame_relay},
    {LINK_ENC, see_link_enc},
    {LINK_PFLOG, see_link_pflog},
    {LINK_FIBRE_CHANNEL, see_link_fibre_channel},
    {LINK_SUN_ATM, see_link_sun_atm},
    {LINK_FIREWIRE, see_link_firewire},
    {LINK_USER2, see_link_pktap},
    {LINK_PPP_PPPD, see_link_ppp_pppd},
    {LINK_JUNIPER_ETHERNET, see_link_juniper_ethernet},
    {LINK_JUNIPER_PPP, see_link_juniper_ppp},
    {LINK_JUNIPER_FRAME_RELAY, see_link_juniper_frame_relay},
    {LINK_JUNIPER_HDLC, see_link_juniper_hdlc},
    {LINK_PPP_DIRECTED, see_link_ppp_directed},
    {LINK_HDLC_DIRECTED, see_link_hdlc_directed},
    {LINK_FRAME_RELAY_DIRECTED, see_link_frame_relay_directed},
    {LINK_MPLS, see_layer_mpls},
    {LINK_IPNET, see_link_ipnet},
    {LINK_NETANALYZER, see_link_netanalyzer},
    {LINK_NETANALYZER_RAW, see_link_netanalyzer_raw},
    {LINK_PKTAP, see_link_pktap},
    {LINK_BROADCOM, see_link_dsa},
    {LINK_BROADCOM_BEFORE, see_link_broadcom_before},
    {LINK_DSA, see_link_dsa},
    {LINK_EDSA, see_link_edsa},
};

#define LINKS (sizeof(links) / sizeof(links[0]))

bool see_decode_knows(int link_type)
{
    for (size_t i = 0; i < LINKS; i++) {
        if (links[i].link_type == link_type) {
            return true;
        }
    }
    return false;
}

enum see_found see_layer_link(struct see_packet *packet, int link_type)
{
    for (size_t i = 0; i < LINKS; i++) {
        if (links[i].link_type == link_type) {
            return links[i].read(packet);
        }
    }
    return DROPPED_LINK;
}
