/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule self-redirect - a redirect leads somewhere else.
 *
 * RFC 9110, 15.4: the expected request would be R itself again.  POST, then 303 (or
 * 301, 302) to the same URI, is normal: the next request is a GET.  With a cookie
 * set, or cookies that have just changed, the next answer may be another one; and so
 * it may after the time that Retry-After asks for.
 */
#include "core/uri.h"
#include "rules/catalogue.h"
#include "rules/check.h"

/* Whether the expected method of the follow-up is that of R. */
static bool is_method_kept(const struct see_exchange *r)
{
    if (r->status == 307 || r->status == 308 || see_check_is_get(r)) {
        return true;
    }
    return r->status != 303 && !see_check_method_is(r, "POST");
}

/* Octet for octet: a server that leads to another spelling of the URI answers that otherwise. */
static bool is_same(struct see_view uri, struct see_view target, struct see_text *scratch)
{
    see_text_rewind(scratch);
    see_uri_promise(target, scratch);
    return see_view_eq(uri, see_text_view(scratch));
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if (!r->request.has_head || r->uri.ptr == NULL || redirect->target_uri.ptr == NULL ||
        !is_method_kept(r) || !is_same(r->uri, redirect->target_uri, verdict->scratch)) {
        return false;
    }
    struct see_view wait = see_message_field(&r->response, SEE_LITERAL("Retry-After"), NULL);
    bool sets_cookie = see_message_field(&r->response, SEE_LITERAL("Set-Cookie"), NULL).ptr != NULL;
    if (sets_cookie || redirect->has_new_cookies || wait.ptr != NULL) {
        verdict->severity = SEE_SEVERITY_INFO;
        verdict->strength = SEE_STRENGTH_NONE;
    }
    see_text_printf(verdict->message, "the %d sends ", r->status);
    see_text_add(verdict->message, r->method);
    see_text_add_string(verdict->message, sets_cookie ? " back to the same URI, and sets a cookie"
                                                      : " back to the same URI");
    see_text_printf(verdict->evidence, "\"status\":%d,\"sets_cookie\":%s,\"new_cookies\":%s",
                    r->status, sets_cookie ? "true" : "false",
                    redirect->has_new_cookies ? "true" : "false");
    return true;
}

const struct see_rule see_rule_self_redirect = {
    .id = "self-redirect",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect to itself",
    .condition = "The target, with the method that the client is expected to use, is the request "
                 "itself.",
    .citation = "RFC 9110, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The server sends the client to where it already is.",
    .impact = "The client asks the same again and gets the same answer until it gives up.",
    .advice =
        "The server, or the fields that its proxy adds, have to change: behind a TLS-terminating "
        "proxy the usual cause is an application that does not know that the scheme was https "
        "already. If a cookie is to be set first, a client without cookies goes in circles.",
    .subject = SEE_SUBJECT_REDIRECT,
    .check = check,
};
