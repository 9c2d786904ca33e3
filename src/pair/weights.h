/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * weights - the signals that a pair is weighed by, in one table.
 *
 * A signal has points, and may say one of two things.  WHO: it was the same client, and not another
 * one behind the same address.  WHY: it was the redirect that made it ask, and not a person or a
 * program that wanted the target anyway.  High confidence needs both.
 */
#ifndef SEE_PAIR_WEIGHTS_H
#define SEE_PAIR_WEIGHTS_H

#include "pair/redirect.h"

enum weight {
    TARGET_T2,
    TARGET_T3,
    OTHER_WAY,
    NEXT_ON_CONNECTION,
    LATER_ON_CONNECTION,
    CONNECTION_WENT_ON,
    UNUSUAL_CONNECTION,
    SET_COOKIE_RETURNED,
    SET_COOKIE_MISSING,
    COOKIES_KEPT,
    COMMON_COOKIES_KEPT,
    COOKIES_DIFFER,
    COOKIES_ONE_SIDED,
    REFERER_KEPT,
    REFERER_ORIGIN_KEPT,
    REFERER_IS_REDIRECT,
    REFERER_ELSEWHERE,
    ORIGIN_NULL,
    SAME_FIELD_ORDER,
    SAME_FIELD_SET,
    SAME_DISTINCTIVE_FIELD,
    SAME_CONTENT,
    FRESH_TOKEN,
    AT_ONCE,
    SOON,
    LATE,
    NO_CHANCE,
    LITTLE_CHANCE,
    GREAT_CHANCE,
    USER_ACTION,
    PREFLIGHT,
    WEIGHTS
};

#define SAYS_WHO 1u
#define SAYS_WHY 2u
#define SAYS_OTHER 4u /* it may well have been another client: chance cannot tell WHO then */
#define SAYS_ELSE 8u  /* something else made it ask: only what came out of S tells WHY then */

struct pair_weight {
    struct see_signal signal;
    unsigned says;
};

extern const struct pair_weight pair_weights[WEIGHTS];

#endif
