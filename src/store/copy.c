/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/copy.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "store/fault.h"
#include "store/sql.h"

static const struct table {
    const char *name;
    const char *conflict; /* what becomes of a row that is there already */
    enum see_copy_entity
        id; /* of its column `id`; SEE_COPY_PLAIN: it has none, or it is no number */
    bool is_of_first_shard; /* every shard has all of it */
} tables[] = {
    {"captures", "", SEE_COPY_CAPTURE, true},
    {"connection", "OR IGNORE ", SEE_COPY_CONNECTION, false},
    {"exchange", "OR IGNORE ", SEE_COPY_EXCHANGE, false},
    {"pairing", "", SEE_COPY_PAIRING, false},
    {"redirect", "OR IGNORE ", SEE_COPY_REDIRECT, false},
    {"finding", "", SEE_COPY_FINDING, false},
    {"coverage", "", SEE_COPY_PLAIN, true},
    {"rules", "OR IGNORE ", SEE_COPY_PLAIN, false},
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

#define COLUMNS_MAX 64

int see_copy_failed_in_target(const struct see_copy *copy, int rc)
{
    return see_fault(copy->into, rc, copy->target, copy->error, copy->error_size);
}

int see_copy_failed_in_source(const struct see_copy *copy, int rc)
{
    return see_fault(copy->from, rc, copy->source, copy->error, copy->error_size);
}

static enum see_copy_entity entity_of(const struct table *table, const char *column)
{
    static const struct {
        const char *ending;
        enum see_copy_entity entity;
    } endings[] = {
        {"capture_id", SEE_COPY_CAPTURE},   {"connection_id", SEE_COPY_CONNECTION},
        {"exchange_id", SEE_COPY_EXCHANGE}, {"redirect_id", SEE_COPY_REDIRECT},
        {"chain_id", SEE_COPY_REDIRECT},    {"pairing_id", SEE_COPY_PAIRING},
        {"run", SEE_COPY_CAPTURE},
    };
    size_t len = strlen(column);
    if (strcmp(column, "id") == 0) {
        return table->id;
    }
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t end = strlen(endings[i].ending);
        if (len >= end && strcmp(column + len - end, endings[i].ending) == 0) {
            return endings[i].entity;
        }
    }
    return SEE_COPY_PLAIN;
}

/* The columns that are stored, as the target has them. */
struct columns {
    struct see_text names, marks; /* "id, source, ...", "?, ?, ..." */
    enum see_copy_entity entities[COLUMNS_MAX];
    int count;
};

static int read_columns(struct see_copy *copy, const struct table *table,
                        struct columns *ret_columns)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(copy->into, "SELECT name FROM pragma_table_info(?)", -1, &statement,
                                NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_text(statement, 1, table->name, -1, SQLITE_STATIC);
    }
    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW &&
           ret_columns->count < COLUMNS_MAX) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        const char *comma = ret_columns->count > 0 ? ", " : "";
        if (name == NULL) {
            rc = SQLITE_NOMEM;
            break;
        }
        see_text_printf(&ret_columns->names, "%s[%s]", comma, name);
        see_text_printf(&ret_columns->marks, "%s?", comma);
        ret_columns->entities[ret_columns->count++] = entity_of(table, name);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    if (rc != SQLITE_DONE) {
        return see_copy_failed_in_target(copy, rc);
    }
    return see_text_status(&ret_columns->names) == SEE_OK ? see_text_status(&ret_columns->marks)
                                                          : SEE_ENOMEM;
}

/* An id is moved, as far as a number is one and stays one: the source may be a stranger's. */
static int bind(sqlite3_stmt *insert, sqlite3_stmt *select, int column, enum see_copy_entity entity,
                const struct see_move *move)
{
    int64_t moved;
    if (entity == SEE_COPY_PLAIN || sqlite3_column_type(select, column) != SQLITE_INTEGER) {
        return sqlite3_bind_value(insert, column + 1, sqlite3_column_value(select, column));
    }
    if (__builtin_add_overflow(sqlite3_column_int64(select, column), move->by[entity], &moved)) {
        return SQLITE_MISMATCH;
    }
    return sqlite3_bind_int64(insert, column + 1, moved);
}

static int copy_rows(struct see_copy *copy, const struct table *table,
                     const struct columns *columns, sqlite3_stmt *select, sqlite3_stmt *insert,
                     const struct see_move *move)
{
    int rc;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
        int bound = SQLITE_OK;
        for (int i = 0; i < columns->count && bound == SQLITE_OK; i++) {
            bound = bind(insert, select, i, columns->entities[i], move);
        }
        if (bound == SQLITE_OK) {
            bound = sqlite3_step(insert);
            sqlite3_reset(insert);
        }
        if (bound != SQLITE_DONE) {
            return see_copy_failed_in_target(copy, bound);
        }
        int added = sqlite3_changes(copy->into);
        copy->captures += table->id == SEE_COPY_CAPTURE ? added : 0;
        copy->findings += table->id == SEE_COPY_FINDING ? added : 0;
    }
    return rc == SQLITE_DONE ? SEE_OK : see_copy_failed_in_source(copy, rc);
}

static int copy_table(struct see_copy *copy, const struct table *table, const struct see_move *move)
{
    struct columns columns = {.count = 0};
    struct see_text sql;
    sqlite3_stmt *select = NULL, *insert = NULL;
    see_text_init(&sql);
    int status = read_columns(copy, table, &columns);
    if (status == SEE_OK) {
        see_text_printf(&sql, "SELECT %s FROM %s ORDER BY rowid", columns.names.ptr, table->name);
        int rc = see_text_status(&sql) == SEE_OK
                     ? sqlite3_prepare_v2(copy->from, sql.ptr, -1, &select, NULL)
                     : SQLITE_NOMEM;
        status = rc == SQLITE_OK ? SEE_OK : see_copy_failed_in_source(copy, rc);
    }
    if (status == SEE_OK) {
        see_text_clear(&sql);
        see_text_printf(&sql, "INSERT %sINTO %s (%s) VALUES (%s)", table->conflict, table->name,
                        columns.names.ptr, columns.marks.ptr);
        int rc = see_text_status(&sql) == SEE_OK
                     ? sqlite3_prepare_v2(copy->into, sql.ptr, -1, &insert, NULL)
                     : SQLITE_NOMEM;
        status = rc == SQLITE_OK ? SEE_OK : see_copy_failed_in_target(copy, rc);
    }
    if (status == SEE_OK) {
        status = copy_rows(copy, table, &columns, select, insert, move);
    }
    sqlite3_finalize(select);
    sqlite3_finalize(insert);
    see_text_finish(&columns.names);
    see_text_finish(&columns.marks);
    see_text_finish(&sql);
    return status;
}

int see_copy_read_move(struct see_copy *copy, struct see_move *ret_move)
{
    static const struct {
        enum see_copy_entity entity;
        const char *sql;
    } greatest[] = {
        {SEE_COPY_CAPTURE, "SELECT ifnull(max(id), 0) FROM captures"},
        {SEE_COPY_CONNECTION, "SELECT ifnull(max(id), 0) FROM connection"},
        {SEE_COPY_EXCHANGE, "SELECT ifnull(max(id), 0) FROM exchange"},
        {SEE_COPY_PAIRING, "SELECT ifnull(max(id), 0) FROM pairing"},
        {SEE_COPY_REDIRECT, "SELECT ifnull(max(id), 0) FROM redirect"},
        {SEE_COPY_FINDING, "SELECT ifnull(max(id), 0) FROM finding"},
    };
    for (size_t i = 0; i < sizeof(greatest) / sizeof(greatest[0]); i++) {
        char *text;
        int rc = see_sql_ask(copy->into, greatest[i].sql, &text);
        if (rc != SQLITE_OK) {
            return see_copy_failed_in_target(copy, rc);
        }
        ret_move->by[greatest[i].entity] = strtoll(text, NULL, 10);
        free(text);
    }
    return SEE_OK;
}

int see_copy_tables(struct see_copy *copy, const struct see_move *move, bool is_first)
{
    int status = SEE_OK;
    for (size_t i = 0; i < TABLES && status == SEE_OK; i++) {
        if (is_first || !tables[i].is_of_first_shard) {
            status = copy_table(copy, &tables[i], move);
        }
    }
    return status;
}
