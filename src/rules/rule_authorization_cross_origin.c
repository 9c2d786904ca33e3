/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule authorization-cross-origin - credentials stay with their origin.
 *
 * RFC 9110, 15.4, item 3 asks to consider removing them; the Fetch standard does.
 * The values are compared: a client may have credentials of its own for the other
 * origin.
 */
#include "pair/origin.h"
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
        if (before.len > 0 && see_view_eq(before, after) && !is_for_proxy(redirect->followup, i)) {
            return names[i];
        }
    }
    return NULL;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *f = redirect->followup;
    if (!see_check_both_requests(redirect) || see_origin_same(redirect->exchange, f)) {
        return false;
    }
    const char *field = carried_along(redirect);
    if (field == NULL) {
        return false;
    }
    see_text_printf(verdict->message, "%s went along to another origin, ", field);
    see_text_add(verdict->message, f->scheme);
    see_text_add_string(verdict->message, "://");
    see_text_add(verdict->message, see_origin_host(f));
    if (see_view_eq_nocase(see_origin_host(redirect->exchange), see_origin_host(f))) {
        see_text_printf(verdict->message, " port %u", see_origin_tcp_port(f));
    }
    see_text_printf(verdict->evidence, "\"field\":\"%s\",\"from\":", field);
    see_text_add_json(verdict->evidence, see_origin_host(redirect->exchange));
    see_text_add_string(verdict->evidence, ",\"to\":");
    see_text_add_json(verdict->evidence, see_origin_host(f));
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
        "Proxy-Authorization.",
    .citation = "RFC 9110, 15.4; Fetch, HTTP-redirect fetch",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .advice =
        "Whoever can make a server redirect gets the caller's credentials.  The client should "
        "drop them when scheme, host or port change; its users can turn automatic redirects "
        "off, and servers should not redirect authenticated calls elsewhere.  Known: wget, "
        "Python's urllib, Perl's LWP, Apache HttpClient 4, libsoup 2.",
    .check = check,
};
