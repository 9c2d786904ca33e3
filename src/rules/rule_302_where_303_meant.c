/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 302-where-303-meant - 303 is the status for "done, see there".
 *
 * RFC 9110, 15.4.4: after a POST that is done, 303 sends the client on with GET. 301
 * and 302 do so by custom only, and 15.4.2 and 15.4.3 allow the POST to be repeated.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if (!see_check_method_is(r, "POST") || !see_check_is_form(r) ||
        !see_check_is_get(redirect->followup)) {
        return false;
    }
    see_text_printf(verdict->message,
                    "the form's POST was answered %d and followed by %.*s: 303 says that",
                    r->status, (int)redirect->followup->method.len, redirect->followup->method.ptr);
    see_text_printf(verdict->evidence, "\"status\":%d", r->status);
    return true;
}

const struct see_rule see_rule_302_where_303_meant = {
    .id = "302-where-303-meant",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a 301 or 302 where a 303 is meant",
    .condition = "The POST of a form was answered 301 or 302, and the client went on with GET.",
    .citation = "RFC 9110, 15.4.2, 15.4.3, 15.4.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.4",
    .meaning =
        "The form was taken, and the client sent on to a page: post/redirect/get. That works with "
        "302 because almost all clients turn POST into GET, which the RFC merely allows.",
    .impact = "A client that keeps the method, as it may, submits the form a second time, to the "
              "page that was to show the result. A cached 301 does worse.",
    .advice = "The server should answer 303.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .on = SEE_ON_301 | SEE_ON_302,
    .needs = SEE_NEED_POST,
    .check = check,
};
