/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule cookie-cross-site - cookies stay with their site.
 *
 * RFC 6265, 5.4: a cookie goes to the hosts that its Domain covers, and a Domain
 * covers one registrable domain at most (the public suffix list tells). A field that a
 * caller has set by hand goes where the redirect goes (CVE-2023-43804).
 *
 * Two sites may well set the same trifle, such as a language, so where F's cookies are
 * not R's as a whole, only a value that nobody draws twice counts.
 */
#include "pair/cookie.h"
#include "pair/origin.h"
#include "rules/catalogue.h"
#include "rules/check.h"

/* Past this many cookies of R nothing is compared: none has them, but somebody could make them up.
 */
#define COOKIES_MAX 256

/* So short that two sites may have chosen it. */
#define TRIFLE_MAX 3
#define UNIQUE_MIN 16

static bool is_trifle(struct see_view value)
{
    static const char *const words[] = {
        "true",     "false",   "none",    "dark",   "light",  "allow",   "deny",    "accept",
        "accepted", "dismiss", "desktop", "mobile", "denied", "granted", "enabled", "disabled"};
    if (value.len <= TRIFLE_MAX ||
        (value.len == 5 && (value.ptr[2] == '-' || value.ptr[2] == '_'))) {
        return true;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (see_view_eq_nocase(value, see_view_of(words[i]))) {
            return true;
        }
    }
    return false;
}

/* What every site of a kind sets alike, and what is handed from one site to another on purpose. */
static bool is_common(struct see_view name)
{
    static const struct see_view leads[] = {SEE_NAME("_ga"), SEE_NAME("_gcl"), SEE_NAME("_fbp"),
                                            SEE_NAME("wordpress_test_cookie")};
    static const struct see_view words[] = {
        SEE_NAME("lang"),     SEE_NAME("language"), SEE_NAME("locale"),   SEE_NAME("theme"),
        SEE_NAME("currency"), SEE_NAME("country"),  SEE_NAME("timezone"), SEE_NAME("tz")};
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        if (see_view_starts(name, leads[i])) {
            return true;
        }
    }
    return see_view_is_among(name, words, sizeof(words) / sizeof(words[0]));
}

/* R's cookies are all that F has: the field was passed on as it stood. */
static bool is_passed_on(const struct see_redirect *redirect)
{
    size_t before, after;
    struct see_view name = SEE_LITERAL("Cookie");
    struct see_view r = see_message_field(&redirect->exchange->request, name, &before);
    struct see_view f = see_message_field(&redirect->followup->request, name, &after);
    return before == 1 && after == 1 && see_view_eq(r, f);
}

static bool find(const struct see_redirect *redirect, struct see_cookie *ret_cookie)
{
    bool is_whole = is_passed_on(redirect);
    struct see_cookie_walk walk = {0};
    struct see_cookie other;
    for (size_t i = 0; i < COOKIES_MAX; i++) {
        if (!see_cookie_next(&redirect->exchange->request, &walk, ret_cookie)) {
            return false;
        }
        bool counts =
            is_whole ? !is_trifle(ret_cookie->value) : ret_cookie->value.len >= UNIQUE_MIN;
        if (counts && !is_common(ret_cookie->name) &&
            see_cookie_find(&redirect->followup->request, ret_cookie->name, &other) &&
            see_view_eq(ret_cookie->value, other.value)) {
            return true;
        }
    }
    return false;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    struct see_cookie cookie;
    if (!see_message_may_have(&redirect->followup->request, SEE_LITERAL("Cookie"))) {
        return false;
    }
    struct see_view from = see_origin_host(redirect->exchange);
    struct see_view to = see_origin_host(redirect->followup);
    if (see_sites_same(verdict->sites, from, to) || !find(redirect, &cookie)) {
        return false;
    }
    see_text_add_string(verdict->message, "the cookie ");
    see_text_add(verdict->message, cookie.name);
    see_text_add_string(verdict->message, " went along to another site, ");
    see_check_say_origins(redirect, verdict, SEE_LITERAL("Cookie"));
    see_text_add_string(verdict->evidence, ",\"cookie\":");
    see_text_add_json(verdict->evidence, cookie.name);
    return true;
}

const struct see_rule see_rule_cookie_cross_site = {
    .id = "cookie-cross-site",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "a cookie was carried to another site",
    .condition = "A cookie of the request, with its value, is in the follow-up to a host of "
                 "another registrable domain, which no Domain attribute can cover.",
    .citation = "RFC 9110, 15.4; RFC 6265, 5.4; CVE-2023-43804",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning =
        "The client sent a cookie that belongs to the first site to the second one. No cookie jar "
        "does that: the Cookie field was set by hand, and repeated wherever the redirect led.",
    .impact = "A session cookie is a login. The other site can use it.",
    .advice = "The caller should give its cookies to the cookie jar of the client and not set the "
              "field itself; the client should drop Cookie when the site changes.",
    .known = "wget --header, Python's urllib3 before 1.26.17 and 2.0.6.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .check = check,
};
