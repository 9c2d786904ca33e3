/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 308-method-changed - the method survives a 308.
 *
 * RFC 9110, 15.4.9 defines 308 as the permanent redirect that does not allow the
 * method to change; 15.4 lists what an automatic redirect should do.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    if (redirect->exchange->status != 308 || !see_check_is_automatic(redirect) ||
        see_check_method_kept(redirect)) {
        return false;
    }
    see_check_say_methods(redirect, verdict);
    return true;
}

const struct see_rule see_rule_308_method_changed = {
    .id = "308-method-changed",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_CLIENT,
    .title = "the method changed after a 308",
    .condition =
        "A 308 was followed by GET or HEAD, and the request had another method. (A follow-up "
        "with any other method is a request of the program's own.)",
    .citation = "RFC 9110, 15.4.9",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.9",
    .meaning = "A 308 is a 301 that does not let the method change. The client changed it.",
    .impact = "What was to be done is not done, and as a 308 is permanent the client may change it "
              "each time from then on.",
    .advice = "The client has to repeat the request as it was, or stop.",
    .known = "treq, node-request.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .on = SEE_ON_308,
    .needs = SEE_NEED_METHOD_CHANGED,
    .check = check,
};
