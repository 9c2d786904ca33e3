/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ids - run-local ids of rows that may still have to be completed.
 *
 * Ids go in when their row is written and come out when it is complete.  Some never come out
 * (their last event was over before the row was written), so the set is bounded: past the bound
 * the id longest inside is forgotten, and the set then answers "maybe" for ids up to the greatest
 * forgotten one.  The answer is never a wrong yes or no.
 */
#ifndef SEE_STORE_IDS_H
#define SEE_STORE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/hash.h"
#include "core/map.h"
#include "core/status.h"

enum see_ids_answer { SEE_IDS_NO, SEE_IDS_YES, SEE_IDS_MAYBE };

struct see_ids_entry;

struct see_ids {
    struct see_map map;
    struct see_hash_key key;
    struct see_ids_entry *oldest, *newest;
    size_t bound;
    uint64_t forgotten; /* the greatest id that was pushed out; 0: none yet */
};

/* An empty set of at most `bound` ids, which is at least 1. */
void see_ids_init(struct see_ids *ids, const struct see_hash_key *key, size_t bound);
void see_ids_finish(struct see_ids *ids);

/* Takes all out and puts them into another one, as far as there is memory. */
void see_ids_move(struct see_ids *ids, struct see_ids *into);

/* Forgets all. */
void see_ids_clear(struct see_ids *ids);

/* Whether `id` is in. */
enum see_ids_answer see_ids_has(const struct see_ids *ids, uint64_t id);

/* Puts `id` in, once.  Fails with SEE_ENOMEM, the set unchanged. */
SEE_MUST_CHECK int see_ids_add(struct see_ids *ids, uint64_t id);

/* Takes `id` out; the answer is what `see_ids_has` said before. */
enum see_ids_answer see_ids_take(struct see_ids *ids, uint64_t id);

/*
 * Ids of rows that were written for the last time, as far as they are still known: who asks about
 * another one may write it once more, which changes nothing but takes its time.  So many that those
 * of some thousand connections at a time are known.
 */
#define SEE_IDS_FINAL 4096

struct see_ids_final {
    uint64_t ids[SEE_IDS_FINAL]; /* by their last bits; 0: none */
};

static inline bool see_ids_is_final(const struct see_ids_final *final, uint64_t id)
{
    return final->ids[id % SEE_IDS_FINAL] == id;
}

static inline void see_ids_note_final(struct see_ids_final *final, uint64_t id)
{
    final->ids[id % SEE_IDS_FINAL] = id;
}

#endif
