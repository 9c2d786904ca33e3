/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent - whether two requests can be of one client, by what their header sections say.
 */
#include "http/forwarded.h"
#include "pair/origin.h"
#include "pair/weigh.h"

/* Fields in which proxies and content networks name the client, besides those of forwarded.h. */
static const struct see_view client_names[] = {
    SEE_NAME("True-Client-IP"),      SEE_NAME("CF-Connecting-IP"),
    SEE_NAME("Fastly-Client-IP"),    SEE_NAME("X-Client-IP"),
    SEE_NAME("X-Cluster-Client-IP"), SEE_NAME("X-Envoy-External-Address"),
};

/*
 * What an agent says of itself, or of what it asks for, in each request alike, and so along a
 * redirect: the mode and the destination of a request stay as they were (Fetch, 4.4).
 */
static const struct see_view constant_names[] = {
    SEE_NAME("Accept-Language"), SEE_NAME("Sec-CH-UA"),      SEE_NAME("Sec-CH-UA-Platform"),
    SEE_NAME("Sec-Fetch-Mode"),  SEE_NAME("Sec-Fetch-Dest"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Whether both requests have one of these fields, and not the same. */
static bool differ(const struct see_message *r, const struct see_message *f,
                   const struct see_view *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct see_view before = see_message_field(r, names[i], NULL);
        struct see_view after = see_message_field(f, names[i], NULL);
        if (before.ptr != NULL && after.ptr != NULL && !see_view_eq(before, after)) {
            return true;
        }
    }
    return false;
}

/* A browser that loads ahead says so, all along a redirect. */
static bool is_ahead(const struct see_message *request)
{
    struct see_view purpose = pair_field(request, "Sec-Purpose");
    return see_view_starts_nocase(purpose, SEE_LITERAL("prefetch"));
}

/* At one origin; a Location with userinfo in it may be where the new ones are from. */
static bool is_other_user(const struct see_exchange *r, const struct see_exchange *f)
{
    struct see_view before = see_message_credentials(&r->request);
    struct see_view after = see_message_credentials(&f->request);
    if (before.ptr == NULL || after.ptr == NULL || see_view_eq(before, after)) {
        return false;
    }
    struct see_view location = pair_field(&r->response, "Location");
    return see_view_find(location, '@') == location.len && see_origin_same(r, f);
}

bool pair_is_upgrade(const struct see_exchange *r, const struct see_exchange *f)
{
    return !r->is_from_proxy && f->is_from_proxy && see_view_eq(r->scheme, SEE_LITERAL("http")) &&
           see_view_eq(f->scheme, SEE_LITERAL("https"));
}

/*
 * Whether they can have come the same way.  A capture may show a request twice, in front of a proxy
 * and behind it, so what goes to one host has to come through as many proxies; and two that a proxy
 * names differently are two clients, whoever the proxy is.
 */
static bool is_same_way(const struct see_exchange *r, const struct see_exchange *f)
{
    bool is_other_way = r->is_from_proxy != f->is_from_proxy || r->hops != f->hops;
    if (pair_is_upgrade(r, f)) {
        return true;
    }
    if (is_other_way && see_origin_same_host(r, f)) {
        return false;
    }
    bool is_named = r->client_by != SEE_BY_CONNECTION && f->client_by != SEE_BY_CONNECTION &&
                    !r->is_client_hidden && !f->is_client_hidden;
    return is_named || see_forwarded_same(&r->request, &f->request);
}

bool pair_is_same_agent(const struct see_exchange *r, const struct see_exchange *f)
{
    if (!r->request.is_seen) {
        return true;
    }
    struct see_view before = pair_field(&r->request, "User-Agent");
    struct see_view after = pair_field(&f->request, "User-Agent");
    bool is_absent = before.ptr == NULL || after.ptr == NULL;
    bool is_same = is_absent ? before.ptr == after.ptr : see_view_eq(before, after);
    return is_same && is_same_way(r, f) && !is_other_user(r, f) &&
           !differ(&r->request, &f->request, client_names, COUNT(client_names)) &&
           !differ(&r->request, &f->request, constant_names, COUNT(constant_names)) &&
           is_ahead(&r->request) == is_ahead(&f->request);
}

/* A proxy sends the requests of many down one connection, whether it is believed or not. */
bool pair_is_shared_pipe(const struct see_exchange *exchange)
{
    static const struct see_view names[] = {SEE_NAME("X-Forwarded-For"), SEE_NAME("Forwarded"),
                                            SEE_NAME("X-Real-IP"), SEE_NAME("Via")};
    bool is_shared = exchange->is_from_proxy;
    for (size_t i = 0; i < COUNT(names) && !is_shared; i++) {
        is_shared = see_message_field(&exchange->request, names[i], NULL).ptr != NULL;
    }
    for (size_t i = 0; i < COUNT(client_names) && !is_shared; i++) {
        is_shared = see_message_field(&exchange->request, client_names[i], NULL).ptr != NULL;
    }
    return is_shared;
}
