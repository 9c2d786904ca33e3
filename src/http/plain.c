/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/plain.h"

#include <stdlib.h>

/* Decimal, and short enough for any parser. */
static bool read_length(struct see_view value, uint64_t *ret_length)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!see_ascii_is_digit(value.ptr[i])) {
            return false;
        }
        length = length * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    *ret_length = length;
    return value.len > 0 && value.len <= 18;
}

/* What a field says of the framing; false when that is more than the plainest. */
static bool take_framing(struct see_head *head, const struct see_field *field)
{
    if (see_view_eq_nocase(field->name, SEE_LITERAL("Content-Length"))) {
        bool is_first = !head->has_length && !head->has_transfer_encoding;
        head->has_length = true;
        return is_first && read_length(field->value, &head->length);
    }
    if (see_view_eq_nocase(field->name, SEE_LITERAL("Transfer-Encoding"))) {
        bool is_first = !head->has_length && !head->has_transfer_encoding;
        head->has_transfer_encoding = true;
        head->is_chunked = true;
        return is_first && head->line.minor == 1 &&
               see_view_eq(field->value, SEE_LITERAL("chunked"));
    }
    return true;
}

/* Without the spaces around it: there is nothing else to trim in what is printable. */
static struct see_view trim_spaces(struct see_view value)
{
    while (value.len > 0 && value.ptr[0] == ' ') {
        value.ptr++;
        value.len--;
    }
    while (value.len > 0 && value.ptr[value.len - 1] == ' ') {
        value.len--;
    }
    return value;
}

/* `line` is without its CR LF. */
static bool take_field(struct see_head *head, struct see_view line)
{
    size_t name = see_token_len(line);
    if (name == 0 || name == line.len || line.ptr[name] != ':' ||
        !see_view_is_printable(see_view_cut(line, name, line.len))) {
        return false;
    }
    struct see_field *field = &head->fields[head->field_count++];
    field->name = see_view_cut(line, 0, name);
    field->value = trim_spaces(see_view_cut(line, name + 1, line.len));
    return take_framing(head, field);
}

/* Takes a line off `*rest`; false when it does not end in CR LF. */
static bool next_line(struct see_view *rest, struct see_view *ret_line)
{
    size_t end = see_view_find(*rest, '\n');
    if (end == rest->len || end == 0 || rest->ptr[end - 1] != '\r') {
        return false;
    }
    *ret_line = see_view_cut(*rest, 0, end - 1);
    *rest = see_view_cut(*rest, end + 1, rest->len);
    return true;
}

/* CONNECT and what is beside the letter of the grammar are not for a shortcut. */
static bool take_start_line(struct see_head *head, struct see_view line, enum see_sniff kind)
{
    if (!see_view_is_printable(line) || see_start_line_read(line, &head->line) != kind ||
        head->line.leniency != 0 || head->line.major != 1 || head->line.minor > 1) {
        return false;
    }
    return kind == SEE_SNIFF_RESPONSE ||
           (see_view_find(head->line.target, ' ') == head->line.target.len &&
            !see_view_eq(head->line.method, SEE_LITERAL("CONNECT")));
}

static bool take_lines(struct see_head *head, struct see_view rest, enum see_sniff kind)
{
    struct see_view line;
    if (!next_line(&rest, &line) || !take_start_line(head, line, kind)) {
        return false;
    }
    while (next_line(&rest, &line)) {
        if (line.len == 0) {
            return rest.len == 0;
        }
        if (!take_field(head, line)) {
            return false;
        }
    }
    return false;
}

int see_head_parse_plainly(struct see_view octets, enum see_sniff kind, struct see_head *ret_head,
                           bool *ret_is_plain)
{
    struct see_head head = {0};
    char *text = see_head_block(octets, &head);
    *ret_is_plain = false;
    if (text == NULL) {
        return SEE_ENOMEM;
    }
    if (!take_lines(&head, (struct see_view){text, octets.len}, kind)) {
        free(head.block);
        return SEE_OK;
    }
    head.is_sound = true;
    *ret_head = head;
    *ret_is_plain = true;
    return SEE_OK;
}
