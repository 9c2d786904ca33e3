/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule scheme-downgrade - from https down to http.
 *
 * RFC 9110, 15.4 leaves it open; Fetch and HSTS show what it costs: what comes after
 * is in the clear, and can be changed by anybody on the way.
 */
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/place.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    struct see_place place;
    if (!r->request.has_head || !see_view_eq(r->scheme, SEE_LITERAL("https")) ||
        !see_place_find(redirect, &place) || place.is_relative ||
        !see_view_eq_nocase(place.scheme, SEE_LITERAL("http"))) {
        return false;
    }
    see_text_printf(verdict->message, "the %d leads from https to http, ", r->status);
    see_check_say_place(r, &place, verdict);
    return true;
}

const struct see_rule see_rule_scheme_downgrade = {
    .id = "scheme-downgrade",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect from https to http",
    .condition = "The client asked by https (over TLS as a trusted proxy says, or in its target), "
                 "and the Location is http://.",
    .citation = "RFC 9110, 4.2.2, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-4.2.2",
    .meaning = "The user was on an encrypted page and is sent to one that is not.",
    .impact = "URI, cookies without Secure and content go over the net in the clear, and whoever "
              "is on the way can change them.",
    .advice =
        "The server should lead to https. If the target has none, that is the thing to change.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_HOST,
    .check = check,
};
