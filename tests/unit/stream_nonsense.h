/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_nonsense - segments that nobody would send, and what holds whatever is fed.
 */
#ifndef SEE_TESTS_STREAM_NONSENSE_H
#define SEE_TESTS_STREAM_NONSENSE_H

#include <string.h>

#include "hostile.h"
#include "stream/stream.h"

static inline size_t random_of(uint32_t *seed, size_t count)
{
    return next_random(seed) % count;
}

static inline struct see_endpoint end_of(unsigned side, uint16_t port)
{
    uint8_t octets[4] = {10, 0, 0, (uint8_t)(side == 0 ? 9 : 2)};
    return (struct see_endpoint){.address = see_address_v4(octets), .port = port};
}

/* A segment of no sense: numbers near each other, at the edges, or anywhere. */
static inline struct see_segment nonsense(uint32_t *seed, const uint8_t *octets)
{
    static const uint32_t bases[] = {0, 0x7FFFFFF0, 0x80000000, 0xFFFFFFF0, 1000000, 17000000};
    unsigned side = next_random(seed) % 2;
    uint16_t port = (uint16_t)random_of(seed, 4);
    struct see_segment segment = {
        .source = end_of(side, port),
        .destination = end_of(random_of(seed, 50) == 0 ? side : !side, port),
        .seq = bases[random_of(seed, 16) == 0 ? random_of(seed, 6) : 0] +
               (uint32_t)random_of(seed, random_of(seed, 8) == 0 ? 70000 : 400),
        .ack = bases[random_of(seed, 16) == 0 ? random_of(seed, 6) : 0] +
               (uint32_t)random_of(seed, random_of(seed, 8) == 0 ? 70000 : 400),
        .flags = random_of(seed, 8) == 0 ? (uint8_t)next_random(seed) : SEE_TCP_ACK,
        .len = random_of(seed, 3) == 0 ? 0 : random_of(seed, 120),
    };
    if (random_of(seed, 4) != 0) {
        segment.flags &= (uint8_t) ~(SEE_TCP_RST | SEE_TCP_SYN | SEE_TCP_FIN);
    }
    segment.payload = octets + random_of(seed, 100);
    segment.wire_len = segment.len + (random_of(seed, 10) == 0 ? random_of(seed, 3000000) : 0);
    return segment;
}

static inline uint64_t sum_of(const struct see_counts *counts, const char *unit, bool is_in)
{
    uint64_t total = 0;
    for (size_t i = 0; i < counts->count; i++) {
        bool counts_in = counts->list[i].kind == SEE_COUNT_IN;
        if (strcmp(counts->list[i].unit, unit) == 0 && counts_in == is_in &&
            counts->list[i].kind != SEE_COUNT_NOTE) {
            total += counts->list[i].value;
        }
    }
    return total;
}

/* What went in came out, or is counted where it went. */
static inline void assert_balanced(struct see_stream *stream)
{
    static const char *const units[] = {"segments", "octets", "connections"};
    struct see_counts counts = see_stream_counts(stream);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        assert_int_equal(sum_of(&counts, units[i], true), sum_of(&counts, units[i], false));
    }
}

#endif
