/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store_records - records made by hand, and a database filled with them.
 *
 * What `records_fill` tells the store:
 *
 *     exchange 1  POST /form  -> 307 /moved      redirect 1, chain 1 hop 1, followed by 2
 *     exchange 2  GET  /moved -> 302 /end        redirect 2, chain 1 hop 2, followed by 3
 *     exchange 3  GET  /end   -> 200
 *     exchange 4  GET  /login?token=s3cret -> 302 itself   redirect 3, a loop, followed by 5
 *     exchange 5  GET  /login?token=s3cret -> 302, no Location   redirect 4, not followed
 *     exchange 6  (not seen) -> 303 http://elsewhere.example/    redirect 5, unobservable
 *     exchange 7  GET  /old, its response is not seen: has a finding of its own
 */
#ifndef SEE_TESTS_STORE_RECORDS_H
#define SEE_TESTS_STORE_RECORDS_H

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"

#define RECORDS_TIME INT64_C(1795181045123456789) /* 2026-11-20T13:24:05.123456789Z */

/* Rules that the catalogue is sure to have. */
#define RECORDS_CLIENT_RULE "307-method-changed"
#define RECORDS_SERVER_RULE "location-missing"

struct record {
    struct see_exchange exchange;
    struct see_field request_fields[2];
    struct see_field response_fields[2];
};

struct records {
    struct see_connection connection;
    struct record list[7];
};

static inline struct see_stamp records_stamp(uint64_t frame)
{
    return see_stamp_make(RECORDS_TIME + (see_time_ns)frame * SEE_NS_PER_MS, frame, 1);
}

static inline void records_message(struct see_message *message, uint64_t frame,
                                   const struct see_field *fields, size_t field_count)
{
    message->is_seen = true;
    message->has_head = true;
    message->is_complete = true;
    message->http_major = 1;
    message->http_minor = 1;
    message->first = records_stamp(frame);
    message->head_end = records_stamp(frame);
    message->last = records_stamp(frame + 1);
    message->fields = fields;
    message->field_count = field_count;
}

static inline void records_request(struct record *record, uint64_t frame, const char *method,
                                   const char *path)
{
    static char uris[8][128];
    struct see_exchange *exchange = &record->exchange;
    char *uri = uris[exchange->id & 7];
    snprintf(uri, sizeof(uris[0]), "http://shop.example%s", path);
    record->request_fields[0] =
        (struct see_field){SEE_LITERAL("User-Agent"), SEE_LITERAL("curl/8.0")};
    record->request_fields[1] =
        (struct see_field){SEE_LITERAL("Content-Type"), SEE_LITERAL("text/plain")};
    records_message(&exchange->request, frame, record->request_fields,
                    strcmp(method, "POST") == 0 ? 2 : 1);
    exchange->request.content_len = strcmp(method, "POST") == 0 ? 17 : 0;
    exchange->request.has_digest = true;
    memset(exchange->request.content_digest.octets, 0xab, 16);
    exchange->method = see_view_of(method);
    exchange->target = see_view_of(path);
    exchange->scheme = SEE_LITERAL("http");
    exchange->authority = SEE_LITERAL("Shop.example");
    exchange->uri = see_view_of(uri);
    exchange->client = SEE_LITERAL("192.0.2.7");
}

static inline void records_response(struct record *record, uint64_t frame, int status,
                                    const char *location)
{
    struct see_exchange *exchange = &record->exchange;
    record->response_fields[0] =
        (struct see_field){SEE_LITERAL("Content-Type"), SEE_LITERAL("text/html")};
    record->response_fields[1] = (struct see_field){SEE_LITERAL("location"), see_view_of(location)};
    records_message(&exchange->response, frame, record->response_fields, location != NULL ? 2 : 1);
    exchange->response.content_len = 5;
    exchange->status = status;
}

static inline void records_init(struct records *records)
{
    memset(records, 0, sizeof(*records));
    static const uint8_t client[] = {192, 0, 2, 7}, server[] = {198, 51, 100, 1};
    struct see_connection *connection = &records->connection;
    connection->id = 1;
    connection->ends[0] = (struct see_endpoint){see_address_v4(client), 40000};
    connection->ends[1] = (struct see_endpoint){see_address_v4(server), 8080};
    connection->is_opening_seen = true;
    connection->opened = records_stamp(1);
    struct record *list = records->list;
    for (size_t i = 0; i < 7; i++) {
        list[i].exchange.id = i + 1;
        list[i].exchange.connection = connection;
        list[i].exchange.index = (uint32_t)i;
    }
    records_request(&list[0], 10, "POST", "/form");
    records_response(&list[0], 12, 307, "/moved");
    records_request(&list[1], 20, "GET", "/moved");
    records_response(&list[1], 22, 302, "/end");
    records_request(&list[2], 30, "GET", "/end");
    records_response(&list[2], 32, 200, NULL);
    records_request(&list[3], 40, "GET", "/login?token=s3cret");
    records_response(&list[3], 42, 302, "/login?token=s3cret");
    records_request(&list[4], 50, "GET", "/login?token=s3cret");
    records_response(&list[4], 52, 302, NULL);
    records_response(&list[5], 62, 303, "http://elsewhere.example/");
    records_request(&list[6], 70, "GET", "/old");
}

/* A redirect `id` of exchange `from` (a place in the list); `to` is negative when not followed. */
static inline struct see_redirect records_redirect(const struct records *records, uint64_t id,
                                                   int from, int to, uint64_t chain_id,
                                                   uint32_t hop)
{
    struct see_redirect redirect = {
        .id = id,
        .exchange = &records->list[from].exchange,
        .followup = to >= 0 ? &records->list[to].exchange : NULL,
        .outcome = to >= 0 ? SEE_OUTCOME_FOLLOWED : SEE_OUTCOME_NOT_FOLLOWED,
        .why = to >= 0 ? "the next request" : "the window closed",
        .location_count = records->list[from].exchange.response.field_count - 1,
        .target_uri =
            to >= 0 ? records->list[to].exchange.uri : SEE_LITERAL("http://elsewhere.example/"),
        .tier = SEE_T0,
        .confidence = to >= 0 ? SEE_CONFIDENCE_HIGH : SEE_CONFIDENCE_NONE,
        .score = 7,
        .says_who = true,
        .runner_up = INT_MIN,
        .signals = {{"next on the connection", 4}, {"gap", 2}},
        .signal_count = 2,
        .is_same_connection = true,
        .delay_ns = 8 * SEE_NS_PER_MS + 250000,
        .chain_id = chain_id,
        .hop = hop,
        .chain_followed = hop,
        .visits = 1,
    };
    return redirect;
}

static inline int records_capture(struct see_store *store, const char *status)
{
    struct see_capture_row row = {
        .capture = 1,
        .source = "shop.pcap",
        .kind = "file",
        .first_time = RECORDS_TIME,
        .last_time = RECORDS_TIME + SEE_NS_PER_S,
        .packets = 80,
        .bytes = 8000,
        .kernel_dropped = -1,
        .status = status,
    };
    return see_store_capture(store, &row);
}

static inline int records_finding(struct see_store *store, const struct see_redirect *redirect,
                                  const struct see_exchange *exchange, const char *rule,
                                  enum see_severity severity)
{
    struct see_finding finding = {
        .rule = see_rule_find(see_view_of(rule)),
        .severity = severity,
        .strength = SEE_STRENGTH_MUST,
        .confidence = redirect != NULL ? redirect->confidence : SEE_CONFIDENCE_NONE,
        .redirect = redirect,
        .exchange = exchange,
        .stamp = records_stamp(20),
        .message = SEE_LITERAL("POST became GET"),
        .evidence = SEE_LITERAL("{\"from\":\"POST\"}"),
    };
    return see_store_finding(store, &finding);
}

static inline int records_coverage(struct see_store *store, uint64_t dropped)
{
    struct see_count list[] = {
        {"frames_read", "frames", SEE_COUNT_IN, 80},
        {"segments", "frames", SEE_COUNT_OUT, 80 - dropped},
        {"not_tcp", "frames", SEE_COUNT_DROPPED, dropped},
        {"tls", "connections", SEE_COUNT_NOTE, 3},
    };
    struct see_counts counts = {"decode", list, sizeof(list) / sizeof(list[0])};
    return see_store_coverage(store, 1, &counts);
}

static inline int records_redirects(struct see_store *store, const struct records *records)
{
    struct see_redirect list[] = {
        records_redirect(records, 1, 0, 1, 1, 1),  records_redirect(records, 2, 1, 2, 1, 2),
        records_redirect(records, 3, 3, 4, 3, 1),  records_redirect(records, 4, 4, -1, 3, 2),
        records_redirect(records, 5, 5, -1, 5, 1),
    };
    list[3].outcome = SEE_OUTCOME_NO_LOCATION;
    list[3].target_uri = (struct see_view){NULL, 0};
    list[4].outcome = SEE_OUTCOME_UNOBSERVABLE;
    list[4].why = "no request named that authority";
    int status = SEE_OK;
    for (size_t i = 0; i < 5 && status == SEE_OK; i++) {
        status = see_store_redirect(store, &list[i]);
    }
    if (status == SEE_OK) {
        status = records_finding(store, &list[0], list[0].exchange, RECORDS_CLIENT_RULE,
                                 SEE_SEVERITY_VIOLATION);
    }
    if (status == SEE_OK) {
        status = records_finding(store, &list[3], list[3].exchange, RECORDS_SERVER_RULE,
                                 SEE_SEVERITY_WARNING);
    }
    return status;
}

/* All of the above, in the order in which a run would tell it. */
static inline int records_fill(struct see_store *store, struct records *records)
{
    int status = records_capture(store, "running");
    for (size_t i = 0; i < 7 && status == SEE_OK; i++) {
        status = see_store_exchange(store, &records->list[i].exchange);
    }
    if (status == SEE_OK) {
        status = records_redirects(store, records);
    }
    if (status == SEE_OK) {
        status = records_finding(store, NULL, &records->list[6].exchange, RECORDS_SERVER_RULE,
                                 SEE_SEVERITY_INFO);
    }
    if (status == SEE_OK) {
        records->connection.closed = records_stamp(80);
        records->connection.octets_missing[1] = 100;
        records->connection.ended = SEE_CONNECTION_FIN;
        status = see_store_connection(store, &records->connection);
    }
    if (status == SEE_OK) {
        status = records_coverage(store, 5);
    }
    if (status == SEE_OK) {
        status = records_capture(store, "complete");
    }
    return status;
}

#endif
