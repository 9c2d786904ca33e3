/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/choice.h"

#include <assert.h>
#include <string.h>

#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/marks.h"

/* Puts `rule` into those sets whose bit is set in `mask`. */
static void note_in(see_rule_set *sets, size_t count, unsigned mask, see_rule_set rule)
{
    for (size_t i = 0; i < count; i++) {
        sets[i] |= (mask >> i & 1) != 0 ? rule : 0;
    }
}

static void note(struct see_choice *choice, size_t place)
{
    const struct see_rule *rule = see_rules_all[place];
    see_rule_set bit = (see_rule_set)1 << place;
    switch (rule->subject) {
    case SEE_SUBJECT_FOLLOWED:
        choice->of_followed |= bit;
        break;
    case SEE_SUBJECT_REDIRECT:
        choice->of_redirects |= bit;
        break;
    case SEE_SUBJECT_EXCHANGE:
        choice->of_exchanges |= bit;
        break;
    case SEE_SUBJECT_REPEAT:
        choice->repeat = place;
        break;
    case SEE_SUBJECT_CAPTURES:
        break;
    }
    choice->late |= rule->is_late ? bit : 0;
    choice->about_requests |= rule->party == SEE_PARTY_CLIENT ? bit : 0;
    note_in(choice->by_status, SEE_ONS + 1, rule->on != 0 ? rule->on : ~0U, bit);
    note_in(choice->by_need, SEE_NEEDS, rule->needs, bit);
    _Static_assert(SEE_MARK_UNASKED == 1 << (SEE_CHOICE_MARKS - 1), "the last mark has a set");
    note_in(choice->by_mark, SEE_CHOICE_MARKS, rule->mark, bit);
}

void see_choice_init(struct see_choice *choice)
{
    memset(choice, 0, sizeof(*choice));
    for (size_t place = 0; see_rules_all[place] != NULL; place++) {
        assert(place < SEE_RULE_SET_MAX);
        note(choice, place);
    }
}

void see_choice_turn(struct see_choice *choice, const bool *is_on, size_t count)
{
    choice->on = 0;
    for (size_t i = 0; i < count; i++) {
        choice->on |= is_on[i] ? (see_rule_set)1 << i : 0;
    }
}

/* The place of a status among enum see_on. */
static size_t place_of_status(int status)
{
    switch (status) {
    case 301:
        return 0;
    case 302:
        return 1;
    case 303:
        return 2;
    case 307:
        return 3;
    case 308:
        return 4;
    default:
        return SEE_ONS;
    }
}

/* A Location that begins with one slash names no host; of several none counts. */
static bool may_name_host(const struct see_redirect *redirect)
{
    struct see_view location = redirect->location;
    bool is_path = location.len > 0 && location.ptr[0] == '/' &&
                   (location.len == 1 || (location.ptr[1] != '/' && location.ptr[1] != '\\'));
    return redirect->location_count == 1 && !is_path;
}

/* Which of enum see_need the redirect meets. */
static unsigned met_by(const struct see_redirect *redirect, bool is_followed)
{
    const struct see_exchange *r = redirect->exchange;
    unsigned met = 0;
    met |= see_view_eq(r->method, SEE_LITERAL("POST")) ? SEE_NEED_POST : 0U;
    met |= see_check_is_get(r) ? 0U : SEE_NEED_NO_GET;
    met |= redirect->is_plain ? 0U : SEE_NEED_ODD_LOCATION;
    met |= may_name_host(redirect) ? SEE_NEED_HOST : 0U;
    if (is_followed) {
        met |= see_check_method_kept(redirect) ? SEE_NEED_METHOD_KEPT : SEE_NEED_METHOD_CHANGED;
    }
    return met;
}

see_rule_set see_choice_of_redirect(const struct see_choice *choice,
                                    const struct see_redirect *redirect, bool is_late)
{
    const struct see_exchange *r = redirect->exchange;
    bool is_followed = redirect->outcome == SEE_OUTCOME_FOLLOWED && r->request.has_head &&
                       redirect->followup->request.has_head;
    see_rule_set rules = (is_followed ? choice->of_followed : 0) |
                         (see_check_is_sure(&r->response) ? choice->of_redirects : 0);
    rules &= choice->on & choice->by_status[place_of_status(r->status)];
    rules &= is_late ? choice->late : ~choice->late;
    unsigned met = met_by(redirect, is_followed);
    for (size_t i = 0; i < SEE_NEEDS; i++) {
        rules &= (met >> i & 1) != 0 ? ~(see_rule_set)0 : ~choice->by_need[i];
    }
    return rules;
}

const struct see_rule *see_choice_take(see_rule_set *rules)
{
    const struct see_rule *rule = see_rules_all[__builtin_ctzll(*rules)];
    *rules &= *rules - 1;
    return rule;
}

see_rule_set see_choice_of_exchange(const struct see_choice *choice,
                                    const struct see_exchange *exchange, unsigned marks)
{
    see_rule_set rules = 0;
    for (size_t i = 0; i < SEE_CHOICE_MARKS; i++) {
        rules |= (marks >> i & 1) != 0 ? choice->by_mark[i] : 0;
    }
    rules &= choice->on & choice->of_exchanges;
    if (rules != 0 && !see_check_is_sure(&exchange->request)) {
        rules &= ~choice->about_requests;
    }
    if (rules != 0 && !see_check_is_sure(&exchange->response)) {
        rules &= choice->about_requests;
    }
    return rules;
}
