/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/dialog.h"

#include <assert.h>
#include <stdlib.h>

#include "http/answer.h"
#include "http/identity.h"

void see_dialog_init(struct see_dialog *dialog, struct see_http *http,
                     struct see_connection *connection)
{
    *dialog = (struct see_dialog){.http = http, .connection = connection};
}

struct see_relayed *see_dialog_relayed(struct see_dialog *dialog)
{
    if (dialog->relayed == NULL) {
        dialog->relayed = calloc(1, sizeof(*dialog->relayed));
    }
    return dialog->relayed;
}

static void push(struct see_dialog *dialog, struct see_record *record)
{
    if (dialog->newest != NULL) {
        dialog->newest->next = record;
    } else {
        dialog->oldest = record;
    }
    dialog->newest = record;
    dialog->waiting++;
}

static struct see_record *pop(struct see_dialog *dialog)
{
    struct see_record *record = dialog->oldest;
    dialog->oldest = record->next;
    if (dialog->oldest == NULL) {
        dialog->newest = NULL;
    }
    record->next = NULL;
    dialog->waiting--;
    return record;
}

void see_dialog_finish(struct see_dialog *dialog)
{
    while (dialog->oldest != NULL) {
        see_exchange_unref(&pop(dialog)->exchange);
    }
    if (dialog->relayed != NULL) {
        see_text_finish(&dialog->relayed->destination);
        free(dialog->relayed);
    }
}

bool see_dialog_is_waiting(const struct see_dialog *dialog, const struct see_record *record)
{
    const struct see_record *at = dialog->oldest;
    while (at != NULL && at != record) {
        at = at->next;
    }
    return at != NULL;
}

static int emit(struct see_dialog *dialog, struct see_record *record, enum see_exchange_event event)
{
    struct see_http_sink *sink = &dialog->http->sink;
    return sink->exchange(sink->ctx, &record->exchange, event);
}

static void let_go(struct see_dialog *dialog, struct see_record *record)
{
    if (record->held != NULL) {
        dialog->held -= record->exchange.held;
        record->held = NULL;
    }
    see_exchange_unref(&record->exchange);
}

/* Says the last word on an exchange of which nothing more will come. */
static int end_if_over(struct see_dialog *dialog, struct see_record *record)
{
    if (!record->is_request_over || !record->is_response_over) {
        return SEE_OK;
    }
    struct see_http *http = dialog->http;
    see_http_add(http, SEE_HTTP_COUNT_exchanges, 1);
    if (!record->exchange.request.is_seen) {
        see_http_add(http, SEE_HTTP_COUNT_exchanges_without_request, 1);
    }
    if (!record->exchange.response.is_seen) {
        see_http_add(http, SEE_HTTP_COUNT_exchanges_without_response, 1);
    }
    record->exchange.is_over = true;
    int status = emit(dialog, record, SEE_EXCHANGE_END);
    let_go(dialog, record);
    return status;
}

/* The oldest request will not be answered, or it cannot be told by what. */
static int give_up_oldest(struct see_dialog *dialog)
{
    struct see_record *record = pop(dialog);
    if (record->is_hidden) {
        see_exchange_unref(&record->exchange);
        return SEE_OK;
    }
    record->is_response_over = true;
    return end_if_over(dialog, record);
}

/* A record with its place in the run and on its connection. */
static struct see_record *make_record(struct see_dialog *dialog, size_t room)
{
    struct see_record *record =
        see_record_new(dialog->http->pool, dialog->connection, dialog->client, room);
    if (record != NULL) {
        record->held = &dialog->held;
        record->exchange.id = ++dialog->http->last_id;
        record->exchange.index = dialog->next_index++;
    }
    return record;
}

/*
 * A request that was sent when all was quiet shows that its client did not pipeline it, so what
 * waits has been answered if there were answers enough: those that could not be told apart.  But
 * what the server had not yet when it gave the last of them is as likely to have come with this.
 */
static int settle_hidden(struct see_dialog *dialog, const struct see_mark *begin)
{
    struct see_record *hidden = dialog->oldest;
    if (hidden == NULL || !hidden->is_hidden) {
        return SEE_OK;
    }
    size_t expected = dialog->waiting - (hidden->is_hidden_certain ? 0 : 1);
    uint64_t end = hidden->next != NULL ? hidden->next->begin.offset : begin->offset;
    bool has_more = hidden->hidden_had > 0 && end >= hidden->hidden_had + SEE_SHORTEST_MESSAGE;
    if (hidden->hidden_answers < expected || has_more) {
        return SEE_OK;
    }
    int status = SEE_OK;
    while (status == SEE_OK && dialog->oldest != NULL) {
        status = give_up_oldest(dialog);
    }
    return status;
}

static int evict_oldest(struct see_dialog *dialog)
{
    if (!dialog->oldest->is_hidden) {
        see_http_add(dialog->http, SEE_HTTP_COUNT_exchanges_evicted, 1);
    }
    dialog->owed++;
    return give_up_oldest(dialog);
}

/* The client sends its first request as soon as the handshake is done: a round trip, or more. */
static see_time_ns round_trip(struct see_dialog *dialog, const struct see_mark *begin)
{
    const struct see_connection *connection = dialog->connection;
    see_time_ns elapsed = begin->stamp.time_ns - connection->opened.time_ns;
    if (dialog->next_index == 1 && connection->is_opening_seen && elapsed > 0) {
        dialog->round_trip_ns = elapsed;
    }
    return dialog->round_trip_ns;
}

/* Its client had no more of the answers than with the request before, which waits. */
static bool is_pipelined(const struct see_dialog *dialog, const struct see_mark *begin)
{
    const struct see_record *before = dialog->newest;
    bool is_known = begin->acknowledged > 0 || dialog->connection->is_opening_seen;
    return before != NULL && !before->is_hidden && is_known &&
           begin->acknowledged <= before->begin.acknowledged;
}

int see_dialog_request_begin(struct see_dialog *dialog, const struct see_mark *begin, bool is_quiet,
                             size_t room, struct see_record **ret_record)
{
    int status = is_quiet ? settle_hidden(dialog, begin) : SEE_OK;
    while (status == SEE_OK && dialog->waiting >= dialog->http->limits.pipeline &&
           dialog->waiting > 0) {
        status = evict_oldest(dialog);
    }
    if (status != SEE_OK) {
        return status;
    }
    struct see_record *record = make_record(dialog, room);
    if (record == NULL) {
        return SEE_ENOMEM;
    }
    record->begin = *begin;
    if (is_pipelined(dialog, begin)) {
        dialog->has_pipelined = true;
    }
    record->exchange.request.is_seen = true;
    record->exchange.request.first = begin->stamp;
    record->exchange.round_trip_ns = round_trip(dialog, begin);
    push(dialog, record);
    *ret_record = record;
    return SEE_OK;
}

/* What a head says of its message; views into the block, which goes to the record. */
static void fill_message(struct see_message *message, const struct see_head *head,
                         const struct see_head_place *place)
{
    message->is_seen = true;
    message->has_head = place->is_whole;
    message->has_gap = message->has_gap || place->is_found;
    message->leniency = head->leniency;
    message->http_major = head->line.major;
    message->http_minor = head->line.minor;
    message->first = place->begin.stamp;
    message->offset = place->begin.offset;
    message->acknowledged = place->begin.acknowledged;
    message->last = place->end;
    if (place->is_whole) {
        message->head_end = place->end;
    }
    message->fields = head->fields;
    message->field_count = head->field_count;
    message->index = head->index;
}

static bool expects_continue(const struct see_message *message)
{
    struct see_view expect = see_message_field(message, SEE_LITERAL("Expect"), NULL);
    return see_view_eq_nocase(expect, SEE_LITERAL("100-continue"));
}

static int fill_request(struct see_dialog *dialog, struct see_record *record, struct see_head *head,
                        const struct see_head_place *place)
{
    struct see_exchange *exchange = &record->exchange;
    if (head->block != NULL) {
        see_record_keep(record, head->block);
    }
    fill_message(&exchange->request, head, place);
    exchange->method = head->line.method;
    exchange->target = head->line.target;
    record->is_head = see_view_eq(exchange->method, SEE_LITERAL("HEAD"));
    record->is_connect = see_view_eq(exchange->method, SEE_LITERAL("CONNECT"));
    record->expects_continue = expects_continue(&exchange->request);
    return see_identity_fill(record, dialog);
}

int see_dialog_request_head(struct see_dialog *dialog, struct see_record *record,
                            struct see_head *head, const struct see_head_place *place)
{
    int status = fill_request(dialog, record, head, place);
    if (status != SEE_OK || !place->is_whole) {
        return status;
    }
    see_http_add(dialog->http, SEE_HTTP_COUNT_requests, 1);
    see_http_count_leniency(dialog->http, head->leniency);
    return record->is_overtaken ? SEE_OK : emit(dialog, record, SEE_REQUEST_HEAD);
}

int see_dialog_request_overtaken(struct see_dialog *dialog, struct see_record *record,
                                 struct see_head *head, const struct see_head_place *place)
{
    record->is_overtaken = true;
    return fill_request(dialog, record, head, place);
}

int see_dialog_request_end(struct see_dialog *dialog, struct see_record *record)
{
    record->is_request_over = true;
    bool is_announced = record->exchange.request.has_head && !record->is_overtaken;
    int status = is_announced ? emit(dialog, record, SEE_REQUEST_END) : SEE_OK;
    if (status == SEE_OK) {
        return end_if_over(dialog, record);
    }
    if (record->is_response_over) {
        /* It was answered before it was whole, so nobody else holds it. */
        let_go(dialog, record);
    }
    return status;
}

int see_dialog_hide_requests(struct see_dialog *dialog, const struct see_mark *begin,
                             bool is_certain)
{
    struct see_record *newest = dialog->newest;
    if (newest != NULL && newest->is_hidden) {
        newest->is_hidden_certain = newest->is_hidden_certain || is_certain;
        return SEE_OK;
    }
    struct see_record *record =
        see_record_new(dialog->http->pool, dialog->connection, dialog->client, 0);
    if (record == NULL) {
        return SEE_ENOMEM;
    }
    record->begin = *begin;
    record->is_hidden = true;
    record->is_hidden_certain = is_certain;
    push(dialog, record);
    return SEE_OK;
}

void see_dialog_unhide_requests(struct see_dialog *dialog)
{
    struct see_record *hidden = dialog->newest;
    if (hidden == NULL || !hidden->is_hidden || hidden->hidden_answers > 0) {
        return;
    }
    struct see_record *before = NULL;
    for (struct see_record *at = dialog->oldest; at != hidden; at = at->next) {
        before = at;
    }
    if (before != NULL) {
        before->next = NULL;
    } else {
        dialog->oldest = NULL;
    }
    dialog->newest = before;
    dialog->waiting--;
    see_exchange_unref(&hidden->exchange);
}

/* Takes the request that `record` is, those before it going without a response. */
static int take(struct see_dialog *dialog, struct see_record *record, struct see_record **ret)
{
    int status = SEE_OK;
    while (status == SEE_OK && dialog->oldest != record) {
        status = give_up_oldest(dialog);
    }
    if (status != SEE_OK) {
        return status;
    }
    dialog->owed = 0;
    dialog->is_unsure = false;
    *ret = pop(dialog);
    return SEE_OK;
}

/* It cannot be told which of several a response answers; but the oldest it has passed by. */
static int take_none(struct see_dialog *dialog, const struct see_mark *begin)
{
    if (dialog->oldest->is_hidden) {
        dialog->oldest->hidden_answers++;
        dialog->oldest->hidden_had = begin->acknowledged;
        return SEE_OK;
    }
    if (dialog->owed > 0) {
        dialog->owed--;
        return SEE_OK;
    }
    return give_up_oldest(dialog);
}

/* Does what the answer says; *ret is the request's record, or NULL. */
static int follow(struct see_dialog *dialog, const struct see_answer *answer,
                  const struct see_mark *begin, struct see_record **ret)
{
    switch (answer->whom) {
    case SEE_ANSWER_NOBODY:
        return SEE_OK;
    case SEE_ANSWER_OWED:
        dialog->owed--;
        return SEE_OK;
    case SEE_ANSWER_OLDEST:
        *ret = pop(dialog);
        return SEE_OK;
    case SEE_ANSWER_SOLE:
        return take(dialog, answer->record, ret);
    case SEE_ANSWER_ONE_OF:
        return take_none(dialog, begin);
    }
    return SEE_OK;
}

void see_dialog_hide_response(struct see_dialog *dialog)
{
    dialog->is_unsure = true;
}

/* With its first interim response an answer has begun: what is known of that place holds for all.
 */
static void note_interim(struct see_dialog *dialog, const struct see_head_place *place)
{
    struct see_interim *interim = &dialog->interim;
    if (!interim->is_here || place->may_miss_response) {
        interim->begin = place->begin;
        interim->answers_known = place->answers_known;
    }
    interim->is_here = true;
    interim->is_found = interim->is_found || place->is_found;
    interim->may_miss = interim->may_miss || place->may_miss_response;
}

void see_dialog_interim(struct see_dialog *dialog, const struct see_head_place *place)
{
    struct see_record *oldest = dialog->oldest;
    if (place->is_whole) {
        see_http_add(dialog->http, SEE_HTTP_COUNT_interim_responses, 1);
    }
    note_interim(dialog, place);
    if (!dialog->is_unsure && dialog->owed == 0 && oldest != NULL && !oldest->is_hidden &&
        see_answer_can_be(oldest, &place->begin)) {
        oldest->exchange.interim_responses++;
    }
}

int see_dialog_answer(struct see_dialog *dialog, const struct see_head_place *place,
                      struct see_record **ret_record)
{
    struct see_interim interim = dialog->interim;
    struct see_head_place first = *place;
    if (interim.is_here && !place->may_miss_response) {
        first.begin = interim.begin;
        first.answers_known = interim.answers_known;
    }
    dialog->interim = (struct see_interim){.is_here = false};
    if (place->may_miss_response || interim.may_miss) {
        dialog->is_unsure = true;
    }
    struct see_record *record = NULL;
    struct see_answer answer = see_answer_decide(dialog, &first);
    int status = follow(dialog, &answer, &first.begin, &record);
    if (status != SEE_OK) {
        return status;
    }
    if (record == NULL) {
        record = make_record(dialog, 0);
        if (record == NULL) {
            return SEE_ENOMEM;
        }
        record->is_request_over = true;
        record->is_no_head = answer.is_no_head;
        see_identity_guess_client(record, dialog);
    }
    record->exchange.response.has_gap = interim.is_found || answer.rests_on_gap;
    *ret_record = record;
    return SEE_OK;
}

enum see_framing see_dialog_response_framing(const struct see_record *record,
                                             const struct see_head *head)
{
    int status = head->line.status;
    /* RFC 9112, 6.3, in its order. */
    if (status == 101) {
        return SEE_FRAMING_SWITCH;
    }
    if (record->is_connect && status >= 200 && status < 300) {
        return SEE_FRAMING_TUNNEL;
    }
    if (record->is_head || status == 204 || status == 304) {
        return SEE_FRAMING_NONE;
    }
    if (head->is_unframed) {
        return SEE_FRAMING_UNKNOWN;
    }
    if (head->has_transfer_encoding) {
        return head->is_chunked ? SEE_FRAMING_CHUNKED : SEE_FRAMING_CLOSE;
    }
    return head->has_length ? SEE_FRAMING_LENGTH : SEE_FRAMING_CLOSE;
}

int see_dialog_response_head(struct see_dialog *dialog, struct see_record *record,
                             struct see_head *head, const struct see_head_place *place)
{
    see_record_keep(record, head->block);
    fill_message(&record->exchange.response, head, place);
    record->exchange.status = head->line.status;
    if (!place->is_whole) {
        return SEE_OK;
    }
    see_http_add(dialog->http, SEE_HTTP_COUNT_responses, 1);
    see_http_count_leniency(dialog->http, head->leniency);
    return emit(dialog, record, SEE_RESPONSE_HEAD);
}

int see_dialog_response_end(struct see_dialog *dialog, struct see_record *record)
{
    record->is_response_over = true;
    return end_if_over(dialog, record);
}

int see_dialog_close(struct see_dialog *dialog)
{
    int status = SEE_OK;
    while (status == SEE_OK && dialog->oldest != NULL) {
        assert(dialog->oldest->is_hidden || dialog->oldest->is_request_over);
        status = give_up_oldest(dialog);
    }
    return status;
}
