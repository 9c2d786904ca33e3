/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <string.h>

#include "core/span.h"
#include "core/uri.h"

/* Where an octet may stand as it is, besides unreserved ones, which may everywhere. */
enum place {
    IN_USERINFO = 1 << 0,
    IN_HOST = 1 << 1,
    IN_LITERAL = 1 << 2,
    IN_PORT = 1 << 3,
    IN_PATH = 1 << 4,
    IN_QUERY = 1 << 5,
};

#define ANYWHERE (IN_USERINFO | IN_HOST | IN_LITERAL | IN_PORT | IN_PATH | IN_QUERY)

static const uint8_t sub_delims_and_more[256] = {
    ['!'] = ANYWHERE,           ['$'] = ANYWHERE,           ['&'] = ANYWHERE,
    ['\''] = ANYWHERE,          ['('] = ANYWHERE,           [')'] = ANYWHERE,
    ['*'] = ANYWHERE,           ['+'] = ANYWHERE,           [','] = ANYWHERE,
    [';'] = ANYWHERE,           ['='] = ANYWHERE,           [':'] = ANYWHERE & ~IN_HOST,
    ['@'] = IN_PATH | IN_QUERY, ['/'] = IN_PATH | IN_QUERY, ['?'] = IN_QUERY,
    ['['] = IN_LITERAL,         [']'] = IN_LITERAL,
};

#define BIT(c) (UINT64_C(1) << ((c)&63))
#define BITS(first, count) (((UINT64_C(1) << (count)) - 1) << ((first)&63))

static const uint64_t unreserved[4] = {
    BIT('-') | BIT('.') | BITS('0', 10),
    BIT('_') | BIT('~') | BITS('A', 26) | BITS('a', 26),
};

static bool is_unreserved(char c)
{
    unsigned char octet = (unsigned char)c;
    return (unreserved[octet / 64] >> octet % 64 & 1) != 0;
}

static bool stays(char c, enum place place)
{
    return is_unreserved(c) || (sub_delims_and_more[(unsigned char)c] & place) != 0;
}

static void add_lower(struct see_text *out, struct see_view view)
{
    size_t before = out->len;
    see_text_add(out, view);
    for (size_t at = before; at < out->len; at++) {
        out->ptr[at] = see_ascii_lower(out->ptr[at]);
    }
}

static void add_cased(struct see_text *out, struct see_view view, bool is_lower)
{
    if (is_lower) {
        add_lower(out, view);
    } else {
        see_text_add(out, view);
    }
}

static void add_triplet(struct see_text *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    char triplet[3] = {'%', digits[c >> 4], digits[c & 15]};
    see_text_add(out, (struct see_view){triplet, sizeof(triplet)});
}

/* The octet that the triplet at `at` stands for, or -1 when there is no triplet. */
static int decoded(struct see_view part, size_t at)
{
    if (part.ptr[at] != '%' || part.len - at < 3) {
        return -1;
    }
    int high = see_ascii_hex(part.ptr[at + 1]);
    int low = see_ascii_hex(part.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/*
 * Appends `part` with each octet in the one form it should have: unreserved as it is, reserved as
 * it came, all others as a triplet in upper case.
 */
static void add_normal(struct see_text *out, struct see_view part, enum place place, bool is_lower)
{
    for (size_t at = 0; at < part.len;) {
        size_t end = at;
        while (end < part.len && stays(part.ptr[end], place)) {
            end++;
        }
        add_cased(out, see_view_cut(part, at, end), is_lower);
        at = end;
        if (at == part.len) {
            break;
        }
        int value = decoded(part, at);
        char c = value < 0 ? part.ptr[at] : (char)value;
        /* A port is digits or none: what is encoded in its place is not made into one. */
        if (value >= 0 && is_unreserved(c) && place != IN_PORT) {
            add_cased(out, (struct see_view){&c, 1}, is_lower);
        } else {
            add_triplet(out, (unsigned char)c);
        }
        at += value < 0 ? 1 : 3;
    }
}

/* The digits of `port` without leading zeros; absent when it is no number. */
static struct see_view port_number(struct see_view port)
{
    for (size_t at = 0; at < port.len; at++) {
        if (!see_ascii_is_digit(port.ptr[at])) {
            return (struct see_view){NULL, 0};
        }
    }
    while (port.len > 1 && port.ptr[0] == '0') {
        port = see_view_cut(port, 1, port.len);
    }
    return port;
}

/* RFC 3986, 6.2.3: an empty port is the default one. */
static bool is_default_port(struct see_view scheme, struct see_view port)
{
    struct see_view number = port_number(port);
    switch (see_scheme_port(scheme)) {
    case 80:
        return port.len == 0 || see_view_eq(number, SEE_LITERAL("80"));
    case 443:
        return port.len == 0 || see_view_eq(number, SEE_LITERAL("443"));
    default:
        return port.len == 0;
    }
}

void see_uri_promise(struct see_view uri, struct see_text *out)
{
    struct see_uri parts = see_uri_split(uri);
    if (parts.scheme.ptr != NULL) {
        add_lower(out, parts.scheme);
        see_text_add_char(out, ':');
    }
    if (parts.authority.ptr != NULL) {
        struct see_authority authority = see_authority_split(parts.authority);
        see_text_add_string(out, "//");
        if (authority.userinfo.ptr != NULL) {
            see_text_add(out, authority.userinfo);
            see_text_add_char(out, '@');
        }
        add_lower(out, authority.host);
        if (!is_default_port(parts.scheme, authority.port)) {
            see_text_add_char(out, ':');
            see_text_add(out, authority.port);
        }
        if (parts.path.len == 0) {
            see_text_add_char(out, '/');
        }
    }
    see_text_add(out, parts.path);
    if (parts.query.ptr != NULL) {
        see_text_add_char(out, '?');
        see_text_add(out, parts.query);
    }
}

static void add_normal_authority(struct see_text *out, const struct see_uri *uri)
{
    struct see_authority authority = see_authority_split(uri->authority);
    see_text_add_string(out, "//");
    if (authority.userinfo.ptr != NULL) {
        add_normal(out, authority.userinfo, IN_USERINFO, false);
        see_text_add_char(out, '@');
    }
    bool is_literal = authority.host.len > 0 && authority.host.ptr[0] == '[';
    add_normal(out, authority.host, is_literal ? IN_LITERAL : IN_HOST, true);
    if (!is_default_port(uri->scheme, authority.port)) {
        struct see_view number = port_number(authority.port);
        see_text_add_char(out, ':');
        add_normal(out, number.ptr != NULL ? number : authority.port, IN_PORT, false);
    }
}

/* Whether all octets of a path or a query stay. */
static bool all_stay(struct see_view part, enum place place)
{
    struct see_view rest = part;
    for (;;) {
        size_t usual = see_span_path(rest);
        if (usual == rest.len) {
            return true;
        }
        if (!stays(rest.ptr[usual], place)) {
            return false;
        }
        rest = see_view_cut(rest, usual + 1, rest.len);
    }
}

/* Whether a segment begins with a dot. */
static bool has_dot_first(struct see_view path)
{
    struct see_view rest = path;
    size_t dot;
    while ((dot = see_view_find(rest, '.')) < rest.len) {
        const char *at = rest.ptr + dot;
        if (at > path.ptr && at[-1] == '/') {
            return true;
        }
        rest = see_view_cut(rest, dot + 1, rest.len);
    }
    return false;
}

/* Whether nothing in an absolute path is to be changed: as in nearly all. */
static bool is_path_normal(struct see_view path)
{
    return path.len > 0 && path.ptr[0] == '/' && all_stay(path, IN_PATH) && !has_dot_first(path);
}

/* Appends the path of `uri`; in a relative path dot segments have a meaning and stay. */
static void add_normal_path(struct see_text *out, const struct see_uri *uri)
{
    if (uri->scheme.ptr == NULL && uri->authority.ptr == NULL) {
        add_normal(out, uri->path, IN_PATH, false);
        return;
    }
    if (is_path_normal(uri->path)) {
        see_text_add(out, uri->path);
        return;
    }
    struct see_text dotted;
    struct see_text path;
    see_text_init(&dotted);
    see_text_init(&path);
    add_normal(&dotted, uri->path, IN_PATH, false);
    see_uri_remove_dots(see_text_view(&dotted), &path);
    struct see_uri composed = {.path = see_text_view(&path)};
    if (uri->authority.ptr == NULL) {
        see_uri_compose(&composed, out);
    } else {
        see_text_add(out, composed.path.len > 0 ? composed.path : SEE_LITERAL("/"));
    }
    out->is_broken = out->is_broken || dotted.is_broken || path.is_broken;
    see_text_finish(&dotted);
    see_text_finish(&path);
}

static inline bool is_host_normal(char c)
{
    /* What nearly all names are made of; a slash has no place in an authority. */
    bool is_usual = (c >= 'a' && c <= 'z') || (c >= '-' && c <= '9' && c != '/');
    return is_usual || (stays(c, IN_HOST) && see_ascii_lower(c) == c);
}

/* A name in lower case, and no port or one that is neither a default nor begins with a zero. */
static bool is_authority_normal(struct see_view authority)
{
    size_t at = 0;
    while (at < authority.len && is_host_normal(authority.ptr[at])) {
        at++;
    }
    if (at == authority.len) {
        return true;
    }
    struct see_view port = see_view_cut(authority, at + 1, authority.len);
    bool is_number = authority.ptr[at] == ':' && port.len > 0 && port.ptr[0] != '0' &&
                     port_number(port).ptr != NULL &&
                     (port.len < 5 || (port.len == 5 && memcmp(port.ptr, "65535", 5) <= 0));
    return is_number && !see_view_eq(port, SEE_LITERAL("80")) &&
           !see_view_eq(port, SEE_LITERAL("443"));
}

size_t see_uri_normal_origin_len(struct see_view uri)
{
    size_t lead = see_view_starts(uri, SEE_LITERAL("http://"))    ? 7
                  : see_view_starts(uri, SEE_LITERAL("https://")) ? 8
                                                                  : 0;
    struct see_view rest = see_view_cut(uri, lead, uri.len);
    struct see_view authority = see_view_cut(rest, 0, see_view_find(rest, '/'));
    bool has_host = lead > 0 && authority.len > 0 && authority.ptr[0] != ':';
    return has_host && is_authority_normal(authority) ? lead + authority.len : 0;
}

bool see_uri_is_normal_path(struct see_view rest)
{
    size_t question = see_view_find(rest, '?');
    return is_path_normal(see_view_cut(rest, 0, question)) &&
           all_stay(see_view_cut(rest, question + 1, rest.len), IN_QUERY);
}

/* A query that is empty, or has a "'" in it, is not taken alike by all. */
static bool is_plain_path(struct see_view rest)
{
    size_t question = see_view_find(rest, '?');
    struct see_view path = see_view_cut(rest, 0, question);
    struct see_view query = see_view_cut(rest, question + 1, rest.len);
    bool is_query_plain =
        question == rest.len || (query.len > 0 && see_view_find(query, '\'') == query.len);
    return is_query_plain && see_uri_is_normal_path(rest) &&
           see_view_search(path, SEE_LITERAL("//")) == path.len;
}

/*
 * Whether the host of `origin` may be an IPv4 address in another form than the usual one, which
 * resolvers and browsers know but RFC 3986 does not: its last label begins with a digit.
 */
static bool has_odd_address(struct see_view origin)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    struct see_view host = see_authority_split(see_uri_split(origin).authority).host;
    size_t end = host.len > 0 && host.ptr[host.len - 1] == '.' ? host.len - 1 : host.len;
    size_t at = end;
    while (at > 0 && host.ptr[at - 1] != '.') {
        at--;
    }
    if (at == end || !see_ascii_is_digit(host.ptr[at])) {
        return false;
    }
    if (host.len >= sizeof(text)) {
        return true;
    }
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(AF_INET, text, &address) != 1;
}

bool see_uri_resolve_plain(struct see_view base, struct see_view reference, struct see_text *out)
{
    bool is_absolute = reference.len > 0 && reference.ptr[0] != '/';
    struct see_view whole = is_absolute ? reference : base;
    size_t origin = see_uri_normal_origin_len(whole);
    struct see_view rest = see_view_cut(reference, is_absolute ? origin : 0, reference.len);
    struct see_view site = see_view_cut(whole, 0, origin);
    if (origin == 0 || !is_plain_path(rest) || (is_absolute && has_odd_address(site))) {
        return false;
    }
    see_text_add(out, site);
    see_text_add(out, rest);
    return true;
}

bool see_uri_is_normal(struct see_view uri)
{
    size_t origin = see_uri_normal_origin_len(uri);
    return origin > 0 && see_uri_is_normal_path(see_view_cut(uri, origin, uri.len));
}

void see_uri_normal(struct see_view uri, struct see_text *out)
{
    struct see_uri parts = see_uri_split(uri);
    if (parts.scheme.ptr != NULL) {
        add_lower(out, parts.scheme);
        see_text_add_char(out, ':');
    }
    if (parts.authority.ptr != NULL) {
        add_normal_authority(out, &parts);
    }
    add_normal_path(out, &parts);
    if (parts.query.ptr != NULL) {
        see_text_add_char(out, '?');
        add_normal(out, parts.query, IN_QUERY, false);
    }
}
