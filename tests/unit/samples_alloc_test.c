/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * samples_alloc_test - whole captures through the front door while memory runs out.
 *
 * usage: samples_alloc_test FOLDER
 *
 * Each sample is analysed again and again, each time with another allocation failing: first of ours
 * alone, then of ours and SQLite's alike.  Of the first sample every one of ours is tried; of the
 * others one in so many, another one in each, so that a sample takes about as many runs.  Each run
 * must end with SEE_ENOMEM and a sentence (or without harm where SQLite did not need what it asked
 * for, its caches say); it must free everything, and leave a database that is sound.
 */
#include <dirent.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "seeother.h"

/* Of one sample. */
#define RUNS_OURS 150
#define RUNS_ALL 30

#define SAMPLES_MAX 64

static const char *folder;
static char database[64];

static sqlite3_mem_methods system_memory;
static bool sqlite_may_fail;

static void *limited_malloc(int size)
{
    return !sqlite_may_fail || alloc_may() ? system_memory.xMalloc(size) : NULL;
}

static void *limited_realloc(void *memory, int size)
{
    return !sqlite_may_fail || alloc_may() ? system_memory.xRealloc(memory, size) : NULL;
}

static void limit_sqlite(void)
{
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory);
    sqlite3_mem_methods limited = system_memory;
    limited.xMalloc = limited_malloc;
    limited.xRealloc = limited_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &limited);
}

static int read_frames(struct see_run *run, struct see_capture *capture)
{
    int status = SEE_OK;
    struct see_frame frame;
    while (status == SEE_OK && see_capture_state(capture) == SEE_CAPTURE_RUNNING) {
        int result = see_capture_next(capture, &frame);
        status = result > 0 ? see_run_feed(run, &frame) : result;
    }
    return status;
}

static int run_capture(struct see_run *run, struct see_capture *capture)
{
    uint32_t number;
    int status = see_run_begin(run, "sample", &number);
    if (status == SEE_OK) {
        see_capture_number(capture, number);
        status = see_run_capture(run, number, see_capture_info(capture));
    }
    if (status == SEE_OK) {
        status = read_frames(run, capture);
    }
    return status == SEE_OK ? see_run_end(run, number, capture) : status;
}

/* As `analyze` does: what fails first is told, and the rest is done nevertheless. */
static int analyze(struct see_capture *capture, const struct see_settings *settings)
{
    char error[512];
    struct see_run *run;
    int status = see_run_open(&run, settings, error, sizeof(error));
    if (status != SEE_OK) {
        assert_true(error[0] != '\0');
        return status;
    }
    status = run_capture(run, capture);
    int flushed = see_run_flush(run);
    status = status != SEE_OK ? status : flushed;
    bool is_told = see_run_error(run)[0] != '\0';
    int closed = see_run_close(run, error, sizeof(error));
    assert_true(status == SEE_OK || is_told || closed != SEE_OK);
    return status != SEE_OK ? status : closed;
}

static int analyze_file(const char *path, FILE *out)
{
    struct see_settings settings = {
        .database = database,
        .limits = see_limits_default(),
        .window_ns = 30 * SEE_NS_PER_S,
        .is_redacting = true,
        .stores_all = true,
        .tool_version = "test",
        .options_json = "{}",
        .report = {.out = out, .format = SEE_REPORT_JSONL, .is_redacting = true},
    };
    struct see_capture_options options = {.filter = NULL};
    struct see_capture *capture;
    char error[512];
    int status = see_capture_open_file(&capture, path, &options, error, sizeof(error));
    if (status == SEE_OK) {
        status = analyze(capture, &settings);
    }
    see_capture_free(capture);
    return status;
}

static void remove_database(void)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char path[96];
        snprintf(path, sizeof(path), "%s%s", database, endings[i]);
        unlink(path);
    }
}

static void check_database(void)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    if (access(database, F_OK) != 0) {
        return;
    }
    assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* One run; false when it asked for fewer allocations than `n`. */
static bool fail_at(const char *path, FILE *out, size_t n)
{
    alloc_start(n);
    int status = analyze_file(path, out);
    size_t live = alloc.live;
    bool has_failed = alloc.has_failed;
    alloc_start(0);
    assert_int_equal(live, 0);
    bool is_harmless = sqlite_may_fail && status == SEE_OK;
    if (!is_harmless && status != (has_failed ? SEE_ENOMEM : SEE_OK)) {
        fail_msg("%s: %d without allocation %zu", path, status, n);
    }
    check_database();
    remove_database();
    return has_failed;
}

static size_t count_allocations(const char *path, FILE *out)
{
    alloc_start(0);
    assert_int_equal(analyze_file(path, out), SEE_OK);
    size_t count = alloc.count;
    assert_int_equal(alloc.live, 0);
    remove_database();
    return count;
}

/* Fails one allocation in `step`, beginning with `first`; how many runs that took. */
static size_t fail_some(const char *path, FILE *out, size_t first, size_t step)
{
    size_t runs = 0;
    for (size_t n = first; fail_at(path, out, n); n += step) {
        runs++;
    }
    return runs;
}

/* `place` of `of` samples: each begins elsewhere within a step. */
static void fail_each(const char *path, FILE *out, size_t place, size_t of)
{
    sqlite_may_fail = false;
    size_t ours = count_allocations(path, out);
    size_t step = place == 0 ? 1 : ours / RUNS_OURS + 1;
    size_t runs = fail_some(path, out, 1 + place * step / of, step);
    assert_true(runs > 0 && (place > 0 || runs == ours));
    sqlite_may_fail = true;
    size_t all = count_allocations(path, out);
    step = all / RUNS_ALL + 1;
    size_t more = fail_some(path, out, 1 + place * step / of, step);
    assert_true(more >= RUNS_ALL / 2);
    printf("%s: %zu of our %zu allocations failed, and %zu of %zu with SQLite's\n", path, runs,
           ours, more, all);
}

static int is_capture(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".pcap") == 0;
}

static void samples(void **state)
{
    (void)state;
    struct dirent **entries;
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    int count = scandir(folder, &entries, is_capture, alphasort);
    assert_true(count > 0 && count < SAMPLES_MAX);
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        fail_each(path, out, (size_t)i, (size_t)count);
        __real_free(entries[i]);
    }
    __real_free(entries);
    fclose(out);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(samples)};
    if (argc != 2) {
        fprintf(stderr, "usage: samples_alloc_test FOLDER\n");
        return 2;
    }
    folder = argv[1];
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(database, sizeof(database), "%s/samples_alloc_test.%d.db", place, (int)getpid());
    limit_sqlite();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
