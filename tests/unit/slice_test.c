/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slices of a sample: the limit of their frames, and memory that runs out at each place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc.h"
#include "report/slice.h"
#include "seeother.h"

static char folder[] = "/tmp/seeother-slice-XXXXXX";
static char database[64];
static const char *sample;

static void analyze(void)
{
    struct see_settings settings = {
        .database = database,
        .limits = see_limits_default(),
        .window_ns = 30 * SEE_NS_PER_S,
        .is_redacting = true,
        .tool_version = "test",
        .options_json = "{}",
        .report = {.out = stdout, .format = SEE_REPORT_NONE},
    };
    struct see_capture_options how = {.number = 1};
    struct see_capture *capture;
    struct see_run *run;
    struct see_frame frame;
    char error[256];
    uint32_t number;
    assert_int_equal(see_run_open(&run, &settings, error, sizeof(error)), SEE_OK);
    assert_int_equal(see_capture_open_file(&capture, sample, &how, error, sizeof(error)), SEE_OK);
    assert_int_equal(see_run_begin(run, sample, &number), SEE_OK);
    while (see_capture_next(capture, &frame) > 0) {
        assert_int_equal(see_run_feed(run, &frame), SEE_OK);
    }
    assert_int_equal(see_run_end(run, number, capture), SEE_OK);
    assert_int_equal(see_run_flush(run), SEE_OK);
    assert_int_equal(see_run_close(run, error, sizeof(error)), SEE_OK);
    see_capture_free(capture);
}

struct host {
    bool is_out_of_memory;
    unsigned told;
    char last[256];
};

static bool open_capture(void *ctx, const struct see_evidence_capture *source,
                         struct see_slice_source *ret_source)
{
    struct host *host = ctx;
    struct see_capture_options how = {.number = 1};
    struct see_capture *capture;
    char error[256];
    int status = see_capture_open_file(&capture, source->source, &how, error, sizeof(error));
    host->is_out_of_memory |= status == SEE_ENOMEM;
    if (capture != NULL) {
        *ret_source = see_slice_source_of(capture);
    }
    return capture != NULL;
}

static void tell(void *ctx, const char *what, const char *why)
{
    struct host *host = ctx;
    host->told++;
    snprintf(host->last, sizeof(host->last), "%s: %s", what, why);
}

static int cut(struct see_slice *slice, uint64_t *ret_frames)
{
    int status = see_slice_find(slice);
    *ret_frames = status == SEE_OK ? see_slice_frames(slice) : 0;
    if (status != SEE_OK || *ret_frames == 0) {
        return status;
    }
    FILE *out = fopen("/dev/null", "wb");
    assert_non_null(out);
    status = see_slice_write(slice, out);
    fclose(out);
    return status;
}

static struct see_evidence evidence;

/* All of it, with a limit of frames. */
static int extract(struct host *host, size_t limit, uint64_t *ret_frames)
{
    struct see_slice_host hooks = {host, open_capture, tell, NULL};
    struct see_limits limits = see_limits_default();
    limits.slice_frames = limit;
    *ret_frames = 0;
    struct see_slice *slice = see_slice_new(&evidence, &limits, hooks);
    int status = slice != NULL ? cut(slice, ret_frames) : SEE_ENOMEM;
    see_slice_free(slice);
    return host->is_out_of_memory ? SEE_ENOMEM : status;
}

static void frames_are_bounded(void **state)
{
    (void)state;
    struct host host = {.told = 0};
    uint64_t frames;
    assert_int_equal(extract(&host, 1000, &frames), SEE_OK);
    assert_int_equal(frames, 12);
    assert_int_equal(host.told, 0);
    assert_int_equal(extract(&host, 7, &frames), SEE_OK);
    assert_in_range(frames, 1, 7);
    assert_int_equal(host.told, 1);
    assert_non_null(strstr(host.last, "more than 7 frames"));
}

static void rows_are_bounded(void **state)
{
    (void)state;
    const struct see_evidence_wish wish = {SEE_EVIDENCE_FINDING, "1"};
    struct see_limits limits = see_limits_default();
    struct see_evidence none;
    struct see_query *query;
    char error[256];
    limits.evidence_octets = 500; /* is_too_much: two exchanges, three marks and a capture */
    assert_int_equal(see_query_open(&query, database, error, sizeof(error)), SEE_OK);
    assert_int_equal(
        see_evidence_read(&none, query, &wish, 1, limits.evidence_octets, error, sizeof(error)),
        SEE_EINVAL);
    assert_non_null(strstr(error, "ask for less"));
    see_query_close(query);
}

static int extract_once(void *ctx)
{
    struct host host = {.told = 0};
    uint64_t frames;
    (void)ctx;
    int status = extract(&host, 1000, &frames);
    assert_true(status != SEE_OK || frames == 12);
    return status;
}

static void out_of_memory(void **state)
{
    (void)state;
    alloc_fail_each(extract_once, NULL, SEE_ENOMEM);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(database, sizeof(database), "%s/test.db", folder);
    analyze();
    const struct see_evidence_wish wish = {SEE_EVIDENCE_FINDING, "1"};
    char error[256];
    struct see_query *query;
    assert_int_equal(see_query_open(&query, database, error, sizeof(error)), SEE_OK);
    int status = see_evidence_read(&evidence, query, &wish, 1, see_limits_default().evidence_octets,
                                   error, sizeof(error));
    see_query_close(query);
    return status;
}

static int tear_down(void **state)
{
    (void)state;
    see_evidence_finish(&evidence);
    unlink(database);
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_bounded),
        cmocka_unit_test(rows_are_bounded),
        cmocka_unit_test(out_of_memory),
    };
    if (argc < 2) {
        fprintf(stderr, "usage: slice_test SAMPLE\n");
        return 2;
    }
    sample = argv[1];
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
