/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/prelude.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/timeline.h"

static see_time_ns time_of(const struct see_prelude *prelude, size_t i)
{
    return prelude->frames[i].stamp.time_ns;
}

/* Stamps are a stranger's: the difference may not fit a signed number. */
static bool is_far_ahead(see_time_ns time, see_time_ns of)
{
    return time > of && (uint64_t)time - (uint64_t)of > (uint64_t)SEE_TIMELINE_LEAP_NS;
}

static bool is_far_off(see_time_ns one, see_time_ns other)
{
    return is_far_ahead(one, other) || is_far_ahead(other, one);
}

int see_prelude_hold(struct see_prelude *prelude, const struct see_frame *frame)
{
    assert(prelude->count < SEE_PRELUDE_MAX);
    uint8_t *octets = malloc(frame->len > 0 ? frame->len : 1);
    if (octets == NULL) {
        return SEE_ENOMEM;
    }
    if (frame->len > 0) {
        memcpy(octets, frame->data, frame->len);
    }
    prelude->frames[prelude->count] = *frame;
    prelude->frames[prelude->count++].data = octets;
    return SEE_OK;
}

bool see_prelude_is_told(const struct see_prelude *prelude)
{
    return prelude->count == SEE_PRELUDE_MAX ||
           (prelude->count == 2 && !is_far_off(time_of(prelude, 0), time_of(prelude, 1)));
}

bool see_prelude_is_misled(const struct see_prelude *prelude, see_time_ns *ret_time)
{
    if (prelude->count < SEE_PRELUDE_MAX) {
        return false;
    }
    see_time_ns first = time_of(prelude, 0);
    see_time_ns second = time_of(prelude, 1), third = time_of(prelude, 2);
    *ret_time = second < third ? second : third;
    return (is_far_ahead(first, second) && is_far_ahead(first, third)) ||
           (is_far_ahead(second, first) && is_far_ahead(third, first) &&
            !is_far_off(second, third));
}

void see_prelude_finish(struct see_prelude *prelude)
{
    for (size_t i = 0; i < prelude->count; i++) {
        free((void *)(uintptr_t)prelude->frames[i].data);
    }
    *prelude = (struct see_prelude){.is_over = true};
}
