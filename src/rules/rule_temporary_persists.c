/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule temporary-persists - temporary, for weeks.
 *
 * RFC 9110, 15.4.3, 15.4.8: the target "resides temporarily" elsewhere. From the
 * database, over all captures: one URI, one status, one target, and no other answer
 * between, for 14 days or more.
 */
#include "rules/catalogue.h"

const struct see_rule see_rule_temporary_persists = {
    .id = "temporary-persists",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a temporary redirect that has become permanent",
    .condition = "The same 302, 303 or 307 was given for the same URI over 14 days or more of "
                 "captures, with no other answer between.",
    .citation = "RFC 9110, 15.4.3, 15.4.8",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.3",
    .meaning =
        "A redirect that was to be temporary has given the same target for at least two weeks.",
    .impact = "Each client asks each time, and search engines keep the old URI.",
    .advice = "If nobody means to take it back, the server can answer 301 or 308. A redirect to a "
              "login, or to the language of the user, is temporary by nature and may stay.",
    .subject = SEE_SUBJECT_CAPTURES,
};
