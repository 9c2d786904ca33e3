/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "decode/packet.h"

/* IPv6 extension headers in a row that are believed. */
#define EXTENSIONS_MAX 16

/* TCP (RFC 9293, 3.1). */
static enum see_found read_tcp(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    struct see_segment *segment = &packet->segment;
    segment->source.port = see_read_u16(reader);
    segment->destination.port = see_read_u16(reader);
    segment->seq = see_read_u32(reader);
    segment->ack = see_read_u32(reader);
    size_t header_len = (size_t)(see_read_u8(reader) >> 4) * 4;
    segment->flags = see_read_u8(reader);
    segment->window = see_read_u16(reader);
    see_read_skip(reader, 4); /* checksum, urgent pointer: urgent octets stay in line */
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    if (header_len < 20 || reader->wire_left < header_len - 20) {
        return DROPPED_MALFORMED;
    }
    size_t options_len = header_len - 20;
    if (reader->left < options_len) {
        return DROPPED_SHORT;
    }
    see_read_skip(reader, options_len);
    segment->payload = reader->at;
    segment->len = reader->left;
    segment->wire_len = reader->wire_left;
    return FOUND_SEGMENT;
}

/* IP in IP (RFC 2003, 2473, 4213). */
static enum see_found read_inner_ip(struct see_packet *packet,
                                    enum see_found (*read)(struct see_packet *packet))
{
    packet->decode->tunnels[TUNNEL_IP]++;
    return see_packet_nest(packet) ? read(packet) : DROPPED_NESTED;
}

/* EtherIP (RFC 3378): version 3 and twelve zeros before the Ethernet header. */
static enum see_found read_etherip(struct see_packet *packet)
{
    uint16_t version = see_read_u16(&packet->reader);
    if (packet->reader.is_short || version != 0x3000) {
        return DROPPED_NOT_TCP;
    }
    return see_packet_nest(packet) ? see_layer_ethernet(packet) : DROPPED_NESTED;
}

static enum see_found read_protocol(struct see_packet *packet, uint8_t protocol);

/* The authentication header (RFC 4302, 2) of IPv4; that of IPv6 is an extension header. */
static enum see_found read_authentication(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint8_t next = see_read_u8(reader);
    see_read_skip(reader, (size_t)see_read_u8(reader) * 4 + 6);
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    return see_packet_nest(packet) ? read_protocol(packet, next) : DROPPED_NESTED;
}

/* What a protocol number announces; extension headers of IPv6 are behind us. */
static enum see_found read_protocol(struct see_packet *packet, uint8_t protocol)
{
    switch (protocol) {
    case IP_TCP:
        return read_tcp(packet);
    case IP_UDP:
        return see_layer_udp(packet);
    case IP_IPV4:
        return read_inner_ip(packet, see_layer_ipv4);
    case IP_IPV6:
        return read_inner_ip(packet, see_layer_ipv6);
    case IP_GRE:
        return see_layer_gre(packet);
    case IP_ETHERIP:
        return read_etherip(packet);
    case IP_ETHERNET:
        return see_packet_nest(packet) ? see_layer_ethernet(packet) : DROPPED_NESTED;
    case IP_MPLS:
        return see_layer_mpls(packet);
    case IP_AUTHENTICATION:
        return read_authentication(packet);
    case IP_ESP:
        return DROPPED_ENCRYPTED;
    default:
        return DROPPED_NOT_TCP;
    }
}

static enum see_found read_extensions(struct see_packet *packet, uint8_t next);

/*
 * A fragment: the datagram that it completes is read on, as if it had come in this frame; a
 * fragment that completes none has done its work.
 */
static enum see_found read_fragment(struct see_packet *packet, uint8_t protocol, uint32_t id,
                                    size_t offset, bool has_more)
{
    struct see_reader *reader = &packet->reader;
    struct see_segment *segment = &packet->segment;
    struct see_fragment fragment = {
        .source = segment->source.address,
        .destination = segment->destination.address,
        .network = see_network_id(segment->network),
        .id = id,
        .protocol = protocol,
        .is_last = !has_more,
        .offset = offset,
        .octets = reader->at,
        .len = reader->left,
        .wire_len = reader->wire_left,
        .stamp = segment->stamp,
    };
    struct see_datagram *datagram;
    int status = see_fragments_add(packet->decode->fragments, &fragment, &datagram);
    if (status != SEE_OK) {
        packet->status = status;
    }
    if (datagram == NULL) {
        return DROPPED_FRAGMENT;
    }
    datagram->next = packet->assembled;
    packet->assembled = datagram;
    *reader = (struct see_reader){datagram->octets, datagram->len, datagram->wire_len, false};
    segment->stamp = datagram->stamp;
    segment->parts = datagram->parts;
    segment->part_count = datagram->part_count;
    return fragment.source.family == 4 ? read_protocol(packet, datagram->protocol)
                                       : read_extensions(packet, datagram->protocol);
}

/* IPv4 (RFC 791, 3.1), options skipped. */
enum see_found see_layer_ipv4(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    const uint8_t *header = see_read_octets(reader, 20);
    if (header == NULL) {
        return DROPPED_SHORT;
    }
    size_t header_len = (size_t)(header[0] & 0x0F) * 4;
    size_t total_len = (size_t)(header[2] << 8 | header[3]);
    /* Segmentation offload leaves the length zero: then the frame's is right. */
    if (total_len == 0) {
        total_len = reader->wire_left + 20;
    }
    if (header[0] >> 4 != 4 || header_len < 20 || total_len < header_len) {
        return DROPPED_MALFORMED;
    }
    see_read_limit(reader, total_len - 20);
    see_read_skip(reader, header_len - 20);
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    packet->segment.source.address = see_address_v4(header + 12);
    packet->segment.destination.address = see_address_v4(header + 16);
    packet->ip_id = (uint32_t)(header[4] << 8 | header[5]);
    packet->ttl = header[8];
    uint16_t place = (uint16_t)(header[6] << 8 | header[7]);
    if ((place & 0x3FFF) != 0) {
        return read_fragment(packet, header[9], packet->ip_id, (size_t)(place & 0x1FFF) * 8,
                             (place & 0x2000) != 0);
    }
    return read_protocol(packet, header[9]);
}

/* The fragment header (RFC 8200, 4.5).  An atomic fragment (RFC 6946) is whole. */
static enum see_found read_fragment_header(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    uint8_t next = see_read_u8(reader);
    see_read_skip(reader, 1);
    uint16_t place = see_read_u16(reader);
    uint32_t id = see_read_u32(reader);
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    if ((place & 0xFFF9) == 0) {
        return read_extensions(packet, next);
    }
    return read_fragment(packet, next, id, place & 0xFFF8, (place & 1) != 0);
}

/*
 * Walks the extension headers (RFC 8200, 4).  `depth` counts fragment headers too: one may come in
 * the datagram that another one completes.
 */
static enum see_found read_extensions(struct see_packet *packet, uint8_t next)
{
    struct see_reader *reader = &packet->reader;
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        uint8_t following;
        size_t len;
        switch (next) {
        case IP_HOP_BY_HOP:
        case IP_ROUTING:
        case IP_DESTINATION:
        case IP_MOBILITY:
        case IP_HIP:
        case IP_SHIM6:
            following = see_read_u8(reader);
            len = (size_t)see_read_u8(reader) * 8 + 6;
            break;
        case IP_AUTHENTICATION:
            following = see_read_u8(reader);
            len = (size_t)see_read_u8(reader) * 4 + 6;
            break;
        case IP_FRAGMENT:
            return see_packet_nest(packet) ? read_fragment_header(packet) : DROPPED_NESTED;
        default:
            return read_protocol(packet, next);
        }
        see_read_skip(reader, len);
        if (reader->is_short) {
            return DROPPED_SHORT;
        }
        next = following;
    }
    return DROPPED_MALFORMED;
}

/* IPv6 (RFC 8200, 3). */
enum see_found see_layer_ipv6(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    const uint8_t *header = see_read_octets(reader, 40);
    if (header == NULL) {
        return DROPPED_SHORT;
    }
    if (header[0] >> 4 != 6) {
        return DROPPED_MALFORMED;
    }
    size_t payload_len = (size_t)(header[4] << 8 | header[5]);
    /* Zero: a jumbogram, or segmentation offload; the frame's length is right then. */
    if (payload_len != 0) {
        see_read_limit(reader, payload_len);
    }
    packet->segment.source.address = see_address_v6(header + 8);
    packet->segment.destination.address = see_address_v6(header + 24);
    packet->ip_id = 0;
    packet->ttl = header[7];
    return read_extensions(packet, header[6]);
}

enum see_found see_layer_ip(struct see_packet *packet)
{
    if (packet->reader.left == 0) {
        return DROPPED_SHORT;
    }
    switch (packet->reader.at[0] >> 4) {
    case 4:
        return see_layer_ipv4(packet);
    case 6:
        return see_layer_ipv6(packet);
    default:
        return DROPPED_NOT_IP;
    }
}
