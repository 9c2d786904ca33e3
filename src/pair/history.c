/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/history.h"

#include <stdlib.h>
#include <string.h>

struct see_history_entry {
    uint64_t hash; /* the whole key: 64 keyed bits */
    see_time_ns last;
    struct see_history_tally tally;
    uint32_t next; /* the number of the next entry of the slot, from 1; 0: none */
};

#define ENTRIES_AT_FIRST 64

/* How many are looked at for one that may go. */
#define LOOKED_AT 16

/* Entries are numbered in 32 bits. */
#define ENTRIES_MAX (UINT32_C(1) << 31)

void see_history_init(struct see_history *history, size_t limit, enum see_history_keeps keeps)
{
    memset(history, 0, sizeof(*history));
    history->limit = limit < ENTRIES_MAX ? limit : ENTRIES_MAX;
    history->keeps = keeps;
    history->forgotten = INT64_MIN;
}

void see_history_finish(struct see_history *history)
{
    free(history->entries);
    free(history->slots);
    history->entries = NULL;
    history->slots = NULL;
    history->used = 0;
}

static uint32_t *slot_of(const struct see_history *history, uint64_t hash)
{
    return &history->slots[hash & (history->slot_count - 1)];
}

static struct see_history_entry *find(const struct see_history *history, uint64_t hash)
{
    uint32_t number = history->used > 0 ? *slot_of(history, hash) : 0;
    while (number > 0 && history->entries[number - 1].hash != hash) {
        number = history->entries[number - 1].next;
    }
    return number > 0 ? &history->entries[number - 1] : NULL;
}

static void link_in(struct see_history *history, struct see_history_entry *entry)
{
    uint32_t *slot = slot_of(history, entry->hash);
    entry->next = *slot;
    *slot = (uint32_t)(entry - history->entries) + 1;
}

static void unlink_from(struct see_history *history, const struct see_history_entry *entry)
{
    uint32_t number = (uint32_t)(entry - history->entries) + 1;
    uint32_t *at = slot_of(history, entry->hash);
    while (*at != number) {
        at = &history->entries[*at - 1].next;
    }
    *at = entry->next;
}

/* Makes room for twice as many, until the limit; as many slots, so that chains stay short. */
static int grow(struct see_history *history)
{
    size_t size = history->slot_count == 0 ? ENTRIES_AT_FIRST : history->slot_count * 2;
    size_t room = size < history->limit ? size : history->limit;
    struct see_history_entry *entries =
        realloc(history->entries, room * sizeof(struct see_history_entry));
    if (entries == NULL) {
        return SEE_ENOMEM;
    }
    history->entries = entries;
    uint32_t *slots = calloc(size, sizeof(uint32_t));
    if (slots == NULL) {
        return SEE_ENOMEM;
    }
    free(history->slots);
    history->slots = slots;
    history->slot_count = size;
    for (size_t i = 0; i < history->used; i++) {
        link_in(history, &entries[i]);
    }
    return SEE_OK;
}

static void forget(struct see_history *history, see_time_ns time)
{
    history->forgotten = time > history->forgotten ? time : history->forgotten;
    history->dropped++;
}

/* 63 bits of nanoseconds are fewer than 2^29 windows. */
static int32_t stretch_of(see_time_ns time)
{
    return (int32_t)(time / SEE_HISTORY_WINDOW);
}

/* The same as seen in a later window. */
static struct see_history_tally seen_from(const struct see_history_tally *tally, int32_t stretch)
{
    struct see_history_tally later = {.stretch = stretch};
    if (stretch <= tally->stretch) {
        return *tally;
    }
    later.before = stretch == tally->stretch + 1 ? tally->recent : 0;
    return later;
}

/* How often in this window and the one before. */
static uint64_t weight_of(const struct see_history_tally *tally, int32_t stretch)
{
    struct see_history_tally seen = seen_from(tally, stretch);
    return (uint64_t)seen.recent + seen.before;
}

static uint32_t more_of(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* What is pushed out is noted as the most that something was. */
static void lose(struct see_history *history, const struct see_history_tally *tally)
{
    struct see_history_tally *lost = &history->lost;
    int32_t stretch = tally->stretch > lost->stretch ? tally->stretch : lost->stretch;
    struct see_history_tally seen = seen_from(tally, stretch);
    *lost = seen_from(lost, stretch);
    lost->recent = more_of(lost->recent, seen.recent);
    lost->before = more_of(lost->before, seen.before);
}

/*
 * The entry that makes room for one of `time`: the next of the ring that was not noted of late, so
 * that the many of one time do not push out the few that are noted all the time.  Where none is
 * found soon, that of those looked at which was noted longest ago.
 */
static struct see_history_entry *oldest_of(struct see_history *history, see_time_ns time)
{
    struct see_history_entry *oldest = NULL;
    for (int i = 0; i < LOOKED_AT; i++) {
        struct see_history_entry *entry = &history->entries[history->hand];
        history->hand = history->hand + 1 < history->limit ? history->hand + 1 : 0;
        if (oldest == NULL || entry->last < oldest->last) {
            oldest = entry;
        }
        if (oldest->last < time - SEE_HISTORY_WINDOW) {
            break;
        }
    }
    return oldest;
}

/* Likewise, but that which was noted least: it raises the bound least. */
static struct see_history_entry *rarest_of(struct see_history *history, see_time_ns time)
{
    int32_t stretch = stretch_of(time);
    uint64_t few = weight_of(&history->lost, stretch) + 1;
    struct see_history_entry *rarest = NULL;
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < LOOKED_AT && least > few; i++) {
        struct see_history_entry *entry = &history->entries[history->hand];
        uint64_t weight = weight_of(&entry->tally, stretch);
        history->hand = history->hand + 1 < history->limit ? history->hand + 1 : 0;
        if (weight < least) {
            rarest = entry;
            least = weight;
        }
    }
    return rarest;
}

/* The place of a new entry, which an old one makes free when all are taken; NULL: no memory. */
static struct see_history_entry *make_room(struct see_history *history, see_time_ns time)
{
    if (history->used < history->limit) {
        if (history->used == history->slot_count && grow(history) != SEE_OK) {
            return NULL;
        }
        return &history->entries[history->used++];
    }
    bool keeps_bounds = history->keeps == SEE_HISTORY_KEEPS_BOUNDS;
    struct see_history_entry *old =
        keeps_bounds ? rarest_of(history, time) : oldest_of(history, time);
    if (keeps_bounds) {
        lose(history, &old->tally);
    }
    forget(history, old->last);
    unlink_from(history, old);
    return old;
}

/* A note may come late: what is older than the window before is not counted. */
static void count(struct see_history_tally *tally, see_time_ns time, uint32_t amount)
{
    int32_t stretch = stretch_of(time);
    *tally = seen_from(tally, stretch);
    if (stretch == tally->stretch && tally->recent < UINT32_MAX - amount) {
        tally->recent += amount;
    } else if (stretch == tally->stretch - 1 && tally->before < UINT32_MAX - amount) {
        tally->before += amount;
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
        count(&entry->tally, time, amount);
        return SEE_OK;
    }
    bool is_full = history->used == history->limit;
    if (is_full && (history->limit == 0 || history->keeps == SEE_HISTORY_KEEPS_OLDEST)) {
        forget(history, time);
        return SEE_OK;
    }
    entry = make_room(history, time);
    if (entry == NULL) {
        return SEE_ENOMEM;
    }
    /* It may have been pushed out before: then it was noted so often at most. */
    *entry = (struct see_history_entry){
        .hash = hash, .last = time, .tally = seen_from(&history->lost, stretch_of(time))};
    count(&entry->tally, time, amount);
    link_in(history, entry);
    return SEE_OK;
}

static uint64_t milli_of(const struct see_history_tally *tally, see_time_ns now)
{
    int32_t stretch = stretch_of(now);
    /* Of the window before, the part that is not older than the window. */
    uint64_t milli = 1000 - (uint64_t)(now % SEE_HISTORY_WINDOW / (SEE_HISTORY_WINDOW / 1000));
    if (stretch <= tally->stretch) {
        return (uint64_t)tally->recent * 1000 + tally->before * milli;
    }
    return stretch == tally->stretch + 1 ? tally->recent * milli : 0;
}

uint64_t see_history_count(const struct see_history *history, uint64_t hash, see_time_ns now)
{
    const struct see_history_entry *entry = find(history, hash);
    if (entry != NULL) {
        return milli_of(&entry->tally, now);
    }
    if (history->keeps == SEE_HISTORY_KEEPS_BOUNDS && history->limit > 0) {
        return milli_of(&history->lost, now);
    }
    return history->forgotten < now - SEE_HISTORY_WINDOW ? 0 : UINT64_MAX;
}

bool see_history_is_whole(const struct see_history *history)
{
    return history->dropped == 0;
}

bool see_history_has(const struct see_history *history, uint64_t hash)
{
    return find(history, hash) != NULL;
}
