/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dialog - which response answers which request of a connection, and the events.
 *
 * Responses come in the order of their requests (RFC 9112, 9.3.2), so as long as
 * every octet is seen, the next final response answers the oldest request that
 * waits.  Two numbers of every message check that: what its sender had received
 * when it sent it, as its TCP acknowledged.
 *
 *     a response cannot answer a request that its server had not yet received
 *     a response that a client had (partly) received when it sent a request
 *         cannot answer that request
 *
 * Where a gap may have swallowed a response (or a request), or one could not be
 * read, counting would shift every later pair by one.  There only evidence pairs:
 * a response that could answer one request only, or the latest request whose
 * client had received more of the answers than all that we know belongs to earlier
 * requests, for then it did not pipeline and had its earlier answers.  Without
 * evidence a response is handed on without a request.  answer.h decides that.
 *
 * Requests that a gap may have swallowed stand in the list as one hidden record.
 *
 * An exchange ends when both its messages have.  After an early response that is
 * when the content of the request ends, when the next request comes in its place,
 * or when the connection closes.
 */
#ifndef SEE_HTTP_DIALOG_H
#define SEE_HTTP_DIALOG_H

#include "http/handshake.h"
#include "http/parser.h"
#include "http/room.h"

/* What is known of a connection that a proxy relays. */
struct see_relayed {
    /* The authority that the client had it connect to, by SOCKS or CONNECT; empty: none. */
    struct see_text destination;
    struct see_proxy_header header; /* what it said, where there is one */
    bool has_header;
};

/* "A / HTTP/1.1", "HTTP/1.1 200" and two line ends: no message is shorter. */
#define SEE_SHORTEST_MESSAGE 16

struct see_dialog {
    struct see_http *http;
    struct see_connection *connection;
    struct see_record *oldest, *newest; /* requests that wait for their response */
    size_t waiting;
    size_t held;                 /* octets behind the views of exchanges that are not over */
    uint64_t owed;               /* responses to come for requests that the limit has pushed out */
    see_time_ns round_trip_ns;   /* from the SYN to the first request, at least 1; 0: not known */
    struct see_relayed *relayed; /* NULL: nothing is known of that */
    uint32_t next_index;
    struct see_interim {
        struct see_mark begin;
        uint64_t answers_known;
        bool is_here;  /* interim responses came, and what they belong to has not yet */
        bool is_found; /* the first of them, behind a gap */
        bool may_miss; /* and that could hold a response */
    } interim;
    uint8_t client;     /* which end sends the requests */
    bool is_unsure;     /* a response may not have been seen since the last certain pair */
    bool has_pipelined; /* a request was sent before the answer to the one before it was there */
    bool is_from_proxy; /* a request of this connection came from a trusted proxy */
};

/* What is known of a head beyond its octets. */
struct see_head_place {
    struct see_mark begin;  /* of its start-line */
    struct see_stamp end;   /* the latest of its frames so far: octets may come late */
    bool is_whole;          /* its end was seen, and it is sound */
    bool is_found;          /* it was found again: after a gap, or octets that are no HTTP */
    uint64_t answers_known; /* of a response: up to where octets belong to earlier ones */
    bool may_miss_response; /* of a response: a gap before it could hold another */
};

void see_dialog_init(struct see_dialog *dialog, struct see_http *http,
                     struct see_connection *connection);

/* Room for what a proxy says of the connection; NULL when memory ran out. */
struct see_relayed *see_dialog_relayed(struct see_dialog *dialog);

/* Frees what it holds, without an event for what waits. */
void see_dialog_finish(struct see_dialog *dialog);

/* Whether `record` waits for its response. */
bool see_dialog_is_waiting(const struct see_dialog *dialog, const struct see_record *record);

/*
 * A request-line was seen.  `is_quiet`: when it was sent its client had received all that was ever
 * answered, and no answer was under way.  `room`: octets that its head and URI will need, if
 * that is known.  The record is borrowed until its request is over.
 */
SEE_MUST_CHECK int see_dialog_request_begin(struct see_dialog *dialog, const struct see_mark *begin,
                                            bool is_quiet, size_t room,
                                            struct see_record **ret_record);

/* Its head is complete, or as far as it goes.  Takes over `head->block`, even when it fails. */
SEE_MUST_CHECK int see_dialog_request_head(struct see_dialog *dialog, struct see_record *record,
                                           struct see_head *head,
                                           const struct see_head_place *place);

/* A response is coming before the end of this head: takes what is there of it.  As above. */
SEE_MUST_CHECK int see_dialog_request_overtaken(struct see_dialog *dialog,
                                                struct see_record *record, struct see_head *head,
                                                const struct see_head_place *place);

/* Nothing more will come of this request. */
SEE_MUST_CHECK int see_dialog_request_end(struct see_dialog *dialog, struct see_record *record);

/* A gap has swallowed at least one request (`is_certain`), or may have. */
SEE_MUST_CHECK int see_dialog_hide_requests(struct see_dialog *dialog, const struct see_mark *begin,
                                            bool is_certain);

/* The gap turned out to be too small for that. */
void see_dialog_unhide_requests(struct see_dialog *dialog);

/* What came where a response was due may have been one. */
void see_dialog_hide_response(struct see_dialog *dialog);

/* The head of an interim (1xx) response. */
void see_dialog_interim(struct see_dialog *dialog, const struct see_head_place *place);

/*
 * A final response was seen: the record of the request that it answers, or a new one where that
 * cannot be told.  Borrowed until `see_dialog_response_end`.
 */
SEE_MUST_CHECK int see_dialog_answer(struct see_dialog *dialog, const struct see_head_place *place,
                                     struct see_record **ret_record);

/* Its head, complete or as far as it goes.  Takes over `head->block`, even when it fails. */
SEE_MUST_CHECK int see_dialog_response_head(struct see_dialog *dialog, struct see_record *record,
                                            struct see_head *head,
                                            const struct see_head_place *place);

/* Of a response whose head is whole. */
enum see_framing see_dialog_response_framing(const struct see_record *record,
                                             const struct see_head *head);

SEE_MUST_CHECK int see_dialog_response_end(struct see_dialog *dialog, struct see_record *record);

/* No more responses will come: every request that waits goes without one. */
SEE_MUST_CHECK int see_dialog_close(struct see_dialog *dialog);

#endif
