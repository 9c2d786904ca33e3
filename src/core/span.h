/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * span - how far octets of one kind go, sixteen at a time where the machine can.
 *
 * Nothing past the view is read.
 */
#ifndef SEE_CORE_SPAN_H
#define SEE_CORE_SPAN_H

#include <stdint.h>
#include <string.h>

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

#define SEE_SPAN_BLOCK 64

/* One bit for each of 64 octets that is neither SP nor visible ASCII. */
static inline uint64_t see_span_odd_of_block(const char *at)
{
    uint64_t odd = 0;
#ifdef __SSE2__
    for (unsigned i = 0; i < SEE_SPAN_BLOCK; i += SEE_SPAN_STEP) {
        odd |= (uint64_t)see_span_odd_of(see_span_load(at + i)) << i;
    }
#else
    for (unsigned i = 0; i < SEE_SPAN_BLOCK; i++) {
        odd |= (uint64_t)!see_octet_is_printable(at[i]) << i;
    }
#endif
    return odd;
}

/* The octets of a view that are neither SP nor visible ASCII, from the first one on. */
struct see_odd_octets {
    struct see_view view;
    size_t block;  /* where the bits begin in it */
    uint64_t bits; /* those that were not taken yet */
};

static inline uint64_t see_odd_octets_of(struct see_view view, size_t block)
{
    size_t left = view.len - block;
    if (left >= SEE_SPAN_BLOCK) {
        return see_span_odd_of_block(view.ptr + block);
    }
    if (view.len >= SEE_SPAN_BLOCK) {
        /* The last whole block, without what was before. */
        const char *last = view.ptr + view.len - SEE_SPAN_BLOCK;
        return left > 0 ? see_span_odd_of_block(last) >> (SEE_SPAN_BLOCK - left) : 0;
    }
    char octets[SEE_SPAN_BLOCK];
    memset(octets, ' ', sizeof(octets));
    if (left > 0) {
        memcpy(octets, view.ptr + block, left);
    }
    return see_span_odd_of_block(octets);
}

static inline struct see_odd_octets see_odd_octets_begin(struct see_view view)
{
    return (struct see_odd_octets){.view = view, .bits = see_odd_octets_of(view, 0)};
}

/* Whether there is one more; the bits have it then. */
static inline bool see_odd_octets_has(struct see_odd_octets *odd)
{
    while (__builtin_expect(odd->bits == 0, 0)) {
        if (odd->view.len - odd->block <= SEE_SPAN_BLOCK) {
            return false;
        }
        odd->block += SEE_SPAN_BLOCK;
        odd->bits = see_odd_octets_of(odd->view, odd->block);
    }
    return true;
}

/* The place of the first one, where there is one. */
static inline size_t see_odd_octets_first(const struct see_odd_octets *odd)
{
    return odd->block + (size_t)__builtin_ctzll(odd->bits);
}

static inline void see_odd_octets_take(struct see_odd_octets *odd)
{
    odd->bits &= odd->bits - 1;
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
