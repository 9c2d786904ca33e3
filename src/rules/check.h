/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check - what several rules ask of a redirect.
 *
 * R is the redirected request, S its 3xx response, F the follow-up.
 */
#ifndef SEE_RULES_CHECK_H
#define SEE_RULES_CHECK_H

#include "rules/place.h"
#include "rules/rule.h"

static inline bool see_check_method_is(const struct see_exchange *exchange, const char *method)
{
    return see_view_eq(exchange->method, see_view_of(method));
}

/*
 * F's method is R's, GET or HEAD.  Nothing else was ever measured of a client that follows by
 * itself: a GET that becomes POST or HEAD, or a POST that becomes DELETE, is a new action of its
 * caller; a CONNECT cannot be followed; and a HEAD may become GET in a cache on the way.
 */
bool see_check_is_automatic(const struct see_redirect *redirect);

/*
 * Credentials that are the first message of NTLM: the same for everybody, and telling nothing
 * (MS-NLMP, 2.2.1.1).
 */
bool see_check_is_greeting(struct see_view credentials);

/* The first of a 401 or 407 dance, which keeps its content until it is let in. */
bool see_check_is_probe(const struct see_exchange *f);

/* The request's content is an HTML form (urlencoded or multipart). */
bool see_check_is_form(const struct see_exchange *exchange);

/* The message's media type is this one, parameters aside. */
bool see_check_is_type(const struct see_message *message, const char *type);

/* GET or HEAD. */
static inline bool see_check_is_get(const struct see_exchange *exchange)
{
    return see_check_method_is(exchange, "GET") || see_check_method_is(exchange, "HEAD");
}

/* F has R's method. */
static inline bool see_check_method_kept(const struct see_redirect *redirect)
{
    return see_view_eq(redirect->exchange->method, redirect->followup->method);
}

/* Whether two URIs are equal after normalisation; `broken` becomes true when memory ran out. */
bool see_check_same_uri(struct see_view a, struct see_view b, bool *broken);

/*
 * The whole head was seen, and in its place: nothing of it was guessed after a gap or stepped over,
 * and nobody reads other fields in it.
 */
bool see_check_is_sure(const struct see_message *message);

/* The request's content was seen whole and is not empty. */
bool see_check_had_content(const struct see_exchange *exchange);

/* The request was seen whole and has no content. */
bool see_check_has_no_content(const struct see_exchange *exchange);

/* The contents of both were seen whole and are the same, but for a multipart boundary. */
bool see_check_same_content(const struct see_redirect *redirect);

/*
 * Whether F's method is one that the status allows for R's (RFC 9110, 15.4): 301 and 302 let POST
 * become GET, 303 turns all into GET (HEAD is tolerated), 307 and 308 change nothing.
 */
bool see_check_method_fits(int status, struct see_view before, struct see_view after);

/*
 * F went to another scheme, host or port than R.  Where neither names a port, the TCP ports tell,
 * if the Location named F's: a client may leave ports out, and a proxy may have several servers.
 */
bool see_check_is_cross_origin(const struct see_redirect *redirect);

/* A field shows that the request, or one before it, came through a proxy or gateway. */
bool see_check_came_by_proxy(const struct see_exchange *exchange);

/*
 * The host that the request names may be one that only the proxy before the server knows, as nginx
 * sends it (by HTTP/1.0) where nobody has set Host: what its public name is cannot be told.
 */
bool see_check_has_inner_name(const struct see_exchange *exchange);

/* "http://b.example:8080" of F, and R's and F's origins and the field's name as evidence. */
void see_check_say_origins(const struct see_redirect *redirect, struct see_verdict *verdict,
                           struct see_view field);

/* "http://b.example" of the place, and R's origin and the place as evidence. */
void see_check_say_place(const struct see_exchange *r, const struct see_place *place,
                         struct see_verdict *verdict);

/* "the 307 to POST was followed by GET" and both methods as evidence. */
void see_check_say_methods(const struct see_redirect *redirect, struct see_verdict *verdict);

/* The two content lengths as evidence. */
void see_check_say_lengths(const struct see_redirect *redirect, struct see_verdict *verdict);

#endif
