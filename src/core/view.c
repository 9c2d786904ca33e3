/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/view.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct see_view see_view_trim(struct see_view view)
{
    while (view.len > 0 && is_blank(view.ptr[0])) {
        view.ptr++;
        view.len--;
    }
    while (view.len > 0 && is_blank(view.ptr[view.len - 1])) {
        view.len--;
    }
    return view;
}

int see_ascii_hex(char c)
{
    if (see_ascii_is_digit(c)) {
        return c - '0';
    }
    c = see_ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Eight octets, those of A to Z in lower case: the sums carry into the high bit from there on. */
static inline uint64_t lower_word(uint64_t word)
{
    uint64_t low = word & SEE_EACH(0x7F);
    uint64_t from_a = low + SEE_EACH(0x80 - 'A'), past_z = low + SEE_EACH(0x80 - 'Z' - 1);
    uint64_t is_capital = (from_a ^ past_z) & ~word & SEE_EACH(0x80);
    return word | is_capital >> 2;
}

static inline bool is_word_eq(const char *a, const char *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return x == y || lower_word(x) == lower_word(y);
}

/* Four octets to seven, as one word: the first four and the last four. */
static inline uint64_t short_word(const char *octets, size_t len)
{
    uint32_t first, last;
    memcpy(&first, octets, sizeof(first));
    memcpy(&last, octets + len - sizeof(last), sizeof(last));
    return (uint64_t)first << 32 | last;
}

bool see_octets_eq_nocase(const char *a, const char *b, size_t len)
{
    if (len >= 8) {
        for (size_t at = 0; at + 8 < len; at += 8) {
            if (!is_word_eq(a + at, b + at)) {
                return false;
            }
        }
        /* The last word may begin in the one before it. */
        return is_word_eq(a + len - 8, b + len - 8);
    }
    if (len >= 4) {
        return lower_word(short_word(a, len)) == lower_word(short_word(b, len));
    }
    for (size_t at = 0; at < len; at++) {
        if (see_ascii_lower(a[at]) != see_ascii_lower(b[at])) {
            return false;
        }
    }
    return true;
}

bool see_view_starts(struct see_view view, struct see_view prefix)
{
    return see_view_eq(see_view_cut(view, 0, prefix.len), prefix);
}

bool see_view_starts_nocase(struct see_view view, struct see_view prefix)
{
    return see_view_eq_nocase(see_view_cut(view, 0, prefix.len), prefix);
}

int see_view_compare(struct see_view a, struct see_view b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

size_t see_view_search(struct see_view view, struct see_view needle)
{
    if (needle.len == 0 || needle.len > view.len) {
        return needle.len == 0 ? 0 : view.len;
    }
    const char *at = memmem(view.ptr, view.len, needle.ptr, needle.len);
    return at != NULL ? (size_t)(at - view.ptr) : view.len;
}

bool see_view_next(struct see_view *rest, char separator, struct see_view *ret_element)
{
    if (rest->ptr == NULL) {
        return false;
    }
    size_t end = see_view_find(*rest, separator);
    *ret_element = see_view_trim(see_view_cut(*rest, 0, end));
    if (end == rest->len) {
        *rest = (struct see_view){NULL, 0};
    } else {
        *rest = see_view_cut(*rest, end + 1, rest->len);
    }
    return true;
}

/*
 * Eight at a time: an octet below 0x20 borrows its high bit, DEL carries into it, and any other
 * has it already.
 */
bool see_view_is_printable(struct see_view view)
{
    size_t at = 0;
    for (; at + 8 <= view.len; at += 8) {
        uint64_t word;
        memcpy(&word, view.ptr + at, sizeof(word));
        if (((word | (word - SEE_EACH(0x20)) | (word + SEE_EACH(0x01))) & SEE_EACH(0x80)) != 0) {
            return false;
        }
    }
    for (; at < view.len; at++) {
        if ((unsigned char)view.ptr[at] < 0x20 || (unsigned char)view.ptr[at] > 0x7E) {
            return false;
        }
    }
    return true;
}
