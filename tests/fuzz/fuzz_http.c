/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_http - a conversation of any octets, with loss, into the http room.
 *
 * The input: an octet of flags (1: no SYN was seen, 2: the server sent it), then steps.  A step is
 * an octet, what it is by its two low bits and whose by the next (0: the client's), and more:
 *
 *     0  octets    their number (two octets), and these
 *     1  a gap     its length (two octets)
 *     2  an ack    of the next octets: how far behind what was sent they acknowledge (one octet);
 *                  255: unknown
 *     3  a FIN
 *
 * Played as it is and with every frame in single octets: both must tell the same.  The books must
 * balance, events must come in their order, each once, and every octet that is handed out is read.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "http/decoded.h"
#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXCHANGES_MAX 4096

/* What was told, in one number: FNV-1a. */
struct run {
    uint64_t hash;
    struct see_http *http;
    struct see_connection connection;
    uint64_t sent[2], frame;
    uint8_t seen[EXCHANGES_MAX]; /* by id: a bit for each event */
};

static void add(struct run *run, const void *octets, size_t len)
{
    const uint8_t *at = octets;
    for (size_t i = 0; i < len; i++) {
        run->hash = (run->hash ^ at[i]) * 1099511628211u;
    }
}

static void add_number(struct run *run, uint64_t number)
{
    add(run, &number, sizeof(number));
}

static void add_view(struct run *run, struct see_view view)
{
    add_number(run, view.ptr != NULL ? view.len : UINT64_MAX);
    add(run, view.ptr, view.len);
}

static void add_message(struct run *run, const struct see_message *message)
{
    assert(!message->is_complete || message->has_head);
    assert(!message->has_head || message->is_seen);
    assert(message->content_kept.len <= message->content_len);
    add_number(run, message->is_seen);
    add_number(run, message->has_head);
    add_number(run, message->is_complete);
    add_number(run, message->has_gap);
    add_number(run, message->content_is_cut);
    add_number(run, message->leniency);
    add_number(run, message->first.frame);
    add_number(run, message->last.frame);
    add_number(run, message->content_len);
    add_view(run, message->content_kept);
    for (size_t i = 0; i < message->field_count; i++) {
        add_view(run, message->fields[i].name);
        add_view(run, message->fields[i].value);
    }
}

static void add_exchange(struct run *run, const struct see_exchange *exchange)
{
    add_number(run, exchange->id);
    add_number(run, (uint64_t)exchange->status);
    add_view(run, exchange->method);
    add_view(run, exchange->target);
    add_view(run, exchange->uri);
    add_view(run, exchange->authority);
    add_view(run, exchange->client);
    add_message(run, &exchange->request);
    add_message(run, &exchange->response);
}

static void decode(struct run *run, const struct see_message *message)
{
    struct see_limits limits = see_limits_default();
    struct see_text out;
    enum see_decoded_end end;
    see_text_init(&out);
    int status = see_message_decode(message, &limits, &out, &end);
    assert(status == SEE_OK);
    (void)status;
    assert(out.len <= limits.decoded_octets);
    add_number(run, end);
    add_view(run, see_text_view(&out));
    see_text_finish(&out);
}

static int on_exchange(void *ctx, struct see_exchange *exchange, enum see_exchange_event event)
{
    struct run *run = ctx;
    assert(exchange->id > 0);
    if (exchange->id < EXCHANGES_MAX) {
        uint8_t *seen = &run->seen[exchange->id];
        assert((*seen & 1u << event) == 0 && (*seen & 1u << SEE_EXCHANGE_END) == 0);
        assert(event != SEE_REQUEST_END || (*seen & 1u << SEE_REQUEST_HEAD) != 0);
        *seen |= (uint8_t)(1u << event);
    }
    assert(event != SEE_RESPONSE_HEAD || exchange->response.has_head);
    assert(event != SEE_REQUEST_HEAD || exchange->request.has_head);
    add_number(run, event);
    add_exchange(run, exchange);
    if (event == SEE_EXCHANGE_END) {
        decode(run, &exchange->request);
        decode(run, &exchange->response);
    }
    return SEE_OK;
}

static int on_gap(void *ctx, const struct see_chunk *gap)
{
    struct run *run = ctx;
    add_number(run, gap->direction);
    add_number(run, gap->len);
    return SEE_OK;
}

static int on_unread(void *ctx, const struct see_connection *connection, unsigned end,
                     struct see_stamp stamp)
{
    struct run *run = ctx;
    assert(connection == &run->connection && end < 2);
    (void)connection;
    add_number(run, end);
    add_number(run, stamp.frame);
    return SEE_OK;
}

/* Hands on octets, or a gap (NULL), of one frame. */
static void feed(struct run *run, unsigned side, const uint8_t *octets, size_t len, size_t step,
                 uint64_t acknowledged)
{
    struct see_chunk chunk = {.connection = &run->connection,
                              .direction = side,
                              .acknowledged = acknowledged,
                              .stamp = see_stamp_make((see_time_ns)run->frame, run->frame, 0)};
    for (size_t at = 0; at < len; at += step) {
        size_t n = len - at < step ? len - at : step;
        uint8_t *copy = octets != NULL ? malloc(n) : NULL;
        if (copy != NULL) {
            memcpy(copy, octets + at, n);
        }
        chunk.data = copy;
        chunk.len = n;
        chunk.offset = run->sent[side] + at;
        int status = see_http_chunk(run->http, &chunk);
        assert(status == SEE_OK);
        (void)status;
        free(copy);
    }
    run->sent[side] += len;
}

/* Plays one step; what is left of the input. */
static struct see_view play_step(struct run *run, struct see_view input, bool by_octet,
                                 uint64_t *behind)
{
    uint8_t kind = (uint8_t)input.ptr[0] & 3, side = (uint8_t)input.ptr[0] >> 2 & 1;
    input = see_view_cut(input, 1, input.len);
    run->frame++;
    if (kind == 3) {
        struct see_stamp stamp = see_stamp_make((see_time_ns)run->frame, run->frame, 0);
        int status = see_http_finished(run->http, &run->connection, side, stamp);
        assert(status == SEE_OK);
        (void)status;
        return input;
    }
    size_t header = kind == 2 ? 1 : 2;
    if (input.len < header) {
        return (struct see_view){0};
    }
    const uint8_t *at = (const uint8_t *)input.ptr;
    input = see_view_cut(input, header, input.len);
    if (kind == 2) {
        *behind = at[0];
        return input;
    }
    size_t len = (size_t)(at[0] << 8 | at[1]);
    uint64_t other = run->sent[1 - side];
    uint64_t acknowledged = *behind == 255 || *behind > other ? 0 : other - *behind;
    *behind = 0;
    if (kind == 1) {
        feed(run, side, NULL, len, len > 0 ? len : 1, acknowledged);
        return input;
    }
    len = len < input.len ? len : input.len;
    feed(run, side, (const uint8_t *)input.ptr, len, by_octet || len == 0 ? 1 : len, acknowledged);
    return see_view_cut(input, len, input.len);
}

static uint64_t play(struct see_view input, bool by_octet)
{
    static const struct see_http_options options = {.digest_key = "key"};
    struct see_limits limits = see_limits_default();
    struct run *run = calloc(1, sizeof(*run));
    assert(run != NULL);
    limits.head_octets = 1024;
    limits.fields = 16;
    limits.pipeline = 4;
    limits.kept_content = 64;
    limits.decoded_octets = 4096;
    run->hash = 14695981039346656037u;
    run->connection.id = 1;
    run->connection.refs = 1;
    run->connection.is_opening_seen = (input.ptr[0] & 1) == 0;
    run->http = see_http_new(&limits, &options,
                             (struct see_http_sink){run, on_exchange, on_gap, on_unread});
    assert(run->http != NULL);
    uint64_t behind = 0;
    for (input = see_view_cut(input, 1, input.len); input.len > 0;) {
        input = play_step(run, input, by_octet, &behind);
    }
    int status = see_http_closed(run->http, &run->connection);
    assert(status == SEE_OK);
    (void)status;
    check_books(see_http_counts(run->http));
    see_http_free(run->http);
    assert(run->connection.refs == 1 && run->connection.user == NULL);
    uint64_t hash = run->hash;
    free(run);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct see_view input = {(const char *)data, size};
    if (size > 0) {
        uint64_t whole = play(input, false), by_octet = play(input, true);
        assert(whole == by_octet);
        (void)whole;
        (void)by_octet;
    }
    return 0;
}
