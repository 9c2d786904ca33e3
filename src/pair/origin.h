/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * origin - whether two requests went to the same place (RFC 6454, 4).
 *
 * Some clients and proxies leave the port out of Host, so where Host names none, the
 * port that the client connected to, its own, is tried too: that of TCP, or what a
 * trusted proxy says (X-Forwarded-Port).  The answer is the one that accuses nobody.
 */
#ifndef SEE_PAIR_ORIGIN_H
#define SEE_PAIR_ORIGIN_H

#include "core/status.h"
#include "core/text.h"
#include "http/exchange.h"

/* Scheme, host and port are the same.  False when either request was not seen. */
bool see_origin_same(const struct see_exchange *a, const struct see_exchange *b);

/* The hosts alone are the same, however they are spelled. */
bool see_origin_same_host(const struct see_exchange *a, const struct see_exchange *b);

/* The host that the request names, without its port. */
struct see_view see_origin_host(const struct see_exchange *exchange);

/* The port that the request names, or else its scheme's; 0 when that has none. */
unsigned see_origin_port(const struct see_exchange *exchange);

/* Whether that port is part of the origin: the request names none, and it is known. */
bool see_origin_has_own_port(const struct see_exchange *exchange);

/* The port that the client connected to; 0 where a proxy tells of all else but that. */
uint16_t see_origin_own_port(const struct see_exchange *exchange);

/*
 * Appends the request's URI with that port put in.  False, and nothing appended, where its
 * authority names a port already or the port is the scheme's default.
 */
bool see_origin_uri_with_port(const struct see_exchange *exchange, struct see_text *out);

#endif
