/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reading_test - segments that another thread reads are those of the file, whatever the size of
 * their frames, and lie still until the next lot is asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/thread.h"
#include "seeother_reading.h"

#define FILE_LEN ((size_t)24 << 20)
#define FRAME_MAX ((size_t)1 << 20)

static bool has_threads = true;

/* In the place of the project's own. */
bool see_thread_start(pthread_t *ret_thread, void *(*work)(void *ctx), void *ctx)
{
    return has_threads && pthread_create(ret_thread, NULL, work, ctx) == 0;
}

/* How many windows there is memory for, which a test changes while they are read; linked with
 * --wrap.
 */
static atomic_size_t windows_left = SIZE_MAX;

uint8_t *__real_see_windows_next(struct see_windows *windows, size_t *size);
uint8_t *__wrap_see_windows_next(struct see_windows *windows, size_t *size);

uint8_t *__wrap_see_windows_next(struct see_windows *windows, size_t *size)
{
    if (windows_left == 0) {
        return NULL;
    }
    windows_left--;
    return __real_see_windows_next(windows, size);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Small frames mostly; where they are large one lies in a window alone, or hardly fits one. */
static size_t draw_length(uint32_t *seed, bool is_large)
{
    size_t most = next_random(seed) % 4000 == 0 || is_large ? FRAME_MAX : 700;
    return 64 + next_random(seed) % (most - 64);
}

#define HEADERS 54

/* The octets of a payload, by the number of its frame: often those that a message may begin with.
 */
static uint8_t octet_of(uint64_t number)
{
    return (uint8_t)(number * 131 % 251);
}

/* How long the payload is; where the frame is longer than a datagram, some of it is no part of it.
 */
static size_t payload_of(size_t len)
{
    return (len < 60000 ? len : 60000) - HEADERS;
}

/* A frame with a segment whose sequence number is that of the frame, which also is its time. */
static void fill(uint8_t *at, size_t len, uint32_t number)
{
    size_t payload = payload_of(len), ip = payload + HEADERS - 14;
    const uint8_t head[HEADERS] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
                                   /* IPv4 */
                                   0x45, 0, (uint8_t)(ip >> 8), (uint8_t)ip, 0, 0, 0, 0, 64, 6, 0,
                                   0, 192, 0, 2, 1, 198, 51, 100, 2,
                                   /* TCP */
                                   0xd4, 0x31, 0, 80, (uint8_t)(number >> 24),
                                   (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number,
                                   0, 0, 0, 1, 0x50, 0x10, 1, 0};
    memset(at, octet_of(number), len);
    memcpy(at, head, sizeof(head));
}

struct file {
    uint8_t *octets;
    size_t len;
    uint64_t frames;
};

static struct file file_new(uint32_t seed, bool is_large)
{
    const uint32_t head[6] = {0xA1B2C3D4, 2 | 4 << 16, 0, 0, FRAME_MAX, 1};
    struct file file = {malloc(FILE_LEN + FRAME_MAX + 64), sizeof(head), 0};
    assert_non_null(file.octets);
    memcpy(file.octets, head, sizeof(head));
    while (file.len < FILE_LEN) {
        uint32_t len = (uint32_t)draw_length(&seed, is_large);
        uint32_t number = (uint32_t)++file.frames;
        const uint32_t record[4] = {number, 0, len, len};
        memcpy(file.octets + file.len, record, sizeof(record));
        fill(file.octets + file.len + sizeof(record), len, number);
        file.len += sizeof(record) + len;
    }
    return file;
}

static struct see_capture *capture_of(const struct file *file, const char *filter)
{
    char path[] = "/tmp/seeother-reading-XXXXXX", error[256];
    struct see_capture_options how = {.filter = filter, .number = 1};
    struct see_capture *capture;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, file->octets, file->len), file->len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    unlink(path);
    assert_int_equal(see_capture_open_fd(&capture, fd, path, &how, error, sizeof(error)), SEE_OK);
    return capture;
}

static struct see_run *run;
static char folder[] = "/tmp/seeother-reading-XXXXXX";
static char database[sizeof(folder) + 8];

static int open_run(void **state)
{
    char error[256];
    struct see_settings settings = {
        .database = database,
        .limits = see_limits_default(),
        .is_quiet = true,
        .tool_version = "test",
        .options_json = "{}",
        .report = {.out = stdout, .format = SEE_REPORT_NONE},
    };
    (void)state;
    settings.limits.recent_segments = 0; /* each file has the same again */
    assert_non_null(mkdtemp(folder));
    snprintf(database, sizeof(database), "%s/db", folder);
    int status = see_run_open(&run, &settings, error, sizeof(error));
    for (uint64_t number = 1; number <= 3 && status == SEE_OK; number++) {
        /* The first frames tell what time it is. */
        const uint8_t octets[64] = {0};
        struct see_frame frame = {.stamp = see_stamp_make((see_time_ns)number, number, 1),
                                  .link_type = 1,
                                  .data = octets,
                                  .len = sizeof(octets),
                                  .wire_len = sizeof(octets)};
        status = see_run_feed(run, &frame);
    }
    return status;
}

static int close_run(void **state)
{
    char error[256];
    (void)state;
    int status = see_run_close(run, error, sizeof(error));
    unlink(database);
    return rmdir(folder) == 0 ? status : -1;
}

static void check_segment(const struct see_segment *segment, uint64_t number)
{
    assert_true(segment->stamp.frame == number);
    assert_int_equal(segment->seq, (uint32_t)number);
    assert_int_equal(segment->payload[0], octet_of(number));
    assert_int_equal(segment->payload[segment->len / 2], octet_of(number));
    assert_int_equal(segment->payload[segment->len - 1], octet_of(number));
}

/* Heads are those of the payloads that begin with a capital letter. */
static void check_heads(const struct see_lot *lot)
{
    size_t heads = 0;
    for (size_t i = 0; i < lot->gathered.count; i++) {
        const struct see_segment *segment = &lot->gathered.segments[i];
        if (segment->payload[0] >= 'A' && segment->payload[0] <= 'Z') {
            assert_true(lot->heads[heads].data == segment->payload);
            assert_int_equal(lot->heads[heads++].kind, SEE_SNIFF_OTHER);
        }
    }
    assert_int_equal(lot->head_count, heads);
}

/* Reads all, or stops behind `stop_at`; how many frames there were. */
static uint64_t read_all(struct see_capture *capture, uint64_t stop_at, uint32_t seed)
{
    struct see_reading *reading = see_reading_start(capture, run, seed % 2 == 0);
    assert_non_null(reading);
    uint64_t frames = 0, position = 0;
    const struct see_lot *lot;
    do {
        lot = see_reading_next(reading);
        assert_true(lot->position >= position);
        position = lot->position;
        if (next_random(&seed) % (lot->gathered.count == 1 ? 4 : 100) == 0) {
            usleep(2000); /* the other one runs against its bounds */
        }
        assert_int_equal(lot->gathered.count, lot->gathered.frame_count);
        for (size_t i = 0; i < lot->gathered.count; i++) {
            check_segment(&lot->gathered.segments[i], ++frames);
            assert_int_equal(lot->gathered.frames[i].end, i + 1);
        }
        check_heads(lot);
        if (frames >= stop_at) {
            see_reading_stop(reading);
        }
    } while (!lot->is_last);
    assert_int_equal(lot->result, SEE_OK);
    see_reading_free(reading);
    return frames;
}

static void test_all(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        struct file file = file_new(seed, seed > 3);
        struct see_capture *capture = capture_of(&file, NULL);
        assert_int_equal(read_all(capture, UINT64_MAX, seed), file.frames);
        assert_int_equal(see_capture_state(capture), SEE_CAPTURE_COMPLETE);
        assert_int_equal(see_capture_info(capture)->frames, file.frames);
        see_capture_free(capture);
        free(file.octets);
    }
}

/* What was counted was handed over. */
static void test_stopped(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 12; seed++) {
        struct file file = file_new(seed, seed > 8);
        struct see_capture *capture = capture_of(&file, NULL);
        uint64_t frames = read_all(capture, next_random(&seed) % file.frames, seed);
        assert_int_equal(see_capture_info(capture)->frames, frames);
        see_capture_free(capture);
        free(file.octets);
    }
}

static void test_damaged(void **state)
{
    (void)state;
    struct file file = file_new(7, false);
    struct file cut = {file.octets, file.len - 10, file.frames};
    struct see_capture *capture = capture_of(&cut, NULL);
    assert_int_equal(read_all(capture, UINT64_MAX, 1), file.frames - 1);
    assert_int_equal(see_capture_state(capture), SEE_CAPTURE_TRUNCATED);
    see_capture_free(capture);
    free(file.octets);
}

/* One frame after the other is left out: more of them than there are windows, before a lot is made.
 */
static void test_filtered(void **state)
{
    (void)state;
    for (uint32_t seed = 8; seed <= 13; seed++) {
        struct file file = file_new(seed, seed > 10);
        struct see_capture *capture = capture_of(&file, "less 10");
        assert_int_equal(read_all(capture, UINT64_MAX, 1), 0);
        assert_int_equal(see_capture_info(capture)->frames_filtered, file.frames);
        see_capture_free(capture);
        free(file.octets);
    }
}

/* Of a record that holds most of the file the rest is passed over: more than all windows. */
static void test_skipped(void **state)
{
    (void)state;
    struct file file = file_new(14, false);
    const uint32_t snap = 64u << 20;
    size_t at = 24, records = 0;
    while (at < (20u << 20)) {
        uint32_t len;
        memcpy(&len, file.octets + at + 8, sizeof(len));
        at += 16 + len;
        records++;
    }
    uint32_t len = (uint32_t)(at - 24 - 16);
    memcpy(file.octets + 16, &snap, sizeof(snap));
    memcpy(file.octets + 24 + 8, &len, sizeof(len));
    struct see_capture *capture = capture_of(&file, NULL);
    struct see_reading *reading = see_reading_start(capture, run, false);
    assert_non_null(reading);
    while (!see_reading_next(reading)->is_last) {
    }
    see_reading_free(reading);
    assert_int_equal(see_capture_info(capture)->frames, file.frames - records + 1);
    assert_int_equal(see_capture_state(capture), SEE_CAPTURE_COMPLETE);
    see_capture_free(capture);
    free(file.octets);
}

/* What came before is handed over, and why no more comes is told. */
static void test_no_memory(void **state)
{
    (void)state;
    struct file file = file_new(15, false);
    struct see_capture *capture = capture_of(&file, NULL);
    struct see_reading *reading = see_reading_start(capture, run, false);
    assert_non_null(reading);
    const struct see_lot *lot;
    uint64_t frames = 0;
    windows_left = 20;
    do {
        lot = see_reading_next(reading);
        frames += lot->gathered.frame_count;
    } while (!lot->is_last);
    windows_left = SIZE_MAX;
    assert_int_equal(lot->result, SEE_ENOMEM);
    assert_string_equal(see_run_error(run), "");
    assert_int_equal(see_run_told(run, lot->result), SEE_ENOMEM);
    assert_string_equal(see_run_error(run), see_status_text(SEE_ENOMEM));
    assert_true(frames > 0 && frames < file.frames);
    assert_int_equal(see_capture_info(capture)->frames, frames);
    see_reading_free(reading);
    see_capture_free(capture);
    free(file.octets);
}

/* Where no thread is to be had the capture can be read as ever. */
static void test_no_thread(void **state)
{
    (void)state;
    struct file file = file_new(9, true);
    struct see_capture *capture = capture_of(&file, NULL);
    struct see_frame frame;
    uint64_t frames = 0;
    has_threads = false;
    assert_null(see_reading_start(capture, run, false));
    has_threads = true;
    while (see_capture_next(capture, &frame) > 0) {
        frames++;
    }
    assert_int_equal(frames, file.frames);
    see_capture_free(capture);
    free(file.octets);
}

static void test_small(void **state)
{
    (void)state;
    struct file file = file_new(10, false);
    struct file small = {file.octets, 1 << 20, 0};
    struct see_capture *capture = capture_of(&small, NULL);
    assert_null(see_reading_start(capture, run, false));
    see_capture_free(capture);
    free(file.octets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),     cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_damaged), cmocka_unit_test(test_filtered),
        cmocka_unit_test(test_skipped), cmocka_unit_test(test_no_thread),
        cmocka_unit_test(test_small),   cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, open_run, close_run);
}
