/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/width.h"

#include "core/text.h"

struct range {
    uint32_t first, last;
};

/* The blocks that matter (Unicode 15, DerivedGeneralCategory and EastAsianWidth), coarsely. */
static const struct range combining[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},   {0x0610, 0x061A}, {0x064B, 0x065F},
    {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D},   {0x20D0, 0x20F0}, {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF},
};
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF},
    {0x20000, 0x3FFFD},
};

static bool is_in(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static uint32_t code_point(struct see_view text, size_t at, size_t len)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)text.ptr[at] & masks[len];
    for (size_t i = 1; i < len; i++) {
        code = (code << 6) | ((unsigned char)text.ptr[at + i] & 0x3F);
    }
    return code;
}

static size_t columns_of(uint32_t code)
{
    if (code < 0x300) {
        return 1;
    }
    if (is_in(code, combining, sizeof(combining) / sizeof(combining[0]))) {
        return 0;
    }
    return is_in(code, wide, sizeof(wide) / sizeof(wide[0])) ? 2 : 1;
}

/* Walks over characters while they fit; the columns they take, and where it ends. */
static size_t walk(struct see_view text, size_t columns, size_t *ret_end)
{
    size_t width = 0;
    size_t at = 0;
    while (at < text.len) {
        size_t len = see_utf8_len(text, at);
        size_t more = len > 0 ? columns_of(code_point(text, at, len)) : 1;
        if (more > columns - width) {
            break;
        }
        width += more;
        at += len > 0 ? len : 1;
    }
    *ret_end = at;
    return width;
}

size_t see_width(struct see_view text)
{
    size_t end = 0;
    return walk(text, SIZE_MAX, &end);
}

struct see_view see_width_cut(struct see_view text, size_t columns)
{
    size_t end = 0;
    walk(text, columns, &end);
    return see_view_cut(text, 0, end);
}
