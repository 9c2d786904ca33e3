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
    free(map->masks);
    see_map_init(map);
}

static int grow(struct see_map *map)
{
    size_t slot_count = map->slot_count > 0 ? map->slot_count * 2 : SLOTS_AT_FIRST;
    struct see_map_node **slots = calloc(slot_count, sizeof(struct see_map_node *));
    uint8_t *masks = calloc(slot_count, 1);
    if (slots == NULL || masks == NULL) {
        free(slots);
        free(masks);
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
            masks[node->hash & (slot_count - 1)] |= see_map_bit(node->hash);
            node->next = NULL;
            **tail = node;
            *tail = &node->next;
            node = next;
        }
    }
    free(map->slots);
    free(map->masks);
    map->slots = slots;
    map->masks = masks;
    map->slot_count = slot_count;
    return SEE_OK;
}

int see_map_add(struct see_map *map, struct see_map_node *node, uint64_t hash)
{
    /* Half of the slots stay empty: a node of another hash costs a look into memory. */
    if (2 * map->count >= map->slot_count && grow(map) != SEE_OK && map->slot_count == 0) {
        return SEE_ENOMEM;
    }
    size_t index = hash & (map->slot_count - 1);
    struct see_map_node **slot = &map->slots[index];
    map->masks[index] |= see_map_bit(hash);
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
    size_t index = node->hash & (map->slot_count - 1);
    if (map->slots[index] == NULL) {
        map->masks[index] = 0;
    }
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

struct see_map_node *see_map_of_slot(const struct see_map *map, size_t slot, uint64_t hash)
{
    return same_hash(map->slots[slot], hash);
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
        map->masks[i] = 0;
        while (node != NULL) {
            struct see_map_node *next = node->next;
            visit(node, ctx);
            node = next;
        }
    }
    map->count = 0;
}
