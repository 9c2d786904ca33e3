/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_stub_test - a stub tells as much as the flow that it stands for.
 *
 * One stream forgets connections, so that stubs are left; the other one ignores the same ones, and
 * goes on following them.  All that both count has to be the same, segment by segment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "stream/state.h"
#include "stream_deaf.h"
#include "stream_nonsense.h"

struct sink {
    bool is_forgetful;
    uint32_t seed;
    uint64_t sum;   /* of all that was handed on */
    size_t dropped; /* connections that nobody wants to hear of */
};

static int on_chunk(void *ctx, const struct see_chunk *chunk)
{
    struct sink *sink = ctx;
    sink->sum = sink->sum * 31 + chunk->connection->id;
    sink->sum = sink->sum * 31 + chunk->offset * 2 + chunk->direction;
    sink->sum = sink->sum * 31 + chunk->len * 2 + (chunk->data != NULL);
    uint32_t number = (sink->seed + (uint32_t)chunk->connection->id * 7 + chunk->direction * 3 +
                       (uint32_t)chunk->offset) *
                      2654435761u;
    if (number >> 30 != 0) {
        return SEE_OK;
    }
    sink->dropped++;
    if (sink->is_forgetful) {
        see_stream_forget(chunk->connection);
    } else {
        see_stream_ignore(chunk->connection);
    }
    return SEE_OK;
}

#define HALF_A_CENTURY (INT64_C(1577880000) * SEE_NS_PER_S)

/* Both streams. */
struct pair {
    struct sink sinks[2];
    struct see_stream *streams[2];
    struct see_hash_key key;
    uint64_t frame;
};

static void begin(struct pair *pair, const struct see_limits *limits, uint32_t seed)
{
    *pair = (struct pair){.key = see_hash_key_new()};
    for (size_t i = 0; i < 2; i++) {
        pair->sinks[i] = (struct sink){.is_forgetful = i == 0, .seed = seed};
        struct see_stream_sink sink = {&pair->sinks[i], on_chunk, ignore_finished, ignore_closed,
                                       NULL};
        pair->streams[i] = see_stream_new(limits, &pair->key, sink);
        assert_non_null(pair->streams[i]);
    }
}

static void assert_alike(struct pair *pair)
{
    struct see_counts a = see_stream_counts(pair->streams[0]);
    struct see_counts b = see_stream_counts(pair->streams[1]);
    for (size_t i = 0; i < a.count; i++) {
        if (a.list[i].value != b.list[i].value) {
            fail_msg("%s at %llu of seed %u: %llu, not %llu", a.list[i].counter,
                     (unsigned long long)pair->frame, pair->sinks[0].seed,
                     (unsigned long long)a.list[i].value, (unsigned long long)b.list[i].value);
        }
    }
    assert_true(pair->sinks[0].sum == pair->sinks[1].sum);
    assert_int_equal(pair->sinks[0].dropped, pair->sinks[1].dropped);
}

/* Nobody is followed who was forgotten, and all that lingers are stubs. */
static void assert_stubs(const struct see_stream *stream)
{
    struct see_flow_common *flow;
    TAILQ_FOREACH(flow, &stream->live, entry)
    {
        assert_true(flow->is_stub || !see_flow_of(flow)->is_forgotten);
    }
    TAILQ_FOREACH(flow, &stream->lingering, entry)
    {
        assert_true(flow->is_stub && flow->is_closed);
    }
}

static void feed(struct pair *pair, struct see_segment *segment, see_time_ns now)
{
    segment->stamp = see_stamp_make(now, ++pair->frame, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(see_stream_feed(pair->streams[i], segment), SEE_OK);
        assert_balanced(pair->streams[i]);
    }
    assert_alike(pair);
    assert_stubs(pair->streams[0]);
}

static void end(struct pair *pair)
{
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(see_stream_flush(pair->streams[i]), SEE_OK);
        assert_balanced(pair->streams[i]);
    }
    assert_alike(pair);
    see_stream_free(pair->streams[0]);
    see_stream_free(pair->streams[1]);
}

static struct see_endpoint as_v6(struct see_endpoint end)
{
    uint8_t octets[16] = {0x20, 0x01, 0x0d, 0xb8};
    octets[15] = end.address.octets[3];
    octets[9] = end.address.octets[2];
    end.address = see_address_v6(octets);
    return end;
}

static void test_nonsense(void **state)
{
    static const struct see_network seven = {.id = 7}, eight = {.id = 8};
    uint8_t octets[256] = {0};
    size_t dropped = 0;
    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        struct see_limits limits = see_limits_default();
        uint32_t numbers = seed * 2654435761u;
        struct pair pair;
        see_time_ns now = SEE_NS_PER_S;
        limits.connections = 3 + random_of(&numbers, 5);
        limits.closed_connections = random_of(&numbers, 4);
        limits.idle_seconds = 1 + random_of(&numbers, 20);
        begin(&pair, &limits, seed);
        for (size_t i = 0; i < 1500; i++) {
            struct see_segment segment = nonsense(&numbers, octets);
            if (seed % 2 == 0) {
                /* How far an ACK is behind is known to 32,766 octets; what is asked for it is a
                 * RST. */
                segment.flags &= (uint8_t)~SEE_TCP_RST;
            } else {
                segment.wire_len = segment.len;
                segment.seq %= 30000;
                segment.ack %= 30000;
            }
            if (seed % 3 == 0) {
                segment.source = as_v6(segment.source);
                segment.destination = as_v6(segment.destination);
            }
            if (seed % 4 == 0 && random_of(&numbers, 3) == 0) {
                segment.network = random_of(&numbers, 2) == 0 ? &seven : &eight;
            }
            size_t pause = random_of(&numbers, 300);
            now += pause == 0   ? 4 * SEE_NS_PER_S
                   : pause < 30 ? (see_time_ns)random_of(&numbers, (size_t)(100 * SEE_NS_PER_MS))
                                : SEE_NS_PER_US;
            if (random_of(&numbers, 700) == 0 && now < 2 * HALF_A_CENTURY) {
                now += HALF_A_CENTURY; /* a device that learns what time it is */
            }
            see_time_ns back = random_of(&numbers, 20) == 0 ? 30 * SEE_NS_PER_MS : 0;
            back = random_of(&numbers, 100) == 0 ? -3600 * SEE_NS_PER_S : back;
            feed(&pair, &segment, now - back);
        }
        dropped += pair.sinks[0].dropped;
        end(&pair);
    }
    assert_true(dropped > 5000);
}

/* What two ends say who are no HTTP, with some of it lost, late, sent again. */
static void converse(struct pair *pair, uint32_t *numbers, uint16_t port, see_time_ns *now)
{
    static const uint8_t octets[2000];
    uint32_t sent[2] = {next_random(numbers), next_random(numbers)};
    uint32_t acked[2] = {sent[0], sent[1]};
    struct see_segment segment = {.source = end_of(0, port), .destination = end_of(1, 80)};
    segment.payload = octets;
    segment.flags = SEE_TCP_SYN;
    segment.seq = sent[0]++;
    feed(pair, &segment, *now += SEE_NS_PER_US);
    size_t count = 20 + random_of(numbers, 400);
    for (size_t i = 0; i < count; i++) {
        unsigned side = random_of(numbers, 3) == 0;
        bool is_last = i + 2 >= count;
        side = is_last ? (unsigned)(i % 2) : side;
        segment.source = end_of(side, side == 0 ? port : 80);
        segment.destination = end_of(!side, side == 0 ? 80 : port);
        segment.flags = SEE_TCP_ACK | (is_last ? SEE_TCP_FIN : 0);
        segment.seq = sent[side];
        if (i == 0 || (side == 1 && random_of(numbers, 100) == 0)) {
            acked[1] = sent[1];
        }
        acked[!side] = random_of(numbers, 4) == 0 ? sent[!side] : acked[!side];
        segment.ack = acked[!side];
        segment.len = random_of(numbers, 4) == 0 ? 0 : random_of(numbers, sizeof(octets));
        segment.wire_len = segment.len;
        sent[side] += (uint32_t)segment.len + is_last;
        switch (random_of(numbers, 30)) {
        case 0: /* lost */
            continue;
        case 1: /* again, a part of it */
            segment.seq -= (uint32_t)random_of(numbers, 100);
            break;
        case 2: /* is anybody there? */
            segment.seq--;
            segment.len = segment.wire_len = 0;
            break;
        case 3:
            segment.flags |= random_of(numbers, 5) == 0 ? SEE_TCP_RST : 0;
            break;
        default:
            break;
        }
        feed(pair, &segment, *now += SEE_NS_PER_US);
    }
    segment.flags = random_of(numbers, 2) == 0 ? SEE_TCP_RST : SEE_TCP_ACK;
    segment.len = segment.wire_len = 0;
    feed(pair, &segment, *now += SEE_NS_PER_US);
}

static void test_conversations(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct see_limits limits = see_limits_default();
        uint32_t numbers = seed * 2654435761u;
        struct pair pair;
        see_time_ns now = 1000 * SEE_NS_PER_S;
        begin(&pair, &limits, seed);
        for (int i = 0; i < 12; i++) {
            /* Ports are used again, and again in another capture. */
            converse(&pair, &numbers, (uint16_t)(1000 + random_of(&numbers, 4)), &now);
            now -= random_of(&numbers, 6) == 0 ? 200 * SEE_NS_PER_US : 0;
            now -= random_of(&numbers, 10) == 0 ? 9 * SEE_NS_PER_S : 0;
        }
        end(&pair);
    }
}

/* 4.5 GiB, more than a sequence number can tell: what comes again is known by all of them. */
static void test_long(void **state)
{
    static const uint8_t octets[1 << 20];
    struct see_limits limits = see_limits_default();
    struct pair pair;
    see_time_ns now = SEE_NS_PER_S;
    (void)state;
    begin(&pair, &limits, 0);
    struct see_segment segment = {.source = end_of(0, 1000),
                                  .destination = end_of(1, 80),
                                  .flags = SEE_TCP_ACK,
                                  .payload = octets,
                                  .len = sizeof(octets),
                                  .wire_len = sizeof(octets)};
    struct see_segment answer = {.source = segment.destination,
                                 .destination = segment.source,
                                 .flags = SEE_TCP_ACK,
                                 .payload = octets,
                                 .len = 1,
                                 .wire_len = 1};
    for (int i = 0; i < 4608; i++) {
        feed(&pair, &segment, now += SEE_NS_PER_US);
        segment.seq += (uint32_t)segment.len;
        answer.ack = segment.seq;
        feed(&pair, &answer, now += SEE_NS_PER_US);
        segment.ack = ++answer.seq;
    }
    assert_true(pair.sinks[0].dropped > 0);
    segment.flags |= SEE_TCP_RST;
    segment.len = segment.wire_len = 0;
    feed(&pair, &segment, now += SEE_NS_PER_US);
    /* Another capture that overlaps has some of it again. */
    segment.flags = SEE_TCP_ACK;
    segment.seq = 0x50000000;
    feed(&pair, &segment, now - 2 * SEE_NS_PER_MS);
    end(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_conversations),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
