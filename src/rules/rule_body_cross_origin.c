/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule body-cross-origin - 307 and 308 take the content along.
 *
 * RFC 9110, 15.4.8, 15.4.9: the request is made again as it is, so its content goes to
 * another origin. From http to https of the same host nothing goes to anybody new.
 */
#include "core/uri.h"
#include "pair/origin.h"
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/place.h"

static bool has_content(const struct see_message *request)
{
    struct see_view length = see_message_field(request, SEE_LITERAL("Content-Length"), NULL);
    struct see_view coding = see_message_field(request, SEE_LITERAL("Transfer-Encoding"), NULL);
    return request->content_len > 0 || coding.ptr != NULL ||
           (length.len > 0 && !see_view_eq(length, SEE_LITERAL("0")));
}

static struct see_view without_www(struct see_view host)
{
    bool has_www = see_view_starts_nocase(host, SEE_LITERAL("www."));
    return see_view_cut(host, has_www ? 4 : 0, host.len);
}

/* "www.shop.example" and "shop.example" are of one hand, whatever the scheme. */
static bool is_twin(const struct see_place *place, const struct see_exchange *r)
{
    struct see_view host = see_origin_host(r);
    return place->port == see_scheme_port(place->scheme) &&
           see_origin_port(r) == see_scheme_port(r->scheme) &&
           !see_view_eq_nocase(host, place->host) &&
           see_view_eq_nocase(without_www(host), without_www(place->host));
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    struct see_place place;
    if (!r->request.has_head || !has_content(&r->request) || !see_place_find(redirect, &place) ||
        see_place_is_origin(&place, r) || see_place_is_upgrade(&place, r)) {
        return false;
    }
    if (is_twin(&place, r) || see_check_has_inner_name(r)) {
        verdict->severity = SEE_SEVERITY_INFO;
    }
    see_text_printf(verdict->message, "the %d sends the content of the ", r->status);
    see_text_add(verdict->message, r->method);
    see_text_add_string(verdict->message, " to another origin, ");
    see_check_say_place(r, &place, verdict);
    return true;
}

const struct see_rule see_rule_body_cross_origin = {
    .id = "body-cross-origin",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "content is sent on to another origin",
    .condition = "A 307 or 308 to a request with content leads to another scheme, host or port; "
                 "worth knowing only between a name and the same with www, or where a proxy may "
                 "know the server by another name than its clients do.",
    .citation = "RFC 9110, 15.4.8, 15.4.9",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.8",
    .meaning = "What the client sent to this server, it is told to send to another one, as it is.",
    .impact = "The content may be a form with personal data, or a file. The user meant it for the "
              "first server.",
    .advice = "The server should take the content itself and answer 303, or pass it on behind the "
              "scenes. If the other origin is to have it, nothing is wrong.",
    .subject = SEE_SUBJECT_REDIRECT,
    .on = SEE_ON_307 | SEE_ON_308,
    .needs = SEE_NEED_HOST,
    .check = check,
};
