/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/late.h"

#include <stdlib.h>
#include <string.h>

/* An exchange that an entry waits for. */
struct wait {
    struct see_map_node node;
    struct see_exchange *exchange; /* a reference, NULL: not waited for */
    struct see_late_entry *entry;
    bool is_mapped;
};

enum { OF_REQUEST, OF_FOLLOWUP, WAITS };

struct see_late_entry {
    struct see_redirect redirect; /* its target points behind */
    struct wait waits[WAITS];
    TAILQ_ENTRY(see_late_entry) in_order;
    char target[];
};

void see_late_init(struct see_late *late, const struct see_hash_key *key)
{
    memset(late, 0, sizeof(*late));
    late->key = *key;
    see_map_init(&late->by_exchange);
    TAILQ_INIT(&late->in_order);
}

static void unmap(struct see_late *late, struct wait *wait)
{
    if (wait->is_mapped) {
        see_map_remove(&late->by_exchange, &wait->node);
        wait->is_mapped = false;
    }
}

static void entry_free(struct see_late_entry *entry)
{
    for (size_t i = 0; i < WAITS; i++) {
        see_exchange_unref(entry->waits[i].exchange);
    }
    free(entry);
}

static void take_out(struct see_late *late, struct see_late_entry *entry)
{
    for (size_t i = 0; i < WAITS; i++) {
        unmap(late, &entry->waits[i]);
    }
    TAILQ_REMOVE(&late->in_order, entry, in_order);
    late->count--;
}

void see_late_finish(struct see_late *late)
{
    struct see_late_entry *next;
    for (struct see_late_entry *entry = TAILQ_FIRST(&late->in_order); entry != NULL; entry = next) {
        next = TAILQ_NEXT(entry, in_order);
        take_out(late, entry);
        entry_free(entry);
    }
    see_map_finish(&late->by_exchange);
}

bool see_late_is_over(const struct see_redirect *redirect)
{
    return redirect->exchange->is_over &&
           (redirect->followup == NULL || redirect->followup->is_over);
}

static uint64_t hash_of(const struct see_late *late, const struct see_exchange *exchange)
{
    return see_hash_number(&late->key, exchange->id);
}

static struct see_late_entry *entry_new(const struct see_redirect *redirect)
{
    size_t len = redirect->target_uri.len;
    struct see_late_entry *entry = calloc(1, sizeof(*entry) + len);
    if (entry == NULL) {
        return NULL;
    }
    entry->redirect = *redirect;
    if (redirect->target_uri.ptr != NULL) {
        memcpy(entry->target, redirect->target_uri.ptr, len);
        entry->redirect.target_uri.ptr = entry->target;
    }
    return entry;
}

static int wait_for(struct see_late *late, struct see_late_entry *entry, size_t which,
                    const struct see_exchange *exchange)
{
    struct wait *wait = &entry->waits[which];
    wait->entry = entry;
    if (exchange == NULL) {
        return SEE_OK;
    }
    /* Shared by reference count; only the http room changes what is in it. */
    wait->exchange = see_exchange_ref((struct see_exchange *)(uintptr_t)exchange);
    if (exchange->is_over) {
        return SEE_OK;
    }
    int status = see_map_add(&late->by_exchange, &wait->node, hash_of(late, exchange));
    wait->is_mapped = status == SEE_OK;
    return status;
}

int see_late_keep(struct see_late *late, const struct see_redirect *redirect)
{
    struct see_late_entry *entry = entry_new(redirect);
    if (entry == NULL) {
        return SEE_ENOMEM;
    }
    TAILQ_INSERT_TAIL(&late->in_order, entry, in_order);
    late->count++;
    int status = wait_for(late, entry, OF_REQUEST, redirect->exchange);
    if (status == SEE_OK) {
        status = wait_for(late, entry, OF_FOLLOWUP, redirect->followup);
    }
    if (status != SEE_OK) {
        take_out(late, entry);
        entry_free(entry);
    }
    return status;
}

static int hand_back(struct see_late *late, struct see_late_entry *entry, struct see_late_sink sink)
{
    take_out(late, entry);
    int status = sink.redirect(sink.ctx, &entry->redirect);
    entry_free(entry);
    return status;
}

/* The oldest entry that waits for this exchange: the map has the newest first. */
static struct wait *find_oldest(const struct see_late *late, const struct see_exchange *exchange)
{
    struct wait *found = NULL;
    for (struct see_map_node *node = see_map_first(&late->by_exchange, hash_of(late, exchange));
         node != NULL; node = see_map_next(node)) {
        struct wait *wait = SEE_MAP_RECORD(node, struct wait, node);
        if (wait->exchange == exchange) {
            found = wait;
        }
    }
    return found;
}

int see_late_exchange(struct see_late *late, const struct see_exchange *exchange,
                      struct see_late_sink sink)
{
    int status = SEE_OK;
    struct wait *wait;
    while (status == SEE_OK && late->count > 0 && (wait = find_oldest(late, exchange)) != NULL) {
        unmap(late, wait);
        if (see_late_is_over(&wait->entry->redirect)) {
            status = hand_back(late, wait->entry, sink);
        }
    }
    return status;
}

int see_late_oldest(struct see_late *late, struct see_late_sink sink)
{
    return hand_back(late, TAILQ_FIRST(&late->in_order), sink);
}
