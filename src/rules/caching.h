/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * caching - what a response says about how long it holds (RFC 9111), and how long
 * to wait (RFC 9110, 10.2.3).
 */
#ifndef SEE_RULES_CACHING_H
#define SEE_RULES_CACHING_H

#include "http/exchange.h"

struct see_caching {
    bool is_forbidden; /* a shared cache must not store it, or not use it unasked */
    bool is_public;    /* Cache-Control: public or s-maxage */
    bool is_momentary; /* what another request gets may differ: no-store, no-cache or a Vary */
    bool has_lifetime; /* it gives explicit freshness (RFC 9111, 4.2.1) */
    int64_t lifetime_s;
};

struct see_caching see_caching_of(const struct see_message *response);

/* The seconds that Retry-After asks for, a date taken against Date; false without either. */
bool see_caching_retry_after(const struct see_message *response, int64_t *ret_seconds);

/* Seconds since 1970 of an IMF-fixdate (RFC 9110, 5.6.7); false for anything else. */
bool see_caching_date(struct see_view value, int64_t *ret_seconds);

#endif
