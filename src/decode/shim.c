/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * shim - what may stand between the link layer and IP: tags, labels, LLC, PPP.
 */
#include <string.h>

#include "decode/packet.h"

/* The octet at `place`, without reading; 0 when it was not captured. */
static uint8_t peek(const struct see_reader *reader, size_t place)
{
    return place < reader->left ? reader->at[place] : 0;
}

static uint16_t peek_u16(const struct see_reader *reader, size_t place)
{
    return (uint16_t)(peek(reader, place) << 8 | peek(reader, place + 1));
}

/* IEEE 802.1Q.  Id 0 is a priority without a VLAN. */
static enum see_found read_vlan(struct see_packet *packet)
{
    uint16_t id = see_read_u16(&packet->reader) & 0x0FFF;
    uint16_t type = see_read_u16(&packet->reader);
    if (packet->reader.is_short) {
        return DROPPED_SHORT;
    }
    if (!see_packet_nest(packet)) {
        return DROPPED_NESTED;
    }
    if (id != 0 && !see_packet_enter(packet, SEE_NETWORK_VLAN, id)) {
        return DROPPED_NOT_IP;
    }
    return see_layer_ether_type(packet, type);
}

/* A length in place of an EtherType (IEEE 802.3): LLC follows, and padding. */
static enum see_found read_length(struct see_packet *packet, uint16_t len)
{
    see_read_limit(&packet->reader, len);
    return see_layer_llc(packet);
}

enum see_found see_layer_ether_type(struct see_packet *packet, uint16_t type)
{
    switch (type) {
    case ETHER_IPV4:
        return see_layer_ipv4(packet);
    case ETHER_IPV6:
        return see_layer_ipv6(packet);
    case ETHER_VLAN:
    case ETHER_QINQ:
    case ETHER_QINQ_OLD:
        return read_vlan(packet);
    case ETHER_MPLS:
    case ETHER_MPLS_UPSTREAM:
        return see_layer_mpls(packet);
    case ETHER_PPPOE:
        return see_layer_pppoe(packet);
    default:
        return type < ETHER_LEAST ? read_length(packet, type) : see_layer_tag(packet, type);
    }
}

/* LLC (IEEE 802.2), and SNAP behind it with an EtherType (RFC 1042), also of a bridge. */
enum see_found see_layer_llc(struct see_packet *packet)
{
    const uint8_t *llc = see_read_octets(&packet->reader, 3);
    if (llc == NULL) {
        return DROPPED_SHORT;
    }
    if (llc[0] == 0x06 && llc[1] == 0x06 && llc[2] == 0x03) {
        return see_layer_ipv4(packet);
    }
    bool is_snap = llc[0] == 0xAA && llc[1] == 0xAA && llc[2] == 0x03;
    return is_snap ? see_layer_snap(packet) : DROPPED_NOT_IP;
}

enum see_found see_layer_snap(struct see_packet *packet)
{
    const uint8_t *oui = see_read_octets(&packet->reader, 3);
    uint16_t type = see_read_u16(&packet->reader);
    if (packet->reader.is_short) {
        return DROPPED_SHORT;
    }
    bool is_ether_type = memcmp(oui, "\0\0\0", 3) == 0 || memcmp(oui, "\0\0\xF8", 3) == 0;
    if (!is_ether_type || type < ETHER_LEAST) {
        return DROPPED_NOT_IP;
    }
    return see_packet_nest(packet) ? see_layer_ether_type(packet, type) : DROPPED_NESTED;
}

/* Whether an Ethernet header that starts at `place` announces something that we could read. */
static bool is_ethernet(const struct see_reader *reader, size_t place)
{
    switch (peek_u16(reader, place + 12)) {
    case ETHER_IPV4:
        return peek(reader, place + 14) >> 4 == 4;
    case ETHER_IPV6:
        return peek(reader, place + 14) >> 4 == 6;
    case ETHER_VLAN:
    case ETHER_QINQ:
    case ETHER_QINQ_OLD:
    case ETHER_MPLS:
    case ETHER_PPPOE:
        return true;
    default:
        return false;
    }
}

/*
 * Nothing names what is behind the last label, so it must be guessed (RFC 4928): IP by its version,
 * or the Ethernet of a pseudowire, with a control word (RFC 4385) or without.
 */
static enum see_found read_behind_labels(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    if (reader->left == 0) {
        return DROPPED_SHORT;
    }
    uint8_t version = reader->at[0] >> 4;
    bool is_wire = is_ethernet(reader, 0);
    if (version == 4 && (!is_wire || peek_u16(reader, 2) <= reader->wire_left)) {
        return see_layer_ipv4(packet);
    }
    if (version == 6 && (!is_wire || peek_u16(reader, 4) + (size_t)40 <= reader->wire_left)) {
        return see_layer_ipv6(packet);
    }
    if (version == 0 && !is_wire && is_ethernet(reader, 4)) {
        see_read_skip(reader, 4);
        is_wire = true;
    }
    return is_wire ? see_layer_ethernet(packet) : DROPPED_NOT_IP;
}

/* MPLS (RFC 3032): labels up to the one with the bottom-of-stack bit. */
enum see_found see_layer_mpls(struct see_packet *packet)
{
    packet->decode->tunnels[TUNNEL_MPLS]++;
    uint32_t label;
    do {
        label = see_read_u32(&packet->reader);
        if (packet->reader.is_short) {
            return DROPPED_SHORT;
        }
        if (!see_packet_nest(packet)) {
            return DROPPED_NESTED;
        }
    } while ((label & 0x100) == 0);
    return read_behind_labels(packet);
}

/* PPPoE (RFC 2516, 4): a session's frames; code 0 is data. */
enum see_found see_layer_pppoe(struct see_packet *packet)
{
    uint8_t version = see_read_u8(&packet->reader);
    uint8_t code = see_read_u8(&packet->reader);
    see_read_skip(&packet->reader, 2);
    uint16_t len = see_read_u16(&packet->reader);
    if (packet->reader.is_short) {
        return DROPPED_SHORT;
    }
    if (version != 0x11 || code != 0) {
        return DROPPED_NOT_IP;
    }
    packet->decode->tunnels[TUNNEL_PPPOE]++;
    see_read_limit(&packet->reader, len);
    return see_packet_nest(packet) ? see_layer_ppp(packet) : DROPPED_NESTED;
}

/* PPP (RFC 1661, 1662): address and control may be left out, and half of the protocol. */
enum see_found see_layer_ppp(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    if (peek_u16(reader, 0) == 0xFF03) {
        see_read_skip(reader, 2);
    }
    uint16_t protocol = see_read_u8(reader);
    if ((protocol & 1) == 0) {
        protocol = (uint16_t)(protocol << 8 | see_read_u8(reader));
    }
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    switch (protocol) {
    case 0x0021:
        return see_layer_ipv4(packet);
    case 0x0057:
        return see_layer_ipv6(packet);
    case 0x0281:
    case 0x0283:
        return see_layer_mpls(packet);
    default:
        return DROPPED_NOT_IP;
    }
}
