/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/whatwg.h"

#include "core/uri.h"
#include "pair/hostname.h"

/*
 * What is encoded besides controls and octets outside of ASCII: the standard's path and
 * special-query percent-encode sets.
 */
#define PATH_SET SEE_LITERAL(" \"#<>?^`{}")
#define QUERY_SET SEE_LITERAL(" \"#<>'")

static bool is_one_of(char c, struct see_view set)
{
    return see_view_find(set, c) < set.len;
}

/* A backslash is as good as a slash in http and https. */
static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool starts_with_slash(struct see_view view)
{
    return view.len > 0 && is_slash(view.ptr[0]);
}

static size_t find_slash(struct see_view view)
{
    size_t at = 0;
    while (at < view.len && !is_slash(view.ptr[at])) {
        at++;
    }
    return at;
}

/* The reference without blanks and controls around it, and without tabs and line ends anywhere. */
static void add_clean(struct see_text *out, struct see_view reference)
{
    while (reference.len > 0 && (unsigned char)reference.ptr[0] <= ' ') {
        reference = see_view_cut(reference, 1, reference.len);
    }
    while (reference.len > 0 && (unsigned char)reference.ptr[reference.len - 1] <= ' ') {
        reference.len--;
    }
    for (size_t at = 0; at < reference.len; at++) {
        if (!is_one_of(reference.ptr[at], SEE_LITERAL("\t\r\n"))) {
            see_text_add_char(out, reference.ptr[at]);
        }
    }
}

static void add_encoded(struct see_text *out, struct see_view view, struct see_view set)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t at = 0; at < view.len; at++) {
        unsigned char c = (unsigned char)view.ptr[at];
        if (c < 0x20 || c > 0x7E || is_one_of((char)c, set)) {
            char triplet[3] = {'%', digits[c >> 4], digits[c & 15]};
            see_text_add(out, (struct see_view){triplet, sizeof(triplet)});
        } else {
            see_text_add_char(out, (char)c);
        }
    }
}

/* Takes "." or "%2e" off `*rest`. */
static bool take_dot(struct see_view *rest)
{
    size_t len = see_view_starts(*rest, SEE_LITERAL(".")) ? 1 : 3;
    if (len == 3 && !see_view_starts_nocase(*rest, SEE_LITERAL("%2e"))) {
        return false;
    }
    *rest = see_view_cut(*rest, len, rest->len);
    return true;
}

/* How many dots `segment` is, 1 or 2; 0 when it is something else. */
static unsigned count_dots(struct see_view segment)
{
    unsigned dots = 0;
    while (dots < 2 && take_dot(&segment)) {
        dots++;
    }
    return segment.len == 0 ? dots : 0;
}

/* Takes the last segment and its slash off what was written since `start`. */
static void drop_segment(struct see_text *out, size_t start)
{
    size_t len = out->len;
    while (len > start && out->ptr[len - 1] != '/') {
        len--;
    }
    len = len > start ? len - 1 : start;
    if (len < out->len) {
        out->len = len;
        out->ptr[len] = '\0';
    }
}

/* Appends `path`, taken from the root whether or not it begins with a slash. */
static void add_path(struct see_text *out, struct see_view path)
{
    size_t start = out->len;
    struct see_view rest = starts_with_slash(path) ? see_view_cut(path, 1, path.len) : path;
    bool is_last = false;
    while (!is_last) {
        size_t end = find_slash(rest);
        struct see_view segment = see_view_cut(rest, 0, end);
        is_last = end == rest.len;
        rest = see_view_cut(rest, end + 1, rest.len);
        unsigned dots = count_dots(segment);
        if (dots == 2) {
            drop_segment(out, start);
        }
        if (dots == 0 || is_last) {
            see_text_add_char(out, '/');
        }
        if (dots == 0) {
            add_encoded(out, segment, PATH_SET);
        }
    }
}

static bool add_port(struct see_text *out, struct see_view scheme, struct see_view port)
{
    uint32_t number = 0;
    for (size_t at = 0; at < port.len; at++) {
        if (!see_ascii_is_digit(port.ptr[at])) {
            return false;
        }
        number = number * 10 + (uint32_t)(port.ptr[at] - '0');
        if (number > UINT16_MAX) {
            return false;
        }
    }
    if (port.len > 0 && number != see_scheme_port(scheme)) {
        see_text_printf(out, ":%u", (unsigned)number);
    }
    return true;
}

static bool add_origin(struct see_text *out, struct see_view scheme, struct see_view authority)
{
    char host[SEE_HOSTNAME_SIZE];
    struct see_authority parts = see_authority_split(authority);
    for (size_t at = 0; at < scheme.len; at++) {
        see_text_add_char(out, see_ascii_lower(scheme.ptr[at]));
    }
    see_text_add_string(out, "://");
    if (!see_hostname_of(parts.host, host)) {
        return false;
    }
    see_text_add_string(out, host);
    return add_port(out, scheme, parts.port);
}

static void add_query(struct see_text *out, struct see_view query)
{
    if (query.ptr != NULL) {
        see_text_add_char(out, '?');
        add_encoded(out, query, QUERY_SET);
    }
}

/* "//host/path", with any number of slashes in front, none included. */
static bool add_with_authority(struct see_text *out, struct see_view scheme, struct see_view rest,
                               struct see_view query)
{
    while (starts_with_slash(rest)) {
        rest = see_view_cut(rest, 1, rest.len);
    }
    size_t end = find_slash(rest);
    if (!add_origin(out, scheme, see_view_cut(rest, 0, end))) {
        return false;
    }
    add_path(out, see_view_cut(rest, end, rest.len));
    add_query(out, query);
    return true;
}

/* The rest of a reference whose authority is the base's. */
static bool add_relative(struct see_text *out, const struct see_uri *base, struct see_view rest,
                         struct see_view query)
{
    if (!add_origin(out, base->scheme, base->authority)) {
        return false;
    }
    if (rest.len == 0) {
        add_path(out, base->path);
        add_query(out, query.ptr != NULL ? query : base->query);
        return true;
    }
    struct see_text merged;
    see_text_init(&merged);
    if (!starts_with_slash(rest)) {
        size_t end = base->path.len;
        while (end > 0 && !is_slash(base->path.ptr[end - 1])) {
            end--;
        }
        see_text_add(&merged, see_view_cut(base->path, 0, end));
    }
    see_text_add(&merged, rest);
    add_path(out, see_text_view(&merged));
    add_query(out, query);
    out->is_broken = out->is_broken || merged.is_broken;
    see_text_finish(&merged);
    return true;
}

static bool add_resolved(struct see_text *out, const struct see_uri *base,
                         struct see_view reference)
{
    struct see_view rest = see_view_cut(reference, 0, see_view_find(reference, '#'));
    struct see_view query = {NULL, 0};
    size_t mark = see_view_find(rest, '?');
    if (mark < rest.len) {
        query = see_view_cut(rest, mark + 1, rest.len);
        rest = see_view_cut(rest, 0, mark);
    }
    struct see_view scheme = see_uri_split(rest).scheme;
    if (see_scheme_is_valid(scheme)) {
        if (!see_scheme_is_http(scheme)) {
            return false;
        }
        rest = see_view_cut(rest, scheme.len + 1, rest.len);
        if (!see_view_eq_nocase(scheme, base->scheme)) {
            return add_with_authority(out, scheme, rest, query);
        }
    } else if (!see_scheme_is_http(base->scheme)) {
        return false;
    }
    /* A scheme equal to the base's is as good as none: "http:path" is relative. */
    if (starts_with_slash(rest) && starts_with_slash(see_view_cut(rest, 1, rest.len))) {
        return add_with_authority(out, base->scheme, rest, query);
    }
    return add_relative(out, base, rest, query);
}

bool see_whatwg_resolve(struct see_view base, struct see_view reference, struct see_text *out)
{
    struct see_uri from = see_uri_split(base);
    struct see_text clean;
    see_text_init(&clean);
    add_clean(&clean, reference);
    bool is_resolved = add_resolved(out, &from, see_text_view(&clean));
    out->is_broken = out->is_broken || clean.is_broken;
    see_text_finish(&clean);
    return is_resolved;
}
