/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ahead_test - a packed file that is read ahead gives the same octets, and the same complaint, as
 * one that is not.
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
#include <zlib.h>

#include "capture/input.h"

#define PLAIN_LEN ((size_t)12 * 1024 * 1024)

struct octets {
    uint8_t *ptr;
    size_t len;
};

static uint64_t seed;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Octets that hardly get smaller, packed by gzip. */
static struct octets packed_octets(void)
{
    uint8_t *plain = malloc(PLAIN_LEN);
    struct octets packed = {malloc(PLAIN_LEN + 65536), PLAIN_LEN + 65536};
    assert_non_null(plain);
    assert_non_null(packed.ptr);
    seed = 20261128;
    for (size_t i = 0; i < PLAIN_LEN; i++) {
        plain[i] = (uint8_t)(next_random() >> 32);
    }
    z_stream stream = {.next_in = plain,
                       .avail_in = (uInt)PLAIN_LEN,
                       .next_out = packed.ptr,
                       .avail_out = (uInt)packed.len};
    assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.len -= stream.avail_out;
    deflateEnd(&stream);
    free(plain);
    return packed;
}

static int file_of(const uint8_t *octets, size_t len)
{
    char path[] = "/tmp/seeother-ahead-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, octets, len), len);
    return fd;
}

static void begin(struct see_input *input, int fd, bool is_ahead)
{
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(see_input_init_file(input, fd, false), SEE_OK);
    input->may_read_ahead = is_ahead;
}

/* Small records mostly, now and then one that no block has room for, and octets passed over. */
static size_t draw_length(void)
{
    switch (next_random() % 64) {
    case 0:
        return next_random() % SEE_INPUT_MAX;
    case 1:
    case 2:
    case 3:
        return next_random() % 300000;
    default:
        return next_random() % 3000;
    }
}

/* Reads both in the same steps; `most` ends it early. */
static void read_both(const uint8_t *octets, size_t len, uint64_t script, size_t most)
{
    int fd = file_of(octets, len);
    int fd_ahead = file_of(octets, len);
    struct see_input plain, ahead;
    bool was_ahead = false;
    begin(&plain, fd, false);
    begin(&ahead, fd_ahead, true);
    seed = script;
    for (size_t i = 0; i < most; i++) {
        size_t wanted = draw_length();
        size_t ready = see_input_want(&plain, wanted);
        size_t ready_ahead = see_input_want(&ahead, wanted);
        was_ahead |= ahead.ahead != NULL;
        assert_true((ready >= wanted) == (ready_ahead >= wanted));
        size_t kept = ready < wanted ? ready : wanted;
        assert_true(ready_ahead >= kept);
        assert_memory_equal(see_input_at(&plain), see_input_at(&ahead), kept);
        assert_true(plain.offset == ahead.offset);
        if (ready < wanted) {
            assert_int_equal(ready, ready_ahead);
            break;
        }
        size_t passed = next_random() % 8 == 0 ? draw_length() : wanted;
        see_input_skip(&plain, passed);
        see_input_skip(&ahead, passed);
    }
    assert_true(was_ahead || most < 500);
    if (most == SIZE_MAX) {
        assert_int_equal(plain.state, ahead.state);
        assert_string_equal(plain.why, ahead.why);
        assert_true(see_input_position(&plain) <= see_input_position(&ahead));
    }
    see_input_finish(&plain);
    see_input_finish(&ahead);
    close(fd);
    close(fd_ahead);
}

static void test_same_octets(void **state)
{
    const struct octets *packed = *state;
    for (uint64_t script = 1; script <= 8; script++) {
        read_both(packed->ptr, packed->len, script, SIZE_MAX);
    }
}

static void test_same_complaint(void **state)
{
    const struct octets *packed = *state;
    read_both(packed->ptr, packed->len - 1000000, 1, SIZE_MAX);
    read_both(packed->ptr, packed->len - 1, 2, SIZE_MAX);
    for (size_t at = packed->len / 2; at < packed->len; at += packed->len / 7) {
        packed->ptr[at] ^= 0x5A;
        read_both(packed->ptr, packed->len, at, SIZE_MAX);
        packed->ptr[at] ^= 0x5A;
    }
}

/* Whoever has enough ends it, whatever the thread is at. */
static void test_ended_early(void **state)
{
    const struct octets *packed = *state;
    for (size_t most = 1; most < 2000; most = most * 2 + 1) {
        read_both(packed->ptr, packed->len, most, most);
    }
}

static int make_packed(void **state)
{
    static struct octets packed;
    packed = packed_octets();
    *state = &packed;
    return 0;
}

static int free_packed(void **state)
{
    free(((struct octets *)*state)->ptr);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_octets),
        cmocka_unit_test(test_same_complaint),
        cmocka_unit_test(test_ended_early),
    };
    return cmocka_run_group_tests_name("ahead", tests, make_packed, free_packed);
}
