/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 301-302-method-rewritten - 301 and 302 let only POST become GET.
 *
 * RFC 9110, 15.4.2 and 15.4.3: for historical reasons a user agent may change POST
 * to GET.  No other method has that history.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if ((r->status != 301 && r->status != 302) || !see_check_is_automatic(redirect) ||
        see_check_method_fits(r->status, r->method, redirect->followup->method)) {
        return false;
    }
    see_check_say_methods(redirect, verdict);
    return true;
}

const struct see_rule see_rule_301_302_method_rewritten = {
    .id = "301-302-method-rewritten",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_CLIENT,
    .title = "a method other than POST was rewritten after a 301 or 302",
    .condition = "A 301 or 302 was followed by GET or HEAD where the request was another one, and "
                 "it was not POST becoming GET.",
    .citation = "RFC 9110, 15.4.2, 15.4.3",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.2",
    .meaning = "The client made another request of it than it was given: the exception for 301 and "
               "302 is for POST that becomes GET, and for nothing else.",
    .impact = "A PUT or DELETE that becomes GET reports success for something that was never done.",
    .advice = "The client should keep the method. Until it does, a server should answer 303 or "
              "307/308 to say what it means.",
    .known = "Python's requests and httpx, Go, Guzzle (PUT and DELETE become GET); Python's urllib "
             "(HEAD becomes GET).",
    .subject = SEE_SUBJECT_FOLLOWED,
    .on = SEE_ON_301 | SEE_ON_302,
    .needs = SEE_NEED_METHOD_CHANGED,
    .check = check,
};
