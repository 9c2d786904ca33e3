/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule location-repaired - somebody mended the Location.
 *
 * RFC 9110, 10.2.2: a Location is resolved as RFC 3986, 5 says. The client went to
 * something that only is its target after a repair, so others may arrive elsewhere.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    if (redirect->tier != SEE_T2 && redirect->tier != SEE_T3) {
        return false;
    }
    const char *repair =
        redirect->repair != NULL ? redirect->repair : "the same only after normalisation";
    see_text_printf(verdict->message, "the client mended the Location: %s", repair);
    see_text_printf(verdict->evidence,
                    "\"tier\":\"%s\",\"repair\":", see_tier_name(redirect->tier));
    see_text_add_json(verdict->evidence, see_view_of(repair));
    return true;
}

const struct see_rule see_rule_location_repaired = {
    .id = "location-repaired",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "the client mended the Location",
    .condition = "The follow-up went to a target that the Location only means after normalisation "
                 "or a repair.",
    .citation = "RFC 9110, 10.2.2; RFC 3986, 5",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.2",
    .meaning = "The client did not go where the Location leads by the letter, but where it took "
               "the server to mean; the message names what it did.",
    .impact = "Clients repair in different ways, so some users arrive and others do not.",
    .advice = "The server should send a Location that needs no repair; location-malformed and "
              "location-no-authority tell what is wrong with it.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .check = check,
};
