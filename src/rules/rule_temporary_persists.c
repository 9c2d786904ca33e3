/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule temporary-persists - temporary, for weeks.
 *
 * RFC 9110, 15.4.3, 15.4.8: the target "resides temporarily" elsewhere. From the
 * database, over all captures: one URI, one status, one target, and no other answer
 * between that is stored, for 14 days or more. What is no redirect is stored with
 * --all-exchanges only, so the words claim no more than what was seen each time.
 */
#include "rules/catalogue.h"

const struct see_rule see_rule_temporary_persists = {
    .id = "temporary-persists",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a temporary redirect that seems to stay",
    .condition = "The same 302, 303 or 307 was given for the same URI over 14 days or more of "
                 "captures, and no other answer between is in the database, which has answers that "
                 "are no redirects only with --all-exchanges.",
    .citation = "RFC 9110, 15.4.3, 15.4.8",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.3",
    .meaning =
        "Whenever it was seen over two weeks or more, a redirect that was to be temporary gave the "
        "same target.",
    .impact = "Each client asks each time, and search engines keep the old URI.",
    .advice = "If it is given all the time and nobody means to take it back, the server can answer "
              "301 or 308. A redirect to a login, or to the language of the user, is temporary by "
              "nature and may stay.",
    .subject = SEE_SUBJECT_CAPTURES,
};
