/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "store/batch.h"
#include "store/captures.h"
#include "store/fault.h"
#include "store/files.h"
#include "store/sql.h"
#include "store/state.h"

/* Exchanges stored before their end: more than a pipeline of every client that waits. */
#define OPEN_EXCHANGES 65536

/* How old a batch gets where the options do not say: it leaves half a second for the commit. */
#define BATCH_NS (SEE_NS_PER_S / 2)

/* A sort keeps as much in memory as a cache may have; the rest goes to a temporary file. */
#define SORTING_CACHE "PRAGMA cache_size = -1000"

/* Ids of a run are added to those found; a file that leaves no room for them was tampered with. */
#define GREATEST_BASE (INT64_MAX / 2)

char *store_duplicate(const char *string, bool *ok)
{
    char *copy = string != NULL ? strdup(string) : NULL;
    *ok = *ok && (string == NULL || copy != NULL);
    return copy;
}

static void store_free(struct see_store *store)
{
    see_reserve_close(&store->reserve);
    see_ids_finish(&store->exchanges);
    see_ids_finish(&store->connections);
    see_ids_finish(&store->left_outs);
    see_ids_finish(&store->unsure);
    see_writer_finish(store);
    see_text_finish(&store->draft);
    see_text_finish(&store->clean);
    free(store->tool_version);
    free(store->options_json);
    free(store->path);
    free(store);
}

static struct see_store *store_new(const char *path, const struct see_store_options *options)
{
    struct see_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return NULL;
    }
    bool ok = true;
    struct see_hash_key key = see_hash_key_new();
    struct see_limits limits = see_limits_default();
    store->database.lock_fd = -1;
    store->reserve.fd = -1;
    store->options = *options;
    store->tool_version = store_duplicate(options->tool_version, &ok);
    store->options_json = store_duplicate(options->options_json, &ok);
    store->path = store_duplicate(path, &ok);
    see_writer_init(&store->writer);
    see_text_init(&store->draft);
    see_text_init(&store->clean);
    see_ids_init(&store->exchanges, &key, OPEN_EXCHANGES);
    see_ids_init(&store->connections, &key, limits.connections);
    see_ids_init(&store->left_outs, &key, limits.late_redirects);
    see_ids_init(&store->unsure, &key, limits.late_redirects);
    if (!ok) {
        store_free(store);
        return NULL;
    }
    return store;
}

static int read_base(struct see_store *store, const char *sql, int64_t *ret_base)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->database.db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    if (rc == SQLITE_ROW) {
        int64_t base = sqlite3_column_int64(statement, 0);
        *ret_base = base > 0 ? base : 0;
    }
    sqlite3_finalize(statement);
    if (rc != SQLITE_ROW) {
        return see_batch_failed(store, rc);
    }
    if (*ret_base > GREATEST_BASE) {
        store->failed = see_fault_say(SEE_EFORMAT, store->error, sizeof(store->error),
                                      "%s has no ids left", store->path);
    }
    return store->failed;
}

int store_read_greatest_finding(struct see_store *store)
{
    return read_base(store, "SELECT max(id) FROM finding", &store->greatest_finding);
}

int store_read_bases(struct see_store *store, struct see_bases *ret_bases)
{
    int status = read_base(store, "SELECT max(id) FROM captures", &ret_bases->capture);
    if (status == SEE_OK) {
        status = read_base(store, "SELECT max(id) FROM connection", &ret_bases->connection);
    }
    if (status == SEE_OK) {
        status = read_base(store, "SELECT max(id) FROM exchange", &ret_bases->exchange);
    }
    if (status == SEE_OK) {
        status = read_base(store, "SELECT max(id) FROM redirect", &ret_bases->redirect);
    }
    return status;
}

int store_begin(struct see_store *store)
{
    int status = store_read_greatest_finding(store);
    if (status == SEE_OK) {
        status = read_base(store, "SELECT max(id) FROM pairing", &store->pairings.greatest);
    }
    if (status == SEE_OK) {
        status = see_captures_orphans(store);
    }
    if (status == SEE_OK) {
        status = see_captures_rules(store);
    }
    return status == SEE_OK ? see_batch_commit(store) : status;
}

int see_store_open(struct see_store **ret_store, const char *path,
                   const struct see_store_options *options, char *error, size_t error_size)
{
    *ret_store = NULL;
    struct see_store *store = store_new(path, options);
    if (store == NULL) {
        return see_fault_say(SEE_ENOMEM, error, error_size, "%s: out of memory", path);
    }
    int status = see_database_open(&store->database, path, error, error_size);
    if (status != SEE_OK) {
        store_free(store);
        return status;
    }
    if (store_read_bases(store, &store->bases) != SEE_OK || store_begin(store) != SEE_OK) {
        status = see_fault_say(store->failed, error, error_size, "%s", store->error);
        /* Already failed: closing has nothing to add. */
        int closed = see_store_close(store);
        return closed != SEE_OK ? closed : status;
    }
    store->is_linked = see_rotate_is_linked(path);
    *ret_store = store;
    return SEE_OK;
}

int see_store_contained(struct see_store *store, struct see_contain *contain)
{
    return see_files_ask(store->database.db, contain);
}

int see_store_tick(struct see_store *store)
{
    if (store->writer.is_kept_waiting) {
        return see_writer_hand_over(store);
    }
    see_time_ns most = store->options.batch_ns > 0 ? store->options.batch_ns : BATCH_NS;
    if (store->is_in_batch && see_batch_clock() - store->batch_began_ns >= most) {
        return see_batch_commit(store);
    }
    return store->failed;
}

int see_store_commit(struct see_store *store)
{
    int status = see_batch_commit(store);
    return status == SEE_OK ? see_writer_wait(store) : status;
}

void see_store_go_aside(struct see_store *store)
{
    store->writer.may_go_aside = true;
}

void see_store_share(struct see_store *store)
{
    see_writer_share(store);
}

void see_store_share_not(struct see_store *store)
{
    see_writer_share_not(store);
}

void see_store_help(struct see_store *store)
{
    see_writer_help(store);
}

bool see_store_has_rows(struct see_store *store)
{
    return see_writer_has_tapes(store);
}

bool see_store_is_kept_waiting(const struct see_store *store)
{
    return store->writer.is_kept_waiting;
}

int64_t see_store_last_finding(const struct see_store *store)
{
    return store->last_finding;
}

uint64_t see_store_kept(const struct see_store *store)
{
    return store->writer.written.findings_kept;
}

int64_t see_store_redirect_id(const struct see_store *store, uint64_t redirect)
{
    return store->bases.redirect + (int64_t)redirect;
}

int64_t see_store_exchange_id(const struct see_store *store, uint64_t exchange)
{
    return store->bases.exchange + (int64_t)exchange;
}

int64_t see_store_capture_id(const struct see_store *store, uint32_t capture)
{
    return store->bases.capture + (int64_t)capture;
}

const char *see_store_error(const struct see_store *store)
{
    return store->error;
}

int see_store_index(struct see_store *store)
{
    int status = see_writer_wait(store);
    if (status == SEE_OK && !store->has_indexes) {
        const char *sql = see_sql_find(see_sql_store, "indexes");
        int rc = sqlite3_exec(store->database.db, SORTING_CACHE, NULL, NULL, NULL);
        rc = rc == SQLITE_OK ? sqlite3_exec(store->database.db, sql, NULL, NULL, NULL) : rc;
        sqlite3_exec(store->database.db, SEE_DATABASE_CACHE, NULL, NULL, NULL);
        store->has_indexes = rc == SQLITE_OK;
        return rc == SQLITE_OK ? SEE_OK : see_batch_failed(store, rc);
    }
    return status;
}

int see_store_finish(struct see_store *store)
{
    int status = see_store_commit(store);
    if (status == SEE_OK && !store->is_finished) {
        status = see_store_index(store);
    }
    if (status != SEE_OK || store->is_finished) {
        return status;
    }
    store->failed =
        see_database_settle(&store->database, store->path, store->error, sizeof(store->error));
    store->is_finished = store->failed == SEE_OK;
    return store->failed;
}

int store_release(struct see_store *store)
{
    see_writer_finish(store);
    for (int i = 0; i < SEE_SLOT_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    return store->database.db != NULL ? see_database_close(&store->database, store->path, NULL, 0)
                                      : SEE_OK;
}

static int close_database(struct see_store *store)
{
    int status = see_store_finish(store);
    int closed = store_release(store);
    see_files_ask_nobody();
    return status != SEE_OK ? status : closed;
}

int64_t see_store_size(struct see_store *store)
{
    static const char sql[] = "SELECT page_count * page_size FROM pragma_page_count, "
                              "pragma_page_size";
    int64_t size = 0;
    sqlite3_stmt *statement = NULL;
    see_writer_leave(store);
    if (store->database.db != NULL &&
        sqlite3_prepare_v2(store->database.db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        size = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return size;
}

int see_store_close(struct see_store *store)
{
    if (store == NULL) {
        return SEE_OK;
    }
    int status = close_database(store);
    store_free(store);
    return status;
}
