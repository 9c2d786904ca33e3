/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * uri - URI references: parts, resolution, normal form (RFC 3986).
 *
 * Nothing here fails on odd input: every string splits into parts by the
 * regular expression of RFC 3986, appendix B; `see_uri_check` tells what is wrong
 * with it.  Parts are views into the string that was split.  What is appended to
 * a text must not be a view into that text.
 */
#ifndef SEE_CORE_URI_H
#define SEE_CORE_URI_H

#include "core/text.h"
#include "core/view.h"

/* The five parts; an absent part has a NULL pointer, an empty one does not. */
struct see_uri {
    struct see_view scheme;
    struct see_view authority;
    struct see_view path; /* never absent */
    struct see_view query;
    struct see_view fragment;
};

/* The parts of an authority (RFC 3986, 3.2). */
struct see_authority {
    struct see_view userinfo; /* absent when there is no "@" */
    struct see_view host;     /* with the brackets of an IP literal */
    struct see_view port;     /* absent when there is no ":" */
};

/* What keeps a string from being a URI-reference (RFC 3986, 4.1), or makes it unusable. */
enum see_uri_flaw {
    SEE_URI_OK,
    SEE_URI_SPACE,      /* SP or HTAB */
    SEE_URI_CONTROL,    /* another control character */
    SEE_URI_NON_ASCII,  /* octets above 0x7F */
    SEE_URI_DELIMITER,  /* one of "<>\^`{} or a vertical bar; a second "#" or "@" */
    SEE_URI_BRACKET,    /* a bracket outside of an IP literal */
    SEE_URI_PERCENT,    /* % without two hexadecimal digits */
    SEE_URI_EMPTY_HOST, /* an authority without host (RFC 9110, 4.2.1); fine in other schemes than
                           http and https */
    SEE_URI_PORT,       /* a port that is no number, or past 65535 */
    SEE_URI_SCHEME,     /* a colon in the first segment after what is no scheme, as in "1:2" */
};

struct see_uri see_uri_split(struct see_view string);
struct see_authority see_authority_split(struct see_view authority);

/* The length of a URI's scheme and authority, as split above; 0 where it has no authority. */
size_t see_uri_origin_len(struct see_view uri);

/* The leftmost flaw, SEE_URI_OK when there is none; `ret_at` (may be NULL) gets its place. */
enum see_uri_flaw see_uri_check(struct see_view string, size_t *ret_at);

/* A sentence fragment: "a space", "a control character", ... */
const char *see_uri_flaw_text(enum see_uri_flaw flaw);

/* Whether a part taken for a scheme is one (RFC 3986, 3.1). */
bool see_scheme_is_valid(struct see_view scheme);

/* Whether it is http or https. */
bool see_scheme_is_http(struct see_view scheme);

/* 80 for http, 443 for https (and ws, wss), 0 for others. */
uint16_t see_scheme_port(struct see_view scheme);

/*
 * Appends the five parts, recomposed (RFC 3986, 5.3).  A path that would be read as an authority
 * gets "/." in front, which changes nothing (3.3 leaves this open).
 */
void see_uri_compose(const struct see_uri *uri, struct see_text *out);

/* Appends `path` with its dot segments taken out (RFC 3986, 5.2.4). */
void see_uri_remove_dots(struct see_view path, struct see_text *out);

/*
 * Appends `reference` resolved against `base`, fragment included, strictly (RFC 3986, 5.2.2).
 * `base` is an absolute URI.
 */
void see_uri_resolve(struct see_view base, struct see_view reference, struct see_text *out);

/*
 * Appends the form that the database promises: scheme and host in lower case, no default port, an
 * empty path as "/" where there is an authority, the rest as it stands, no fragment.
 */
void see_uri_promise(struct see_view uri, struct see_text *out);

/*
 * Appends the form for comparing (RFC 3986, 6.2.2): as above, and percent triplets in upper case or
 * decoded where unreserved, no dot segments, octets that must be encoded encoded.
 */
void see_uri_normal(struct see_view uri, struct see_text *out);

/*
 * Appends the URI that a plain reference leads to: an absolute URI or a path from the root that is
 * normal already, as is the base where it counts, with nothing in it that a browser encodes or that
 * anybody is known to mend.  So resolving leaves it as it stands, and what is appended is normal.
 * False, and nothing appended, for any other; `base` may be absent.
 */
bool see_uri_resolve_plain(struct see_view base, struct see_view reference, struct see_text *out);

/* Whether a URI has that form already: true only if it has, false for some that have. */
bool see_uri_is_normal(struct see_view uri);

/*
 * The two halves of that question: how long the scheme, http or https, and the authority, which has
 * a host and no userinfo, are, or 0 where they may be none such or not normal; and whether what
 * follows, a path from the root and perhaps a query, is normal.
 */
size_t see_uri_normal_origin_len(struct see_view uri);
bool see_uri_is_normal_path(struct see_view rest);

/* The octet of `view` at `*at`, a triplet decoded; moves `*at` past it. */
static inline char see_uri_octet(struct see_view view, size_t *at)
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

#endif
