/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/watch.h"

#include <poll.h>
#include <string.h>

#define WAIT_MS 100

void see_watch_init(struct see_watch *watch)
{
    memset(watch, 0, sizeof(*watch));
}

bool see_watch_add(struct see_watch *watch, struct see_capture *capture)
{
    if (watch->count == SEE_WATCH_MAX) {
        return false;
    }
    watch->captures[watch->count++] = capture;
    return true;
}

/* Reads the next frame of each one that has none here.  1: there are some; 0; negative. */
static int fill(struct see_watch *watch, struct see_capture **ret_failed)
{
    int result = 0;
    for (size_t i = 0; i < watch->count; i++) {
        if (!watch->has_head[i]) {
            int got = see_capture_next(watch->captures[i], &watch->heads[i]);
            if (got < 0) {
                *ret_failed = watch->captures[i];
                return got;
            }
            watch->has_head[i] = got > 0;
        }
        result |= watch->has_head[i];
    }
    return result;
}

static void wait_for_frames(const struct see_watch *watch)
{
    struct pollfd ready[SEE_WATCH_MAX];
    for (size_t i = 0; i < watch->count; i++) {
        ready[i] = (struct pollfd){.fd = see_capture_fd(watch->captures[i]), .events = POLLIN};
    }
    poll(ready, (nfds_t)watch->count, WAIT_MS);
}

int see_watch_next(struct see_watch *watch, struct see_frame *ret_frame,
                   struct see_capture **ret_capture)
{
    int result = fill(watch, ret_capture);
    if (result == 0) {
        wait_for_frames(watch);
        result = fill(watch, ret_capture);
    }
    if (result <= 0) {
        return result;
    }
    size_t oldest = SEE_WATCH_MAX;
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->has_head[i] &&
            (oldest == SEE_WATCH_MAX ||
             watch->heads[i].stamp.time_ns < watch->heads[oldest].stamp.time_ns)) {
            oldest = i;
        }
    }
    watch->has_head[oldest] = false;
    *ret_frame = watch->heads[oldest];
    *ret_capture = watch->captures[oldest];
    return 1;
}
