/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tape - what is to be written, one entry after the other, in the order of coming.
 *
 *     [ head | value | value ... ][ head ][ head | value ... ]
 *
 * An entry is a statement with the values of its parameters, or the beginning or the end of a
 * batch.  It holds its texts, so that a tape may be played at any time later (writer.h).
 */
#ifndef SEE_STORE_TAPE_H
#define SEE_STORE_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "core/view.h"

enum see_tape_kind {
    SEE_TAPE_BEGIN,
    SEE_TAPE_ROW,
    SEE_TAPE_QUESTION, /* whether the statement finds a row */
    SEE_TAPE_COMMIT,
};

struct see_tape {
    char *octets;
    size_t len, size;
    size_t entry;   /* where the entry that is being made begins */
    bool is_broken; /* memory was short for it */
};

struct see_tape_head {
    const char *sql; /* for ever */
    uint32_t len;    /* of its values, in octets */
    uint16_t slot;   /* which of the kept statements it is */
    uint8_t kind;    /* enum see_tape_kind */
    uint8_t count;   /* of its values */
};

enum see_tape_type { SEE_TAPE_NULL, SEE_TAPE_INTEGER, SEE_TAPE_REAL, SEE_TAPE_TEXT };

struct see_tape_value {
    enum see_tape_type type;
    int64_t integer;
    double real;
    struct see_view text; /* lies in the tape */
};

void see_tape_init(struct see_tape *tape);
void see_tape_finish(struct see_tape *tape);

/* Empties it and keeps the memory. */
void see_tape_clear(struct see_tape *tape);

/* Takes away what is in front of `at`, where an entry begins. */
void see_tape_cut(struct see_tape *tape, size_t at);

/* An entry begins, its values are added, and it ends: SEE_ENOMEM, and then there is none. */
void see_tape_begin(struct see_tape *tape, struct see_tape_head head);
void see_tape_null(struct see_tape *tape);
void see_tape_integer(struct see_tape *tape, int64_t integer);
void see_tape_real(struct see_tape *tape, double real);
void see_tape_text(struct see_tape *tape, struct see_view text);
SEE_MUST_CHECK int see_tape_end(struct see_tape *tape, uint8_t count);

/* There was no memory for a value of the entry that is being made: it ends as with none for it. */
void see_tape_break(struct see_tape *tape);

/* Reads from *at on, and moves it; false at the end of the tape, or of the entry's values. */
bool see_tape_next(const struct see_tape *tape, size_t *at, struct see_tape_head *ret_head);
void see_tape_value(const struct see_tape *tape, size_t *at, struct see_tape_value *ret_value);

#endif
