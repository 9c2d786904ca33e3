/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule redirect-cacheable-with-cookie - a cookie in a shared cache.
 *
 * RFC 9111, 3: a shared cache may store a 301 or 308 without being told, and others
 * with explicit freshness. Set-Cookie does not keep it from that (RFC 6265, 3):
 * everybody then gets the cookie of the first.
 */
#include "pair/cookie.h"
#include "rules/caching.h"
#include "rules/catalogue.h"
#include "rules/check.h"

static bool sets_cookie(const struct see_message *response)
{
    if (!see_message_may_have(response, SEE_LITERAL("Set-Cookie"))) {
        return false;
    }
    for (size_t i = 0; i < response->field_count; i++) {
        struct see_cookie cookie;
        struct see_view domain, path;
        bool deletes;
        if (see_view_eq_nocase(response->fields[i].name, SEE_LITERAL("Set-Cookie")) &&
            see_cookie_parse_set(response->fields[i].value, &cookie, &domain, &path, &deletes) &&
            !deletes) {
            return true;
        }
    }
    return false;
}

/* It is used for nobody but who has the very cookies of R (RFC 9111, 4.1). */
static bool is_own(const struct see_exchange *r)
{
    struct see_view vary = see_message_field(&r->response, SEE_LITERAL("Vary"), NULL);
    struct see_view name;
    while (see_view_next(&vary, ',', &name)) {
        if (see_view_eq_nocase(see_view_trim(name), SEE_LITERAL("Cookie"))) {
            return see_message_field(&r->request, SEE_LITERAL("Cookie"), NULL).ptr != NULL;
        }
    }
    return false;
}

/* RFC 9111, 3, where the cache is shared. */
static bool may_be_stored(const struct see_exchange *r)
{
    struct see_caching caching = see_caching_of(&r->response);
    bool is_cacheable = r->status == 301 || r->status == 308 || caching.is_public;
    bool has_authorization =
        see_message_field(&r->request, SEE_LITERAL("Authorization"), NULL).ptr != NULL;
    if (caching.is_forbidden || (has_authorization && !caching.is_public)) {
        return false;
    }
    return caching.has_lifetime ? caching.lifetime_s > 0 : is_cacheable;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if (!r->request.has_head || !see_check_is_get(r) || !sets_cookie(&r->response) ||
        !may_be_stored(r) || is_own(r)) {
        return false;
    }
    see_text_printf(verdict->message, "the %d sets a cookie, and a shared cache may store it",
                    r->status);
    see_text_printf(verdict->evidence, "\"status\":%d,\"explicit_freshness\":%s", r->status,
                    see_caching_of(&r->response).has_lifetime ? "true" : "false");
    return true;
}

const struct see_rule see_rule_redirect_cacheable_with_cookie = {
    .id = "redirect-cacheable-with-cookie",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect with Set-Cookie that shared caches may store",
    .condition = "A redirect to a GET sets a cookie, and neither its status nor its Cache-Control "
                 "keep shared caches from storing it.",
    .citation = "RFC 9111, 3",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9111.html#section-3",
    .meaning = "301 and 308 may be cached without a word, the others when they name a lifetime; "
               "and a Set-Cookie is stored along with them.",
    .impact =
        "Everybody behind the cache gets the cookie that was meant for one: sessions are mixed up.",
    .advice = "The server should send Cache-Control: private or no-store with it, or set the "
              "cookie elsewhere.",
    .subject = SEE_SUBJECT_REDIRECT,
    .check = check,
};
