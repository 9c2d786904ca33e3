/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/query.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "store/fault.h"
#include "store/files.h"
#include "store/reader.h"

struct see_query {
    sqlite3 *db;
    bool is_borrowed;
    char *path;
    bool is_contained;
    char error[512];
};

int see_query_open(struct see_query **ret_query, const char *path, char *error, size_t error_size)
{
    *ret_query = NULL;
    struct see_query *query = calloc(1, sizeof(*query));
    char *copy = strdup(path);
    if (query == NULL || copy == NULL) {
        free(query);
        free(copy);
        return see_fault_say(SEE_ENOMEM, error, error_size, "%s: out of memory", path);
    }
    query->path = copy;
    int status = see_database_open_reader(&query->db, path, error, error_size);
    if (status != SEE_OK) {
        see_query_close(query);
        return status;
    }
    *ret_query = query;
    return SEE_OK;
}

struct see_query *see_query_borrow(struct sqlite3 *db, const char *path)
{
    struct see_query *query = calloc(1, sizeof(*query));
    char *copy = strdup(path);
    if (query == NULL || copy == NULL) {
        free(query);
        free(copy);
        return NULL;
    }
    *query = (struct see_query){.db = db, .is_borrowed = true, .path = copy};
    return query;
}

/* Whether SQL finds another statement in `rest`, after what may be blanks and comments. */
static int has_statement(sqlite3 *db, const char *rest, bool *ret_has)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, rest, -1, &statement, NULL);
    *ret_has = statement != NULL || rc == SQLITE_ERROR || rc == SQLITE_AUTH;
    sqlite3_finalize(statement);
    return *ret_has ? SQLITE_OK : rc;
}

static int prepare_failed(struct see_query *query, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_AUTH:
        return see_fault_say(SEE_EINVAL, query->error, sizeof(query->error),
                             "only reading is allowed (%s)", sqlite3_errmsg(query->db));
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
        return see_fault_say(SEE_EINVAL, query->error, sizeof(query->error), "%s",
                             sqlite3_errmsg(query->db));
    default:
        return see_fault(query->db, rc, query->path, query->error, sizeof(query->error));
    }
}

static int prepare(struct see_query *query, const char *sql, sqlite3_stmt **ret_statement)
{
    const char *rest = NULL;
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(query->db, sql, -1, &statement, &rest);
    if (rc != SQLITE_OK) {
        return prepare_failed(query, rc);
    }
    if (statement == NULL) {
        return see_fault_say(SEE_EINVAL, query->error, sizeof(query->error), "there is no SQL");
    }
    /* VACUUM asks the authorizer too late; but whatever answers nothing is no question. */
    if (sqlite3_column_count(statement) == 0) {
        sqlite3_finalize(statement);
        return see_fault_say(SEE_EINVAL, query->error, sizeof(query->error),
                             "only reading is allowed");
    }
    bool has_more = false;
    rc = has_statement(query->db, rest, &has_more);
    int status = SEE_OK;
    if (rc != SQLITE_OK) {
        status = prepare_failed(query, rc);
    } else if (has_more) {
        status = see_fault_say(SEE_EINVAL, query->error, sizeof(query->error),
                               "there is more than one SQL statement");
    }
    if (status != SEE_OK) {
        sqlite3_finalize(statement);
        return status;
    }
    *ret_statement = statement;
    return SEE_OK;
}

/* The sentence that names the parameters which the statement has. */
static int no_such_param(struct see_query *query, sqlite3_stmt *statement, const char *name)
{
    struct see_text names;
    see_text_init(&names);
    int count = sqlite3_bind_parameter_count(statement);
    for (int i = 1; i <= count; i++) {
        const char *known = sqlite3_bind_parameter_name(statement, i);
        see_text_add_string(&names, names.len > 0 && known != NULL ? ", " : "");
        see_text_add_string(&names, known != NULL ? known + 1 : "");
    }
    bool has_names = names.len > 0 && see_text_status(&names) == SEE_OK;
    int status = see_fault_say(
        SEE_EINVAL, query->error, sizeof(query->error), "there is no parameter '%s'; %s%s", name,
        has_names ? "there are: " : "there are none", has_names ? names.ptr : "");
    see_text_finish(&names);
    return status;
}

bool see_query_integer(const char *value, int64_t *ret_integer)
{
    const char *digits = value + (value[0] == '-');
    size_t len = strspn(digits, "0123456789");
    if (len == 0 || digits[len] != '\0' || (digits[0] == '0' && (len > 1 || digits != value))) {
        return false;
    }
    errno = 0;
    long long integer = strtoll(value, NULL, 10);
    *ret_integer = integer;
    return errno == 0;
}

static int bind_param(struct see_query *query, sqlite3_stmt *statement,
                      const struct see_query_param *param)
{
    const char *name = param->name + (strchr(":@$", param->name[0]) != NULL && param->name[0]);
    int count = sqlite3_bind_parameter_count(statement);
    bool is_known = false;
    int rc = SQLITE_OK;
    for (int i = 1; i <= count && rc == SQLITE_OK; i++) {
        const char *known = sqlite3_bind_parameter_name(statement, i);
        int64_t integer = 0;
        if (known == NULL || strcmp(known + 1, name) != 0) {
            continue;
        }
        is_known = true;
        rc = see_query_integer(param->value, &integer)
                 ? sqlite3_bind_int64(statement, i, integer)
                 : sqlite3_bind_text(statement, i, param->value, -1, SQLITE_TRANSIENT);
    }
    if (rc != SQLITE_OK) {
        return prepare_failed(query, rc);
    }
    return is_known ? SEE_OK : no_such_param(query, statement, name);
}

static int send_columns(sqlite3_stmt *statement, struct see_query_sink sink)
{
    int count = sqlite3_column_count(statement);
    struct see_view *names = calloc((size_t)count + 1, sizeof(*names));
    if (names == NULL) {
        return SEE_ENOMEM;
    }
    for (int i = 0; i < count; i++) {
        const char *name = sqlite3_column_name(statement, i);
        names[i] = see_view_of(name != NULL ? name : "?");
    }
    int status = sink.columns(sink.ctx, names, (size_t)count);
    free(names);
    return status;
}

static enum see_cell_kind kind_of(int type)
{
    switch (type) {
    case SQLITE_INTEGER:
        return SEE_CELL_INTEGER;
    case SQLITE_FLOAT:
        return SEE_CELL_REAL;
    case SQLITE_TEXT:
        return SEE_CELL_TEXT;
    case SQLITE_BLOB:
        return SEE_CELL_BLOB;
    default:
        return SEE_CELL_NULL;
    }
}

static bool read_cell(sqlite3_stmt *statement, int column, struct see_cell *ret_cell)
{
    *ret_cell = (struct see_cell){.kind = kind_of(sqlite3_column_type(statement, column))};
    if (ret_cell->kind == SEE_CELL_NULL) {
        return true;
    }
    const void *ptr = ret_cell->kind == SEE_CELL_BLOB
                          ? sqlite3_column_blob(statement, column)
                          : (const void *)sqlite3_column_text(statement, column);
    /* The length asked after the text is that of the text; an empty blob has no pointer. */
    int len = sqlite3_column_bytes(statement, column);
    ret_cell->text = (struct see_view){ptr != NULL ? ptr : "", ptr != NULL ? (size_t)len : 0};
    return ptr != NULL || ret_cell->kind == SEE_CELL_BLOB;
}

static int send_rows(struct see_query *query, sqlite3_stmt *statement, struct see_query_sink sink)
{
    int count = sqlite3_column_count(statement);
    struct see_cell *cells = calloc((size_t)count + 1, sizeof(*cells));
    int status = cells != NULL ? SEE_OK : SEE_ENOMEM;
    while (status == SEE_OK) {
        int rc = sqlite3_step(statement);
        if (rc != SQLITE_ROW) {
            status = rc == SQLITE_DONE ? SEE_OK : prepare_failed(query, rc);
            break;
        }
        for (int i = 0; i < count && status == SEE_OK; i++) {
            status = read_cell(statement, i, &cells[i]) ? SEE_OK : SEE_ENOMEM;
        }
        status = status == SEE_OK ? sink.row(sink.ctx, cells, (size_t)count) : status;
    }
    free(cells);
    return status;
}

int see_query_run(struct see_query *query, const char *sql, const struct see_query_param *params,
                  size_t param_count, struct see_query_sink sink)
{
    query->error[0] = '\0';
    sqlite3_stmt *statement = NULL;
    int status = prepare(query, sql, &statement);
    for (size_t i = 0; i < param_count && status == SEE_OK; i++) {
        status = bind_param(query, statement, &params[i]);
    }
    if (status == SEE_OK) {
        status = send_columns(statement, sink);
    }
    if (status == SEE_OK) {
        status = send_rows(query, statement, sink);
    }
    sqlite3_finalize(statement);
    return status;
}

const char *see_query_error(const struct see_query *query)
{
    return query->error;
}

int see_query_contained(struct see_query *query, struct see_contain *contain)
{
    int status = see_reader_contained(query->db, contain);
    query->is_contained = status == SEE_OK;
    return status;
}

void see_query_close(struct see_query *query)
{
    if (query != NULL) {
        sqlite3_close(query->is_borrowed ? NULL : query->db);
        if (query->is_contained) {
            see_files_ask_nobody();
        }
        free(query->path);
        free(query);
    }
}
