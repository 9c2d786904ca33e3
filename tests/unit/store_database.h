/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store_database - databases in a folder of the test's own, and what is in them.
 */
#ifndef SEE_TESTS_STORE_DATABASE_H
#define SEE_TESTS_STORE_DATABASE_H

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store_records.h"

static char folder[] = "/tmp/seeother-store-XXXXXX";
static char db_path[256];

static const struct see_store_options plain_options = {
    .is_redacting = true,
    .tool_version = "1.2.3",
    .options_json = "{\"window\":30}",
};

/* A name in the test's folder that nothing has yet. */
static inline const char *fresh(void)
{
    static int count;
    snprintf(db_path, sizeof(db_path), "%s/%d.db", folder, ++count);
    return db_path;
}

static inline struct see_store *open_store(const char *path,
                                           const struct see_store_options *options)
{
    struct see_store *store = NULL;
    char error[512] = "";
    int status = see_store_open(&store, path, options, error, sizeof(error));
    if (status != SEE_OK) {
        fail_msg("%s", error);
    }
    return store;
}

static inline void fill(const char *path, const struct see_store_options *options)
{
    struct records records;
    records_init(&records);
    struct see_store *store = open_store(path, options);
    int status = records_fill(store, &records);
    if (status != SEE_OK) {
        fail_msg("%s", see_store_error(store));
    }
    assert_int_equal(see_store_close(store), SEE_OK);
}

static inline sqlite3 *open_reader(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    return db;
}

static inline void add_row(char *text, size_t size, sqlite3_stmt *statement)
{
    size_t len = strlen(text);
    for (int i = 0; i < sqlite3_column_count(statement) && len < size; i++) {
        const char *cell = (const char *)sqlite3_column_text(statement, i);
        len += (size_t)snprintf(text + len, size - len, "%s%s", i > 0 ? "|" : "",
                                cell != NULL ? cell : "-");
    }
    snprintf(text + strlen(text), size - strlen(text), "\n");
}

/* The rows as `a|b` lines, NULL as `-`. */
static inline const char *ask(const char *path, const char *sql)
{
    static char text[8192];
    sqlite3 *db = open_reader(path);
    sqlite3_stmt *statement = NULL;
    text[0] = '\0';
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    int rc = sqlite3_step(statement);
    while (rc == SQLITE_ROW) {
        add_row(text, sizeof(text), statement);
        rc = sqlite3_step(statement);
    }
    assert_int_equal(rc, SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return text;
}

static inline void execute(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Runs `work` in a process of its own; what it exits with, or the negative signal. */
static inline int in_child(int (*work)(const char *path), const char *path)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(work(path));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

#endif
