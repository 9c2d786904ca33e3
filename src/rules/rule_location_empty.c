/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule location-empty - an empty Location says nothing.
 *
 * RFC 3986, 4.4: an empty reference is one to the same document. By the letter the
 * client asks the same again; many take it for none.
 */
#include "rules/catalogue.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    if (redirect->location_count != 1 || see_view_trim(redirect->location).len > 0) {
        return false;
    }
    see_text_printf(verdict->message, "the %d has an empty Location", redirect->exchange->status);
    see_text_printf(verdict->evidence, "\"status\":%d", redirect->exchange->status);
    return true;
}

const struct see_rule see_rule_location_empty = {
    .id = "location-empty",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect with an empty Location",
    .condition = "A 301, 302, 303, 307 or 308 has a Location without a value.",
    .citation = "RFC 9110, 10.2.2; RFC 3986, 4.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc3986.html#section-4.4",
    .meaning = "The field is there, and there is nothing in it. By RFC 3986 that is the URI of the "
               "request itself.",
    .impact = "Clients are split: some ask the same again until they give up, some stop, some show "
              "the content.",
    .advice = "The application has to say where to. Often a variable was not set: a target that is "
              "read from a parameter or a header that is not there.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_ODD_LOCATION,
    .check = check,
};
