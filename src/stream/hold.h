/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hold - what one direction has that it cannot hand on yet.
 *
 * A sorted list of pieces that do not overlap, each with a copy of its octets:
 *
 *     place    104        112   116         130
 *     pieces    [CCCC]     [DDDD][cut]       [finish]
 *              ^     ^^^^^^
 *              first  a hole
 *
 * The first copy of an octet wins.  Pieces up to which the other side has
 * acknowledged come first in the list and know since when; that costs one step
 * for each piece in its life.  No policy lives here.
 */
#ifndef SEE_STREAM_HOLD_H
#define SEE_STREAM_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/stamp.h"
#include "core/status.h"

struct see_flow;

/* A point in the life of a connection: by the clock, and by the segments that it has had. */
struct see_moment {
    see_time_ns time_ns;
    uint32_t segments;
};

enum see_piece_kind {
    SEE_PIECE_OCTETS,
    SEE_PIECE_CUT,    /* sent, but cut off by the snap length: a gap when it is its turn */
    SEE_PIECE_FINISH, /* a FIN; no octets */
};

struct see_piece {
    TAILQ_ENTRY(see_piece) entry;
    uint64_t place;        /* of its first octet */
    uint64_t len;          /* 0 for a finish only */
    uint64_t acknowledged; /* the place in the other direction that its sender had acknowledged */
    uint32_t ack;          /* and the same as it stood in the segment */
    bool has_ack;
    struct see_stamp stamp; /* of its segment */
    struct see_moment arrived;
    struct see_moment covered; /* when an ACK of `place` or more was first seen */
    bool is_covered;
    enum see_piece_kind kind;
    uint8_t octets[];
};

TAILQ_HEAD(see_pieces, see_piece);

/* What the clock can do for a hold: look again after a while, or nothing. */
enum see_wait { SEE_WAIT_NONE, SEE_WAIT_REORDER, SEE_WAIT_ONE_SIDED, SEE_WAITS };

struct see_hold {
    struct see_pieces pieces;
    struct see_piece *uncovered; /* the first piece that no ACK covers, or NULL */
    uint64_t covered;            /* the place up to which ACKs were seen */
    size_t count;
    size_t octets; /* captured octets in it */
    size_t size;   /* memory of the pieces */

    /* For the flow that owns it: */
    struct see_flow *flow;
    see_time_ns moved; /* when its direction last moved on */
    enum see_wait wait;
    see_time_ns waiting_since;
    TAILQ_ENTRY(see_hold) waiting;
};

TAILQ_HEAD(see_holds, see_hold);

/* Octets that were there already: the same ones, and others in their place. */
struct see_overlap {
    size_t equal;
    size_t different;
};

/* NULL when memory ran out. */
struct see_hold *see_hold_new(void);
void see_hold_free(struct see_hold *hold); /* takes NULL */

/*
 * Puts in what is not there yet of `piece`, as one piece or as several; `octets` are copied (NULL
 * for a cut or a finish).  Fails with SEE_ENOMEM, a part of it being held.
 */
SEE_MUST_CHECK int see_hold_add(struct see_hold *hold, const struct see_piece *piece,
                                const uint8_t *octets, struct see_overlap *ret_overlap);

/* The first or last piece, or NULL. */
struct see_piece *see_hold_first(const struct see_hold *hold);
struct see_piece *see_hold_last(const struct see_hold *hold);

/* Takes a piece out; it is the caller's to free. */
void see_hold_take(struct see_hold *hold, struct see_piece *piece);

/*
 * Moves all pieces `distance` places on: their direction begins earlier than was thought.  The
 * other side has acknowledged up to `covered`, counted in the new places.
 */
void see_hold_move(struct see_hold *hold, uint64_t distance, uint64_t covered,
                   struct see_moment moment);

/* The other side has acknowledged up to `place`, first seen at `moment`. */
void see_hold_cover(struct see_hold *hold, uint64_t place, struct see_moment moment);

#endif
