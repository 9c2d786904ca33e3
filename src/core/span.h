/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * span - how far octets of one kind go, sixteen at a time where the machine can.
 *
 * Nothing past the view is read.
 */
#ifndef SEE_CORE_SPAN_H
#define SEE_CORE_SPAN_H

#include "core/view.h"

#ifdef __SSE2__
#include <emmintrin.h>
#define SEE_SPAN_STEP 16
#endif

static inline bool see_octet_is_printable(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7F;
}

/* Letters, digits and "-": what nearly all field names are made of. */
static inline bool see_octet_is_usual(char c)
{
    return see_ascii_is_alpha(c) || see_ascii_is_digit(c) || c == '-';
}

#ifdef __SSE2__
static inline __m128i see_span_load(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* One bit for each of 16 octets that is not printable; as signed ones, those above 0x7F are below.
 */
static inline unsigned see_span_odd_of(__m128i octets)
{
    __m128i low = _mm_cmpgt_epi8(_mm_set1_epi8(0x20), octets);
    __m128i del = _mm_cmpeq_epi8(octets, _mm_set1_epi8(0x7F));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));
}

/* Which octets are one of `count` from `first` on: moved to where signed numbers begin. */
static inline __m128i see_span_among(__m128i octets, char first, char count)
{
    __m128i moved = _mm_add_epi8(octets, _mm_set1_epi8((char)(-128 - first)));
    return _mm_cmpgt_epi8(_mm_set1_epi8((char)(-128 + count)), moved);
}

/* One bit for each of 16 octets that is no letter, digit or "-". */
static inline unsigned see_span_unusual_of(__m128i octets)
{
    __m128i letter = see_span_among(_mm_or_si128(octets, _mm_set1_epi8(0x20)), 'a', 26);
    __m128i digit = see_span_among(octets, '0', 10);
    __m128i dash = _mm_cmpeq_epi8(octets, _mm_set1_epi8('-'));
    __m128i usual = _mm_or_si128(_mm_or_si128(letter, digit), dash);
    return (unsigned)_mm_movemask_epi8(usual) ^ 0xFFFF;
}
#endif

/* Letters, digits, "-", ".", "/", "_" and "~": what nearly all paths are made of. */
static inline bool see_octet_is_in_path(char c)
{
    return see_ascii_is_alpha(c) || (c >= '-' && c <= '9') || c == '_' || c == '~';
}

#ifdef __SSE2__
/* One bit for each of 16 octets that is none of these. */
static inline unsigned see_span_not_in_path(__m128i octets)
{
    __m128i letter = see_span_among(_mm_or_si128(octets, _mm_set1_epi8(0x20)), 'a', 26);
    __m128i dash_to_nine = see_span_among(octets, '-', '9' - '-' + 1);
    __m128i others = _mm_or_si128(_mm_cmpeq_epi8(octets, _mm_set1_epi8('_')),
                                  _mm_cmpeq_epi8(octets, _mm_set1_epi8('~')));
    __m128i usual = _mm_or_si128(_mm_or_si128(letter, dash_to_nine), others);
    return (unsigned)_mm_movemask_epi8(usual) ^ 0xFFFF;
}
#endif

/* How many octets `view` begins with that are such. */
static inline size_t see_span_path(struct see_view view)
{
    size_t at = 0;
#ifdef __SSE2__
    for (; at + SEE_SPAN_STEP <= view.len; at += SEE_SPAN_STEP) {
        unsigned odd = see_span_not_in_path(see_span_load(view.ptr + at));
        if (odd != 0) {
            return at + (size_t)__builtin_ctz(odd);
        }
    }
#endif
    while (at < view.len && see_octet_is_in_path(view.ptr[at])) {
        at++;
    }
    return at;
}

/* How many octets `view` begins with that are SP or visible ASCII. */
static inline size_t see_span_printable(struct see_view view)
{
    size_t at = 0;
#ifdef __SSE2__
    for (; at + SEE_SPAN_STEP <= view.len; at += SEE_SPAN_STEP) {
        unsigned odd = see_span_odd_of(see_span_load(view.ptr + at));
        if (odd != 0) {
            return at + (size_t)__builtin_ctz(odd);
        }
    }
#endif
    while (at < view.len && see_octet_is_printable(view.ptr[at])) {
        at++;
    }
    return at;
}

/* How many octets `view` begins with that are letters, digits or "-". */
static inline size_t see_span_usual(struct see_view view)
{
    size_t at = 0;
#ifdef __SSE2__
    for (; at + SEE_SPAN_STEP <= view.len; at += SEE_SPAN_STEP) {
        unsigned unusual = see_span_unusual_of(see_span_load(view.ptr + at));
        if (unusual != 0) {
            return at + (size_t)__builtin_ctz(unusual);
        }
    }
#endif
    while (at < view.len && see_octet_is_usual(view.ptr[at])) {
        at++;
    }
    return at;
}

#endif
