/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule cycle-not-broken - a client detects a redirect that leads in circles.
 *
 * RFC 9110, 15.4: a client should detect and intervene in cyclical redirections.
 * The same method and URI with the same cookies is the same request; a login that
 * sets a cookie each round is not.  Stopping after twenty redirects, as browsers
 * do, is intervening.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

#define REPEATS_WORTH_KNOWING 3
#define FOLLOWED_BY_BROWSERS 20

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    bool is_too_far = redirect->cycle_followed == FOLLOWED_BY_BROWSERS + 1;
    bool is_repeated = redirect->is_cycle_start && redirect->cycle_followed > 0 &&
                       redirect->visits == REPEATS_WORTH_KNOWING + 1;
    if (!is_too_far && !is_repeated) {
        return false;
    }
    if (!is_too_far) {
        verdict->severity = SEE_SEVERITY_INFO;
        verdict->strength = SEE_STRENGTH_NONE;
        see_text_printf(verdict->message, "the same request was made %u times in a circle",
                        redirect->visits);
    } else {
        see_text_printf(verdict->message, "%u redirects of a circle were followed",
                        redirect->cycle_followed);
    }
    verdict->confidence = redirect->chain_confidence;
    see_text_printf(verdict->evidence, "\"visits\":%u,\"cycle_followed\":%u,\"hop\":%u",
                    redirect->visits, redirect->cycle_followed, redirect->hop);
    return true;
}

const struct see_rule see_rule_cycle_not_broken = {
    .id = "cycle-not-broken",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_CLIENT,
    .title = "a redirect cycle was followed on and on",
    .condition =
        "The same method and URI, with the same cookies, again and again in one chain: worth "
        "knowing at the third repetition, a warning once more than 20 redirects of the "
        "cycle were followed.",
    .citation = "RFC 9110, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The servers lead in a circle, and the client does not notice: it makes the same "
               "request, with the same cookies, again and again.",
    .impact = "Load on both sides until somebody stops it.",
    .advice = "The client should stop at the latest where browsers do, after 20. The server has to "
              "break the circle.",
    .known = "clients whose limit is higher than 20: curl (50), Python's requests (30).",
    .subject = SEE_SUBJECT_FOLLOWED,
    .check = check,
};
