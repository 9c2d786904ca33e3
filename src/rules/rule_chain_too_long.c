/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule chain-too-long - redirects that follow one another are few.
 *
 * RFC 9110, 15.4 recalls that clients were once to follow five at most; the Fetch
 * standard stops after twenty, so a client that has followed more goes where no
 * browser would.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

#define MANY_FROM 6
#define TOO_MANY_FROM 21

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    if (redirect->chain_followed != MANY_FROM && redirect->chain_followed != TOO_MANY_FROM) {
        return false;
    }
    if (redirect->chain_followed == MANY_FROM) {
        verdict->severity = SEE_SEVERITY_INFO;
    }
    see_text_printf(verdict->message, "%u redirects were followed one after another",
                    redirect->chain_followed);
    verdict->confidence = redirect->chain_confidence;
    see_text_printf(verdict->evidence, "\"followed\":%u", redirect->chain_followed);
    return true;
}

const struct see_rule see_rule_chain_too_long = {
    .id = "chain-too-long",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "a long chain of redirects",
    .condition = "Six redirects were followed one after another (worth knowing), or twenty-one (a "
                 "warning).",
    .citation = "RFC 9110, 15.4; Fetch, HTTP-redirect fetch",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The client followed one redirect after another; the message says how many.",
    .impact = "Each hop costs a round trip, and browsers stop after 20: a chain that this client "
              "followed to its end has no end for them.",
    .advice =
        "The servers on the way should point at the final place; the client should have a limit.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .check = check,
};
