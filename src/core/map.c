/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_AT_FIRST 128

void see_map_init(struct see_map *map)
{
    memset(map, 0, sizeof(*map));
}

void see_map_finish(struct see_map *map)
{
    free(map->slots);
    see_map_init(map);
}

static int grow(struct see_map *map)
{
    size_t slot_count = map->slot_count > 0 ? map->slot_count * 2 : SLOTS_AT_FIRST;
    struct see_map_node **slots = calloc(slot_count, sizeof(struct see_map_node *));
    if (slots == NULL) {
        return SEE_ENOMEM;
    }
    for (size_t i = 0; i < map->slot_count; i++) {
        /* Appended, so that newest-first survives the move. */
        struct see_map_node **low = &slots[i];
        struct see_map_node **high = &slots[i + map->slot_count];
        struct see_map_node *node = map->slots[i];
        while (node != NULL) {
            struct see_map_node *next = node->next;
            struct see_map_node ***tail = (node->hash & map->slot_count) != 0 ? &high : &low;
            node->next = NULL;
            **tail = node;
            *tail = &node->next;
            node = next;
        }
    }
    free(map->slots);
    map->slots = slots;
    map->slot_count = slot_count;
    return SEE_OK;
}

int see_map_add(struct see_map *map, struct see_map_node *node, uint64_t hash)
{
    /* Half of the slots stay empty: a node of another hash costs a look into memory. */
    if (2 * map->count >= map->slot_count && grow(map) != SEE_OK && map->slot_count == 0) {
        return SEE_ENOMEM;
    }
    struct see_map_node **slot = &map->slots[hash & (map->slot_count - 1)];
    node->hash = hash;
    node->next = *slot;
    *slot = node;
    map->count++;
    return SEE_OK;
}

static struct see_map_node **link_to(struct see_map *map, const struct see_map_node *node)
{
    struct see_map_node **at = &map->slots[node->hash & (map->slot_count - 1)];
    while (*at != node) {
        assert(*at != NULL);
        at = &(*at)->next;
    }
    return at;
}

void see_map_remove(struct see_map *map, struct see_map_node *node)
{
    struct see_map_node **at = link_to(map, node);
    *at = node->next;
    node->next = NULL;
    map->count--;
}

void see_map_replace(struct see_map *map, struct see_map_node *old, struct see_map_node *node)
{
    struct see_map_node **at = link_to(map, old);
    *node = *old;
    *at = node;
    old->next = NULL;
}

static struct see_map_node *same_hash(struct see_map_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash) {
        node = node->next;
    }
    return node;
}

struct see_map_node *see_map_first(const struct see_map *map, uint64_t hash)
{
    return map->slot_count > 0 ? same_hash(map->slots[hash & (map->slot_count - 1)], hash) : NULL;
}

struct see_map_node *see_map_next(const struct see_map_node *node)
{
    return same_hash(node->next, node->hash);
}

void see_map_drain(struct see_map *map, void (*visit)(struct see_map_node *node, void *ctx),
                   void *ctx)
{
    for (size_t i = 0; i < map->slot_count; i++) {
        struct see_map_node *node = map->slots[i];
        map->slots[i] = NULL;
        while (node != NULL) {
            struct see_map_node *next = node->next;
            visit(node, ctx);
            node = next;
        }
    }
    map->count = 0;
}
