/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule location-on-non-redirect - a Location where it means nothing.
 *
 * RFC 9110, 10.2.2: Location refers to a resource in relation to the response, and
 * what relation is for the status code to say: 201 and the 3xx do. On a 202 it is
 * widely used for where to look for the result.
 */
#include "rules/catalogue.h"
#include "rules/marks.h"

static bool gives_meaning(int status)
{
    return status == 201 || status == 202 || (status >= 300 && status < 400 && status != 304);
}

static bool check(const struct see_exchange *exchange, struct see_verdict *verdict)
{
    if (gives_meaning(exchange->status)) {
        return false;
    }
    see_text_printf(verdict->message, "the %d has a Location, which means nothing there",
                    exchange->status);
    see_text_printf(verdict->evidence, "\"status\":%d", exchange->status);
    return true;
}

const struct see_rule see_rule_location_on_non_redirect = {
    .id = "location-on-non-redirect",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a Location on a status that gives it no meaning",
    .condition = "A response other than 201, 202 or a redirect has a Location.",
    .citation = "RFC 9110, 10.2.2",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.2",
    .meaning = "The response names a place to go to, but its status does not send anybody there.",
    .impact = "If a redirect was meant, nobody follows. A script that looks for Location alone, "
              "and not at the status, does.",
    .advice = "The server should send the status that it means: 201 for something created, 303 or "
              "302 to send the client on. Frameworks let a Location be set without a status; PHP "
              "sends 302 only if no other status was set before.",
    .subject = SEE_SUBJECT_EXCHANGE,
    .mark = SEE_MARK_LOCATION,
    .check_exchange = check,
};
