/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture_test - files as they come: whole, cut at every octet, damaged, none at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture.h"

#define RECORDS 3
#define RECORD_LEN 60

static char path[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(path, "/tmp/seeother-capture-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static size_t put32(uint8_t *out, uint32_t value, bool is_big)
{
    for (size_t i = 0; i < 4; i++) {
        out[is_big ? 3 - i : i] = (uint8_t)(value >> (8 * i));
    }
    return 4;
}

/* A pcap file of RECORDS frames, a second and a half apart, in one of the four magics. */
static size_t make_pcap(uint8_t *out, uint32_t magic, bool is_big)
{
    size_t len = put32(out, magic, is_big);
    len += put32(out + len, is_big ? 0x00020004 : 0x00040002, is_big);
    len += put32(out + len, 0, is_big);
    len += put32(out + len, 0, is_big);
    len += put32(out + len, 262144, is_big);
    len += put32(out + len, 1, is_big);
    for (uint32_t i = 0; i < RECORDS; i++) {
        bool is_nano = magic == 0xa1b23c4d;
        len += put32(out + len, 1000 + i, is_big);
        len += put32(out + len, is_nano ? 500000001 : 500000, is_big);
        len += put32(out + len, RECORD_LEN, is_big);
        len += put32(out + len, RECORD_LEN + 40, is_big);
        memset(out + len, (int)i, RECORD_LEN);
        /* An EtherType, so that a filter can tell the frames apart. */
        memcpy(out + len + 12, i == 1 ? "\x08\x06" : "\x08\x00", 2);
        len += RECORD_LEN;
    }
    return len;
}

static void write_file(const uint8_t *data, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static int open_it(struct see_capture **capture, const char *filter, char error[256])
{
    struct see_capture_options options = {.filter = filter, .number = 7};
    return see_capture_open_file(capture, path, &options, error, 256);
}

static void all_four_magics(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        bool is_big;
        see_time_ns fraction;
    } cases[] = {
        {0xa1b2c3d4, false, 500000000},
        {0xa1b2c3d4, true, 500000000},
        {0xa1b23c4d, false, 500000001},
        {0xa1b23c4d, true, 500000001},
    };
    for (size_t i = 0; i < 4; i++) {
        uint8_t data[1024];
        char error[256];
        struct see_capture *capture;
        struct see_frame frame;
        write_file(data, make_pcap(data, cases[i].magic, cases[i].is_big));
        assert_int_equal(open_it(&capture, NULL, error), SEE_OK);
        for (uint64_t n = 1; n <= RECORDS; n++) {
            assert_int_equal(see_capture_next(capture, &frame), 1);
            assert_int_equal(frame.stamp.frame, n);
            assert_int_equal(frame.stamp.capture, 7);
            assert_int_equal(frame.stamp.time_ns,
                             (999 + (see_time_ns)n) * SEE_NS_PER_S + cases[i].fraction);
            assert_int_equal(frame.len, RECORD_LEN);
            assert_int_equal(frame.wire_len, RECORD_LEN + 40);
            assert_int_equal(frame.link_type, 1);
        }
        assert_int_equal(see_capture_next(capture, &frame), 0);
        const struct see_capture_info *info = see_capture_info(capture);
        assert_int_equal(info->state, SEE_CAPTURE_COMPLETE);
        assert_int_equal(info->frames, RECORDS);
        assert_int_equal(info->octets, RECORDS * RECORD_LEN);
        assert_int_equal(info->position, info->size);
        see_capture_free(capture);
    }
}

/* The number of a frame is its place in the file, whatever the filter leaves out. */
static void filter_keeps_the_numbers(void **state)
{
    (void)state;
    uint8_t data[1024];
    char error[256];
    struct see_capture *capture;
    struct see_frame frame;
    write_file(data, make_pcap(data, 0xa1b2c3d4, false));
    assert_int_equal(open_it(&capture, "ip", error), SEE_OK);
    assert_int_equal(see_capture_next(capture, &frame), 1);
    assert_int_equal(frame.stamp.frame, 1);
    assert_int_equal(see_capture_next(capture, &frame), 1);
    assert_int_equal(frame.stamp.frame, 3);
    assert_int_equal(see_capture_next(capture, &frame), 0);
    assert_int_equal(see_capture_info(capture)->frames_filtered, 1);
    see_capture_free(capture);
    assert_int_equal(open_it(&capture, "no filter at all", error), SEE_EINVAL);
    assert_null(capture);
    assert_non_null(strstr(error, "no filter at all"));
}

static void cut_at_every_octet(void **state)
{
    (void)state;
    uint8_t data[1024];
    size_t whole = make_pcap(data, 0xa1b2c3d4, false);
    for (size_t len = 0; len < whole; len++) {
        char error[256] = "";
        struct see_capture *capture;
        struct see_frame frame;
        write_file(data, len);
        int status = open_it(&capture, NULL, error);
        if (len < 24) {
            assert_int_equal(status, SEE_ETRUNC);
            assert_string_not_equal(error, "");
            continue;
        }
        assert_int_equal(status, SEE_OK);
        size_t frames = 0;
        while (see_capture_next(capture, &frame) == 1) {
            frames++;
        }
        size_t expected = (len - 24) / (16 + RECORD_LEN);
        bool is_whole = (len - 24) % (16 + RECORD_LEN) == 0;
        const struct see_capture_info *info = see_capture_info(capture);
        assert_int_equal(frames, expected);
        assert_int_equal(info->state, is_whole ? SEE_CAPTURE_COMPLETE : SEE_CAPTURE_TRUNCATED);
        assert_int_equal(info->detail[0] == '\0', is_whole);
        see_capture_free(capture);
    }
}

static void damage(void **state)
{
    (void)state;
    uint8_t data[1024];
    char error[256];
    struct see_capture *capture;
    struct see_frame frame;
    size_t len = make_pcap(data, 0xa1b2c3d4, false);
    put32(data + 24 + 76 + 8, 0xFFFFFFFF, false); /* the second record lies about its length */
    write_file(data, len);
    assert_int_equal(open_it(&capture, NULL, error), SEE_OK);
    assert_int_equal(see_capture_next(capture, &frame), 1);
    assert_int_equal(see_capture_next(capture, &frame), 0);
    assert_int_equal(see_capture_info(capture)->state, SEE_CAPTURE_CORRUPT);
    assert_string_not_equal(see_capture_info(capture)->detail, "");
    see_capture_free(capture);
}

static void no_capture(void **state)
{
    (void)state;
    char error[256];
    struct see_capture *capture;
    struct see_capture_options options = {.filter = NULL};
    write_file((const uint8_t *)"This is a text, and no capture at all.", 38);
    assert_int_equal(open_it(&capture, NULL, error), SEE_EFORMAT);
    assert_int_equal(see_capture_open_file(&capture, "/nonexistent/x", &options, error, 256),
                     SEE_EIO);
    assert_int_equal(see_capture_open_file(&capture, "/tmp", &options, error, 256), SEE_EINVAL);
    assert_int_equal(see_capture_open_interface(&capture, "nosuchif0", &options, error, 256) < 0,
                     true);
    assert_null(capture);
    see_capture_free(NULL);
}

static void filters(void **state)
{
    (void)state;
    char error[256];
    assert_int_equal(see_capture_check_filter("tcp port 80", error, sizeof(error)), SEE_OK);
    assert_int_equal(see_capture_check_filter("tcp prt 80", error, sizeof(error)), SEE_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_four_magics, set_up, tear_down),
        cmocka_unit_test_setup_teardown(filter_keeps_the_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut_at_every_octet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_capture, set_up, tear_down),
        cmocka_unit_test(filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
