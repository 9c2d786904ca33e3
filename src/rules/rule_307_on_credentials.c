/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 307-on-credentials - a password is not sent twice.
 *
 * RFC 9700, 4.12: an authorization server must not answer a request that may hold the
 * user's credentials with a 307, since the client repeats it, credentials included, to
 * whom it is redirected to. 308 does the same. Only names of fields are looked at, and
 * none of their values.
 */
#include "core/uri.h"
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/fields.h"

/* Parameters that only a request for authorization has. */
static bool is_oauth_request(struct see_view uri)
{
    struct see_view query = see_uri_split(uri).query;
    return see_fields_has(query, "response_type") && see_fields_has(query, "client_id");
}

/* Its answer, which leads to the client: a form may well have a code and a state of its own. */
static bool is_oauth_answer(const struct see_redirect *redirect, const struct see_place *place)
{
    static const char *const answers[] = {"code", "access_token", "id_token", "error"};
    struct see_uri parts = see_uri_split(redirect->location);
    if (see_place_is_origin(place, redirect->exchange)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if ((see_fields_has(parts.query, answers[i]) && see_fields_has(parts.query, "state")) ||
            (see_fields_has(parts.fragment, answers[i]) &&
             see_fields_has(parts.fragment, "state"))) {
            return true;
        }
    }
    return false;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if (!see_check_method_is(r, "POST") ||
        !see_fields_credential(&r->request, verdict->limits, verdict->scratch)) {
        return false;
    }
    struct see_place place;
    bool has_place = see_place_find(redirect, &place);
    bool is_violation =
        r->status == 307 && (is_oauth_request(redirect->location) || is_oauth_request(r->uri) ||
                             (has_place && is_oauth_answer(redirect, &place)));
    if (!is_violation) {
        verdict->severity =
            has_place && see_place_is_upgrade(&place, r) ? SEE_SEVERITY_INFO : SEE_SEVERITY_WARNING;
        verdict->strength = SEE_STRENGTH_NONE;
    }
    see_text_printf(verdict->message, "the %d sends the POST with its field ", r->status);
    see_text_add(verdict->message, see_text_view(verdict->scratch));
    see_text_printf(verdict->message, " on%s: 303 does not",
                    is_violation ? ", out of an OAuth authorization" : "");
    see_text_printf(verdict->evidence, "\"status\":%d,\"oauth\":%s,\"field\":", r->status,
                    is_violation ? "true" : "false");
    see_text_add_json(verdict->evidence, see_text_view(verdict->scratch));
    return true;
}

const struct see_rule see_rule_307_on_credentials = {
    .id = "307-on-credentials",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_MUST,
    .party = SEE_PARTY_SERVER,
    .title = "a POST with credentials answered 307 or 308",
    .condition =
        "A POST whose content has a field named like a credential (password, pin, otp, ...) was "
        "answered 307 or 308; a violation for a 307 out of an OAuth authorization, else a warning, "
        "and worth knowing only from http to https on the same host.",
    .citation = "RFC 9700, 4.12",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9700.html#section-4.12",
    .meaning = "The user has typed a password, and the server tells the browser to send the same "
               "form, password included, to another address.",
    .impact = "In OAuth that address is the client that wants to log the user in, which thereby "
              "gets the password. Elsewhere the password ends up in more places than it has to.",
    .advice = "The server has to answer 303, which turns the POST into a GET and leaves the "
              "content behind.",
    .subject = SEE_SUBJECT_REDIRECT,
    .on = SEE_ON_307 | SEE_ON_308,
    .needs = SEE_NEED_POST,
    .check = check,
};
