/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void see_text_init(struct see_text *text)
{
    memset(text, 0, sizeof(*text));
}

void see_text_finish(struct see_text *text)
{
    free(text->ptr);
    see_text_init(text);
}

/* Makes room for `more` octets and a NUL; false when there is none. */
static bool reserve(struct see_text *text, size_t more)
{
    if (text->is_broken) {
        return false;
    }
    if (more < text->size - text->len) {
        return true;
    }
    size_t size = text->size > 0 ? text->size : 128;
    while (size - text->len <= more) {
        if (size > SIZE_MAX / 2) {
            text->is_broken = true;
            return false;
        }
        size *= 2;
    }
    char *ptr = realloc(text->ptr, size);
    if (ptr == NULL) {
        text->is_broken = true;
        return false;
    }
    text->ptr = ptr;
    text->size = size;
    return true;
}

void see_text_add(struct see_text *text, struct see_view view)
{
    if (!reserve(text, view.len)) {
        return;
    }
    if (view.len > 0) {
        memcpy(text->ptr + text->len, view.ptr, view.len);
    }
    text->len += view.len;
    text->ptr[text->len] = '\0';
}

void see_text_grow_char(struct see_text *text, char c)
{
    if (reserve(text, 1)) {
        text->ptr[text->len++] = c;
        text->ptr[text->len] = '\0';
    }
}

void see_text_add_string(struct see_text *text, const char *string)
{
    see_text_add(text, see_view_of(string));
}

void see_text_printf(struct see_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || !reserve(text, (size_t)len)) {
        text->is_broken = true;
        return;
    }
    va_start(args, format);
    vsnprintf(text->ptr + text->len, (size_t)len + 1, format, args);
    va_end(args);
    text->len += (size_t)len;
}

void see_text_add_number(struct see_text *text, int64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    see_text_add(text, (struct see_view){digits + at, sizeof(digits) - at});
}

static bool is_continuation(struct see_view view, size_t at)
{
    return at < view.len && ((unsigned char)view.ptr[at] & 0xC0) == 0x80;
}

size_t see_utf8_len(struct see_view view, size_t at)
{
    if (at >= view.len) {
        return 0;
    }
    unsigned char a = (unsigned char)view.ptr[at];
    unsigned char b = at + 1 < view.len ? (unsigned char)view.ptr[at + 1] : 0;
    if (a < 0x80) {
        return 1;
    }
    if (a < 0xC2 || a > 0xF4 || !is_continuation(view, at + 1)) {
        return 0;
    }
    if (a < 0xE0) {
        return 2;
    }
    /* Overlong forms, surrogates and code points past U+10FFFF (RFC 3629, 4). */
    if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F) || (a == 0xF0 && b < 0x90) ||
        (a == 0xF4 && b > 0x8F) || !is_continuation(view, at + 2)) {
        return 0;
    }
    if (a < 0xF0) {
        return 3;
    }
    return is_continuation(view, at + 3) ? 4 : 0;
}

static void add_json_ascii(struct see_text *text, char c)
{
    switch (c) {
    case '"':
    case '\\':
        see_text_add_char(text, '\\');
        see_text_add_char(text, c);
        break;
    case '\n':
        see_text_add_string(text, "\\n");
        break;
    case '\r':
        see_text_add_string(text, "\\r");
        break;
    case '\t':
        see_text_add_string(text, "\\t");
        break;
    default:
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            see_text_printf(text, "\\u%04x", (unsigned)(unsigned char)c);
        } else {
            see_text_add_char(text, c);
        }
    }
}

/* The code point of a valid UTF-8 character. */
static uint32_t code_point(struct see_view character)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)character.ptr[0] & masks[character.len];
    for (size_t i = 1; i < character.len; i++) {
        code = code << 6 | ((unsigned char)character.ptr[i] & 0x3F);
    }
    return code;
}

/*
 * Whether a valid UTF-8 character controls how others are shown, or is not to be seen itself, so
 * that two texts look the same (Unicode 15, Default_Ignorable_Code_Point, and what is blank).
 */
static bool drives_terminal(struct see_view character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1F},       {0x7F, 0x9F},       /* C0, DEL, C1 */
        {0x00AD, 0x00AD},   {0x034F, 0x034F},   /* soft hyphen, joiner of graphemes */
        {0x061C, 0x061C},                       /* mark of direction */
        {0x115F, 0x1160},   {0x17B4, 0x17B5},   /* fillers, vowels that are not written */
        {0x180B, 0x180F},                       /* variations of Mongolian */
        {0x200B, 0x200F},                       /* of no width, joiners, marks of direction */
        {0x2028, 0x202E},                       /* separators, embeddings */
        {0x2060, 0x206F},                       /* joiner, invisible operators, isolates */
        {0x2800, 0x2800},   {0x3164, 0x3164},   /* Braille without a dot, filler */
        {0xFDD0, 0xFDEF},                       /* no characters */
        {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   /* variations, mark of byte order */
        {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   /* filler, annotations */
        {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, /* controls of shorthand, of music */
        {0xE0000, 0xE0FFF},                     /* tags, variations: text that nobody sees */
    };
    uint32_t code = code_point(character);
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && code >= ranges[i].first; i++) {
        if (code <= ranges[i].last) {
            return true;
        }
    }
    return (code & 0xFFFE) == 0xFFFE; /* no characters either */
}

/* As JSON writes it: a pair of surrogates past U+FFFF (RFC 8259, 7). */
static void add_json_code(struct see_text *text, uint32_t code)
{
    if (code > 0xFFFF) {
        see_text_printf(text, "\\u%04x", (unsigned)(0xD800 + ((code - 0x10000) >> 10)));
        code = 0xDC00 + (code & 0x3FF);
    }
    see_text_printf(text, "\\u%04x", (unsigned)code);
}

/* Whether JSON takes these eight octets as they are; the sum is right where none has a high bit. */
static bool is_plain_word(const char *octets)
{
    uint64_t word;
    memcpy(&word, octets, sizeof(word));
    uint64_t quote = word ^ SEE_EACH('"');
    uint64_t backslash = word ^ SEE_EACH('\\');
    uint64_t odd = word | (word - SEE_EACH(0x20)) | (word + SEE_EACH(0x01)) |
                   (quote - SEE_EACH(0x01)) | (backslash - SEE_EACH(0x01));
    return (odd & SEE_EACH(0x80)) == 0;
}

/* How many octets from `at` on JSON takes as they are. */
static size_t plain_run(struct see_view view, size_t at)
{
    size_t end = at;
    while (view.len - end >= sizeof(uint64_t) && is_plain_word(view.ptr + end)) {
        end += sizeof(uint64_t);
    }
    while (end < view.len && view.ptr[end] >= 0x20 && view.ptr[end] < 0x7F &&
           view.ptr[end] != '"' && view.ptr[end] != '\\') {
        end++;
    }
    return end - at;
}

void see_text_add_json(struct see_text *text, struct see_view view)
{
    see_text_add_char(text, '"');
    for (size_t at = 0; at < view.len;) {
        size_t run = plain_run(view, at);
        if (run > 0) {
            see_text_add(text, see_view_cut(view, at, at + run));
            at += run;
            continue;
        }
        size_t len = see_utf8_len(view, at);
        if (len == 1) {
            add_json_ascii(text, view.ptr[at]);
        } else if (len == 0) {
            see_text_add_string(text, "\xEF\xBF\xBD");
            len = 1;
        } else if (drives_terminal(see_view_cut(view, at, at + len))) {
            add_json_code(text, code_point(see_view_cut(view, at, at + len)));
        } else {
            see_text_add(text, see_view_cut(view, at, at + len));
        }
        at += len;
    }
    see_text_add_char(text, '"');
}

static void add_escaped(struct see_text *text, struct see_view view, bool doubles_backslash)
{
    for (size_t at = 0; at < view.len;) {
        size_t len = see_utf8_len(view, at);
        if (len == 0 || drives_terminal(see_view_cut(view, at, at + len))) {
            see_text_printf(text, "\\x%02x", (unsigned)(unsigned char)view.ptr[at]);
            at++;
            continue;
        }
        if (doubles_backslash && view.ptr[at] == '\\') {
            see_text_add_char(text, '\\');
        }
        see_text_add(text, see_view_cut(view, at, at + len));
        at += len;
    }
}

void see_text_add_safe(struct see_text *text, struct see_view view)
{
    add_escaped(text, view, true);
}

void see_text_add_tame(struct see_text *text, struct see_view view)
{
    add_escaped(text, view, false);
}
