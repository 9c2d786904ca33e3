/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/writer.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/thread.h"
#include "store/batch.h"
#include "store/fault.h"
#include "store/state.h"

/*
 * How many tapes may wait, and how long one gets before it is handed over, in octets.  Without a
 * thread it is longer: SQLite's code and pages are fetched into the processor's cache once for
 * hundreds of rows, and not for each anew.
 */
#define TAPES 4
#define TAPE_LEN_ASIDE ((size_t)64 * 1024)
#define TAPE_LEN_ALONE ((size_t)256 * 1024)

/* A run with fewer entries is not worth a thread. */
#define ASIDE_FROM 1000

/*
 * How long another program that holds the lock is waited for; a moment, where rows can be kept
 * meanwhile, and how soon it is asked for again.
 */
#define PATIENCE_MS 20000
#define MOMENT_MS 25
#define TRY_EVERY_NS (100 * SEE_NS_PER_MS)

struct see_aside {
    bool has_thread; /* its own, or others lend a hand */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct see_store *store;
    struct see_tape tapes[TAPES];
    uint64_t handed, played; /* `lock` */
    bool is_playing;         /* somebody plays the next tape; `lock` */
    bool is_stopped;         /* `lock` */
    bool has_failed;         /* `lock` */
};

static void note_failure(struct see_store *store, int rc)
{
    struct see_written *written = &store->writer.written;
    sqlite3 *db = store->database.db;
    if (written->failed == SEE_OK) {
        written->is_full = see_fault_is_full(db, rc);
        written->failed = see_fault(db, rc, store->path, written->error, sizeof(written->error));
    }
}

/* SQLite compiles a kept statement with more care. */
static int prepare(struct see_store *store, const struct see_tape_head *head)
{
    if (store->statements[head->slot] != NULL) {
        return SQLITE_OK;
    }
    return sqlite3_prepare_v3(store->database.db, head->sql, -1, SQLITE_PREPARE_PERSISTENT,
                              &store->statements[head->slot], NULL);
}

static int bind(sqlite3_stmt *statement, int column, const struct see_tape_value *value)
{
    switch (value->type) {
    case SEE_TAPE_NULL:
        return sqlite3_bind_null(statement, column);
    case SEE_TAPE_INTEGER:
        return sqlite3_bind_int64(statement, column, value->integer);
    case SEE_TAPE_REAL:
        return sqlite3_bind_double(statement, column, value->real);
    case SEE_TAPE_TEXT:
        return sqlite3_bind_text64(statement, column, value->text.ptr, value->text.len,
                                   SQLITE_STATIC, SQLITE_UTF8);
    }
    return SQLITE_MISUSE;
}

static void play_row(struct see_store *store, const struct see_tape *tape, size_t at,
                     const struct see_tape_head *head)
{
    struct see_written *written = &store->writer.written;
    struct see_tape_value value;
    int rc = prepare(store, head);
    sqlite3_stmt *statement = store->statements[head->slot];
    assert(rc != SQLITE_OK || head->count == sqlite3_bind_parameter_count(statement));
    for (int column = 1; column <= head->count && rc == SQLITE_OK; column++) {
        see_tape_value(tape, &at, &value);
        rc = bind(statement, column, &value);
    }
    rc = rc == SQLITE_OK ? sqlite3_step(statement) : rc;
    written->has_found = rc == SQLITE_ROW;
    if (rc == SQLITE_DONE || (rc == SQLITE_ROW && head->kind == SEE_TAPE_QUESTION)) {
        written->findings += head->slot == SEE_SLOT_FINDING;
        written->redirects += head->slot == SEE_SLOT_REDIRECT;
    } else {
        note_failure(store, rc);
    }
    sqlite3_reset(statement);
}

/* Also after a failure: what can be saved is. */
static void play_commit(struct see_store *store)
{
    struct see_written *written = &store->writer.written;
    sqlite3 *db = store->database.db;
    /* Some failures (a full disk) make SQLite roll back by itself. */
    if (sqlite3_get_autocommit(db)) {
        return;
    }
    int rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        written->findings_kept = written->findings;
        written->redirects_kept = written->redirects;
    } else {
        note_failure(store, rc);
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
}

/* More than that would be too much to keep. */
static bool may_be_kept(const struct see_store *store)
{
    return store->writer.tape.len < store->options.waiting_octets;
}

/* False when another program holds the lock, and the rows can wait for it. */
static bool play_begin(struct see_store *store, bool is_patient)
{
    int rc = see_database_begin(&store->database, is_patient ? PATIENCE_MS : MOMENT_MS);
    bool is_kept_waiting = (rc & 0xff) == SQLITE_BUSY && !is_patient && may_be_kept(store);
    if (rc != SQLITE_OK && !is_kept_waiting) {
        note_failure(store, rc);
    }
    return !is_kept_waiting;
}

/* Plays all of it, or what is in front of a batch that cannot begin yet; how far that is. */
static size_t play(struct see_store *store, const struct see_tape *tape, bool is_patient)
{
    struct see_tape_head head;
    size_t at = 0, entry = 0;
    while (see_tape_next(tape, &at, &head)) {
        bool is_over = store->writer.written.failed != SEE_OK;
        switch ((enum see_tape_kind)head.kind) {
        case SEE_TAPE_BEGIN:
            if (!is_over && !play_begin(store, is_patient)) {
                return entry;
            }
            break;
        case SEE_TAPE_ROW:
        case SEE_TAPE_QUESTION:
            if (!is_over) {
                play_row(store, tape, at, &head);
            }
            break;
        case SEE_TAPE_COMMIT:
            play_commit(store);
            break;
        }
        at += head.len;
        entry = at;
    }
    return at;
}

static struct see_tape *tape_at(struct see_aside *aside, uint64_t number)
{
    return &aside->tapes[number % TAPES];
}

/* Plays the next tape, which nobody does yet; with `lock`, which is let go of meanwhile. */
static void play_next(struct see_aside *aside)
{
    struct see_tape *tape = tape_at(aside, aside->played);
    aside->is_playing = true;
    pthread_mutex_unlock(&aside->lock);
    play(aside->store, tape, true);
    see_tape_clear(tape);
    pthread_mutex_lock(&aside->lock);
    aside->has_failed = aside->store->writer.written.failed != SEE_OK;
    aside->is_playing = false;
    aside->played++;
    pthread_cond_broadcast(&aside->moved);
}

static void *play_tapes(void *ctx)
{
    struct see_aside *aside = ctx;
    pthread_mutex_lock(&aside->lock);
    while (!aside->is_stopped || aside->played < aside->handed) {
        if (aside->played < aside->handed) {
            play_next(aside);
        } else {
            pthread_cond_wait(&aside->moved, &aside->lock);
        }
    }
    pthread_mutex_unlock(&aside->lock);
    return NULL;
}

/* Until another tape is played; who makes the rows does it where nobody else may come; with `lock`.
 */
static void wait_for_one(struct see_aside *aside)
{
    if (aside->has_thread || aside->is_playing) {
        pthread_cond_wait(&aside->moved, &aside->lock);
    } else {
        play_next(aside);
    }
}

static void aside_free(struct see_aside *aside)
{
    for (size_t i = 0; i < TAPES; i++) {
        see_tape_finish(&aside->tapes[i]);
    }
    pthread_cond_destroy(&aside->moved);
    pthread_mutex_destroy(&aside->lock);
    free(aside);
}

/* NULL: no memory. */
static struct see_aside *aside_new(struct see_store *store)
{
    struct see_aside *aside = calloc(1, sizeof(*aside));
    if (aside != NULL) {
        aside->store = store;
        pthread_mutex_init(&aside->lock, NULL);
        pthread_cond_init(&aside->moved, NULL);
        for (size_t i = 0; i < TAPES; i++) {
            see_tape_init(&aside->tapes[i]);
        }
    }
    return aside;
}

void see_writer_share(struct see_store *store)
{
    if (store->writer.aside == NULL) {
        store->writer.aside = aside_new(store);
    }
}

/* Where there is no thread to be had, we go on without. */
static void go_aside(struct see_store *store)
{
    struct see_writer *writer = &store->writer;
    struct see_aside *aside = aside_new(store);
    writer->may_go_aside = false;
    if (aside == NULL) {
        return;
    }
    aside->has_thread = true;
    if (see_thread_start(&aside->thread, play_tapes, aside)) {
        writer->aside = aside;
    } else {
        aside_free(aside);
    }
}

/* The full tape for an empty one; true when something has failed so far. */
static bool swap(struct see_aside *aside, struct see_tape *tape)
{
    pthread_mutex_lock(&aside->lock);
    while (aside->handed - aside->played == TAPES) {
        wait_for_one(aside);
    }
    struct see_tape *empty = tape_at(aside, aside->handed);
    struct see_tape full = *tape;
    *tape = *empty;
    *empty = full;
    aside->handed++;
    bool has_failed = aside->has_failed;
    pthread_cond_broadcast(&aside->moved);
    pthread_mutex_unlock(&aside->lock);
    return has_failed;
}

static void wait_for_all(struct see_aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    while (aside->played < aside->handed) {
        wait_for_one(aside);
    }
    pthread_mutex_unlock(&aside->lock);
}

/* What failed there has failed here, unless something else has before. */
static int adopt(struct see_store *store)
{
    const struct see_written *written = &store->writer.written;
    if (store->failed == SEE_OK && written->failed != SEE_OK) {
        store->failed = written->failed;
        store->is_full = written->is_full;
        snprintf(store->error, sizeof(store->error), "%s", written->error);
    }
    return store->failed;
}

void see_writer_init(struct see_writer *writer)
{
    memset(writer, 0, sizeof(*writer));
    see_tape_init(&writer->tape);
}

void see_writer_share_not(struct see_store *store)
{
    struct see_aside *aside = store->writer.aside;
    if (aside != NULL && !aside->has_thread) {
        see_writer_settle(store);
        aside_free(aside);
        store->writer.aside = NULL;
    }
}

bool see_writer_has_tapes(struct see_store *store)
{
    struct see_aside *aside = store->writer.aside;
    bool has_tapes = false;
    if (aside != NULL && !aside->has_thread) {
        pthread_mutex_lock(&aside->lock);
        has_tapes = aside->played < aside->handed && !aside->is_playing;
        pthread_mutex_unlock(&aside->lock);
    }
    return has_tapes;
}

void see_writer_help(struct see_store *store)
{
    struct see_aside *aside = store->writer.aside;
    if (aside != NULL && !aside->has_thread) {
        pthread_mutex_lock(&aside->lock);
        while (aside->played < aside->handed && !aside->is_playing) {
            play_next(aside);
        }
        pthread_mutex_unlock(&aside->lock);
    }
}

/* Whoever makes the rows plays them. */
static int play_own(struct see_store *store, bool is_patient)
{
    struct see_writer *writer = &store->writer;
    see_tape_cut(&writer->tape, play(store, &writer->tape, is_patient));
    writer->is_kept_waiting = writer->tape.len > 0;
    writer->next_try_ns = see_batch_clock() + TRY_EVERY_NS;
    return adopt(store);
}

int see_writer_hand_over(struct see_store *store)
{
    struct see_writer *writer = &store->writer;
    if (writer->aside == NULL) {
        bool is_too_soon = writer->is_kept_waiting && may_be_kept(store) &&
                           see_batch_clock() < writer->next_try_ns;
        return is_too_soon ? store->failed : play_own(store, store->options.waiting_octets == 0);
    }
    if (swap(writer->aside, &writer->tape)) {
        wait_for_all(writer->aside);
        return adopt(store);
    }
    return store->failed;
}

int see_writer_added(struct see_store *store)
{
    struct see_writer *writer = &store->writer;
    if (writer->may_go_aside && writer->aside == NULL && ++writer->entries >= ASIDE_FROM) {
        go_aside(store);
    }
    size_t len = writer->aside != NULL ? TAPE_LEN_ASIDE : TAPE_LEN_ALONE;
    return writer->tape.len < len ? store->failed : see_writer_hand_over(store);
}

int see_writer_try(struct see_store *store, bool *ret_is_played)
{
    int status = see_writer_hand_over(store);
    if (store->writer.aside != NULL) {
        wait_for_all(store->writer.aside);
        status = adopt(store);
    }
    *ret_is_played = !store->writer.is_kept_waiting;
    return status;
}

int see_writer_wait(struct see_store *store)
{
    bool is_played;
    return store->writer.aside != NULL ? see_writer_try(store, &is_played) : play_own(store, true);
}

void see_writer_settle(struct see_store *store)
{
    int status = see_writer_wait(store);
    (void)status; /* it is kept */
}

void see_writer_leave(struct see_store *store)
{
    bool is_played;
    int status = see_writer_try(store, &is_played);
    (void)status; /* it is kept */
}

void see_writer_finish(struct see_store *store)
{
    struct see_writer *writer = &store->writer;
    struct see_aside *aside = writer->aside;
    if (aside != NULL) {
        see_writer_settle(store);
        pthread_mutex_lock(&aside->lock);
        aside->is_stopped = true;
        pthread_cond_broadcast(&aside->moved);
        pthread_mutex_unlock(&aside->lock);
        if (aside->has_thread) {
            pthread_join(aside->thread, NULL);
        }
        aside_free(aside);
    }
    see_tape_finish(&writer->tape);
    see_tape_init(&writer->tape);
    writer->aside = NULL;
    writer->may_go_aside = false;
}
