/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check - what several rules ask of a redirect.
 *
 * R is the redirected request, S its 3xx response, F the follow-up.
 */
#ifndef SEE_RULES_CHECK_H
#define SEE_RULES_CHECK_H

#include "rules/rule.h"

/* R was seen with its header section, and so was F. */
bool see_check_both_requests(const struct see_redirect *redirect);

bool see_check_method_is(const struct see_exchange *exchange, const char *method);

/*
 * F's method is R's, GET or HEAD.  Nothing else was ever measured of a client that follows by
 * itself: a GET that becomes POST, or a POST that becomes DELETE, is a new action of its caller.
 */
bool see_check_is_automatic(const struct see_redirect *redirect);

/* The first of a 401 or 407 dance, which keeps its content until it is let in. */
bool see_check_is_probe(const struct see_exchange *f);

/* GET or HEAD. */
bool see_check_is_get(const struct see_exchange *exchange);

/* F has R's method. */
bool see_check_method_kept(const struct see_redirect *redirect);

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

/* "the 307 to POST was followed by GET" and both methods as evidence. */
void see_check_say_methods(const struct see_redirect *redirect, struct see_verdict *verdict);

/* The two content lengths as evidence. */
void see_check_say_lengths(const struct see_redirect *redirect, struct see_verdict *verdict);

#endif
