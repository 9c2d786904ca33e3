/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http - finds HTTP/1 in any connection and hands on its exchanges.
 *
 * The protocol is told by content, never by port.  Each exchange goes through
 * these events, each at most once, SEE_EXCHANGE_END always and last:
 *
 *     REQUEST_HEAD -> REQUEST_END -> RESPONSE_HEAD -> EXCHANGE_END
 *
 * REQUEST_END comes after RESPONSE_HEAD when a server answers early.  A response
 * whose request was not seen has RESPONSE_HEAD and EXCHANGE_END only.  Interim
 * (1xx) responses are counted, not handed on.  Content is digested, never kept.
 *
 * After a gap, or octets that are no HTTP, the next start-line is looked for and
 * what it belongs to carries `has_gap`.
 */
#ifndef SEE_HTTP_HTTP_H
#define SEE_HTTP_HTTP_H

#include "core/counts.h"
#include "core/limits.h"
#include "core/status.h"
#include "http/exchange.h"
#include "http/forwarded.h"
#include "stream/stream.h"

enum see_exchange_event {
    SEE_REQUEST_HEAD,  /* the request's header section is complete */
    SEE_REQUEST_END,   /* its content ended, whole or not: request.is_complete tells */
    SEE_RESPONSE_HEAD, /* the final response's header section is complete */
    SEE_EXCHANGE_END,  /* no more will be known */
};

struct see_http_sink {
    void *ctx;
    int (*exchange)(void *ctx, struct see_exchange *exchange, enum see_exchange_event event);
    /* A gap on an HTTP connection: octets that could hide a request of ends[direction] are gone. */
    int (*gap)(void *ctx, const struct see_chunk *gap);
    /* ends[end] sent what may be a request, and it could not be read: malformed, cut, too large. */
    int (*unread)(void *ctx, const struct see_connection *connection, unsigned end,
                  struct see_stamp stamp);
};

struct see_http_options {
    const char *digest_key;            /* the user's key for digests, or NULL: one of the run */
    struct see_client_options clients; /* what it points at is borrowed */
};

struct see_http;
struct see_http_look;

/* `limits` is copied.  NULL when memory ran out. */
struct see_http *see_http_new(const struct see_limits *limits,
                              const struct see_http_options *options, struct see_http_sink sink);

/* From the next request on, clients are told apart like this; what it points at is borrowed. */
void see_http_clients(struct see_http *http, const struct see_client_options *clients);

/* A chunk of this connection comes soon: what will be needed for it is fetched from memory. */
void see_http_expect(const struct see_connection *connection);

/*
 * What was looked at of the segments that come next, in their order; borrowed until the next call.
 */
void see_http_looked(struct see_http *http, const struct see_http_look *looks, size_t count);

/* These three are the sink of a stream.  They fail with SEE_ENOMEM, or with what the sink returned.
 */
SEE_MUST_CHECK int see_http_chunk(struct see_http *http, const struct see_chunk *chunk);
SEE_MUST_CHECK int see_http_finished(struct see_http *http, struct see_connection *connection,
                                     unsigned direction, struct see_stamp stamp);
SEE_MUST_CHECK int see_http_closed(struct see_http *http, struct see_connection *connection);

/* Valid until the next call. */
struct see_counts see_http_counts(struct see_http *http);

void see_http_free(struct see_http *http); /* takes NULL; connections must be closed before */

#endif
