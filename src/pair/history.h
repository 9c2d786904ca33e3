/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * history - which targets a client has asked for of late, and which authorities
 * can be seen at all.
 *
 * Of what a client asked for, what it asked for long ago makes room for the newest,
 * and what was pushed out is remembered as a time, so that "not asked" is never
 * claimed of a stretch that is no longer known.  Where a bound does as well, the most
 * that anything was noted that was pushed out is remembered, which is the most that
 * anything else can have been (Metwally et al., Space-Saving, 2005).  Of authorities the
 * first ones stay, because they count from the start of the run, and later ones are not
 * taken in.
 *
 *     slots    [ 0 ][ 3 ][ 0 ][ 1 ] ...     numbers of entries, 0: none
 *     entries  [ 1 ][ 2 ][ 3 ] ...          32 octets each, in the order of coming; `next` leads on
 */
#ifndef SEE_PAIR_HISTORY_H
#define SEE_PAIR_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "core/time.h"

enum see_history_keeps {
    SEE_HISTORY_KEEPS_NEWEST,
    SEE_HISTORY_KEEPS_BOUNDS, /* the newest that were noted most, and a bound for all others */
    SEE_HISTORY_KEEPS_OLDEST,
};

/* How often something was noted, by windows. */
struct see_history_tally {
    int32_t stretch;         /* the number of the window that `recent` counts */
    uint32_t recent, before; /* how often in that window, and in the one before */
};

struct see_history {
    struct see_history_entry *entries; /* a ring once all `limit` are used */
    uint32_t *slots;                   /* numbers of entries, by hash */
    size_t slot_count;                 /* a power of two, and no fewer than are used */
    size_t limit, used, hand;          /* the hand: where an old one is looked for next */
    enum see_history_keeps keeps;
    see_time_ns forgotten;         /* the latest time among entries pushed out or not taken in */
    struct see_history_tally lost; /* KEEPS_BOUNDS: at most so often what was pushed out */
    uint64_t dropped;              /* how often an entry was */
};

void see_history_init(struct see_history *history, size_t limit, enum see_history_keeps keeps);
void see_history_finish(struct see_history *history);

/* Notes that `hash` was asked for at `time`. */
SEE_MUST_CHECK int see_history_note(struct see_history *history, uint64_t hash, see_time_ns time);

/* The same, but what is counted grows by `amount`. */
SEE_MUST_CHECK int see_history_add(struct see_history *history, uint64_t hash, see_time_ns time,
                                   uint32_t amount);

/* How far back `see_history_count` looks. */
#define SEE_HISTORY_WINDOW (30 * SEE_NS_PER_S)

/*
 * About how often `hash` was noted, or how much was added, in the window before `now`, in
 * thousandths; UINT64_MAX when that is not known any more.  Of KEEPS_BOUNDS at most so often.
 */
uint64_t see_history_count(const struct see_history *history, uint64_t hash, see_time_ns now);

/* Whether all that was ever noted is still known. */
bool see_history_is_whole(const struct see_history *history);

/* Whether `hash` was ever noted and is still known. */
bool see_history_has(const struct see_history *history, uint64_t hash);

#endif
