/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 303-method-not-get - a 303 is followed by GET.
 *
 * RFC 9110, 15.4.4: the user agent performs a retrieval request, GET or HEAD, for
 * the Location.  A form whose action is also the Location of its answer can be
 * submitted a second time by hand: that is told apart by the certainty of the
 * pair, or by the content being the same.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool may_be_second_submit(const struct see_redirect *redirect)
{
    return redirect->followup->request.content_len > 0 && !see_check_same_content(redirect);
}

/*
 * A program may ask for another thing at the place that it was told, and say that it sends nothing;
 * one that follows says nothing.  Or another client does what this one did, where a form is its own
 * Location: one that follows would go in circles.
 */
static bool may_be_next_action(const struct see_redirect *redirect)
{
    const struct see_exchange *r = redirect->exchange;
    const struct see_exchange *f = redirect->followup;
    struct see_view length = see_message_field(&f->request, SEE_LITERAL("Content-Length"), NULL);
    bool is_emptied = r->request.content_len > 0 && see_view_eq(length, SEE_LITERAL("0"));
    bool is_form_again = r->connection != f->connection && see_view_eq(r->uri, f->uri);
    return is_emptied || is_form_again;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    if (redirect->exchange->status != 303 || !see_check_is_automatic(redirect) ||
        see_check_is_get(redirect->followup) || may_be_second_submit(redirect)) {
        return false;
    }
    if (may_be_next_action(redirect)) {
        verdict->severity = SEE_SEVERITY_WARNING;
    }
    see_check_say_methods(redirect, verdict);
    see_check_say_lengths(redirect, verdict);
    return true;
}

const struct see_rule see_rule_303_method_not_get = {
    .id = "303-method-not-get",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_CLIENT,
    .title = "a 303 was not followed by GET",
    .condition = "A 303 was followed by a request with the same method, which is neither GET nor "
                 "HEAD. (One with any other method is a request of the program's own.)",
    .citation = "RFC 9110, 15.4.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.4",
    .meaning = "A 303 says: your request is done, see the result over there, with GET. The client "
               "made the same request again instead.",
    .impact = "What was done once is done twice: ordered, paid, deleted.",
    .advice = "The client has to change; users who asked for it (curl -X POST -L, --post303) have "
              "to drop the option.",
    .known = "wget2, curl -X, Java's HttpURLConnection with PUT.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .on = SEE_ON_303,
    .check = check,
};
