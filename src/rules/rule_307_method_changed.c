/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 307-method-changed - the method survives a 307.
 *
 * RFC 9110, 15.4.8: a user agent that follows a 307 by itself must not change the
 * request method.  A redirect that nobody followed proves nothing; a preflight is
 * no follow-up, which pairing sees to.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    if (redirect->exchange->status != 307 || !see_check_is_automatic(redirect) ||
        see_check_method_kept(redirect)) {
        return false;
    }
    see_check_say_methods(redirect, verdict);
    return true;
}

const struct see_rule see_rule_307_method_changed = {
    .id = "307-method-changed",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_MUST,
    .party = SEE_PARTY_CLIENT,
    .title = "the method changed after a 307",
    .condition =
        "A 307 was followed by GET or HEAD, and the request had another method. (A follow-up "
        "with any other method is a request of the program's own.)",
    .citation = "RFC 9110, 15.4.8",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.8",
    .meaning = "A 307 says: the same request, there. The client made another one of it.",
    .impact =
        "What was to be done is not done, and the answer to the other request passes for success.",
    .advice = "A client that cannot repeat the request has to stop and show the 307 instead. Until "
              "it does, a server that wants a GET should answer 303.",
    .known = "w3m (POST becomes GET), Python's urllib (HEAD becomes GET).",
    .subject = SEE_SUBJECT_FOLLOWED,
    .on = SEE_ON_307,
    .needs = SEE_NEED_METHOD_CHANGED,
    .check = check,
};
