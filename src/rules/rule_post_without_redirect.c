/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule post-without-redirect - a page that a reload submits again.
 *
 * RFC 9110, 15.4.4 gives the way round: answer the POST with 303, and show the page to
 * the GET. A script that posts in the background does not show the answer as a page.
 */
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/marks.h"

/* Scripts say so, in one way or the other. */
static bool is_script(const struct see_message *request)
{
    struct see_view mode = see_message_field(request, SEE_LITERAL("Sec-Fetch-Mode"), NULL);
    return see_message_field(request, SEE_LITERAL("X-Requested-With"), NULL).ptr != NULL ||
           (mode.ptr != NULL && !see_view_eq_nocase(mode, SEE_LITERAL("navigate")));
}

static bool check(const struct see_exchange *exchange, struct see_verdict *verdict)
{
    if (!see_check_is_form(exchange) || !see_check_is_type(&exchange->response, "text/html") ||
        is_script(&exchange->request)) {
        return false;
    }
    see_text_add_string(verdict->message,
                        "the form's POST was answered with a page: a reload submits it again");
    see_text_add_string(verdict->evidence, "\"status\":200");
    return true;
}

const struct see_rule see_rule_post_without_redirect = {
    .id = "post-without-redirect",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a form answered with a page instead of a redirect",
    .condition = "The POST of a form was answered 200 with text/html.",
    .citation = "RFC 9110, 15.4.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.4",
    .meaning = "The page that the user sees is the answer to a POST.",
    .impact = "Reloading it, or going back to it, asks the user whether to send the form again, "
              "and then does.",
    .advice = "The server should answer 303 and show the page to the GET that follows. To show the "
              "form once more with what is wrong in it, 200 (or 422) is common and right.",
    .subject = SEE_SUBJECT_EXCHANGE,
    .mark = SEE_MARK_POST,
    .check_exchange = check,
};
