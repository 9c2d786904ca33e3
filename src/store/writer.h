/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * writer - plays the tape of a store: its rows get into the database.
 *
 *     rows --> tape --hand over--> played at once
 *                 '--hand over--> [ tape ][ tape ] ... --> played by a thread of its own,
 *                                                         or by one that lends a hand
 *
 * A tape is handed over when it is long, and when a batch begins and ends; so a failure is told at
 * a later row.  With a thread, whoever makes rows does not wait for SQLite, unless it is far
 * behind.  All that goes to the database by another way waits first: rows may not be there, and
 * the database is that thread's, until everything is played.
 *
 * Another program may hold the database's lock when a batch begins.  Without a thread, and where
 * the store's options say how much may be kept, the tape is: it is tried again a moment later, and
 * rows go on being added to it.  Otherwise that program is waited for, though not for ever.
 */
#ifndef SEE_STORE_WRITER_H
#define SEE_STORE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"
#include "store/tape.h"

struct see_store;

/* What came of it. */
struct see_written {
    int failed;     /* the first failure; nothing is written after it */
    bool is_full;   /* for lack of room */
    bool has_found; /* the answer to the last question */
    /* Of this run: written, and of these committed. */
    uint64_t findings, findings_kept, redirects, redirects_kept;
    char error[512];
};

struct see_writer {
    struct see_tape tape;       /* what is not handed over yet */
    struct see_written written; /* the thread's, until it is waited for */
    bool is_kept_waiting;       /* another program holds the lock: nothing of the tape is played */
    int64_t next_try_ns;        /* CLOCK_MONOTONIC: when it is asked for again */
    bool may_go_aside;
    uint64_t entries;        /* since then, until it did */
    struct see_aside *aside; /* the thread and its tapes, or NULL */
};

void see_writer_init(struct see_writer *writer);

/* Ends the thread, when all is played. */
void see_writer_finish(struct see_store *store);

/* An entry was added: it is handed over with those before it when there are many. */
SEE_MUST_CHECK int see_writer_added(struct see_store *store);

/*
 * From here on another thread may lend a hand, which has other things to do: who makes rows plays
 * them itself when it is far behind.  Nothing changes where rows have a thread of their own.  Once
 * that thread is gone, nobody would play what was handed over last: it is played, and shared no
 * more.
 */
void see_writer_share(struct see_store *store);
void see_writer_share_not(struct see_store *store);

/* For that thread: plays what was handed over; and whether there is any. */
void see_writer_help(struct see_store *store);
bool see_writer_has_tapes(struct see_store *store);

/* Hands over what there is; while it is kept waiting, that does nothing until it is time to. */
SEE_MUST_CHECK int see_writer_hand_over(struct see_store *store);

/* Likewise, and waits for a thread to have played it; `ret_is_played` tells whether all is. */
SEE_MUST_CHECK int see_writer_try(struct see_store *store, bool *ret_is_played);

/*
 * Hands over, and waits until all is played, for another program, too: then the database is the
 * caller's.  `settle` for whom it makes no difference whether something has failed.
 */
SEE_MUST_CHECK int see_writer_wait(struct see_store *store);
void see_writer_settle(struct see_store *store);

/* Only until nobody else uses the database: what is kept waiting may go on waiting. */
void see_writer_leave(struct see_store *store);

#endif
