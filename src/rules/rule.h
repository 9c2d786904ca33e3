/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule - what is checked, why, and who says so.
 *
 * A rule is data and one pure function: it looks at a redirect, and when its
 * condition holds it fills in a verdict.  The engine adds what is common to all:
 * the confidence it takes, the place in time, the switch that turns it off.
 */
#ifndef SEE_RULES_RULE_H
#define SEE_RULES_RULE_H

#include "core/text.h"
#include "rules/finding.h"

struct see_verdict {
    enum see_severity severity; /* starts as the rule's highest */
    enum see_strength strength; /* likewise */
    struct see_text *message;   /* append one sentence */
    struct see_text *evidence;  /* append members of a JSON object: "\"a\":1,\"b\":2" */
};

struct see_rule {
    const char *id;
    enum see_severity severity; /* the highest it can reach */
    enum see_strength strength; /* likewise */
    enum see_party party;
    const char *title;        /* a few words */
    const char *condition;    /* a sentence: when it fires */
    const char *citation;     /* "RFC 9110, 15.4.8" */
    const char *citation_url; /* where to read it */
    const char *advice;       /* a sentence or two: what it means, who has to change what */
    /* Whether the condition holds.  Rules about the client are asked of followed redirects only. */
    bool (*check)(const struct see_redirect *redirect, struct see_verdict *verdict);
};

/* All rules, in the order of the catalogue, NULL at the end. */
extern const struct see_rule *const see_rules_all[];

/* The rule of this id, or NULL. */
const struct see_rule *see_rule_find(struct see_view id);

#endif
