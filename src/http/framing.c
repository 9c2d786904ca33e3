/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/framing.h"

#define CONTENT_LENGTH SEE_LITERAL("Content-Length")
#define TRANSFER_ENCODING SEE_LITERAL("Transfer-Encoding")

bool see_framing_is_field(struct see_view name)
{
    return see_view_eq_nocase(name, CONTENT_LENGTH) || see_view_eq_nocase(name, TRANSFER_ENCODING);
}

/* 1*DIGIT (RFC 9110, 8.6), and no more than fits. */
static bool read_length(struct see_view text, uint64_t *ret_length)
{
    uint64_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!see_ascii_is_digit(text.ptr[i])) {
            return false;
        }
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        if (length > (UINT64_MAX - digit) / 10) {
            return false;
        }
        length = length * 10 + digit;
    }
    *ret_length = length;
    return text.len > 0;
}

/* One line of Content-Length, which may hold a list. */
static void add_lengths(struct see_head *head, struct see_view value)
{
    struct see_view element;
    if (value.len == 0) {
        see_leniencies_add(&head->leniency, SEE_LENIENT_length_invalid);
    }
    while (see_view_next(&value, ',', &element)) {
        uint64_t length;
        if (!read_length(element, &length)) {
            see_leniencies_add(&head->leniency, SEE_LENIENT_length_invalid);
        } else if (!head->has_length) {
            head->has_length = true;
            head->length = length;
        } else {
            see_leniencies_add(&head->leniency, head->length == length
                                                    ? SEE_LENIENT_length_repeated
                                                    : SEE_LENIENT_length_differs);
        }
    }
}

/*
 * One line of Transfer-Encoding.  Empty elements count for nothing (RFC 9110, 5.6.1.2), but no
 * sender may write them, and readers differ on them.  So they do on identity, which is no coding
 * any more: a response with it and a length has that length (RFC 2616, 4.4).
 */
static void add_codings(struct see_head *head, struct see_view value, bool is_request)
{
    bool has_value = value.len > 0;
    struct see_view element;
    while (see_view_next(&value, ',', &element)) {
        if (!is_request && see_view_eq_nocase(element, SEE_LITERAL("identity"))) {
            see_leniencies_add(&head->leniency, SEE_LENIENT_transfer_coding);
            continue;
        }
        head->has_transfer_encoding = head->has_transfer_encoding || has_value;
        if (element.len == 0 || head->is_chunked) {
            see_leniencies_add(&head->leniency, SEE_LENIENT_transfer_coding);
        }
        if (element.len > 0) {
            head->is_chunked = see_view_eq_nocase(element, SEE_LITERAL("chunked"));
        }
    }
}

void see_framing_read(struct see_head *head, bool is_request)
{
    head->has_length = head->has_transfer_encoding = head->is_chunked = false;
    bool says_length = false;
    for (size_t i = 0; i < head->field_count; i++) {
        const struct see_field *field = &head->fields[i];
        if (see_view_eq_nocase(field->name, CONTENT_LENGTH)) {
            says_length = true;
            add_lengths(head, field->value);
        } else if (see_view_eq_nocase(field->name, TRANSFER_ENCODING)) {
            add_codings(head, field->value, is_request);
        }
    }
    bool has_coding = head->has_transfer_encoding;
    bool is_endless = has_coding && !head->is_chunked && is_request;
    bool is_old = head->line.major < 1 || (head->line.major == 1 && head->line.minor == 0);
    if (is_endless || (has_coding && is_old)) {
        see_leniencies_add(&head->leniency, SEE_LENIENT_transfer_coding);
    }
    if (has_coding && says_length) {
        see_leniencies_add(&head->leniency, SEE_LENIENT_length_and_coding);
    }
    bool has_no_length = see_leniencies_has(head->leniency, SEE_LENIENT_length_differs) ||
                         see_leniencies_has(head->leniency, SEE_LENIENT_length_invalid);
    head->is_unframed = is_endless || (!has_coding && has_no_length);
}
