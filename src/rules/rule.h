/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule - what is checked, why, and who says so.
 *
 * A rule is data and one pure function: it looks at a redirect or an exchange, and
 * when its condition holds it fills in a verdict.  The engine adds what is common
 * to all: whom it is asked of, the octets it may rest on, the confidence it takes,
 * the place in time, the switch that turns it off.
 */
#ifndef SEE_RULES_RULE_H
#define SEE_RULES_RULE_H

#include "core/limits.h"
#include "core/text.h"
#include "rules/finding.h"
#include "rules/site.h"

struct see_submission;

/* What a rule is asked of. */
enum see_subject {
    SEE_SUBJECT_FOLLOWED, /* redirects that were followed; the pair has to be sure */
    SEE_SUBJECT_REDIRECT, /* all redirects */
    SEE_SUBJECT_EXCHANGE, /* all exchanges, redirects among them */
    SEE_SUBJECT_REPEAT,   /* what was submitted before (submissions.h) */
    SEE_SUBJECT_CAPTURES, /* all captures of a database, in SQL (store/across.h) */
};

/* Of which redirects; 0 means all. */
enum see_on {
    SEE_ON_301 = 1,
    SEE_ON_302 = 2,
    SEE_ON_303 = 4,
    SEE_ON_307 = 8,
    SEE_ON_308 = 16,
};
#define SEE_ONS 5

/*
 * What has to hold of a redirect, cheap to tell, before a rule is asked: where it does not, neither
 * does the condition.
 */
enum see_need {
    SEE_NEED_POST = 1,           /* the request is a POST */
    SEE_NEED_NO_GET = 2,         /* it is neither GET nor HEAD */
    SEE_NEED_ODD_LOCATION = 4,   /* there is no Location, or one that is not plain, or several */
    SEE_NEED_HOST = 8,           /* the one Location may name a host */
    SEE_NEED_METHOD_KEPT = 16,   /* FOLLOWED: F has R's method */
    SEE_NEED_METHOD_CHANGED = 32 /* FOLLOWED: it has not */
};
#define SEE_NEEDS 6

struct see_verdict {
    enum see_severity severity;      /* starts as the rule's highest */
    enum see_strength strength;      /* likewise */
    enum see_confidence confidence;  /* starts as the pair's; high without one */
    struct see_text *message;        /* append one sentence */
    struct see_text *evidence;       /* append members of a JSON object: "\"a\":1,\"b\":2" */
    struct see_text *scratch;        /* to work in: emptied before, and asked after for memory */
    const struct see_sites *sites;   /* to tell which hosts belong together */
    const struct see_limits *limits; /* for decoding content */
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
    const char *meaning;      /* what was seen, as a colleague would put it */
    const char *impact;       /* why it matters */
    const char *advice;       /* who has to change what */
    const char *known;        /* clients or servers that are known to do it; NULL: none to name */

    enum see_subject subject;
    unsigned on;    /* FOLLOWED, REDIRECT: a mask of enum see_on */
    unsigned needs; /* FOLLOWED, REDIRECT: a mask of enum see_need */
    unsigned mark;  /* EXCHANGE: asked where one of these enum see_mark is set (marks.h) */
    bool is_late;   /* FOLLOWED, REDIRECT: asked when the responses to R and F are over */
    /* Whether the condition holds: the one that the subject needs, the others are NULL. */
    bool (*check)(const struct see_redirect *redirect, struct see_verdict *verdict);
    bool (*check_exchange)(const struct see_exchange *exchange, struct see_verdict *verdict);
    bool (*check_repeat)(const struct see_exchange *exchange, const struct see_submission *before,
                         struct see_verdict *verdict);
};

/* All rules, in the order of the catalogue, NULL at the end. */
extern const struct see_rule *const see_rules_all[];

/* The rule of this id, or NULL. */
const struct see_rule *see_rule_find(struct see_view id);

#endif
