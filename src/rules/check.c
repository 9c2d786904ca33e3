/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/check.h"

#include <inttypes.h>
#include <string.h>

bool see_check_both_requests(const struct see_redirect *redirect)
{
    return redirect->followup != NULL && redirect->exchange->request.has_head &&
           redirect->followup->request.has_head;
}

bool see_check_is_probe(const struct see_exchange *f)
{
    return (f->status == 401 || f->status == 407) && f->request.content_len == 0;
}

bool see_check_is_automatic(const struct see_redirect *redirect)
{
    return see_check_method_kept(redirect) || see_check_is_get(redirect->followup);
}

bool see_check_method_is(const struct see_exchange *exchange, const char *method)
{
    /* The method is case-sensitive (RFC 9110, 9.1). */
    return see_view_eq(exchange->method, see_view_of(method));
}

bool see_check_is_get(const struct see_exchange *exchange)
{
    return see_check_method_is(exchange, "GET") || see_check_method_is(exchange, "HEAD");
}

bool see_check_method_kept(const struct see_redirect *redirect)
{
    return see_view_eq(redirect->exchange->method, redirect->followup->method);
}

bool see_check_had_content(const struct see_exchange *exchange)
{
    return exchange->request.is_complete && exchange->request.content_len > 0;
}

bool see_check_has_no_content(const struct see_exchange *exchange)
{
    return exchange->request.is_complete && exchange->request.content_len == 0;
}

bool see_check_same_content(const struct see_redirect *redirect)
{
    const struct see_message *r = &redirect->exchange->request;
    const struct see_message *f = &redirect->followup->request;
    return r->is_complete && f->is_complete && r->has_digest && f->has_digest &&
           r->bare_len == f->bare_len &&
           memcmp(&r->bare_digest, &f->bare_digest, sizeof(r->bare_digest)) == 0;
}

static bool is(struct see_view method, const char *name)
{
    return see_view_eq(method, see_view_of(name));
}

bool see_check_method_fits(int status, struct see_view before, struct see_view after)
{
    bool is_get = is(after, "GET") || is(after, "HEAD");
    switch (status) {
    case 301:
    case 302:
        return see_view_eq(before, after) || (is(before, "POST") && is(after, "GET"));
    case 303:
        return is_get;
    default:
        return see_view_eq(before, after);
    }
}

void see_check_say_methods(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    const struct see_exchange *f = redirect->followup;
    see_text_printf(verdict->message, "the %d to ", r->status);
    see_text_add(verdict->message, r->method);
    see_text_add_string(verdict->message, " was followed by ");
    see_text_add(verdict->message, f->method);
    see_text_printf(verdict->evidence, "\"status\":%d,\"method\":", r->status);
    see_text_add_json(verdict->evidence, r->method);
    see_text_add_string(verdict->evidence, ",\"followup_method\":");
    see_text_add_json(verdict->evidence, f->method);
}

void see_check_say_lengths(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    see_text_printf(
        verdict->evidence, ",\"request_body_length\":%" PRIu64 ",\"followup_body_length\":%" PRIu64,
        redirect->exchange->request.content_len, redirect->followup->request.content_len);
}
