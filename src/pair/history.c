/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/history.h"

#include <stdlib.h>
#include <string.h>

struct see_history_entry {
    struct see_map_node node; /* the hash is the whole key: 64 keyed bits */
    see_time_ns last;
    int64_t stretch;         /* the number of the window that `recent` counts */
    uint32_t recent, before; /* how often in that window, and in the one before */
};

#define RING_AT_FIRST 64

void see_history_init(struct see_history *history, size_t limit, enum see_history_keeps keeps)
{
    memset(history, 0, sizeof(*history));
    see_map_init(&history->map);
    history->limit = limit;
    history->keeps = keeps;
    history->forgotten = INT64_MIN;
}

static void free_entry(struct see_map_node *node, void *ctx)
{
    (void)ctx;
    free(SEE_MAP_RECORD(node, struct see_history_entry, node));
}

void see_history_finish(struct see_history *history)
{
    see_map_drain(&history->map, free_entry, NULL);
    see_map_finish(&history->map);
    free(history->ring);
    history->ring = NULL;
}

static struct see_history_entry *find(const struct see_history *history, uint64_t hash)
{
    struct see_map_node *node = see_map_first(&history->map, hash);
    return node != NULL ? SEE_MAP_RECORD(node, struct see_history_entry, node) : NULL;
}

/* Makes the ring longer until the limit; the ring is a plain array until it is full. */
static int grow(struct see_history *history)
{
    size_t size = history->used == 0 ? RING_AT_FIRST : history->used * 2;
    if (size > history->limit) {
        size = history->limit;
    }
    struct see_history_entry **ring =
        realloc(history->ring, size * sizeof(struct see_history_entry *));
    if (ring == NULL) {
        return SEE_ENOMEM;
    }
    history->ring = ring;
    return SEE_OK;
}

static bool is_power_of_two(size_t n)
{
    return (n & (n - 1)) == 0;
}

static void forget(struct see_history *history, see_time_ns time)
{
    history->forgotten = time > history->forgotten ? time : history->forgotten;
    history->dropped++;
}

static int add(struct see_history *history, struct see_history_entry *entry, uint64_t hash)
{
    bool is_full = history->used == history->limit;
    if (!is_full && (history->used == 0 ||
                     (history->used >= RING_AT_FIRST && is_power_of_two(history->used)))) {
        int status = grow(history);
        if (status != SEE_OK) {
            return status;
        }
    }
    int status = see_map_add(&history->map, &entry->node, hash);
    if (status != SEE_OK) {
        return status;
    }
    if (!is_full) {
        history->ring[history->used++] = entry;
        return SEE_OK;
    }
    struct see_history_entry *old = history->ring[history->oldest];
    forget(history, old->last);
    see_map_remove(&history->map, &old->node);
    free(old);
    history->ring[history->oldest] = entry;
    history->oldest = (history->oldest + 1) % history->limit;
    return SEE_OK;
}

static int64_t stretch_of(see_time_ns time)
{
    return time / SEE_HISTORY_WINDOW;
}

/* A note may come late: what is older than the window before is not counted. */
static void count(struct see_history_entry *entry, see_time_ns time, uint32_t amount)
{
    int64_t stretch = stretch_of(time);
    if (stretch > entry->stretch) {
        entry->before = stretch == entry->stretch + 1 ? entry->recent : 0;
        entry->recent = 0;
        entry->stretch = stretch;
    }
    if (stretch == entry->stretch && entry->recent < UINT32_MAX - amount) {
        entry->recent += amount;
    } else if (stretch == entry->stretch - 1 && entry->before < UINT32_MAX - amount) {
        entry->before += amount;
    }
}

int see_history_note(struct see_history *history, uint64_t hash, see_time_ns time)
{
    return see_history_add(history, hash, time, 1);
}

int see_history_add(struct see_history *history, uint64_t hash, see_time_ns time, uint32_t amount)
{
    struct see_history_entry *entry = find(history, hash);
    if (entry != NULL) {
        entry->last = time > entry->last ? time : entry->last;
        count(entry, time, amount);
        return SEE_OK;
    }
    bool is_full = history->used == history->limit;
    if (is_full && (history->limit == 0 || history->keeps == SEE_HISTORY_KEEPS_OLDEST)) {
        forget(history, time);
        return SEE_OK;
    }
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return SEE_ENOMEM;
    }
    entry->last = time;
    entry->stretch = stretch_of(time);
    entry->recent = amount;
    int status = add(history, entry, hash);
    if (status != SEE_OK) {
        free(entry);
    }
    return status;
}

uint64_t see_history_count(const struct see_history *history, uint64_t hash, see_time_ns now)
{
    const struct see_history_entry *entry = find(history, hash);
    if (entry == NULL) {
        return history->forgotten < now - SEE_HISTORY_WINDOW ? 0 : UINT64_MAX;
    }
    int64_t stretch = stretch_of(now);
    /* Of the window before, the part that is not older than the window. */
    uint64_t milli = 1000 - (uint64_t)(now % SEE_HISTORY_WINDOW / (SEE_HISTORY_WINDOW / 1000));
    if (stretch <= entry->stretch) {
        return (uint64_t)entry->recent * 1000 + entry->before * milli;
    }
    return stretch == entry->stretch + 1 ? entry->recent * milli : 0;
}

bool see_history_is_whole(const struct see_history *history)
{
    return history->dropped == 0;
}

bool see_history_has(const struct see_history *history, uint64_t hash)
{
    return find(history, hash) != NULL;
}
