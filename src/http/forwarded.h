/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forwarded - what proxies say of a request that they hand on: Forwarded (RFC 7239),
 * X-Forwarded-For, -Proto and -Host, X-Real-IP, and the PROXY protocol.
 *
 * Anyone can send such fields, so only a trusted proxy is believed, and only as far as the row of
 * proxies is trusted:
 *
 *     X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.2          peer 10.0.0.1
 *                      made up  the client   trusted           trusted
 *                               <------------------- read from the right
 *
 * The right-most address that is not trusted is the client; if all are trusted, the left-most is.
 * An element that is no address ("unknown", "_hidden") ends the walk: what stands left of it was
 * said by someone unknown.  Scheme and host are those of the hop at which the client came in.
 */
#ifndef SEE_HTTP_FORWARDED_H
#define SEE_HTTP_FORWARDED_H

#include "http/exchange.h"
#include "http/handshake.h"

/* Who is believed, and how a client is told from another. */
enum see_client_by {
    SEE_CLIENT_AUTO,   /* as above */
    SEE_CLIENT_IP,     /* by the address of the peer, whatever proxies say */
    SEE_CLIENT_HEADER, /* by the value of a header field */
};

struct see_client_options {
    enum see_client_by by;
    const char *header;             /* its name, for SEE_CLIENT_HEADER */
    const struct see_cidr *trusted; /* proxies; none: see below */
    size_t trusted_count;
};

/*
 * Without a list of trusted proxies, loopback, private and link-local addresses are; for
 * SEE_CLIENT_HEADER, which the user has asked for by name, everyone is.
 */
struct see_forwarded {
    bool is_from_proxy;             /* the peer is a trusted proxy */
    bool is_hidden;                 /* what stands for the client is no address */
    struct see_address client;      /* family 0: the header field below, or else the peer */
    struct see_view client_field;   /* the value that SEE_CLIENT_HEADER asks for, no address */
    enum see_named_by client_by;    /* SEE_BY_CONNECTION: the peer */
    uint32_t hops;                  /* proxies that have named who asked them; 0: none */
    struct see_view scheme;         /* "http" or "https", absent when nobody says */
    enum see_named_by scheme_by;    /* when it is there */
    struct see_view authority;      /* likewise */
    enum see_named_by authority_by; /* likewise */
};

/*
 * What is known of a request that came from `peer`; `header` is the connection's PROXY header, or
 * NULL.  Views point into the request's fields.
 */
struct see_forwarded see_forwarded_read(const struct see_client_options *options,
                                        const struct see_address *peer,
                                        const struct see_proxy_header *header,
                                        const struct see_message *request);

/* Whether that is nothing at all, whoever the peer is: true for most requests. */
bool see_forwarded_is_silent(const struct see_client_options *options,
                             const struct see_proxy_header *header,
                             const struct see_message *request);

/*
 * The address of a node (RFC 7239, 6; X-Forwarded-For as it is met): quotes, brackets and a port
 * are taken off.  False when it is none.
 */
bool see_forwarded_node(struct see_view node, struct see_address *ret_address);

/*
 * Whether two requests carry the same forwarding fields, believed or not: the same names in the
 * same places, leaving out ports, which differ from connection to connection.
 */
bool see_forwarded_same(const struct see_message *a, const struct see_message *b);

#endif
