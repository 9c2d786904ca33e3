/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/redact.h"

#include <string.h>

#include "core/redact_names.h"
#include "core/uri.h"

#define REDACTED "[redacted]"

/* How often percent-encoding is undone to look into a value. */
#define DEPTH 4

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
    size_t jwt;       /* where the next JSON Web Token begins, or the end */
    size_t jwt_end;   /* where it ends; from there on nobody has looked */
    bool has_at;      /* there is an "@", without which there is no userinfo */
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
    BLANK = 1 << 7, /* a quotation mark, too: names of JSON lie between them */
};

#define ANY_KIND (SLASH | QUESTION | HASH | AMPERSAND | SEMICOLON | COMMA | EQUALS | BLANK)

static const uint8_t kinds[256] = {
    ['/'] = SLASH,     ['\\'] = SLASH, ['?'] = QUESTION, ['#'] = HASH,  ['&'] = AMPERSAND,
    [';'] = SEMICOLON, [','] = COMMA,  ['='] = EQUALS,   [' '] = BLANK, ['\t'] = BLANK,
    ['\r'] = BLANK,    ['\n'] = BLANK, ['"'] = BLANK,
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

/*
 * Where a secret value that runs on at `at` ends.  In a query only "&" and "#" are sure to end it;
 * in JSON not even what ends parameters of a path.
 */
static size_t value_end(const struct scan *scan, size_t at, bool is_member)
{
    unsigned parameter_ends = is_member ? 0 : SLASH | SEMICOLON | AMPERSAND;
    switch (scan->region) {
    case IN_PATH:
        return find_any(scan->text, at, QUESTION | HASH | parameter_ends);
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
    if (scan->slashes < 2 || from < scan->known || !scan->has_at) {
        return false;
    }
    unsigned ends = SLASH | QUESTION | HASH | (scan->region == IN_PATH ? 0 : AMPERSAND);
    size_t end = find_any(text, from, ends);
    size_t after = after_last_at(text, from, end);
    if (after == from && !scan->had_authority) {
        struct see_view authority = see_view_cut(text, from, end);
        /* What was replaced before was looked at then. */
        if (!is_number(see_authority_split(authority).port) &&
            see_view_search(authority, SEE_LITERAL(REDACTED)) == authority.len) {
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
 * Finds userinfo in the segment that begins at `from`, though no authority does.  What was replaced
 * before is found again, and an "@" that came nearer by that is none of the segment.
 */
static bool find_in_segment(struct scan *scan, size_t from, size_t *ret_from, size_t *ret_to)
{
    struct see_view text = scan->text;
    struct see_view segment =
        see_view_cut(text, from, find_any(text, from, SLASH | QUESTION | HASH));
    size_t after = after_last_at(segment, 0, segment.len);
    if (after == 0) {
        return false;
    }
    if (see_view_starts(segment, SEE_LITERAL(REDACTED "@"))) {
        after = sizeof(REDACTED "@") - 1;
    } else {
        after = after_last_at(segment, 0, see_view_search(segment, SEE_LITERAL(REDACTED)));
        if (see_view_find(see_view_cut(segment, 0, after), ':') == after) {
            return false;
        }
    }
    *ret_from = from;
    *ret_to = from + after - 1;
    scan->at = from + after;
    scan->slashes = 0;
    return true;
}

/* The length of the scheme and colon of an address that has userinfo without an authority, or 0. */
static size_t address_scheme_len(struct see_view text)
{
    bool is_one = see_view_starts_nocase(text, SEE_LITERAL("mailto:")) ||
                  see_view_starts_nocase(text, SEE_LITERAL("sip:")) ||
                  see_view_starts_nocase(text, SEE_LITERAL("sips:"));
    return is_one ? see_view_find(text, ':') + 1 : 0;
}

/*
 * The first segment of a path where there is userinfo in it: that of a Location without its slashes
 * ("http:user:password@host/"), once it was resolved and asked for; or what follows "mailto:".
 */
static bool find_stray_userinfo(struct scan *scan, size_t *ret_from, size_t *ret_to)
{
    size_t from = scan->at;
    size_t scheme_len = from == 0 ? address_scheme_len(scan->text) : 0;
    if (scheme_len > 0) {
        return find_in_segment(scan, scheme_len, ret_from, ret_to);
    }
    if (scan->had_segment || scan->region != IN_PATH || scan->slashes != 1 || !scan->has_at) {
        return false;
    }
    scan->had_segment = true;
    return find_in_segment(scan, from, ret_from, ret_to);
}

/* Whether base64url (RFC 4648, 5) has it. */
static bool is_base64url(char c)
{
    return see_ascii_is_alpha(c) || see_ascii_is_digit(c) || c == '-' || c == '_';
}

/*
 * Where the first JSON Web Token from `at` on begins, or the end.  It is known by its shape: what
 * "{" and a quotation mark are in base64url, at the beginning of a word, and two dots or more
 * (RFC 7515, 3.1 and RFC 7516, 3.1).
 */
static size_t find_jwt(struct see_view text, size_t at, size_t *ret_end)
{
    for (;;) {
        size_t last = at + see_view_find(see_view_cut(text, at, text.len), 'J');
        if (last >= text.len) {
            return *ret_end = text.len;
        }
        size_t from = last < 2 ? 0 : last - 2;
        at = last + 1;
        if (!see_view_starts(see_view_cut(text, from, text.len), SEE_LITERAL("eyJ")) ||
            (from > 0 &&
             (see_ascii_is_alpha(text.ptr[from - 1]) || see_ascii_is_digit(text.ptr[from - 1])))) {
            continue;
        }
        size_t dots = 0;
        for (; at < text.len && (text.ptr[at] == '.' || is_base64url(text.ptr[at])); at++) {
            dots += text.ptr[at] == '.';
        }
        if (dots >= 2) {
            *ret_end = at;
            return from;
        }
    }
}

/*
 * What ASP.NET writes into a path instead of cookies, "(X(1)F(ticket)S(session))": finds all from
 * the first secret in it to the last.
 */
static bool find_cookieless(struct see_view segment, size_t *ret_from, size_t *ret_to)
{
    if (segment.ptr[0] != '(') {
        return false;
    }
    size_t to = segment.len;
    while (to > 0 && segment.ptr[to - 1] != ')') {
        to--;
    }
    for (size_t at = 0; at + 3 < to; at++) {
        char kind = segment.ptr[at + 1];
        if ((segment.ptr[at] == '(' || segment.ptr[at] == ')') && segment.ptr[at + 2] == '(' &&
            (kind == 'A' || kind == 'F' || kind == 'S')) {
            *ret_from = at + 3;
            *ret_to = to - (segment.ptr[to - 2] == ')' ? 2 : 1);
            return *ret_to > *ret_from;
        }
    }
    return false;
}

/* Finds what is a secret by its shape between two octets that end names. */
static bool find_shape(struct scan *scan, size_t start, size_t end, size_t *ret_from,
                       size_t *ret_to)
{
    struct see_view part = see_view_cut(scan->text, start, end);
    bool is_found = find_cookieless(part, ret_from, ret_to);
    if (is_found && see_view_find(part, '%') < part.len) {
        *ret_from = start;
        *ret_to = end;
    } else if (is_found) {
        *ret_from += start;
        *ret_to += start;
    }
    if (start >= scan->jwt_end) {
        scan->jwt = find_jwt(scan->text, start, &scan->jwt_end);
    }
    if (scan->jwt < end) {
        *ret_from = is_found && *ret_from < scan->jwt ? *ret_from : scan->jwt;
        *ret_to = end;
        is_found = true;
    }
    return is_found;
}

/* A cheap question before that. */
static bool may_have_shape(const struct scan *scan, size_t start, size_t end)
{
    return scan->jwt < end || (start < end && scan->text.ptr[start] == '(');
}

/* A scan of `text`, before its first octet. */
static struct scan scan_of(struct see_view text, unsigned depth)
{
    struct scan scan = {.text = text, .depth = depth};
    scan.has_at = see_view_find(text, '@') < text.len;
    scan.jwt = find_jwt(text, 0, &scan.jwt_end);
    return scan;
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
        see_text_add_char(&decoded, see_uri_octet(part, &at));
    }
    struct scan inner = scan_of(see_text_view(&decoded), scan->depth - 1);
    inner.slashes = scan->slashes;
    inner.is_nested = true;
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

/* Where the value of a member of JSON begins, whose name ends at `end`; or `end`. */
static size_t member_start(struct see_view text, size_t end)
{
    size_t at = end;
    /* JSON that stands in a string of JSON has a backslash in front of the quotation mark. */
    while (at < text.len && text.ptr[at] == '\\') {
        at++;
    }
    if (at == text.len || text.ptr[at] != '"') {
        return end;
    }
    at++;
    while (at < text.len) {
        char c = see_uri_octet(text, &at);
        if (c == ':') {
            return at;
        }
        /* Not past another mark, lest it be gone over again from there. */
        if (c != '+' && (kind_of(c) != BLANK || c == '"')) {
            break;
        }
    }
    return end;
}

/* Where the value begins whose name ends at `end`; or `end`, where that is no name. */
static size_t value_start(struct see_view text, size_t end)
{
    if (end == text.len || text.ptr[end] == '/') {
        return end;
    }
    return text.ptr[end] == '=' ? end + 1 : member_start(text, end);
}

/*
 * Finds what is secret of the parameter that begins at `scan->at`: a value by its name, or anything
 * by its shape.  Moves past it, or past the name.
 */
static bool find_value(struct scan *scan, size_t *ret_from, size_t *ret_to)
{
    struct see_view text = scan->text;
    size_t start = scan->at;
    size_t end = find_any(text, start, ANY_KIND);
    size_t next = value_start(text, end);
    struct see_view name = see_view_cut(text, start, end);
    bool is_named = next > end && see_redact_is_secret_parameter(name);
    if (hides(scan, is_named ? name : see_view_cut(text, start, next))) {
        /* Without this "@" there would seem to be no userinfo. */
        *ret_from = start + (text.ptr[start] == '@');
    } else if (may_have_shape(scan, start, end) && find_shape(scan, start, end, ret_from, ret_to)) {
        if (!is_named) {
            scan->at = end;
            scan->slashes = 0;
            return true;
        }
    } else if (is_named) {
        *ret_from = next;
    } else {
        scan->at = end;
        scan->slashes = 0;
        return false;
    }
    *ret_to = value_end(scan, next, next > end && text.ptr[end] != '=');
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

/*
 * Userinfo ends with "@", a name with "=" or a quotation mark, what is encoded begins with "%", and
 * what ASP.NET wrote with "(".
 */
bool see_redact_may_change(struct see_view uri)
{
    size_t jwt_end;
    return see_view_find(uri, '=') < uri.len || see_view_find(uri, '@') < uri.len ||
           see_view_find(uri, '%') < uri.len || see_view_find(uri, '(') < uri.len ||
           see_view_find(uri, '"') < uri.len || find_jwt(uri, 0, &jwt_end) < uri.len;
}

void see_redact_uri(struct see_view uri, struct see_text *out)
{
    struct scan scan = scan_of(uri, DEPTH);
    size_t done = 0, from, to;
    while (next_secret(&scan, &from, &to)) {
        see_text_add(out, see_view_cut(uri, done, from));
        see_text_add_string(out, REDACTED);
        done = to;
    }
    see_text_add(out, see_view_cut(uri, done, uri.len));
    out->is_broken = out->is_broken || scan.is_broken;
}
