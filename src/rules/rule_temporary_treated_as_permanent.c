/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule temporary-treated-as-permanent - a temporary redirect is asked for again.
 *
 * RFC 9110, 15.4.3, 15.4.8: the target may change, so the client ought to go on using
 * the original URI. Without explicit freshness no cache may answer for it.
 *
 * A page that links to the target looks the same, so browsers are left out, and one
 * case proves nothing: from the database, over all captures, of programs that never
 * asked for the original again.
 */
#include "rules/catalogue.h"

const struct see_rule see_rule_temporary_treated_as_permanent = {
    .id = "temporary-treated-as-permanent",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "a client keeps going straight to the target of a temporary redirect",
    .condition = "A program followed a 302, 303 or 307 that gave no freshness, and has since asked "
                 "for the target five times or more without asking for the original URI again "
                 "(needs --all-exchanges).",
    .citation = "RFC 9110, 15.4.3, 15.4.8",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.3",
    .meaning = "The client took a temporary redirect for a permanent one: it remembers the target "
               "and has stopped asking for the URI that it was given.",
    .impact = "When the server moves the target, which is what a temporary redirect is for, this "
              "client does not notice.",
    .advice = "The client should ask for the original URI each time. A server that does not mind "
              "should answer 301 or 308, or give the redirect a lifetime with Cache-Control.",
    .subject = SEE_SUBJECT_CAPTURES,
};
