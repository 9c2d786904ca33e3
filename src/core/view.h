/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * view - a run of octets that someone else owns.
 *
 * Not terminated, may hold NUL.  A view with a NULL pointer is "absent", which
 * is not the same as empty: a missing Location differs from an empty one.
 * Case-insensitive means ASCII, whatever the locale (RFC 9110, 5.1).
 */
#ifndef SEE_CORE_VIEW_H
#define SEE_CORE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct see_view {
    const char *ptr;
    size_t len;
};

/* A view of a string literal. */
#define SEE_LITERAL(s) ((struct see_view){(s), sizeof(s) - 1})

/* The same among the initialisers of a static array. */
#define SEE_NAME(s)        \
    {                      \
        (s), sizeof(s) - 1 \
    }

/* A view of a NUL-terminated string; absent for NULL. */
static inline struct see_view see_view_of(const char *string)
{
    return (struct see_view){string, string != NULL ? strlen(string) : 0};
}

/* The octets [from, to) of `view`, clipped to it. */
static inline struct see_view see_view_cut(struct see_view view, size_t from, size_t to)
{
    if (to > view.len) {
        to = view.len;
    }
    if (from > to) {
        from = to;
    }
    /* Nothing is added to an absent view's pointer, not even zero. */
    return (struct see_view){from > 0 ? view.ptr + from : view.ptr, to - from};
}

/* `view` without leading and trailing SP, HTAB, CR and LF (OWS, RFC 9110, 5.6.3). */
struct see_view see_view_trim(struct see_view view);

static inline bool see_view_eq(struct see_view a, struct see_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* A word of eight times this octet. */
#define SEE_EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Whether `a` and `b`, of `len` octets both, differ in case only. */
bool see_octets_eq_nocase(const char *a, const char *b, size_t len);

static inline bool see_view_eq_nocase(struct see_view a, struct see_view b)
{
    /* Nearly all that differ do so in their length, or in their first octet by more than case. */
    return a.len == b.len && (a.len == 0 || (((a.ptr[0] ^ b.ptr[0]) & ~0x20) == 0 &&
                                             see_octets_eq_nocase(a.ptr, b.ptr, a.len)));
}

bool see_view_starts(struct see_view view, struct see_view prefix);
bool see_view_starts_nocase(struct see_view view, struct see_view prefix);

/* Negative, zero or positive, as memcmp orders octets, the shorter one first. */
int see_view_compare(struct see_view a, struct see_view b);

/* Where `octet` first stands, or `view.len` when it does not. */
static inline size_t see_view_find(struct see_view view, char octet)
{
    const char *at = view.len > 0 ? (const char *)memchr(view.ptr, octet, view.len) : NULL;
    return at != NULL ? (size_t)(at - view.ptr) : view.len;
}

/* Where `needle` first stands, or `view.len` when it does not. */
size_t see_view_search(struct see_view view, struct see_view needle);

/* Whether all octets are SP or visible ASCII. */
bool see_view_is_printable(struct see_view view);

/*
 * Takes the next element of a list separated by `separator` off `*rest`, trimmed,
 * into `*ret_element`.  False when nothing is left.  Empty elements are handed out.
 */
bool see_view_next(struct see_view *rest, char separator, struct see_view *ret_element);

/* ASCII helpers that ignore the locale. */
static inline char see_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool see_ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool see_ascii_is_alpha(char c)
{
    return see_ascii_lower(c) >= 'a' && see_ascii_lower(c) <= 'z';
}

/* The value of a hexadecimal digit, or -1. */
int see_ascii_hex(char c);

/* Whether `view` is one of `list`, case aside. */
static inline bool see_view_is_among(struct see_view view, const struct see_view *list,
                                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (see_view_eq_nocase(view, list[i])) {
            return true;
        }
    }
    return false;
}

#endif
