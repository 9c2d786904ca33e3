/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/tape.h"

#include <string.h>

/* A value: its type, and a number or how long the text behind it is. */
#define VALUE_LEN (1 + sizeof(uint64_t))

void see_tape_init(struct see_tape *tape)
{
    see_text_init(&tape->octets);
    tape->entry = 0;
}

void see_tape_finish(struct see_tape *tape)
{
    see_text_finish(&tape->octets);
}

void see_tape_clear(struct see_tape *tape)
{
    see_text_clear(&tape->octets);
}

static void add(struct see_tape *tape, const void *octets, size_t len)
{
    see_text_add(&tape->octets, (struct see_view){octets, len});
}

static void add_value(struct see_tape *tape, enum see_tape_type type, uint64_t number)
{
    char octets[VALUE_LEN] = {(char)type};
    memcpy(octets + 1, &number, sizeof(number));
    add(tape, octets, sizeof(octets));
}

void see_tape_begin(struct see_tape *tape, struct see_tape_head head)
{
    tape->entry = tape->octets.len;
    add(tape, &head, sizeof(head));
}

void see_tape_null(struct see_tape *tape)
{
    add_value(tape, SEE_TAPE_NULL, 0);
}

void see_tape_integer(struct see_tape *tape, int64_t integer)
{
    add_value(tape, SEE_TAPE_INTEGER, (uint64_t)integer);
}

void see_tape_real(struct see_tape *tape, double real)
{
    uint64_t number;
    memcpy(&number, &real, sizeof(number));
    add_value(tape, SEE_TAPE_REAL, number);
}

void see_tape_text(struct see_tape *tape, struct see_view text)
{
    add_value(tape, SEE_TAPE_TEXT, text.len);
    see_text_add(&tape->octets, text);
}

int see_tape_end(struct see_tape *tape, uint8_t count)
{
    struct see_tape_head head;
    size_t begin = tape->entry + sizeof(head);
    if (see_text_status(&tape->octets) != SEE_OK || tape->octets.len - begin > UINT32_MAX) {
        tape->octets.len = tape->entry;
        tape->octets.is_broken = false;
        return SEE_ENOMEM;
    }
    memcpy(&head, tape->octets.ptr + tape->entry, sizeof(head));
    head.len = (uint32_t)(tape->octets.len - begin);
    head.count = count;
    memcpy(tape->octets.ptr + tape->entry, &head, sizeof(head));
    return SEE_OK;
}

bool see_tape_next(const struct see_tape *tape, size_t *at, struct see_tape_head *ret_head)
{
    if (*at == tape->octets.len) {
        return false;
    }
    memcpy(ret_head, tape->octets.ptr + *at, sizeof(*ret_head));
    *at += sizeof(*ret_head);
    return true;
}

void see_tape_value(const struct see_tape *tape, size_t *at, struct see_tape_value *ret_value)
{
    const char *octets = tape->octets.ptr + *at;
    uint64_t number;
    memcpy(&number, octets + 1, sizeof(number));
    ret_value->type = (enum see_tape_type)(unsigned char)octets[0];
    ret_value->integer = (int64_t)number;
    memcpy(&ret_value->real, &number, sizeof(number));
    ret_value->text = (struct see_view){octets + VALUE_LEN, 0};
    *at += VALUE_LEN;
    if (ret_value->type == SEE_TAPE_TEXT) {
        ret_value->text.len = (size_t)number;
        *at += (size_t)number;
    }
}
