/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp - tunnels over UDP that are not met every day.  As in tunnel.c, the port alone proves
 * nothing.
 */
#include "decode/packet.h"

enum l2tp_flag {
    L2TP_CONTROL = 0x8000,
    L2TP_LENGTH = 0x4000,
    L2TP_SEQUENCE = 0x0800,
    L2TP_OFFSET = 0x0200,
    L2TP_VERSION = 0x000F,
};

/* L2TP (RFC 2661, 3.1): version 2, data, which is PPP. */
enum see_found see_tunnel_l2tp(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint16_t flags = see_read_u16(reader);
    if (reader->is_short || (flags & L2TP_VERSION) != 2 || (flags & L2TP_CONTROL) != 0) {
        return DROPPED_NOT_TCP;
    }
    if ((flags & L2TP_LENGTH) != 0) {
        uint16_t len = see_read_u16(reader);
        if (reader->is_short || len < 4) {
            return DROPPED_NOT_TCP;
        }
        see_read_limit(reader, (size_t)len - 4);
    }
    see_read_skip(reader, 4); /* tunnel, session */
    see_read_skip(reader, (flags & L2TP_SEQUENCE) != 0 ? 4 : 0);
    size_t offset = (flags & L2TP_OFFSET) != 0 ? see_read_u16(reader) : 0;
    see_read_skip(reader, offset);
    if (reader->is_short) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_L2TP]++;
    return see_packet_nest(packet) ? see_layer_ppp(packet) : DROPPED_NESTED;
}

/* LISP (RFC 9300, 5.3): flags and a nonce, locators; then IP. */
enum see_found see_tunnel_lisp(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    see_read_skip(reader, 8);
    if (reader->is_short || reader->left == 0) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_LISP]++;
    return see_packet_nest(packet) ? see_layer_ip(packet) : DROPPED_NESTED;
}

enum tzsp {
    TZSP_PADDING = 0,
    TZSP_END = 1,
    TZSP_ETHERNET = 1,
    TZSP_80211 = 18,
    TZSP_PRISM = 119,
    TZSP_AVS = 127,
};

/* Tags of type, length and value, but for two without a length; false when the last one lacks. */
static bool skip_tzsp_tags(struct see_reader *reader)
{
    while (!reader->is_short) {
        uint8_t tag = see_read_u8(reader);
        if (tag == TZSP_END) {
            break;
        }
        if (tag != TZSP_PADDING) {
            see_read_skip(reader, see_read_u8(reader));
        }
    }
    return !reader->is_short;
}

/* TaZmen Sniffer Protocol, in which routers and access points send what they see. */
enum see_found see_tunnel_tzsp(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint8_t version = see_read_u8(reader);
    uint8_t type = see_read_u8(reader);
    uint16_t protocol = see_read_u16(reader);
    if (reader->is_short || version != 1 || type > 1 || !skip_tzsp_tags(reader)) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_TZSP]++;
    if (!see_packet_nest(packet)) {
        return DROPPED_NESTED;
    }
    switch (protocol) {
    case TZSP_ETHERNET:
        return see_layer_ethernet(packet);
    case TZSP_80211:
        return see_layer_80211(packet);
    case TZSP_PRISM:
    case TZSP_AVS:
        return see_layer_prism(packet);
    default:
        return DROPPED_NOT_TCP;
    }
}

enum { AYIYA_FORWARD = 1, AYIYA_PROTOCOL_IPV6 = 41, AYIYA_PROTOCOL_IPV4 = 4 };

/*
 * AYIYA, of tunnel brokers: the identity has two to the power of a nibble octets, the signature so
 * many words.
 */
enum see_found see_tunnel_ayiya(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    const uint8_t *header = see_read_octets(reader, 8);
    if (header == NULL || (header[2] & 0x0F) != AYIYA_FORWARD) {
        return DROPPED_NOT_TCP;
    }
    see_read_skip(reader, ((size_t)1 << (header[0] >> 4)) + (size_t)(header[1] >> 4) * 4);
    bool is_ip = header[3] == AYIYA_PROTOCOL_IPV6 || header[3] == AYIYA_PROTOCOL_IPV4;
    if (reader->is_short || !is_ip) {
        return DROPPED_NOT_TCP;
    }
    packet->decode->tunnels[TUNNEL_AYIYA]++;
    return see_packet_nest(packet) ? see_layer_ip(packet) : DROPPED_NESTED;
}
