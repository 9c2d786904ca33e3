/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/pcapng.h"

#include <stdio.h>

#include "capture/clock.h"
#include "capture/octets.h"
#include "capture/pcapng_block.h"
#include "capture/reader.h"

enum {
    BLOCK_SECTION = 0x0A0D0D0A,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OBSOLETE = 2,
    BLOCK_PACKET_SIMPLE = 3,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
    BLOCK_JOURNAL = 9,
    BLOCK_SECRETS = 0xA,
    BLOCK_CUSTOM = 0xBAD,
    BLOCK_CUSTOM_NO_COPY = 0x40000BAD,
};

#define BYTE_ORDER_MAGIC 0x1A2B3C4Du

/* Type and length in front, the length again behind. */
#define BLOCK_HEAD_LEN ((size_t)8)
#define BLOCK_FRAME_LEN ((uint32_t)12)
#define SECTION_LEN_MIN ((size_t)16) /* of the body */
#define PACKET_HEAD_LEN ((size_t)20)
#define PACKET_HEAD_LEN_SIMPLE ((size_t)4)

/* A block up to here lies whole in the window; of a larger one only what is kept of its frame. */
#define BLOCK_WHOLE_MAX ((uint32_t)SEE_FRAME_MAX + 65536)

bool see_pcapng_begins(const uint8_t *head, size_t len)
{
    static const uint8_t type[] = {0x0A, 0x0D, 0x0D, 0x0A};
    if (len == 0 || memcmp(head, type, len < sizeof(type) ? len : sizeof(type)) != 0) {
        return false;
    }
    return len < 12 || see_octets_32(head + 8, false) == BYTE_ORDER_MAGIC ||
           see_octets_32(head + 8, true) == BYTE_ORDER_MAGIC;
}

static bool holds_packet(uint32_t type)
{
    return type == BLOCK_PACKET || type == BLOCK_PACKET_SIMPLE || type == BLOCK_PACKET_OBSOLETE;
}

static enum see_read cut_inside(struct see_reader *reader, uint64_t frame)
{
    char what[40] = "a block";
    if (frame > 0) {
        snprintf(what, sizeof(what), "frame %llu", (unsigned long long)frame);
    }
    return see_reader_ended(reader, what);
}

/* Interface, time, the two lengths: the newer and the obsolete packet block differ only in front.
 */
static enum see_read take_packet(struct see_reader *reader, struct see_block block,
                                 struct see_frame *ret_frame)
{
    const struct see_pcapng *pcapng = &reader->pcapng;
    bool is_swapped = pcapng->is_swapped;
    const uint8_t *body = block.body;
    if (block.len < PACKET_HEAD_LEN) {
        return see_reader_corrupt(reader, "a packet block is too short");
    }
    uint32_t number = block.type == BLOCK_PACKET ? see_octets_32(body, is_swapped)
                                                 : see_octets_16(body, is_swapped);
    uint32_t captured = see_octets_32(body + 12, is_swapped);
    if (number >= pcapng->interface_count) {
        return see_reader_corrupt(reader, "a packet block names interface %u, of %zu", number,
                                  pcapng->interface_count);
    }
    if (captured > block.len - PACKET_HEAD_LEN) {
        return see_reader_corrupt(reader, "a packet block of %zu octets claims to hold %u",
                                  block.len, captured);
    }
    const struct see_pcapng_interface *interface = &pcapng->interfaces[number];
    uint64_t units = (uint64_t)see_octets_32(body + 4, is_swapped) << 32;
    units |= see_octets_32(body + 8, is_swapped);
    bool is_clamped;
    see_time_ns time =
        see_clock_units(units, interface->resolution, interface->offset, &is_clamped);
    reader->notes[SEE_READ_TIMESTAMPS_CLAMPED] += is_clamped ? 1 : 0;
    see_reader_frame(reader, ret_frame, interface->link_type, time, body + PACKET_HEAD_LEN,
                     captured, see_octets_32(body + 16, is_swapped));
    ret_frame->interface = pcapng->interfaces_before + number;
    ret_frame->snap_len = interface->snap_len;
    return SEE_READ_FRAME;
}

/* Of the first interface, as long as its snap length lets it be, and without a time of its own. */
static enum see_read take_simple_packet(struct see_reader *reader, struct see_block block,
                                        struct see_frame *ret_frame)
{
    const struct see_pcapng *pcapng = &reader->pcapng;
    if (block.len < PACKET_HEAD_LEN_SIMPLE || pcapng->interface_count == 0) {
        return see_reader_corrupt(reader, block.len < PACKET_HEAD_LEN_SIMPLE
                                              ? "a packet block is too short"
                                              : "a packet block stands before any interface");
    }
    uint32_t wire = see_octets_32(block.body, pcapng->is_swapped);
    uint32_t snap_len = pcapng->interfaces[0].snap_len;
    uint32_t captured = snap_len > 0 && snap_len < wire ? snap_len : wire;
    if (captured > block.len - PACKET_HEAD_LEN_SIMPLE) {
        return see_reader_corrupt(reader, "a packet block of %zu octets claims to hold %u",
                                  block.len, captured);
    }
    reader->notes[SEE_READ_TIMESTAMPS_MISSING]++;
    see_reader_frame(reader, ret_frame, pcapng->interfaces[0].link_type, reader->last_time,
                     block.body + PACKET_HEAD_LEN_SIMPLE, captured, wire);
    ret_frame->interface = pcapng->interfaces_before;
    ret_frame->snap_len = snap_len;
    return SEE_READ_FRAME;
}

static enum see_read take_section(struct see_reader *reader, struct see_block block)
{
    bool is_swapped = see_octets_32(block.body, false) != BYTE_ORDER_MAGIC;
    if (block.len < SECTION_LEN_MIN) {
        return see_reader_corrupt(reader, "a section header is too short");
    }
    unsigned major = see_octets_16(block.body + 4, is_swapped);
    if (major != 1) {
        return see_reader_corrupt(reader, "version %u.%u of pcapng is not read", major,
                                  see_octets_16(block.body + 6, is_swapped));
    }
    see_pcapng_section(&reader->pcapng, is_swapped);
    return SEE_READ_PASSED;
}

static enum see_read taken(struct see_reader *reader, int status, const char *what)
{
    if (status == SEE_EFORMAT) {
        return see_reader_corrupt(reader, "%s makes no sense", what);
    }
    return status == SEE_OK ? SEE_READ_PASSED : SEE_READ_FAILED;
}

static enum see_read take_block(struct see_reader *reader, struct see_block block,
                                struct see_frame *ret_frame)
{
    struct see_pcapng *pcapng = &reader->pcapng;
    switch (block.type) {
    case BLOCK_SECTION:
        return take_section(reader, block);
    case BLOCK_INTERFACE:
        return taken(reader, see_pcapng_interface(pcapng, block), "an interface block");
    case BLOCK_PACKET:
    case BLOCK_PACKET_OBSOLETE:
        return take_packet(reader, block, ret_frame);
    case BLOCK_PACKET_SIMPLE:
        return take_simple_packet(reader, block, ret_frame);
    case BLOCK_STATISTICS:
        see_pcapng_statistics(pcapng, block);
        return SEE_READ_PASSED;
    case BLOCK_SECRETS:
        reader->notes[SEE_READ_SECRETS_BLOCKS]++;
        return taken(reader, see_pcapng_secrets(pcapng, block), "a secrets block");
    case BLOCK_JOURNAL:
    case BLOCK_CUSTOM:
    case BLOCK_CUSTOM_NO_COPY:
        /* Wireshark shows these in its list, so they have a number. */
        reader->number++;
        break;
    default:
        break;
    }
    reader->notes[SEE_READ_BLOCKS_SKIPPED]++;
    return SEE_READ_PASSED;
}

/* Larger than the window may grow: the frame in it is cut, and the rest is passed over. */
static enum see_read take_large_block(struct see_reader *reader, struct see_block block,
                                      struct see_frame *ret_frame)
{
    switch (block.type) {
    case BLOCK_SECTION:
    case BLOCK_INTERFACE:
    case BLOCK_STATISTICS:
        return see_reader_corrupt(reader, "a block claims to hold %zu octets", block.len);
    case BLOCK_SECRETS:
        reader->notes[SEE_READ_SECRETS_BLOCKS]++;
        return SEE_READ_PASSED;
    default:
        return take_block(reader, block, ret_frame);
    }
}

/* The end of a large block, whose beginning was read by an earlier call. */
static enum see_read end_large_block(struct see_reader *reader)
{
    struct see_pcapng *pcapng = &reader->pcapng;
    if (see_input_want(&reader->input, 4) < 4) {
        return cut_inside(reader, 0);
    }
    if (see_octets_32(see_input_at(&reader->input), pcapng->is_swapped) != pcapng->trailer) {
        return see_reader_corrupt(reader, "the two lengths of a block disagree");
    }
    pcapng->trailer = 0;
    see_input_skip(&reader->input, 4);
    return SEE_READ_PASSED;
}

/* The head of a block, which lies ready; a section header says the byte order of its own length. */
static enum see_read read_head(struct see_reader *reader, struct see_block *ret_block,
                               uint32_t *ret_len)
{
    const uint8_t *at = see_input_at(&reader->input);
    bool is_swapped = reader->pcapng.is_swapped;
    uint32_t type = see_octets_32(at, is_swapped);
    if (type == BLOCK_SECTION) {
        is_swapped = see_octets_32(at + BLOCK_HEAD_LEN, false) != BYTE_ORDER_MAGIC;
        if (see_octets_32(at + BLOCK_HEAD_LEN, is_swapped) != BYTE_ORDER_MAGIC) {
            return see_reader_corrupt(reader, "a section header has no byte-order magic");
        }
    }
    uint32_t len = see_octets_32(at + 4, is_swapped);
    if (len < BLOCK_FRAME_LEN || len % 4 != 0 || len > SEE_RECORD_MAX) {
        return see_reader_corrupt(reader, "a block claims to have %u octets", len);
    }
    *ret_block = (struct see_block){.type = type, .len = len - BLOCK_FRAME_LEN};
    *ret_len = len;
    return SEE_READ_PASSED;
}

bool see_pcapng_is_ready(const struct see_reader *reader)
{
    bool is_swapped = reader->pcapng.is_swapped;
    size_t ready = see_input_ready(&reader->input);
    const uint8_t *at = see_input_at(&reader->input);
    if (ready < BLOCK_FRAME_LEN || reader->pcapng.trailer != 0 ||
        see_octets_32(at, is_swapped) != BLOCK_PACKET) {
        return false;
    }
    size_t len = see_octets_32(at + 4, is_swapped);
    return len <= BLOCK_WHOLE_MAX && len <= ready;
}

enum see_read see_pcapng_next(struct see_reader *reader, struct see_frame *ret_frame)
{
    struct see_input *input = &reader->input;
    if (reader->pcapng.trailer != 0) {
        return end_large_block(reader);
    }
    reader->begins_at = input->offset;
    size_t ready = see_input_want(input, BLOCK_FRAME_LEN);
    if (ready < BLOCK_FRAME_LEN) {
        return ready == 0 ? see_reader_ended(reader, NULL) : cut_inside(reader, 0);
    }
    struct see_block block = {.body = NULL};
    uint32_t len = 0;
    enum see_read result = read_head(reader, &block, &len);
    if (result != SEE_READ_PASSED) {
        return result;
    }
    bool is_whole = len <= BLOCK_WHOLE_MAX;
    size_t wanted = is_whole                   ? len
                    : holds_packet(block.type) ? BLOCK_HEAD_LEN + PACKET_HEAD_LEN + SEE_FRAME_MAX
                                               : BLOCK_FRAME_LEN;
    if (see_input_want(input, wanted) < wanted) {
        return cut_inside(reader, holds_packet(block.type) ? reader->number + 1 : 0);
    }
    block.body = see_input_at(input) + BLOCK_HEAD_LEN;
    /* Type and length were read in the order of the section, as this one is: compare as they are.
     */
    if (is_whole && memcmp(block.body + block.len, block.body - 4, 4) != 0) {
        return see_reader_corrupt(reader, "the two lengths of a block disagree");
    }
    result = is_whole ? take_block(reader, block, ret_frame)
                      : take_large_block(reader, block, ret_frame);
    if (result == SEE_READ_FRAME || result == SEE_READ_PASSED) {
        reader->pcapng.trailer = is_whole ? 0 : len;
        see_input_skip(input, is_whole ? len : len - 4);
    }
    return result;
}

int see_pcapng_open(struct see_reader *reader)
{
    struct see_frame frame;
    switch (see_pcapng_next(reader, &frame)) {
    case SEE_READ_FRAME:
    case SEE_READ_PASSED:
        return SEE_OK;
    case SEE_READ_OVER:
        return reader->state == SEE_CAPTURE_TRUNCATED ? SEE_ETRUNC : SEE_EFORMAT;
    case SEE_READ_WAIT:
        snprintf(reader->detail, sizeof(reader->detail), "interrupted before the first packet");
        return SEE_EIO;
    case SEE_READ_FAILED:
        break;
    }
    return SEE_ENOMEM;
}
