/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tunnel - packets inside of packets: GRE and what it carries, and tunnels over UDP.
 *
 * Anybody can use a tunnel's UDP port for something else.  So the port alone proves nothing: the
 * header must be such as that tunnel writes, and what is inside must be read without a fault; else
 * it is not TCP, and no more is said.
 */
#include <string.h>

#include "decode/packet.h"

enum gre_flag {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACK = 0x0080, /* version 1 only */
    GRE_VERSION = 0x0007,
};

enum udp_port {
    PORT_L2TP = 1701,
    PORT_GTP_U = 2152,
    PORT_TEREDO = 3544,
    PORT_LISP = 4341,
    PORT_GRE = 4754,
    PORT_VXLAN = 4789,
    PORT_VXLAN_GPE = 4790,
    PORT_AYIYA = 5072,
    PORT_GENEVE = 6081,
    PORT_MPLS = 6635,
    PORT_VXLAN_LINUX = 8472,
    PORT_TZSP = 37008,
};

static enum see_found read_bridged(struct see_packet *packet)
{
    return see_packet_nest(packet) ? see_layer_ethernet(packet) : DROPPED_NESTED;
}

/*
 * ERSPAN: type I is bare, type II has a header of eight octets and a GRE sequence number, type III
 * one of twelve, and eight more when its last bit says so.
 */
static enum see_found read_erspan(struct see_packet *packet, uint16_t type, uint16_t gre_flags)
{
    struct see_reader *reader = &packet->reader;
    packet->decode->tunnels[TUNNEL_ERSPAN]++;
    if (type == ETHER_ERSPAN_3) {
        const uint8_t *header = see_read_octets(reader, 12);
        see_read_skip(reader, header != NULL && (header[11] & 1) != 0 ? 8 : 0);
    } else if ((gre_flags & GRE_SEQUENCE) != 0) {
        see_read_skip(reader, 8);
    }
    return reader->is_short ? DROPPED_SHORT : read_bridged(packet);
}

/*
 * WCCP 2 writes four octets before the packet, whose first is no IP version; WCCP 1 does not.
 */
static enum see_found read_wccp(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    if (reader->left > 0 && reader->at[0] >> 4 != 4) {
        see_read_skip(reader, 4);
    }
    return see_packet_nest(packet) ? see_layer_ip(packet) : DROPPED_NESTED;
}

static enum see_found read_gre_payload(struct see_packet *packet, uint16_t type, uint16_t flags)
{
    switch (type) {
    case ETHER_BRIDGED:
        return read_bridged(packet);
    case ETHER_ERSPAN:
    case ETHER_ERSPAN_3:
        return read_erspan(packet, type, flags);
    case ETHER_WCCP:
        return read_wccp(packet);
    case ETHER_PPP:
        return see_packet_nest(packet) ? see_layer_ppp(packet) : DROPPED_NESTED;
    default:
        if (type < ETHER_LEAST) {
            return DROPPED_NOT_TCP;
        }
        return see_packet_nest(packet) ? see_layer_ether_type(packet, type) : DROPPED_NESTED;
    }
}

/*
 * The key names a network, but for a mirror's.  NVGRE (RFC 7637) has a virtual subnet in its upper
 * 24 bits, and below them a number of the flow, which is another one on the way back; a bridge that
 * has numbered its tunnels from 1 has all of it below.
 */
static bool enter_key(struct see_packet *packet, uint16_t type, uint16_t flags, uint32_t key)
{
    if (type == ETHER_ERSPAN || type == ETHER_ERSPAN_3) {
        return true;
    }
    bool is_nvgre =
        type == ETHER_BRIDGED && key > 0xFF && (flags & (GRE_CHECKSUM | GRE_SEQUENCE)) == 0;
    return see_packet_enter(packet, is_nvgre ? SEE_NETWORK_NVGRE : SEE_NETWORK_GRE,
                            is_nvgre ? key >> 8 : key);
}

#define EOIP_FLAGS 0x2001

/* MikroTik's Ethernet over IP: a key that is the length of the frame and the id of the tunnel. */
static enum see_found read_eoip(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint16_t len = see_read_u16(reader);
    see_read_skip(reader, 2);
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    packet->decode->tunnels[TUNNEL_GRE]++;
    see_read_limit(reader, len);
    return read_bridged(packet);
}

/* GRE version 0 (RFC 2784, 2890), and version 1 that carries PPP (RFC 2637). */
enum see_found see_layer_gre(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint16_t flags = see_read_u16(reader);
    uint16_t type = see_read_u16(reader);
    bool is_pptp = (flags & GRE_VERSION) == 1 && type == ETHER_PPP;
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    if (flags == EOIP_FLAGS && type == ETHER_MIKROTIK) {
        return read_eoip(packet);
    }
    if ((flags & GRE_ROUTING) != 0 || ((flags & GRE_VERSION) != 0 && !is_pptp)) {
        return DROPPED_NOT_TCP;
    }
    see_read_skip(reader, (flags & GRE_CHECKSUM) != 0 ? 4 : 0);
    uint32_t key = (flags & GRE_KEY) != 0 ? see_read_u32(reader) : 0;
    see_read_skip(reader, (flags & GRE_SEQUENCE) != 0 ? 4 : 0);
    see_read_skip(reader, is_pptp && (flags & GRE_ACK) != 0 ? 4 : 0);
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    packet->decode->tunnels[TUNNEL_GRE]++;
    if ((flags & GRE_KEY) != 0 && !is_pptp && !enter_key(packet, type, flags, key)) {
        return DROPPED_NOT_TCP;
    }
    return read_gre_payload(packet, type, flags);
}

/* VXLAN (RFC 7348): the I flag, a network of 24 bits, Ethernet. */
static enum see_found read_vxlan(struct see_packet *packet)
{
    uint8_t flags = see_read_u8(&packet->reader);
    see_read_skip(&packet->reader, 3); /* or a group policy */
    uint32_t vni = see_read_u32(&packet->reader);
    if (packet->reader.is_short || (flags & 0x08) == 0) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_VXLAN]++;
    if (!see_packet_enter(packet, SEE_NETWORK_VXLAN, vni >> 8)) {
        return DROPPED_NOT_TCP;
    }
    return read_bridged(packet);
}

/* VXLAN-GPE: with the P flag a protocol number says what is inside. */
static enum see_found read_vxlan_gpe(struct see_packet *packet)
{
    uint8_t flags = see_read_u8(&packet->reader);
    see_read_skip(&packet->reader, 2);
    uint8_t protocol = see_read_u8(&packet->reader);
    uint32_t vni = see_read_u32(&packet->reader);
    if (packet->reader.is_short || (flags & 0x0C) != 0x0C) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_VXLAN]++;
    if (!see_packet_enter(packet, SEE_NETWORK_VXLAN, vni >> 8) || !see_packet_nest(packet)) {
        return DROPPED_NESTED;
    }
    switch (protocol) {
    case 1:
        return see_layer_ipv4(packet);
    case 2:
        return see_layer_ipv6(packet);
    case 3:
        return see_layer_ethernet(packet);
    case 4:
        return see_layer_ether_type(packet, ETHER_NSH);
    case 5:
        return see_layer_mpls(packet);
    default:
        return DROPPED_NOT_TCP;
    }
}

/* GENEVE (RFC 8926): version 0, options in words, an EtherType. */
static enum see_found read_geneve(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint8_t version = see_read_u8(reader);
    see_read_skip(reader, 1);
    uint16_t type = see_read_u16(reader);
    uint32_t vni = see_read_u32(reader);
    see_read_skip(reader, (size_t)(version & 0x3F) * 4);
    if (reader->is_short || version >> 6 != 0 || type < ETHER_LEAST) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_GENEVE]++;
    if (!see_packet_enter(packet, SEE_NETWORK_GENEVE, vni >> 8)) {
        return DROPPED_NOT_TCP;
    }
    if (type == ETHER_BRIDGED) {
        return read_bridged(packet);
    }
    return see_packet_nest(packet) ? see_layer_ether_type(packet, type) : DROPPED_NESTED;
}

/*
 * The part of a GTP-U header that flags announce: sequence and N-PDU number, and the type of the
 * first extension header; each is a length in words, contents, and the type of the next one.
 */
static bool skip_gtp_options(struct see_reader *reader)
{
    see_read_skip(reader, 3);
    uint8_t next = see_read_u8(reader);
    while (next != 0 && !reader->is_short) {
        size_t words = see_read_u8(reader);
        if (words == 0) {
            return false;
        }
        see_read_skip(reader, words * 4 - 2);
        next = see_read_u8(reader);
    }
    return !reader->is_short;
}

/* GTP-U (3GPP TS 29.281): version 1, message 255, which is a packet of the user's. */
static enum see_found read_gtp(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint8_t flags = see_read_u8(reader);
    uint8_t message = see_read_u8(reader);
    uint16_t len = see_read_u16(reader);
    see_read_skip(reader, 4);
    if (reader->is_short || flags >> 4 != 3 || message != 255) {
        return DROPPED_NOT_TCP;
    }
    see_read_limit(reader, len);
    if ((flags & 7) != 0 && !skip_gtp_options(reader)) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_GTP]++;
    return see_packet_nest(packet) ? see_layer_ip(packet) : DROPPED_NESTED;
}

/* Teredo (RFC 4380, 5.1.1): authentication and origin may come before IPv6. */
static enum see_found read_teredo(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    if (reader->left >= 4 && reader->at[0] == 0 && reader->at[1] == 1) {
        size_t id_len = reader->at[2];
        size_t value_len = reader->at[3];
        see_read_skip(reader, 4 + id_len + value_len + 9);
    }
    if (reader->left >= 2 && reader->at[0] == 0 && reader->at[1] == 0) {
        see_read_skip(reader, 8);
    }
    if (reader->left == 0 || reader->at[0] >> 4 != 6) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_TEREDO]++;
    return see_packet_nest(packet) ? see_layer_ipv6(packet) : DROPPED_NESTED;
}

static bool is_vxlan_port(const struct see_decode_options *options, uint16_t port)
{
    for (size_t i = 0; i < options->vxlan_port_count; i++) {
        if (options->vxlan_ports[i] == port) {
            return true;
        }
    }
    return port == PORT_VXLAN || port == PORT_VXLAN_LINUX;
}

static enum see_found read_udp_payload(struct see_packet *packet, uint16_t from, uint16_t to)
{
    if (is_vxlan_port(&packet->decode->options, to)) {
        return read_vxlan(packet);
    }
    switch (to) {
    case PORT_GTP_U:
        return read_gtp(packet);
    case PORT_GRE:
        return see_layer_gre(packet);
    case PORT_VXLAN_GPE:
        return read_vxlan_gpe(packet);
    case PORT_GENEVE:
        return read_geneve(packet);
    case PORT_MPLS:
        return see_layer_mpls(packet);
    case PORT_LISP:
        return see_tunnel_lisp(packet);
    case PORT_TZSP:
        return see_tunnel_tzsp(packet);
    default:
        /* A concentrator, a Teredo server or relay answer from the port that they are asked at. */
        if (from == PORT_L2TP || to == PORT_L2TP) {
            return see_tunnel_l2tp(packet);
        }
        if (from == PORT_AYIYA || to == PORT_AYIYA) {
            return see_tunnel_ayiya(packet);
        }
        return from == PORT_TEREDO || to == PORT_TEREDO ? read_teredo(packet) : DROPPED_NOT_TCP;
    }
}

enum see_found see_layer_udp(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint16_t from = see_read_u16(reader);
    uint16_t to = see_read_u16(reader);
    uint16_t len = see_read_u16(reader);
    see_read_skip(reader, 2);
    if (reader->is_short || (len != 0 && len < 8)) {
        return DROPPED_NOT_TCP;
    }
    if (len != 0) {
        see_read_limit(reader, (size_t)len - 8);
    }
    enum see_found found = read_udp_payload(packet, from, to);
    return found == DROPPED_NOT_IP || found == DROPPED_MALFORMED ? DROPPED_NOT_TCP : found;
}
