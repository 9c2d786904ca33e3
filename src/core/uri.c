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

static bool has_two_slashes(struct see_view view)
{
    return view.len >= 2 && view.ptr[0] == '/' && view.ptr[1] == '/';
}

/* Takes the first `mark` and what stands behind it off `*rest`; absent when there is none. */
static struct see_view take_behind(struct see_view *rest, char mark)
{
    size_t at = see_view_find(*rest, mark);
    if (at == rest->len) {
        return (struct see_view){NULL, 0};
    }
    struct see_view behind = {rest->ptr + at + 1, rest->len - at - 1};
    rest->len = at;
    return behind;
}

/* Begins behind: to search for one octet is the fastest, and "#" and "?" end all other parts. */
struct see_uri see_uri_split(struct see_view string)
{
    struct see_uri uri = {0};
    struct see_view rest = string.ptr != NULL ? string : SEE_LITERAL("");
    uri.fragment = take_behind(&rest, '#');
    uri.query = take_behind(&rest, '?');
    struct see_view after = rest;
    struct see_view scheme = take_until(&after, COLON | SLASH);
    if (scheme.len > 0 && starts_with(after, ':')) {
        uri.scheme = scheme;
        rest = see_view_cut(after, 1, after.len);
    }
    if (has_two_slashes(rest)) {
        rest = see_view_cut(rest, 2, rest.len);
        uri.authority = see_view_cut(rest, 0, see_view_find(rest, '/'));
        rest = see_view_cut(rest, uri.authority.len, rest.len);
    }
    uri.path = rest;
    return uri;
}

size_t see_uri_origin_len(struct see_view uri)
{
    struct see_view rest = uri;
    struct see_view scheme = take_until(&rest, COLON | SLASH | QUESTION | HASH);
    rest = scheme.len > 0 && starts_with(rest, ':') ? see_view_cut(rest, 1, rest.len) : uri;
    if (!has_two_slashes(rest)) {
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
    const char *sign =
        authority.len > 0 ? (const char *)memrchr(authority.ptr, '@', authority.len) : NULL;
    if (sign != NULL) {
        size_t at = (size_t)(sign - authority.ptr);
        parts.userinfo = see_view_cut(authority, 0, at);
        rest = see_view_cut(authority, at + 1, authority.len);
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
    return (scheme.len == 4 || scheme.len == 5) &&
           see_octets_eq_nocase(scheme.ptr, "https", scheme.len);
}

uint16_t see_scheme_port(struct see_view scheme)
{
    if (see_scheme_is_http(scheme)) {
        return scheme.len == 4 ? 80 : 443;
    }
    if (see_view_eq_nocase(scheme, SEE_LITERAL("ws"))) {
        return 80;
    }
    return see_view_eq_nocase(scheme, SEE_LITERAL("wss")) ? 443 : 0;
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
