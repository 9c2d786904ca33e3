/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule secret-header-cross-origin - keys and tokens stay with their origin.
 *
 * What a client puts into X-Api-Key, Private-Token and their like is a credential as
 * Authorization is, but no client knows it for one (CVE-2026-40895). The values are
 * compared: a fresh one is legitimate.
 */
#include "core/redact_names.h"
#include "rules/catalogue.h"
#include "rules/check.h"

/* Those that rules of their own look at, and those that only responses have. */
static bool is_other_rules(struct see_view name)
{
    static const char *const names[] = {"Authorization", "Proxy-Authorization", "Cookie",
                                        "Cookie2"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (see_view_eq_nocase(name, see_view_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* What asks for a token, or says that none is needed, is none. */
static bool is_word(struct see_view value)
{
    static const struct see_view words[] = {
        SEE_NAME("fetch"), SEE_NAME("required"), SEE_NAME("no-check"), SEE_NAME("nocheck"),
        SEE_NAME("true"),  SEE_NAME("false"),    SEE_NAME("null"),     SEE_NAME("undefined")};
    return value.len == 0 || see_view_is_among(value, words, sizeof(words) / sizeof(words[0]));
}

static const struct see_field *carried_along(const struct see_redirect *redirect)
{
    const struct see_message *r = &redirect->exchange->request;
    for (size_t i = 0; i < r->field_count; i++) {
        const struct see_field *field = &r->fields[i];
        if (!is_word(field->value) && see_redact_is_secret_field(field->name) &&
            !is_other_rules(field->name) &&
            see_view_eq(see_message_field(&redirect->followup->request, field->name, NULL),
                        field->value)) {
            return field;
        }
    }
    return NULL;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_field *field =
        see_check_is_cross_origin(redirect) ? carried_along(redirect) : NULL;
    if (field == NULL) {
        return false;
    }
    see_text_add(verdict->message, field->name);
    see_text_add_string(verdict->message, " went along to another origin, ");
    see_check_say_origins(redirect, verdict, field->name);
    return true;
}

const struct see_rule see_rule_secret_header_cross_origin = {
    .id = "secret-header-cross-origin",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "a key or token was carried to another origin",
    .condition = "The follow-up went to another scheme, host or port with the same value in a "
                 "field such as X-Api-Key, X-Auth-Token or Private-Token.",
    .citation = "RFC 9110, 15.4; CVE-2026-40895",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The request carried a credential in a field of its own making, was redirected to "
               "another origin, and the client repeated the field there with the same value.",
    .impact = "Whoever runs the other origin can use the key. Clients drop Authorization by now, "
              "but know nothing of fields that an application invented.",
    .advice =
        "The caller has to turn automatic redirects off for such requests, or use Authorization, "
        "which clients drop. Servers should not redirect calls that carry keys to another origin.",
    .known = "all that were measured: no client knows such fields for secrets.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .check = check,
};
