/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rules.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rules/check.h"
#include "rules/choice.h"
#include "rules/late.h"
#include "rules/marks.h"
#include "rules/submissions.h"

enum counter {
    REDIRECTS,
    REDIRECTS_CHECKED,
    FINDINGS,
    FINDINGS_STORED,
    FINDINGS_UNSURE,
    REDIRECTS_JUDGED_EARLY,
    SUBMISSIONS_EVICTED,
    COUNTERS
};

static const struct see_count counters[COUNTERS] = {
    [REDIRECTS] = {"redirects", "redirects", SEE_COUNT_IN, 0},
    [REDIRECTS_CHECKED] = {"redirects_checked", "redirects", SEE_COUNT_OUT, 0},
    [FINDINGS] = {"findings", "findings", SEE_COUNT_IN, 0},
    [FINDINGS_STORED] = {"findings_handed_on", "findings", SEE_COUNT_OUT, 0},
    [FINDINGS_UNSURE] = {"findings_unsure", "findings", SEE_COUNT_DROPPED, 0},
    [REDIRECTS_JUDGED_EARLY] = {"redirects_judged_early", "redirects", SEE_COUNT_NOTE, 0},
    [SUBMISSIONS_EVICTED] = {"submissions_evicted", "submissions", SEE_COUNT_NOTE, 0},
};

struct see_rules {
    struct see_rules_sink sink;
    struct see_limits limits;
    struct see_sites *sites;
    struct see_late late;
    struct see_marks_memory memory;
    struct see_submissions submissions;
    struct see_choice choice;
    struct see_text message, evidence, scratch;
    struct see_count counts[COUNTERS];
    bool has_only;
    size_t rule_count;
    bool is_on[];
};

struct see_rules *see_rules_new(const struct see_limits *limits, const struct see_hash_key *key,
                                struct see_rules_sink sink)
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
    rules->limits = *limits;
    rules->sites = see_sites_new();
    rules->rule_count = rule_count;
    see_choice_init(&rules->choice);
    see_late_init(&rules->late, key);
    see_submissions_init(&rules->submissions, limits, key);
    see_rules_reset(rules);
    memcpy(rules->counts, counters, sizeof(counters));
    return rules;
}

void see_rules_free(struct see_rules *rules)
{
    if (rules == NULL) {
        return;
    }
    see_late_finish(&rules->late);
    see_submissions_finish(&rules->submissions);
    see_sites_free(rules->sites);
    see_text_finish(&rules->message);
    see_text_finish(&rules->evidence);
    see_text_finish(&rules->scratch);
    free(rules);
}

static bool set(struct see_rules *rules, struct see_view id, bool is_on)
{
    for (size_t i = 0; i < rules->rule_count; i++) {
        if (see_view_eq(see_view_of(see_rules_all[i]->id), id)) {
            rules->is_on[i] = is_on;
            see_choice_turn(&rules->choice, rules->is_on, rules->rule_count);
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

void see_rules_reset(struct see_rules *rules)
{
    rules->has_only = false;
    memset(rules->is_on, true, rules->rule_count * sizeof(bool));
    see_choice_turn(&rules->choice, rules->is_on, rules->rule_count);
}

void see_rules_ignore_needs(struct see_rules *rules)
{
    memset(rules->choice.by_need, 0, sizeof(rules->choice.by_need));
}

bool see_rules_is_on(const struct see_rules *rules, const struct see_rule *rule)
{
    size_t i = 0;
    while (see_rules_all[i] != rule) {
        i++;
    }
    return rules->is_on[i];
}

const bool *see_rules_on(const struct see_rules *rules)
{
    return rules->is_on;
}

/* Something of R, S or F was found again after a gap, or has octets missing. */
static bool rests_on_gap(const struct see_redirect *redirect)
{
    return redirect->exchange->request.has_gap || redirect->exchange->response.has_gap ||
           (redirect->followup != NULL && redirect->followup->request.has_gap);
}

/*
 * What certainty allows: what rests on a pair stands at high confidence, loses one level at medium
 * or beside a gap, and falls at low.  What is only worth knowing stays at medium.  False when it
 * falls.
 */
static bool temper(const struct see_rule *rule, const struct see_redirect *redirect,
                   struct see_verdict *verdict)
{
    if (rule->subject != SEE_SUBJECT_FOLLOWED) {
        return true;
    }
    bool is_medium = verdict->confidence == SEE_CONFIDENCE_MEDIUM;
    if (verdict->confidence != SEE_CONFIDENCE_HIGH && !is_medium) {
        return false;
    }
    if (verdict->severity == SEE_SEVERITY_INFO) {
        return !rests_on_gap(redirect);
    }
    int severity = (int)verdict->severity - is_medium - rests_on_gap(redirect);
    if (severity < (int)SEE_SEVERITY_INFO) {
        return false;
    }
    verdict->severity = (enum see_severity)severity;
    return true;
}

/* What is asked of a rule, and where its finding points. */
struct question {
    const struct see_rule *rule;
    const struct see_redirect *redirect; /* or NULL */
    const struct see_exchange *exchange;
    const struct see_submission *before; /* or NULL */
};

/* Of the latest message that it rests on. */
static struct see_stamp latest_stamp(const struct question *question)
{
    const struct see_exchange *exchange = question->exchange;
    bool is_followed = question->rule->subject == SEE_SUBJECT_FOLLOWED;
    const struct see_exchange *f = is_followed ? question->redirect->followup : NULL;
    if (f != NULL) {
        return question->rule->is_late && f->response.is_seen ? f->response.first
                                                              : f->request.first;
    }
    bool is_about_request = question->rule->party == SEE_PARTY_CLIENT;
    return is_about_request || !exchange->response.is_seen ? exchange->request.first
                                                           : exchange->response.first;
}

/*
 * Another reader may see other messages.  What rests on a pair has the confidence of that, and less
 * for this reason already.
 */
static bool rests_on_framing(const struct question *question)
{
    const struct see_exchange *exchange = question->exchange;
    return question->rule->subject != SEE_SUBJECT_FOLLOWED &&
           see_leniencies_touch_framing(exchange->request.leniency | exchange->response.leniency);
}

static void add_leniency(struct see_text *evidence, const char *name,
                         const struct see_message *message)
{
    if (message->leniency != 0) {
        see_text_printf(evidence, "%s\"%s\":\"", evidence->len > 1 ? "," : "", name);
        see_leniencies_write(message->leniency, evidence);
        see_text_add_char(evidence, '"');
    }
}

/* What the messages that a finding rests on were forgiven. */
static void add_leniencies(struct see_text *evidence, const struct question *question)
{
    const struct see_redirect *redirect = question->redirect;
    add_leniency(evidence, "request_leniency", &question->exchange->request);
    add_leniency(evidence, "response_leniency", &question->exchange->response);
    if (redirect != NULL && redirect->followup != NULL) {
        add_leniency(evidence, "followup_leniency", &redirect->followup->request);
    }
}

static bool is_met(const struct question *question, struct see_verdict *verdict)
{
    const struct see_rule *rule = question->rule;
    if (question->before != NULL) {
        return rule->check_repeat(question->exchange, question->before, verdict);
    }
    return rule->subject == SEE_SUBJECT_EXCHANGE ? rule->check_exchange(question->exchange, verdict)
                                                 : rule->check(question->redirect, verdict);
}

static int hand_on(struct see_rules *rules, const struct question *question,
                   const struct see_verdict *verdict)
{
    struct see_finding finding = {
        .rule = question->rule,
        .severity = verdict->severity,
        .strength = verdict->strength,
        .confidence = verdict->confidence,
        .redirect = question->redirect,
        .exchange = question->exchange,
        .stamp = latest_stamp(question),
        .message = see_text_view(&rules->message),
        .evidence = see_text_view(&rules->evidence),
    };
    rules->counts[FINDINGS_STORED].value++;
    return rules->sink.finding(rules->sink.ctx, &finding);
}

static bool lacks_memory(const struct see_rules *rules)
{
    return rules->scratch.is_broken || rules->message.is_broken || rules->evidence.is_broken;
}

static int ask(struct see_rules *rules, const struct question *question)
{
    const struct see_rule *rule = question->rule;
    see_text_clear(&rules->message);
    see_text_clear(&rules->evidence);
    see_text_clear(&rules->scratch);
    struct see_verdict verdict = {
        .severity = rule->severity,
        .strength = rule->strength,
        .confidence = rule->subject == SEE_SUBJECT_FOLLOWED ? question->redirect->confidence
                                                            : SEE_CONFIDENCE_HIGH,
        .message = &rules->message,
        .evidence = &rules->evidence,
        .scratch = &rules->scratch,
        .sites = rules->sites,
        .limits = &rules->limits,
    };
    see_text_add_char(verdict.evidence, '{');
    bool is_finding = is_met(question, &verdict);
    if (lacks_memory(rules)) {
        return SEE_ENOMEM;
    }
    if (!is_finding) {
        return SEE_OK;
    }
    add_leniencies(verdict.evidence, question);
    if (rests_on_framing(question) && verdict.confidence == SEE_CONFIDENCE_HIGH) {
        verdict.confidence = SEE_CONFIDENCE_MEDIUM;
    }
    see_text_add_char(verdict.evidence, '}');
    rules->counts[FINDINGS].value++;
    if (!temper(rule, question->redirect, &verdict)) {
        rules->counts[FINDINGS_UNSURE].value++;
        return SEE_OK;
    }
    if (lacks_memory(rules)) {
        return SEE_ENOMEM;
    }
    return hand_on(rules, question, &verdict);
}

static int ask_of_redirect(struct see_rules *rules, const struct see_redirect *redirect,
                           bool is_late)
{
    see_rule_set left = see_choice_of_redirect(&rules->choice, redirect, is_late);
    int status = SEE_OK;
    while (left != 0 && status == SEE_OK) {
        struct question question = {see_choice_take(&left), redirect, redirect->exchange, NULL};
        status = ask(rules, &question);
    }
    return status;
}

/* `redirect` is NULL where the exchange is none. */
static int ask_of_exchange(struct see_rules *rules, const struct see_exchange *exchange,
                           const struct see_redirect *redirect, unsigned marks)
{
    see_rule_set left = marks != 0 ? see_choice_of_exchange(&rules->choice, exchange, marks) : 0;
    int status = SEE_OK;
    while (left != 0 && status == SEE_OK) {
        struct question question = {see_choice_take(&left), redirect, exchange, NULL};
        assert(question.rule->subject == SEE_SUBJECT_EXCHANGE);
        status = ask(rules, &question);
    }
    return status;
}

/* Nothing more will be known of this redirect. */
static int judge(void *ctx, const struct see_redirect *redirect)
{
    struct see_rules *rules = ctx;
    int status = ask_of_redirect(rules, redirect, true);
    if (status != SEE_OK) {
        return status;
    }
    unsigned marks = see_marks_of(&rules->memory, redirect->exchange);
    return ask_of_exchange(rules, redirect->exchange, redirect, marks);
}

int see_rules_redirect(struct see_rules *rules, const struct see_redirect *redirect)
{
    struct see_late_sink sink = {rules, judge};
    rules->counts[REDIRECTS].value++;
    rules->counts[REDIRECTS_CHECKED].value++;
    int status = ask_of_redirect(rules, redirect, false);
    if (status != SEE_OK) {
        return status;
    }
    if (see_late_is_over(redirect)) {
        return judge(rules, redirect);
    }
    if (rules->late.count > 0 && rules->late.count >= rules->limits.late_redirects) {
        rules->counts[REDIRECTS_JUDGED_EARLY].value++;
        status = see_late_oldest(&rules->late, sink);
    }
    return status == SEE_OK ? see_late_keep(&rules->late, redirect) : status;
}

static bool is_submission(const struct see_exchange *exchange)
{
    return see_view_eq(exchange->method, SEE_LITERAL("POST")) && exchange->request.has_digest &&
           exchange->request.content_len > 0 && see_check_is_sure(&exchange->request) &&
           exchange->uri.ptr != NULL && !exchange->is_client_hidden;
}

static int on_submission(struct see_rules *rules, const struct see_exchange *exchange)
{
    const struct see_submission *before;
    if (!rules->is_on[rules->choice.repeat]) {
        return SEE_OK;
    }
    int status = see_submissions_add(&rules->submissions, exchange, &before);
    if (status != SEE_OK || before == NULL) {
        return status;
    }
    struct question question = {see_rules_all[rules->choice.repeat], NULL, exchange, before};
    return ask(rules, &question);
}

static int on_over(struct see_rules *rules, const struct see_exchange *exchange)
{
    struct see_late_sink sink = {rules, judge};
    unsigned marks = see_marks_of(&rules->memory, exchange);
    int status = SEE_OK;
    if (rules->late.count > 0) {
        status = see_late_exchange(&rules->late, exchange, sink);
    }
    /* A redirect is asked about when pair has handed it on, so that its findings have its id. */
    if (status == SEE_OK && !see_exchange_is_redirect(exchange)) {
        status = ask_of_exchange(rules, exchange, NULL, marks);
    }
    return status;
}

int see_rules_exchange(struct see_rules *rules, const struct see_exchange *exchange,
                       enum see_exchange_event event)
{
    if (event == SEE_REQUEST_HEAD) {
        return SEE_OK;
    }
    bool is_post = exchange->method.len == 4 && see_view_eq(exchange->method, SEE_LITERAL("POST"));
    int status = SEE_OK;
    switch (event) {
    case SEE_REQUEST_HEAD:
        break;
    case SEE_REQUEST_END:
        return is_post && is_submission(exchange) ? on_submission(rules, exchange) : SEE_OK;
    case SEE_RESPONSE_HEAD:
        return is_post ? see_submissions_note(&rules->submissions, exchange) : SEE_OK;
    case SEE_EXCHANGE_END:
        if (is_post) {
            status = see_submissions_note(&rules->submissions, exchange);
        }
        return status == SEE_OK ? on_over(rules, exchange) : status;
    }
    return status;
}

int see_rules_flush(struct see_rules *rules)
{
    struct see_late_sink sink = {rules, judge};
    int status = SEE_OK;
    while (status == SEE_OK && rules->late.count > 0) {
        status = see_late_oldest(&rules->late, sink);
    }
    return status;
}

struct see_counts see_rules_counts(struct see_rules *rules)
{
    rules->counts[SUBMISSIONS_EVICTED].value = rules->submissions.evicted;
    return (struct see_counts){"rules", rules->counts, COUNTERS};
}
