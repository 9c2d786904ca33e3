/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flow - what the stream room knows of one connection.
 *
 * Small on purpose: a scan or a flood makes many of them.  The public record is
 * made with the first chunk, and a hold while there is something to hold.  Of a
 * connection that is over, or that nobody wants to hear of, a stub is left
 * (stub.h), which has the first part in common.
 *
 * Directions are numbered by the order of the two ends in the key, which never
 * changes; `opener` says which of them is ends[0] of the public record.
 */
#ifndef SEE_STREAM_FLOW_H
#define SEE_STREAM_FLOW_H

#include <assert.h>
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

/*
 * Network and ends as words, the two ends in order: equal flows have equal keys.
 *
 *     word 0     IPv6?   network   port   port
 *     word 1     IPv4: both addresses       IPv6: the first half of the first one
 *     words 2-4  IPv4: zeros                IPv6: the rest
 */
#define SEE_FLOW_WORDS 5
#define SEE_FLOW_WORDS_V4 2
#define SEE_FLOW_IS_V6 ((uint64_t)1 << 63)
#define SEE_FLOW_NETWORK ((uint64_t)INT32_MAX << 32)

/* What a segment says of whose it is. */
struct see_flow_key {
    uint64_t words[SEE_FLOW_WORDS];
    uint64_t by_ends; /* a hash of the ends alone */
    uint64_t hash;    /* of all */
    unsigned d;       /* the direction that it goes; 0: its source is the first end */
};

/* What finds a flow, and keeps it in its list.  In the order of use. */
struct see_flow_common {
    struct see_map_node node; /* by the key */
    uint64_t words[SEE_FLOW_WORDS_V4];
    see_time_ns last_seen;
    uint32_t touched;         /* which segment of the run was its last one; wraps */
    uint32_t generation : 15; /* in which it was moved to the end of its list, see table.h; wraps */
    uint32_t is_stub : 1;     /* it is a `struct see_stub`, or else a `struct see_flow` */
    uint32_t is_closed : 1;   /* a stub that lingers, for the sake of late segments */
    uint32_t is_both : 1;     /* the other direction was found, too */
    uint32_t has_elsewhere : 1; /* it can be found by segments of another network: elsewhere.h */
    uint32_t first : 1;         /* the direction of the first segment */
    uint32_t marks : 12;        /* of a stub: what is known of its directions */
    TAILQ_ENTRY(see_flow_common) entry;
};

/* One that is followed.  In the order of use: what each segment needs comes first. */
struct see_flow {
    struct see_flow_common common;
    struct see_stream *stream;
    struct see_connection *connection; /* NULL before the first chunk, once closed or forgotten */
    struct see_direction directions[2];
    uint32_t segments; /* fed so far; wraps */
    uint8_t opener;
    bool is_opening_seen : 1;
    bool is_ignored : 1;
    bool is_forgotten : 1; /* its connection goes as soon as nobody looks at it, then the flow */
    enum see_ending ending : 2;
    uint64_t id;
    struct see_stamp opened;
    const struct see_network *network;
    uint64_t more[]; /* words 2-4 of IPv6 */
};

_Static_assert(sizeof(struct see_flow) <= 200, "a flow without octets is small");

TAILQ_HEAD(see_flows, see_flow_common);

/* The flow of its first part; it is no stub. */
static inline struct see_flow *see_flow_of(struct see_flow_common *common)
{
    assert(!common->is_stub);
    return (struct see_flow *)(void *)common;
}

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
