/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rules - holds each redirect against the catalogue and hands on findings.
 *
 * A client is accused only when the pair is sure: a rule about the client keeps
 * its severity at high confidence, loses one level at medium, and is not stored
 * at low.  What rests on octets that were not seen is not asserted.
 */
#ifndef SEE_RULES_RULES_H
#define SEE_RULES_RULES_H

#include "core/counts.h"
#include "core/status.h"
#include "rules/rule.h"

struct see_rules_sink {
    void *ctx;
    int (*finding)(void *ctx, const struct see_finding *finding);
};

struct see_rules;

/* NULL when memory ran out. */
struct see_rules *see_rules_new(struct see_rules_sink sink);

/* Turns a rule off, or on alone (the first `only` turns all others off).  False: no such rule. */
bool see_rules_disable(struct see_rules *rules, struct see_view id);
bool see_rules_only(struct see_rules *rules, struct see_view id);

/* The sink of pair.  Fails with SEE_ENOMEM, or with what the sink returned. */
SEE_MUST_CHECK int see_rules_redirect(struct see_rules *rules, const struct see_redirect *redirect);

/* Valid until the next call. */
struct see_counts see_rules_counts(struct see_rules *rules);

void see_rules_free(struct see_rules *rules); /* takes NULL */

#endif
