/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * octets - numbers of a file header, in the byte order of who wrote it.
 *
 * `is_swapped`: the writer's order is not ours.  Nothing here knows a bound: the
 * caller has asked for the octets.
 */
#ifndef SEE_CAPTURE_OCTETS_H
#define SEE_CAPTURE_OCTETS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t see_octets_16(const uint8_t *at, bool is_swapped)
{
    uint16_t value;
    memcpy(&value, at, sizeof(value));
    return is_swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t see_octets_32(const uint8_t *at, bool is_swapped)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return is_swapped ? __builtin_bswap32(value) : value;
}

static inline uint64_t see_octets_64(const uint8_t *at, bool is_swapped)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return is_swapped ? __builtin_bswap64(value) : value;
}

#endif
