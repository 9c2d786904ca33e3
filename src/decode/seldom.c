/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seldom - link types of old networks, of firewalls and of switches' own ports.
 */
#include <string.h>

#include "decode/packet.h"

/* So many octets, and then another layer. */
static enum see_found read_behind(struct see_packet *packet, size_t count,
                                  enum see_found (*read)(struct see_packet *packet))
{
    see_read_skip(&packet->reader, count);
    return packet->reader.is_short ? DROPPED_SHORT : read(packet);
}

/* Access and frame control, addresses, and a route when the source says that there is one. */
enum see_found see_link_token_ring(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    const uint8_t *header = see_read_octets(reader, 14);
    if (header == NULL) {
        return DROPPED_SHORT;
    }
    if ((header[8] & 0x80) != 0) {
        size_t route = see_read_u8(reader) & 0x1F;
        see_read_skip(reader, route > 1 ? route - 1 : 1);
    }
    return reader->is_short ? DROPPED_SHORT : see_layer_llc(packet);
}

/* Frame control and addresses. */
enum see_found see_link_fddi(struct see_packet *packet)
{
    return read_behind(packet, 13, see_layer_llc);
}

/* The network header (RFC 4338). */
enum see_found see_link_fibre_channel(struct see_packet *packet)
{
    return read_behind(packet, 16, see_layer_llc);
}

/* FireWire: addresses of eight octets, an EtherType. */
enum see_found see_link_firewire(struct see_packet *packet)
{
    see_read_skip(&packet->reader, 16);
    uint16_t type = see_read_u16(&packet->reader);
    return packet->reader.is_short ? DROPPED_SHORT : see_layer_ether_type(packet, type);
}

/* SLIP (RFC 1055), behind a direction and a compressed header that are not on the wire. */
enum see_found see_link_slip(struct see_packet *packet)
{
    return read_behind(packet, 16, see_layer_ip);
}

/* An octet of direction before PPP, Cisco's HDLC, frame relay. */
enum see_found see_link_ppp_directed(struct see_packet *packet)
{
    return read_behind(packet, 1, see_layer_ppp);
}

enum see_found see_link_hdlc_directed(struct see_packet *packet)
{
    return read_behind(packet, 1, see_link_cisco_hdlc);
}

enum see_found see_link_frame_relay_directed(struct see_packet *packet)
{
    return read_behind(packet, 1, see_link_frame_relay);
}

/* The direction in place of the address of PPP. */
enum see_found see_link_ppp_pppd(struct see_packet *packet)
{
    const struct see_reader *reader = &packet->reader;
    bool has_control = reader->left >= 2 && reader->at[0] <= 1 && reader->at[1] == 0x03;
    return has_control ? read_behind(packet, 2, see_layer_ppp) : see_layer_ppp(packet);
}

/* SNAP of a bridge (RFC 2427, 2684): Ethernet, with or without its check sequence. */
static bool is_bridged_snap(const struct see_reader *reader)
{
    return reader->left >= 5 && memcmp(reader->at, "\x00\x80\xC2\x00", 4) == 0 &&
           (reader->at[4] == 0x01 || reader->at[4] == 0x07);
}

/* What a network layer protocol id announces (RFC 2427, RFC 2684). */
static enum see_found read_nlpid(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint8_t id = see_read_u8(reader);
    if (id == 0) {
        id = see_read_u8(reader); /* padding */
    }
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    switch (id) {
    case 0xCC:
        return see_layer_ipv4(packet);
    case 0x8E:
        return see_layer_ipv6(packet);
    case 0xCF:
        return see_layer_ppp(packet);
    case 0x80:
        return is_bridged_snap(reader) ? read_behind(packet, 5, see_layer_ethernet)
                                       : see_layer_snap(packet);
    default:
        return DROPPED_NOT_IP;
    }
}

/* Q.922: an address whose last octet is odd; behind it RFC 2427, or Cisco's EtherType. */
enum see_found see_link_frame_relay(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    int octets = 1;
    while ((see_read_u8(reader) & 1) == 0 && !reader->is_short && octets < 4) {
        octets++;
    }
    if (reader->left > 0 && reader->at[0] == 0x03) {
        return read_behind(packet, 1, read_nlpid);
    }
    uint16_t type = see_read_u16(reader);
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    return type < ETHER_LEAST ? DROPPED_NOT_IP : see_layer_ether_type(packet, type);
}

/* ATM (RFC 2684): LLC; a bridge pads to even out the Ethernet header. */
enum see_found see_link_atm(struct see_packet *packet)
{
    const struct see_reader *reader = &packet->reader;
    struct see_reader behind = *reader;
    if (reader->left < 3) {
        return DROPPED_SHORT;
    }
    see_read_skip(&behind, 3);
    if (memcmp(reader->at, "\xFE\xFE\x03", 3) == 0) {
        return read_behind(packet, 3, read_nlpid);
    }
    if (memcmp(reader->at, "\xAA\xAA\x03", 3) == 0 && is_bridged_snap(&behind)) {
        return read_behind(packet, 3 + 5 + 2, see_layer_ethernet);
    }
    return see_layer_llc(packet);
}

/* Direction and traffic, path and channel: LLC, or a LAN emulated. */
enum see_found see_link_sun_atm(struct see_packet *packet)
{
    uint8_t flags = see_read_u8(&packet->reader);
    switch (flags & 0x0F) {
    case 1:
        return read_behind(packet, 3 + 2, see_layer_ethernet);
    case 2:
        return read_behind(packet, 3, see_link_atm);
    default:
        return packet->reader.is_short ? DROPPED_SHORT : DROPPED_NOT_IP;
    }
}

/* OpenBSD: the family, a security association and flags before what IPsec has opened. */
enum see_found see_link_enc(struct see_packet *packet)
{
    return read_behind(packet, 12, see_layer_ip);
}

/* What a packet filter logged: a header that tells its length, padded to words. */
enum see_found see_link_pflog(struct see_packet *packet)
{
    size_t len = see_read_u8(&packet->reader);
    if (!packet->reader.is_short && len < 4) {
        return DROPPED_MALFORMED;
    }
    return read_behind(packet, ((len + 3) & ~(size_t)3) - 1, see_layer_ip);
}

/* Solaris, between IP and a device: zones and interfaces. */
enum see_found see_link_ipnet(struct see_packet *packet)
{
    return read_behind(packet, 24, see_layer_ip);
}

/* A probe's own header; behind the second one the preamble still stands. */
enum see_found see_link_netanalyzer(struct see_packet *packet)
{
    return read_behind(packet, 4, see_layer_ethernet);
}

enum see_found see_link_netanalyzer_raw(struct see_packet *packet)
{
    return read_behind(packet, 4 + 8, see_layer_ethernet);
}

/* The port of a switch: a tag of its own between addresses and EtherType. */
static enum see_found read_tagged(struct see_packet *packet, size_t tag)
{
    see_read_skip(&packet->reader, 12 + tag);
    uint16_t type = see_read_u16(&packet->reader);
    return packet->reader.is_short ? DROPPED_SHORT : see_layer_ether_type(packet, type);
}

enum see_found see_link_dsa(struct see_packet *packet)
{
    return read_tagged(packet, 4);
}

enum see_found see_link_edsa(struct see_packet *packet)
{
    return read_tagged(packet, 8);
}

enum see_found see_link_broadcom_before(struct see_packet *packet)
{
    return read_behind(packet, 4, see_layer_ethernet);
}

enum juniper_flag {
    JUNIPER_NO_LINK = 0x02, /* a family in place of the link layer */
    JUNIPER_EXTENSIONS = 0x80,
};

/* Junos: a magic number, flags, extensions, and the link layer that it knows. */
static enum see_found read_juniper(struct see_packet *packet,
                                   enum see_found (*read)(struct see_packet *packet))
{
    struct see_reader *reader = &packet->reader;
    const uint8_t *magic = see_read_octets(reader, 3);
    uint8_t flags = see_read_u8(reader);
    size_t len = (flags & JUNIPER_EXTENSIONS) != 0 ? see_read_u16(reader) : 0;
    see_read_skip(reader, len);
    if (magic == NULL || reader->is_short) {
        return DROPPED_SHORT;
    }
    if (memcmp(magic, "MGC", 3) != 0) {
        return DROPPED_MALFORMED;
    }
    return (flags & JUNIPER_NO_LINK) != 0 ? read_behind(packet, 4, see_layer_ip) : read(packet);
}

enum see_found see_link_juniper_ethernet(struct see_packet *packet)
{
    return read_juniper(packet, see_layer_ethernet);
}

enum see_found see_link_juniper_ppp(struct see_packet *packet)
{
    return read_juniper(packet, see_layer_ppp);
}

enum see_found see_link_juniper_frame_relay(struct see_packet *packet)
{
    return read_juniper(packet, see_link_frame_relay);
}

enum see_found see_link_juniper_hdlc(struct see_packet *packet)
{
    return read_juniper(packet, see_link_cisco_hdlc);
}

static uint32_t host_u32(const uint8_t *octets, bool is_little)
{
    uint32_t low = octets[0], second = octets[1], third = octets[2], high = octets[3];
    return is_little ? low | second << 8 | third << 16 | high << 24
                     : low << 24 | second << 16 | third << 8 | high;
}

#define PKTAP_FIXED 12
#define PKTAP_LEAST 108

/* What Apple's tcpdump writes: its length, a 1, and the link type of what follows. */
enum see_found see_link_pktap(struct see_packet *packet)
{
    const uint8_t *header = see_read_octets(&packet->reader, PKTAP_FIXED);
    if (header == NULL) {
        return DROPPED_SHORT;
    }
    bool is_little = header[2] == 0 && header[3] == 0;
    uint32_t len = host_u32(header, is_little);
    uint32_t link_type = host_u32(header + 8, is_little);
    if (len < PKTAP_LEAST || host_u32(header + 4, is_little) != 1 || link_type > INT16_MAX) {
        return DROPPED_NOT_IP; /* one of its two numbers is free for anybody's use */
    }
    see_read_skip(&packet->reader, len - PKTAP_FIXED);
    if (packet->reader.is_short) {
        return DROPPED_SHORT;
    }
    return see_packet_nest(packet) ? see_layer_link(packet, (int)link_type) : DROPPED_NESTED;
}
