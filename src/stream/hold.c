/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/hold.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct see_hold *see_hold_new(void)
{
    struct see_hold *hold = calloc(1, sizeof(*hold));
    if (hold != NULL) {
        TAILQ_INIT(&hold->pieces);
    }
    return hold;
}

void see_hold_free(struct see_hold *hold)
{
    if (hold == NULL) {
        return;
    }
    while (!TAILQ_EMPTY(&hold->pieces)) {
        struct see_piece *piece = TAILQ_FIRST(&hold->pieces);
        TAILQ_REMOVE(&hold->pieces, piece, entry);
        free(piece);
    }
    free(hold);
}

struct see_piece *see_hold_first(const struct see_hold *hold)
{
    return TAILQ_FIRST(&hold->pieces);
}

struct see_piece *see_hold_last(const struct see_hold *hold)
{
    return TAILQ_LAST(&hold->pieces, see_pieces);
}

static size_t octets_of(const struct see_piece *piece)
{
    return piece->kind == SEE_PIECE_OCTETS ? (size_t)piece->len : 0;
}

static void account(struct see_hold *hold, const struct see_piece *piece)
{
    hold->count++;
    hold->octets += octets_of(piece);
    hold->size += sizeof(*piece) + octets_of(piece);
}

void see_hold_take(struct see_hold *hold, struct see_piece *piece)
{
    if (hold->uncovered == piece) {
        hold->uncovered = TAILQ_NEXT(piece, entry);
    }
    TAILQ_REMOVE(&hold->pieces, piece, entry);
    hold->count--;
    hold->octets -= octets_of(piece);
    hold->size -= sizeof(*piece) + octets_of(piece);
}

void see_hold_cover(struct see_hold *hold, uint64_t place, struct see_moment moment)
{
    struct see_piece *piece = hold->uncovered;
    hold->covered = place;
    while (piece != NULL && piece->place <= place) {
        piece->is_covered = true;
        piece->covered = moment;
        piece = TAILQ_NEXT(piece, entry);
    }
    hold->uncovered = piece;
}

void see_hold_move(struct see_hold *hold, uint64_t distance, uint64_t covered,
                   struct see_moment moment)
{
    struct see_piece *piece;
    hold->uncovered = NULL;
    TAILQ_FOREACH_REVERSE(piece, &hold->pieces, see_pieces, entry)
    {
        piece->place += distance;
        if (!piece->is_covered || piece->place > covered) {
            piece->is_covered = false;
            hold->uncovered = piece;
        }
    }
    see_hold_cover(hold, covered, moment);
}

/* Puts a copy of the part [from, from + len) of `whole` behind `before` (NULL: first). */
static int insert(struct see_hold *hold, struct see_piece *before, const struct see_piece *whole,
                  const uint8_t *octets, uint64_t from, uint64_t len)
{
    size_t copied = octets != NULL ? (size_t)len : 0;
    struct see_piece *piece = malloc(sizeof(*piece) + copied);
    if (piece == NULL) {
        return SEE_ENOMEM;
    }
    *piece = *whole;
    piece->place = from;
    piece->len = len;
    piece->is_covered = from <= hold->covered;
    piece->covered = piece->arrived;
    if (copied > 0) {
        memcpy(piece->octets, octets + (from - whole->place), copied);
    }
    if (before != NULL) {
        TAILQ_INSERT_AFTER(&hold->pieces, before, piece, entry);
    } else {
        TAILQ_INSERT_HEAD(&hold->pieces, piece, entry);
    }
    if (!piece->is_covered && (hold->uncovered == NULL || from < hold->uncovered->place)) {
        hold->uncovered = piece;
    }
    account(hold, piece);
    return SEE_OK;
}

/* Compares the part [from, to) of `whole` with the octets that `held` has there. */
static void compare(const struct see_piece *held, const struct see_piece *whole,
                    const uint8_t *octets, uint64_t from, uint64_t to, struct see_overlap *overlap)
{
    size_t len = (size_t)(to - from);
    if (octets == NULL || held->kind != SEE_PIECE_OCTETS) {
        /* What the snap length cut off once stays a gap: nothing to compare with. */
        overlap->equal += octets != NULL ? len : 0;
        return;
    }
    const uint8_t *ours = held->octets + (from - held->place);
    const uint8_t *theirs = octets + (from - whole->place);
    size_t different = 0;
    if (memcmp(ours, theirs, len) != 0) {
        for (size_t i = 0; i < len; i++) {
            different += ours[i] != theirs[i];
        }
    }
    overlap->different += different;
    overlap->equal += len - different;
}

/* The last piece that begins at `place` or before it; most arrive behind all others. */
static struct see_piece *last_until(const struct see_hold *hold, uint64_t place)
{
    struct see_piece *piece = see_hold_last(hold);
    while (piece != NULL && piece->place > place) {
        piece = TAILQ_PREV(piece, see_pieces, entry);
    }
    return piece;
}

int see_hold_add(struct see_hold *hold, const struct see_piece *piece, const uint8_t *octets,
                 struct see_overlap *ret_overlap)
{
    uint64_t at = piece->place;
    uint64_t end = piece->place + piece->len;
    struct see_piece *held = last_until(hold, at);
    *ret_overlap = (struct see_overlap){0};
    if (piece->kind == SEE_PIECE_FINISH) {
        assert(held == see_hold_last(hold));
        return insert(hold, held, piece, NULL, at, 0);
    }
    while (at < end) {
        if (held != NULL && held->place + held->len > at) {
            uint64_t to = held->place + held->len < end ? held->place + held->len : end;
            compare(held, piece, octets, at, to, ret_overlap);
            at = to;
            continue;
        }
        struct see_piece *next = held != NULL ? TAILQ_NEXT(held, entry) : see_hold_first(hold);
        uint64_t to = next != NULL && next->place < end ? next->place : end;
        if (to > at) {
            int rc = insert(hold, held, piece, octets, at, to - at);
            if (rc != SEE_OK) {
                return rc;
            }
        }
        at = to;
        held = next;
    }
    return SEE_OK;
}
