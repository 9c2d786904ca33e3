/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule method-not-allowed-after-rewrite - the error that comes of a rewritten method.
 *
 * RFC 9110, 15.4: where the method changed on the way, an answer of 404, 405 or 411 is
 * about a request that nobody meant to make. After a 303 the change is what was asked
 * for.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    int status = redirect->followup->status;
    if ((status != 404 && status != 405 && status != 411) || see_check_method_kept(redirect) ||
        !see_check_is_automatic(redirect)) {
        return false;
    }
    see_check_say_methods(redirect, verdict);
    see_text_printf(verdict->message, ", which is answered %d", status);
    see_text_printf(verdict->evidence, ",\"followup_status\":%d", status);
    return true;
}

const struct see_rule see_rule_method_not_allowed_after_rewrite = {
    .id = "method-not-allowed-after-rewrite",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "the rewritten method was refused",
    .condition = "A 301, 302, 307 or 308 was followed with another method, and the follow-up was "
                 "answered 404, 405 or 411.",
    .citation = "RFC 9110, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The error that the user sees comes of the redirect: on the way the method became "
               "another one, and the target does not take that.",
    .impact = "It is looked for in the target, which is right to refuse.",
    .advice = "The server should answer 307 or 308 where the same request is wanted at the target, "
              "and 303 where a GET is. The caller can ask for the final URI.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .on = SEE_ON_301 | SEE_ON_302 | SEE_ON_307 | SEE_ON_308,
    .needs = SEE_NEED_METHOD_CHANGED,
    .is_late = true,
    .check = check,
};
