/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_silent_test - who was silent longest makes room, or is closed, and nobody else.
 *
 * Connections are heard of at random, and what the stream room closes is held against a plain list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "stream/stream.h"

#define CLIENTS 64
#define ROUNDS 5000

struct heard {
    bool is_open;
    see_time_ns at;
    uint32_t round;
};

struct watch {
    struct heard clients[CLIENTS]; /* by port */
    size_t limit;
    size_t idle_seconds;
    see_time_ns now;
    size_t evicted, idle;
};

static int on_chunk(void *ctx, const struct see_chunk *chunk)
{
    (void)ctx, (void)chunk;
    return SEE_OK;
}

static int on_finished(void *ctx, struct see_connection *connection, unsigned direction,
                       struct see_stamp stamp)
{
    (void)ctx, (void)connection, (void)direction, (void)stamp;
    return SEE_OK;
}

/* Nobody who is open was silent for longer than the one that is closed. */
static int on_closed(void *ctx, struct see_connection *connection)
{
    struct watch *watch = ctx;
    struct heard *closed = &watch->clients[connection->ends[0].port];
    assert_true(closed->is_open);
    closed->is_open = false;
    size_t open = 0;
    for (size_t i = 0; i < CLIENTS; i++) {
        if (watch->clients[i].is_open) {
            open++;
            assert_true(connection->ended == SEE_CONNECTION_CAPTURE_END ||
                        watch->clients[i].round > closed->round);
        }
    }
    uint64_t silent_seconds = (uint64_t)(watch->now - closed->at) / SEE_NS_PER_S;
    if (connection->ended == SEE_CONNECTION_IDLE) {
        watch->idle++;
        assert_true(silent_seconds >= watch->idle_seconds);
    } else if (connection->ended == SEE_CONNECTION_EVICTED) {
        watch->evicted++;
        assert_int_equal(open, watch->limit - 1);
    } else {
        assert_int_equal(connection->ended, SEE_CONNECTION_CAPTURE_END);
    }
    return SEE_OK;
}

/* After each segment, nobody is open any more who was silent for too long. */
static void check_idle(const struct watch *watch)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        uint64_t silent = (uint64_t)(watch->now - watch->clients[i].at) / SEE_NS_PER_S;
        assert_false(watch->clients[i].is_open && silent >= watch->idle_seconds);
    }
}

static void run(size_t limit, size_t idle_seconds, uint32_t pace_ms, uint32_t favour)
{
    struct watch watch = {.limit = limit, .idle_seconds = idle_seconds};
    struct see_limits limits = see_limits_default();
    struct see_hash_key key = {limit, pace_ms};
    limits.connections = limit;
    limits.idle_seconds = idle_seconds;
    struct see_stream *stream = see_stream_new(
        &limits, &key, (struct see_stream_sink){&watch, on_chunk, on_finished, on_closed, NULL});
    uint32_t dice = 1;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        dice = dice * 1664525 + 1013904223;
        watch.now += (see_time_ns)((dice >> 8) % (2 * pace_ms + 1)) * SEE_NS_PER_MS;
        uint32_t roll = dice >> 16;
        uint32_t client = roll % favour == 0 ? roll / favour % CLIENTS : roll / favour % 4;
        struct see_segment segment = {
            .stamp = see_stamp_make(watch.now, round, 1),
            .source = {{{10, 0, 0, 1}, 4}, (uint16_t)client},
            .destination = {{{10, 0, 0, 2}, 4}, 80},
            .flags = SEE_TCP_ACK,
            .seq = round,
            .payload = (const uint8_t *)"x",
            .len = 1,
            .wire_len = 1,
        };
        assert_int_equal(see_stream_tick(stream, watch.now), SEE_OK);
        check_idle(&watch);
        struct heard *heard = &watch.clients[client];
        heard->at = watch.now;
        heard->round = round;
        assert_int_equal(see_stream_feed(stream, &segment), SEE_OK);
        heard->is_open = true;
    }
    assert_int_equal(see_stream_flush(stream), SEE_OK);
    assert_true(limit >= CLIENTS || watch.evicted > 100);
    assert_true(limit < CLIENTS || watch.idle > 3);
    see_stream_free(stream);
}

static void the_one_silent_longest_makes_room(void **state)
{
    (void)state;
    run(1, 600, 10, 1);
    run(5, 600, 10, 1);
    run(20, 600, 10, 2);
    run(20, 600, 300, 3);
    run(50, 600, 2, 5);
    run(50, 600, 0, 1);
}

static void who_is_silent_is_closed(void **state)
{
    (void)state;
    run(CLIENTS, 2, 40, 8);
    run(CLIENTS, 30, 400, 40);
    run(CLIENTS, 30, 40, 600);
    run(CLIENTS, 1, 700, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_silent_longest_makes_room),
        cmocka_unit_test(who_is_silent_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
