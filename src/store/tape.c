/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/tape.h"

#include <stdlib.h>
#include <string.h>

/* A value: its type, and a number or how long the text behind it is. */
#define VALUE_LEN (1 + sizeof(uint64_t))

#define SIZE_AT_FIRST 4096

void see_tape_init(struct see_tape *tape)
{
    *tape = (struct see_tape){.octets = NULL};
}

void see_tape_finish(struct see_tape *tape)
{
    free(tape->octets);
    see_tape_init(tape);
}

void see_tape_clear(struct see_tape *tape)
{
    tape->len = 0;
}

void see_tape_cut(struct see_tape *tape, size_t at)
{
    if (at > 0 && at < tape->len) {
        memmove(tape->octets, tape->octets + at, tape->len - at);
    }
    tape->len -= at;
}

static bool grow(struct see_tape *tape, size_t len)
{
    size_t size = tape->size > 0 ? tape->size : SIZE_AT_FIRST;
    while (size - tape->len < len && size <= SIZE_MAX / 2) {
        size *= 2;
    }
    char *octets = !tape->is_broken && size - tape->len >= len ? realloc(tape->octets, size) : NULL;
    tape->is_broken = octets == NULL;
    if (octets != NULL) {
        tape->octets = octets;
        tape->size = size;
    }
    return octets != NULL;
}

/* Where `len` octets more go; NULL when there is no memory for them, or was none before. */
static inline char *more(struct see_tape *tape, size_t len)
{
    if ((tape->is_broken || tape->size - tape->len < len) && !grow(tape, len)) {
        return NULL;
    }
    char *at = tape->octets + tape->len;
    tape->len += len;
    return at;
}

static inline void add_value(struct see_tape *tape, enum see_tape_type type, uint64_t number,
                             struct see_view text)
{
    char *at = more(tape, VALUE_LEN + text.len);
    if (at != NULL) {
        at[0] = (char)type;
        memcpy(at + 1, &number, sizeof(number));
        if (text.len > 0) {
            memcpy(at + VALUE_LEN, text.ptr, text.len);
        }
    }
}

void see_tape_begin(struct see_tape *tape, struct see_tape_head head)
{
    tape->entry = tape->len;
    char *at = more(tape, sizeof(head));
    if (at != NULL) {
        memcpy(at, &head, sizeof(head));
    }
}

void see_tape_null(struct see_tape *tape)
{
    add_value(tape, SEE_TAPE_NULL, 0, (struct see_view){NULL, 0});
}

void see_tape_integer(struct see_tape *tape, int64_t integer)
{
    add_value(tape, SEE_TAPE_INTEGER, (uint64_t)integer, (struct see_view){NULL, 0});
}

void see_tape_real(struct see_tape *tape, double real)
{
    uint64_t number;
    memcpy(&number, &real, sizeof(number));
    add_value(tape, SEE_TAPE_REAL, number, (struct see_view){NULL, 0});
}

void see_tape_text(struct see_tape *tape, struct see_view text)
{
    add_value(tape, SEE_TAPE_TEXT, text.len, text);
}

void see_tape_break(struct see_tape *tape)
{
    tape->is_broken = true;
}

int see_tape_end(struct see_tape *tape, uint8_t count)
{
    struct see_tape_head head;
    size_t begin = tape->entry + sizeof(head);
    if (tape->is_broken || tape->len - begin > UINT32_MAX) {
        tape->len = tape->entry;
        tape->is_broken = false;
        return SEE_ENOMEM;
    }
    memcpy(&head, tape->octets + tape->entry, sizeof(head));
    head.len = (uint32_t)(tape->len - begin);
    head.count = count;
    memcpy(tape->octets + tape->entry, &head, sizeof(head));
    return SEE_OK;
}

bool see_tape_next(const struct see_tape *tape, size_t *at, struct see_tape_head *ret_head)
{
    if (*at == tape->len) {
        return false;
    }
    memcpy(ret_head, tape->octets + *at, sizeof(*ret_head));
    *at += sizeof(*ret_head);
    return true;
}

void see_tape_value(const struct see_tape *tape, size_t *at, struct see_tape_value *ret_value)
{
    const char *octets = tape->octets + *at;
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
