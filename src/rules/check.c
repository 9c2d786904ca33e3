/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/check.h"

#include <inttypes.h>
#include <string.h>

#include "core/uri.h"
#include "pair/origin.h"
#include "rules/private.h"

bool see_check_is_greeting(struct see_view value)
{
    size_t blank = see_view_find(value, ' ');
    struct see_view scheme = see_view_cut(value, 0, blank);
    bool is_ntlm = see_view_eq_nocase(scheme, SEE_LITERAL("NTLM")) ||
                   see_view_eq_nocase(scheme, SEE_LITERAL("Negotiate"));
    struct see_view token = see_view_trim(see_view_cut(value, blank, value.len));
    return is_ntlm && see_view_starts(token, SEE_LITERAL("TlRMTVNTUAAB"));
}

static struct see_view field_of(const struct see_message *message, const char *name)
{
    return see_message_field(message, see_view_of(name), NULL);
}

bool see_check_is_probe(const struct see_exchange *f)
{
    return f->request.content_len == 0 &&
           (f->status == 401 || f->status == 407 ||
            see_check_is_greeting(field_of(&f->request, "Authorization")) ||
            see_check_is_greeting(field_of(&f->request, "Proxy-Authorization")));
}

/* A cache asks for all of it, to answer with its head. */
static bool may_be_of_cache(const struct see_redirect *redirect)
{
    const struct see_message *request = &redirect->followup->request;
    return see_check_method_is(redirect->exchange, "HEAD") &&
           (field_of(request, "Via").ptr != NULL || field_of(request, "X-Varnish").ptr != NULL);
}

bool see_check_is_automatic(const struct see_redirect *redirect)
{
    const struct see_exchange *r = redirect->exchange;
    if (see_check_method_kept(redirect)) {
        return true;
    }
    if (see_check_method_is(r, "CONNECT")) {
        return false;
    }
    bool is_head = see_check_method_is(redirect->followup, "HEAD");
    return is_head ? !see_check_method_is(r, "GET")
                   : see_check_method_is(redirect->followup, "GET") && !may_be_of_cache(redirect);
}

bool see_check_is_type(const struct see_message *message, const char *type)
{
    struct see_view value = see_message_field(message, SEE_LITERAL("Content-Type"), NULL);
    struct see_view media = see_view_trim(see_view_cut(value, 0, see_view_find(value, ';')));
    return see_view_eq_nocase(media, see_view_of(type));
}

bool see_check_is_form(const struct see_exchange *exchange)
{
    return see_check_is_type(&exchange->request, "application/x-www-form-urlencoded") ||
           see_check_is_type(&exchange->request, "multipart/form-data");
}

bool see_check_same_uri(struct see_view a, struct see_view b, bool *broken)
{
    if (see_view_eq(a, b) || (see_uri_is_normal(a) && see_uri_is_normal(b))) {
        return see_view_eq(a, b);
    }
    struct see_text x, y;
    see_text_init(&x);
    see_text_init(&y);
    see_uri_normal(a, &x);
    see_uri_normal(b, &y);
    bool is_same = see_view_eq(see_text_view(&x), see_text_view(&y));
    *broken |= x.is_broken || y.is_broken;
    see_text_finish(&x);
    see_text_finish(&y);
    return is_same;
}

bool see_check_is_sure(const struct see_message *message)
{
    if (!message->has_head || message->has_gap) {
        return false;
    }
    return message->leniency == 0 || (!see_leniencies_touch_framing(message->leniency) &&
                                      !see_leniencies_has(message->leniency, SEE_LENIENT_no_field));
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

/* The port that a URI names; 0 when it names none. */
static unsigned port_in(struct see_view uri)
{
    struct see_view digits = see_authority_split(see_uri_split(uri).authority).port;
    unsigned port = 0;
    for (size_t i = 0; i < digits.len && port <= UINT16_MAX; i++) {
        port = port * 10 + (unsigned)(unsigned char)(digits.ptr[i] - '0');
    }
    return port;
}

bool see_check_is_cross_origin(const struct see_redirect *redirect)
{
    const struct see_exchange *r = redirect->exchange;
    const struct see_exchange *f = redirect->followup;
    if (!see_origin_same(r, f)) {
        return true;
    }
    return see_origin_own_port(r) != see_origin_own_port(f) && see_origin_has_own_port(r) &&
           see_origin_has_own_port(f) && port_in(redirect->target_uri) == see_origin_own_port(f);
}

bool see_check_came_by_proxy(const struct see_exchange *exchange)
{
    const struct see_message *request = &exchange->request;
    /* Those that end in "-" begin the names of several. */
    static const struct see_view names[] = {
        SEE_NAME("Via"),       SEE_NAME("Forwarded"),      SEE_NAME("X-Forwarded-"),
        SEE_NAME("X-Real-IP"), SEE_NAME("X-Client-IP"),    SEE_NAME("X-Cluster-Client-IP"),
        SEE_NAME("X-Envoy-"),  SEE_NAME("X-Amzn-"),        SEE_NAME("X-ARR-"),
        SEE_NAME("X-Azure-"),  SEE_NAME("X-Cloud-Trace-"), SEE_NAME("X-Varnish"),
        SEE_NAME("CF-"),       SEE_NAME("CDN-Loop"),       SEE_NAME("CloudFront-"),
        SEE_NAME("Fastly-"),   SEE_NAME("True-Client-IP"), SEE_NAME("Front-End-Https"),
        SEE_NAME("SSL-"),      SEE_NAME("X-SSL-"),         SEE_NAME("X-Scheme"),
    };
    for (size_t i = 0; i < request->field_count; i++) {
        struct see_view name = request->fields[i].name;
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            bool is_lead = names[j].ptr[names[j].len - 1] == '-';
            if (is_lead ? see_view_starts_nocase(name, names[j])
                        : see_view_eq_nocase(name, names[j])) {
                return true;
            }
        }
    }
    return false;
}

bool see_check_has_inner_name(const struct see_exchange *exchange)
{
    struct see_view host = see_origin_host(exchange);
    const struct see_message *request = &exchange->request;
    bool is_inner = see_private_host(host) != NULL ||
                    (see_view_find(host, '.') == host.len && host.len > 0 && host.ptr[0] != '[');
    bool is_old_proxy = request->http_major == 1 && request->http_minor == 0 &&
                        see_view_eq_nocase(field_of(request, "Connection"), SEE_LITERAL("close"));
    return is_inner && (see_check_came_by_proxy(exchange) || is_old_proxy);
}

/* As JSON; hosts are of the wire, so the text is made before it is quoted. */
static void add_place(struct see_text *out, struct see_text *scratch, const struct see_place *place)
{
    see_text_rewind(scratch);
    see_place_say(place, scratch);
    see_text_add_json(out, see_text_view(scratch));
}

static void say_places(const struct see_place *from, const struct see_place *to,
                       struct see_verdict *verdict)
{
    struct see_text text;
    see_text_init(&text);
    see_place_say(to, verdict->message);
    see_text_add_string(verdict->evidence, "\"from\":");
    add_place(verdict->evidence, &text, from);
    see_text_add_string(verdict->evidence, ",\"to\":");
    add_place(verdict->evidence, &text, to);
    verdict->evidence->is_broken |= text.is_broken;
    see_text_finish(&text);
}

void see_check_say_origins(const struct see_redirect *redirect, struct see_verdict *verdict,
                           struct see_view field)
{
    struct see_place from = see_place_of(redirect->exchange);
    struct see_place to = see_place_of(redirect->followup);
    say_places(&from, &to, verdict);
    see_text_add_string(verdict->evidence, ",\"field\":");
    see_text_add_json(verdict->evidence, field);
}

void see_check_say_place(const struct see_exchange *r, const struct see_place *place,
                         struct see_verdict *verdict)
{
    struct see_place from = see_place_of(r);
    say_places(&from, place, verdict);
}
