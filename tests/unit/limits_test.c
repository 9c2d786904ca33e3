/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * limits_test - frames that cross a limit of the first rooms, and the counter that tells.
 *
 * Each case is played at the default, where the counter must stay 0, and at the limit.  Those of
 * the rooms behind are crossed in tests/transcripts and tests/scenes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/limits.h"
#include "decode/decode.h"
#include "report/involved.h"
#include "stream/stream.h"
#include "stream_deaf.h"

struct rooms {
    struct see_decode *decode;
    struct see_stream *stream;
    struct see_stamp stamp;
};

/* What of a frame differs from one case to the other. */
struct packet {
    unsigned ms;    /* since the start */
    uint8_t client; /* the last octet of its address */
    uint8_t vlan;   /* 0: none */
    uint8_t flags;  /* of TCP */
    uint32_t seq;   /* of TCP */
    unsigned id;    /* a first fragment of this datagram; 0: a whole one */
    size_t len;     /* of the payload */
};

#define SYN SEE_TCP_SYN
#define ACK SEE_TCP_ACK

static int on_segment(void *ctx, const struct see_segment *segment)
{
    return see_stream_feed(((struct rooms *)ctx)->stream, segment);
}

static int on_chunk(void *ctx, const struct see_chunk *chunk)
{
    (void)ctx;
    (void)chunk;
    return SEE_OK;
}

static void put(uint8_t **at, uint32_t value, int octets)
{
    while (octets-- > 0) {
        *(*at)++ = (uint8_t)(value >> (8 * octets));
    }
}

static void feed(struct rooms *rooms, const struct packet *packet)
{
    uint8_t octets[2048] = {0};
    uint8_t *at = octets + 12;
    if (packet->vlan != 0) {
        put(&at, 0x81000000u | packet->vlan, 4);
    }
    put(&at, 0x0800, 2);
    put(&at, 0x45000000u | (uint32_t)(40 + packet->len), 4);
    put(&at, packet->id << 16 | (packet->id != 0 ? 0x2000u : 0x4000u), 4);
    put(&at, 0x40060000, 4);
    put(&at, 0x0A000000u | packet->client, 4);
    put(&at, 0xC0000201u, 4);
    put(&at, 4000u << 16 | 80, 4);
    put(&at, packet->seq, 4);
    put(&at, 0, 4);
    put(&at, 0x50000000u | (uint32_t)packet->flags << 16 | 0xFFFF, 4);
    put(&at, 0, 4);
    memset(at, 'x', packet->len);
    rooms->stamp.frame++;
    rooms->stamp.time_ns = packet->ms * SEE_NS_PER_MS;
    struct see_frame frame = {
        .stamp = rooms->stamp,
        .link_type = 1,
        .data = octets,
        .len = (size_t)(at - octets) + packet->len,
    };
    frame.wire_len = frame.len;
    assert_int_equal(see_decode_feed(rooms->decode, &frame), SEE_OK);
}

static uint64_t count_after(const struct see_limits *limits, const struct packet *packets,
                            const char *counter)
{
    struct see_hash_key key = {1, 2};
    struct rooms rooms = {.stamp = {.capture = 1}};
    rooms.stream = see_stream_new(
        limits, &key,
        (struct see_stream_sink){&rooms, on_chunk, ignore_finished, ignore_closed, NULL});
    rooms.decode = see_decode_new(limits, &key, NULL,
                                  (struct see_decode_sink){&rooms, on_segment, NULL, NULL});
    assert_non_null(rooms.stream);
    assert_non_null(rooms.decode);
    for (; packets->client != 0; packets++) {
        feed(&rooms, packets);
    }
    struct see_counts decoded = see_decode_counts(rooms.decode);
    struct see_counts streamed = see_stream_counts(rooms.stream);
    const char *name = strchr(counter, '/') + 1;
    uint64_t value = strncmp(counter, "decode/", 7) == 0 ? see_counts_value(&decoded, name)
                                                         : see_counts_value(&streamed, name);
    assert_int_equal(see_stream_flush(rooms.stream), SEE_OK);
    see_stream_free(rooms.stream);
    see_decode_free(rooms.decode);
    return value;
}

static void check(const struct see_limits *limits, const char *counter,
                  const struct packet *packets)
{
    const struct see_limits defaults = see_limits_default();
    if (count_after(&defaults, packets, counter) != 0) {
        fail_msg("%s tells of a limit that was not crossed", counter);
    }
    if (count_after(limits, packets, counter) == 0) {
        fail_msg("%s does not tell", counter);
    }
}

static void decoding(void **state)
{
    struct see_limits limits = see_limits_default();
    (void)state;
    limits.networks = 1;
    check(&limits, "decode/networks_other",
          (struct packet[]){{.client = 1, .vlan = 1}, {.client = 1, .vlan = 2}, {0}});
    limits = see_limits_default();
    limits.recent_segments = 1;
    check(&limits, "decode/segments_forgotten",
          (struct packet[]){{.client = 1, .flags = SYN}, {.client = 2, .flags = SYN}, {0}});
    limits = see_limits_default();
    limits.fragment_datagrams = 1;
    check(
        &limits, "decode/datagrams_evicted",
        (struct packet[]){{.client = 1, .id = 1, .len = 4}, {.client = 1, .id = 2, .len = 4}, {0}});
    limits = see_limits_default();
    limits.fragment_octets = 64;
    check(&limits, "decode/datagrams_evicted",
          (struct packet[]){
              {.client = 1, .id = 1, .len = 100}, {.client = 1, .id = 2, .len = 100}, {0}});
    limits = see_limits_default();
    limits.fragment_seconds = 2;
    check(&limits, "decode/datagrams_expired",
          (struct packet[]){
              {.client = 1, .id = 1, .len = 4}, {.ms = 2500, .client = 1, .id = 2, .len = 4}, {0}});
}

static void streaming(void **state)
{
    struct see_limits limits = see_limits_default();
    (void)state;
    limits.connections = 1;
    check(&limits, "stream/connections_evicted",
          (struct packet[]){{.client = 1, .flags = SYN}, {.client = 2, .flags = SYN}, {0}});
    limits.past_connections = 1;
    check(&limits, "stream/past_forgotten",
          (struct packet[]){{.client = 1, .flags = ACK, .len = 9},
                            {.client = 2, .flags = ACK, .len = 9},
                            {.client = 3, .flags = ACK, .len = 9},
                            {.client = 4, .flags = ACK, .len = 9},
                            {0}});
    limits = see_limits_default();
    limits.closed_connections = 1;
    check(&limits, "stream/closed_forgotten",
          (struct packet[]){{.client = 1, .flags = SYN, .seq = 0},
                            {.client = 1, .flags = SEE_TCP_RST, .seq = 1},
                            {.ms = 6000, .client = 2, .flags = SYN, .seq = 0},
                            {.ms = 6000, .client = 2, .flags = SEE_TCP_RST, .seq = 1},
                            {0}});
    static const struct packet just_closed[] = {
        {.client = 1, .flags = SYN, .seq = 0},
        {.client = 1, .flags = SEE_TCP_RST, .seq = 1},
        {.ms = 4000, .client = 2, .flags = SYN, .seq = 0},
        {.ms = 4000, .client = 2, .flags = SEE_TCP_RST, .seq = 1},
        {.ms = 4001, .client = 1, .flags = ACK, .seq = 1, .len = 9},
        {0}};
    assert_int_equal(count_after(&limits, just_closed, "stream/closed_forgotten"), 0);
    assert_int_equal(count_after(&limits, just_closed, "stream/octets_after_close"), 9);
    limits = see_limits_default();
    limits.connection_held = 1000;
    check(&limits, "stream/gaps",
          (struct packet[]){{.client = 1, .flags = SYN, .seq = 0},
                            {.client = 1, .flags = ACK, .seq = 10, .len = 900},
                            {.client = 1, .flags = ACK, .seq = 920, .len = 900},
                            {0}});
    limits = see_limits_default();
    limits.held_total = 1500;
    check(&limits, "stream/gaps",
          (struct packet[]){{.client = 1, .flags = SYN, .seq = 0},
                            {.client = 2, .flags = SYN, .seq = 0},
                            {.client = 1, .flags = ACK, .seq = 10, .len = 900},
                            {.client = 2, .flags = ACK, .seq = 10, .len = 900},
                            {0}});
    limits = see_limits_default();
    limits.idle_seconds = 2;
    check(&limits, "stream/connections_idle",
          (struct packet[]){{.client = 1, .flags = SYN},
                            {.ms = 2500, .client = 2, .flags = SYN},
                            {.ms = 2600, .client = 2, .flags = SYN},
                            {0}});
}

/* Two frames of a connection that a slice is cut from; whether the limit was reached. */
static bool is_slice_cut(const struct see_limits *limits)
{
    uint8_t client[4] = {10, 0, 0, 1};
    uint8_t server[4] = {192, 0, 2, 1};
    struct see_segment segment = {
        .source = {see_address_v4(client), 4000},
        .destination = {see_address_v4(server), 80},
        .stamp = {.frame = 1},
    };
    struct see_evidence_exchange exchange = {
        .connection = 1,
        .client = segment.source,
        .server = segment.destination,
        .request = {1, 1},
    };
    struct see_evidence_capture capture = {.id = 1};
    struct see_evidence evidence = {
        .exchanges = &exchange, .exchange_count = 1, .captures = &capture, .capture_count = 1};
    struct see_involved_list list;
    assert_int_equal(see_involved_init(&list, &evidence, limits->slice_frames), SEE_OK);
    assert_int_equal(see_involved_segment(&list, &segment), SEE_OK);
    segment.stamp.frame++;
    assert_int_equal(see_involved_segment(&list, &segment), SEE_OK);
    bool is_cut = list.is_cut;
    assert_int_equal(list.held, is_cut ? 1 : 2);
    see_involved_finish(&list);
    return is_cut;
}

/* The message is "the slice has more than ... frames". */
static void slices(void **state)
{
    struct see_limits limits = see_limits_default();
    (void)state;
    assert_false(is_slice_cut(&limits));
    limits.slice_frames = 1;
    assert_true(is_slice_cut(&limits));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding),
        cmocka_unit_test(streaming),
        cmocka_unit_test(slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
