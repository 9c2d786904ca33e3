/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * row - one row on its way into the database.
 *
 * The verbs add the values of the statement's parameters one after the other, in the order of the
 * SQL; `see_row_end` tells the first failure, so that a row reads as a list of its columns.  What
 * they are given is copied.
 */
#ifndef SEE_STORE_ROW_H
#define SEE_STORE_ROW_H

#include "core/address.h"
#include "core/stamp.h"
#include "store/state.h"

struct see_row {
    struct see_store *store;
    bool is_open;  /* nothing had failed when it began */
    uint8_t count; /* values so far */
};

/* Begins a batch where none is open, and a row of the statement that `slot` stands for. */
void see_row_begin(struct see_row *row, struct see_store *store, enum see_slot slot,
                   const char *sql);

/* A question instead: `see_row_exists` ends it. */
void see_row_ask(struct see_row *row, struct see_store *store, enum see_slot slot, const char *sql);

void see_row_null(struct see_row *row);
void see_row_integer(struct see_row *row, int64_t value);
void see_row_count(struct see_row *row, uint64_t value); /* clipped to what SQL can hold */
void see_row_real(struct see_row *row, double value);

/* NULL for an absent view; octets that are not UTF-8, and NUL, become U+FFFD. */
void see_row_text(struct see_row *row, struct see_view view);
void see_row_string(struct see_row *row, const char *string);

/* A URI, or a part of one that can hold secrets: redacted when the options say so. */
void see_row_uri(struct see_row *row, struct see_view uri);
void see_row_authority(struct see_row *row, struct see_view authority);

/* What the caller has put into `store->draft`. */
void see_row_draft(struct see_row *row);

void see_row_address(struct see_row *row, const struct see_address *address);

/* The time or frame of a stamp, or the id of its capture; NULL when it is not set. */
void see_row_time(struct see_row *row, struct see_stamp stamp);
void see_row_frame(struct see_row *row, struct see_stamp stamp);
void see_row_capture(struct see_row *row, struct see_stamp stamp);

/* The row is whole, and gets written.  A failure is kept in the store. */
SEE_MUST_CHECK int see_row_end(struct see_row *row);

/*
 * Whether the statement finds a row, once all rows before are written.  While they are kept waiting
 * that is not known, and *ret_exists stays as it is.
 */
SEE_MUST_CHECK int see_row_exists(struct see_row *row, bool *ret_exists);

#endif
