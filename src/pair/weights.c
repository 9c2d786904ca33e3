/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/weights.h"

/*
 * Behind each weight: in how many of 81549 true pairs, and of 1583 false ones, the signal was seen
 * when tests/pairing was run on a busy machine (40 clients behind one address, one an address,
 * through a proxy; 0, 30 and 60 % not followed).  Where nothing stands those clients never show it
 * (Referer, Origin, repairs): such weights rest on captures of browsers and of twenty other
 * clients, all of whose follow-ups they have to find with high confidence
 * (tests/e2e/clients_test.py).
 */
const struct pair_weight pair_weights[WEIGHTS] = {
    [TARGET_T2] = {{"target equal after normalisation", -1}, 0},
    [TARGET_T3] = {{"target equal after a repair", -2}, 0},
    [OTHER_WAY] = {{"through another number of proxies", -3}, 0},
    /* 38.8 %, 15.1 % */
    [NEXT_ON_CONNECTION] = {{"next request on the same connection", 4}, SAYS_WHO},
    /* 0, 1.6 % */
    [LATER_ON_CONNECTION] = {{"same connection, but not the next request", -2}, 0},
    /* 0, 1.6 % */
    [CONNECTION_WENT_ON] = {{"the connection went on with another request", -1}, 0},
    /* 0.5 %, 11.8 % */
    [UNUSUAL_CONNECTION] = {{"not the connection such programs follow on", -2}, 0},
    /* 8.7 %, 24.3 % */
    [SET_COOKIE_RETURNED] = {{"a cookie set by the redirect comes back", 4}, SAYS_WHO},
    /* 0, 0.1 % */
    [SET_COOKIE_MISSING] = {{"a cookie set by the redirect is missing", -2}, SAYS_OTHER},
    /* 35.6 %, 43.8 % */
    [COOKIES_KEPT] = {{"the same cookies", 2}, SAYS_WHO},
    [COMMON_COOKIES_KEPT] = {{"the same cookies, which many may have", 1}, 0},
    /* 0, 0.7 % */
    [COOKIES_DIFFER] = {{"other cookies", -3}, SAYS_OTHER},
    /* 0, 2.2 % */
    [COOKIES_ONE_SIDED] = {{"cookies on one side only", -1}, SAYS_OTHER},
    [REFERER_KEPT] = {{"the same Referer", 3}, 0},
    [REFERER_ORIGIN_KEPT] = {{"the origin of the same Referer", 2}, 0},
    [REFERER_IS_REDIRECT] = {{"Referer is the redirected URI", 4}, SAYS_WHY},
    [REFERER_ELSEWHERE] = {{"Referer is another page", -4}, SAYS_ELSE},
    [ORIGIN_NULL] = {{"Origin: null after a redirect to another origin", 2}, SAYS_WHY},
    /* 100 %, 100 % */
    [SAME_FIELD_ORDER] = {{"the same order of header fields", 2}, 0},
    [SAME_FIELD_SET] = {{"the same header fields in another order", 1}, 0},
    [SAME_DISTINCTIVE_FIELD] = {{"the same distinctive header field", 4}, SAYS_WHO},
    /* 6.2 %, 0 */
    [SAME_CONTENT] = {{"the same content", 3}, SAYS_WHO | SAYS_WHY},
    /* 4.7 %, 0 */
    [FRESH_TOKEN] = {{"a token in the target not seen before", 4}, SAYS_WHO | SAYS_WHY},
    /* 97.5 %, 4.4 % */
    [AT_ONCE] = {{"at once", 2}, 0},
    /* 2.3 %, 9.7 % */
    [SOON] = {{"soon", 1}, 0},
    /* 0, 64.1 % */
    [LATE] = {{"after more than 1 s", -1}, 0},
    /* 98.6 %, 3.7 % */
    [NO_CHANCE] = {{"such a request hardly ever comes by chance", 4}, 0},
    /* 0.7 %, 2.0 % */
    [LITTLE_CHANCE] = {{"such a request seldom comes by chance", 2}, 0},
    /* 0.3 %, 90.3 % */
    [GREAT_CHANCE] = {{"such a request may well come by chance", -2}, 0},
    [USER_ACTION] = {{"a fresh user action", -4}, SAYS_ELSE},
    [PREFLIGHT] = {{"a preflight for the target just before", 2}, SAYS_WHY},
};
