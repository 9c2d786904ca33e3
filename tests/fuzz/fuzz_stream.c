/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_stream - segments of a few connections into the stream room.
 *
 * The first octet chooses: 0 to 127, segments of any kind; from 128 on, one conversation that is
 * played twice.  Then come segments of six octets:
 *
 *     octet 0   bit 0 who sends, bits 1-2 the connection, bits 3-5 what it is, bits 6-7 its length
 *     octets 1-2  where it begins, from what its sender would send next, less 32768
 *     octet 3   its length
 *     octet 4   how far it acknowledges, from what came from the other side, less 128
 *     octet 5   milliseconds since the one before, squared
 *
 * Chunks and gaps must follow on one another without a hole, hold what was sent at their place, add
 * up to what the books say, and the books must balance.  The conversation, whose segments lie
 * within the window, must come out the same in the order of the input and in the order of sending.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "stream/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONNECTIONS 4
#define STEP 6
#define SEGMENT_MAX 1024
#define TALK_MAX 65536

enum what { DATA, SYN, FIN, RST, ACK_ONLY, TICK, IGNORE, OTHER_OCTETS };

#define STEPS_MAX 200
#define BEGINS_MAX ((size_t)2 * STEPS_MAX)

/* What is sent by one side of a connection. */
struct side {
    uint32_t next;               /* the number of the octet to come */
    uint32_t begins[BEGINS_MAX]; /* of what was fed or acknowledged: a direction begins at one */
    size_t begin_count;
};

struct play {
    struct see_stream *stream;
    struct side sides[CONNECTIONS][2];
    bool has_conflict;
    uint64_t in_order, missing;
    see_time_ns now;
    uint64_t frame;
};

/* What one direction of the conversation came to. */
struct talk {
    uint8_t octets[2][TALK_MAX];
    uint64_t len[2], missing[2];
    bool is_finished[2];
};

struct direction {
    uint64_t next;
    bool is_ruled_out[BEGINS_MAX]; /* it does not begin at this one of `begins` */
};

/* The next room's part of a connection. */
struct user {
    struct direction directions[2];
};

/* What stands at this sequence number, the same however often it is sent. */
static uint8_t octet_at(unsigned connection, unsigned side, uint32_t seq)
{
    uint32_t mixed = (seq + connection * 2 + side) * 2654435761u;
    return (uint8_t)(mixed >> 24);
}

static struct see_endpoint end_of(unsigned connection, unsigned side)
{
    uint8_t octets[4] = {192, 0, 2, (uint8_t)(1 + side)};
    return (struct see_endpoint){.address = see_address_v4(octets),
                                 .port = (uint16_t)(side == 0 ? 1000 + connection : 80)};
}

static bool is_client(const struct see_endpoint *end)
{
    return end->port != 80;
}

static bool is_as_sent(const struct see_chunk *chunk, unsigned connection, unsigned side,
                       uint32_t begin)
{
    for (uint64_t i = 0; i < chunk->len; i++) {
        uint32_t seq = begin + (uint32_t)(chunk->offset + i);
        if (chunk->data[i] != octet_at(connection, side, seq)) {
            return false;
        }
    }
    return true;
}

/* There must be one place to begin at for which all octets so far are what was sent. */
static void check_content(struct play *play, const struct see_chunk *chunk,
                          struct direction *direction)
{
    const struct see_endpoint *end = &chunk->connection->ends[chunk->direction];
    const struct see_endpoint *peer = &chunk->connection->ends[!chunk->direction];
    unsigned connection = (is_client(end) ? end : peer)->port - 1000u;
    unsigned side = is_client(end) ? 0 : 1;
    const struct side *sent = &play->sides[connection][side];
    bool is_possible = false;
    for (size_t i = 0; i < sent->begin_count; i++) {
        direction->is_ruled_out[i] |= !is_as_sent(chunk, connection, side, sent->begins[i]);
        is_possible |= !direction->is_ruled_out[i];
    }
    assert(is_possible || play->has_conflict);
    (void)is_possible;
}

static int on_chunk(void *ctx, const struct see_chunk *chunk)
{
    struct play *play = ctx;
    struct see_connection *connection = chunk->connection;
    assert(chunk->len > 0 && chunk->direction < 2);
    if (connection->user == NULL) {
        connection->user = calloc(1, sizeof(struct user));
        assert(connection->user != NULL);
    }
    struct direction *direction = &((struct user *)connection->user)->directions[chunk->direction];
    assert(chunk->offset == direction->next);
    direction->next += chunk->len;
    if (chunk->data != NULL) {
        play->in_order += chunk->len;
        check_content(play, chunk, direction);
    } else {
        play->missing += chunk->len;
    }
    return SEE_OK;
}

static int on_finished(void *ctx, struct see_connection *connection, unsigned direction,
                       struct see_stamp stamp)
{
    (void)ctx;
    assert(connection->closed.frame == 0 && direction < 2);
    (void)stamp;
    return SEE_OK;
}

static int on_closed(void *ctx, struct see_connection *connection)
{
    (void)ctx;
    assert(connection->ended != SEE_CONNECTION_OPEN);
    assert(see_stamp_is_set(connection->closed));
    free(connection->user);
    connection->user = NULL;
    return SEE_OK;
}

/* A copy to the octet, so that a sanitizer sees one too many. */
static void feed(struct see_stream *stream, struct see_segment *segment, unsigned connection,
                 unsigned side, uint8_t changed_by)
{
    uint8_t *octets = malloc(segment->len > 0 ? segment->len : 1);
    assert(octets != NULL);
    uint32_t first = segment->seq + (segment->flags & SEE_TCP_SYN ? 1 : 0);
    for (size_t i = 0; i < segment->len; i++) {
        octets[i] = octet_at(connection, side, first + (uint32_t)i) ^ changed_by;
    }
    segment->payload = octets;
    segment->source = end_of(connection, side);
    segment->destination = end_of(connection, !side);
    int status = see_stream_feed(stream, segment);
    assert(status == SEE_OK);
    (void)status;
    free(octets);
}

static uint8_t flags_of(enum what what)
{
    switch (what) {
    case SYN:
        return SEE_TCP_SYN;
    case FIN:
        return SEE_TCP_FIN | SEE_TCP_ACK;
    case RST:
        return SEE_TCP_RST | SEE_TCP_ACK;
    case DATA:
    case ACK_ONLY:
    case TICK:
    case IGNORE:
    case OTHER_OCTETS:
        return SEE_TCP_ACK;
    }
    return 0;
}

static void note(struct play *play, struct side *side, const struct see_segment *segment,
                 enum what what)
{
    uint32_t begin = segment->seq + (what == SYN ? 1 : 0);
    side->begins[side->begin_count++] = begin;
    side->next = begin + (uint32_t)segment->wire_len;
    play->has_conflict |= what == OTHER_OCTETS && segment->len > 0;
}

static void step(struct play *play, const uint8_t *octets)
{
    unsigned side = octets[0] & 1, connection = octets[0] >> 1 & 3;
    enum what what = (enum what)(octets[0] >> 3 & 7);
    struct side *mine = &play->sides[connection][side];
    struct side *other = &play->sides[connection][!side];
    play->now += (see_time_ns)octets[5] * octets[5] * SEE_NS_PER_MS;
    if (what == TICK) {
        int status = see_stream_tick(play->stream, play->now);
        assert(status == SEE_OK);
        (void)status;
        return;
    }
    size_t len = what == ACK_ONLY || what == SYN ? 0 : (size_t)octets[3] << (octets[0] >> 6);
    len = len < SEGMENT_MAX ? len : SEGMENT_MAX;
    struct see_segment segment = {
        .stamp = see_stamp_make(play->now, ++play->frame, 1),
        .seq = mine->next + (uint32_t)(octets[1] << 8 | octets[2]) - 32768,
        .ack = other->next + octets[4] - 128,
        .flags = flags_of(what),
        .window = 65535,
        .len = what == IGNORE ? len / 2 : len, /* a snap length cut it */
        .wire_len = len,
    };
    if (what == SYN && side == 1) {
        segment.flags |= SEE_TCP_ACK;
    }
    note(play, mine, &segment, what);
    other->begins[other->begin_count++] = segment.ack;
    feed(play->stream, &segment, connection, side, what == OTHER_OCTETS ? 0x55 : 0);
}

static struct see_limits small_limits(void)
{
    struct see_limits limits = see_limits_default();
    limits.connections = 3;
    limits.connection_held = 4096;
    limits.held_total = 6000;
    limits.past_connections = 2;
    return limits;
}

static void play_any(const uint8_t *data, size_t size)
{
    static const struct see_hash_key key = {3, 4};
    struct see_limits limits = small_limits();
    struct play play = {.stream = NULL};
    struct see_stream_sink sink = {&play, on_chunk, on_finished, on_closed, NULL};
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        play.sides[i][0].next = 0xFFFFFF00u;
        play.sides[i][1].next = 5000;
    }
    play.stream = see_stream_new(&limits, &key, sink);
    assert(play.stream != NULL);
    for (size_t at = 0; size - at >= STEP && at < STEP * STEPS_MAX; at += STEP) {
        step(&play, data + at);
    }
    int status = see_stream_flush(play.stream);
    assert(status == SEE_OK);
    (void)status;
    struct see_counts counts = see_stream_counts(play.stream);
    check_books(counts);
    assert(see_counts_value(&counts, "octets_in_order") == play.in_order);
    assert(see_counts_value(&counts, "octets_missing") == play.missing);
    assert(see_counts_value(&counts, "connections_open") == 0);
    see_stream_free(play.stream);
}

static int on_talk(void *ctx, const struct see_chunk *chunk)
{
    struct talk *talk = ctx;
    bool is_client_side = is_client(&chunk->connection->ends[chunk->direction]);
    unsigned side = is_client_side ? 0 : 1;
    assert(chunk->offset == talk->len[side] && chunk->offset + chunk->len <= TALK_MAX);
    if (chunk->data != NULL) {
        memcpy(talk->octets[side] + chunk->offset, chunk->data, (size_t)chunk->len);
    } else {
        talk->missing[side] += chunk->len;
    }
    talk->len[side] += chunk->len;
    return SEE_OK;
}

static int on_talk_finished(void *ctx, struct see_connection *connection, unsigned direction,
                            struct see_stamp stamp)
{
    struct talk *talk = ctx;
    (void)stamp;
    talk->is_finished[is_client(&connection->ends[direction]) ? 0 : 1] = true;
    return SEE_OK;
}

static int on_talk_closed(void *ctx, struct see_connection *connection)
{
    (void)ctx;
    (void)connection;
    return SEE_OK;
}

/* A segment of the conversation: octets of the client alone, after a handshake. */
struct piece {
    uint32_t from;
    size_t len;
};

#define PIECES_MAX 64

static void feed_plain(struct see_stream *stream, unsigned side, uint32_t seq, uint8_t flags,
                       size_t len, uint64_t frame)
{
    struct see_segment segment = {
        .stamp = see_stamp_make(1, frame, 1),
        .seq = seq,
        .ack = flags == SEE_TCP_SYN ? 0
               : side == 0          ? 5001
                                    : 0xFFFFFF01u,
        .flags = flags,
        .window = 65535,
        .len = len,
        .wire_len = len,
    };
    feed(stream, &segment, 0, side, 0);
}

static void play_talk(const struct piece *pieces, const size_t *order, size_t count,
                      struct talk *ret_talk)
{
    static const struct see_hash_key key = {5, 6};
    struct see_limits limits = see_limits_default();
    memset(ret_talk, 0, sizeof(*ret_talk));
    struct see_stream_sink sink = {ret_talk, on_talk, on_talk_finished, on_talk_closed, NULL};
    struct see_stream *stream = see_stream_new(&limits, &key, sink);
    assert(stream != NULL);
    feed_plain(stream, 0, 0xFFFFFF00u, SEE_TCP_SYN, 0, 1);
    feed_plain(stream, 1, 5000, SEE_TCP_SYN | SEE_TCP_ACK, 0, 2);
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = &pieces[order[i]];
        feed_plain(stream, 0, 0xFFFFFF01u + piece->from, SEE_TCP_ACK, piece->len, 3 + i);
    }
    int status = see_stream_flush(stream);
    assert(status == SEE_OK);
    (void)status;
    check_books(see_stream_counts(stream));
    see_stream_free(stream);
}

/* Each two octets are a piece: where it begins, past the one before, and how long it is. */
static void play_both(const uint8_t *data, size_t size)
{
    static struct talk in_order, as_given;
    struct piece pieces[PIECES_MAX];
    size_t order[PIECES_MAX], given[PIECES_MAX];
    size_t count = 0;
    uint32_t end = 0;
    while (count < PIECES_MAX && size >= 3 * (count + 1)) {
        const uint8_t *octets = data + 3 * count;
        uint32_t from = end + octets[0] % 64; /* a hole, perhaps, that none fills */
        uint32_t back = octets[0] >= 128 ? octets[0] % 64u : 0;
        from = octets[0] >= 128 ? (end > back ? end - back : 0) : octets[0] >= 64 ? from : end;
        pieces[count] = (struct piece){from, (size_t)octets[1] + 1};
        end = from + octets[1] + 1 > end ? from + octets[1] + 1 : end;
        order[count] = given[count] = count;
        count++;
    }
    for (size_t i = count; i > 1; i--) {
        size_t j = data[3 * (i - 1) + 2] % i;
        size_t kept = given[i - 1];
        given[i - 1] = given[j];
        given[j] = kept;
    }
    play_talk(pieces, order, count, &in_order);
    play_talk(pieces, given, count, &as_given);
    for (unsigned side = 0; side < 2; side++) {
        assert(in_order.len[side] == as_given.len[side]);
        assert(in_order.missing[side] == as_given.missing[side]);
        assert(in_order.is_finished[side] == as_given.is_finished[side]);
        assert(memcmp(in_order.octets[side], as_given.octets[side], in_order.len[side]) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] < 128) {
        play_any(data + 1, size - 1);
    } else if (size > 0) {
        play_both(data + 1, size - 1);
    }
    return 0;
}
