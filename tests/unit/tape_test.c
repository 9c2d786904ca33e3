/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tape_test - what is put on a tape is on it, whole or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "store/tape.h"

#define ENTRIES 200

/* An entry of four values, which its number tells. */
static int put_entry(struct see_tape *tape, int64_t number, bool is_broken)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "entry %lld, with\001octets", (long long)number);
    see_tape_begin(tape, (struct see_tape_head){.kind = SEE_TAPE_ROW, .slot = 7});
    see_tape_integer(tape, number - 100);
    see_tape_text(tape, (struct see_view){text, (size_t)len});
    see_tape_null(tape);
    if (is_broken) {
        see_tape_break(tape);
    }
    see_tape_real(tape, (double)number / 4);
    return see_tape_end(tape, 4);
}

/* Fails the test unless the next entry is the one of this number. */
static void expect_entry(const struct see_tape *tape, size_t *at, int64_t number)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "entry %lld, with\001octets", (long long)number);
    struct see_tape_head head;
    struct see_tape_value value;
    assert_true(see_tape_next(tape, at, &head));
    assert_int_equal(head.kind, SEE_TAPE_ROW);
    assert_int_equal(head.slot, 7);
    assert_int_equal(head.count, 4);
    size_t end = *at + head.len;
    see_tape_value(tape, at, &value);
    assert_int_equal(value.type, SEE_TAPE_INTEGER);
    assert_int_equal(value.integer, number - 100);
    see_tape_value(tape, at, &value);
    assert_int_equal(value.type, SEE_TAPE_TEXT);
    assert_int_equal(value.text.len, len);
    assert_memory_equal(value.text.ptr, text, (size_t)len);
    see_tape_value(tape, at, &value);
    assert_int_equal(value.type, SEE_TAPE_NULL);
    see_tape_value(tape, at, &value);
    assert_int_equal(value.type, SEE_TAPE_REAL);
    assert_true(value.real == (double)number / 4);
    assert_int_equal(*at, end);
}

/* One that lacks a value leaves no trace, whatever stands before and behind it. */
static void test_broken(void **state)
{
    struct see_tape tape;
    struct see_tape_head head;
    size_t at = 0;
    (void)state;
    see_tape_init(&tape);
    assert_int_equal(put_entry(&tape, 1, true), SEE_ENOMEM);
    assert_int_equal(put_entry(&tape, 2, false), SEE_OK);
    assert_int_equal(put_entry(&tape, 3, true), SEE_ENOMEM);
    assert_int_equal(put_entry(&tape, 4, false), SEE_OK);
    expect_entry(&tape, &at, 2);
    expect_entry(&tape, &at, 4);
    assert_false(see_tape_next(&tape, &at, &head));
    see_tape_clear(&tape);
    at = 0;
    assert_false(see_tape_next(&tape, &at, &head));
    see_tape_finish(&tape);
}

static int fill(void *ctx)
{
    struct see_tape tape;
    size_t at = 0;
    int64_t put = 0;
    int status = SEE_OK;
    (void)ctx;
    see_tape_init(&tape);
    while (put < ENTRIES && (status = put_entry(&tape, put, false)) == SEE_OK) {
        put++;
    }
    for (int64_t i = 0; i < put; i++) {
        expect_entry(&tape, &at, i);
    }
    assert_int_equal(at, tape.len);
    see_tape_finish(&tape);
    return status;
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    alloc_fail_each(fill, NULL, SEE_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
