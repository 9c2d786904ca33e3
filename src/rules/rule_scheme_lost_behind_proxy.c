/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule scheme-lost-behind-proxy - the application does not know that it is https.
 *
 * RFC 9112, 3.3: behind a gateway the scheme is what the gateway says. A trusted proxy
 * has said https, and the Location is an absolute http URI of the same host. The proxy
 * may rewrite it on the way back, which cannot be seen from here.
 */
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/place.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    bool is_told = r->scheme_by == SEE_BY_FORWARDED || r->scheme_by == SEE_BY_X_FORWARDED;
    struct see_place place;
    if (!r->request.has_head || !is_told || !see_view_eq(r->scheme, SEE_LITERAL("https")) ||
        !see_place_find(redirect, &place) || place.is_relative || !see_place_is_host(&place, r) ||
        !see_view_eq_nocase(place.scheme, SEE_LITERAL("http"))) {
        return false;
    }
    see_text_printf(verdict->message,
                    "the proxy says https, and the %d leads back to http on the same host, ",
                    r->status);
    see_check_say_place(r, &place, verdict);
    return true;
}

const struct see_rule see_rule_scheme_lost_behind_proxy = {
    .id = "scheme-lost-behind-proxy",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "the scheme got lost behind a proxy",
    .condition = "A trusted proxy says that the client asked by https, and the Location is an "
                 "absolute http:// URI of the same host.",
    .citation = "RFC 9112, 3.3",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9112.html#section-3.3",
    .meaning = "TLS ends at a proxy, and the application behind it takes itself to be served by "
               "http: it makes absolute links with the wrong scheme.",
    .impact = "The client is sent to http and back to https, in a loop at worst; cookies and forms "
              "cross the net in the clear.",
    .advice = "The application has to trust X-Forwarded-Proto of its proxy (Django: "
              "SECURE_PROXY_SSL_HEADER, Rails: assume_ssl, Spring: "
              "server.forward-headers-strategy), or send relative Locations. Where the proxy "
              "rewrites them (nginx: proxy_redirect), nothing is wrong.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_HOST,
    .check = check,
};
