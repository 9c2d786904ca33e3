/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_pipeline - a whole capture through the front door, into a database.
 *
 * The input is the file.  Afterwards the database is asked: it is sound, no row leads nowhere,
 * every redirect that pairing saw has one row and so one outcome, and the books of each stage
 * balance.
 */
#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seeother.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A packed file can hold any number of frames; so many are enough. */
#define FRAMES_MAX 1000

static char folder[64];

static void remove_folder(void)
{
    rmdir(folder);
}

/* In memory where that can be had. */
static void make_folder(void)
{
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof(folder), "%s/fuzz_pipeline.XXXXXX", place);
    char *made = mkdtemp(folder);
    assert(made != NULL);
    (void)made;
    atexit(remove_folder);
}

/* An empty database, made once: most of the time would go into making it anew. */
static char *empty;
static size_t empty_size;

static void make_empty(const char *path, const struct see_settings *settings)
{
    char error[512];
    struct see_run *run;
    int status = see_run_open(&run, settings, error, sizeof(error));
    assert(status == SEE_OK);
    status = see_run_close(run, error, sizeof(error));
    assert(status == SEE_OK);
    (void)status;
    FILE *file = fopen(path, "rb");
    assert(file != NULL);
    fseek(file, 0, SEEK_END);
    empty_size = (size_t)ftell(file);
    empty = malloc(empty_size);
    assert(empty != NULL);
    rewind(file);
    size_t got = fread(empty, 1, empty_size, file);
    assert(got == empty_size);
    (void)got;
    fclose(file);
    unlink(path);
}

static void put_empty(const char *path)
{
    FILE *file = fopen(path, "wb");
    assert(file != NULL);
    size_t written = fwrite(empty, 1, empty_size, file);
    assert(written == empty_size);
    (void)written;
    fclose(file);
}

/* The first column of the first row. */
static sqlite3_int64 ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    assert(rc == SQLITE_OK);
    rc = sqlite3_step(statement);
    assert(rc == SQLITE_ROW || rc == SQLITE_DONE);
    sqlite3_int64 value = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return value;
}

static void check_database(const char *path)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open(path, &db);
    assert(rc == SQLITE_OK);
    (void)rc;
    assert(ask(db, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
    assert(ask(db, "SELECT integrity_check <> 'ok' FROM pragma_integrity_check") == 0);
    assert(ask(db, "SELECT count(*) FROM (SELECT sum(CASE kind WHEN 'in' THEN value ELSE -value"
                   " END) AS rest FROM coverage WHERE kind <> 'note' AND time_ns IS NULL"
                   " GROUP BY capture_id, stage, unit HAVING rest <> 0)") == 0);
    assert(ask(db, "SELECT count(*) FROM redirects") ==
           ask(db, "SELECT value FROM coverage WHERE stage = 'pair' AND counter = 'redirects'"
                   " AND time_ns IS NULL"));
    assert(ask(db, "SELECT count(*) FROM redirects WHERE (outcome = 'followed') <>"
                   " (followup_exchange_id IS NOT NULL)") == 0);
    assert(ask(db, "SELECT count(*) FROM (SELECT followup_exchange_id FROM redirect WHERE"
                   " followup_exchange_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1)") == 0);
    sqlite3_close(db);
}

static int read_frames(struct see_run *run, struct see_capture *capture)
{
    int status = SEE_OK;
    struct see_frame frame;
    for (size_t i = 0;
         i < FRAMES_MAX && status == SEE_OK && see_capture_state(capture) == SEE_CAPTURE_RUNNING;
         i++) {
        int result = see_capture_next(capture, &frame);
        status = result > 0 ? see_run_feed(run, &frame) : result;
    }
    see_capture_stop(capture);
    return status;
}

/* Small, so that an input of some kilobytes crosses them, and quick to make. */
static struct see_limits small_limits(void)
{
    struct see_limits limits = see_limits_default();
    limits.networks = 4;
    limits.recent_segments = 64;
    limits.fragment_datagrams = 4;
    limits.fragment_octets = 4096;
    limits.connections = 8;
    limits.connection_held = 8192;
    limits.held_total = 16384;
    limits.past_connections = 16;
    limits.head_octets = 2048;
    limits.fields = 24;
    limits.pipeline = 4;
    limits.pending_redirects = 8;
    limits.pending_redirects_client = 4;
    limits.candidates = 4;
    limits.history = 16;
    limits.authorities = 16;
    limits.weighed = 16;
    limits.chain_visits = 4;
    return limits;
}

static void run_capture(struct see_run *run, struct see_capture *capture)
{
    uint32_t number;
    char error[512];
    int status = see_run_begin(run, "fuzz", &number);
    assert(status == SEE_OK);
    see_capture_number(capture, number);
    status = see_run_capture(run, number, see_capture_info(capture));
    assert(status == SEE_OK);
    status = read_frames(run, capture);
    assert(status == SEE_OK);
    status = see_run_end(run, number, capture);
    assert(status == SEE_OK);
    status = see_run_flush(run);
    assert(status == SEE_OK && see_run_error(run)[0] == '\0');
    status = see_run_close(run, error, sizeof(error));
    assert(status == SEE_OK);
    (void)status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *page;
    static size_t page_size;
    char path[96], error[512];
    if (folder[0] == '\0') {
        make_folder();
    }
    snprintf(path, sizeof(path), "%s/x.db", folder);
    FILE *out = open_memstream(&page, &page_size);
    assert(out != NULL);
    struct see_settings settings = {
        .database = path,
        .limits = small_limits(),
        .window_ns = 30 * SEE_NS_PER_S,
        .is_redacting = true,
        .stores_all = true,
        .tool_version = "fuzz",
        .options_json = "{}",
        .report = {.out = out, .format = SEE_REPORT_JSONL, .is_redacting = true},
    };
    struct see_capture_options options = {.number = 1};
    struct see_view view = {(const char *)data, size};
    struct see_capture *capture;
    struct see_run *run;
    if (see_capture_open_memory(&capture, view, &options, error, sizeof(error)) == SEE_OK) {
        if (empty == NULL) {
            make_empty(path, &settings);
        }
        put_empty(path);
        int status = see_run_open(&run, &settings, error, sizeof(error));
        assert(status == SEE_OK);
        (void)status;
        run_capture(run, capture);
        see_capture_free(capture);
        check_database(path);
        unlink(path);
    }
    fclose(out);
    free(page);
    page = NULL;
    return 0;
}
