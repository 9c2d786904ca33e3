/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * room - what is stored while the disk is full: what findings need, and counters.
 */
#include "store/state.h"
#include "store/store.h"

/* How many pages the log may have before it goes into the file: SQLite's default, and less. */
#define LOG_PAGES 1000
#define LOG_PAGES_LEAN 16

void store_bound_log(struct see_store *store)
{
    see_writer_leave(store);
    if (store->database.db != NULL) {
        (void)sqlite3_wal_autocheckpoint(store->database.db,
                                         store->is_lean ? LOG_PAGES_LEAN : LOG_PAGES);
    }
}

static void set_lean(struct see_store *store, bool is_lean)
{
    store->is_lean = is_lean;
    store->may_lack |= is_lean;
    store_bound_log(store);
}

void see_store_keep_room(struct see_store *store)
{
    see_reserve_open(&store->reserve, store->path);
    see_store_look_at_room(store);
}

bool see_store_look_at_room(struct see_store *store)
{
    struct see_reserve *reserve = &store->reserve;
    if (see_reserve_is_scarce(reserve)) {
        see_store_spare(store);
    } else if ((store->is_lean || !reserve->is_held) && see_reserve_is_ample(reserve) &&
               see_reserve_take(reserve)) {
        set_lean(store, false);
    }
    return store->is_lean;
}

bool see_store_spare(struct see_store *store)
{
    bool is_news = !store->is_lean;
    see_reserve_release(&store->reserve);
    set_lean(store, true);
    return is_news;
}

bool see_store_is_full(const struct see_store *store)
{
    return store->is_full;
}

uint64_t see_store_left_out(const struct see_store *store)
{
    return store->left_out;
}

uint64_t see_store_lost(const struct see_store *store)
{
    return store->findings_lost;
}
