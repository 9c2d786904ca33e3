/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/decode.h"

#include <stdlib.h>
#include <string.h>

#include "decode/reader.h"

/* Values of the link-layer header types registry; no libpcap header is needed for these. */
enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276,
};

/* EtherType values (IEEE 802.3). */
enum ether_type {
    ETHER_IPV4 = 0x0800,
    ETHER_VLAN = 0x8100,
    ETHER_IPV6 = 0x86DD,
    ETHER_QINQ = 0x88A8,
    ETHER_QINQ_OLD = 0x9100,
};

/* Protocol numbers (IPv6 extension headers share the space). */
enum ip_protocol {
    IP_HOP_BY_HOP = 0,
    IP_TCP = 6,
    IP_ROUTING = 43,
    IP_FRAGMENT = 44,
    IP_AUTHENTICATION = 51,
    IP_DESTINATION = 60,
    IP_MOBILITY = 135,
};

/* Tags in a row that are believed; real networks stack three at most. */
#define TAGS_MAX 8
#define EXTENSIONS_MAX 16

enum counter {
    FRAMES,
    SEGMENTS,
    DROPPED_LINK,
    DROPPED_NOT_IP,
    DROPPED_NOT_TCP,
    DROPPED_FRAGMENT,
    DROPPED_SHORT,
    DROPPED_MALFORMED,
    COUNTERS
};

static const struct see_count counters[COUNTERS] = {
    [FRAMES] = {"frames", "frames", SEE_COUNT_IN, 0},
    [SEGMENTS] = {"segments", "frames", SEE_COUNT_OUT, 0},
    [DROPPED_LINK] = {"frames_link_type_unknown", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_NOT_IP] = {"frames_not_ip", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_NOT_TCP] = {"frames_not_tcp", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_FRAGMENT] = {"frames_ip_fragment", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_SHORT] = {"frames_cut_in_header", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_MALFORMED] = {"frames_malformed", "frames", SEE_COUNT_DROPPED, 0},
};

struct see_decode {
    struct see_decode_sink sink;
    struct see_count counts[COUNTERS];
};

struct see_decode *see_decode_new(struct see_decode_sink sink)
{
    struct see_decode *decode = calloc(1, sizeof(*decode));
    if (decode != NULL) {
        decode->sink = sink;
        memcpy(decode->counts, counters, sizeof(counters));
    }
    return decode;
}

void see_decode_free(struct see_decode *decode)
{
    free(decode);
}

struct see_counts see_decode_counts(struct see_decode *decode)
{
    return (struct see_counts){"decode", decode->counts, COUNTERS};
}

/*
 * Each layer below reads its header off `reader`, fills in what it knows of the
 * segment, and returns SEGMENTS when a segment was found, or why not.
 */

/* TCP (RFC 9293, 3.1). */
static enum counter read_tcp(struct see_reader *reader, struct see_segment *segment)
{
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
    return SEGMENTS;
}

/* IPv4 (RFC 791, 3.1), options skipped. */
static enum counter read_ipv4(struct see_reader *reader, struct see_segment *segment)
{
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
    if ((header[6] & 0x3F) != 0 || header[7] != 0) {
        return DROPPED_FRAGMENT; /* more fragments, or an offset */
    }
    segment->source.address = see_address_v4(header + 12);
    segment->destination.address = see_address_v4(header + 16);
    return header[9] == IP_TCP ? read_tcp(reader, segment) : DROPPED_NOT_TCP;
}

/* Walks the extension headers (RFC 8200, 4) up to TCP. */
static enum counter read_extensions(struct see_reader *reader, uint8_t next,
                                    struct see_segment *segment)
{
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        uint8_t following;
        size_t len;
        switch (next) {
        case IP_TCP:
            return read_tcp(reader, segment);
        case IP_HOP_BY_HOP:
        case IP_ROUTING:
        case IP_DESTINATION:
        case IP_MOBILITY:
            following = see_read_u8(reader);
            len = (size_t)see_read_u8(reader) * 8 + 6;
            break;
        case IP_AUTHENTICATION:
            following = see_read_u8(reader);
            len = (size_t)see_read_u8(reader) * 4 + 6;
            break;
        case IP_FRAGMENT:
            following = see_read_u8(reader);
            see_read_skip(reader, 1);
            /* An atomic fragment (RFC 6946) is whole. */
            if (see_read_u16(reader) != 0) {
                return DROPPED_FRAGMENT;
            }
            len = 4;
            break;
        default:
            return DROPPED_NOT_TCP;
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
static enum counter read_ipv6(struct see_reader *reader, struct see_segment *segment)
{
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
    segment->source.address = see_address_v6(header + 8);
    segment->destination.address = see_address_v6(header + 24);
    return read_extensions(reader, header[6], segment);
}

/* IP of the version that the first octet names. */
static enum counter read_ip(struct see_reader *reader, struct see_segment *segment)
{
    if (reader->left == 0) {
        return DROPPED_SHORT;
    }
    switch (reader->at[0] >> 4) {
    case 4:
        return read_ipv4(reader, segment);
    case 6:
        return read_ipv6(reader, segment);
    default:
        return DROPPED_NOT_IP;
    }
}

/* What an EtherType announces; VLAN tags (IEEE 802.1Q) in any number up to TAGS_MAX. */
static enum counter read_ether_type(struct see_reader *reader, uint16_t type,
                                    struct see_segment *segment)
{
    for (int tags = 0; tags <= TAGS_MAX; tags++) {
        switch (type) {
        case ETHER_IPV4:
            return read_ipv4(reader, segment);
        case ETHER_IPV6:
            return read_ipv6(reader, segment);
        case ETHER_VLAN:
        case ETHER_QINQ:
        case ETHER_QINQ_OLD:
            segment->network = segment->network << 12 | (see_read_u16(reader) & 0x0FFF);
            type = see_read_u16(reader);
            if (reader->is_short) {
                return DROPPED_SHORT;
            }
            break;
        default:
            return DROPPED_NOT_IP;
        }
    }
    return DROPPED_MALFORMED;
}

/*
 * BSD loopback: the address family in the byte order of the capturing host (NULL) or of the
 * network (LOOP).  Its number for IPv6 differs between systems, so the IP version decides.
 */
static enum counter read_loopback(struct see_reader *reader, struct see_segment *segment)
{
    see_read_skip(reader, 4);
    return reader->is_short ? DROPPED_SHORT : read_ip(reader, segment);
}

static enum counter read_ethernet(struct see_reader *reader, struct see_segment *segment)
{
    see_read_skip(reader, 12);
    uint16_t type = see_read_u16(reader);
    return reader->is_short ? DROPPED_SHORT : read_ether_type(reader, type, segment);
}

static enum counter read_sll(struct see_reader *reader, struct see_segment *segment)
{
    see_read_skip(reader, 14);
    uint16_t type = see_read_u16(reader);
    return reader->is_short ? DROPPED_SHORT : read_ether_type(reader, type, segment);
}

static enum counter read_sll2(struct see_reader *reader, struct see_segment *segment)
{
    uint16_t type = see_read_u16(reader);
    see_read_skip(reader, 18);
    return reader->is_short ? DROPPED_SHORT : read_ether_type(reader, type, segment);
}

/* What can be read: a link type and the layer that knows it. */
static const struct {
    int link_type;
    enum counter (*read)(struct see_reader *reader, struct see_segment *segment);
} links[] = {
    {LINK_ETHERNET, read_ethernet}, {LINK_LINUX_SLL, read_sll},  {LINK_LINUX_SLL2, read_sll2},
    {LINK_NULL, read_loopback},     {LINK_LOOP, read_loopback},  {LINK_RAW, read_ip},
    {LINK_RAW_BSD, read_ip},        {LINK_RAW_OPENBSD, read_ip}, {LINK_IPV4, read_ipv4},
    {LINK_IPV6, read_ipv6},
};

bool see_decode_knows(int link_type)
{
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (links[i].link_type == link_type) {
            return true;
        }
    }
    return false;
}

static enum counter read_frame(const struct see_frame *frame, struct see_segment *segment)
{
    struct see_reader reader = {frame->data, frame->len, frame->wire_len, false};
    if (reader.wire_left < reader.left) {
        reader.wire_left = reader.left;
    }
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (links[i].link_type == frame->link_type) {
            return links[i].read(&reader, segment);
        }
    }
    return DROPPED_LINK;
}

int see_decode_feed(struct see_decode *decode, const struct see_frame *frame)
{
    struct see_segment segment = {.stamp = frame->stamp};
    enum counter result = read_frame(frame, &segment);
    decode->counts[FRAMES].value++;
    decode->counts[result].value++;
    return result == SEGMENTS ? decode->sink.segment(decode->sink.ctx, &segment) : SEE_OK;
}
