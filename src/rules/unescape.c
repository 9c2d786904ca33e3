/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/unescape.h"

void see_unescape(struct see_text *text)
{
    size_t to = 0;
    for (size_t from = 0; from < text->len; to++) {
        int high = -1, low = -1;
        if (text->ptr[from] == '%' && text->len - from > 2) {
            high = see_ascii_hex(text->ptr[from + 1]);
            low = see_ascii_hex(text->ptr[from + 2]);
        }
        bool is_triplet = high >= 0 && low >= 0;
        char octet = is_triplet ? (char)(high * 16 + low) : text->ptr[from];
        text->ptr[to] = octet;
        from += is_triplet ? 3 : 1;
    }
    text->len = to;
}

void see_lower(struct see_text *text)
{
    for (size_t i = 0; i < text->len; i++) {
        text->ptr[i] = see_ascii_lower(text->ptr[i]);
    }
}
