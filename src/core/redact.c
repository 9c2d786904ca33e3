/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/redact.h"

#include <string.h>

#include "core/uri.h"

/*
 * "code" and "state" are what RFC 9700, 4.2 counts as credentials that leak through URIs; "nonce"
 * is their like in OpenID Connect.  "key" is the credential of Google's interfaces; where it is
 * something harmless, little is lost.  RelayState is left out: it is only the way back, and what
 * it may hold is looked into.
 */
const struct see_view see_redact_parameters[] = {
    SEE_NAME("*access_key"),
    SEE_NAME("*access_key_id"),
    SEE_NAME("*api_key"),
    SEE_NAME("*assertion"),
    SEE_NAME("*auth_code"),
    SEE_NAME("*credential"),
    SEE_NAME("*credentials"),
    SEE_NAME("*jwt"),
    SEE_NAME("*passcode"),
    SEE_NAME("*passphrase"),
    SEE_NAME("*passwd"),
    SEE_NAME("*password"),
    SEE_NAME("*private_key"),
    SEE_NAME("*pwd"),
    SEE_NAME("*secret"),
    SEE_NAME("*secret_key"),
    SEE_NAME("*session_id"),
    SEE_NAME("*session_key"),
    SEE_NAME("*signature"),
    SEE_NAME("*subscription-key"),
    SEE_NAME("*ticket"),
    SEE_NAME("*token"),
    SEE_NAME("auth"),
    SEE_NAME("authorization"),
    SEE_NAME("authorization_code"),
    SEE_NAME("bearer"),
    SEE_NAME("code"),
    SEE_NAME("code_verifier"),
    SEE_NAME("csrf"),
    SEE_NAME("device_code"),
    SEE_NAME("id_token_hint"),
    SEE_NAME("key"),
    SEE_NAME("nonce"),
    SEE_NAME("oauth_verifier"),
    SEE_NAME("otp"),
    SEE_NAME("pass"),
    SEE_NAME("pgtid"),
    SEE_NAME("phpsessid"),
    SEE_NAME("pin"),
    SEE_NAME("samlart"),
    SEE_NAME("samlrequest"),
    SEE_NAME("samlresponse"),
    SEE_NAME("session"),
    SEE_NAME("sid"),
    SEE_NAME("sig"),
    SEE_NAME("state"),
    SEE_NAME("totp"),
    SEE_NAME("user_code"),
    SEE_NAME("wresult"),
    SEE_NAME("xsrf"),
    {NULL, 0},
};

const struct see_view see_redact_fields[] = {
    SEE_NAME("*-api-key"),
    SEE_NAME("*-assertion"),
    SEE_NAME("*-auth-key"),
    SEE_NAME("*-password"),
    SEE_NAME("*-secret"),
    SEE_NAME("*-session-id"),
    SEE_NAME("*-token"),
    SEE_NAME("api-key"),
    SEE_NAME("authentication-info"),
    SEE_NAME("authorization"),
    SEE_NAME("cookie"),
    SEE_NAME("cookie2"),
    SEE_NAME("dpop"),
    SEE_NAME("ocp-apim-subscription-key"),
    SEE_NAME("password"),
    SEE_NAME("proxy-authentication-info"),
    SEE_NAME("proxy-authorization"),
    SEE_NAME("set-cookie"),
    SEE_NAME("set-cookie2"),
    SEE_NAME("token"),
    SEE_NAME("x-amzn-oidc-accesstoken"),
    SEE_NAME("x-amzn-oidc-data"),
    SEE_NAME("x-authorization"),
    SEE_NAME("x-forwarded-authorization"),
    SEE_NAME("x-functions-key"),
    SEE_NAME("x-rapidapi-key"),
    {NULL, 0},
};

/* More than any name in the tables has; of a longer name the end counts. */
#define NAME_TAIL 64

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

/* The octet of `view` at `*at`, a triplet decoded; moves `*at` past it. */
static char take_octet(struct see_view view, size_t *at)
{
    char c = view.ptr[(*at)++];
    if (c == '%' && view.len - *at >= 2) {
        int high = see_ascii_hex(view.ptr[*at]);
        int low = see_ascii_hex(view.ptr[*at + 1]);
        if (high >= 0 && low >= 0) {
            *at += 2;
            return (char)(high * 16 + low);
        }
    }
    return c;
}

/* Whether `name`, in lower case without "-" and "_", is what `entry` of a table means. */
static bool matches(struct see_view name, struct see_view entry)
{
    bool is_tail = entry.ptr[0] == '*';
    struct see_view wanted = see_view_cut(entry, is_tail ? 1 : 0, entry.len);
    while (wanted.len > 0) {
        char c = wanted.ptr[--wanted.len];
        if (c == '-' || c == '_') {
            continue;
        }
        if (name.len == 0 || name.ptr[--name.len] != c) {
            return false;
        }
    }
    return is_tail || name.len == 0;
}

static bool is_between_parts(char c)
{
    return c == '[' || c == ']' || c == '.' || c == ':';
}

/* The end of the last part of a compound name that is no index of an array ("token[0]"). */
static size_t last_part_end(const char *name, size_t end)
{
    for (;;) {
        while (end > 0 && is_between_parts(name[end - 1])) {
            end--;
        }
        size_t digits = end;
        while (digits > 0 && see_ascii_is_digit(name[digits - 1])) {
            digits--;
        }
        if (digits == end || digits == 0 || name[digits - 1] != '[') {
            return end;
        }
        end = digits;
    }
}

/* Looks up the last part of a compound name ("user[password]", "openid.sig", "token[0]"). */
static bool is_in(const struct see_view *table, struct see_view name)
{
    char decoded[3 * NAME_TAIL], last[NAME_TAIL];
    size_t len = 0, count = 0;
    size_t reach = sizeof(decoded);
    struct see_view tail = see_view_cut(name, name.len > reach ? name.len - reach : 0, name.len);
    for (size_t at = 0; at < tail.len;) {
        decoded[count++] = see_ascii_lower(take_octet(tail, &at));
    }
    /* Backwards, without "-" and "_". */
    size_t from = last_part_end(decoded, count);
    for (; from > 0 && len < sizeof(last) && !is_between_parts(decoded[from - 1]); from--) {
        if (decoded[from - 1] != '-' && decoded[from - 1] != '_') {
            last[sizeof(last) - ++len] = decoded[from - 1];
        }
    }
    struct see_view plain = {last + sizeof(last) - len, len};
    for (; len > 0 && table->ptr != NULL; table++) {
        if (table->ptr[table->len - 1] == plain.ptr[len - 1] && matches(plain, *table)) {
            return true;
        }
    }
    return false;
}

bool see_redact_is_secret_field(struct see_view name)
{
    return is_in(see_redact_fields, name);
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
        see_text_add_char(&decoded, take_octet(part, &at));
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
    bool is_named = next > end && is_in(see_redact_parameters, name);
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
