/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/merge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "store/across.h"
#include "store/batch.h"
#include "store/copy.h"
#include "store/fault.h"
#include "store/files.h"
#include "store/reader.h"
#include "store/sql.h"
#include "store/state.h"

/* A run that came in shards: what is the same in all of them, which came, and its move. */
struct sharded {
    char *mark;
    struct see_text seen; /* " 1/3 2/3" */
    struct see_move move;
};

struct see_merge {
    struct see_store *store; /* the target */
    struct see_copy copy;    /* from the source that is being read */
    char *target;
    bool is_new;                 /* it was not there before */
    bool is_done;                /* all of it is stored */
    struct see_contain *contain; /* NULL when it is not */
    const char *const *sources;  /* as the user named them */
    char **paths;                /* without links */
    size_t count;
    struct sharded *sharded;
    size_t sharded_count;
    const struct see_suppressions *known;     /* NULL: nothing */
    const volatile sig_atomic_t *is_stopping; /* NULL: nobody can stop it */
};

/* How much SQLite does, in steps of its machine, before it is asked whether to go on. */
#define STEPS 10000

static int is_over(void *ctx)
{
    const struct see_merge *merge = ctx;
    return *merge->is_stopping != 0;
}

/* NULL: what is done from here on is done to the end. */
static void watch(struct see_merge *merge, sqlite3 *db, int (*wants_end)(void *))
{
    if (merge->is_stopping != NULL) {
        sqlite3_progress_handler(db, STEPS, wants_end, merge);
    }
}

/*
 * What the shards of one run have in common, and which one this is: only where the database holds
 * one run and nothing else, since only then its ids are those of the run.
 */
static int read_shard(struct see_merge *merge, char **ret_mark, char **ret_shard)
{
    static const char mark[] =
        "SELECT CASE WHEN count(DISTINCT run) = 1 AND min(run) = 1 AND min(id) = 1"
        "            AND count(json_extract(options, '$.shard')) = count(*)"
        " THEN json_group_array(json_array(id, source, kind, first_time_ns, last_time_ns, packets,"
        "      bytes, status, tool_version, json_remove(options, '$.shard'),"
        "      substr(json_extract(options, '$.shard'),"
        "             instr(json_extract(options, '$.shard'), '/')))) END"
        "  FROM (SELECT * FROM captures ORDER BY id)";
    int rc = see_sql_ask(merge->copy.from, mark, ret_mark);
    *ret_shard = NULL;
    if (rc == SQLITE_OK && *ret_mark != NULL) {
        rc =
            see_sql_ask(merge->copy.from,
                        "SELECT json_extract(options, '$.shard') FROM captures LIMIT 1", ret_shard);
    }
    return rc == SQLITE_OK ? SEE_OK : see_copy_failed_in_source(&merge->copy, rc);
}

/* The run of which other shards came already, but not this one; NULL when there is none. */
static struct sharded *find_sharded(struct see_merge *merge, const char *mark, const char *shard)
{
    char word[64];
    snprintf(word, sizeof(word), " %s ", shard);
    for (size_t i = 0; i < merge->sharded_count; i++) {
        struct sharded *known = &merge->sharded[i];
        if (strcmp(known->mark, mark) == 0 && strstr(known->seen.ptr, word) == NULL) {
            see_text_printf(&known->seen, "%s ", shard);
            return known;
        }
    }
    return NULL;
}

/* Takes the mark over. */
static int add_sharded(struct see_merge *merge, char *mark, const char *shard,
                       const struct see_move *move)
{
    struct sharded *more =
        realloc(merge->sharded, (merge->sharded_count + 1) * sizeof(*merge->sharded));
    if (more == NULL) {
        free(mark);
        return SEE_ENOMEM;
    }
    merge->sharded = more;
    struct sharded *fresh = &more[merge->sharded_count++];
    *fresh = (struct sharded){.mark = mark, .move = *move};
    see_text_printf(&fresh->seen, " %s ", shard);
    return see_text_status(&fresh->seen);
}

/* Where the rows of the source go: behind all others, or to the other shards of their run. */
static int place(struct see_merge *merge, struct see_move *ret_move, bool *ret_is_first)
{
    char *mark = NULL, *shard = NULL;
    *ret_is_first = true;
    int status = see_copy_read_move(&merge->copy, ret_move);
    if (status == SEE_OK) {
        status = read_shard(merge, &mark, &shard);
    }
    struct sharded *known =
        status == SEE_OK && shard != NULL ? find_sharded(merge, mark, shard) : NULL;
    if (known != NULL) {
        /* Findings and pairings have ids of their own in each shard. */
        int64_t finding = ret_move->by[SEE_COPY_FINDING];
        int64_t pairing = ret_move->by[SEE_COPY_PAIRING];
        *ret_move = known->move;
        ret_move->by[SEE_COPY_FINDING] = finding;
        ret_move->by[SEE_COPY_PAIRING] = pairing;
        *ret_is_first = false;
        status = see_text_status(&known->seen);
    } else if (status == SEE_OK && shard != NULL) {
        status = add_sharded(merge, mark, shard, ret_move);
        mark = NULL;
    }
    free(mark);
    free(shard);
    return status;
}

static int merge_source(struct see_merge *merge, size_t number)
{
    struct see_move move = {{0}};
    bool is_first;
    merge->copy.source = merge->sources[number];
    see_files_source(number, merge->paths[number]);
    int status = see_database_open_reader(&merge->copy.from, merge->copy.source, merge->copy.error,
                                          merge->copy.error_size);
    if (status != SEE_OK) {
        return status;
    }
    watch(merge, merge->copy.from, is_over);
    status = place(merge, &move, &is_first);
    if (status == SEE_OK) {
        status = see_copy_tables(&merge->copy, &move, is_first);
    }
    sqlite3_close(merge->copy.from);
    merge->copy.from = NULL;
    return status;
}

/* A run of which all shards are here is a whole one. */
static int close_runs(struct see_merge *merge)
{
    static const char sql[] =
        "UPDATE captures SET options = json_remove(options, '$.shard') WHERE run = ?";
    for (size_t i = 0; i < merge->sharded_count; i++) {
        const struct sharded *run = &merge->sharded[i];
        const char *total = strchr(run->seen.ptr, '/');
        long wanted = total != NULL ? strtol(total + 1, NULL, 10) : 0, seen = 0;
        for (const char *at = run->seen.ptr; (at = strchr(at, '/')) != NULL; at++) {
            seen++;
        }
        sqlite3_stmt *statement = NULL;
        int rc = seen == wanted ? sqlite3_prepare_v2(merge->copy.into, sql, -1, &statement, NULL)
                                : SQLITE_OK;
        if (rc == SQLITE_OK && statement != NULL) {
            sqlite3_bind_int64(statement, 1, run->move.by[SEE_COPY_CAPTURE] + 1);
            rc = sqlite3_step(statement) == SQLITE_DONE ? SQLITE_OK
                                                        : sqlite3_errcode(merge->copy.into);
        }
        sqlite3_finalize(statement);
        if (rc != SQLITE_OK) {
            return see_copy_failed_in_target(&merge->copy, rc);
        }
    }
    return SEE_OK;
}

/* Whether a rule was on in a run that was merged, as its options tell. */
static int was_on(struct see_merge *merge, const char *rule, bool *ret_was_on)
{
    static const char sql[] =
        "SELECT EXISTS (SELECT 1 FROM captures AS c WHERE c.id > ?2 AND json_valid(c.options)"
        "   AND ?1 NOT IN (SELECT value FROM json_each(c.options, '$.disable'))"
        "   AND (?1 IN (SELECT value FROM json_each(c.options, '$.only'))"
        "        OR ifnull(json_array_length(c.options, '$.only'), 0) = 0))";
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(merge->copy.into, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(statement, 1, rule, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, merge->store->bases.capture);
        rc = sqlite3_step(statement);
    }
    *ret_was_on = rc == SQLITE_ROW && sqlite3_column_int(statement, 0) != 0;
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW ? SEE_OK : see_copy_failed_in_target(&merge->copy, rc);
}

static int count_finding(void *ctx, const struct see_rule *rule,
                         const struct see_across_finding *finding)
{
    struct see_merge *merge = ctx;
    (void)rule;
    (void)finding;
    merge->copy.findings++;
    return SEE_OK;
}

/* The rules about all captures of a database have more to look at now; shards left them alone. */
static int look_across(struct see_merge *merge)
{
    struct see_across_sink sink = {merge, count_finding};
    merge->store->has_exchange = true; /* or there was nothing to merge */
    int status = SEE_OK;
    for (size_t i = 0; see_rules_all[i] != NULL && status == SEE_OK; i++) {
        const struct see_rule *rule = see_rules_all[i];
        bool is_on = false;
        if (rule->subject != SEE_SUBJECT_CAPTURES) {
            continue;
        }
        status = was_on(merge, rule->id, &is_on);
        if (status == SEE_OK && is_on) {
            status = see_store_across(merge->store, rule, merge->known, sink);
            if (status != SEE_OK) {
                status = see_fault_say(status, merge->copy.error, merge->copy.error_size, "%s",
                                       see_store_error(merge->store));
            }
        }
    }
    return status;
}

/* All of it in the one batch of the store, which closing it commits. */
static int merge_all(struct see_merge *merge)
{
    int status = see_batch_begin(merge->store);
    watch(merge, merge->copy.into, is_over);
    for (size_t i = 0; i < merge->count && status == SEE_OK; i++) {
        status = merge_source(merge, i);
    }
    see_files_source(0, NULL);
    if (status == SEE_OK) {
        status = close_runs(merge);
    }
    if (status == SEE_OK) {
        status = look_across(merge);
    }
    watch(merge, merge->copy.into, NULL);
    if (status != SEE_OK) {
        /* The sentence is written already; a rollback that fails as well adds nothing. */
        sqlite3_exec(merge->copy.into, "ROLLBACK", NULL, NULL, NULL);
        merge->store->is_in_batch = false;
    }
    return status;
}

static int check_sources(const struct see_merge *merge, char *error, size_t error_size)
{
    struct stat into, from;
    bool exists = stat(merge->target, &into) == 0;
    for (size_t i = 0; i < merge->count; i++) {
        const char *source = merge->sources[i];
        if (exists && stat(source, &from) == 0 && from.st_dev == into.st_dev &&
            from.st_ino == into.st_ino) {
            return see_fault_say(SEE_EINVAL, error, error_size,
                                 "%s is what is merged into; name another database with -d",
                                 source);
        }
    }
    for (size_t i = 0; i < merge->count; i++) {
        int status = see_database_look(merge->sources[i], error, error_size);
        if (status != SEE_OK) {
            return status;
        }
    }
    return SEE_OK;
}

/* SQLite follows links, and later there is no way to. */
static int resolve_sources(struct see_merge *merge)
{
    merge->paths = calloc(merge->count + 1, sizeof(*merge->paths));
    for (size_t i = 0; merge->paths != NULL && i < merge->count; i++) {
        merge->paths[i] = realpath(merge->sources[i], NULL);
        if (merge->paths[i] == NULL && errno == ENOMEM) {
            return SEE_ENOMEM;
        }
    }
    return merge->paths != NULL ? SEE_OK : SEE_ENOMEM;
}

static void merge_free(struct see_merge *merge)
{
    for (size_t i = 0; i < merge->sharded_count; i++) {
        free(merge->sharded[i].mark);
        see_text_finish(&merge->sharded[i].seen);
    }
    free(merge->sharded);
    for (size_t i = 0; merge->paths != NULL && i < merge->count; i++) {
        free(merge->paths[i]);
    }
    free(merge->paths);
    free(merge->target);
    free(merge);
}

int see_merge_open(struct see_merge **ret_merge, const char *target, const char *const *sources,
                   size_t count, char *error, size_t error_size)
{
    const struct see_store_options options = {.is_redacting = true};
    struct see_merge *merge = calloc(1, sizeof(*merge));
    *ret_merge = NULL;
    if (merge == NULL || (merge->target = strdup(target)) == NULL) {
        free(merge);
        return see_fault_say(SEE_ENOMEM, error, error_size, "%s", see_status_text(SEE_ENOMEM));
    }
    merge->sources = sources;
    merge->count = count;
    merge->is_new = access(target, F_OK) != 0;
    int status = check_sources(merge, error, error_size);
    if (status == SEE_OK && resolve_sources(merge) != SEE_OK) {
        status = see_fault_say(SEE_ENOMEM, error, error_size, "%s", see_status_text(SEE_ENOMEM));
    }
    if (status == SEE_OK) {
        status = see_store_open(&merge->store, target, &options, error, error_size);
    }
    if (status != SEE_OK) {
        merge_free(merge);
        return status;
    }
    merge->copy.into = merge->store->database.db;
    merge->copy.target = merge->target;
    *ret_merge = merge;
    return SEE_OK;
}

int see_merge_contained(struct see_merge *merge, struct see_contain *contain)
{
    merge->contain = contain;
    return see_store_contained(merge->store, contain);
}

void see_merge_know(struct see_merge *merge, const struct see_suppressions *known)
{
    merge->known = known;
}

int see_merge_run(struct see_merge *merge, struct see_merge_counts *ret_counts, char *error,
                  size_t error_size)
{
    merge->copy.error = error;
    merge->copy.error_size = error_size;
    int status = merge_all(merge);
    if (status == SEE_OK && see_store_finish(merge->store) != SEE_OK) {
        status = see_fault_say(SEE_EIO, error, error_size, "%s", see_store_error(merge->store));
    }
    if (status == SEE_ENOMEM && error_size > 0 && error[0] == '\0') {
        snprintf(error, error_size, "%s", see_status_text(status));
    }
    merge->is_done = status == SEE_OK;
    *ret_counts = (struct see_merge_counts){merge->copy.captures, merge->copy.findings};
    return status;
}

void see_merge_until(struct see_merge *merge, const volatile sig_atomic_t *is_stopping)
{
    merge->is_stopping = is_stopping;
}

/* Nobody need know that it was tried.  That it stays behind when it cannot be removed is no harm.
 */
static void take_back(const struct see_merge *merge)
{
    int result = merge->contain != NULL ? see_contain_remove(merge->contain, SEE_FILE_DATABASE)
                                        : unlink(merge->target);
    (void)result;
}

int see_merge_close(struct see_merge *merge)
{
    if (merge == NULL) {
        return SEE_OK;
    }
    int status = see_store_close(merge->store);
    if (!merge->is_done && merge->is_new) {
        take_back(merge);
    }
    merge_free(merge);
    return status;
}
