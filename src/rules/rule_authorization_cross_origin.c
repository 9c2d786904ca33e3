/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule authorization-cross-origin - credentials stay with their origin.
 *
 * RFC 9110, 15.4, item 3 asks to consider removing them; the Fetch standard does.
 * The values are compared: a client may have credentials of its own for the other
 * origin.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

/* Proxy-Authorization is meant for the proxy, which an absolute target goes to (RFC 9110, 11.7.2).
 */
static bool is_for_proxy(const struct see_exchange *f, size_t name)
{
    return name == 1 && f->target.len > 0 && f->target.ptr[0] != '/';
}

static const char *carried_along(const struct see_redirect *redirect)
{
    static const char *const names[] = {"Authorization", "Proxy-Authorization"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct see_view name = see_view_of(names[i]);
        struct see_view before = see_message_field(&redirect->exchange->request, name, NULL);
        struct see_view after = see_message_field(&redirect->followup->request, name, NULL);
        if (before.len > 0 && see_view_eq(before, after) && !see_check_is_greeting(before) &&
            !is_for_proxy(redirect->followup, i)) {
            return names[i];
        }
    }
    return NULL;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const char *field = carried_along(redirect);
    if (field == NULL || !see_check_is_cross_origin(redirect)) {
        return false;
    }
    struct see_place to = see_place_of(redirect->followup);
    bool is_upgrade = see_place_is_upgrade(&to, redirect->exchange);
    if (is_upgrade) {
        verdict->severity = SEE_SEVERITY_INFO;
    }
    see_text_printf(verdict->message, "%s went along to another origin, %s", field,
                    is_upgrade ? "from http to https on the same host: " : "");
    see_check_say_origins(redirect, verdict, see_view_of(field));
    return true;
}

const struct see_rule see_rule_authorization_cross_origin = {
    .id = "authorization-cross-origin",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "credentials were carried to another origin",
    .condition =
        "The follow-up went to another scheme, host or port with the same Authorization or "
        "Proxy-Authorization; worth knowing only from http to https on the same host.",
    .citation = "RFC 9110, 15.4; Fetch, HTTP-redirect fetch",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The client was redirected to another scheme, host or port and sent the same "
               "credentials there.",
    .impact = "Whoever can make a server redirect gets the caller's credentials.",
    .advice =
        "The client should drop them when scheme, host or port change. Its users can turn "
        "automatic redirects off, and servers should not redirect authenticated calls elsewhere.",
    .known = "wget, Python's urllib, Perl's LWP, Apache HttpClient 4, libsoup 2.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .check = check,
};
