/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule location-malformed - a Location is a URI-reference.
 *
 * RFC 9110, 2.2 and 10.2.2: a sender must not generate what does not match the
 * grammar, and the value is a URI-reference (RFC 3986, 4.1).  An http or https URI
 * with an empty host is one that must be rejected (4.2.1).  An empty value is
 * valid grammar.
 */
#include "core/uri.h"
#include "rules/catalogue.h"
#include "rules/check.h"

/* Digits alone match the grammar (RFC 3986, 3.2.3), though there is no such port. */
static bool is_number(struct see_view rest)
{
    size_t at = 0;
    while (at < rest.len && see_ascii_is_digit(rest.ptr[at])) {
        at++;
    }
    return at > 0 &&
           (at == rest.len || rest.ptr[at] == '/' || rest.ptr[at] == '?' || rest.ptr[at] == '#');
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_message *response = &redirect->exchange->response;
    for (size_t i = 0; i < response->field_count; i++) {
        const struct see_field *field = &response->fields[i];
        size_t at = 0;
        if (!see_view_eq_nocase(field->name, SEE_LITERAL("Location"))) {
            continue;
        }
        enum see_uri_flaw flaw = see_uri_check(field->value, &at);
        if (flaw != SEE_URI_OK) {
            if (flaw == SEE_URI_PORT &&
                is_number(see_view_cut(field->value, at, field->value.len))) {
                verdict->severity = SEE_SEVERITY_WARNING;
                verdict->strength = SEE_STRENGTH_NONE;
            }
            see_text_printf(verdict->message,
                            "the Location is no valid URI-reference: %s at octet %zu",
                            see_uri_flaw_text(flaw), at);
            see_text_printf(verdict->evidence, "\"flaw\":\"%s\",\"at\":%zu",
                            see_uri_flaw_text(flaw), at);
            return true;
        }
    }
    return false;
}

const struct see_rule see_rule_location_malformed = {
    .id = "location-malformed",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_MUST,
    .party = SEE_PARTY_SERVER,
    .title = "a Location that is no URI",
    .condition =
        "The Location does not match the grammar of a URI-reference, or has an empty host; a "
        "warning where its port is a number that is none of a port.",
    .citation = "RFC 9110, 2.2, 10.2.2, 4.2.1",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.2",
    .meaning = "The Location has octets in it that no URI has, or no host; the message says what "
               "and where.",
    .impact = "Clients repair such values in different ways, or cut them: some users arrive, some "
              "do not. Where it comes out of a parameter, it may be an opening for more.",
    .advice = "The server has to percent-encode what is not allowed to stand in a URI.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_ODD_LOCATION,
    .check = check,
};
