/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule followup-failed - a redirect to what is not there.
 *
 * Not a fault of the protocol, but what the user sees. A 401 or 407 is a question, and
 * no failure. What comes of a rewritten method has a rule of its own.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

/* Then method-not-allowed-after-rewrite says whose fault it is. */
static bool is_rewritten(const struct see_redirect *redirect)
{
    int status = redirect->followup->status;
    return redirect->exchange->status != 303 && !see_check_method_kept(redirect) &&
           (status == 404 || status == 405 || status == 411);
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *f = redirect->followup;
    bool is_question = f->status == 401 || f->status == 407;
    if (f->status < 400 || is_question || is_rewritten(redirect)) {
        return false;
    }
    see_text_printf(verdict->message, "the %d led to a %d", redirect->exchange->status, f->status);
    see_text_printf(verdict->evidence, "\"status\":%d,\"followup_status\":%d",
                    redirect->exchange->status, f->status);
    return true;
}

const struct see_rule see_rule_followup_failed = {
    .id = "followup-failed",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect that led to an error",
    .condition = "The follow-up was answered with a 4xx (other than 401 and 407) or 5xx.",
    .citation = "RFC 9110, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The client went where it was sent, and there was an error.",
    .impact = "The user sees the error, and not the redirect that led there.",
    .advice = "The server that redirects should point at what is there. Where the method was "
              "rewritten on the way, see method-not-allowed-after-rewrite.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .is_late = true,
    .check = check,
};
