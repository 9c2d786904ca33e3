/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Evidence while it happens: the frames that came last, the directory of slices, and a run that
 * writes them, with each of its limits crossed and with memory that runs out at each place.
 *
 * usage: evidence_test SAMPLE, in which a 307 to POST is followed by GET
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc.h"
#include "capture/recent.h"
#include "contain/slices.h"
#include "seeother.h"

static char folder[] = "/tmp/seeother-evidence-XXXXXX";
static char database[64], directory[64];
static const char *sample;

/* The frames that came last, beside a model that keeps all of them. */

#define MODEL_MAX 4096

/* What stands in front of a frame. */
#define RECORD 56

struct model {
    uint64_t keys[MODEL_MAX]; /* UINT64_MAX: dropped, or too large */
    size_t count;
};

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Each frame is full of its number, which is its stamp's, too. */
static void add_frame(struct see_recent *recent, size_t number, size_t len)
{
    static uint8_t octets[5000];
    memset(octets, (int)(number & 0xff), len);
    struct see_frame frame = {
        .stamp = see_stamp_make((see_time_ns)number, number, 1),
        .link_type = 1,
        .data = octets,
        .len = len,
        .wire_len = len + number,
    };
    see_recent_add(recent, &frame);
}

/* All frames of a key that are there: each newer than the one before, whole, and those of the model
 * from some one on. */
static size_t check_chain(const struct see_recent *recent, const struct model *model, uint64_t key)
{
    size_t found = 0;
    size_t next = model->count;
    uint64_t place = see_recent_last(recent, key);
    for (; place != SEE_RECENT_NONE; place = see_recent_before(recent, place)) {
        struct see_frame frame;
        assert_int_equal(see_recent_get(recent, place, &frame), key);
        do {
            assert_true(next > 0);
            next--;
        } while (model->keys[next] != key);
        assert_int_equal(frame.stamp.frame, next);
        assert_int_equal(frame.wire_len, frame.len + next);
        for (size_t i = 0; i < frame.len; i++) {
            assert_int_equal(frame.data[i], next & 0xff);
        }
        found++;
    }
    return found;
}

static void play(size_t octets, size_t longest, uint32_t seed)
{
    struct model model = {.count = 0};
    struct see_recent *recent = see_recent_new(octets);
    uint64_t dropped = 0;
    assert_non_null(recent);
    for (size_t i = 0; i < MODEL_MAX; i++) {
        size_t len = draw(&seed) % longest;
        add_frame(recent, i, len);
        /* Keys 1 and 65537 share a slot. */
        uint64_t key = 1 + (draw(&seed) % 3) * 65536;
        bool is_dropped = draw(&seed) % 4 == 0;
        bool is_too_large = (len + RECORD + 7) / 8 > octets / 8;
        model.keys[model.count++] = is_dropped || is_too_large ? UINT64_MAX : key;
        if (is_dropped) {
            see_recent_drop(recent);
            dropped++;
        } else {
            see_recent_keep(recent, key);
        }
        if (i % 64 == 63) {
            size_t held = check_chain(recent, &model, 1) + check_chain(recent, &model, 65537) +
                          check_chain(recent, &model, 131073);
            struct see_recent_counts counts = see_recent_counts(recent);
            assert_int_equal(counts.held, held);
            assert_int_equal(counts.held + counts.forgotten + counts.expired + counts.useless,
                             model.count);
        }
    }
    assert_true(see_recent_counts(recent).useless <= dropped);
    see_recent_free(recent);
}

static void recent_frames(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed < 20; seed++) {
        play(20000, 100, seed);
        play(20000 + seed, 5000, seed); /* three at a time */
        play(3000, 5000, seed);         /* some do not fit */
        play((size_t)1 << 20, 100, seed);
    }
    play(0, 100, 1);
    play(8, 100, 1);
}

static void old_frames_expire(void **state)
{
    (void)state;
    struct see_recent *recent = see_recent_new(100000);
    for (size_t i = 0; i < 100; i++) {
        add_frame(recent, i, 10);
        see_recent_keep(recent, 7);
    }
    see_recent_expire(recent, 90);
    assert_int_equal(see_recent_counts(recent).held, 10);
    assert_int_equal(see_recent_counts(recent).expired, 90);
    see_recent_expire(recent, 1000);
    assert_int_equal(see_recent_last(recent, 7), SEE_RECENT_NONE);
    add_frame(recent, 100, 10);
    see_recent_keep(recent, 7);
    assert_int_not_equal(see_recent_last(recent, 7), SEE_RECENT_NONE);
    see_recent_free(recent);
}

/* The directory. */

static void empty_directory(void)
{
    DIR *stream = opendir(directory);
    struct dirent *entry;
    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] != '.') {
            unlinkat(dirfd(stream), entry->d_name, 0);
        }
    }
    closedir(stream);
}

static size_t count_files(void)
{
    DIR *stream = opendir(directory);
    struct dirent *entry;
    size_t count = 0;
    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(stream);
    return count;
}

static bool is_there(const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

#define THEN 1795118130 /* 2026-11-19T19:55:30Z */

static void put(struct see_slices *slices, uint64_t number, size_t len, time_t now,
                char ret_name[SEE_SLICE_NAME])
{
    char octets[100] = {0};
    int fd = see_slices_make(slices, number, len, now);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, octets, len), len);
    close(fd);
    assert_int_equal(see_slices_keep(slices, ret_name), 0);
}

static void slices_have_names_and_bounds(void **state)
{
    (void)state;
    const struct see_slices_bounds bounds = {.octets = 250, .count = 4, .days = 2};
    struct see_slices *slices = see_slices_open(directory, &bounds);
    char first[SEE_SLICE_NAME], name[SEE_SLICE_NAME];
    struct stat info;
    assert_non_null(slices);
    put(slices, 17, 100, THEN, first);
    assert_string_equal(first, "seeother-20261119T195530Z-000017.pcapng");
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", directory, first);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    put(slices, 17, 100, THEN, name);
    assert_string_equal(name, "seeother-20261119T195530Z-000017-02.pcapng");
    /* Room is made before: the oldest goes. */
    put(slices, 18, 100, THEN + 1, name);
    assert_false(is_there(first));
    assert_int_equal(count_files(), 2);
    assert_int_equal(see_slices_make(slices, 19, 251, THEN + 1), -1);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(count_files(), 2);
    for (uint64_t i = 0; i < 6; i++) {
        put(slices, 20 + i, 10, THEN + 2, name);
        assert_in_range(count_files(), 2, 4);
    }
    assert_int_equal(count_files(), 4);
    see_slices_tidy(slices, THEN + 2 + 2 * 86400);
    assert_int_equal(count_files(), 4);
    see_slices_tidy(slices, THEN + 3 + 2 * 86400);
    assert_int_equal(count_files(), 0);
    see_slices_close(slices);
}

static void what_is_not_kept_is_gone(void **state)
{
    (void)state;
    const struct see_slices_bounds bounds = {.octets = 1000, .count = 10};
    struct see_slices *slices = see_slices_open(directory, &bounds);
    char name[SEE_SLICE_NAME];
    assert_non_null(slices);
    assert_int_equal(see_slices_keep(slices, name), -1);
    int one = see_slices_make(slices, 1, 10, THEN);
    int other = see_slices_make(slices, 2, 10, THEN);
    assert_true(one >= 0 && other >= 0);
    close(one);
    close(other);
    assert_int_equal(count_files(), 1);
    see_slices_drop(slices);
    assert_int_equal(count_files(), 0);
    other = see_slices_make(slices, 3, 10, THEN);
    close(other);
    see_slices_close(slices);
    assert_int_equal(count_files(), 0);
    assert_null(see_slices_open("/nowhere/at/all", &bounds));
    /* A size that was a lie does not stay. */
    const struct see_slices_bounds few = {.octets = 50, .count = 10};
    slices = see_slices_open(directory, &few);
    int fd = see_slices_make(slices, 4, 1, THEN);
    assert_int_equal(ftruncate(fd, 60), 0);
    close(fd);
    assert_int_equal(see_slices_keep(slices, name), 0);
    assert_int_equal(count_files(), 0);
    see_slices_close(slices);
}

/* A run over the sample, as if it came live. */

struct counted {
    uint64_t forgotten, expired, with, without, lacking, slices, failed;
};

static uint64_t value(struct see_run *run, const char *counter)
{
    struct see_counts counts[SEE_RUN_STAGES];
    see_run_counts(run, counts);
    return see_counts_value(&counts[SEE_RUN_STAGES - 1], counter);
}

static int feed(struct see_run *run, uint32_t number)
{
    struct see_capture_options how = {.number = number};
    struct see_capture_info info = {.source = "eth0", .kind = SEE_CAPTURE_INTERFACE, .detail = ""};
    struct see_capture *capture;
    struct see_frame frame;
    char error[256];
    int status = see_run_capture(run, number, &info);
    if (status == SEE_OK) {
        status = see_capture_open_file(&capture, sample, &how, error, sizeof(error));
    }
    if (status != SEE_OK) {
        return status;
    }
    while (status == SEE_OK && (status = see_capture_next(capture, &frame)) > 0) {
        status = see_run_feed(run, &frame);
    }
    see_capture_free(capture);
    return status;
}

static int play_run(const struct see_limits *limits, see_time_ns window_ns,
                    struct counted *ret_counted)
{
    struct see_settings settings = {
        .database = database,
        .limits = *limits,
        .window_ns = window_ns,
        .is_redacting = true,
        .tool_version = "test",
        .options_json = "{}",
        .evidence = directory,
        .slices = {.octets = 100000, .count = 100},
        .report = {.out = stdout, .format = SEE_REPORT_NONE},
    };
    struct see_run *run;
    char error[256];
    uint32_t number;
    unlink(database);
    int status = see_run_open(&run, &settings, error, sizeof(error));
    if (status != SEE_OK) {
        return status;
    }
    status = see_run_begin(run, "eth0", &number);
    if (status == SEE_OK) {
        status = feed(run, number);
    }
    if (status == SEE_OK) {
        status = see_run_cut(run, 1);
    }
    if (status == SEE_OK) {
        status = see_run_flush(run);
    }
    *ret_counted = (struct counted){
        .forgotten = value(run, "frames_forgotten"),
        .expired = value(run, "frames_expired"),
        .with = value(run, "findings_with_slice"),
        .without = value(run, "findings_without_slice"),
        .lacking = value(run, "slices_lacking"),
        .slices = value(run, "slices"),
        .failed = value(run, "slices_failed"),
    };
    int closed = see_run_close(run, error, sizeof(error));
    return status == SEE_OK ? closed : status;
}

static struct counted run_with(const struct see_limits *limits, see_time_ns window_ns)
{
    struct counted counted = {.slices = 0};
    empty_directory();
    assert_int_equal(play_run(limits, window_ns, &counted), SEE_OK);
    assert_int_equal(count_files(), counted.slices);
    return counted;
}

static void limits_are_told(void **state)
{
    (void)state;
    struct see_limits limits = see_limits_default();
    struct counted plain = run_with(&limits, SEE_NS_PER_S);
    assert_int_equal(plain.forgotten + plain.expired + plain.without + plain.lacking, 0);
    assert_int_equal(plain.slices, 1);
    assert_true(plain.with > 1);

    limits.slice_octets = 600;
    struct counted counted = run_with(&limits, SEE_NS_PER_S);
    assert_int_equal(counted.lacking, 1); /* slices_lacking */

    limits = see_limits_default();
    limits.recent_octets = 2000;
    counted = run_with(&limits, SEE_NS_PER_S);
    assert_true(counted.forgotten > 0); /* frames_forgotten */
    assert_int_equal(counted.slices, counted.lacking);

    limits = see_limits_default();
    limits.slices_waiting = 0;
    counted = run_with(&limits, SEE_NS_PER_S);
    assert_int_equal(counted.without, plain.with); /* findings_without_slice */
    assert_int_equal(counted.slices, 0);

    limits = see_limits_default();
    limits.recent_seconds = 0;
    counted = run_with(&limits, SEE_NS_PER_MS);
    assert_true(counted.expired > 0); /* frames_expired */
    assert_int_equal(counted.forgotten, 0);
}

static int run_once(void *ctx)
{
    struct counted counted = {.slices = 0};
    struct see_limits limits = see_limits_default();
    (void)ctx;
    empty_directory();
    return play_run(&limits, SEE_NS_PER_S, &counted);
}

static void out_of_memory(void **state)
{
    (void)state;
    alloc_fail_each(run_once, NULL, SEE_ENOMEM);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(database, sizeof(database), "%s/test.db", folder);
    snprintf(directory, sizeof(directory), "%s/evidence", folder);
    return mkdir(directory, 0700);
}

static int start_empty(void **state)
{
    (void)state;
    empty_directory();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    empty_directory();
    rmdir(directory);
    unlink(database);
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recent_frames),
        cmocka_unit_test(old_frames_expire),
        cmocka_unit_test_setup(slices_have_names_and_bounds, start_empty),
        cmocka_unit_test_setup(what_is_not_kept_is_gone, start_empty),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(out_of_memory),
    };
    if (argc != 2) {
        return 2;
    }
    sample = argv[1];
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
