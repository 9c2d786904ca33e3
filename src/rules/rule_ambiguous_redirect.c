/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule ambiguous-redirect - 301 and 302 do not say what becomes of PUT.
 *
 * RFC 9110, 15.4.2, 15.4.3: the exception that lets the method change is for POST. For
 * others clients split three ways: the same request, the same without its content,
 * GET.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if (!see_check_method_is(r, "PUT") && !see_check_method_is(r, "PATCH") &&
        !see_check_method_is(r, "DELETE")) {
        return false;
    }
    see_text_printf(verdict->message, "%d to ", r->status);
    see_text_add(verdict->message, r->method);
    see_text_printf(verdict->message, " is taken in three ways: %s",
                    r->status == 301 ? "308 repeats it, 303 asks for a result"
                                     : "307 repeats it, 303 asks for a result");
    see_text_printf(verdict->evidence, "\"status\":%d,\"method\":", r->status);
    see_text_add_json(verdict->evidence, r->method);
    return true;
}

const struct see_rule see_rule_ambiguous_redirect = {
    .id = "ambiguous-redirect",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "PUT, PATCH or DELETE answered 301 or 302",
    .condition = "A PUT, PATCH or DELETE was answered 301 or 302.",
    .citation = "RFC 9110, 15.4.2, 15.4.3",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.2",
    .meaning = "The server redirects a request that changes something, with a status that leaves "
               "open what is to be done at the target.",
    .impact = "Measured clients do three different things: the same request again, the same "
              "without its content, or a GET that changes nothing and reports success.",
    .advice = "The server should answer 307 or 308 if the request is to be made again at the "
              "target, and 303 if it is done and there is something to see.",
    .subject = SEE_SUBJECT_REDIRECT,
    .on = SEE_ON_301 | SEE_ON_302,
    .needs = SEE_NEED_NO_GET,
    .check = check,
};
