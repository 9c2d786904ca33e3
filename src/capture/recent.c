/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/recent.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Chains; those that share a slot are told apart by their keys. */
#define SLOTS ((size_t)1 << 16)

/* What stands in front of each frame's octets. */
struct record {
    uint32_t size; /* octets to the next one, a multiple of ALIGNMENT */
    uint32_t len;
    uint64_t key;
    uint64_t before; /* the place of the one before it in its slot */
    struct see_stamp stamp;
    uint32_t wire_len, interface, snap_len;
    int32_t link_type; /* FILLER: no frame, but what was left at the end of the block */
};

#define ALIGNMENT sizeof(uint64_t)
#define FILLER INT32_MIN

struct see_recent {
    uint8_t *block;
    size_t size;
    uint64_t tail, head;
    uint64_t added;       /* the place of the frame added last, until it is kept or dropped */
    uint64_t head_before; /* and where the head was before */
    struct see_recent_counts counts;
    uint64_t slots[SLOTS]; /* the latest place of each */
};

struct see_recent *see_recent_new(size_t octets)
{
    struct see_recent *recent = malloc(sizeof(*recent));
    if (recent == NULL) {
        return NULL;
    }
    memset(recent, 0, offsetof(struct see_recent, slots));
    memset(recent->slots, 0xff, sizeof(recent->slots)); /* SEE_RECENT_NONE */
    recent->added = SEE_RECENT_NONE;
    recent->size = octets - octets % ALIGNMENT;
    recent->block = malloc(recent->size > 0 ? recent->size : 1);
    if (recent->block == NULL) {
        free(recent);
        return NULL;
    }
    return recent;
}

void see_recent_free(struct see_recent *recent)
{
    if (recent != NULL) {
        free(recent->block);
        free(recent);
    }
}

static struct record *record_at(const struct see_recent *recent, uint64_t place)
{
    return (struct record *)(void *)(recent->block + place % recent->size);
}

/* What is left at the end of the block may have no room for more than the first member. */
static uint32_t size_at(const struct see_recent *recent, uint64_t place, bool *ret_is_filler)
{
    size_t left = recent->size - place % recent->size;
    *ret_is_filler = left < sizeof(struct record) || record_at(recent, place)->link_type == FILLER;
    return *ret_is_filler ? (uint32_t)left : record_at(recent, place)->size;
}

/* Gives the oldest record up; whether it was a frame. */
static bool give_up(struct see_recent *recent)
{
    bool is_filler;
    recent->tail += size_at(recent, recent->tail, &is_filler);
    recent->counts.held -= !is_filler;
    return !is_filler;
}

static void make_room(struct see_recent *recent, size_t size)
{
    while (recent->head + size - recent->tail > recent->size) {
        recent->counts.forgotten += give_up(recent);
    }
}

void see_recent_add(struct see_recent *recent, const struct see_frame *frame)
{
    size_t size = sizeof(struct record) + frame->len;
    size += (ALIGNMENT - size % ALIGNMENT) % ALIGNMENT;
    recent->added = SEE_RECENT_NONE;
    recent->head_before = recent->head;
    if (size > recent->size || frame->len > UINT32_MAX / 2) {
        recent->counts.forgotten++;
        return;
    }
    size_t left = recent->size - recent->head % recent->size;
    if (left < size) {
        make_room(recent, left);
        if (left >= sizeof(struct record)) {
            record_at(recent, recent->head)->link_type = FILLER;
        }
        recent->head += left;
    }
    make_room(recent, size);
    struct record *record = record_at(recent, recent->head);
    *record = (struct record){
        .size = (uint32_t)size,
        .len = (uint32_t)frame->len,
        .before = SEE_RECENT_NONE,
        .stamp = frame->stamp,
        .wire_len = (uint32_t)(frame->wire_len < UINT32_MAX ? frame->wire_len : UINT32_MAX),
        .interface = frame->interface,
        .snap_len = frame->snap_len,
        .link_type = frame->link_type,
    };
    memcpy(record + 1, frame->data, frame->len);
    recent->added = recent->head;
    recent->head += size;
    recent->counts.held++;
}

void see_recent_keep(struct see_recent *recent, uint64_t key)
{
    if (recent->added == SEE_RECENT_NONE) {
        return;
    }
    struct record *record = record_at(recent, recent->added);
    uint64_t *slot = &recent->slots[key % SLOTS];
    record->key = key;
    record->before = *slot;
    *slot = recent->added;
    recent->added = SEE_RECENT_NONE;
}

void see_recent_drop(struct see_recent *recent)
{
    if (recent->added == SEE_RECENT_NONE) {
        return;
    }
    recent->counts.held--;
    recent->counts.useless++;
    /* All that was there may have been given up for it. */
    recent->head = recent->head_before > recent->tail ? recent->head_before : recent->tail;
    recent->added = SEE_RECENT_NONE;
}

void see_recent_expire(struct see_recent *recent, see_time_ns time)
{
    while (recent->tail < recent->head) {
        bool is_filler;
        size_at(recent, recent->tail, &is_filler);
        if (!is_filler && record_at(recent, recent->tail)->stamp.time_ns >= time) {
            return;
        }
        recent->counts.expired += give_up(recent);
    }
}

/* The first place from here on along the slot that is still there and has the key. */
static uint64_t find(const struct see_recent *recent, uint64_t place, uint64_t key)
{
    while (place != SEE_RECENT_NONE && place >= recent->tail) {
        const struct record *record = record_at(recent, place);
        if (record->key == key) {
            return place;
        }
        place = record->before;
    }
    return SEE_RECENT_NONE;
}

uint64_t see_recent_last(const struct see_recent *recent, uint64_t key)
{
    return find(recent, recent->slots[key % SLOTS], key);
}

uint64_t see_recent_before(const struct see_recent *recent, uint64_t place)
{
    const struct record *record = record_at(recent, place);
    return find(recent, record->before, record->key);
}

uint64_t see_recent_get(const struct see_recent *recent, uint64_t place,
                        struct see_frame *ret_frame)
{
    const struct record *record = record_at(recent, place);
    assert(place >= recent->tail && place < recent->head);
    *ret_frame = (struct see_frame){
        .stamp = record->stamp,
        .link_type = record->link_type,
        .interface = record->interface,
        .snap_len = record->snap_len,
        .data = (const uint8_t *)(record + 1),
        .len = record->len,
        .wire_len = record->wire_len,
    };
    return record->key;
}

struct see_recent_counts see_recent_counts(const struct see_recent *recent)
{
    return recent->counts;
}
