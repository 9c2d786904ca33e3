/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * history_test - how often something was asked for of late.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pair/history.h"

#define S SEE_NS_PER_S

static void note(struct see_history *history, uint64_t hash, see_time_ns time)
{
    assert_int_equal(see_history_note(history, hash, time), SEE_OK);
}

static void counts_of_late(void **state)
{
    (void)state;
    struct see_history history;
    see_history_init(&history, 4, SEE_HISTORY_KEEPS_NEWEST);
    assert_int_equal(see_history_count(&history, 1, 300 * S), 0);
    note(&history, 1, 300 * S);
    note(&history, 1, 315 * S);
    assert_int_equal(see_history_count(&history, 1, 320 * S), 2000);
    /* A third into the next window, two thirds of the one before still count. */
    assert_int_equal(see_history_count(&history, 1, 340 * S), 2 * 667);
    note(&history, 1, 340 * S);
    assert_int_equal(see_history_count(&history, 1, 340 * S), 1000 + 2 * 667);
    /* What is told late counts where it belongs; what is too old does not. */
    note(&history, 1, 329 * S);
    assert_int_equal(see_history_count(&history, 1, 340 * S), 1000 + 3 * 667);
    note(&history, 1, 200 * S);
    assert_int_equal(see_history_count(&history, 1, 340 * S), 1000 + 3 * 667);
    assert_int_equal(see_history_count(&history, 1, 375 * S), 500);
    assert_int_equal(see_history_count(&history, 1, 400 * S), 0);
    see_history_finish(&history);
}

static void amounts_add_up_to_a_bound(void **state)
{
    (void)state;
    struct see_history history;
    see_history_init(&history, 4, SEE_HISTORY_KEEPS_NEWEST);
    assert_int_equal(see_history_add(&history, 1, 0, 70), SEE_OK);
    assert_int_equal(see_history_add(&history, 1, 1, 30), SEE_OK);
    assert_int_equal(see_history_count(&history, 1, 2), 100000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(see_history_add(&history, 1, 2, UINT32_MAX / 2), SEE_OK);
    }
    assert_true(see_history_count(&history, 1, 2) <= (uint64_t)UINT32_MAX * 1000);
    see_history_finish(&history);
}

/* Nothing is called rare of a time that is forgotten. */
static void forgotten_is_not_never(void **state)
{
    (void)state;
    struct see_history history;
    see_history_init(&history, 2, SEE_HISTORY_KEEPS_NEWEST);
    note(&history, 1, 300 * S);
    note(&history, 2, 301 * S);
    assert_int_equal(see_history_count(&history, 9, 302 * S), 0);
    note(&history, 3, 302 * S);
    assert_true(see_history_count(&history, 1, 303 * S) == UINT64_MAX);
    assert_true(see_history_count(&history, 9, 303 * S) == UINT64_MAX);
    assert_int_equal(see_history_count(&history, 3, 303 * S), 1000);
    assert_int_equal(see_history_count(&history, 9, 331 * S), 0);
    see_history_finish(&history);
}

/* One that is noted again and again stays, however many others come and go. */
static void what_is_of_use_stays(void **state)
{
    (void)state;
    struct see_history history;
    see_history_init(&history, 200, SEE_HISTORY_KEEPS_NEWEST);
    for (uint64_t i = 0; i < 5000; i++) {
        see_time_ns now = 300 * S + (see_time_ns)i * S / 5; /* 150 of them a window */
        note(&history, 1, now);
        note(&history, 1000 + i, now);
        assert_in_range(see_history_count(&history, 1, now), 1, 1000000);
        assert_int_equal(see_history_count(&history, 9, now), 0);
        assert_int_equal(see_history_count(&history, 1000 + i, now), 1000);
    }
    assert_false(see_history_is_whole(&history));
    see_history_finish(&history);
}

/* Where all are of use there is no telling, until they are not any more. */
static void more_than_there_is_room_for(void **state)
{
    (void)state;
    struct see_history history;
    see_history_init(&history, 200, SEE_HISTORY_KEEPS_NEWEST);
    for (uint64_t i = 0; i < 1000; i++) {
        note(&history, i, 300 * S + (see_time_ns)i);
    }
    assert_true(see_history_count(&history, 9999, 301 * S) == UINT64_MAX);
    assert_int_equal(see_history_count(&history, 999, 301 * S), 1000);
    assert_int_equal(see_history_count(&history, 9999, 331 * S), 0);
    see_history_finish(&history);
}

/* Where there is no room for all, what is not known any more is bounded, and never too low. */
static void what_is_not_known_is_bounded(void **state)
{
    (void)state;
    struct see_history history;
    uint64_t noted[3000] = {0};
    uint64_t random = 1;
    see_history_init(&history, 200, SEE_HISTORY_KEEPS_BOUNDS);
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        uint64_t hash = (random >> 33) % 4 == 0 ? (random >> 40) % 8 : (random >> 40) % 3000;
        note(&history, hash, 300 * S + (see_time_ns)i);
        noted[hash]++;
    }
    for (uint64_t hash = 0; hash < 3000; hash++) {
        uint64_t milli = see_history_count(&history, hash, 301 * S);
        assert_true(milli >= noted[hash] * 1000);
        /* No more than if all notes were spread over as many as there is room for. */
        assert_true(hash < 8 || milli <= 2 * 20000 / 200 * 1000);
    }
    assert_int_equal(see_history_count(&history, 9999, 361 * S), 0);
    see_history_finish(&history);
}

/* Those of one time that are noted once raise the bound by one for each time round. */
static void the_many_raise_the_bound_slowly(void **state)
{
    (void)state;
    struct see_history history;
    see_history_init(&history, 200, SEE_HISTORY_KEEPS_BOUNDS);
    for (uint64_t i = 0; i < 1000; i++) {
        note(&history, 1, 300 * S + (see_time_ns)i);
        note(&history, 1000 + i, 300 * S + (see_time_ns)i);
    }
    assert_int_equal(see_history_count(&history, 1, 301 * S), 1000000);
    assert_in_range(see_history_count(&history, 9999, 301 * S), 4000, 6000);
    see_history_finish(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_late),
        cmocka_unit_test(amounts_add_up_to_a_bound),
        cmocka_unit_test(forgotten_is_not_never),
        cmocka_unit_test(what_is_of_use_stays),
        cmocka_unit_test(more_than_there_is_room_for),
        cmocka_unit_test(what_is_not_known_is_bounded),
        cmocka_unit_test(the_many_raise_the_bound_slowly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
