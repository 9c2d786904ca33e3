/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * weigh_cookies - do the cookies of a redirect, and those set by it, come back?
 */
#include "core/uri.h"
#include "pair/cookie.h"
#include "pair/origin.h"
#include "pair/weigh.h"

/* Whether a cookie of this Domain goes to this host (RFC 6265, 5.1.3). */
static bool domain_covers(struct see_view domain, struct see_view host)
{
    if (see_view_eq_nocase(domain, host)) {
        return true;
    }
    return host.len > domain.len && domain.len > 0 && host.ptr[host.len - domain.len - 1] == '.' &&
           see_view_eq_nocase(see_view_cut(host, host.len - domain.len, host.len), domain);
}

/* Whether a cookie of this Path goes to this URI (RFC 6265, 5.1.4). */
static bool path_covers(struct see_view path, struct see_view uri)
{
    if (path.len == 0 || path.ptr[0] != '/') {
        return false; /* the default path: too many clients differ on it to tell */
    }
    struct see_view asked = see_uri_split(uri).path;
    return see_view_starts(asked, path) &&
           (asked.len == path.len || path.ptr[path.len - 1] == '/' || asked.ptr[path.len] == '/');
}

/* Cookies that are searched for by name, of one pair: more would be work that grows with the
 * square. */
#define COOKIES_SEARCHED 64

/* Cookies that S sets and F's place should see: do they come back? */
void pair_weigh_set_cookies(struct weighing *w)
{
    bool must_return = false;
    if (!see_message_may_have(&w->r->response, SEE_LITERAL("Set-Cookie"))) {
        return;
    }
    bool has_cookies = pair_field(&w->f->request, "Cookie").ptr != NULL;
    struct see_view host = see_origin_host(w->f);
    bool is_same_host = see_origin_same_host(w->r, w->f);
    size_t searched = 0;
    for (size_t i = 0; i < w->r->response.field_count && searched < COOKIES_SEARCHED; i++) {
        const struct see_field *set = &w->r->response.fields[i];
        struct see_cookie cookie, sent;
        struct see_view domain, path;
        bool deletes;
        if (!see_view_eq_nocase(set->name, SEE_LITERAL("Set-Cookie")) ||
            !see_cookie_parse_set(set->value, &cookie, &domain, &path, &deletes) || deletes) {
            continue;
        }
        if (domain.ptr != NULL ? !domain_covers(domain, host) : !is_same_host) {
            continue;
        }
        searched++;
        if (see_cookie_find(&w->f->request, cookie.name, &sent) &&
            see_view_eq(sent.value, cookie.value)) {
            pair_weigh(w, SET_COOKIE_RETURNED);
            return;
        }
        must_return |= path_covers(path, w->f->uri);
    }
    if (must_return && has_cookies) {
        pair_weigh(w, SET_COOKIE_MISSING);
    }
}

/* The names of the cookies that a response sets; false when there are too many to look at. */
static bool list_set(const struct see_message *response, struct see_view names[COOKIES_SEARCHED],
                     size_t *ret_count)
{
    *ret_count = 0;
    if (!see_message_may_have(response, SEE_LITERAL("Set-Cookie"))) {
        return true;
    }
    for (size_t i = 0; i < response->field_count; i++) {
        struct see_cookie cookie;
        struct see_view domain, path;
        bool deletes;
        if (see_view_eq_nocase(response->fields[i].name, SEE_LITERAL("Set-Cookie")) &&
            see_cookie_parse_set(response->fields[i].value, &cookie, &domain, &path, &deletes)) {
            if (*ret_count == COOKIES_SEARCHED) {
                return false;
            }
            names[(*ret_count)++] = cookie.name;
        }
    }
    return true;
}

static bool is_listed(const struct see_view *names, size_t count, struct see_view name)
{
    for (size_t i = 0; i < count; i++) {
        if (see_view_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* F's cookies, which mostly come in the order of R's: then each is where the last one ended. */
struct cookie_search {
    const struct see_message *message;
    struct see_cookie_walk walk;
    size_t searched;
};

static bool search(struct cookie_search *search, struct see_view name,
                   struct see_cookie *ret_cookie)
{
    struct see_cookie_walk before = search->walk;
    if (see_cookie_next(search->message, &search->walk, ret_cookie) &&
        see_view_eq(ret_cookie->name, name)) {
        return true;
    }
    search->walk = before;
    search->searched++;
    return see_cookie_find(search->message, name, ret_cookie);
}

/*
 * Whether someone else is likely to have this very cookie as well: only a value long enough to be
 * drawn at random belongs to one client.
 */
static bool is_common(const struct see_cookie *cookie)
{
    return cookie->value.len < 8;
}

/* What became of R's cookies in F. */
struct fate {
    size_t kept, kept_own, missing;
    bool has_changed;
};

/* Both have one Cookie line, and it is the same. */
static bool is_same_line(const struct see_message *before, const struct see_message *after)
{
    size_t lines_before, lines_after;
    struct see_view r = see_message_field(before, SEE_LITERAL("Cookie"), &lines_before);
    struct see_view f = see_message_field(after, SEE_LITERAL("Cookie"), &lines_after);
    return lines_before == 1 && lines_after == 1 && see_view_eq(r, f);
}

/* False where there are too many cookies to look at. */
static bool follow_cookies(const struct weighing *w, struct fate *ret_fate)
{
    struct see_view set[COOKIES_SEARCHED];
    size_t set_count;
    struct see_cookie_walk walk = {0};
    struct cookie_search after_all = {.message = &w->f->request};
    struct see_cookie before, after;
    *ret_fate = (struct fate){0};
    if (!list_set(&w->r->response, set, &set_count)) {
        return false;
    }
    bool is_same = set_count == 0 && is_same_line(&w->r->request, &w->f->request);
    while (!(is_same && ret_fate->kept_own > 0) &&
           see_cookie_next(&w->r->request, &walk, &before)) {
        if (is_same) {
            ret_fate->kept++;
            ret_fate->kept_own += !is_common(&before);
            continue;
        }
        if (is_listed(set, set_count, before.name)) {
            continue;
        }
        if (after_all.searched == COOKIES_SEARCHED) {
            return false;
        }
        if (!search(&after_all, before.name, &after)) {
            ret_fate->missing++;
        } else if (see_view_eq(before.value, after.value)) {
            ret_fate->kept++;
            ret_fate->kept_own += !is_common(&before);
        } else {
            ret_fate->has_changed = true;
            return true;
        }
    }
    return true;
}

static bool has_cookies(const struct see_exchange *exchange)
{
    return pair_field(&exchange->request, "Cookie").ptr != NULL;
}

static bool sets_cookies(const struct see_message *response)
{
    return pair_field(response, "Set-Cookie").ptr != NULL;
}

/* R's cookies in F, where both go to the same origin. */
void pair_weigh_cookies(struct weighing *w)
{
    struct fate fate;
    if (!see_origin_same(w->r, w->f) || !follow_cookies(w, &fate)) {
        return;
    }
    if (fate.has_changed) {
        pair_weigh(w, COOKIES_DIFFER);
    } else if (fate.kept > 0 && fate.missing == 0) {
        pair_weigh(w, fate.kept_own > 0 ? COOKIES_KEPT : COMMON_COOKIES_KEPT);
    } else if (fate.kept == 0 && (fate.missing > 0 || (has_cookies(w->f) && !has_cookies(w->r) &&
                                                       !sets_cookies(&w->r->response)))) {
        pair_weigh(w, COOKIES_ONE_SIDED);
    }
}
