/* SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "store/migrate.h"
#include "store/query.h"
#include "store_database.h"

static int be_killed(const char *path)
{
    struct records records;
    struct see_store *store = NULL;
    records_init(&records);
    if (see_store_open(&store, path, &plain_options, NULL, 0) != SEE_OK ||
        records_capture(store, "running") != SEE_OK ||
        records_redirects(store, &records) != SEE_OK || see_store_commit(store) != SEE_OK ||
        records_finding(store, NULL, &records.list[6].exchange, RECORDS_SERVER_RULE,
                        SEE_SEVERITY_INFO) != SEE_OK) {
        return 1;
    }
    return raise(SIGKILL);
}

static void test_killed_program(void **state)
{
    (void)state;
    const char *path = fresh();
    assert_int_equal(in_child(be_killed, path), -SIGKILL);
    assert_string_equal(ask(path, "SELECT status FROM captures"), "running\n");
    assert_int_equal(see_store_close(open_store(path, &plain_options)), SEE_OK);
    assert_string_equal(ask(path, "SELECT status, detail FROM captures"),
                        "interrupted|the program ended before the capture\n");
    assert_string_equal(ask(path, "SELECT count(*) FROM redirects"), "5\n");
    assert_string_equal(ask(path, "SELECT count(*) FROM findings"), "2\n");
    assert_string_equal(ask(path, "PRAGMA integrity_check"), "ok\n");
    assert_string_equal(ask(path, "PRAGMA journal_mode"), "delete\n");
}

static int try_to_open(const char *path)
{
    struct see_store *store = NULL;
    char error[512] = "";
    int status = see_store_open(&store, path, &plain_options, error, sizeof(error));
    if (status == SEE_EBUSY && strstr(error, "another seeother") == NULL) {
        return 99;
    }
    return status == SEE_OK ? -see_store_close(store) : -status;
}

static void test_two_writers(void **state)
{
    (void)state;
    const char *path = fresh();
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(in_child(try_to_open, path), -SEE_EBUSY);
    assert_int_equal(records_capture(store, "running"), SEE_OK);
    assert_int_equal(in_child(try_to_open, path), -SEE_EBUSY);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT status FROM captures"), "running\n");
    assert_int_equal(in_child(try_to_open, path), 0);
}

static void test_locked_by_another_tool(void **state)
{
    (void)state;
    const char *path = fresh();
    fill(path, &plain_options);
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct see_store *store = NULL;
    char error[512] = "";
    assert_int_equal(see_store_open(&store, path, &plain_options, error, sizeof(error)), SEE_EBUSY);
    assert_null(store);
    assert_non_null(strstr(error, "another program is using it"));
    sqlite3_close(other);
}

/* A program that holds the database's lock. */
static sqlite3 *hold(const char *path)
{
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return other;
}

static struct see_store_options live_options(size_t waiting_octets)
{
    struct see_store_options options = plain_options;
    options.waiting_octets = waiting_octets;
    options.batch_ns = 1;
    return options;
}

static void test_rows_wait_for_another_program(void **state)
{
    (void)state;
    const char *path = fresh();
    struct see_store_options options = live_options(1 << 20);
    struct see_store *store = open_store(path, &options);
    sqlite3 *other = hold(path);
    struct records records;
    records_init(&records);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(records_capture(store, "running"), SEE_OK);
        assert_int_equal(see_store_tick(store), SEE_OK);
        assert_true(see_store_is_kept_waiting(store));
        usleep(110000);
    }
    assert_int_equal(records_fill(store, &records), SEE_OK);
    assert_int_equal(see_store_tick(store), SEE_OK);
    assert_false(see_store_may_reopen(store, false));
    assert_true(see_store_size(store) > 0);
    assert_string_equal(ask(path, "SELECT count(*) FROM captures"), "0\n");
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    for (int i = 0; i < 100 && see_store_is_kept_waiting(store); i++) {
        usleep(10000);
        assert_int_equal(see_store_tick(store), SEE_OK);
    }
    assert_false(see_store_is_kept_waiting(store));
    assert_int_equal(see_store_commit(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT count(*) FROM redirects"), "5\n");
    assert_int_equal(see_store_left_out(store) + see_store_lost(store), 0);
    assert_int_equal(see_store_close(store), SEE_OK);
    assert_string_equal(ask(path, "SELECT count(*) FROM findings"), "3\n");
}

/* What becomes `redirects_unstored` and `findings_unstored`. */
static void test_rows_that_are_too_many_to_wait(void **state)
{
    (void)state;
    const char *path = fresh();
    struct records records;
    int failures = 0;
    for (size_t most = 1; most < 12000; most += 500) {
        unlink(path);
        records_init(&records);
        struct see_store_options options = live_options(most);
        struct see_store *store = open_store(path, &options);
        sqlite3 *other = hold(path);
        int status = records_capture(store, "running");
        uint64_t redirects = 0;
        struct see_redirect redirect;
        for (; redirects < 5; redirects++) {
            redirect = records_redirect(&records, redirects + 1, (int)redirects, -1, 1, 1);
            status = see_store_redirect(store, &redirect);
        }
        for (int i = 0; i < 2; i++) {
            status = records_finding(store, &redirect, redirect.exchange, RECORDS_CLIENT_RULE,
                                     SEE_SEVERITY_VIOLATION);
        }
        sqlite3_close(other);
        if (status != SEE_OK) {
            failures++;
            assert_int_equal(status, SEE_EBUSY);
            assert_false(see_store_is_kept_waiting(store));
            assert_int_equal(see_store_reopen(store, NULL, NULL), SEE_OK);
        }
        /* One that was lost counts no more when a finding brings it. */
        assert_int_equal(records_finding(store, &redirect, redirect.exchange, RECORDS_CLIENT_RULE,
                                         SEE_SEVERITY_VIOLATION),
                         SEE_OK);
        uint64_t left_out = see_store_left_out(store), lost = see_store_lost(store);
        assert_int_equal(left_out, status == SEE_OK ? 0 : 4);
        assert_int_equal(lost, status == SEE_OK ? 0 : 2);
        assert_int_equal(see_store_close(store), SEE_OK);
        assert_int_equal(atoi(ask(path, "SELECT count(*) FROM redirects")), 5 - left_out);
        assert_int_equal(atoi(ask(path, "SELECT count(*) FROM findings")), 3 - lost);
    }
    assert_in_range(failures, 1, 23);
}

static void test_readers_stay(void **state)
{
    (void)state;
    const char *path = fresh();
    struct records records;
    records_init(&records);
    struct see_store *store = open_store(path, &plain_options);
    assert_int_equal(records_capture(store, "running"), SEE_OK);
    assert_int_equal(see_store_commit(store), SEE_OK);
    sqlite3 *reader = open_reader(path);
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(reader, "SELECT source FROM captures, exchanges, redirect",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT * FROM captures", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(records_fill(store, &records), SEE_OK);
    assert_int_equal(see_store_close(store), SEE_OK);
    sqlite3_finalize(statement);
    sqlite3_close(reader);
    assert_string_equal(ask(path, "SELECT count(*) FROM redirects"), "5\n");
    assert_int_equal(see_store_close(open_store(path, &plain_options)), SEE_OK);
    assert_string_equal(ask(path, "PRAGMA journal_mode"), "delete\n");
}

static void expect_refusal(const char *path, int status, const char *words)
{
    struct see_store *store = NULL;
    char error[512] = "";
    assert_int_equal(see_store_open(&store, path, &plain_options, error, sizeof(error)), status);
    assert_null(store);
    if (strstr(error, words) == NULL) {
        fail_msg("'%s' does not say '%s'", error, words);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    const char *path = fresh();
    write_file(path, "a letter, no database");
    expect_refusal(path, SEE_EFORMAT, "is not a seeother database");
    path = fresh();
    char long_text[8192];
    memset(long_text, 'x', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = '\0';
    write_file(path, long_text);
    expect_refusal(path, SEE_EFORMAT, "is not a seeother database");
    path = fresh();
    execute(path, "CREATE TABLE bookmarks (url)");
    expect_refusal(path, SEE_EFORMAT, "is not a seeother database");
    assert_string_equal(ask(path, "SELECT name FROM sqlite_schema"), "bookmarks\n");
    assert_string_equal(ask(path, "PRAGMA journal_mode"), "delete\n");
    path = fresh();
    execute(path, "CREATE TABLE t (x); PRAGMA application_id = 7; PRAGMA user_version = 1");
    expect_refusal(path, SEE_EFORMAT, "is not a seeother database");
    path = fresh();
    execute(path, "CREATE TABLE t (x); PRAGMA application_id = 1397051220");
    expect_refusal(path, SEE_EFORMAT, "is not a seeother database");
    path = fresh();
    fill(path, &plain_options);
    execute(path, "PRAGMA user_version = 7");
    expect_refusal(path, SEE_ENEWER,
                   "its schema version is 7, this program knows versions up to 4");
    assert_string_equal(ask(path, "SELECT count(*) FROM findings"), "3\n");
    expect_refusal(folder, SEE_EFORMAT, "is a directory");
    expect_refusal("/dev/null", SEE_EFORMAT, "is not a regular file");
    expect_refusal("/nowhere/at/all.db", SEE_EIO, "No such file or directory");
    path = fresh();
    fill(path, &plain_options);
    execute(path, "UPDATE redirect SET id = 9223372036854775807 WHERE id = 5");
    expect_refusal(path, SEE_EFORMAT, "has no ids left");
}

/* A stranger's database: what has the name of a table of ours may be something else. */
static void test_a_name_that_is_no_table(void **state)
{
    (void)state;
    static const char *const done[] = {
        "ALTER TABLE finding RENAME TO f; CREATE VIEW finding AS SELECT * FROM f",
        "DROP TABLE coverage",
        "ALTER TABLE rules RENAME TO r; CREATE VIEW Rules AS SELECT * FROM r",
        "DROP TABLE pairing; CREATE VIRTUAL TABLE pairing USING fts4(id)",
        "DROP TABLE pairing; PRAGMA writable_schema = 1; INSERT INTO sqlite_schema VALUES"
        " ('table', 'pairing', 'pairing', 3, 'CREATE VIEW pairing AS SELECT 1 AS id')",
        "DROP TABLE pairing; CREATE VIEW pairing AS SELECT 1 AS id; PRAGMA writable_schema = 1;"
        "INSERT INTO sqlite_schema VALUES"
        " ('table', 'pairing', 'pairing', 3, 'CREATE TABLE pairings (id)')",
    };
    for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
        const char *path = fresh();
        char error[512] = "";
        struct see_store *store = NULL;
        struct see_query *query = NULL;
        fill(path, &plain_options);
        execute(path, done[i]);
        assert_int_equal(see_store_open(&store, path, &plain_options, error, sizeof(error)),
                         SEE_EFORMAT);
        assert_true(strstr(error, "is no table in it") || strstr(error, "malformed"));
        error[0] = '\0';
        assert_int_equal(see_query_open(&query, path, error, sizeof(error)), SEE_EFORMAT);
        assert_true(strstr(error, "is no table in it") || strstr(error, "malformed"));
    }
    const char *path = fresh();
    fill(path, &plain_options);
    execute(path,
            "ALTER TABLE finding ADD COLUMN mine TEXT; CREATE INDEX my_index ON finding (mine);"
            "CREATE VIEW my_view AS SELECT * FROM finding; CREATE TABLE my_table (x);"
            "CREATE TRIGGER my_trigger AFTER INSERT ON finding BEGIN DELETE FROM my_table; "
            "END; ALTER TABLE pairing RENAME TO p; ALTER TABLE p RENAME TO pairing");
    fill(path, &plain_options);
    assert_string_equal(ask(path, "SELECT count(*) FROM my_view"), "6\n");
}

static void test_empty_files_are_taken(void **state)
{
    (void)state;
    const char *path = fresh();
    write_file(path, "");
    fill(path, &plain_options);
    path = fresh();
    execute(path, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; COMMIT");
    fill(path, &plain_options);
    assert_string_equal(ask(path, "PRAGMA user_version"), "4\n");
}

static void test_names_without_magic(void **state)
{
    (void)state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(folder), 0);
    fill(":memory:", &plain_options);
    assert_int_equal(access(":memory:", F_OK), 0);
    fill("file:x?mode=memory", &plain_options);
    assert_int_equal(access("file:x?mode=memory", F_OK), 0);
    assert_int_equal(chdir(before), 0);
}

static int open_as_nobody(const char *path)
{
    if (geteuid() == 0 && seteuid(65534) != 0) {
        return 98;
    }
    return try_to_open(path);
}

static void test_no_permission(void **state)
{
    (void)state;
    char inside[300];
    snprintf(inside, sizeof(inside), "%s.d", fresh());
    assert_int_equal(mkdir(inside, 0755), 0);
    char path[320];
    snprintf(path, sizeof(path), "%s/x.db", inside);
    assert_int_equal(chmod(folder, 0755), 0);
    fill(path, &plain_options);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(inside, 0555), 0);
    assert_int_equal(in_child(open_as_nobody, path), -SEE_EACCES);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(in_child(open_as_nobody, path), -SEE_EACCES); /* no room for a log */
    assert_int_equal(unlink(path), geteuid() == 0 ? 0 : -1);
    assert_int_equal(in_child(open_as_nobody, path), -SEE_EACCES);
    assert_int_equal(chmod(inside, 0755), 0);
    unlink(path);
}

/* Writes until the file may not grow; everything must fail in words, and close. */
static int fill_the_disk(const char *path)
{
    struct records records;
    records_init(&records);
    struct see_store *store = NULL;
    if (see_store_open(&store, path, &plain_options, NULL, 0) != SEE_OK) {
        return 10;
    }
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {400000, 400000};
    setrlimit(RLIMIT_FSIZE, &limit);
    int status = SEE_OK;
    for (uint64_t i = 1; i < 100000 && status == SEE_OK; i++) {
        struct see_redirect redirect = records_redirect(&records, i, 0, 1, i, 1);
        records.list[0].exchange.id = 2 * i;
        records.list[1].exchange.id = 2 * i + 1;
        status = see_store_redirect(store, &redirect);
        status = status == SEE_OK && i % 100 == 0 ? see_store_commit(store) : status;
    }
    bool is_told = strstr(see_store_error(store), "disk is full") != NULL;
    if (status != SEE_EIO || !is_told || records_capture(store, "complete") != SEE_EIO) {
        return 11;
    }
    return see_store_close(store) == SEE_EIO ? 0 : 12;
}

/* There is not even room for the schema. */
static int open_on_a_full_disk(const char *path)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {2000, 2000};
    setrlimit(RLIMIT_FSIZE, &limit);
    return try_to_open(path);
}

static void test_full_disk(void **state)
{
    (void)state;
    const char *path = fresh();
    assert_int_equal(in_child(open_on_a_full_disk, path), -SEE_EIO);
    assert_int_not_equal(access(path, F_OK), 0);
    path = fresh();
    assert_int_equal(in_child(fill_the_disk, path), 0);
    assert_string_equal(ask(path, "PRAGMA integrity_check"), "ok\n");
    assert_string_equal(ask(path, "SELECT count(*) >= 100 FROM redirects"), "1\n");
    fill(path, &plain_options);
    assert_string_equal(ask(path, "SELECT count(*) FROM chains WHERE hops = 2"), "2\n");
}

static void test_migration(void **state)
{
    (void)state;
    static const char *const good[] = {"CREATE TABLE b (x)", "CREATE TABLE c (x)"};
    static const char *const bad[] = {"CREATE TABLE b (x)", "CREATE TABLE nonsense"};
    static const struct {
        const char *const *steps;
        int from, to, status;
        const char *version, *tables;
    } cases[] = {
        {good, 1, 3, SEE_OK, "3\n", "a,b,c\n"}, {good, 2, 3, SEE_OK, "3\n", "a,c\n"},
        {good, 3, 3, SEE_OK, "0\n", "a\n"},     {good, 1, 2, SEE_OK, "2\n", "a,b\n"},
        {bad, 1, 3, SEE_EIO, "0\n", "a\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *path = fresh();
        sqlite3 *db = NULL;
        char error[256] = "";
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "CREATE TABLE a (x)", NULL, NULL, NULL), SQLITE_OK);
        const struct see_migration migration = {
            .steps = cases[i].steps, .from = cases[i].from, .to = cases[i].to};
        assert_int_equal(see_schema_migrate(db, path, &migration, error, sizeof(error)),
                         cases[i].status);
        sqlite3_close(db);
        assert_string_equal(ask(path, "PRAGMA user_version"), cases[i].version);
        assert_string_equal(ask(path, "SELECT group_concat(name) FROM sqlite_schema"),
                            cases[i].tables);
    }
}

/* SQLite's allocations, of which the one numbered `fail_at` fails; 0: none. */
static sqlite3_mem_methods system_memory;
static long allocations, fail_at;

static void *limited_malloc(int size)
{
    return ++allocations == fail_at ? NULL : system_memory.xMalloc(size);
}

static void *limited_realloc(void *memory, int size)
{
    return ++allocations == fail_at ? NULL : system_memory.xRealloc(memory, size);
}

static void limit_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory);
    sqlite3_mem_methods limited = system_memory;
    limited.xMalloc = limited_malloc;
    limited.xRealloc = limited_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &limited);
}

/* Whether all went well with the nth allocation failing. */
static bool fill_with_failure(const char *path, long nth)
{
    struct records records;
    records_init(&records);
    struct see_store *store = NULL;
    allocations = 0;
    fail_at = nth;
    int status = see_store_open(&store, path, &plain_options, NULL, 0);
    if (status == SEE_OK) {
        status = records_fill(store, &records);
        int closed = see_store_close(store);
        assert_true(status == SEE_OK || closed == status);
        status = closed;
    }
    bool was_reached = allocations >= nth;
    fail_at = 0;
    assert_true(status == SEE_OK || status == SEE_ENOMEM);
    return status == SEE_OK && !was_reached;
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    const char *path = fresh();
    /* Coarser as it goes on: every allocation early, where most kinds are, then some. */
    for (long nth = 1;; nth += nth < 300 ? 1 : 13) {
        if (access(path, F_OK) == 0) {
            unlink(path);
        }
        if (fill_with_failure(path, nth)) {
            assert_true(nth > 300);
            break;
        }
        if (access(path, F_OK) == 0) {
            assert_string_equal(ask(path, "PRAGMA integrity_check"), "ok\n");
        }
    }
    assert_string_equal(ask(path, "SELECT count(*) FROM redirects"), "5\n");
}

int main(void)
{
    limit_memory();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_program),
        cmocka_unit_test(test_two_writers),
        cmocka_unit_test(test_locked_by_another_tool),
        cmocka_unit_test(test_rows_wait_for_another_program),
        cmocka_unit_test(test_rows_that_are_too_many_to_wait),
        cmocka_unit_test(test_readers_stay),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_a_name_that_is_no_table),
        cmocka_unit_test(test_empty_files_are_taken),
        cmocka_unit_test(test_names_without_magic),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_migration),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
