/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/migrate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/fault.h"
#include "store/sql.h"

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

/*
 * One of our tables that is none.  SQLite takes what is there from the column `sql` alone, so that
 * is asked: were there another statement for the same name, it would not read the schema at all.
 */
#define NO_TABLE                                                                           \
    "WITH ours (name) AS (VALUES ('captures'), ('connection'), ('exchange'), ('pairing')," \
    "  ('redirect'), ('finding'), ('rules'), ('coverage'))"                                \
    " SELECT name FROM ours WHERE NOT EXISTS (SELECT 1 FROM sqlite_schema AS s"            \
    "  WHERE s.type = 'table' AND s.name = ours.name AND s.rootpage > 0"                   \
    "    AND (s.sql GLOB 'CREATE TABLE ' || ours.name || '[ (]*'"                          \
    "         OR s.sql GLOB 'CREATE TABLE \"' || ours.name || '\"[ (]*'))"

int see_schema_check(sqlite3 *db, const char *path, char *error, size_t error_size)
{
    char *name = NULL;
    int status = see_fault(db, see_sql_ask(db, NO_TABLE, &name), path, error, error_size);
    if (status == SEE_OK && name != NULL) {
        status = see_fault_say(SEE_EFORMAT, error, error_size,
                               "%s is not a seeother database: '%s' is no table in it", path, name);
    }
    free(name);
    return status;
}

static const char *const *schema_of_now(void)
{
    static const char *schema[3];
    schema[0] = see_sql_find(see_sql_store, "schema");
    schema[1] = see_sql_find(see_sql_store, "views");
    return schema;
}

/* Runs the statements, up to a NULL. */
static int run_each(sqlite3 *db, const char *const *statements)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; statements[i] != NULL && rc == SQLITE_OK; i++) {
        rc = sqlite3_exec(db, statements[i], NULL, NULL, NULL);
    }
    return rc;
}

/* What is wrong with the SQL is so because of what users have made of the database. */
static int fault(sqlite3 *db, int rc, const char *path, int from, int to, char *error,
                 size_t error_size)
{
    if (from == 0 || (rc & 0xff) != SQLITE_ERROR) {
        return see_fault(db, rc, path, error, error_size);
    }
    return see_fault_say(
        SEE_EIO, error, error_size,
        "%s cannot be brought from schema version %d to %d, and stays as it is: %s", path, from, to,
        sqlite3_errmsg(db));
}

/* Runs the statements and sets the version, all or nothing; `from` is 0 for an empty database. */
static int run_all(sqlite3 *db, const char *path, const char *const *statements, int from,
                   int version, char *error, size_t error_size)
{
    char mark[96];
    snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             SEE_APPLICATION_ID, version);
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        rc = run_each(db, statements);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db, mark, NULL, NULL, NULL);
    }
    int status = fault(db, rc, path, from, version, error, error_size);
    if (!sqlite3_get_autocommit(db)) {
        /* The sentence is written already; a rollback that fails as well adds nothing. */
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

int see_schema_create(sqlite3 *db, const char *path, char *error, size_t error_size)
{
    return run_all(db, path, schema_of_now(), 0, SEE_SCHEMA_VERSION, error, error_size);
}

/* SQLite alters no table while there is a view that it cannot make sense of. */
#define DROP_VIEWS                                                                  \
    "SELECT group_concat(printf('DROP VIEW \"%w\";', name), '') FROM sqlite_schema" \
    " WHERE type = 'view'"
#define MAKE_VIEWS                                                                             \
    "SELECT group_concat(sql || char(10) || ';', '') FROM (SELECT sql FROM sqlite_schema AS s" \
    " WHERE (type = 'view' AND name NOT IN ('chains', 'connections', 'exchanges', 'findings'," \
    "        'redirects', 'violations'))"                                                      \
    "    OR (type = 'trigger' AND EXISTS (SELECT 1 FROM sqlite_schema AS v"                    \
    "                                      WHERE v.type = 'view' AND v.name = s.tbl_name))"    \
    " ORDER BY type = 'trigger', rowid)"

/* Views and their triggers on their way over a migration, as SQL; the caller frees both. */
struct aside {
    char *drop, *make; /* NULL: there are none */
};

static int read_views(sqlite3 *db, struct aside *ret_aside)
{
    int rc = see_sql_ask(db, DROP_VIEWS, &ret_aside->drop);
    return rc == SQLITE_OK ? see_sql_ask(db, MAKE_VIEWS, &ret_aside->make) : rc;
}

#define STEPS_MAX 16

int see_schema_migrate(sqlite3 *db, const char *path, const struct see_migration *migration,
                       char *error, size_t error_size)
{
    int from = migration->from, to = migration->to;
    const char *statements[STEPS_MAX + 5];
    struct aside aside = {NULL, NULL};
    size_t count = 0;
    if (from >= to) {
        return SEE_OK;
    }
    assert(to - from <= STEPS_MAX);
    int status = see_fault(db, read_views(db, &aside), path, error, error_size);
    statements[count++] = aside.drop != NULL ? aside.drop : "";
    statements[count++] = migration->first != NULL ? migration->first : "";
    for (int version = from; version < to; version++) {
        statements[count++] = migration->steps[version - 1];
    }
    statements[count++] = migration->views != NULL ? migration->views : "";
    statements[count++] = aside.make;
    statements[count] = NULL;
    if (status == SEE_OK) {
        status = run_all(db, path, statements, from, to, error, error_size);
    }
    free(aside.drop);
    free(aside.make);
    return status;
}

/* The first databases of version 1 have no place for the name of a slice. */
static int read_lack(sqlite3 *db, int version, const char **ret_first)
{
    int has_column = 1;
    int rc = version > 1 ? SQLITE_OK
                         : read_number(db,
                                       "SELECT count(*) FROM pragma_table_info('findings')"
                                       " WHERE name = 'evidence_file'",
                                       &has_column);
    *ret_first = has_column != 0 ? NULL : "ALTER TABLE findings ADD COLUMN evidence_file TEXT";
    return rc;
}

int see_schema_update(sqlite3 *db, const char *path, int from, char *error, size_t error_size)
{
    const char *const steps[] = {see_sql_find(see_sql_store, "step-1"),
                                 see_sql_find(see_sql_store, "step-2"),
                                 see_sql_find(see_sql_store, "step-3")};
    _Static_assert(sizeof(steps) / sizeof(steps[0]) == SEE_SCHEMA_VERSION - 1,
                   "the steps lead to the version that the schema has");
    struct see_migration migration = {
        .steps = steps,
        .views = see_sql_find(see_sql_store, "views"),
        .from = from,
        .to = SEE_SCHEMA_VERSION,
    };
    int rc = read_lack(db, from, &migration.first);
    int status = see_fault(db, rc, path, error, error_size);
    return status == SEE_OK ? see_schema_migrate(db, path, &migration, error, error_size) : status;
}
