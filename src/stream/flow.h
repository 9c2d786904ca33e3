/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flow - what the stream room knows of one connection.
 *
 * Small on purpose: a scan or a flood makes many of them.  The public record is
 * made with the first chunk, and a hold while there is something to hold.
 *
 * Directions are numbered by the order of the two ends in the key, which never
 * changes; `opener` says which of them is ends[0] of the public record.
 */
#ifndef SEE_STREAM_FLOW_H
#define SEE_STREAM_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/map.h"
#include "core/stamp.h"
#include "stream/connection.h"
#include "stream/hold.h"
#include "stream/sequence.h"

/* What one end sends.  `offset` and `next` are the same octet, and move together. */
struct see_direction {
    uint64_t offset;         /* the place of the next octet to hand on */
    uint64_t acked;          /* the place up to which the other side has acknowledged */
    struct see_hold *hold;   /* NULL when nothing is held */
    uint32_t next;           /* the sequence number of the next octet to hand on */
    uint32_t finish;         /* that of the FIN */
    bool is_seen : 1;        /* a segment of this direction is in the capture */
    bool is_known : 1;       /* `next` means something */
    bool is_exact : 1;       /* the SYN was seen: place 0 is the first octet sent */
    bool has_finish : 1;     /* a FIN was seen: `finish` means something */
    bool is_finished : 1;    /* and all octets before it are handed on */
    bool is_begin_acked : 1; /* place 0 is where an ACK says */
    bool is_over : 1;        /* no FIN was seen, but a lone ACK past the last octet: see wait.c */
};

/* What becomes of octets that cannot be handed on in order, now that a connection ends. */
enum see_ending {
    SEE_ENDING_NOT,
    SEE_ENDING_ALL,   /* holes become gaps */
    SEE_ENDING_ACKED, /* holes become gaps where the other side acknowledged them (RST) */
};

/* Network, then the two ends in order, without any padding: equal flows have equal keys. */
#define SEE_FLOW_END_OCTETS (17 + 2)
#define SEE_FLOW_KEY_OCTETS (4 + 2 * SEE_FLOW_END_OCTETS)

struct see_flow {
    struct see_map_node node;    /* by the key */
    struct see_map_node by_ends; /* by the key without the network; see table.h */
    TAILQ_ENTRY(see_flow) entry;
    struct see_stream *stream;
    struct see_connection *connection; /* NULL before the first chunk, and once closed */
    const struct see_network *network;
    uint64_t id;
    struct see_stamp opened;
    see_time_ns last_seen;
    struct see_direction directions[2];
    uint32_t segments; /* fed so far; wraps */
    uint8_t key[SEE_FLOW_KEY_OCTETS];
    uint32_t second_network; /* the id of the network that the other direction came in */
    uint8_t opener;
    uint8_t first; /* the direction of the first segment */
    bool is_by_ends : 1;
    bool has_second_network : 1;
    bool is_opening_seen : 1;
    bool is_ignored : 1;
    bool is_closed : 1; /* and lingers, for the sake of late segments */
    enum see_ending ending;
};

_Static_assert(sizeof(struct see_flow) <= 264, "a flow without octets is small");

TAILQ_HEAD(see_flows, see_flow);

/* The place of `seq` in its direction; negative before the first octet. */
static inline int64_t see_direction_place(const struct see_direction *direction, uint32_t seq)
{
    return (int64_t)direction->offset + see_sequence_distance(direction->next, seq);
}

/* The place of the FIN; only when there is one. */
static inline uint64_t see_direction_finish(const struct see_direction *direction)
{
    return (uint64_t)see_direction_place(direction, direction->finish);
}

/* The place behind the last octet that was handed on or is held. */
static inline uint64_t see_direction_top(const struct see_direction *direction)
{
    if (direction->hold == NULL) {
        return direction->offset;
    }
    const struct see_piece *last = see_hold_last(direction->hold);
    return last->place + last->len;
}

#endif
