/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_random_test - the same octets come out, however the segments came in.
 *
 * Conversations are cut into random segments, then swapped, repeated and lost; and segments of no
 * sense at all are fed.  Seeds are fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream_nonsense.h"

#define OCTETS_MAX 4000
#define SEGMENTS_MAX 4000
#define TURNS_MAX 24

/* Two ends that talk in turns, and what of it came out. */
struct talk {
    uint8_t octets[2][OCTETS_MAX];
    uint64_t len[2];
    uint64_t handed_on[2];
    uint64_t missing[2];
    uint32_t isn[2];
    bool is_finished[2];
    bool is_in_turn; /* whether what an octet answers must have come before it */
    bool is_lossy;
    struct {
        unsigned side;
        uint64_t from, acknowledged;
    } turns[TURNS_MAX];
    size_t turn_count;
    struct see_segment segments[SEGMENTS_MAX];
    size_t segment_count;
};

static struct talk talk;

static struct see_segment *add_segment(unsigned side, uint64_t place, uint64_t len,
                                       uint64_t acknowledged)
{
    assert_true(talk.segment_count < SEGMENTS_MAX);
    struct see_segment *segment = &talk.segments[talk.segment_count++];
    *segment = (struct see_segment){.source = end_of(side, (uint16_t)(80 + side)),
                                    .destination = end_of(!side, (uint16_t)(80 + !side)),
                                    .seq = talk.isn[side] + 1 + (uint32_t)place,
                                    .ack = talk.isn[!side] + 1 + (uint32_t)acknowledged,
                                    .flags = SEE_TCP_ACK,
                                    .payload = talk.octets[side] + place,
                                    .len = len,
                                    .wire_len = len};
    return segment;
}

/* One turn: some octets in segments, some of which overlap what was sent before in this turn. */
static void say(unsigned side, uint64_t len, uint32_t *seed)
{
    uint64_t from = talk.len[side];
    uint64_t end = from + len < OCTETS_MAX ? from + len : OCTETS_MAX;
    talk.turns[talk.turn_count].side = side;
    talk.turns[talk.turn_count].from = from;
    talk.turns[talk.turn_count++].acknowledged = talk.len[!side];
    while (talk.len[side] < end) {
        uint64_t at = talk.len[side];
        uint64_t back = random_of(seed, 4) == 0 ? random_of(seed, (size_t)(at - from) + 1) : 0;
        uint64_t more = 1 + random_of(seed, 60);
        more = at + more < end ? more : end - at;
        add_segment(side, at - back, back + more, talk.len[!side]);
        talk.len[side] = at + more;
    }
}

/* A whole conversation, with its handshake. */
static void compose(uint32_t *seed)
{
    memset(&talk, 0, sizeof(talk));
    for (unsigned side = 0; side < 2; side++) {
        talk.isn[side] = UINT32_MAX - (uint32_t)random_of(seed, 3000);
        for (size_t i = 0; i < OCTETS_MAX; i++) {
            talk.octets[side][i] = (uint8_t)next_random(seed);
        }
    }
    add_segment(0, 0, 0, 0)->flags = SEE_TCP_SYN;
    talk.segments[0].seq--;
    add_segment(1, 0, 0, 0)->flags = SEE_TCP_SYN | SEE_TCP_ACK;
    talk.segments[1].seq--;
    size_t turns = 2 + random_of(seed, TURNS_MAX - 2);
    for (size_t i = 0; i < turns; i++) {
        say(i % 2, 2 + random_of(seed, 300), seed);
    }
    add_segment(0, talk.len[0], 0, talk.len[1])->flags |= SEE_TCP_FIN;
    add_segment(1, talk.len[1], 0, talk.len[0] + 1)->flags |= SEE_TCP_FIN;
}

/* Whatever an end had seen when it said this, we must have seen too. */
static void check_turn(const struct see_chunk *chunk)
{
    for (size_t i = 0; i < talk.turn_count; i++) {
        if (talk.turns[i].side == chunk->direction &&
            talk.turns[i].from < chunk->offset + chunk->len) {
            /* One octet that is missing passes for a FIN. */
            assert_true(talk.handed_on[!chunk->direction] + talk.is_lossy >=
                        talk.turns[i].acknowledged);
        }
    }
}

static int on_chunk(void *ctx, const struct see_chunk *chunk)
{
    unsigned side = chunk->direction;
    (void)ctx;
    assert_true(chunk->offset == talk.handed_on[side]);
    assert_true(chunk->offset + chunk->len <= talk.len[side]);
    /* Of a gap nobody knows what it answered. */
    if (talk.is_in_turn && chunk->data != NULL) {
        check_turn(chunk);
    }
    if (chunk->data != NULL) {
        assert_memory_equal(chunk->data, talk.octets[side] + chunk->offset, (size_t)chunk->len);
    } else {
        talk.missing[side] += chunk->len;
    }
    talk.handed_on[side] += chunk->len;
    return SEE_OK;
}

static int on_finished(void *ctx, struct see_connection *connection, unsigned direction,
                       struct see_stamp stamp)
{
    (void)ctx;
    (void)connection;
    (void)stamp;
    assert_false(talk.is_finished[direction]);
    assert_true(talk.handed_on[direction] == talk.len[direction]);
    talk.is_finished[direction] = true;
    return SEE_OK;
}

static int on_closed(void *ctx, struct see_connection *connection)
{
    ++*(size_t *)ctx;
    assert_int_not_equal(connection->ended, SEE_CONNECTION_OPEN);
    return SEE_OK;
}

/* Feeds the segments of `talk`, `step_ns` apart. */
static void play(see_time_ns step_ns)
{
    struct see_limits limits = see_limits_default();
    struct see_hash_key key = see_hash_key_new();
    size_t closed = 0;
    struct see_stream_sink sink = {&closed, on_chunk, on_finished, on_closed, NULL};
    struct see_stream *stream = see_stream_new(&limits, &key, sink);
    assert_non_null(stream);
    for (size_t i = 0; i < talk.segment_count; i++) {
        struct see_segment *segment = &talk.segments[i];
        segment->stamp = see_stamp_make((see_time_ns)i * step_ns, i + 1, 1);
        assert_int_equal(see_stream_feed(stream, segment), SEE_OK);
        assert_balanced(stream);
    }
    assert_int_equal(see_stream_flush(stream), SEE_OK);
    assert_balanced(stream);
    assert_int_equal(closed, 1);
    see_stream_free(stream);
}

static void assert_all_there(void)
{
    for (unsigned side = 0; side < 2; side++) {
        assert_int_equal(talk.handed_on[side], talk.len[side]);
        assert_int_equal(talk.missing[side], 0);
        assert_true(talk.is_finished[side]);
    }
}

static void swap(size_t a, size_t b)
{
    struct see_segment segment = talk.segments[a];
    talk.segments[a] = talk.segments[b];
    talk.segments[b] = segment;
}

/* Sends some segments again, a little later. */
static void repeat_some(uint32_t *seed)
{
    size_t count = talk.segment_count;
    for (size_t i = 0; i < count; i++) {
        if (random_of(seed, 5) == 0 && talk.segment_count < SEGMENTS_MAX) {
            size_t at = i + 1 + random_of(seed, 6);
            at = at < talk.segment_count ? at : talk.segment_count;
            memmove(&talk.segments[at + 1], &talk.segments[at],
                    (talk.segment_count++ - at) * sizeof(struct see_segment));
            talk.segments[at] = talk.segments[i];
        }
    }
}

/* Moves segments by a few places: two taps, or two queues of a card. */
static void disturb(size_t from, uint32_t *seed)
{
    for (size_t i = from; i + 8 < talk.segment_count; i += 8) {
        for (size_t j = 7; j > 0; j--) {
            swap(i + j, i + random_of(seed, j + 1));
        }
    }
}

static void test_in_order(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed++) {
        uint32_t numbers = seed;
        compose(&numbers);
        talk.is_in_turn = true;
        play(SEE_NS_PER_S);
        assert_all_there();
    }
}

/* Swapped within the grace, handshake included, and repeated: nothing is lost, all in turn. */
static void test_disturbed(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 500; seed++) {
        uint32_t numbers = seed * 7919;
        compose(&numbers);
        repeat_some(&numbers);
        disturb(2, &numbers);
        talk.is_in_turn = true;
        play(SEE_NS_PER_MS);
        assert_all_there();
    }
}

/* One direction only, in any order whatever, without an ACK that says what is missing. */
static void test_shuffled(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 300; seed++) {
        uint32_t numbers = seed * 104729;
        compose(&numbers);
        repeat_some(&numbers);
        size_t kept = 2;
        for (size_t i = 2; i < talk.segment_count; i++) {
            talk.segments[i].ack = talk.isn[1] + 1;
            if (talk.segments[i].source.port == talk.segments[0].source.port) {
                talk.segments[kept++] = talk.segments[i];
            }
        }
        talk.segment_count = kept;
        for (size_t i = kept - 1; i > 2; i--) {
            swap(i, 2 + random_of(&numbers, i - 1));
        }
        play(SEE_NS_PER_MS);
        assert_int_equal(talk.handed_on[0], talk.len[0]);
        assert_int_equal(talk.missing[0], 0);
        assert_true(talk.is_finished[0]);
    }
}

/* Segments are lost from the capture: gaps stand in their place, of just their length. */
static void test_lossy(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 500; seed++) {
        uint32_t numbers = seed * 31337;
        compose(&numbers);
        size_t kept = 2;
        uint8_t seen[2][OCTETS_MAX] = {{0}};
        for (size_t i = 2; i < talk.segment_count; i++) {
            struct see_segment segment = talk.segments[i];
            bool has_finish = (segment.flags & SEE_TCP_FIN) != 0;
            if (has_finish || random_of(&numbers, 6) > 0) {
                unsigned side = segment.source.port - 80u;
                memset(seen[side] + (segment.payload - talk.octets[side]), 1, segment.len);
                talk.segments[kept++] = segment;
            }
        }
        talk.segment_count = kept;
        talk.is_in_turn = true;
        talk.is_lossy = true;
        play(20 * SEE_NS_PER_MS);
        for (unsigned side = 0; side < 2; side++) {
            size_t lost = 0;
            for (size_t i = 0; i < talk.len[side]; i++) {
                lost += seen[side][i] == 0;
            }
            assert_int_equal(talk.handed_on[side], talk.len[side]);
            /* A segment that overlaps a gap given up before comes too late. */
            assert_true(talk.missing[side] >= lost);
            assert_true(talk.is_finished[side]);
        }
    }
}

/* What a sink sees of hostile segments. */
struct watch {
    uint64_t handed_on[4096][2];
    bool is_finished[4096][2];
    bool is_ignored[4096];
    size_t open;
    uint32_t seed;
};

static struct watch watch;

static int watch_chunk(void *ctx, const struct see_chunk *chunk)
{
    uint64_t id = chunk->connection->id;
    static volatile uint8_t touched;
    (void)ctx;
    assert_true(id < 4096 && chunk->len > 0);
    assert_false(watch.is_ignored[id]);
    assert_false(watch.is_finished[id][chunk->direction]);
    assert_true(chunk->offset == watch.handed_on[id][chunk->direction]);
    watch.handed_on[id][chunk->direction] += chunk->len;
    if (chunk->connection->user == NULL) {
        chunk->connection->user = &watch;
        watch.open++;
    }
    if (random_of(&watch.seed, 200) == 0) {
        see_stream_ignore(chunk->connection);
        watch.is_ignored[id] = true;
    }
    for (size_t i = 0; chunk->data != NULL && i < chunk->len; i++) {
        touched = chunk->data[i];
    }
    (void)touched;
    return SEE_OK;
}

static int watch_finished(void *ctx, struct see_connection *connection, unsigned direction,
                          struct see_stamp stamp)
{
    (void)ctx;
    (void)stamp;
    assert_false(watch.is_finished[connection->id][direction]);
    watch.is_finished[connection->id][direction] = true;
    return SEE_OK;
}

static int watch_closed(void *ctx, struct see_connection *connection)
{
    (void)ctx;
    watch.open -= connection->user != NULL ? 1 : 0;
    return SEE_OK;
}

static void test_hostile(void **state)
{
    uint8_t octets[256];
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct see_limits limits = see_limits_default();
        struct see_hash_key key = see_hash_key_new();
        struct see_stream_sink sink = {NULL, watch_chunk, watch_finished, watch_closed, NULL};
        uint32_t numbers = seed * 2654435761u;
        see_time_ns now = 0;
        memset(&watch, 0, sizeof(watch));
        watch.seed = seed;
        limits.connections = 1 + random_of(&numbers, 5);
        limits.connection_held = random_of(&numbers, 3) == 0 ? 0 : random_of(&numbers, 20000);
        limits.held_total = 1 + random_of(&numbers, 60000);
        limits.idle_seconds = random_of(&numbers, 20);
        struct see_stream *stream = see_stream_new(&limits, &key, sink);
        assert_non_null(stream);
        for (uint64_t frame = 1; frame <= 3000; frame++) {
            for (size_t i = 0; i < sizeof(octets); i++) {
                octets[i] = (uint8_t)next_random(&numbers);
            }
            struct see_segment segment = nonsense(&numbers, octets);
            size_t pause = random_of(&numbers, 300);
            now += pause == 0   ? 4 * SEE_NS_PER_S
                   : pause < 30 ? (see_time_ns)random_of(&numbers, (size_t)(100 * SEE_NS_PER_MS))
                                : SEE_NS_PER_US;
            segment.stamp = see_stamp_make(now, frame, 1);
            if (random_of(&numbers, 500) == 0) {
                segment.stamp.time_ns = (see_time_ns)next_random(&numbers) - INT32_MAX;
            }
            assert_int_equal(see_stream_feed(stream, &segment), SEE_OK);
            assert_balanced(stream);
        }
        assert_int_equal(see_stream_flush(stream), SEE_OK);
        assert_balanced(stream);
        assert_int_equal(watch.open, 0);
        see_stream_free(stream);
    }
}

static uint64_t octets_held(struct see_stream *stream)
{
    struct see_counts counts = see_stream_counts(stream);
    for (size_t i = 0; i < counts.count; i++) {
        if (strcmp(counts.list[i].counter, "octets_held") == 0) {
            return counts.list[i].value;
        }
    }
    fail_msg("octets_held is not counted");
    return 0;
}

/* Lone octets, far from each other and in no order: the walk to the place of each is bounded. */
static void test_lone_octets(void **state)
{
    struct see_limits limits = see_limits_default();
    struct see_hash_key key = see_hash_key_new();
    struct see_stream_sink sink = {NULL, watch_chunk, watch_finished, watch_closed, NULL};
    uint32_t numbers = 1;
    (void)state;
    memset(&watch, 0, sizeof(watch));
    watch.seed = 5;
    struct see_stream *stream = see_stream_new(&limits, &key, sink);
    assert_non_null(stream);
    double before = cpu_seconds();
    for (uint64_t frame = 1; frame <= 200000; frame++) {
        struct see_segment segment = {.source = end_of(0, 1),
                                      .destination = end_of(1, 2),
                                      .stamp = see_stamp_make((see_time_ns)frame, frame, 1),
                                      .seq = (uint32_t)frame + next_random(&numbers) % 1000000,
                                      .payload = (const uint8_t *)"x",
                                      .len = 1,
                                      .wire_len = 1};
        assert_int_equal(see_stream_feed(stream, &segment), SEE_OK);
        assert_true(octets_held(stream) <= 2048);
    }
    assert_int_equal(see_stream_flush(stream), SEE_OK);
    assert_balanced(stream);
    see_stream_free(stream);
    assert_true(cpu_seconds() - before < 20);
}

/* All that was handed on, as a number. */
static int sum_chunk(void *ctx, const struct see_chunk *chunk)
{
    uint64_t *sum = ctx;
    *sum = *sum * 31 + chunk->connection->id;
    *sum = *sum * 31 + chunk->offset * 2 + chunk->direction;
    *sum = *sum * 31 + chunk->len * 2 + (chunk->data != NULL);
    return SEE_OK;
}

static int sum_finished(void *ctx, struct see_connection *connection, unsigned direction,
                        struct see_stamp stamp)
{
    (void)stamp;
    *(uint64_t *)ctx += connection->id * 2 + direction;
    return SEE_OK;
}

static int sum_closed(void *ctx, struct see_connection *connection)
{
    *(uint64_t *)ctx += connection->id + (uint64_t)connection->ended;
    return SEE_OK;
}

static void note_expected(void *ctx, const struct see_connection *connection)
{
    (void)ctx;
    assert_true(connection->refs > 0);
}

/* More than the room takes note of. */
#define LOT_MAX 40

/* Some of a lot, or more than can be known of; a part of what was announced never comes. */
static void feed_lot(struct see_stream *streams[2], const struct see_segment *lot, size_t count,
                     uint32_t *numbers)
{
    size_t announced = random_of(numbers, count + 1);
    for (size_t i = 0; i < announced; i++) {
        see_stream_expect(streams[0], &lot[i]);
    }
    if (random_of(numbers, 8) != 0) {
        see_stream_expected(streams[0]);
    }
    for (size_t i = 0; i < count; i++) {
        if (random_of(numbers, 20) != 0) {
            assert_int_equal(see_stream_feed(streams[0], &lot[i]), SEE_OK);
            assert_int_equal(see_stream_feed(streams[1], &lot[i]), SEE_OK);
        }
    }
}

/* Nothing comes of what is announced, nor of what is announced and does not come. */
static void test_expected(void **state)
{
    static const struct see_network network = {.id = 7};
    (void)state;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        uint8_t octets[256] = {0};
        struct see_limits limits = see_limits_default();
        struct see_hash_key key = see_hash_key_new();
        uint32_t numbers = seed * 2654435761u;
        uint64_t sums[2] = {0, 0};
        limits.connections = 2 + random_of(&numbers, 5);
        struct see_stream *streams[2];
        for (size_t i = 0; i < 2; i++) {
            struct see_stream_sink sink = {&sums[i], sum_chunk, sum_finished, sum_closed,
                                           note_expected};
            streams[i] = see_stream_new(&limits, &key, sink);
            assert_non_null(streams[i]);
        }
        for (uint64_t frame = 1; frame <= 2000;) {
            /* Each lot lies where the one before did. */
            static struct see_segment lot[LOT_MAX];
            size_t count = 1 + random_of(&numbers, LOT_MAX);
            for (size_t i = 0; i < count; i++) {
                lot[i] = nonsense(&numbers, octets);
                lot[i].stamp = see_stamp_make((see_time_ns)frame * SEE_NS_PER_MS, frame, 1);
                lot[i].network = random_of(&numbers, 10) == 0 ? &network : NULL;
                frame++;
            }
            feed_lot(streams, lot, count, &numbers);
        }
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(see_stream_flush(streams[i]), SEE_OK);
            assert_balanced(streams[i]);
        }
        struct see_counts counts[2] = {see_stream_counts(streams[0]),
                                       see_stream_counts(streams[1])};
        for (size_t i = 0; i < counts[0].count; i++) {
            assert_int_equal(counts[0].list[i].value, counts[1].list[i].value);
        }
        assert_true(sums[0] != 0);
        assert_true(sums[0] == sums[1]);
        see_stream_free(streams[0]);
        see_stream_free(streams[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order), cmocka_unit_test(test_disturbed),
        cmocka_unit_test(test_shuffled), cmocka_unit_test(test_lossy),
        cmocka_unit_test(test_hostile),  cmocka_unit_test(test_lone_octets),
        cmocka_unit_test(test_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
