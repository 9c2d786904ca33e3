/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_decode - frames of any octets into the decode room.
 *
 * The input: the link type, as an index into the list below; then frames, each with its length
 * (two octets), how much more was on the wire (one), and a step of the clock (one, in
 * milliseconds). Everything that comes out is read, and the books must balance.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Beside those that are known, one that is not. */
static const int link_types[] = {1,  113, 276, 0,   108, 101, 12,  14,  228, 229, 9,  50,
                                 51, 104, 239, 105, 127, 192, 119, 163, 7,   129, 147};

static int on_segment(void *ctx, const struct see_segment *segment)
{
    volatile uint8_t *sum = ctx;
    assert(segment->len <= segment->wire_len);
    for (size_t i = 0; i < segment->len; i++) {
        *sum = (uint8_t)(*sum + segment->payload[i]);
    }
    assert(segment->network == NULL || segment->network->id != 0);
    return SEE_OK;
}

/* A copy of its own, so that a sanitizer sees one octet too many. */
static void feed(struct see_decode *decode, struct see_frame *frame, const uint8_t *octets)
{
    uint8_t *copy = malloc(frame->len > 0 ? frame->len : 1);
    assert(copy != NULL);
    memcpy(copy, octets, frame->len);
    frame->data = copy;
    int status = see_decode_feed(decode, frame);
    assert(status == SEE_OK);
    (void)status;
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct see_limits limits = see_limits_default();
    struct see_hash_key key = {1, 2};
    uint8_t sum = 0;
    struct see_decode_sink sink = {&sum, on_segment, NULL, NULL};
    limits.networks = 8;
    limits.recent_segments = 4;
    limits.fragment_datagrams = 4;
    limits.fragment_octets = 4096;
    if (size == 0) {
        return 0;
    }
    struct see_decode *decode = see_decode_new(&limits, &key, NULL, sink);
    assert(decode != NULL);
    struct see_frame frame = {
        .link_type = link_types[data[0] % (sizeof(link_types) / sizeof(link_types[0]))]};
    size_t at = 1;
    while (size - at >= 4) {
        size_t len = (size_t)(data[at] << 8 | data[at + 1]);
        frame.len = len < size - at - 4 ? len : size - at - 4;
        frame.wire_len = frame.len + data[at + 2];
        frame.stamp.frame++;
        frame.stamp.time_ns += data[at + 3] * SEE_NS_PER_MS;
        feed(decode, &frame, data + at + 4);
        at += 4 + frame.len;
    }
    check_books(see_decode_counts(decode));
    see_decode_free(decode);
    return 0;
}
