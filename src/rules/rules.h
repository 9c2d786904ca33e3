/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rules - holds redirects and exchanges against the catalogue and hands on findings.
 *
 * A client is accused only when the pair is sure: a rule about a follow-up keeps
 * its severity at high confidence, loses one level at medium (what is only worth
 * knowing stays), and is not stored at low.  What rests on octets that were not
 * seen is not asserted.
 *
 * Rules about what comes last, the content of S or the answer to F, are asked when
 * both exchanges are over; redirects are kept until then (late.h).
 */
#ifndef SEE_RULES_RULES_H
#define SEE_RULES_RULES_H

#include "core/counts.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/status.h"
#include "http/http.h"
#include "rules/rule.h"

struct see_rules_sink {
    void *ctx;
    int (*finding)(void *ctx, const struct see_finding *finding);
};

struct see_rules;

/* `limits` and `key` are copied.  NULL when memory ran out. */
struct see_rules *see_rules_new(const struct see_limits *limits, const struct see_hash_key *key,
                                struct see_rules_sink sink);

/* Turns a rule off, or on alone (the first `only` turns all others off).  False: no such rule. */
bool see_rules_disable(struct see_rules *rules, struct see_view id);
bool see_rules_only(struct see_rules *rules, struct see_view id);

/* All are on again, as at first. */
void see_rules_reset(struct see_rules *rules);

/*
 * Each rule about redirects is asked whatever it needs (enum see_need), which takes longer and
 * finds the same: tests hold one against the other.
 */
void see_rules_ignore_needs(struct see_rules *rules);

/* Whether the rule is asked; it has to be one of the catalogue. */
bool see_rules_is_on(const struct see_rules *rules, const struct see_rule *rule);

/* Which rules are on, in the order of the catalogue. */
const bool *see_rules_on(const struct see_rules *rules);

/* The sink of pair.  Fails with SEE_ENOMEM, or with what the sink returned. */
SEE_MUST_CHECK int see_rules_redirect(struct see_rules *rules, const struct see_redirect *redirect);

/* Every event of every exchange, after pair has had it.  Fails likewise. */
SEE_MUST_CHECK int see_rules_exchange(struct see_rules *rules, const struct see_exchange *exchange,
                                      enum see_exchange_event event);

/* The run is over, and pair has said its last word.  Fails likewise. */
SEE_MUST_CHECK int see_rules_flush(struct see_rules *rules);

/* Valid until the next call. */
struct see_counts see_rules_counts(struct see_rules *rules);

void see_rules_free(struct see_rules *rules); /* takes NULL */

#endif
