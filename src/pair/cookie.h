/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cookie - Cookie and Set-Cookie fields, as far as pairing looks into them (RFC 6265).
 */
#ifndef SEE_PAIR_COOKIE_H
#define SEE_PAIR_COOKIE_H

#include "http/exchange.h"

struct see_cookie {
    struct see_view name;
    struct see_view value;
};

/*
 * Walks the cookies of a request over all its Cookie fields.  Start with a zeroed walk; false at
 * the end.
 */
struct see_cookie_walk {
    size_t field;
    struct see_view rest;
};
bool see_cookie_next(const struct see_message *request, struct see_cookie_walk *walk,
                     struct see_cookie *ret_cookie);

/* The cookie of this name in a request; false when it has none. */
bool see_cookie_find(const struct see_message *request, struct see_view name,
                     struct see_cookie *ret_cookie);

/*
 * Takes apart a Set-Cookie value: the cookie, its Domain without a leading dot (absent when there
 * is none), its Path (likewise), and whether it deletes the cookie.  False when it is none.
 */
bool see_cookie_parse_set(struct see_view value, struct see_cookie *ret_cookie,
                          struct see_view *ret_domain, struct see_view *ret_path,
                          bool *ret_deletes);

#endif
