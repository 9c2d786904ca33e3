/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * score - how well a request explains itself as the follow-up of a redirect.
 *
 * The method is never looked at, and neither are the fields that go with
 * content: a client that gets these wrong is what we look for.
 */
#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "http/forwarded.h"
#include "pair/cookie.h"
#include "pair/origin.h"
#include "pair/waiting.h"

/*
 * The weights, in one place.  A starting point: with them every followed row of a
 * capture of twenty unmodified clients reaches 5 points, which is high confidence.
 */
enum weight {
    TARGET_T2,
    TARGET_T3,
    NEXT_ON_CONNECTION,
    LATER_ON_CONNECTION,
    CONNECTION_WENT_ON,
    SET_COOKIE_RETURNED,
    SET_COOKIE_MISSING,
    COOKIES_KEPT,
    COOKIES_DIFFER,
    REFERER_KEPT,
    REFERER_ORIGIN_KEPT,
    REFERER_IS_REDIRECT,
    REFERER_ELSEWHERE,
    ORIGIN_NULL,
    SAME_FIELD_ORDER,
    SAME_FIELD_SET,
    SAME_DISTINCTIVE_FIELD,
    SAME_CONTENT,
    FRESH_TOKEN,
    WITHIN_50_MS,
    WITHIN_250_MS,
    AFTER_1_S,
    OTHER_WAY,
    USER_ACTION,
    PREFLIGHT,
    ONLY_REDIRECT_TO_TARGET,
};

static const struct see_signal weights[] = {
    [TARGET_T2] = {"target equal after normalisation", -1},
    [TARGET_T3] = {"target equal after a repair", -2},
    [NEXT_ON_CONNECTION] = {"next request on the same connection", 4},
    [LATER_ON_CONNECTION] = {"same connection, but not the next request", -2},
    [CONNECTION_WENT_ON] = {"the connection went on with another request", -1},
    [SET_COOKIE_RETURNED] = {"a cookie set by the redirect comes back", 4},
    [SET_COOKIE_MISSING] = {"a cookie set by the redirect is missing", -2},
    [COOKIES_KEPT] = {"the same cookies", 2},
    [COOKIES_DIFFER] = {"other cookies", -3},
    [REFERER_KEPT] = {"the same Referer", 3},
    [REFERER_ORIGIN_KEPT] = {"the origin of the same Referer", 2},
    [REFERER_IS_REDIRECT] = {"Referer is the redirected URI", 4},
    [REFERER_ELSEWHERE] = {"Referer is another page", -4},
    [ORIGIN_NULL] = {"Origin: null after a redirect to another origin", 2},
    [SAME_FIELD_ORDER] = {"the same order of header fields", 2},
    [SAME_FIELD_SET] = {"the same header fields in another order", 1},
    [SAME_DISTINCTIVE_FIELD] = {"the same distinctive header field", 4},
    [SAME_CONTENT] = {"the same content", 3},
    [FRESH_TOKEN] = {"a token in the target not seen before", 4},
    [WITHIN_50_MS] = {"within 50 ms", 2},
    [WITHIN_250_MS] = {"within 250 ms", 1},
    [AFTER_1_S] = {"after more than 1 s", -1},
    [OTHER_WAY] = {"through another number of proxies", -3},
    [USER_ACTION] = {"a fresh user action", -4},
    [PREFLIGHT] = {"a preflight for the target just before", 2},
    [ONLY_REDIRECT_TO_TARGET] = {"the only redirect to a target nobody asked for", 2},
};

/* One weighing: the pair, and where its signals go. */
struct weighing {
    const struct see_pair *pair;
    const struct waiting *waiting;
    const struct edge *edge;
    const struct see_exchange *r, *f;
    struct see_redirect *record;
    int score;
};

static void add(struct weighing *w, enum weight weight)
{
    w->score += weights[weight].points;
    if (w->record != NULL && w->record->signal_count < SEE_SIGNALS_MAX) {
        w->record->signals[w->record->signal_count++] = weights[weight];
    }
}

static struct see_view field(const struct see_message *message, const char *name)
{
    return see_message_field(message, see_view_of(name), NULL);
}

/*
 * Whether they can have come the same way.  A capture may show a request twice, in front of a proxy
 * and behind it, so what goes to one host has to come through as many proxies; and two that a proxy
 * names differently are two clients, whoever the proxy is.
 */
static bool is_same_way(const struct see_exchange *r, const struct see_exchange *f)
{
    bool is_other_way = r->is_from_proxy != f->is_from_proxy || r->hops != f->hops;
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
    struct see_view before = field(&r->request, "User-Agent");
    struct see_view after = field(&f->request, "User-Agent");
    return (before.ptr == NULL) == (after.ptr == NULL) && see_view_eq(before, after) &&
           is_same_way(r, f);
}

static void weigh_target(struct weighing *w)
{
    if (w->edge->tier == SEE_T2) {
        add(w, TARGET_T2);
    } else if (w->edge->tier == SEE_T3) {
        add(w, TARGET_T3);
    }
}

/* A proxy sends the requests of many down one connection, whether it is believed or not. */
static bool is_shared_pipe(const struct see_exchange *exchange)
{
    return exchange->is_from_proxy || field(&exchange->request, "X-Forwarded-For").ptr != NULL ||
           field(&exchange->request, "Forwarded").ptr != NULL ||
           field(&exchange->request, "X-Real-IP").ptr != NULL;
}

/* Another host may well lie behind another row of proxies. */
static void weigh_way(struct weighing *w)
{
    bool is_same = w->r->is_from_proxy == w->f->is_from_proxy && w->r->hops == w->f->hops;
    if (w->r->request.is_seen && !is_same) {
        add(w, OTHER_WAY);
    }
}

static void weigh_connection(struct weighing *w)
{
    if (!w->r->request.is_seen || is_shared_pipe(w->r)) {
        return;
    }
    bool is_same = w->r->connection == w->f->connection;
    if (is_same && w->f->index == w->r->index + 1) {
        add(w, NEXT_ON_CONNECTION);
    } else if (is_same) {
        add(w, LATER_ON_CONNECTION);
    } else if (w->waiting->connection_went_on &&
               w->waiting->went_on_time < w->f->request.first.time_ns) {
        add(w, CONNECTION_WENT_ON);
    }
}

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
static void weigh_set_cookies(struct weighing *w)
{
    bool must_return = false;
    bool has_cookies = field(&w->f->request, "Cookie").ptr != NULL;
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
            add(w, SET_COOKIE_RETURNED);
            return;
        }
        must_return |= path_covers(path, w->f->uri);
    }
    if (must_return && has_cookies) {
        add(w, SET_COOKIE_MISSING);
    }
}

/* The names of the cookies that a response sets; false when there are too many to look at. */
static bool list_set(const struct see_message *response, struct see_view names[COOKIES_SEARCHED],
                     size_t *ret_count)
{
    *ret_count = 0;
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

/* R's cookies in F, where both go to the same origin. */
static void weigh_cookies(struct weighing *w)
{
    struct see_view set[COOKIES_SEARCHED];
    size_t set_count;
    if (!see_origin_same(w->r, w->f) || !list_set(&w->r->response, set, &set_count)) {
        return;
    }
    struct see_cookie_walk walk = {0};
    struct cookie_search after_all = {.message = &w->f->request};
    struct see_cookie before, after;
    size_t kept = 0;
    size_t missing = 0;
    while (see_cookie_next(&w->r->request, &walk, &before)) {
        if (is_listed(set, set_count, before.name)) {
            continue;
        }
        if (after_all.searched == COOKIES_SEARCHED) {
            return;
        }
        if (!search(&after_all, before.name, &after)) {
            missing++;
        } else if (see_view_eq(before.value, after.value)) {
            kept++;
        } else {
            add(w, COOKIES_DIFFER);
            return;
        }
    }
    if (kept > 0 && missing == 0) {
        add(w, COOKIES_KEPT);
    }
}

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

static void weigh_referer(struct weighing *w)
{
    struct see_view before = field(&w->r->request, "Referer");
    struct see_view after = field(&w->f->request, "Referer");
    if (after.ptr == NULL || !w->r->request.is_seen) {
        return;
    }
    if (before.ptr != NULL && see_view_eq(before, after)) {
        add(w, REFERER_KEPT);
    } else if (see_view_eq_nocase(after, w->r->uri)) {
        add(w, REFERER_IS_REDIRECT);
    } else if (before.ptr != NULL && is_origin_only(after) &&
               see_view_eq_nocase(origin_of(before), origin_of(after))) {
        add(w, REFERER_ORIGIN_KEPT);
    } else if (!see_view_eq_nocase(origin_of(after), origin_of(w->r->uri)) ||
               !is_origin_only(after)) {
        add(w, REFERER_ELSEWHERE);
    }
}

static void weigh_origin_null(struct weighing *w)
{
    bool keeps_method = w->r->status == 307 || w->r->status == 308;
    if (keeps_method && !see_origin_same(w->r, w->f) &&
        see_view_eq(field(&w->f->request, "Origin"), SEE_LITERAL("null")) &&
        !see_view_eq(field(&w->r->request, "Origin"), SEE_LITERAL("null"))) {
        add(w, ORIGIN_NULL);
    }
}

/* Fields that a redirect may rightly change; the rest of the header section is a fingerprint. */
static bool may_change(struct see_view name)
{
    static const char *const names[] = {"Cookie",        "Referer", "Origin",
                                        "Authorization", "Expect",  "Transfer-Encoding"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (see_view_eq_nocase(name, see_view_of(names[i]))) {
            return true;
        }
    }
    return see_view_starts_nocase(name, SEE_LITERAL("Content-"));
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

static void weigh_fields(struct weighing *w)
{
    if (!w->r->request.is_seen) {
        return;
    }
    if (is_same_order(&w->r->request, &w->f->request)) {
        add(w, SAME_FIELD_ORDER);
    } else if (is_same_set(&w->r->request, &w->f->request)) {
        add(w, SAME_FIELD_SET);
    }
}

/* Fields whose value belongs to one caller or one call, when it is long enough to be chance-free.
 */
static bool is_distinctive(const struct see_field *header)
{
    static const char *const names[] = {"Authorization", "Proxy-Authorization", "traceparent",
                                        "X-Request-Id",  "X-Correlation-Id",    "Request-Id",
                                        "X-B3-TraceId",  "Idempotency-Key",     "X-Api-Key"};
    if (header->value.len < 8) {
        return false;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (see_view_eq_nocase(header->name, see_view_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static void weigh_distinctive(struct weighing *w)
{
    for (size_t i = 0; i < w->r->request.field_count; i++) {
        const struct see_field *header = &w->r->request.fields[i];
        if (is_distinctive(header) &&
            see_view_eq(see_message_field(&w->f->request, header->name, NULL), header->value)) {
            add(w, SAME_DISTINCTIVE_FIELD);
            return;
        }
    }
}

static bool is_same_content(const struct see_exchange *r, const struct see_exchange *f)
{
    const struct see_message *before = &r->request;
    const struct see_message *after = &f->request;
    return before->is_complete && after->is_complete && before->content_len > 0 &&
           before->has_digest && after->has_digest && before->bare_len == after->bare_len &&
           memcmp(&before->bare_digest, &after->bare_digest, sizeof(struct see_digest)) == 0;
}

int pair_content_weight(const struct edge *edge)
{
    const struct see_exchange *r = edge->waiting->exchange;
    bool keeps_content = r->status == 307 || r->status == 308;
    return keeps_content && is_same_content(r, edge->candidate->exchange)
               ? weights[SAME_CONTENT].points
               : 0;
}

/*
 * A run of letters, digits, "-" and "_" in which at least two digits stand among letters, long
 * enough for 64 bits: 16 hexadecimal digits, or 13 of a wider alphabet.
 */
bool pair_has_token(struct see_view uri)
{
    size_t len = 0;
    size_t digits = 0;
    size_t others = 0;
    bool is_hex = true;
    for (size_t i = 0; i <= uri.len; i++) {
        char c = i < uri.len ? uri.ptr[i] : '/';
        if (see_ascii_is_digit(c) || see_ascii_is_alpha(c)) {
            len++;
            digits += see_ascii_is_digit(c);
            others += see_ascii_is_alpha(c);
            is_hex &= see_ascii_hex(c) >= 0;
        } else if (c != '-' && c != '_') {
            if (digits >= 2 && others >= 2 && len >= (is_hex ? 16u : 13u)) {
                return true;
            }
            len = digits = others = 0;
            is_hex = true;
        }
    }
    return false;
}

see_time_ns pair_retry_after(const struct see_message *response)
{
    struct see_view value = field(response, "Retry-After");
    see_time_ns seconds = 0;
    if (value.len == 0 || value.len > 6) {
        return 0;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!see_ascii_is_digit(value.ptr[i])) {
            return 0;
        }
        seconds = seconds * 10 + (value.ptr[i] - '0');
    }
    return seconds * SEE_NS_PER_S;
}

static void weigh_delay(struct weighing *w)
{
    see_time_ns gap = w->edge->gap - pair_retry_after(&w->r->response);
    gap = gap < 0 ? -gap : gap;
    if (gap <= 50 * SEE_NS_PER_MS) {
        add(w, WITHIN_50_MS);
    } else if (gap <= 250 * SEE_NS_PER_MS) {
        add(w, WITHIN_250_MS);
    } else if (gap > SEE_NS_PER_S) {
        add(w, AFTER_1_S);
    }
}

/* Browsers keep the mark along a redirect, so only one that R did not have is fresh. */
static void weigh_user_action(struct weighing *w)
{
    struct see_view mark = SEE_LITERAL("?1");
    if (see_view_eq(field(&w->f->request, "Sec-Fetch-User"), mark) &&
        !see_view_eq(field(&w->r->request, "Sec-Fetch-User"), mark)) {
        add(w, USER_ACTION);
    }
}

int pair_score(const struct see_pair *pair, const struct edge *edge, struct see_redirect *record)
{
    struct weighing w = {
        .pair = pair,
        .waiting = edge->waiting,
        .edge = edge,
        .r = edge->waiting->exchange,
        .f = edge->candidate->exchange,
        .record = record,
    };
    weigh_target(&w);
    weigh_way(&w);
    weigh_connection(&w);
    weigh_set_cookies(&w);
    weigh_cookies(&w);
    weigh_referer(&w);
    weigh_origin_null(&w);
    weigh_fields(&w);
    weigh_distinctive(&w);
    if (record != NULL && pair_content_weight(edge) > 0) {
        add(&w, SAME_CONTENT);
    }
    if (edge->waiting->is_token) {
        add(&w, FRESH_TOKEN);
    }
    weigh_delay(&w);
    weigh_user_action(&w);
    if (edge->waiting->saw_preflight &&
        edge->waiting->preflight_time < edge->candidate->exchange->request.first.time_ns) {
        add(&w, PREFLIGHT);
    }
    if (edge->is_lonely && edge->waiting->is_quiet) {
        add(&w, ONLY_REDIRECT_TO_TARGET);
    }
    return w.score;
}
