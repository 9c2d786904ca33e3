/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule secret-in-location - no token in a URI for somebody else.
 *
 * CWE-598: a URI is kept in histories and logs and sent on in Referer. What OAuth and
 * CAS pass on by design (code, state, ticket), and signed URIs of a store, are for one
 * use and left alone.
 */
#include "core/uri.h"
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/fields.h"
#include "rules/place.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    struct see_view query = see_uri_split(redirect->location).query;
    struct see_view value;
    struct see_place place;
    if (query.len == 0 || !r->request.has_head || !see_place_find(redirect, &place) ||
        see_place_is_origin(&place, r) || see_place_is_upgrade(&place, r) ||
        !see_fields_secret(query, verdict->scratch, &value)) {
        return false;
    }
    bool is_handed_on = see_view_search(r->uri, value) < r->uri.len;
    if (is_handed_on || see_check_has_inner_name(r)) {
        verdict->severity = SEE_SEVERITY_INFO;
    }
    see_text_add_string(verdict->message, is_handed_on ? "the Location hands on the parameter "
                                                       : "the Location hands the parameter ");
    see_text_add(verdict->message, see_text_view(verdict->scratch));
    see_text_add_string(verdict->message, " to another origin, ");
    see_check_say_place(r, &place, verdict);
    see_text_add_string(verdict->evidence, ",\"parameter\":");
    see_text_add_json(verdict->evidence, see_text_view(verdict->scratch));
    return true;
}

const struct see_rule see_rule_secret_in_location = {
    .id = "secret-in-location",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a secret in the query of a Location",
    .condition = "The query of a Location to another origin has a parameter named like a token, a "
                 "session or a password, with a value; worth knowing only where the request had "
                 "the value in its URI, or a proxy may know the server by another name than its "
                 "clients do.",
    .citation = "CWE-598",
    .citation_url = "https://cwe.mitre.org/data/definitions/598.html",
    .meaning = "The redirect carries a secret in its URI to another origin.",
    .impact = "URIs are written to logs on both sides, kept in the history and sent on as Referer: "
              "whoever reads one of these has the secret.",
    .advice = "The server should hand over a code for one use and let the other side fetch the "
              "token, or send it by POST. A token in a fragment at least is not sent.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_HOST,
    .check = check,
};
