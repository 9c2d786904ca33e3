/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/cell.h"

#include <string.h>

/* A blob as SQL writes it, X'00ff'. */
static void add_blob(struct see_text *out, struct see_view octets)
{
    static const char digits[] = "0123456789abcdef";
    see_text_add_string(out, "X'");
    for (size_t i = 0; i < octets.len; i++) {
        unsigned char octet = (unsigned char)octets.ptr[i];
        see_text_add_char(out, digits[octet >> 4]);
        see_text_add_char(out, digits[octet & 15]);
    }
    see_text_add_char(out, '\'');
}

void see_cell_plain(struct see_text *out, const struct see_cell *cell)
{
    switch (cell->kind) {
    case SEE_CELL_NULL:
        see_text_add_char(out, '-');
        break;
    case SEE_CELL_INTEGER:
    case SEE_CELL_REAL:
    case SEE_CELL_TEXT:
        see_text_add_safe(out, cell->text);
        break;
    case SEE_CELL_BLOB:
        add_blob(out, cell->text);
        break;
    }
}

static bool is_word(struct see_view text, size_t at)
{
    return at < text.len && (see_ascii_is_alpha(text.ptr[at]) || see_ascii_is_digit(text.ptr[at]));
}

/* Whether Markdown or HTML gives the octet at `at` a meaning; an underscore inside a word has none.
 */
static bool is_markup(struct see_view text, size_t at)
{
    char c = text.ptr[at];
    if (c == '_') {
        return !(at > 0 && is_word(text, at - 1) && is_word(text, at + 1));
    }
    return c != '\0' && strchr("|<>&`*[]~", c) != NULL;
}

static void add_markdown(struct see_text *out, struct see_view text)
{
    size_t kept = 0;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.ptr[at];
        if (!is_markup(text, at)) {
            continue;
        }
        see_text_add(out, see_view_cut(text, kept, at));
        kept = at + 1;
        if (c == '<') {
            see_text_add_string(out, "&lt;");
        } else if (c == '>') {
            see_text_add_string(out, "&gt;");
        } else if (c == '&') {
            see_text_add_string(out, "&amp;");
        } else {
            see_text_printf(out, "\\%c", c);
        }
    }
    see_text_add(out, see_view_cut(text, kept, text.len));
}

void see_cell_markdown(struct see_text *out, const struct see_cell *cell)
{
    struct see_text plain;
    see_text_init(&plain);
    see_cell_plain(&plain, cell);
    if (see_text_status(&plain) == SEE_OK) {
        add_markdown(out, see_text_view(&plain));
    } else {
        out->is_broken = true;
    }
    see_text_finish(&plain);
}

/* Whether a spreadsheet computes it: some pass over spaces, some take the wide forms as well. */
static bool is_formula(struct see_view text)
{
    static const char *const signs[] = {
        "=", "+", "-", "@", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
    size_t at = 0;
    while (at < text.len && text.ptr[at] == ' ') {
        at++;
    }
    struct see_view rest = see_view_cut(text, at, text.len);
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (see_view_starts(rest, see_view_of(signs[i]))) {
            return true;
        }
    }
    return false;
}

/* In quotes, with quotes doubled. */
static void add_quoted(struct see_text *out, struct see_view text)
{
    see_text_add_char(out, '"');
    for (size_t at = 0; at < text.len;) {
        size_t end = at + see_view_find(see_view_cut(text, at, text.len), '"');
        see_text_add(out, see_view_cut(text, at, end));
        if (end < text.len) {
            see_text_add_string(out, "\"\"");
        }
        at = end + 1;
    }
    see_text_add_char(out, '"');
}

static void add_csv_text(struct see_text *out, struct see_view text)
{
    bool has_guard = is_formula(text);
    struct see_text guarded;
    see_text_init(&guarded);
    if (has_guard) {
        see_text_add_char(&guarded, '\'');
        see_text_add(&guarded, text);
        text = see_text_view(&guarded);
    }
    bool is_simple = text.len > 0;
    for (size_t i = 0; i < text.len && is_simple; i++) {
        is_simple = text.ptr[i] == '\0' || strchr(",\"\r\n", text.ptr[i]) == NULL;
    }
    if (see_text_status(&guarded) != SEE_OK) {
        out->is_broken = true;
    } else if (is_simple) {
        see_text_add(out, text);
    } else {
        add_quoted(out, text);
    }
    see_text_finish(&guarded);
}

void see_cell_csv(struct see_text *out, const struct see_cell *cell)
{
    struct see_text tame;
    see_text_init(&tame);
    switch (cell->kind) {
    case SEE_CELL_NULL:
        break;
    case SEE_CELL_INTEGER:
    case SEE_CELL_REAL:
        see_text_add(out, cell->text);
        break;
    case SEE_CELL_TEXT:
        /* A file of it may be shown on a terminal later. */
        see_text_add_tame(&tame, cell->text);
        add_csv_text(out, see_text_view(&tame));
        break;
    case SEE_CELL_BLOB:
        add_blob(out, cell->text);
        break;
    }
    out->is_broken = out->is_broken || tame.is_broken;
    see_text_finish(&tame);
}

void see_cell_json(struct see_text *out, const struct see_cell *cell)
{
    switch (cell->kind) {
    case SEE_CELL_NULL:
        see_text_add_string(out, "null");
        break;
    case SEE_CELL_REAL:
        if (see_view_find(cell->text, 'f') < cell->text.len) {
            see_text_add_json(out, cell->text);
            break;
        }
        see_text_add(out, cell->text);
        break;
    case SEE_CELL_INTEGER:
        see_text_add(out, cell->text);
        break;
    case SEE_CELL_TEXT:
        see_text_add_json(out, cell->text);
        break;
    case SEE_CELL_BLOB:
        see_text_add_char(out, '"');
        add_blob(out, cell->text);
        see_text_add_char(out, '"');
        break;
    }
}
