/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>

enum counter { REDIRECTS, REDIRECTS_CHECKED, FINDINGS, FINDINGS_STORED, FINDINGS_UNSURE, COUNTERS };

static const struct see_count counters[COUNTERS] = {
    [REDIRECTS] = {"redirects", "redirects", SEE_COUNT_IN, 0},
    [REDIRECTS_CHECKED] = {"redirects_checked", "redirects", SEE_COUNT_OUT, 0},
    [FINDINGS] = {"findings", "findings", SEE_COUNT_IN, 0},
    [FINDINGS_STORED] = {"findings_handed_on", "findings", SEE_COUNT_OUT, 0},
    [FINDINGS_UNSURE] = {"findings_unsure", "findings", SEE_COUNT_DROPPED, 0},
};

struct see_rules {
    struct see_rules_sink sink;
    struct see_text message;
    struct see_text evidence;
    struct see_count counts[COUNTERS];
    bool has_only;
    size_t rule_count;
    bool is_on[];
};

struct see_rules *see_rules_new(struct see_rules_sink sink)
{
    size_t rule_count = 0;
    while (see_rules_all[rule_count] != NULL) {
        rule_count++;
    }
    struct see_rules *rules = calloc(1, sizeof(*rules) + rule_count * sizeof(bool));
    if (rules == NULL) {
        return NULL;
    }
    rules->sink = sink;
    rules->rule_count = rule_count;
    memset(rules->is_on, true, rule_count * sizeof(bool));
    memcpy(rules->counts, counters, sizeof(counters));
    return rules;
}

void see_rules_free(struct see_rules *rules)
{
    if (rules == NULL) {
        return;
    }
    see_text_finish(&rules->message);
    see_text_finish(&rules->evidence);
    free(rules);
}

static bool set(struct see_rules *rules, struct see_view id, bool is_on)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        if (see_view_eq(see_view_of(see_rules_all[i]->id), id)) {
            rules->is_on[i] = is_on;
            return true;
        }
    }
    return false;
}

bool see_rules_disable(struct see_rules *rules, struct see_view id)
{
    return set(rules, id, false);
}

bool see_rules_only(struct see_rules *rules, struct see_view id)
{
    if (!rules->has_only) {
        rules->has_only = true;
        memset(rules->is_on, false, rules->rule_count * sizeof(bool));
    }
    return set(rules, id, true);
}

/* Something of R, S or F was found again after a gap, or has octets missing. */
static bool rests_on_gap(const struct see_redirect *redirect)
{
    return redirect->exchange->request.has_gap || redirect->exchange->response.has_gap ||
           (redirect->followup != NULL && redirect->followup->request.has_gap);
}

/*
 * What certainty allows: an accusation of the client stands at high confidence, loses one level at
 * medium or beside a gap, and falls at low.  False when it falls.
 */
static bool temper(const struct see_rule *rule, const struct see_redirect *redirect,
                   struct see_verdict *verdict)
{
    if (rule->party != SEE_PARTY_CLIENT) {
        return true;
    }
    if (redirect->confidence == SEE_CONFIDENCE_LOW || redirect->confidence == SEE_CONFIDENCE_NONE) {
        return false;
    }
    int lower = (redirect->confidence == SEE_CONFIDENCE_MEDIUM) + rests_on_gap(redirect);
    int severity = (int)verdict->severity - lower;
    if (lower > 0 && severity < (int)SEE_SEVERITY_INFO) {
        return false;
    }
    verdict->severity = (enum see_severity)severity;
    return true;
}

/* Of the latest message that it rests on. */
static struct see_stamp latest_stamp(const struct see_rule *rule,
                                     const struct see_redirect *redirect)
{
    return rule->party == SEE_PARTY_CLIENT && redirect->followup != NULL
               ? redirect->followup->request.first
               : redirect->exchange->response.first;
}

static int apply(struct see_rules *rules, const struct see_rule *rule,
                 const struct see_redirect *redirect)
{
    if (rule->party == SEE_PARTY_CLIENT && redirect->outcome != SEE_OUTCOME_FOLLOWED) {
        return SEE_OK;
    }
    see_text_clear(&rules->message);
    see_text_clear(&rules->evidence);
    struct see_verdict verdict = {
        .severity = rule->severity,
        .strength = rule->strength,
        .message = &rules->message,
        .evidence = &rules->evidence,
    };
    see_text_add_char(verdict.evidence, '{');
    if (!rule->check(redirect, &verdict)) {
        return SEE_OK;
    }
    see_text_add_char(verdict.evidence, '}');
    rules->counts[FINDINGS].value++;
    if (!temper(rule, redirect, &verdict)) {
        rules->counts[FINDINGS_UNSURE].value++;
        return SEE_OK;
    }
    if (rules->message.is_broken || rules->evidence.is_broken) {
        return SEE_ENOMEM;
    }
    struct see_finding finding = {
        .rule = rule,
        .severity = verdict.severity,
        .strength = verdict.strength,
        .confidence = rule->party == SEE_PARTY_CLIENT ? redirect->confidence : SEE_CONFIDENCE_HIGH,
        .redirect = redirect,
        .exchange = redirect->exchange,
        .stamp = latest_stamp(rule, redirect),
        .message = see_text_view(&rules->message),
        .evidence = see_text_view(&rules->evidence),
    };
    rules->counts[FINDINGS_STORED].value++;
    return rules->sink.finding(rules->sink.ctx, &finding);
}

int see_rules_redirect(struct see_rules *rules, const struct see_redirect *redirect)
{
    rules->counts[REDIRECTS].value++;
    rules->counts[REDIRECTS_CHECKED].value++;
    for (size_t i = 0; i < rules->rule_count; i++) {
        int status = rules->is_on[i] ? apply(rules, see_rules_all[i], redirect) : SEE_OK;
        if (status != SEE_OK) {
            return status;
        }
    }
    return SEE_OK;
}

struct see_counts see_rules_counts(struct see_rules *rules)
{
    return (struct see_counts){"rules", rules->counts, COUNTERS};
}
