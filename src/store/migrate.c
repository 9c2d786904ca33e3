/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/migrate.h"

#include <stdio.h>

#include "store/fault.h"
#include "store/sql.h"

/* Version 1 is the first; the step from 1 to 2 will stand first here. */
const char *const see_schema_steps[] = {NULL};

static int read_number(sqlite3 *db, const char *sql, int *ret_number)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    if (rc == SQLITE_ROW) {
        *ret_number = sqlite3_column_int(statement, 0);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return rc;
}

int see_schema_identify(sqlite3 *db, const char *path, int *ret_version, char *error,
                        size_t error_size)
{
    int application = 0, version = 0, has_objects = 0;
    int rc = read_number(db, "PRAGMA application_id", &application);
    if (rc == SQLITE_OK) {
        rc = read_number(db, "PRAGMA user_version", &version);
    }
    if (rc == SQLITE_OK) {
        rc = read_number(db, "SELECT EXISTS (SELECT 1 FROM sqlite_schema)", &has_objects);
    }
    if (rc != SQLITE_OK) {
        return see_fault(db, rc, path, error, error_size);
    }
    if (application == 0 && version == 0 && has_objects == 0) {
        *ret_version = 0;
        return SEE_OK;
    }
    if (application != SEE_APPLICATION_ID || version < 1) {
        return see_fault_say(SEE_EFORMAT, error, error_size, "%s is not a seeother database", path);
    }
    if (version > SEE_SCHEMA_VERSION) {
        return see_fault_say(SEE_ENEWER, error, error_size,
                             "%s was made by a newer seeother: its schema version is %d, this "
                             "program knows versions up to %d",
                             path, version, SEE_SCHEMA_VERSION);
    }
    *ret_version = version;
    return SEE_OK;
}

/* Runs the statements and sets the version, all or nothing. */
static int run_in_transaction(sqlite3 *db, const char *const *steps, int count, int version)
{
    char mark[96];
    snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             SEE_APPLICATION_ID, version);
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (int i = 0; i < count && rc == SQLITE_OK; i++) {
        rc = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
    }
    return rc == SQLITE_OK ? sqlite3_exec(db, mark, NULL, NULL, NULL) : rc;
}

static int run_all(sqlite3 *db, const char *path, const char *const *steps, int count, int version,
                   char *error, size_t error_size)
{
    int rc = run_in_transaction(db, steps, count, version);
    int status = see_fault(db, rc, path, error, error_size);
    if (!sqlite3_get_autocommit(db)) {
        /* The sentence is written already; a rollback that fails as well adds nothing. */
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

int see_schema_create(sqlite3 *db, const char *path, char *error, size_t error_size)
{
    const char *const schema[] = {see_sql_find(see_sql_store, "schema")};
    return run_all(db, path, schema, 1, SEE_SCHEMA_VERSION, error, error_size);
}

int see_schema_migrate(sqlite3 *db, const char *path, const char *const *steps, int from, int to,
                       char *error, size_t error_size)
{
    if (from >= to) {
        return SEE_OK;
    }
    return run_all(db, path, steps + (from - 1), to - from, to, error, error_size);
}
