/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text - a growing run of octets that we own, for building lines and JSON.
 *
 * A failed allocation sets `is_broken` and every later call does nothing, so a
 * caller appends freely and asks once at the end.  Always NUL-terminated when
 * `ptr` is not NULL; may hold NUL inside.
 */
#ifndef SEE_CORE_TEXT_H
#define SEE_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "core/view.h"

struct see_text {
    char *ptr;
    size_t len;
    size_t size;
    bool is_broken;
};

void see_text_init(struct see_text *text);
void see_text_finish(struct see_text *text);

/* Empties it; what is broken stays so, for whoever asks only after several uses. */
static inline void see_text_rewind(struct see_text *text)
{
    text->len = 0;
    if (text->ptr != NULL) {
        text->ptr[0] = '\0';
    }
}

/* Empties it and mends it; the memory is kept. */
static inline void see_text_clear(struct see_text *text)
{
    see_text_rewind(text);
    text->is_broken = false;
}

void see_text_add(struct see_text *text, struct see_view view);

/* see_text_add_char where there may be no room. */
void see_text_grow_char(struct see_text *text, char c);

static inline void see_text_add_char(struct see_text *text, char c)
{
    if (text->is_broken || text->size - text->len <= 1) {
        see_text_grow_char(text, c);
        return;
    }
    text->ptr[text->len++] = c;
    text->ptr[text->len] = '\0';
}

void see_text_add_string(struct see_text *text, const char *string);
void see_text_add_number(struct see_text *text, int64_t number);
void see_text_printf(struct see_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Appends `view` as a JSON string, quotes included (RFC 8259, 7): valid UTF-8
 * is kept, control characters are escaped, and octets that are not UTF-8 become
 * U+FFFD, so the result is always valid JSON in UTF-8.
 */
void see_text_add_json(struct see_text *text, struct see_view view);

/*
 * Appends `view` so that a terminal cannot be driven by it: printable ASCII and
 * valid UTF-8 above U+009F are kept, everything else becomes \xNN, a backslash \\.
 * Characters that only control others are escaped too, as those of direction, of byte order,
 * separators of lines, tags; and what nobody sees: joiners, variations, fillers, no characters.
 */
void see_text_add_safe(struct see_text *text, struct see_view view);

/*
 * The same, but a backslash stays single: text that could drive nothing stays as it is, for
 * programs that read it, at the price that "\\x1b" may have been those four characters.
 */
void see_text_add_tame(struct see_text *text, struct see_view view);

/* The octets so far; valid until the next call that appends. */
static inline struct see_view see_text_view(const struct see_text *text)
{
    return (struct see_view){text->ptr != NULL ? text->ptr : "", text->len};
}

/* SEE_OK, or SEE_ENOMEM when something could not be appended. */
SEE_MUST_CHECK static inline int see_text_status(const struct see_text *text)
{
    return text->is_broken ? SEE_ENOMEM : SEE_OK;
}

/* How many octets of `view` at `at` form one valid UTF-8 character; 0 when none. */
size_t see_utf8_len(struct see_view view, size_t at);

#endif
