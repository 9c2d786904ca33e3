/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule deprecated-status - 305, 306 and what is not registered.
 *
 * RFC 9110, 15.4.6, 15.4.7: Use Proxy is deprecated, 306 unused. An unknown 3xx is
 * taken for a 300.
 */
#include "rules/catalogue.h"
#include "rules/marks.h"

static bool check(const struct see_exchange *exchange, struct see_verdict *verdict)
{
    see_text_printf(verdict->message, "the status %d is %s", exchange->status,
                    exchange->status == 305   ? "deprecated"
                    : exchange->status == 306 ? "not used any more"
                                              : "not registered");
    see_text_printf(verdict->evidence, "\"status\":%d", exchange->status);
    return true;
}

const struct see_rule see_rule_deprecated_status = {
    .id = "deprecated-status",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a 3xx that nobody should send",
    .condition = "A response has status 305, 306 or an unregistered 3xx (309 to 399).",
    .citation = "RFC 9110, 15.4.6, 15.4.7",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.6",
    .meaning = "No client is bound to know what the status means. By the class it is a redirect, "
               "and handled as 300: nobody is taken anywhere.",
    .impact = "305 let any server name a proxy for itself, and clients ignore it for that reason. "
              "The others mean something to their inventor only.",
    .advice = "The server should answer 301, 302, 303, 307 or 308.",
    .subject = SEE_SUBJECT_EXCHANGE,
    .mark = SEE_MARK_ODD_STATUS,
    .check_exchange = check,
};
