/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule location-missing - a redirect says where to.
 *
 * RFC 9110, 15.4.2 to 15.4.9: the server should generate a Location; a 303 is
 * defined by it.  Not asked of a header section that was cut.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if (redirect->location_count > 0 || !r->response.has_head || r->response.has_gap) {
        return false;
    }
    see_text_printf(verdict->message, "the %d has no Location", r->status);
    see_text_printf(verdict->evidence, "\"status\":%d", r->status);
    return true;
}

const struct see_rule see_rule_location_missing = {
    .id = "location-missing",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect without Location",
    .condition = "A 301, 302, 303, 307 or 308 has no Location field.",
    .citation = "RFC 9110, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The status says \"elsewhere\", and nothing says where.",
    .impact = "No client can go anywhere, and users see an empty page.",
    .advice = "The server has to send a Location, or another status.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_ODD_LOCATION,
    .check = check,
};
