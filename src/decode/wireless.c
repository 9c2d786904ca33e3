/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wireless - IEEE 802.11 data frames, and the headers that drivers put before them.
 *
 * Only what is not protected can be read.  A frame check sequence at the end needs no care, since
 * the length in the IP header cuts it off.
 */
#include <string.h>

#include "decode/packet.h"

/* Frame control (IEEE 802.11, 9.2.4.1), its two octets as a number, the first one low. */
enum frame_control {
    FC_TYPE = 0x000C,
    FC_TYPE_DATA = 0x0008,
    FC_NULL = 0x0040, /* a data frame without data */
    FC_QOS = 0x0080,
    FC_BOTH_DS = 0x0300, /* from one access point to another: a fourth address */
    FC_MORE_FRAGMENTS = 0x0400,
    FC_PROTECTED = 0x4000,
    FC_HT_CONTROL = 0x8000,
};

#define QOS_AMSDU 0x80

/* One of several in a frame (A-MSDU); `packet` comes back as it was, but for the segment. */
static void read_subframe(struct see_packet *packet, size_t len)
{
    struct see_packet whole = *packet;
    packet->reader.left = packet->reader.left < len ? packet->reader.left : len;
    packet->reader.wire_left = len;
    packet->assembled = NULL; /* the datagrams around it are needed for the next one */
    see_packet_settle(packet, see_layer_llc(packet));
    packet->decode->subframes++;
    whole.status = packet->status;
    *packet = whole;
    see_read_skip(&packet->reader, len);
}

/*
 * A-MSDU (9.3.2.2): subframes of destination, source, length and LLC, each padded to four octets.
 * All but the last are settled here.
 */
static enum see_found read_amsdu(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    for (;;) {
        see_read_skip(reader, 12);
        size_t len = see_read_u16(reader);
        if (reader->is_short) {
            return DROPPED_SHORT;
        }
        size_t padded = (14 + len + 3) / 4 * 4 - 14;
        /* No other one fits behind it: what is left is padding or a check sequence. */
        if (reader->left < padded || reader->left - padded < 14 + 8) {
            see_read_limit(reader, len);
            return see_layer_llc(packet);
        }
        if (packet->status != SEE_OK || !see_packet_nest(packet)) {
            return DROPPED_NESTED;
        }
        read_subframe(packet, len);
        see_read_skip(reader, padded - len);
    }
}

static enum see_found read_80211(struct see_packet *packet, bool is_padded)
{
    struct see_reader *reader = &packet->reader;
    uint16_t control = see_read_u8(reader);
    control = (uint16_t)(control | see_read_u8(reader) << 8);
    see_read_skip(reader, 20); /* duration, three addresses */
    uint8_t sequence = see_read_u8(reader);
    see_read_skip(reader, 1);
    size_t header_len = 24;
    if ((control & FC_BOTH_DS) == FC_BOTH_DS) {
        see_read_skip(reader, 6);
        header_len += 6;
    }
    bool has_qos = (control & FC_QOS) != 0;
    uint8_t qos = 0;
    if (has_qos) {
        qos = see_read_u8(reader);
        see_read_skip(reader, 1);
        header_len += 2;
    }
    if (has_qos && (control & FC_HT_CONTROL) != 0) {
        see_read_skip(reader, 4);
        header_len += 4;
    }
    if ((control & FC_TYPE) != FC_TYPE_DATA || (control & FC_NULL) != 0) {
        return DROPPED_NOT_IP;
    }
    see_read_skip(reader, is_padded ? (4 - header_len % 4) % 4 : 0);
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    if ((control & FC_PROTECTED) != 0) {
        return DROPPED_ENCRYPTED;
    }
    if ((control & FC_MORE_FRAGMENTS) != 0 || (sequence & 0x0F) != 0) {
        return DROPPED_LINK_FRAGMENT;
    }
    return has_qos && (qos & QOS_AMSDU) != 0 ? read_amsdu(packet) : see_layer_llc(packet);
}

enum see_found see_layer_80211(struct see_packet *packet)
{
    return read_80211(packet, false);
}

static uint16_t little_u16(const uint8_t *octets)
{
    return (uint16_t)(octets[0] | octets[1] << 8);
}

static uint32_t little_u32(const uint8_t *octets)
{
    return little_u16(octets) | (uint32_t)little_u16(octets + 2) << 16;
}

/*
 * The flags of a radiotap header; they follow its bitmaps, after a timestamp at a multiple of
 * eight octets if that is there.  0 when there are none.
 */
static uint8_t radiotap_flags(const uint8_t *header, size_t len)
{
    uint32_t present = little_u32(header + 4);
    size_t at = 8;
    uint32_t bitmap = present;
    while ((bitmap & 0x80000000u) != 0 && at + 4 <= len) {
        bitmap = little_u32(header + at);
        at += 4;
    }
    if ((present & 1) != 0) {
        at = (at + 7) / 8 * 8 + 8;
    }
    return (present & 2) != 0 && at < len ? header[at] : 0;
}

/* Radiotap: version, padding, length, bitmap, fields. */
enum see_found see_layer_radiotap(struct see_packet *packet)
{
    struct see_reader *reader = &packet->reader;
    const uint8_t *start = reader->at;
    size_t captured = reader->left;
    const uint8_t *fixed = see_read_octets(reader, 8);
    if (fixed == NULL) {
        return DROPPED_SHORT;
    }
    size_t len = little_u16(fixed + 2);
    if (fixed[0] != 0 || len < 8) {
        return DROPPED_MALFORMED;
    }
    see_read_skip(reader, len - 8);
    if (reader->is_short) {
        return DROPPED_SHORT;
    }
    const uint8_t data_pad = 0x20;
    return read_80211(packet, (radiotap_flags(start, len < captured ? len : captured) & data_pad));
}

/* Prism: its length in the order of the host; or AVS in its place, in that of the network. */
enum see_found see_layer_prism(struct see_packet *packet)
{
    const uint8_t *header = see_read_octets(&packet->reader, 8);
    if (header == NULL) {
        return DROPPED_SHORT;
    }
    bool is_avs = memcmp(header, "\x80\x21\x10", 3) == 0;
    bool is_little = !is_avs && header[7] == 0;
    size_t len = is_little ? little_u32(header + 4)
                           : (size_t)(header[4] << 8 | header[5]) << 16 |
                                 (size_t)(header[6] << 8 | header[7]);
    if (len < 8) {
        return DROPPED_MALFORMED;
    }
    see_read_skip(&packet->reader, len - 8);
    return packet->reader.is_short ? DROPPED_SHORT : see_layer_80211(packet);
}

/* PPI: version, flags, length, and the link type of what follows. */
enum see_found see_layer_ppi(struct see_packet *packet)
{
    const uint8_t *header = see_read_octets(&packet->reader, 8);
    if (header == NULL) {
        return DROPPED_SHORT;
    }
    size_t len = little_u16(header + 2);
    uint32_t link_type = little_u32(header + 4);
    if (header[0] != 0 || len < 8 || link_type > INT16_MAX) {
        return DROPPED_MALFORMED;
    }
    see_read_skip(&packet->reader, len - 8);
    if (packet->reader.is_short) {
        return DROPPED_SHORT;
    }
    return see_packet_nest(packet) ? see_layer_link(packet, (int)link_type) : DROPPED_NESTED;
}
