/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/redact.h"

#include <string.h>

#include "core/redact_names.h"
#include "core/uri.h"

/* How often percent-encoding is undone to look into a value. */
#define DEPTH 2

enum region { IN_PATH, IN_QUERY, IN_FRAGMENT };

/*
 * A walk from one secret to the next.  It knows no more of a URI than what ends a name or a value,
 * so that nothing depends on the URI being well-formed.
 */
struct scan {
    struct see_view text;
    size_t at;
    enum region region;
    unsigned slashes; /* just before `at`; from two on, an authority may begin here */
    unsigned depth;   /* how often percent-encoding may still be undone */
    size_t known;     /* from `at` up to here there is no userinfo */
    bool is_nested;   /* the text is a decoded part of another */
    bool had_segment; /* the first one of the path */
    bool had_authority;
    bool is_broken; /* memory ran out */
};

/* What an octet may end. */
enum kind {
    SLASH = 1 << 0, /* either way round */
    QUESTION = 1 << 1,
    HASH = 1 << 2,
    AMPERSAND = 1 << 3,
    SEMICOLON = 1 << 4,
    COMMA = 1 << 5,
    EQUALS = 1 << 6,
    BLANK = 1 << 7,
};

#define ANY_KIND (SLASH | QUESTION | HASH | AMPERSAND | SEMICOLON | COMMA | EQUALS | BLANK)

static const uint8_t kinds[256] = {
    ['/'] = SLASH,     ['\\'] = SLASH,    ['?'] = QUESTION, ['#'] = HASH,
    ['&'] = AMPERSAND, [';'] = SEMICOLON, [','] = COMMA,    ['='] = EQUALS,
    [' '] = BLANK,     ['\t'] = BLANK,    ['\r'] = BLANK,   ['\n'] = BLANK,
};

static unsigned kind_of(char c)
{
    return kinds[(unsigned char)c];
}

/* Where the first octet of one of these kinds stands from `at` on, or the end. */
static size_t find_any(struct see_view view, size_t at, unsigned wanted)
{
    while (at < view.len && (kind_of(view.ptr[at]) & wanted) == 0) {
        at++;
    }
    return at;
}

/* One past the last "@" of [from, to), or `from` when there is none. */
static size_t after_last_at(struct see_view view, size_t from, size_t to)
{
    while (to > from && view.ptr[to - 1] != '@') {
        to--;
    }
    return to;
}

static bool is_number(struct see_view view)
{
    size_t at = 0;
    while (at < view.len && see_ascii_is_digit(view.ptr[at])) {
        at++;
    }
    return at == view.len;
}

/* Moves over one octet that ends names; false when there is none at `scan->at`. */
static bool take_delimiter(struct scan *scan)
{
    unsigned kind = kind_of(scan->text.ptr[scan->at]);
    if (kind == 0) {
        return false;
    }
    scan->slashes = kind == SLASH ? scan->slashes + 1 : kind == BLANK ? scan->slashes : 0;
    if (kind == QUESTION && scan->region == IN_PATH) {
        scan->region = IN_QUERY;
    } else if (kind == HASH) {
        scan->region = IN_FRAGMENT;
    }
    scan->at++;
    return true;
}

/* Where a secret value that runs on at `at` ends.  In a query only "&" and "#" are sure to end it.
 */
static size_t value_end(const struct scan *scan, size_t at)
{
    switch (scan->region) {
    case IN_PATH:
        return find_any(scan->text, at, SLASH | QUESTION | HASH | SEMICOLON | AMPERSAND);
    case IN_QUERY:
        return find_any(scan->text, at, AMPERSAND | HASH);
    case IN_FRAGMENT:
        return find_any(scan->text, at, AMPERSAND);
    }
    return scan->text.len;
}

/*
 * Finds the userinfo of an authority that begins at `scan->at`.  A password with a raw slash in it
 * leaves a port that is no number: then all up to the last "@" is hidden.
 */
static bool find_userinfo(struct scan *scan, size_t *ret_from, size_t *ret_to)
{
    struct see_view text = scan->text;
    size_t from = scan->at;
    if (scan->slashes < 2 || from < scan->known) {
        return false;
    }
    unsigned ends = SLASH | QUESTION | HASH | (scan->region == IN_PATH ? 0 : AMPERSAND);
    size_t end = find_any(text, from, ends);
    size_t after = after_last_at(text, from, end);
    if (after == from && !scan->had_authority) {
        struct see_view port = see_authority_split(see_view_cut(text, from, end)).port;
        if (!is_number(port)) {
            after = after_last_at(text, from, text.len);
        }
    }
    scan->had_authority = true;
    scan->known = end;
    if (after <= from + 1) {
        return false;
    }
    *ret_from = from;
    *ret_to = after - 1;
    scan->at = after;
    scan->slashes = 0;
    return true;
}

/*
 * The first segment of a path where there is userinfo in it: that of a Location without its slashes
 * ("http:user:password@host/"), once it was resolved and asked for.
 */
static bool find_stray_userinfo(struct scan *scan, size_t *ret_from, size_t *ret_to)
{
    struct see_view text = scan->text;
    size_t from = scan->at;
    if (scan->had_segment || scan->region != IN_PATH || scan->slashes != 1) {
        return false;
    }
    scan->had_segment = true;
    size_t end = find_any(text, from, SLASH | QUESTION | HASH);
    size_t after = after_last_at(text, from, end);
    if (after == from || see_view_find(see_view_cut(text, from, after), ':') >= after - from) {
        return false;
    }
    *ret_from = from;
    *ret_to = after - 1;
    scan->at = after;
    scan->slashes = 0;
    return true;
}

static bool next_secret(struct scan *scan, size_t *ret_from, size_t *ret_to);

/* Whether `part`, percent-encoding undone, holds a secret. */
static bool hides(struct scan *scan, struct see_view part)
{
    struct see_text decoded;
    size_t from, to;
    if (scan->depth == 0 || see_view_find(part, '%') == part.len) {
        return false;
    }
    see_text_init(&decoded);
    for (size_t at = 0; at < part.len;) {
        see_text_add_char(&decoded, see_redact_octet(part, &at));
    }
    struct scan inner = {
        .text = see_text_view(&decoded),
        .slashes = scan->slashes,
        .depth = scan->depth - 1,
        .is_nested = true,
    };
    bool is_found = next_secret(&inner, &from, &to);
    scan->is_broken = scan->is_broken || inner.is_broken || decoded.is_broken;
    see_text_finish(&decoded);
    return is_found;
}

/* Moves over "http:" or "https:": browsers find a host behind it however few slashes follow. */
static bool take_scheme(struct scan *scan)
{
    struct see_view rest = see_view_cut(scan->text, scan->at, scan->text.len);
    if (see_ascii_lower(rest.ptr[0]) != 'h') {
        return false;
    }
    if (see_view_starts_nocase(rest, SEE_LITERAL("http:")) ||
        see_view_starts_nocase(rest, SEE_LITERAL("https:"))) {
        scan->at += see_view_find(rest, ':') + 1;
        scan->slashes = 2;
        return true;
    }
    return false;
}

/* Finds the value of the parameter that begins at `scan->at`, if it is a secret; moves past it. */
static bool find_value(struct scan *scan, size_t *ret_from, size_t *ret_to)
{
    struct see_view text = scan->text;
    size_t start = scan->at;
    size_t end = find_any(text, start, ANY_KIND);
    size_t next = end + (end < text.len && text.ptr[end] == '=' ? 1 : 0);
    struct see_view name = see_view_cut(text, start, end);
    bool is_named = next > end && see_redact_is_secret_parameter(name);
    if (hides(scan, is_named ? name : see_view_cut(text, start, next))) {
        *ret_from = start;
    } else if (is_named) {
        *ret_from = next;
    } else {
        scan->at = end;
        scan->slashes = 0;
        return false;
    }
    *ret_to = value_end(scan, next);
    scan->at = *ret_to;
    scan->slashes = 0;
    /* The value of a decoded name may lie behind the part that was decoded. */
    return *ret_to > *ret_from || scan->is_nested;
}

static bool next_secret(struct scan *scan, size_t *ret_from, size_t *ret_to)
{
    while (scan->at < scan->text.len) {
        if (!take_delimiter(scan) && !take_scheme(scan) &&
            (find_userinfo(scan, ret_from, ret_to) || find_stray_userinfo(scan, ret_from, ret_to) ||
             find_value(scan, ret_from, ret_to))) {
            return true;
        }
    }
    return false;
}

/* Userinfo ends with "@", a name with "=", and what is encoded begins with "%". */
bool see_redact_may_change(struct see_view uri)
{
    return see_view_find(uri, '=') < uri.len || see_view_find(uri, '@') < uri.len ||
           see_view_find(uri, '%') < uri.len;
}

void see_redact_uri(struct see_view uri, struct see_text *out)
{
    struct scan scan = {.text = uri, .depth = DEPTH};
    size_t done = 0, from, to;
    while (next_secret(&scan, &from, &to)) {
        see_text_add(out, see_view_cut(uri, done, from));
        see_text_add_string(out, "[redacted]");
        done = to;
    }
    see_text_add(out, see_view_cut(uri, done, uri.len));
    out->is_broken = out->is_broken || scan.is_broken;
}
