/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs the transcripts: each whole, then octet by octet, then with every frame cut at every point,
 * and the events must be the same.  Then once more for every allocation, which fails.
 *
 * Linked with --wrap for the allocator (alloc.h), and for what ignores a connection, since no
 * stream is here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "http/http.h"
#include "http/look.h"
#include "transcript.h"

#define EVENTS_SIZE 65536
#define DIGESTS_MAX 32

/* How a run hands the octets of a frame over. */
struct cutting {
    bool is_by_octet;
    bool is_looked_at; /* all octets of a step were looked at before the first of them comes */
    size_t step;       /* this one is cut */
    size_t at;         /* behind so many octets; 0: not at all */
};

struct run {
    const struct transcript *transcript;
    const struct cutting *cutting;
    struct see_http *http;
    struct see_connection connection;
    uint64_t offsets[2]; /* by side */
    uint64_t frame;
    struct see_digest digests[DIGESTS_MAX];
    size_t digest_count;
    char *events;
    size_t len;
};

/* The run that see_stream_ignore or see_stream_forget is called in. */
static struct run *running;

__attribute__((used)) void __wrap_see_stream_ignore(struct see_connection *connection);
__attribute__((used)) void __wrap_see_stream_forget(struct see_connection *connection);

static void say(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(run->events + run->len, EVENTS_SIZE - run->len, format, args);
    va_end(args);
    assert_true(len >= 0 && (size_t)len < EVENTS_SIZE - run->len);
    run->len += (size_t)len;
}

void __wrap_see_stream_ignore(struct see_connection *connection)
{
    assert_ptr_equal(connection, &running->connection);
    say(running, "ignored\n");
}

void __wrap_see_stream_forget(struct see_connection *connection)
{
    __wrap_see_stream_ignore(connection);
}

static void say_view(struct run *run, struct see_view view)
{
    if (view.ptr == NULL) {
        say(run, "-");
    }
    for (size_t i = 0; i < view.len; i++) {
        unsigned char c = (unsigned char)view.ptr[i];
        say(run, c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
    }
}

/* A letter for each digest that is different. */
static char digest_letter(struct run *run, const struct see_digest *digest)
{
    size_t i = 0;
    while (i < run->digest_count && memcmp(&run->digests[i], digest, sizeof(*digest)) != 0) {
        i++;
    }
    if (i == run->digest_count) {
        assert_true(i < DIGESTS_MAX);
        run->digests[run->digest_count++] = *digest;
    }
    return (char)('A' + i);
}

static void say_fields(struct run *run, const struct see_message *message)
{
    for (size_t i = 0; run->transcript->shows_fields && i < message->field_count; i++) {
        say(run, "    ");
        say_view(run, message->fields[i].name);
        say(run, ": ");
        say_view(run, message->fields[i].value);
        say(run, "\n");
    }
}

static const char *by_name(enum see_named_by by)
{
    switch (by) {
    case SEE_BY_CONNECTION:
        return "connection";
    case SEE_BY_TUNNEL:
        return "tunnel";
    case SEE_BY_PROXY_HEADER:
        return "PROXY";
    case SEE_BY_FORWARDED:
        return "Forwarded";
    case SEE_BY_X_FORWARDED:
        return "X-Forwarded";
    case SEE_BY_X_REAL_IP:
        return "X-Real-IP";
    case SEE_BY_HEADER:
        return "header";
    case SEE_BY_HOST:
        return "Host";
    case SEE_BY_TARGET:
        return "target";
    }
    return "?";
}

static void say_client(struct run *run, const struct see_exchange *exchange)
{
    if (!run->transcript->shows_client) {
        return;
    }
    say(run, "    client ");
    say_view(run, exchange->client);
    say(run, " by %s%s hops %u", by_name(exchange->client_by),
        exchange->is_client_hidden ? " hidden"
        : exchange->is_from_proxy  ? " proxy"
                                   : "",
        (unsigned)exchange->hops);
    if (exchange->request.is_seen) {
        say(run, " scheme %s authority %s", by_name(exchange->scheme_by),
            by_name(exchange->authority_by));
    }
    say(run, "\n");
}

static const char *completeness(const struct see_message *message)
{
    return !message->is_seen       ? "unseen"
           : !message->has_head    ? "cut"
           : !message->is_complete ? "incomplete"
                                   : "complete";
}

static void say_request_head(struct run *run, const struct see_exchange *exchange)
{
    say(run, "request-head ");
    say_view(run, exchange->method);
    say(run, " ");
    say_view(run, exchange->target);
    say(run, " ");
    say_view(run, exchange->uri);
    say(run, "\n");
    say_client(run, exchange);
    say_fields(run, &exchange->request);
}

static void say_request_end(struct run *run, const struct see_message *request)
{
    say(run, "request-end %s %zu", completeness(request), (size_t)request->content_len);
    if (request->has_digest) {
        say(run, " %c", digest_letter(run, &request->content_digest));
        if (request->bare_len != request->content_len) {
            say(run, " %zu %c", (size_t)request->bare_len,
                digest_letter(run, &request->bare_digest));
        }
    }
    say(run, "\n");
}

static void say_leniency(struct run *run, char side, const struct see_message *message)
{
    const char *between = "";
    for (unsigned i = 0; message->leniency >> i != 0; i++) {
        if (see_leniencies_has(message->leniency, (enum see_leniency)i)) {
            if (between[0] == '\0') {
                say(run, "    lenient %c ", side);
            }
            say(run, "%s%s", between, see_leniency_word((enum see_leniency)i));
            between = " ";
        }
    }
    say(run, "%s", between[0] != '\0' ? "\n" : "");
}

static void say_kept(struct run *run, char side, const struct see_message *message)
{
    if (run->transcript->shows_kept && message->content_kept.ptr != NULL) {
        say(run, "    kept%s %c ", message->content_is_cut ? " cut" : "", side);
        say_view(run, message->content_kept);
        say(run, "\n");
    }
}

static void say_exchange_end(struct run *run, const struct see_exchange *exchange)
{
    const struct see_message *request = &exchange->request, *response = &exchange->response;
    say(run, "exchange-end %s/%s %zu/%zu %zu-%zu/%zu-%zu", completeness(request),
        completeness(response), (size_t)request->content_len, (size_t)response->content_len,
        (size_t)request->first.frame, (size_t)request->last.frame, (size_t)response->first.frame,
        (size_t)response->last.frame);
    if (exchange->interim_responses > 0) {
        say(run, " interim=%u", (unsigned)exchange->interim_responses);
    }
    if (request->has_gap || response->has_gap) {
        say(run, " gap=%s%s", request->has_gap ? ">" : "", response->has_gap ? "<" : "");
    }
    if (!request->has_head && request->is_seen) {
        say(run, " ");
        say_view(run, exchange->method);
        say(run, " ");
        say_view(run, exchange->uri);
    }
    if (!response->has_head && response->is_seen) {
        say(run, " %d", exchange->status);
    }
    say(run, "\n");
    say_leniency(run, '>', request);
    say_leniency(run, '<', response);
    say_kept(run, '>', request);
    say_kept(run, '<', response);
}

static int on_exchange(void *ctx, struct see_exchange *exchange, enum see_exchange_event event)
{
    struct run *run = ctx;
    say(run, "#%zu ", (size_t)exchange->id);
    switch (event) {
    case SEE_REQUEST_HEAD:
        say_request_head(run, exchange);
        break;
    case SEE_REQUEST_END:
        say_request_end(run, &exchange->request);
        break;
    case SEE_RESPONSE_HEAD:
        say(run, "response-head %d\n", exchange->status);
        if (!exchange->request.is_seen) {
            say_client(run, exchange);
        }
        say_fields(run, &exchange->response);
        break;
    case SEE_EXCHANGE_END:
        say_exchange_end(run, exchange);
        break;
    }
    return SEE_OK;
}

static int on_gap(void *ctx, const struct see_chunk *gap)
{
    struct run *run = ctx;
    unsigned client = run->transcript->is_server_opener ? 1 : 0;
    say(run, "gap %c %zu\n", gap->direction == client ? '>' : '<', (size_t)gap->len);
    return SEE_OK;
}

/* Told where `show unread` asks for it: elsewhere the ends of exchanges say as much. */
static int on_unread(void *ctx, const struct see_connection *connection, unsigned end,
                     struct see_stamp stamp)
{
    struct run *run = ctx;
    assert_ptr_equal(connection, &run->connection);
    if (run->transcript->shows_unread) {
        say(run, "unread %c %zu\n",
            end == (run->transcript->is_server_opener ? 1u : 0u) ? '>' : '<', (size_t)stamp.frame);
    }
    return SEE_OK;
}

static void init_connection(struct run *run)
{
    static const uint8_t client4[4] = {192, 0, 2, 1}, server4[4] = {192, 0, 2, 80};
    static const uint8_t client6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
    static const uint8_t server6[16] = {0x20, 1, 0xd, 0xb8, [15] = 0x80};
    const struct transcript *transcript = run->transcript;
    unsigned client = transcript->is_server_opener ? 1 : 0;
    struct see_connection *connection = &run->connection;
    connection->id = 1;
    connection->refs = 1;
    connection->is_opening_seen = !transcript->is_midstream;
    bool is_ipv6 = transcript->is_ipv6;
    connection->ends[client] =
        (struct see_endpoint){is_ipv6 ? see_address_v6(client6) : see_address_v4(client4), 40000};
    connection->ends[1 - client] = is_ipv6 ? (struct see_endpoint){see_address_v6(server6), 8080}
                                           : (struct see_endpoint){see_address_v4(server4), 80};
}

/* Hands over octets of a frame that begins at `base`, from `from` to `to`. */
static int feed(struct run *run, const struct step *step, const struct see_chunk *frame,
                size_t from, size_t to)
{
    struct see_chunk chunk = *frame;
    chunk.offset += from;
    chunk.len = to - from;
    if (step->kind == STEP_OCTETS) {
        /* A copy of its own size, so that reading past it is seen; who looked has seen more. */
        size_t len = (run->cutting->is_looked_at ? step->len : to) - from;
        uint8_t *copy = __real_malloc(len);
        memcpy(copy, step->octets + from, len);
        chunk.data = copy;
        static struct see_http_look looks[3];
        if (run->cutting->is_looked_at) {
            static const uint8_t other[] = "GET /other HTTP/1.1\r\nHost: other.example\r\n\r\n";
            see_http_look(other, sizeof(other) - 1, &looks[0]);
            see_http_look(copy, len, &looks[1]);
            see_http_look(other, sizeof(other) - 1, &looks[2]);
            see_http_looked(run->http, looks, 3);
        }
        int status = see_http_chunk(run->http, &chunk);
        __real_free(copy);
        return status;
    }
    return see_http_chunk(run->http, &chunk);
}

static int feed_frame(struct run *run, size_t index, const struct cutting *cutting)
{
    const struct step *step = &run->transcript->steps[index];
    unsigned direction = run->transcript->is_server_opener ? 1 - step->side : step->side;
    uint64_t number = step->frame > 0 ? step->frame : run->frame;
    struct see_chunk frame = {
        .connection = &run->connection,
        .direction = direction,
        .len = step->len,
        .offset = run->offsets[step->side],
        .acknowledged = step->has_ack ? step->ack : run->offsets[1 - step->side],
        .stamp = see_stamp_make((see_time_ns)number, number, 1),
    };
    size_t size = step->len, at = 0;
    if (step->kind == STEP_OCTETS && cutting->is_by_octet) {
        size = 1;
    } else if (step->kind == STEP_OCTETS && cutting->step == index && cutting->at > 0) {
        size = cutting->at;
    }
    run->offsets[step->side] += step->len;
    int status = SEE_OK;
    while (status == SEE_OK && at < step->len) {
        size_t to = at + size < step->len ? at + size : step->len;
        status = feed(run, step, &frame, at, to);
        at = to;
        size = cutting->is_by_octet ? size : step->len;
    }
    return status;
}

static int take_step(struct run *run, size_t index, const struct cutting *cutting)
{
    const struct step *step = &run->transcript->steps[index];
    unsigned direction = run->transcript->is_server_opener ? 1 - step->side : step->side;
    struct see_stamp stamp = see_stamp_make((see_time_ns)run->frame + 1, run->frame + 1, 0);
    run->frame++;
    stamp.capture = 1;
    switch (step->kind) {
    case STEP_OCTETS:
    case STEP_GAP:
        return feed_frame(run, index, cutting);
    case STEP_FIN:
        return see_http_finished(run->http, &run->connection, direction, stamp);
    case STEP_CLOSE:
        run->connection.closed = stamp;
        return see_http_closed(run->http, &run->connection);
    }
    return SEE_OK;
}

static uint64_t sum(const struct see_counts *counts, const char *unit, bool is_in)
{
    uint64_t total = 0;
    for (size_t i = 0; i < counts->count; i++) {
        const struct see_count *count = &counts->list[i];
        bool is_book = count->kind != SEE_COUNT_NOTE && (count->kind == SEE_COUNT_IN) == is_in;
        total += is_book && strcmp(count->unit, unit) == 0 ? count->value : 0;
    }
    return total;
}

static void check_counts(struct run *run)
{
    struct see_counts counts = see_http_counts(run->http);
    assert_int_equal(sum(&counts, "messages", true), sum(&counts, "messages", false));
    assert_int_equal(sum(&counts, "connections", true), sum(&counts, "connections", false));
    assert_int_equal(sum(&counts, "octets", true), sum(&counts, "octets", false));
    struct see_view rest = see_view_of(run->transcript->counters), name;
    while (see_view_next(&rest, ' ', &name)) {
        for (size_t i = 0; i < counts.count; i++) {
            if (see_view_eq(name, see_view_of(counts.list[i].counter))) {
                say(run, "count %s %zu\n", counts.list[i].counter, (size_t)counts.list[i].value);
            }
        }
    }
}

/* One run; the events in `events`.  Whatever fails, nothing may be left over. */
static int run_transcript(const struct transcript *transcript, const struct cutting *cutting,
                          char events[EVENTS_SIZE])
{
    struct see_http_options options = {.digest_key = "key", .clients = transcript->clients};
    options.clients.header = transcript->header;
    options.clients.trusted = transcript->trusted;
    struct run run = {.transcript = transcript, .cutting = cutting, .events = events};
    size_t live = alloc.live;
    running = &run;
    events[0] = '\0';
    init_connection(&run);
    run.http = see_http_new(&transcript->limits, &options,
                            (struct see_http_sink){&run, on_exchange, on_gap, on_unread});
    int status = run.http != NULL ? SEE_OK : SEE_ENOMEM;
    for (size_t i = 0; i < transcript->step_count && status == SEE_OK; i++) {
        status = take_step(&run, i, cutting);
    }
    if (run.http != NULL) {
        int closed = see_http_closed(run.http, &run.connection);
        status = status == SEE_OK ? closed : status;
        if (status == SEE_OK) {
            check_counts(&run);
        }
    }
    see_http_free(run.http);
    assert_int_equal(run.connection.refs, 1);
    assert_ptr_equal(run.connection.user, NULL);
    assert_int_equal(alloc.live, live);
    return status;
}

static void check(const struct transcript *transcript, const struct cutting *cutting,
                  const char *how)
{
    static char events[EVENTS_SIZE];
    assert_int_equal(run_transcript(transcript, cutting, events), SEE_OK);
    if (strcmp(events, transcript->expected) != 0) {
        /* cmocka prints a thousand octets only. */
        fprintf(stderr, "ERROR: %s, %s (step %zu at %zu)\n--- expected\n%s--- got\n%s\n",
                transcript->title, how, cutting->step, cutting->at, transcript->expected, events);
        fail();
    }
}

static void test_transcript(void **state)
{
    const struct transcript *transcript = *state;
    struct cutting cutting = {0};
    check(transcript, &cutting, "whole");
    cutting.is_looked_at = true;
    check(transcript, &cutting, "looked at before");
    cutting.is_looked_at = false;
    cutting.is_by_octet = true;
    check(transcript, &cutting, "octet by octet");
    cutting.is_by_octet = false;
    for (cutting.step = 0; cutting.step < transcript->step_count; cutting.step++) {
        const struct step *step = &transcript->steps[cutting.step];
        for (cutting.at = 1; step->kind == STEP_OCTETS && cutting.at < step->len; cutting.at++) {
            cutting.is_looked_at = false;
            check(transcript, &cutting, "cut");
            cutting.is_looked_at = true;
            check(transcript, &cutting, "cut, and looked at before");
        }
    }
}

static void test_no_memory(void **state)
{
    static char events[EVENTS_SIZE];
    const struct transcript *transcript = *state;
    struct cutting cutting = {0};
    size_t nth = 0;
    do {
        alloc.has_failed = false;
        alloc.fail_at = alloc.count + ++nth;
        int status = run_transcript(transcript, &cutting, events);
        alloc.fail_at = 0;
        assert_int_equal(status, alloc.has_failed ? SEE_ENOMEM : SEE_OK);
    } while (alloc.has_failed);
    assert_true(nth > 1);
}

/* A connection that was picked up in the middle is not searched for HTTP for ever. */
static void test_endless_search(void **state)
{
    static char events[EVENTS_SIZE], octets[65536];
    static char none[] = "", counters[] = "connections_other";
    struct step steps[20];
    const struct transcript transcript = {.limits = see_limits_default(),
                                          .is_midstream = true,
                                          .title = none,
                                          .counters = counters,
                                          .steps = steps,
                                          .step_count = 20};
    const struct cutting cutting = {0};
    (void)state;
    memset(octets, 'x', sizeof(octets));
    for (size_t i = 0; i < 20; i++) {
        steps[i] = (struct step){.octets = octets, .len = sizeof(octets)};
    }
    assert_int_equal(run_transcript(&transcript, &cutting, events), SEE_OK);
    assert_string_equal(events, "ignored\ncount connections_other 1\n");
}

int main(int argc, char **argv)
{
    size_t count;
    const char *directory = argc > 1 ? argv[1] : "tests/transcripts";
    struct transcript *transcripts = transcripts_read(directory, &count);
    struct CMUnitTest *tests = calloc(count * 2 + 1, sizeof(*tests));
    if (tests == NULL) {
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        tests[i] =
            (struct CMUnitTest){transcripts[i].title, test_transcript, NULL, NULL, &transcripts[i]};
        tests[count + i] =
            (struct CMUnitTest){transcripts[i].title, test_no_memory, NULL, NULL, &transcripts[i]};
    }
    tests[count * 2] = (struct CMUnitTest)cmocka_unit_test(test_endless_search);
    int failed = _cmocka_run_group_tests("transcripts", tests, count * 2 + 1, NULL, NULL);
    free(tests);
    transcripts_free(transcripts, count);
    return failed;
}
