/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/across.h"

#include "store/batch.h"
#include "store/fault.h"
#include "store/sql.h"
#include "store/state.h"

static void bind(sqlite3_stmt *statement, const char *name, int64_t value)
{
    int index = sqlite3_bind_parameter_index(statement, name);
    if (index > 0) {
        /* Fails for an index out of range only. */
        sqlite3_bind_int64(statement, index, value);
    }
}

/* A text argument, absent when it is NULL. */
static struct see_view argument(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    return (struct see_view){text, text != NULL ? (size_t)sqlite3_value_bytes(value) : 0};
}

/* known(rule, client, uri): why, or NULL. */
static void say_why_known(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct see_suppressions *known = sqlite3_user_data(context);
    const char *rule = (const char *)sqlite3_value_text(values[0]);
    const struct see_suppression *entry =
        known != NULL && rule != NULL
            ? see_suppressions_find(known, rule, argument(values[1]), argument(values[2]))
            : NULL;
    (void)count;
    if (entry != NULL) {
        sqlite3_result_text64(context, entry->reason.ptr, entry->reason.len, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
    }
}

/* The list is the caller's, so nobody may ask later. */
static int set_known(sqlite3 *db, const struct see_suppressions *known)
{
    return sqlite3_create_function_v2(db, "known", 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                      (void *)(uintptr_t)known, say_why_known, NULL, NULL, NULL);
}

/*
 * The rule's SELECT, less the subjects that have their finding, into `findings`: those that have
 * one that was known only when they are not known any more.  The rows come out in the order of
 * their ids.
 */
static int prepare(struct see_store *store, const struct see_rule *rule,
                   sqlite3_stmt **ret_statement)
{
    struct see_text *sql = &store->draft;
    struct see_view select = see_view_of(see_sql_find(see_sql_queries, rule->id));
    while (select.len > 0 && select.ptr[select.len - 1] != ';') {
        select.len--;
    }
    see_text_clear(sql);
    see_text_add_string(
        sql, "INSERT INTO finding (capture_id, redirect_id, exchange_id, time_ns, rule, severity,"
             " strength, party, message, evidence, suppressed)"
             " SELECT f.capture_id, f.redirect_id, f.exchange_id, f.time_ns, :rule, :severity,"
             " :strength, :party, f.message, f.evidence, f.why FROM (SELECT q.*, known(:rule,"
             " (SELECT client FROM exchange WHERE id = q.exchange_id),"
             " (SELECT uri FROM exchange WHERE id = q.exchange_id)) AS why FROM (");
    see_text_add(sql, see_view_cut(select, 0, select.len > 0 ? select.len - 1 : 0));
    see_text_add_string(
        sql, ") AS q) AS f WHERE f.subject NOT IN (SELECT evidence ->> '$.subject' FROM finding"
             "   WHERE rule = :rule AND suppressed IS NULL)"
             " AND (f.why IS NULL OR f.subject NOT IN (SELECT evidence ->> '$.subject'"
             "   FROM finding WHERE rule = :rule))"
             " RETURNING id, time_ns, message, evidence, suppressed");
    if (see_text_status(sql) != SEE_OK) {
        return SQLITE_NOMEM;
    }
    return sqlite3_prepare_v2(store->database.db, sql->ptr, -1, ret_statement, NULL);
}

static void bind_all(const struct see_store *store, const struct see_rule *rule,
                     sqlite3_stmt *statement)
{
    const struct {
        const char *name, *value;
    } words[] = {
        {":rule", rule->id},
        {":severity", see_severity_name(rule->severity)},
        {":strength", see_strength_name(rule->strength)},
        {":party", see_party_name(rule->party)},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        int index = sqlite3_bind_parameter_index(statement, words[i].name);
        sqlite3_bind_text(statement, index, words[i].value, -1, SQLITE_STATIC);
    }
    bind(statement, ":suppressed", true); /* what is known is told apart here */
    bind(statement, ":redirect", store->bases.redirect);
    bind(statement, ":exchange", store->bases.exchange);
}

static struct see_view column(sqlite3_stmt *statement, int index)
{
    const char *text = (const char *)sqlite3_column_text(statement, index);
    return (struct see_view){text,
                             text != NULL ? (size_t)sqlite3_column_bytes(statement, index) : 0};
}

/* SQLite inserts all rows before it returns the first one, so the sink may fail at any. */
static int hand_on(struct see_store *store, const struct see_rule *rule, sqlite3_stmt *statement,
                   struct see_across_sink sink)
{
    int status = SEE_OK;
    int rc = SQLITE_DONE;
    while (status == SEE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct see_across_finding finding = {
            .id = sqlite3_column_int64(statement, 0),
            .time_ns = sqlite3_column_int64(statement, 1),
            .message = column(statement, 2),
            .evidence = column(statement, 3),
            .suppressed = column(statement, 4),
        };
        status = sink.finding(sink.ctx, rule, &finding);
    }
    return status == SEE_OK && rc != SQLITE_DONE ? see_batch_failed(store, rc) : status;
}

/*
 * A sort keeps as much in memory as a cache may have, and some of these queries sort several times
 * at once; the rest goes to a temporary file.
 */
#define SORT_IN_LITTLE "PRAGMA cache_size = -256"

int see_store_across(struct see_store *store, const struct see_rule *rule,
                     const struct see_suppressions *known, struct see_across_sink sink)
{
    sqlite3_stmt *statement = NULL;
    if (!store->has_exchange) {
        return store->failed; /* each of them asks about those of this run */
    }
    int status = see_batch_begin(store);
    if (status == SEE_OK) {
        status = see_store_index(store); /* which waits for the writer */
    }
    if (status != SEE_OK) {
        return status;
    }
    sqlite3 *db = store->database.db;
    int rc = sqlite3_exec(db, SORT_IN_LITTLE, NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        rc = set_known(db, known);
    }
    if (rc == SQLITE_OK) {
        rc = prepare(store, rule, &statement);
    }
    if (rc == SQLITE_OK) {
        bind_all(store, rule, statement);
        status = hand_on(store, rule, statement, sink);
    } else {
        status = see_batch_failed(store, rc);
    }
    sqlite3_finalize(statement);
    set_known(db, NULL);
    sqlite3_exec(db, SEE_DATABASE_CACHE, NULL, NULL, NULL);
    return status == SEE_OK ? store_read_greatest_finding(store) : status;
}
