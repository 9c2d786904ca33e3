/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_script - segments written as a line, and what comes of them drawn as one.
 *
 * A script is a list of steps with spaces between them:
 *
 *     >S        the client's SYN           <S^0      the server's SYN-ACK
 *     >0:GET    octets, the first of them at place 0 of the client's direction
 *     >0F:GET   the same with a FIN        >3R       a RST that takes place 3
 *     <0^3:OK   and the ACK of place 3     >^2       an ACK alone
 *     >0+4:GET  four more were sent, but cut off by the snap length
 *     *60       60 ms pass
 *     ~         both ends draw other initial sequence numbers
 *     2>0:GET   the second connection
 *     #         the capture ends
 *     [connections=2]   at the beginning: a limit other than the default
 *
 * What is handed on is drawn in the order of events, a "." being a finish, "{4}" a gap of four
 * octets, and "|fin" the last word with how it ended:
 *
 *     >GET<OK>.<.|fin
 *
 * A sink that is handed a "!" ignores the connection from within, one that gets a "?" forgets it.
 */
#ifndef SEE_TESTS_STREAM_SCRIPT_H
#define SEE_TESTS_STREAM_SCRIPT_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream/stream.h"

#define DRAWN_SIZE 8192
#define SERVER_PORT 80

struct script {
    struct see_stream *stream;
    struct see_segment segment; /* the latest */
    uint32_t isn[2];            /* of client and server */
    uint64_t top[2];            /* the places up to which they have sent */
    uint64_t frame;
    see_time_ns now;
    int sink_fails_with; /* what the sink returns from the next chunk on */

    /* Of the connections handed on, by id: */
    uint64_t offset[64][2];
    bool is_finished[64][2];
    bool is_open[64];
    uint64_t last_acknowledged;
    struct see_stamp last_stamp;
    struct see_connection *last;

    uint64_t drawn_id;
    unsigned drawn_direction;
    size_t len;
    char drawn[DRAWN_SIZE];
};

static inline void draw(struct script *script, const char *octets, size_t len)
{
    assert_true(script->len + len < DRAWN_SIZE);
    memcpy(script->drawn + script->len, octets, len);
    script->len += len;
    script->drawn[script->len] = '\0';
}

static inline void draw_string(struct script *script, const char *string)
{
    draw(script, string, strlen(string));
}

/* Says whose the next octets are, when it changes. */
static inline void draw_side(struct script *script, uint64_t id, unsigned direction)
{
    char number[32];
    assert_true(id < 64);
    if (script->drawn_id == id && script->drawn_direction == direction) {
        return;
    }
    if (id > 1) {
        snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
        draw_string(script, number);
    }
    draw_string(script, direction == 0 ? ">" : "<");
    script->drawn_id = id;
    script->drawn_direction = direction;
}

static inline int on_chunk(void *ctx, const struct see_chunk *chunk)
{
    struct script *script = ctx;
    uint64_t id = chunk->connection->id;
    char gap[32];
    draw_side(script, id, chunk->direction);
    assert_true(chunk->len > 0);
    assert_true(chunk->offset == script->offset[id][chunk->direction]);
    assert_false(script->is_finished[id][chunk->direction]);
    script->offset[id][chunk->direction] += chunk->len;
    script->is_open[id] = true;
    script->last_acknowledged = chunk->acknowledged;
    script->last_stamp = chunk->stamp;
    script->last = chunk->connection;
    if (chunk->data == NULL) {
        snprintf(gap, sizeof(gap), "{%llu}", (unsigned long long)chunk->len);
        draw_string(script, gap);
        return script->sink_fails_with;
    }
    bool is_enough = memchr(chunk->data, '!', (size_t)chunk->len) != NULL;
    if (is_enough) {
        see_stream_ignore(chunk->connection);
    }
    if (memchr(chunk->data, '?', (size_t)chunk->len) != NULL) {
        see_stream_forget(chunk->connection);
        script->is_open[id] = false; /* nobody says more of it */
    }
    /* Octets are borrowed until the sink returns, ignored or not. */
    draw(script, (const char *)chunk->data, (size_t)chunk->len);
    return script->sink_fails_with;
}

static inline int on_finished(void *ctx, struct see_connection *connection, unsigned direction,
                              struct see_stamp stamp)
{
    struct script *script = ctx;
    assert_false(script->is_finished[connection->id][direction]);
    script->is_finished[connection->id][direction] = true;
    script->last_stamp = stamp;
    draw_side(script, connection->id, direction);
    draw_string(script, ".");
    return script->sink_fails_with;
}

static inline int on_closed(void *ctx, struct see_connection *connection)
{
    struct script *script = ctx;
    char number[32];
    assert_true(script->is_open[connection->id] || script->sink_fails_with != SEE_OK);
    script->is_open[connection->id] = false;
    script->drawn_id = 0;
    if (connection->id > 1) {
        snprintf(number, sizeof(number), "%llu", (unsigned long long)connection->id);
        draw_string(script, number);
    }
    draw_string(script, "|");
    draw_string(script, see_connection_end_name(connection->ended));
    return script->sink_fails_with;
}

static inline struct see_endpoint endpoint_of(uint8_t host, uint16_t port)
{
    uint8_t octets[4] = {10, 0, 0, host};
    return (struct see_endpoint){.address = see_address_v4(octets), .port = port};
}

static inline struct see_limits script_limits(const char *steps)
{
    struct see_limits limits = see_limits_default();
    char name[32];
    size_t value;
    if (sscanf(steps, "[%31[a-z_]=%zu]", name, &value) == 2) {
        *(strcmp(name, "connections") == 0       ? &limits.connections
          : strcmp(name, "connection_held") == 0 ? &limits.connection_held
          : strcmp(name, "held_total") == 0      ? &limits.held_total
                                                 : &limits.idle_seconds) = value;
    }
    return limits;
}

/* Makes a stream for these steps; false when memory ran out. */
static inline bool script_init(struct script *script, const char *steps, uint32_t client_isn,
                               uint32_t server_isn)
{
    struct see_limits limits = script_limits(steps);
    struct see_hash_key key = see_hash_key_new();
    struct see_stream_sink sink = {script, on_chunk, on_finished, on_closed, NULL};
    memset(script, 0, sizeof(*script));
    script->isn[0] = client_isn;
    script->isn[1] = server_isn;
    script->stream = see_stream_new(&limits, &key, sink);
    return script->stream != NULL;
}

/* Reads ">0F^3+4:GET" into `script->segment`; the octets stay where they are. */
static inline const char *read_segment(struct script *script, const char *at)
{
    struct see_segment *segment = &script->segment;
    uint16_t port = (uint16_t)(40000 + (isdigit((unsigned char)*at) ? *at++ - '0' : 1));
    unsigned side = *at++ == '<';
    char *end;
    *segment = (struct see_segment){.flags = SEE_TCP_ACK};
    segment->source = side == 0 ? endpoint_of(1, port) : endpoint_of(2, SERVER_PORT);
    segment->destination = side == 0 ? endpoint_of(2, SERVER_PORT) : endpoint_of(1, port);
    long long place = (long long)script->top[side];
    if (isdigit((unsigned char)*at) || *at == '-') {
        place = strtoll(at, &end, 10);
        at = end;
    }
    for (; *at == 'S' || *at == 'F' || *at == 'R'; at++) {
        segment->flags |= *at == 'S' ? SEE_TCP_SYN : *at == 'F' ? SEE_TCP_FIN : SEE_TCP_RST;
    }
    if ((segment->flags & SEE_TCP_SYN) != 0) {
        place = -1;
        segment->flags = *at == '^' ? segment->flags : (uint8_t)(segment->flags & ~SEE_TCP_ACK);
    }
    long long ack = 0;
    size_t cut = 0;
    if (*at == '^') {
        ack = strtoll(at + 1, &end, 10);
        at = end;
    }
    if (*at == '+') {
        cut = strtoull(at + 1, &end, 10);
        at = end;
    }
    if (*at == ':') {
        segment->payload = (const uint8_t *)++at;
        segment->len = strcspn(at, " ");
        at += segment->len;
    }
    segment->wire_len = segment->len + cut;
    segment->seq = script->isn[side] + 1 + (uint32_t)place;
    segment->ack = script->isn[!side] + 1 + (uint32_t)ack;
    uint64_t sent = (uint64_t)(place + (long long)segment->wire_len);
    if (place >= 0 && place < 100000 && sent > script->top[side]) {
        script->top[side] = sent;
    }
    return at;
}

static inline int script_feed(struct script *script)
{
    script->segment.stamp = see_stamp_make(script->now, ++script->frame, 1);
    return see_stream_feed(script->stream, &script->segment);
}

/* Plays the script to its end or its first failure, without the flush. */
static inline int script_play(struct script *script, const char *at)
{
    int rc = SEE_OK;
    while (rc == SEE_OK && *at != '\0') {
        char *end;
        switch (*at) {
        case '[':
            at = strchr(at, ']') + 1;
            break;
        case ' ':
            at++;
            break;
        case '*':
            script->now += strtoll(at + 1, &end, 10) * SEE_NS_PER_MS;
            at = end;
            rc = see_stream_tick(script->stream, script->now);
            break;
        case '#':
            at++;
            rc = see_stream_flush(script->stream);
            break;
        case '~':
            script->isn[0] += 100000;
            script->isn[1] += 100000;
            memset(script->top, 0, sizeof(script->top));
            at++;
            break;
        default:
            at = read_segment(script, at);
            assert_true(*at == ' ' || *at == '\0');
            rc = script_feed(script);
        }
    }
    return rc;
}

static inline uint64_t script_count(struct script *script, const char *counter)
{
    struct see_counts counts = see_stream_counts(script->stream);
    for (size_t i = 0; i < counts.count; i++) {
        if (strcmp(counts.list[i].counter, counter) == 0) {
            return counts.list[i].value;
        }
    }
    fail_msg("no counter %s", counter);
    return 0;
}

/* What came in went out or was dropped, in every unit. */
static inline void assert_balanced(struct script *script)
{
    struct see_counts counts = see_stream_counts(script->stream);
    for (size_t i = 0; i < counts.count; i++) {
        if (counts.list[i].kind == SEE_COUNT_NOTE) {
            continue;
        }
        uint64_t in = 0;
        uint64_t out = 0;
        for (size_t j = 0; j < counts.count; j++) {
            const struct see_count *count = &counts.list[j];
            if (strcmp(count->unit, counts.list[i].unit) == 0 && count->kind != SEE_COUNT_NOTE) {
                *(count->kind == SEE_COUNT_IN ? &in : &out) += count->value;
            }
        }
        if (in != out) {
            fail_msg("%s: %llu in, %llu out", counts.list[i].unit, (unsigned long long)in,
                     (unsigned long long)out);
        }
    }
}

/* Nothing is left open or held. */
static inline void assert_over(struct script *script)
{
    for (size_t i = 0; i < 64; i++) {
        assert_false(script->is_open[i]);
    }
    assert_int_equal(script_count(script, "octets_held"), 0);
    assert_int_equal(script_count(script, "connections_open"), 0);
}

#endif
