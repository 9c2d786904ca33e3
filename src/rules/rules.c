/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rules.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rules/check.h"
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

/* Rules by their place in the catalogue: one bit each. */
typedef uint64_t rule_set;
#define RULES_MAX 64

#define MARKS 8

/* The catalogue by what its rules are for: those to be asked are what is common to a few sets. */
struct index {
    rule_set on; /* those that are not turned off */
    rule_set of_followed, of_redirects, of_exchanges;
    rule_set late;
    rule_set by_status[SEE_ONS + 1]; /* that are asked of this one; the last: of any other */
    rule_set by_need[SEE_NEEDS];     /* that need this */
    rule_set by_mark[MARKS];
    rule_set about_requests; /* of those about exchanges */
    size_t repeat;           /* the rule about submissions */
};

struct see_rules {
    struct see_rules_sink sink;
    struct see_limits limits;
    struct see_sites *sites;
    struct see_late late;
    struct see_marks_memory memory;
    struct see_submissions submissions;
    struct index index;
    struct see_text message, evidence, scratch;
    struct see_count counts[COUNTERS];
    bool has_only;
    size_t rule_count;
    bool is_on[];
};

/* Puts `rule` into those sets whose bit is set in `mask`. */
static void note_in(rule_set *sets, size_t count, unsigned mask, rule_set rule)
{
    for (size_t i = 0; i < count; i++) {
        sets[i] |= (mask >> i & 1) != 0 ? rule : 0;
    }
}

static void note(struct index *index, size_t place)
{
    const struct see_rule *rule = see_rules_all[place];
    rule_set bit = (rule_set)1 << place;
    switch (rule->subject) {
    case SEE_SUBJECT_FOLLOWED:
        index->of_followed |= bit;
        break;
    case SEE_SUBJECT_REDIRECT:
        index->of_redirects |= bit;
        break;
    case SEE_SUBJECT_EXCHANGE:
        index->of_exchanges |= bit;
        break;
    case SEE_SUBJECT_REPEAT:
        index->repeat = place;
        break;
    case SEE_SUBJECT_CAPTURES:
        break;
    }
    index->late |= rule->is_late ? bit : 0;
    index->about_requests |= rule->party == SEE_PARTY_CLIENT ? bit : 0;
    note_in(index->by_status, SEE_ONS + 1, rule->on != 0 ? rule->on : ~0U, bit);
    note_in(index->by_need, SEE_NEEDS, rule->needs, bit);
    note_in(index->by_mark, MARKS, rule->mark, bit);
}

static void note_on(struct see_rules *rules)
{
    rules->index.on = 0;
    for (size_t i = 0; i < rules->rule_count; i++) {
        rules->index.on |= rules->is_on[i] ? (rule_set)1 << i : 0;
    }
}

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
    assert(rule_count <= RULES_MAX);
    for (size_t i = 0; i < rule_count; i++) {
        note(&rules->index, i);
    }
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
            note_on(rules);
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
    note_on(rules);
}

void see_rules_ignore_needs(struct see_rules *rules)
{
    memset(rules->index.by_need, 0, sizeof(rules->index.by_need));
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

/*
 * The whole head was seen, and in its place: nothing of it was guessed after a gap or stepped over,
 * and nobody reads other fields in it.
 */
static bool is_sure(const struct see_message *message)
{
    if (!message->has_head || message->has_gap) {
        return false;
    }
    return message->leniency == 0 || (!see_leniencies_touch_framing(message->leniency) &&
                                      !see_leniencies_has(message->leniency, SEE_LENIENT_no_field));
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

/* The rules for this redirect, at this time: `is_late`, the responses are over, too. */
static rule_set rules_for(const struct index *index, const struct see_redirect *redirect,
                          bool is_late)
{
    const struct see_exchange *r = redirect->exchange;
    bool is_followed = redirect->outcome == SEE_OUTCOME_FOLLOWED && r->request.has_head &&
                       redirect->followup->request.has_head;
    rule_set rules =
        (is_followed ? index->of_followed : 0) | (is_sure(&r->response) ? index->of_redirects : 0);
    rules &= index->on & index->by_status[place_of_status(r->status)];
    rules &= is_late ? index->late : ~index->late;
    unsigned met = met_by(redirect, is_followed);
    for (size_t i = 0; i < SEE_NEEDS; i++) {
        rules &= (met >> i & 1) != 0 ? ~(rule_set)0 : ~index->by_need[i];
    }
    return rules;
}

/* Takes the first rule off the set. */
static const struct see_rule *take(rule_set *rules)
{
    const struct see_rule *rule = see_rules_all[__builtin_ctzll(*rules)];
    *rules &= *rules - 1;
    return rule;
}

static int ask_of_redirect(struct see_rules *rules, const struct see_redirect *redirect,
                           bool is_late)
{
    rule_set left = rules_for(&rules->index, redirect, is_late);
    int status = SEE_OK;
    while (left != 0 && status == SEE_OK) {
        struct question question = {take(&left), redirect, redirect->exchange, NULL};
        status = ask(rules, &question);
    }
    return status;
}

/* Those about an exchange with these marks whose message was seen: of two messages one each. */
static rule_set rules_about(const struct index *index, const struct see_exchange *exchange,
                            unsigned marks)
{
    rule_set rules = 0;
    for (size_t i = 0; i < MARKS; i++) {
        rules |= (marks >> i & 1) != 0 ? index->by_mark[i] : 0;
    }
    rules &= index->on & index->of_exchanges;
    if (rules != 0 && !is_sure(&exchange->request)) {
        rules &= ~index->about_requests;
    }
    if (rules != 0 && !is_sure(&exchange->response)) {
        rules &= index->about_requests;
    }
    return rules;
}

/* `redirect` is NULL where the exchange is none. */
static int ask_of_exchange(struct see_rules *rules, const struct see_exchange *exchange,
                           const struct see_redirect *redirect, unsigned marks)
{
    rule_set left = marks != 0 ? rules_about(&rules->index, exchange, marks) : 0;
    int status = SEE_OK;
    while (left != 0 && status == SEE_OK) {
        struct question question = {take(&left), redirect, exchange, NULL};
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
           exchange->request.content_len > 0 && is_sure(&exchange->request) &&
           exchange->uri.ptr != NULL && !exchange->is_client_hidden;
}

static int on_submission(struct see_rules *rules, const struct see_exchange *exchange)
{
    const struct see_submission *before;
    if (!rules->is_on[rules->index.repeat]) {
        return SEE_OK;
    }
    int status = see_submissions_add(&rules->submissions, exchange, &before);
    if (status != SEE_OK || before == NULL) {
        return status;
    }
    struct question question = {see_rules_all[rules->index.repeat], NULL, exchange, before};
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
