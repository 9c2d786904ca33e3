/* SPDX-License-Identifier: BSD-3-Clause */
/* metrics_test - the page for Prometheus, to the octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/metrics.h"

static const struct see_count list[] = {
    {"frames", "frames", SEE_COUNT_IN, 12},
    {"segments", "frames", SEE_COUNT_OUT, 7},
    {"held", "frames", SEE_COUNT_LEVEL, 1},
    {"not_ip", "frames", SEE_COUNT_DROPPED, 3},
    {"gaps", "gaps", SEE_COUNT_NOTE, 18000000000000000000u},
    {"not_tcp", "frames", SEE_COUNT_DROPPED, 1},
};

static void test_stage(void **state)
{
    static const struct see_counts counts = {"decode", list, sizeof(list) / sizeof(list[0])};
    struct see_text page;
    (void)state;
    see_text_init(&page);
    see_metrics_add_stage(&page, &counts);
    assert_int_equal(see_text_status(&page), SEE_OK);
    assert_string_equal(
        page.ptr, "# HELP seeother_decode_frames_in_total How many frames came into the stage "
                  "decode.\n"
                  "# TYPE seeother_decode_frames_in_total counter\n"
                  "seeother_decode_frames_in_total{counter=\"frames\"} 12\n"
                  "# HELP seeother_decode_frames_out_total How many frames went on from the stage "
                  "decode.\n"
                  "# TYPE seeother_decode_frames_out_total counter\n"
                  "seeother_decode_frames_out_total{counter=\"segments\"} 7\n"
                  "# HELP seeother_decode_held How many frames are in the stage decode now.\n"
                  "# TYPE seeother_decode_held gauge\n"
                  "seeother_decode_held 1\n"
                  "# HELP seeother_decode_frames_dropped_total How many frames were dropped in the "
                  "stage decode.\n"
                  "# TYPE seeother_decode_frames_dropped_total counter\n"
                  "seeother_decode_frames_dropped_total{reason=\"not_ip\"} 3\n"
                  "seeother_decode_frames_dropped_total{reason=\"not_tcp\"} 1\n"
                  "# HELP seeother_decode_gaps_noted_total How many gaps were noted, beside the "
                  "books, in the stage decode.\n"
                  "# TYPE seeother_decode_gaps_noted_total counter\n"
                  "seeother_decode_gaps_noted_total{counter=\"gaps\"} 1.8e+19\n");
    see_text_finish(&page);
}

/* Names of interfaces are the user's, and may hold anything. */
static void test_label(void **state)
{
    struct see_text page;
    (void)state;
    see_text_init(&page);
    see_metrics_add_head(&page, "a", SEE_METRIC_GAUGE, "A.");
    see_metrics_add_value(&page, "a", "b", SEE_LITERAL("q\"\\\nx"), 0.25);
    assert_string_equal(page.ptr, "# HELP a A.\n# TYPE a gauge\na{b=\"q\\\"\\\\\\nx\"} 0.25\n");
    see_text_finish(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stage),
        cmocka_unit_test(test_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
