/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/uri.h"

static bool is_one_of(char c, struct see_view set)
{
    return see_view_find(set, c) < set.len;
}

/* What can end a part (RFC 3986, 3). */
enum delimiter { COLON = 1 << 0, SLASH = 1 << 1, QUESTION = 1 << 2, HASH = 1 << 3 };

static const uint8_t delimiters[256] = {
    [':'] = COLON,
    ['/'] = SLASH,
    ['?'] = QUESTION,
    ['#'] = HASH,
};

/* Takes what stands before the first of the delimiters `ends` off `*rest`. */
static struct see_view take_until(struct see_view *rest, unsigned ends)
{
    size_t at = 0;
    while (at < rest->len && (delimiters[(unsigned char)rest->ptr[at]] & ends) == 0) {
        at++;
    }
    struct see_view taken = {rest->ptr, at};
    rest->ptr += at;
    rest->len -= at;
    return taken;
}

static bool starts_with(struct see_view view, char c)
{
    return view.len > 0 && view.ptr[0] == c;
}

struct see_uri see_uri_split(struct see_view string)
{
    struct see_uri uri = {0};
    struct see_view rest = string.ptr != NULL ? string : SEE_LITERAL("");
    struct see_view before = rest;
    struct see_view scheme = take_until(&rest, COLON | SLASH | QUESTION | HASH);
    if (scheme.len > 0 && starts_with(rest, ':')) {
        uri.scheme = scheme;
        rest = see_view_cut(rest, 1, rest.len);
    } else {
        rest = before;
    }
    if (see_view_starts(rest, SEE_LITERAL("//"))) {
        rest = see_view_cut(rest, 2, rest.len);
        uri.authority = take_until(&rest, SLASH | QUESTION | HASH);
    }
    uri.path = take_until(&rest, QUESTION | HASH);
    if (starts_with(rest, '?')) {
        rest = see_view_cut(rest, 1, rest.len);
        uri.query = take_until(&rest, HASH);
    }
    if (starts_with(rest, '#')) {
        uri.fragment = see_view_cut(rest, 1, rest.len);
    }
    return uri;
}

size_t see_uri_origin_len(struct see_view uri)
{
    struct see_view rest = uri;
    struct see_view scheme = take_until(&rest, COLON | SLASH | QUESTION | HASH);
    rest = scheme.len > 0 && starts_with(rest, ':') ? see_view_cut(rest, 1, rest.len) : uri;
    if (rest.len < 2 || rest.ptr[0] != '/' || rest.ptr[1] != '/') {
        return 0;
    }
    rest = see_view_cut(rest, 2, rest.len);
    take_until(&rest, SLASH | QUESTION | HASH);
    return uri.len - rest.len;
}

struct see_authority see_authority_split(struct see_view authority)
{
    struct see_authority parts = {0};
    struct see_view rest = authority;
    for (size_t at = authority.len; at > 0; at--) {
        if (authority.ptr[at - 1] == '@') {
            parts.userinfo = see_view_cut(authority, 0, at - 1);
            rest = see_view_cut(authority, at, authority.len);
            break;
        }
    }
    size_t from = 0;
    if (starts_with(rest, '[')) {
        size_t bracket = see_view_find(rest, ']');
        from = bracket < rest.len ? bracket : 0;
    }
    size_t colon = from + see_view_find(see_view_cut(rest, from, rest.len), ':');
    parts.host = see_view_cut(rest, 0, colon);
    if (colon < rest.len) {
        parts.port = see_view_cut(rest, colon + 1, rest.len);
    }
    return parts;
}

bool see_scheme_is_valid(struct see_view scheme)
{
    for (size_t at = 0; at < scheme.len; at++) {
        char c = scheme.ptr[at];
        bool is_right = see_ascii_is_alpha(c) ||
                        (at > 0 && (see_ascii_is_digit(c) || is_one_of(c, SEE_LITERAL("+-."))));
        if (!is_right) {
            return false;
        }
    }
    return scheme.len > 0;
}

bool see_scheme_is_http(struct see_view scheme)
{
    return see_view_eq_nocase(scheme, SEE_LITERAL("http")) ||
           see_view_eq_nocase(scheme, SEE_LITERAL("https"));
}

uint16_t see_scheme_port(struct see_view scheme)
{
    if (see_view_eq_nocase(scheme, SEE_LITERAL("http")) ||
        see_view_eq_nocase(scheme, SEE_LITERAL("ws"))) {
        return 80;
    }
    if (see_view_eq_nocase(scheme, SEE_LITERAL("https")) ||
        see_view_eq_nocase(scheme, SEE_LITERAL("wss"))) {
        return 443;
    }
    return 0;
}

void see_uri_compose(const struct see_uri *uri, struct see_text *out)
{
    if (uri->scheme.ptr != NULL) {
        see_text_add(out, uri->scheme);
        see_text_add_char(out, ':');
    }
    if (uri->authority.ptr != NULL) {
        see_text_add_string(out, "//");
        see_text_add(out, uri->authority);
    } else if (see_view_starts(uri->path, SEE_LITERAL("//"))) {
        /* Or else the path would be read as an authority. */
        see_text_add_string(out, "/.");
    }
    see_text_add(out, uri->path);
    if (uri->query.ptr != NULL) {
        see_text_add_char(out, '?');
        see_text_add(out, uri->query);
    }
    if (uri->fragment.ptr != NULL) {
        see_text_add_char(out, '#');
        see_text_add(out, uri->fragment);
    }
}

/* Takes the last segment and the slash before it off what was written since `start`. */
static void drop_segment(struct see_text *out, size_t start)
{
    size_t len = out->len;
    while (len > start && out->ptr[len - 1] != '/') {
        len--;
    }
    if (len > start) {
        len--;
    }
    if (len < out->len) {
        out->len = len;
        out->ptr[len] = '\0';
    }
}

/* The steps A to E of RFC 3986, 5.2.4; each octet is added once and dropped at most once. */
void see_uri_remove_dots(struct see_view path, struct see_text *out)
{
    size_t start = out->len;
    struct see_view rest = path;
    while (rest.len > 0) {
        if (see_view_starts(rest, SEE_LITERAL("../"))) {
            rest = see_view_cut(rest, 3, rest.len);
        } else if (see_view_starts(rest, SEE_LITERAL("./")) ||
                   see_view_starts(rest, SEE_LITERAL("/./"))) {
            rest = see_view_cut(rest, 2, rest.len);
        } else if (see_view_eq(rest, SEE_LITERAL("/."))) {
            rest = SEE_LITERAL("/");
        } else if (see_view_starts(rest, SEE_LITERAL("/../"))) {
            rest = see_view_cut(rest, 3, rest.len);
            drop_segment(out, start);
        } else if (see_view_eq(rest, SEE_LITERAL("/.."))) {
            rest = SEE_LITERAL("/");
            drop_segment(out, start);
        } else if (see_view_eq(rest, SEE_LITERAL(".")) || see_view_eq(rest, SEE_LITERAL(".."))) {
            break;
        } else {
            see_text_add_char(out, rest.ptr[0]);
            rest = see_view_cut(rest, 1, rest.len);
            see_text_add(out, take_until(&rest, SLASH));
        }
    }
}

/* The base's path up to its last slash, then the reference's (RFC 3986, 5.2.3). */
static void merge(const struct see_uri *base, struct see_view path, struct see_text *out)
{
    size_t end = base->path.len;
    while (end > 0 && base->path.ptr[end - 1] != '/') {
        end--;
    }
    if (base->authority.ptr != NULL && base->path.len == 0) {
        see_text_add_char(out, '/');
    }
    see_text_add(out, see_view_cut(base->path, 0, end));
    see_text_add(out, path);
}

void see_uri_resolve(struct see_view base, struct see_view reference, struct see_text *out)
{
    struct see_uri from = see_uri_split(base);
    struct see_uri target = see_uri_split(reference);
    struct see_text merged, path;
    see_text_init(&merged);
    see_text_init(&path);
    bool is_whole = target.scheme.ptr != NULL || target.authority.ptr != NULL;
    if (target.scheme.ptr == NULL) {
        target.scheme = from.scheme;
    }
    if (!is_whole) {
        target.authority = from.authority;
    }
    if (!is_whole && target.path.len == 0) {
        target.path = from.path;
        target.query = target.query.ptr != NULL ? target.query : from.query;
    } else {
        if (is_whole || starts_with(target.path, '/')) {
            see_text_add(&merged, target.path);
        } else {
            merge(&from, target.path, &merged);
        }
        see_uri_remove_dots(see_text_view(&merged), &path);
        target.path = see_text_view(&path);
    }
    see_uri_compose(&target, out);
    out->is_broken = out->is_broken || merged.is_broken || path.is_broken;
    see_text_finish(&merged);
    see_text_finish(&path);
}
