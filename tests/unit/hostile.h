/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hostile - input that a stranger would choose, for unit tests.
 *
 * A page holds what it is given flush against memory that must not be touched,
 * so that reading one octet too many ends the test.
 */
#ifndef SEE_TESTS_HOSTILE_H
#define SEE_TESTS_HOSTILE_H

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/view.h"

struct page {
    char *start;
    size_t size; /* without the forbidden page behind it */
};

static inline struct page page_new(size_t size)
{
    size_t unit = (size_t)sysconf(_SC_PAGESIZE);
    size = (size + unit - 1) / unit * unit;
    char *start =
        mmap(NULL, size + unit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(start != MAP_FAILED);
    int status = mprotect(start + size, unit, PROT_NONE);
    assert(status == 0);
    (void)status;
    return (struct page){start, size};
}

static inline void page_free(struct page *page)
{
    munmap(page->start, page->size + (size_t)sysconf(_SC_PAGESIZE));
}

static inline struct see_view page_put(struct page *page, struct see_view view)
{
    assert(view.len <= page->size);
    char *at = page->start + page->size - view.len;
    if (view.len > 0) {
        memcpy(at, view.ptr, view.len);
    }
    return (struct see_view){at, view.len};
}

/* `pattern` over and over, `size` octets in all. */
static inline struct see_view page_repeat(struct page *page, const char *pattern, size_t size)
{
    size_t len = strlen(pattern);
    char *at = page->start + page->size - size;
    assert(size <= page->size);
    for (size_t i = 0; i < size; i++) {
        at[i] = pattern[i % len];
    }
    return (struct see_view){at, size};
}

/* The same numbers in every run (Marsaglia, "Xorshift RNGs", 2003). */
static inline uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Up to `max` octets, most of them such as mean something in a URI, some of them any. */
static inline struct see_view page_random(struct page *page, size_t max, uint32_t *state)
{
    static const char *const pieces[] = {
        "http:", "HTTPS:", "ftp:",     "//",          "/",      "\\",    "..", ".",
        "%2e",   "%2F",    "%",        "%4",          "%zz",    "?",     "#",  "@",
        ":",     ":80",    ":443",     ":0080",       ":99999", "[::1]", "[",  "]",
        "a",     "B.c",    "token=",   "%26code%3Dx", "&",      ";",     "=",  " ",
        "\t",    "\r\n",   "\xC3\xA9", "\xFF",        "u:p@",
    };
    size_t len = 0;
    size_t count = next_random(state) % 12;
    char octets[256];
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[next_random(state) % (sizeof(pieces) / sizeof(pieces[0]))];
        char any[2] = {(char)next_random(state), '\0'};
        bool is_any = next_random(state) % 8 == 0;
        size_t piece_len = is_any ? 1 : strlen(piece);
        if (len + piece_len > max || len + piece_len > sizeof(octets)) {
            break;
        }
        memcpy(octets + len, is_any ? any : piece, piece_len);
        len += piece_len;
    }
    return page_put(page, (struct see_view){octets, len});
}

/* Processor time so far, in seconds: what is not linear shows here at a megabyte. */
static inline double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
