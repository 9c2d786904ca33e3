/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/pcapng_write.h"

#include <string.h>

enum {
    BLOCK_SECTION = 0x0A0D0D0A,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
};

enum option {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SHB_APPLICATION = 4,
    IF_DESCRIPTION = 3,
    IF_TSRESOL = 9,
    IF_TSOFFSET = 14,
};

#define BYTE_ORDER_MAGIC 0x1A2B3C4Du
#define RESOLUTION_NS 9

void see_pcapng_writer_init(struct see_pcapng_writer *writer, FILE *out)
{
    *writer = (struct see_pcapng_writer){.out = out, .status = SEE_OK};
    see_text_init(&writer->block);
}

void see_pcapng_writer_finish(struct see_pcapng_writer *writer)
{
    see_text_finish(&writer->block);
}

static void add_octets(struct see_text *block, const void *octets, size_t len)
{
    see_text_add(block, (struct see_view){octets, len});
}

static void add_16(struct see_text *block, uint16_t value)
{
    add_octets(block, &value, sizeof(value));
}

static void add_32(struct see_text *block, uint32_t value)
{
    add_octets(block, &value, sizeof(value));
}

static void add_64(struct see_text *block, uint64_t value)
{
    add_octets(block, &value, sizeof(value));
}

static void pad(struct see_text *block, size_t len)
{
    static const char zeros[4] = {0};
    add_octets(block, zeros, (4 - len % 4) % 4);
}

static void add_option(struct see_text *block, enum option code, const void *value, size_t len)
{
    add_16(block, (uint16_t)code);
    add_16(block, (uint16_t)len);
    add_octets(block, value, len);
    pad(block, len);
}

/* A view as UTF-8 of whole characters, at most SEE_PCAPNG_COMMENT_MAX octets. */
static void add_words(struct see_text *block, enum option code, struct see_view words)
{
    size_t len = words.len;
    if (len > SEE_PCAPNG_COMMENT_MAX) {
        len = SEE_PCAPNG_COMMENT_MAX;
        while (len > 0 && ((uint8_t)words.ptr[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    if (len > 0) {
        add_option(block, code, words.ptr, len);
    }
}

static void begin_block(struct see_pcapng_writer *writer, uint32_t type)
{
    see_text_clear(&writer->block);
    add_32(&writer->block, type);
    add_32(&writer->block, 0);
}

/* Options end, both lengths are filled in, and the block goes out. */
static void end_block(struct see_pcapng_writer *writer)
{
    struct see_text *block = &writer->block;
    add_32(block, OPTION_END);
    uint32_t len = (uint32_t)block->len + 4;
    add_32(block, len);
    if (writer->status != SEE_OK) {
        return;
    }
    writer->status = see_text_status(block);
    if (writer->status == SEE_OK) {
        memcpy(block->ptr + 4, &len, sizeof(len));
        if (fwrite(block->ptr, 1, block->len, writer->out) != block->len) {
            writer->status = SEE_EIO;
        }
    }
}

void see_pcapng_write_section(struct see_pcapng_writer *writer, struct see_view application,
                              struct see_view comment, see_time_ns earliest)
{
    struct see_text *block = &writer->block;
    writer->offset = earliest < 0 ? earliest / SEE_NS_PER_S - 1 : 0;
    begin_block(writer, BLOCK_SECTION);
    add_32(block, BYTE_ORDER_MAGIC);
    add_16(block, 1);
    add_16(block, 0);
    add_64(block, UINT64_MAX); /* the section's length is not said */
    add_words(block, SHB_APPLICATION, application);
    add_words(block, OPTION_COMMENT, comment);
    end_block(writer);
}

uint32_t see_pcapng_write_interface(struct see_pcapng_writer *writer, int link_type,
                                    uint32_t snap_len, struct see_view description)
{
    struct see_text *block = &writer->block;
    const uint8_t resolution = RESOLUTION_NS;
    begin_block(writer, BLOCK_INTERFACE);
    add_16(block, (uint16_t)link_type);
    add_16(block, 0);
    add_32(block, snap_len);
    add_words(block, IF_DESCRIPTION, description);
    add_option(block, IF_TSRESOL, &resolution, sizeof(resolution));
    if (writer->offset != 0) {
        add_option(block, IF_TSOFFSET, &writer->offset, sizeof(writer->offset));
    }
    end_block(writer);
    return writer->interfaces++;
}

void see_pcapng_write_frame(struct see_pcapng_writer *writer, uint32_t interface,
                            const struct see_frame *frame, const struct see_view *comments,
                            size_t count)
{
    struct see_text *block = &writer->block;
    size_t len = frame->len < SEE_PCAPNG_FRAME_MAX ? frame->len : SEE_PCAPNG_FRAME_MAX;
    uint64_t time =
        (uint64_t)frame->stamp.time_ns - (uint64_t)writer->offset * (uint64_t)SEE_NS_PER_S;
    begin_block(writer, BLOCK_PACKET);
    add_32(block, interface);
    add_32(block, (uint32_t)(time >> 32));
    add_32(block, (uint32_t)time);
    add_32(block, (uint32_t)len);
    add_32(block, (uint32_t)frame->wire_len);
    add_octets(block, frame->data, len);
    pad(block, len);
    for (size_t i = 0; i < count; i++) {
        add_words(block, OPTION_COMMENT, comments[i]);
    }
    end_block(writer);
}

int see_pcapng_writer_end(struct see_pcapng_writer *writer)
{
    if (writer->status == SEE_OK && fflush(writer->out) != 0) {
        writer->status = SEE_EIO;
    }
    return writer->status;
}
