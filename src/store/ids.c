/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/ids.h"

#include <stdlib.h>
#include <string.h>

struct see_ids_entry {
    struct see_map_node node;
    struct see_ids_entry *older, *newer;
    uint64_t id;
};

void see_ids_init(struct see_ids *ids, const struct see_hash_key *key, size_t bound)
{
    memset(ids, 0, sizeof(*ids));
    see_map_init(&ids->map);
    ids->key = *key;
    ids->bound = bound;
}

static void free_entry(struct see_map_node *node, void *ctx)
{
    (void)ctx;
    free(SEE_MAP_RECORD(node, struct see_ids_entry, node));
}

void see_ids_finish(struct see_ids *ids)
{
    see_map_drain(&ids->map, free_entry, NULL);
    see_map_finish(&ids->map);
    ids->oldest = NULL;
    ids->newest = NULL;
}

void see_ids_clear(struct see_ids *ids)
{
    struct see_hash_key key = ids->key;
    size_t bound = ids->bound;
    see_ids_finish(ids);
    see_ids_init(ids, &key, bound);
}

static struct see_ids_entry *find(const struct see_ids *ids, uint64_t hash, uint64_t id)
{
    for (struct see_map_node *node = see_map_first(&ids->map, hash); node != NULL;
         node = see_map_next(node)) {
        struct see_ids_entry *entry = SEE_MAP_RECORD(node, struct see_ids_entry, node);
        if (entry->id == id) {
            return entry;
        }
    }
    return NULL;
}

static void take_out(struct see_ids *ids, struct see_ids_entry *entry)
{
    see_map_remove(&ids->map, &entry->node);
    *(entry->older != NULL ? &entry->older->newer : &ids->oldest) = entry->newer;
    *(entry->newer != NULL ? &entry->newer->older : &ids->newest) = entry->older;
    free(entry);
}

static enum see_ids_answer answer(const struct see_ids *ids, const struct see_ids_entry *entry,
                                  uint64_t id)
{
    if (entry != NULL) {
        return SEE_IDS_YES;
    }
    return id <= ids->forgotten ? SEE_IDS_MAYBE : SEE_IDS_NO;
}

enum see_ids_answer see_ids_has(const struct see_ids *ids, uint64_t id)
{
    return answer(ids, find(ids, see_hash_number(&ids->key, id), id), id);
}

int see_ids_add(struct see_ids *ids, uint64_t id)
{
    uint64_t hash = see_hash_number(&ids->key, id);
    if (find(ids, hash, id) != NULL) {
        return SEE_OK;
    }
    struct see_ids_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL || see_map_add(&ids->map, &entry->node, hash) != SEE_OK) {
        free(entry);
        return SEE_ENOMEM;
    }
    entry->id = id;
    entry->older = ids->newest;
    *(ids->newest != NULL ? &ids->newest->newer : &ids->oldest) = entry;
    ids->newest = entry;
    if (ids->map.count > ids->bound) {
        ids->forgotten = ids->oldest->id > ids->forgotten ? ids->oldest->id : ids->forgotten;
        take_out(ids, ids->oldest);
    }
    return SEE_OK;
}

void see_ids_move(struct see_ids *ids, struct see_ids *into)
{
    int status = SEE_OK;
    for (const struct see_ids_entry *at = ids->oldest; at != NULL && status == SEE_OK;
         at = at->newer) {
        status = see_ids_add(into, at->id);
    }
    see_ids_clear(ids);
}

enum see_ids_answer see_ids_take(struct see_ids *ids, uint64_t id)
{
    struct see_ids_entry *entry = find(ids, see_hash_number(&ids->key, id), id);
    enum see_ids_answer was = answer(ids, entry, id);
    if (entry != NULL) {
        take_out(ids, entry);
    }
    return was;
}
