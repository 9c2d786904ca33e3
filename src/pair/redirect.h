/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * redirect - a redirect and the request that followed it, or why none did.
 *
 * Borrowed by the sink, exchanges included; take references to keep those.
 */
#ifndef SEE_PAIR_REDIRECT_H
#define SEE_PAIR_REDIRECT_H

#include "http/exchange.h"
#include "pair/targets.h"

enum see_outcome {
    SEE_OUTCOME_FOLLOWED,     /* a follow-up was paired */
    SEE_OUTCOME_NOT_FOLLOWED, /* the window closed, and we would have seen it */
    SEE_OUTCOME_UNOBSERVABLE, /* the follow-up could not be seen from here: `why` tells */
    SEE_OUTCOME_NO_LOCATION,  /* nothing to follow */
    SEE_OUTCOME_PENDING,      /* the capture ended inside the window */
    SEE_OUTCOME_EVICTED,      /* a limit was reached */
};

enum see_confidence {
    SEE_CONFIDENCE_NONE, /* not followed: nothing to be sure of */
    SEE_CONFIDENCE_LOW,
    SEE_CONFIDENCE_MEDIUM,
    SEE_CONFIDENCE_HIGH,
};

/* One reason for or against a pair, and what it weighed. */
struct see_signal {
    const char *name;
    int points;
};

#define SEE_SIGNALS_MAX 24

struct see_redirect {
    uint64_t id;                         /* within the run, from 1, in the order of the 3xx */
    const struct see_exchange *exchange; /* R and S; R's part may be missing */
    const struct see_exchange *followup; /* F, or NULL */
    enum see_outcome outcome;
    const char *why;            /* a sentence fragment on the outcome, static; never NULL */
    struct see_view location;   /* the first Location as sent; absent when there is none */
    size_t location_count;      /* how many lines */
    bool is_plain;              /* it is one, and plain: `see_uri_resolve_plain` */
    struct see_view target_uri; /* the T0 target, or the one that was followed; absent when none */

    /* Of a followed redirect. */
    enum see_tier tier;
    const char *repair; /* T3: what the client mended; else NULL */
    enum see_confidence confidence;
    int score;
    bool says_who;     /* something tells that it was the same client */
    bool is_by_chance; /* nothing does, unless that hardly anybody else could have asked */
    bool says_why;     /* something tells that the redirect made it ask */
    int runner_up;     /* score of the next best candidate; INT_MIN when there was none */
    struct see_signal signals[SEE_SIGNALS_MAX];
    size_t signal_count;
    bool is_same_connection;
    see_time_ns delay_ns; /* from the end of S's header section to F's first octet */

    /* Its place in its chain. */
    uint64_t chain_id; /* the id of the chain's first redirect */
    uint32_t hop;      /* from 1 */
    /*
     * Redirects of the chain followed so far, this one included, and how sure the weakest of these
     * links is.  A link of low confidence does not count, and the counting begins anew behind it.
     */
    uint32_t chain_followed;
    enum see_confidence chain_confidence;
    /*
     * A cycle: the same request (method, URI, cookies) again.  How often this one was made in this
     * chain, itself included; whether it is the one that the cycle was first noticed at, so that
     * one round counts once; and how many redirects were followed since that was made first.
     */
    uint32_t visits;
    bool is_cycle_start;
    bool has_new_cookies; /* the same method and URI before in this chain, with other cookies */
    uint32_t cycle_followed;
};

const char *see_outcome_name(enum see_outcome outcome);          /* "followed", ... */
const char *see_confidence_name(enum see_confidence confidence); /* NULL for none */
const char *see_tier_name(enum see_tier tier);                   /* "T0", ... */

#endif
