/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule location-userinfo - no name and password in a Location.
 *
 * RFC 9110, 4.2.4: a sender must not generate the userinfo of an http or https URI in
 * a field value. Nothing of it is shown or stored.
 */
#include "core/uri.h"
#include "rules/catalogue.h"

/* Userinfo in an http or https URI, be its scheme the request's. */
static bool has_userinfo(struct see_view location)
{
    struct see_uri uri = see_uri_split(see_view_trim(location));
    bool is_http = uri.scheme.ptr == NULL || see_scheme_is_http(uri.scheme);
    return is_http && uri.authority.ptr != NULL &&
           see_authority_split(uri.authority).userinfo.ptr != NULL;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_message *response = &redirect->exchange->response;
    for (size_t i = 0; i < response->field_count; i++) {
        const struct see_field *field = &response->fields[i];
        if (see_view_eq_nocase(field->name, SEE_LITERAL("Location")) &&
            has_userinfo(field->value)) {
            see_text_add_string(verdict->message, "the Location holds userinfo");
            see_text_printf(verdict->evidence, "\"status\":%d", redirect->exchange->status);
            return true;
        }
    }
    return false;
}

const struct see_rule see_rule_location_userinfo = {
    .id = "location-userinfo",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_MUST,
    .party = SEE_PARTY_SERVER,
    .title = "a Location with userinfo",
    .condition = "The Location is an http or https URI with userinfo (a name, perhaps a password) "
                 "before its host.",
    .citation = "RFC 9110, 4.2.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-4.2.4",
    .meaning = "The server sends clients to a URI of the form http://name:password@host/.",
    .impact =
        "Half of the clients send it on as Basic credentials, the others drop it; it ends up in "
        "logs and histories; and \"http://good.example@evil.example/\" is a way to deceive.",
    .advice = "The server has to leave it out. Where the target wants credentials, it has to ask "
              "for them with a 401.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_ODD_LOCATION,
    .check = check,
};
