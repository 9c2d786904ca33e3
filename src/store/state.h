/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state - what an open store holds, for the files of this room only.
 */
#ifndef SEE_STORE_STATE_H
#define SEE_STORE_STATE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/text.h"
#include "store/database.h"
#include "store/ids.h"
#include "store/pairings.h"
#include "store/reserve.h"
#include "store/store.h"
#include "store/writer.h"

/* One prepared statement each, made at first use and kept. */
enum see_slot {
    SEE_SLOT_RULE,
    SEE_SLOT_CAPTURE,
    SEE_SLOT_CONNECTION,
    SEE_SLOT_CONNECTION_END,
    SEE_SLOT_EXCHANGE,
    SEE_SLOT_HAS_EXCHANGE,
    SEE_SLOT_PAIRING,
    SEE_SLOT_REDIRECT,
    SEE_SLOT_HAS_REDIRECT,
    SEE_SLOT_FINDING,
    SEE_SLOT_EVIDENCE_FILE,
    SEE_SLOT_COVERAGE,
    SEE_SLOT_COUNT
};

/* The greatest ids that were there before this run; its own ids start past them. */
struct see_bases {
    int64_t capture, connection, exchange, redirect;
};

/* A file that was left, and what was in it then. */
struct see_left {
    bool is_known;
    dev_t device;
    ino_t inode;
    struct see_bases greatest;
};

struct see_store {
    struct see_database database;
    struct see_store_options options; /* but for its strings, which are copied here: */
    char *tool_version, *options_json;
    char *path;
    sqlite3_stmt *statements[SEE_SLOT_COUNT]; /* like the database, the writer's at times */
    struct see_writer writer;
    struct see_bases bases;
    int64_t greatest_finding;    /* the greatest id there is, */
    int64_t last_finding;        /* and that of the last of this run */
    uint64_t findings;           /* of this run: on their way */
    uint64_t redirects;          /* likewise */
    struct see_ids exchanges;    /* stored before they ended */
    struct see_ids connections;  /* stored before they closed */
    struct see_ids_final closed; /* connections stored since */
    struct see_pairings pairings;

    int64_t batch_began_ns; /* CLOCK_MONOTONIC: the batch is about our life, not the traffic's */
    size_t batch_rows;
    size_t rows_kept; /* rows of the batches before, which are committed */

    struct see_left left;
    struct see_reserve reserve;
    uint64_t left_out;        /* redirects without a row: left out, or not committed */
    uint64_t findings_lost;   /* likewise */
    struct see_ids left_outs; /* of these redirects: a finding may bring one later */
    struct see_ids unsure;    /* redirects that are written, but not committed yet */

    struct see_text draft; /* a value that is being made */
    struct see_text clean; /* text on its way into a row, valid UTF-8 */

    bool is_linked; /* the path leads to the file by a link: see contain/rotate.h */
    bool is_in_batch;
    bool is_finished;  /* nothing was written since `see_store_finish` */
    bool has_indexes;  /* those of indexes.sql */
    bool has_exchange; /* at least one was written in this run */
    bool goes_on;      /* the last reopening found all as it was */
    bool is_lean;      /* the disk is full: only what findings need is stored, and counters */
    bool may_lack;     /* redirects may have no row in this database */
    bool is_full;      /* what failed first did so for lack of room */
    int failed;        /* the first failure; nothing is written after it */
    char error[512];
};

/* store.c: makes the indexes that are made when a run ends, once. */
SEE_MUST_CHECK int see_store_index(struct see_store *store);

/* A copy; *ok becomes false where there was no memory for it. */
char *store_duplicate(const char *string, bool *ok);

/*
 * The greatest ids there are, and that of the findings alone, when all is written: a run gives
 * those of findings and pairings one after the other.
 */
SEE_MUST_CHECK int store_read_greatest_finding(struct see_store *store);
SEE_MUST_CHECK int store_read_bases(struct see_store *store, struct see_bases *ret_bases);

/* All that is written before the first row of a run. */
SEE_MUST_CHECK int store_begin(struct see_store *store);

/* Tells SQLite how long its log may become while the disk is full, and otherwise. */
void store_bound_log(struct see_store *store);

/* Lets go of the file; SQLite goes on asking whom it asks. */
SEE_MUST_CHECK int store_release(struct see_store *store);

#endif
