/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * room - what the files of this room share: limits, sink, books.
 */
#ifndef SEE_HTTP_ROOM_H
#define SEE_HTTP_ROOM_H

#include "core/text.h"
#include "http/content.h"
#include "http/http.h"
#include "http/hunt.h"
#include "http/record.h"
#include "http/talks.h"

#define SEE_HTTP_COUNT_LENIENT(name, word, is_framing) \
    SEE_HTTP_COUNT(lenient_##name, "messages", NOTE)

/* SEE_HTTP_COUNT(name, unit, kind); the names are public. */
#define SEE_HTTP_COUNTS(SEE_HTTP_COUNT)                                                       \
    /* Start-lines recognised; complete heads handed on; and why the others were not. */      \
    SEE_HTTP_COUNT(messages, "messages", IN)                                                  \
    SEE_HTTP_COUNT(requests, "messages", OUT)                                                 \
    SEE_HTTP_COUNT(responses, "messages", OUT)                                                \
    SEE_HTTP_COUNT(interim_responses, "messages", OUT)                                        \
    SEE_HTTP_COUNT(messages_malformed, "messages", DROPPED)                                   \
    SEE_HTTP_COUNT(messages_too_large, "messages", DROPPED)                                   \
    SEE_HTTP_COUNT(messages_cut, "messages", DROPPED)                                         \
    /* Connections with octets, by what they speak; undecided: closed before it was clear. */ \
    SEE_HTTP_COUNT(connections, "connections", IN)                                            \
    SEE_HTTP_COUNT(connections_http, "connections", OUT)                                      \
    SEE_HTTP_COUNT(connections_tls, "connections", DROPPED)                                   \
    SEE_HTTP_COUNT(connections_http2, "connections", DROPPED)                                 \
    SEE_HTTP_COUNT(connections_http09, "connections", DROPPED)                                \
    SEE_HTTP_COUNT(connections_other, "connections", DROPPED)                                 \
    SEE_HTTP_COUNT(connections_undecided, "connections", DROPPED)                             \
    /* Octets; handshake: SOCKS, PROXY headers; skipped: of HTTP, but of no message. */       \
    SEE_HTTP_COUNT(octets, "octets", IN)                                                      \
    SEE_HTTP_COUNT(octets_messages, "octets", OUT)                                            \
    SEE_HTTP_COUNT(octets_handshake, "octets", DROPPED)                                       \
    SEE_HTTP_COUNT(octets_skipped, "octets", DROPPED)                                         \
    SEE_HTTP_COUNT(octets_not_http, "octets", DROPPED)                                        \
    /* Beside the books. */                                                                   \
    SEE_HTTP_COUNT(octets_missing, "octets", NOTE)                                            \
    SEE_HTTP_COUNT(gaps, "gaps", NOTE)                                                        \
    SEE_HTTP_COUNT(resyncs, "messages", NOTE)                                                 \
    SEE_HTTP_COUNT(contents_malformed, "messages", NOTE)                                      \
    SEE_HTTP_COUNT(contents_cut, "messages", NOTE)                                            \
    /* Messages that were forgiven something, by what that was. */                            \
    SEE_LENIENCIES(SEE_HTTP_COUNT_LENIENT)                                                    \
    /* Of the HTTP connections, those of which one direction was not seen. */                 \
    SEE_HTTP_COUNT(connections_requests_only, "connections", NOTE)                            \
    SEE_HTTP_COUNT(connections_responses_only, "connections", NOTE)                           \
    SEE_HTTP_COUNT(connections_socks, "connections", NOTE)                                    \
    SEE_HTTP_COUNT(connections_proxy_header, "connections", NOTE)                             \
    SEE_HTTP_COUNT(connections_tunnelled, "connections", NOTE)                                \
    SEE_HTTP_COUNT(tunnels_http, "tunnels", NOTE)                                             \
    SEE_HTTP_COUNT(connections_given_up, "connections", NOTE)                                 \
    SEE_HTTP_COUNT(connections_upgraded, "connections", NOTE)                                 \
    SEE_HTTP_COUNT(exchanges, "exchanges", NOTE)                                              \
    SEE_HTTP_COUNT(exchanges_without_response, "exchanges", NOTE)                             \
    SEE_HTTP_COUNT(exchanges_without_request, "exchanges", NOTE)                              \
    SEE_HTTP_COUNT(exchanges_evicted, "exchanges", NOTE)

enum see_http_count {
#define SEE_HTTP_COUNT(name, unit, kind) SEE_HTTP_COUNT_##name,
    SEE_HTTP_COUNTS(SEE_HTTP_COUNT)
#undef SEE_HTTP_COUNT
        SEE_HTTP_COUNT_COUNT
};

struct see_http {
    struct see_limits limits;
    struct see_http_sink sink;
    struct see_client_options clients;
    struct see_content_key digest_key;
    struct see_digest empty_digest;
    struct see_pool *pool;                /* for what goes round: records, heads, readings */
    struct see_hunt idle_hunt, lost_hunt; /* for lanes that have nothing to hunt for */
    struct see_text spare_octets;         /* memory of lanes that rest, for the next that reads */
    struct see_text scratch[2];           /* for building a URI; bounded by `head_octets` */
    uint64_t last_id;                     /* of an exchange */
    const struct see_http_look *looks;    /* of segments that come next, or came; borrowed */
    size_t look_count;
    struct see_talks talks;
    struct see_count counts[SEE_HTTP_COUNT_COUNT];
};

static inline void see_http_add(struct see_http *http, enum see_http_count which, uint64_t n)
{
    http->counts[which].value += n;
}

/* A message was forgiven all of these. */
static inline void see_http_count_leniency(struct see_http *http, see_leniencies set)
{
    for (unsigned i = 0; set >> i != 0; i++) {
        http->counts[(unsigned)SEE_HTTP_COUNT_lenient_target + i].value += set >> i & 1;
    }
}

#endif
