/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/timeline.h"

/* Stamps are a stranger's: the difference may not fit a signed number. */
static uint64_t distance(see_time_ns a, see_time_ns b)
{
    return a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
}

void see_timeline_init(struct see_timeline *timeline)
{
    *timeline = (struct see_timeline){.now = INT64_MIN};
}

static bool is_believed(struct see_timeline *timeline, see_time_ns time)
{
    if (timeline->now == INT64_MIN) {
        return true;
    }
    bool is_confirmed =
        timeline->has_leap && distance(time, timeline->leap) <= (uint64_t)SEE_TIMELINE_LEAP_NS;
    bool is_leap = time > timeline->now &&
                   distance(time, timeline->now) > (uint64_t)SEE_TIMELINE_LEAP_NS && !is_confirmed;
    timeline->doubted += timeline->has_leap && !is_confirmed;
    timeline->has_leap = is_leap;
    timeline->leap = time;
    return !is_leap;
}

bool see_timeline_move(struct see_timeline *timeline, see_time_ns time)
{
    if (!is_believed(timeline, time) || time <= timeline->now) {
        return false;
    }
    timeline->now = time;
    return true;
}
