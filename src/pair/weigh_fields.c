/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * weigh_fields - what else the header sections of two requests have in common.
 */
#include "core/uri.h"
#include "pair/origin.h"
#include "pair/weigh.h"

/* Scheme and authority of a URI, up to and without the path. */
static struct see_view origin_of(struct see_view uri)
{
    struct see_uri parts = see_uri_split(uri);
    if (parts.authority.ptr == NULL) {
        return (struct see_view){NULL, 0};
    }
    return see_view_cut(uri, 0, (size_t)(parts.authority.ptr + parts.authority.len - uri.ptr));
}

static bool is_origin_only(struct see_view uri)
{
    struct see_view origin = origin_of(uri);
    return origin.ptr != NULL && uri.len <= origin.len + 1;
}

void pair_weigh_referer(struct weighing *w)
{
    struct see_view before = pair_field(&w->r->request, "Referer");
    struct see_view after = pair_field(&w->f->request, "Referer");
    if (after.ptr == NULL || !w->r->request.is_seen) {
        return;
    }
    if (before.ptr != NULL && see_view_eq(before, after)) {
        pair_weigh(w, REFERER_KEPT);
    } else if (see_view_eq_nocase(after, w->r->uri)) {
        pair_weigh(w, REFERER_IS_REDIRECT);
    } else if (before.ptr != NULL && is_origin_only(after) &&
               see_view_eq_nocase(origin_of(before), origin_of(after))) {
        pair_weigh(w, REFERER_ORIGIN_KEPT);
    } else if (!see_view_eq_nocase(origin_of(after), origin_of(w->r->uri)) ||
               !is_origin_only(after)) {
        pair_weigh(w, REFERER_ELSEWHERE);
    }
}

void pair_weigh_origin_null(struct weighing *w)
{
    bool keeps_method = w->r->status == 307 || w->r->status == 308;
    if (keeps_method && !see_origin_same(w->r, w->f) &&
        see_view_eq(pair_field(&w->f->request, "Origin"), SEE_LITERAL("null")) &&
        !see_view_eq(pair_field(&w->r->request, "Origin"), SEE_LITERAL("null"))) {
        pair_weigh(w, ORIGIN_NULL);
    }
}

/* Fields that a redirect may rightly change; the rest of the header section is a fingerprint. */
static bool may_change(struct see_view name)
{
    switch (name.len > 0 ? see_ascii_lower(name.ptr[0]) : '\0') {
    case 'a':
        return see_view_eq_nocase(name, SEE_LITERAL("Authorization"));
    case 'c':
        return see_view_eq_nocase(name, SEE_LITERAL("Cookie")) ||
               see_view_starts_nocase(name, SEE_LITERAL("Content-"));
    case 'e':
        return see_view_eq_nocase(name, SEE_LITERAL("Expect"));
    case 'o':
        return see_view_eq_nocase(name, SEE_LITERAL("Origin"));
    case 'r':
        return see_view_eq_nocase(name, SEE_LITERAL("Referer"));
    case 't':
        return see_view_eq_nocase(name, SEE_LITERAL("Transfer-Encoding"));
    default:
        return false;
    }
}

static const struct see_field *next_fixed(const struct see_message *message, size_t *at)
{
    while (*at < message->field_count && may_change(message->fields[*at].name)) {
        (*at)++;
    }
    return *at < message->field_count ? &message->fields[(*at)++] : NULL;
}

static bool is_same_order(const struct see_message *before, const struct see_message *after)
{
    size_t i = 0;
    size_t j = 0;
    for (;;) {
        const struct see_field *a = next_fixed(before, &i);
        const struct see_field *b = next_fixed(after, &j);
        if (a == NULL || b == NULL) {
            return a == b;
        }
        /* Case counts: it is part of the fingerprint. */
        if (!see_view_eq(a->name, b->name)) {
            return false;
        }
    }
}

/* Past this many fields a set is not compared: the work would grow with the square. */
#define FIELDS_COMPARED 64

/* Some clients put Host last when they follow, or draw a new order each time (Perl's hashes). */
static bool is_same_set(const struct see_message *before, const struct see_message *after)
{
    if (before->field_count > FIELDS_COMPARED || after->field_count > FIELDS_COMPARED) {
        return false;
    }
    size_t fields = 0;
    size_t at = 0;
    const struct see_field *field_before;
    while ((field_before = next_fixed(before, &at)) != NULL) {
        fields++;
        if (see_message_field(after, field_before->name, NULL).ptr == NULL) {
            return false;
        }
    }
    for (at = 0; next_fixed(after, &at) != NULL;) {
        if (fields-- == 0) {
            return false;
        }
    }
    return fields == 0;
}

void pair_weigh_fields(struct weighing *w)
{
    if (!w->r->request.is_seen) {
        return;
    }
    if (is_same_order(&w->r->request, &w->f->request)) {
        pair_weigh(w, SAME_FIELD_ORDER);
    } else if (is_same_set(&w->r->request, &w->f->request)) {
        pair_weigh(w, SAME_FIELD_SET);
    }
}

/* Fields whose value belongs to one caller or one call, when it is long enough to be chance-free.
 */
static bool is_distinctive(const struct see_field *header)
{
    static const struct see_view names[] = {
        SEE_NAME("Authorization"), SEE_NAME("Proxy-Authorization"), SEE_NAME("traceparent"),
        SEE_NAME("X-Request-Id"),  SEE_NAME("X-Correlation-Id"),    SEE_NAME("Request-Id"),
        SEE_NAME("X-B3-TraceId"),  SEE_NAME("Idempotency-Key"),     SEE_NAME("X-Api-Key")};
    return header->value.len >= 8 &&
           see_view_is_among(header->name, names, sizeof(names) / sizeof(names[0]));
}

void pair_weigh_distinctive(struct weighing *w)
{
    for (size_t i = 0; i < w->r->request.field_count; i++) {
        const struct see_field *header = &w->r->request.fields[i];
        if (is_distinctive(header) &&
            see_view_eq(see_message_field(&w->f->request, header->name, NULL), header->value)) {
            pair_weigh(w, SAME_DISTINCTIVE_FIELD);
            return;
        }
    }
}

/* Browsers keep the mark along a redirect, so only one that R did not have is fresh. */
void pair_weigh_user_action(struct weighing *w)
{
    struct see_view mark = SEE_LITERAL("?1");
    if (w->r->request.has_head && see_view_eq(pair_field(&w->f->request, "Sec-Fetch-User"), mark) &&
        !see_view_eq(pair_field(&w->r->request, "Sec-Fetch-User"), mark)) {
        pair_weigh(w, USER_ACTION);
    }
}
