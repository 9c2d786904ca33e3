/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_again_test - segments that come again after their connection is over, because captures
 * overlap, and connections whose two directions come in different networks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "stream/stream.h"

enum { SYN = SEE_TCP_SYN, ACK = SEE_TCP_ACK, FIN = SEE_TCP_FIN, RST = SEE_TCP_RST };

struct desk {
    struct see_stream *stream;
    char out[256]; /* ">" or "<" and the octets of each chunk, "|" at a connection's end */
    uint32_t networks[8];
    size_t closed;
};

static int on_chunk(void *ctx, const struct see_chunk *chunk)
{
    struct desk *desk = ctx;
    size_t at = strlen(desk->out);
    snprintf(desk->out + at, sizeof(desk->out) - at, "%c%.*s", chunk->direction == 0 ? '>' : '<',
             chunk->data != NULL ? (int)chunk->len : 1,
             chunk->data != NULL ? (const char *)chunk->data : ".");
    return SEE_OK;
}

static int on_finished(void *ctx, struct see_connection *connection, unsigned direction,
                       struct see_stamp stamp)
{
    (void)ctx, (void)connection, (void)direction, (void)stamp;
    return SEE_OK;
}

static int on_closed(void *ctx, struct see_connection *connection)
{
    struct desk *desk = ctx;
    size_t at = strlen(desk->out);
    snprintf(desk->out + at, sizeof(desk->out) - at, "|");
    desk->networks[desk->closed++ % 8] = see_network_id(connection->network);
    return SEE_OK;
}

static void desk_open(struct desk *desk, size_t past_connections)
{
    struct see_limits limits = see_limits_default();
    struct see_hash_key key = {1, 2};
    limits.past_connections = past_connections;
    memset(desk, 0, sizeof(*desk));
    desk->stream = see_stream_new(
        &limits, &key, (struct see_stream_sink){desk, on_chunk, on_finished, on_closed, NULL});
    assert_non_null(desk->stream);
}

struct sent {
    int seconds;
    char from; /* 'c' the client, 's' the server */
    uint8_t flags;
    uint32_t seq, ack;
    const char *payload;
    const struct see_network *network;
};

static void feed(struct desk *desk, const struct sent *sent, uint16_t client_port)
{
    struct see_endpoint client = {{{10, 0, 0, 1}, 4}, client_port};
    struct see_endpoint server = {{{10, 0, 0, 2}, 4}, 80};
    size_t len = sent->payload != NULL ? strlen(sent->payload) : 0;
    struct see_segment segment = {
        .stamp = {sent->seconds * SEE_NS_PER_S, 1, 1},
        .source = sent->from == 'c' ? client : server,
        .destination = sent->from == 'c' ? server : client,
        .network = sent->network,
        .seq = sent->seq,
        .ack = sent->ack,
        .flags = sent->flags,
        .payload = (const uint8_t *)sent->payload,
        .len = len,
        .wire_len = len,
    };
    assert_int_equal(see_stream_feed(desk->stream, &segment), SEE_OK);
}

static void feed_all(struct desk *desk, const struct sent *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        feed(desk, &list[i], 5000);
    }
}

static uint64_t counted(struct desk *desk, const char *counter)
{
    struct see_counts counts = see_stream_counts(desk->stream);
    return see_counts_value(&counts, counter);
}

static void desk_close(struct desk *desk)
{
    assert_int_equal(see_stream_flush(desk->stream), SEE_OK);
    struct see_counts counts = see_stream_counts(desk->stream);
    uint64_t rest = 0;
    for (size_t i = 0; i < counts.count; i++) {
        const struct see_count *count = &counts.list[i];
        if (count->kind != SEE_COUNT_NOTE && strcmp(count->unit, "octets") == 0) {
            rest += count->kind == SEE_COUNT_IN ? count->value : -count->value;
        }
    }
    assert_int_equal(rest, 0);
    see_stream_free(desk->stream);
}

/* A connection; another one from the same port; one that is open to the end; and much time. */
static const struct sent file[] = {
    {1, 'c', SYN, 100, 0, NULL, NULL},
    {1, 's', SYN | ACK, 900, 101, NULL, NULL},
    {1, 'c', ACK, 101, 901, "ab", NULL},
    {1, 's', ACK, 901, 103, "cd", NULL},
    {2, 'c', FIN | ACK, 103, 903, NULL, NULL},
    {2, 's', FIN | ACK, 903, 104, NULL, NULL},
    {2, 'c', ACK, 104, 904, NULL, NULL},
    {200, 'c', SYN, 70000, 0, NULL, NULL},
    {200, 's', SYN | ACK, 80000, 70001, NULL, NULL},
    {200, 'c', ACK, 70001, 80001, "ef", NULL},
    {201, 's', RST | ACK, 80001, 70003, NULL, NULL},
    {400, 'c', SYN, 200000, 0, NULL, NULL},
    {400, 's', SYN | ACK, 300000, 200001, NULL, NULL},
    {400, 'c', ACK, 200001, 300001, "gh", NULL},
};

#define FILE_LEN (sizeof(file) / sizeof(file[0]))

/* The same file again: nothing happens again. */
static void the_same_file(void **state)
{
    (void)state;
    struct desk desk;
    desk_open(&desk, 16);
    feed_all(&desk, file, FILE_LEN);
    assert_string_equal(desk.out, ">ab<cd|>ef|>gh");
    feed_all(&desk, file, FILE_LEN);
    feed_all(&desk, file + 2, FILE_LEN - 2); /* and from somewhere in the middle */
    assert_string_equal(desk.out, ">ab<cd|>ef|>gh");
    assert_int_equal(counted(&desk, "segments_seen_before"), 11 + 9);
    assert_int_equal(counted(&desk, "octets_seen_before"), 2 * 6);
    desk_close(&desk);
}

/* A connection that is forgotten comes again, and the newest are remembered. */
static void too_many(void **state)
{
    (void)state;
    struct desk desk;
    desk_open(&desk, 1);
    feed_all(&desk, file, FILE_LEN);
    feed_all(&desk, file, FILE_LEN);
    assert_string_equal(desk.out, ">ab<cd|>ef|>gh|>ab<cd|>ef|>gh");
    desk_close(&desk);
}

/* An older file with other connections, even from the same ports, is news. */
static void an_older_file(void **state)
{
    (void)state;
    static const struct sent older[] = {
        {1, 'c', SYN, 5100, 0, NULL, NULL},
        {1, 's', SYN | ACK, 5900, 5101, NULL, NULL},
        {1, 'c', ACK, 5101, 5901, "xy", NULL},
        /* The numbers of the first connection, at a time when it was long over. */
        {150, 'c', SYN, 100, 0, NULL, NULL},
        {150, 's', SYN | ACK, 900, 101, NULL, NULL},
        {150, 'c', ACK, 101, 901, "zz", NULL},
    };
    struct desk desk;
    desk_open(&desk, 16);
    feed_all(&desk, file, 11);
    feed_all(&desk, older, 6);
    for (size_t i = 0; i < 3; i++) {
        feed(&desk, &file[i], 6000);
    }
    assert_string_equal(desk.out, ">ab<cd|>ef|>xy|>zz>ab");
    assert_int_equal(counted(&desk, "segments_seen_before"), 0);
    desk_close(&desk);
}

static const struct see_network seven = {.id = 7};
static const struct see_network eight = {.id = 8};

/* A mirror that tags one direction only; and one that numbers its tunnel by direction. */
static void directions_in_two_networks(void **state)
{
    (void)state;
    const struct see_network *const networks[][2] = {
        {&seven, NULL}, {NULL, &seven}, {&seven, &eight}};
    for (size_t i = 0; i < 3; i++) {
        struct desk desk;
        desk_open(&desk, 16);
        for (int times = 0; times < 2; times++) {
            for (size_t j = 0; j < 12; j++) {
                struct sent sent = file[j];
                sent.network = networks[i][sent.from == 's'];
                feed(&desk, &sent, 5000);
            }
        }
        assert_string_equal(desk.out, ">ab<cd|>ef|");
        assert_int_equal(desk.networks[0], see_network_id(networks[i][0]));
        assert_true(counted(&desk, "networks_joined") >= 2);
        desk_close(&desk);
    }
}

/* The same addresses in two networks, turn by turn: two connections each. */
static void equal_addresses(void **state)
{
    (void)state;
    struct desk desk;
    desk_open(&desk, 16);
    for (size_t i = 0; i < 7; i++) {
        struct sent sent = file[i];
        sent.network = &seven;
        feed(&desk, &sent, 5000);
        sent.network = &eight;
        feed(&desk, &sent, 5000);
    }
    assert_string_equal(desk.out, ">ab>ab<cd<cd||");
    assert_int_equal(counted(&desk, "networks_joined"), 0);
    desk_close(&desk);
}

/* An answer whose ACK does not fit is another connection's. */
static void another_answer(void **state)
{
    (void)state;
    static const struct sent list[] = {
        {1, 'c', SYN, 100, 0, NULL, &seven},
        {1, 'c', ACK, 101, 901, "ab", &seven},
        {1, 's', ACK, 901, 5000, "no", &eight},
        {1, 's', 0, 901, 103, "no", &eight}, /* no ACK at all */
        {1, 's', ACK, 901, 103, "cd", NULL},
    };
    struct desk desk;
    desk_open(&desk, 16);
    feed_all(&desk, list, 5);
    assert_int_equal(counted(&desk, "networks_joined"), 1);
    assert_non_null(strstr(desk.out, "<cd"));
    desk_close(&desk);
}

/* The same direction in two networks is no answer. */
static void same_direction_twice(void **state)
{
    (void)state;
    static const struct sent list[] = {
        {1, 'c', ACK, 101, 901, "ab", &seven},
        {1, 'c', ACK, 101, 901, "ab", &eight},
    };
    struct desk desk;
    desk_open(&desk, 16);
    feed_all(&desk, list, 2);
    assert_int_equal(counted(&desk, "networks_joined"), 0);
    assert_int_equal(see_stream_flush(desk.stream), SEE_OK);
    assert_string_equal(desk.out, ">ab|>ab|");
    desk_close(&desk);
}

/* A stranger makes a thousand networks of one pair of ends. */
static void many_networks(void **state)
{
    (void)state;
    struct see_networks networks;
    struct see_hash_key key = {1, 2};
    struct desk desk;
    see_networks_init(&networks, &key, 1000);
    desk_open(&desk, 16);
    for (uint32_t i = 0; i < 1000; i++) {
        struct sent sent = {1, 'c', SYN, i * 100000, 0, NULL, NULL};
        sent.network = see_networks_enter(&networks, NULL, SEE_NETWORK_VXLAN, i);
        feed(&desk, &sent, 5000);
    }
    assert_int_equal(counted(&desk, "connections_opened"), 1000);
    desk_close(&desk);
    see_networks_finish(&networks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_file),        cmocka_unit_test(too_many),
        cmocka_unit_test(an_older_file),        cmocka_unit_test(directions_in_two_networks),
        cmocka_unit_test(equal_addresses),      cmocka_unit_test(another_answer),
        cmocka_unit_test(same_direction_twice), cmocka_unit_test(many_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
