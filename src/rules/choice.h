/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * choice - which rules of the catalogue are to be asked about a redirect or an exchange.
 *
 * Most rules can be left out by what is cheap to tell: the status, whether it was followed, what
 * they need.  Rules are bits by their place in the catalogue, and what is common to a few sets of
 * them is asked.
 */
#ifndef SEE_RULES_CHOICE_H
#define SEE_RULES_CHOICE_H

#include "pair/redirect.h"
#include "rules/rule.h"

typedef uint64_t see_rule_set;
#define SEE_RULE_SET_MAX 64

#define SEE_CHOICE_MARKS 8

struct see_choice {
    see_rule_set on; /* those that are not turned off */
    see_rule_set of_followed, of_redirects, of_exchanges;
    see_rule_set late;
    see_rule_set by_status[SEE_ONS + 1]; /* that are asked of this one; the last: of any other */
    see_rule_set by_need[SEE_NEEDS];     /* that need this */
    see_rule_set by_mark[SEE_CHOICE_MARKS];
    see_rule_set about_requests; /* of those about exchanges */
    size_t repeat;               /* the place of the rule about submissions */
};

/* All rules of the catalogue, none of them on. */
void see_choice_init(struct see_choice *choice);

/* Which are on, by place. */
void see_choice_turn(struct see_choice *choice, const bool *is_on, size_t count);

/* Those for this redirect, at this time: `is_late`, the responses are over, too. */
see_rule_set see_choice_of_redirect(const struct see_choice *choice,
                                    const struct see_redirect *redirect, bool is_late);

/* Those about an exchange with these marks whose message was seen: of two messages one each. */
see_rule_set see_choice_of_exchange(const struct see_choice *choice,
                                    const struct see_exchange *exchange, unsigned marks);

/* Takes the first rule off the set, which is not empty. */
const struct see_rule *see_choice_take(see_rule_set *rules);

#endif
