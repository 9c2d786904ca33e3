/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reader - the one place where packet octets are touched.
 *
 * A reader walks from left to right and never past what was captured.  Each
 * `see_read_*` that finds too few octets sets `is_short` and yields zeros, so a
 * decoder reads a whole header and asks once.
 */
#ifndef SEE_DECODE_READER_H
#define SEE_DECODE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct see_reader {
    const uint8_t *at;
    size_t left;      /* captured octets */
    size_t wire_left; /* octets that were on the wire, >= left */
    bool is_short;
};

static inline const uint8_t *see_read_octets(struct see_reader *reader, size_t count)
{
    if (reader->left < count) {
        reader->is_short = true;
        reader->left = 0;
        return NULL;
    }
    const uint8_t *octets = reader->at;
    reader->at += count;
    reader->left -= count;
    reader->wire_left -= count;
    return octets;
}

static inline void see_read_skip(struct see_reader *reader, size_t count)
{
    (void)see_read_octets(reader, count);
}

static inline uint8_t see_read_u8(struct see_reader *reader)
{
    const uint8_t *o = see_read_octets(reader, 1);
    return o != NULL ? o[0] : 0;
}

static inline uint16_t see_read_u16(struct see_reader *reader)
{
    const uint8_t *o = see_read_octets(reader, 2);
    return o != NULL ? (uint16_t)((unsigned)o[0] << 8 | o[1]) : 0;
}

static inline uint32_t see_read_u32(struct see_reader *reader)
{
    const uint8_t *o = see_read_octets(reader, 4);
    return o != NULL ? (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3] : 0;
}

/* Forgets what lies past `count` octets from here: padding after a datagram. */
static inline void see_read_limit(struct see_reader *reader, size_t count)
{
    if (reader->left > count) {
        reader->left = count;
    }
    if (reader->wire_left > count) {
        reader->wire_left = count;
    }
}

#endif
