/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule followup-failed - a redirect to what is not there.
 *
 * Not a fault of the protocol, but what the user sees. A 401 or 407 is a question, and
 * no failure. What comes of a method that the client chose has rules of its own.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

/* Then a rule about the client says whose fault it is. */
static bool is_other_method(const struct see_redirect *redirect)
{
    const struct see_exchange *r = redirect->exchange;
    const struct see_exchange *f = redirect->followup;
    bool is_refused = f->status == 404 || f->status == 405 || f->status == 411;
    bool is_rewritten = r->status != 303 && !see_check_method_kept(redirect);
    return is_refused && (is_rewritten || !see_check_method_fits(r->status, r->method, f->method));
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *f = redirect->followup;
    bool is_question = f->status == 401 || f->status == 407;
    if (f->status < 400 || is_question || is_other_method(redirect)) {
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
