/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule duplicate-submission - the same form, twice.
 *
 * RFC 9110, 9.2.2: a user agent should not repeat a POST by itself. The same client,
 * User-Agent, URI and content within 10 s: a double click, a way back and a second
 * click, or a library that tries again. What was refused may be tried again, and what
 * carries an Idempotency-Key is made for it. Programs that call the same procedure
 * again and again are no submissions.
 */
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/submissions.h"

static bool is_script(const struct see_message *request)
{
    struct see_view mode = see_message_field(request, SEE_LITERAL("Sec-Fetch-Mode"), NULL);
    return see_message_field(request, SEE_LITERAL("X-Requested-With"), NULL).ptr != NULL ||
           (mode.ptr != NULL && !see_view_eq_nocase(mode, SEE_LITERAL("navigate")));
}

/* Asked for a token, which a program may do as often as it likes. */
static bool is_token_request(const struct see_message *request)
{
    struct see_view content = request->content_kept;
    return see_view_search(content, SEE_LITERAL("grant_type=")) < content.len;
}

/* How the second came about, as a sentence fragment; NULL: not a second submission. */
static const char *way_of(const struct see_exchange *exchange, const struct see_submission *before)
{
    bool is_retry = before->status == 0 && before->is_over;
    bool is_by_program = is_script(&exchange->request) || is_token_request(&exchange->request);
    return is_retry || !is_by_program ? see_submission_way(before) : NULL;
}

static bool check(const struct see_exchange *exchange, const struct see_submission *before,
                  struct see_verdict *verdict)
{
    struct see_view key =
        see_message_field(&exchange->request, SEE_LITERAL("Idempotency-Key"), NULL);
    const char *way = way_of(exchange, before);
    if (way == NULL || key.ptr != NULL || before->is_other_user || before->is_passed_on) {
        return false;
    }
    bool is_retry = before->status == 0 && before->is_over;
    if (!is_retry) {
        verdict->strength = SEE_STRENGTH_NONE;
    }
    double delay_ms =
        (double)(exchange->request.first.time_ns - before->time) / (double)SEE_NS_PER_MS;
    see_text_printf(verdict->message, "the same POST of %llu octets came %.3f ms later, %s",
                    (unsigned long long)exchange->request.content_len, delay_ms, way);
    see_text_printf(verdict->evidence,
                    "\"first_frame\":%llu,\"first_status\":%d,\"first_over\":%s,"
                    "\"delay_ms\":%.3f,"
                    "\"request_body_length\":%llu",
                    (unsigned long long)before->frame, before->status,
                    before->is_over ? "true" : "false", delay_ms,
                    (unsigned long long)exchange->request.content_len);
    return true;
}

const struct see_rule see_rule_duplicate_submission = {
    .id = "duplicate-submission",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_CLIENT,
    .title = "the same content was submitted twice",
    .condition = "The same client sent the same content to the same URI by POST twice within 10 s: "
                 "a form, or anything that was repeated because the first was never answered.",
    .citation = "RFC 9110, 9.2.2, 15.4.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-9.2.2",
    .meaning = "The same submission arrived twice. The message says how: before the first was "
               "answered (a double click), after the redirect that answered it (back, and "
               "submitted again), or as a retry by a library when the connection broke.",
    .impact = "What is not idempotent is done twice: two orders, two payments.",
    .advice = "The server should know a second one, by a token in the form or an Idempotency-Key; "
              "the page can disable its button. A library should not repeat a POST by itself, "
              "unless it knows that the first was not handled.",
    .subject = SEE_SUBJECT_REPEAT,
    .check_repeat = check,
};
