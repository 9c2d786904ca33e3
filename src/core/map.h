/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * map - a chained hash map of nodes that live inside the caller's records.
 *
 *     slots  [ 0 ][ 1 ][ 2 ] ...        a power of two, doubled when half full
 *              |    |
 *            node  node -> node         newest first; equal hashes may repeat
 *
 * Most of what is looked for in most maps is not there.  Of each slot a mask tells which eighths of
 * all hashes it may have: eight times smaller than the slots, it is at hand where they and their
 * nodes are not.  A bit stays set until its slot is empty, or the map grows.
 *
 * The map owns its slots only.  Hashes come from `see_hash`, so a stranger
 * cannot pile nodes into one slot; taking one out walks its slot, so whoever may
 * have many of equal hash keeps them in a list behind one node.  Growing moves
 * nodes, never their memory.
 * The order of a walk depends on the key of the run: never let it show.
 */
#ifndef SEE_CORE_MAP_H
#define SEE_CORE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

struct see_map_node {
    struct see_map_node *next;
    uint64_t hash;
};

struct see_map {
    struct see_map_node **slots;
    uint8_t *masks; /* a bit for each eighth of all hashes: set where the slot may have one of it */
    size_t slot_count;
    size_t count;
};

/* The record of type `type` that holds the map node `node` as its `member`. */
#define SEE_MAP_RECORD(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Starts an empty map; nothing is allocated before the first node. */
void see_map_init(struct see_map *map);

/* Frees the slots; the nodes are the caller's. */
void see_map_finish(struct see_map *map);

/* Adds `node` under `hash`.  Fails with SEE_ENOMEM, the map unchanged. */
SEE_MUST_CHECK int see_map_add(struct see_map *map, struct see_map_node *node, uint64_t hash);

/* Takes out `node`, which must be in the map. */
void see_map_remove(struct see_map *map, struct see_map_node *node);

/* Puts `node` in the place of `old`, which is in the map, under the same hash. */
void see_map_replace(struct see_map *map, struct see_map_node *old, struct see_map_node *node);

/* The bit of a hash in the mask of its slot: by bits that do not tell the slot. */
static inline uint8_t see_map_bit(uint64_t hash)
{
    return (uint8_t)(1u << (hash >> 61));
}

/* The newest node of this slot with this hash, or NULL. */
struct see_map_node *see_map_of_slot(const struct see_map *map, size_t slot, uint64_t hash);

/* The newest node with this hash, or NULL; the caller compares the real key. */
static inline struct see_map_node *see_map_first(const struct see_map *map, uint64_t hash)
{
    size_t slot = hash & (map->slot_count - 1);
    bool may_be = map->slot_count > 0 && (map->masks[slot] & see_map_bit(hash)) != 0;
    return may_be ? see_map_of_slot(map, slot, hash) : NULL;
}

/* A node of this hash is looked for soon: its slot is fetched from memory. */
static inline void see_map_expect(const struct see_map *map, uint64_t hash)
{
    if (map->slot_count > 0) {
        __builtin_prefetch(&map->masks[hash & (map->slot_count - 1)]);
        __builtin_prefetch(&map->slots[hash & (map->slot_count - 1)]);
    }
}

/* The first node in the slot of this hash, whatever its own is, or NULL. */
static inline struct see_map_node *see_map_slot(const struct see_map *map, uint64_t hash)
{
    return map->slot_count > 0 ? map->slots[hash & (map->slot_count - 1)] : NULL;
}

/* The next older node with the same hash, or NULL. */
struct see_map_node *see_map_next(const struct see_map_node *node);

/* Calls `visit` for each node, which it may free.  Ends with the map empty. */
void see_map_drain(struct see_map *map, void (*visit)(struct see_map_node *node, void *ctx),
                   void *ctx);

#endif
