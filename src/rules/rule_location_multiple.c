/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule location-multiple - there is one Location.
 *
 * RFC 9110, 5.3: a sender must not generate several field lines of a name whose
 * value is not a list.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    if (redirect->location_count < 2) {
        return false;
    }
    see_text_printf(verdict->message, "the %d has %zu Location lines", redirect->exchange->status,
                    redirect->location_count);
    see_text_printf(verdict->evidence, "\"lines\":%zu", redirect->location_count);
    return true;
}

const struct see_rule see_rule_location_multiple = {
    .id = "location-multiple",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_MUST,
    .party = SEE_PARTY_SERVER,
    .title = "more than one Location",
    .condition = "The response has two or more Location lines.",
    .citation = "RFC 9110, 5.3",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-5.3",
    .meaning = "The response has several Location lines. The value is no list, so they contradict "
               "each other, even where they say the same.",
    .impact = "Some clients take the first line, some join them, browsers refuse.",
    .advice = "The server has to send one line. Often the application sets one, and a proxy or "
              "framework adds another.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_ODD_LOCATION,
    .check = check,
};
