/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * copy - the rows of one database into another, with their ids moved.
 */
#ifndef SEE_STORE_COPY_H
#define SEE_STORE_COPY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Whose id a column holds. */
enum see_copy_entity {
    SEE_COPY_PLAIN,
    SEE_COPY_CAPTURE,
    SEE_COPY_CONNECTION,
    SEE_COPY_EXCHANGE,
    SEE_COPY_PAIRING,
    SEE_COPY_REDIRECT,
    SEE_COPY_FINDING,
    SEE_COPY_ENTITIES
};

/* How far ids are moved; the same for the shards of a run. */
struct see_move {
    int64_t by[SEE_COPY_ENTITIES];
};

struct see_copy {
    sqlite3 *from, *into;
    const char *source, *target; /* their names, for messages */
    int64_t captures, findings;  /* rows that were added */
    char *error;                 /* for a sentence about what failed */
    size_t error_size;
};

/* Say what SQLite's code `rc` means, and return the status for it. */
int see_copy_failed_in_target(const struct see_copy *copy, int rc);
int see_copy_failed_in_source(const struct see_copy *copy, int rc);

/* How far the ids of a source have to be moved to stand behind those of the target. */
SEE_MUST_CHECK int see_copy_read_move(struct see_copy *copy, struct see_move *ret_move);

/*
 * Copies all tables, within the transaction that is open.  `is_first` is false for a shard of a run
 * of which others came: then what every shard has is there.
 */
SEE_MUST_CHECK int see_copy_tables(struct see_copy *copy, const struct see_move *move,
                                   bool is_first);

#endif
