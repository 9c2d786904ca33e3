/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * exchange - a request and its final response, or one of them where the other
 * was not seen (RFC 9110, 3.4).
 *
 * One record, shared by reference count: whoever keeps the pointer past a
 * callback takes a reference.  Only the http room changes it; later fields fill
 * in as more of the exchange is seen, so a holder of R or F finds the content
 * length and the status there when they are known.
 *
 * Views point into memory that lives as long as the exchange.
 */
#ifndef SEE_HTTP_EXCHANGE_H
#define SEE_HTTP_EXCHANGE_H

#include "core/stamp.h"
#include "core/view.h"
#include "http/leniency.h"
#include "stream/connection.h"

/* BLAKE2b under a key of the run, or under the user's. */
struct see_digest {
    uint8_t octets[16];
};

/* One field line (RFC 9110, 5.2): the value without surrounding whitespace, obs-fold as SP. */
struct see_field {
    struct see_view name;
    struct see_view value;
};

#define SEE_FIELD_SLOTS 64

/* Where fields stand, to find one at once, or to see at once that it is not there. */
struct see_field_index {
    uint64_t is_taken; /* one bit for each slot; 0: nobody looked */
    /* The first field of a slot that is taken; past 255 one that stands before it. */
    uint8_t first[SEE_FIELD_SLOTS];
};

/* The slot of a name, in any case: few names share one. */
static inline unsigned see_field_slot(struct see_view name)
{
    /* Five bits of a letter are the same in both cases. */
    unsigned first = name.len > 0 ? (unsigned char)name.ptr[0] & 31u : 0;
    return (first + (unsigned)name.len * 5) % SEE_FIELD_SLOTS;
}

static inline void see_field_index_add(struct see_field_index *index, struct see_view name,
                                       size_t place)
{
    unsigned slot = see_field_slot(name);
    if ((index->is_taken >> slot & 1) == 0) {
        index->is_taken |= UINT64_C(1) << slot;
        index->first[slot] = (uint8_t)(place < UINT8_MAX ? place : UINT8_MAX);
    }
}

struct see_message {
    bool is_seen;            /* at least the start-line */
    bool has_head;           /* the header section was complete */
    bool is_complete;        /* and so was the content, with no octet missing */
    bool has_gap;            /* octets of it are missing, or it was found again after a gap */
    see_leniencies leniency; /* what it had to be forgiven; 0: it was read strictly */
    uint8_t http_major, http_minor;
    struct see_stamp first;    /* the frame with the first octet of the start-line */
    struct see_stamp head_end; /* the frame that completes the header section */
    struct see_stamp last;     /* the frame that completes it */
    uint64_t offset;           /* of the first octet in its direction of the connection */
    uint64_t acknowledged;     /* octets of the other direction that its sender had received when it
                                  sent the first one; 0 when not known */
    const struct see_field *fields;
    size_t field_count;
    struct see_field_index index; /* of its fields */
    uint64_t content_len;         /* octets after transfer decoding, so far */
    /*
     * Its first octets, after transfer decoding, of content that a rule may look into: that of a
     * redirect (see_exchange_is_redirect), and of a request with a form, multipart or JSON type.
     * Absent when there is none or it is not kept; `kept_content` of the limits at most, and never
     * beyond a gap.  See decoded.h.  For rules only: never to be stored or shown as it is.
     */
    struct see_view content_kept;
    bool content_is_cut;              /* more came, or is missing, than `content_kept` has */
    bool has_digest;                  /* `content_digest` is that of the whole content */
    struct see_digest content_digest; /* of the content; requests only */
    /*
     * The same for multipart content with its boundary taken out, since every client draws a new
     * one (RFC 2046, 5.1.1); otherwise equal to the content's.
     */
    struct see_digest bare_digest;
    uint64_t bare_len;
};

/* What names a client, a scheme or an authority. */
enum see_named_by {
    SEE_BY_CONNECTION,   /* the connection: its addresses; in the clear it is http */
    SEE_BY_TUNNEL,       /* the destination of a SOCKS or CONNECT tunnel */
    SEE_BY_PROXY_HEADER, /* the PROXY protocol's header of a trusted proxy */
    SEE_BY_FORWARDED,    /* Forwarded of a trusted proxy (RFC 7239) */
    SEE_BY_X_FORWARDED,  /* X-Forwarded-For, -Proto or -Host of a trusted proxy */
    SEE_BY_X_REAL_IP,    /* X-Real-IP of a trusted proxy */
    SEE_BY_HEADER,       /* the header field that the user chose to tell clients by */
    SEE_BY_HOST,         /* Host */
    SEE_BY_TARGET,       /* the request-target itself */
};

struct see_exchange {
    uint64_t id; /* within the run, from 1, in the order of first octets handled */
    struct see_connection *connection; /* a reference is held */
    uint8_t client_end;                /* which of connection->ends sent the request */
    uint32_t index;                    /* place on its connection, from 0; counts requests */

    struct see_view method; /* absent when the request was not seen */
    struct see_view target; /* the request-target as sent (RFC 9112, 3.2) */

    /*
     * The effective request URI (RFC 9110, 7.1), as the client asked for it where a trusted proxy
     * tells: absent when the request was not seen.
     */
    struct see_view scheme;    /* "http" or "https" */
    struct see_view authority; /* as sent; with the TCP port only when nothing names it */
    struct see_view
        uri; /* scheme and host in lower case, no default port, path and query as sent */
    struct see_view client; /* who asked, as text: an address, or what a trusted proxy says */
    enum see_named_by client_by, scheme_by, authority_by; /* what has named them */
    /*
     * The peer is a trusted proxy: requests of many clients may share its connections, and its
     * forwarding fields are believed.  Those of others are among the request's fields all the same.
     */
    bool is_from_proxy;
    bool has_proxy_header; /* the connection began with a PROXY header, believed or not */
    bool is_client_hidden; /* a proxy hides whom it serves: `client` is that proxy */
    uint32_t hops; /* how many proxies a trusted one says it came through; 0: it does not say */

    see_time_ns round_trip_ns; /* about that of the connection, at most; 0: not known */

    int status; /* of the final response; 0: none seen */

    struct see_message request;
    struct see_message response;
    uint32_t interim_responses; /* 1xx before the final one */
    bool is_over;               /* SEE_EXCHANGE_END has come: nothing changes any more */

    size_t held; /* octets of memory behind its views */
    uint32_t refs;
};

struct see_exchange *see_exchange_ref(struct see_exchange *exchange);
void see_exchange_unref(struct see_exchange *exchange); /* takes NULL */

/* Whether there may be a field of this name; false only if there is none. */
static inline bool see_message_may_have(const struct see_message *message, struct see_view name)
{
    uint64_t taken = message->index.is_taken;
    return taken == 0 || (taken >> see_field_slot(name) & 1) != 0;
}

/* see_message_field where there may be one. */
struct see_view see_message_find(const struct see_message *message, struct see_view name,
                                 size_t *ret_count);

/*
 * The value of the first field of this name (case-insensitive), absent when
 * there is none.  `ret_count` (may be NULL) tells how many lines have the name.
 */
static inline struct see_view see_message_field(const struct see_message *message,
                                                struct see_view name, size_t *ret_count)
{
    if (see_message_may_have(message, name)) {
        return see_message_find(message, name, ret_count);
    }
    if (ret_count != NULL) {
        *ret_count = 0;
    }
    return (struct see_view){NULL, 0};
}

/* Status 301, 302, 303, 307 or 308 (RFC 9110, 15.4). */
bool see_exchange_is_redirect(const struct see_exchange *exchange);

/*
 * Credentials of a request that a client sends alike wherever it sends them (Basic, Bearer), unlike
 * those of a dance, which are made anew; absent where there are none.
 */
struct see_view see_message_credentials(const struct see_message *request);

#endif
