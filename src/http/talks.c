/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/talks.h"

#include <stdlib.h>

#include "http/lane.h"

int see_talks_add(struct see_talks *talks, struct see_talk *talk)
{
    if (talks->count == talks->room) {
        size_t room = talks->room > 0 ? talks->room * 2 : 64;
        struct see_talk **list = realloc(talks->list, room * sizeof(struct see_talk *));
        if (list == NULL) {
            return SEE_ENOMEM;
        }
        talks->list = list;
        talks->room = room;
    }
    talk->place = (uint32_t)talks->count;
    talks->list[talks->count++] = talk;
    return SEE_OK;
}

void see_talks_remove(struct see_talks *talks, struct see_talk *talk)
{
    struct see_talk *last = talks->list[--talks->count];
    talks->list[talk->place] = last;
    last->place = talk->place;
    talks->held -= talk->held;
    talk->held = 0;
    if (talk->queued > 0) {
        talks->queue[talk->queued - 1].talk = NULL;
    }
}

void see_talks_heard(struct see_talks *talks, struct see_talk *talk, size_t held)
{
    talks->held = talks->held - talk->held + held;
    talk->held = held;
    talk->heard = ++talks->clock;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = ((const struct see_silent *)a)->heard, y = ((const struct see_silent *)b)->heard;
    return x < y ? -1 : x > y;
}

static void drop_queue(struct see_talks *talks)
{
    free(talks->queue);
    talks->queue = NULL;
    talks->next = talks->queued = 0;
}

/* Puts those that hold something in order. */
static int make_queue(struct see_talks *talks)
{
    size_t count = 0;
    drop_queue(talks);
    talks->queue = malloc((talks->count + 1) * sizeof(*talks->queue));
    if (talks->queue == NULL) {
        return SEE_ENOMEM;
    }
    for (size_t i = 0; i < talks->count; i++) {
        struct see_talk *talk = talks->list[i];
        talk->queued = 0;
        if (talk->held > 0) {
            talks->queue[count++] = (struct see_silent){talk, talk->heard};
        }
    }
    qsort(talks->queue, count, sizeof(*talks->queue), compare);
    for (size_t i = 0; i < count; i++) {
        talks->queue[i].talk->queued = (uint32_t)i + 1;
    }
    talks->queued = count;
    return SEE_OK;
}

/* The next one of the queue that was not heard of since, or NULL. */
static struct see_talk *next_silent(struct see_talks *talks)
{
    while (talks->next < talks->queued) {
        const struct see_silent *silent = &talks->queue[talks->next++];
        if (silent->talk == NULL) {
            continue;
        }
        silent->talk->queued = 0;
        if (silent->talk->heard == silent->heard) {
            return silent->talk;
        }
    }
    return NULL;
}

int see_talks_silent(struct see_talks *talks, struct see_talk **ret_talk)
{
    struct see_talk *talk = next_silent(talks);
    if (talk == NULL) {
        int status = make_queue(talks);
        if (status != SEE_OK) {
            return status;
        }
        talk = next_silent(talks);
    }
    *ret_talk = talk;
    return SEE_OK;
}

void see_talks_finish(struct see_talks *talks)
{
    drop_queue(talks);
    free(talks->list);
    *talks = (struct see_talks){.list = NULL};
}
