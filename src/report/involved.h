/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * involved - the connections that a slice is cut from, and which of their frames it takes.
 *
 *     frames of a connection   S  A  a   r  r  a   R  R  a   r  R     f
 *     taken                    S  A  a             R  R  a   r  R
 *                              opening             exchange
 */
#ifndef SEE_REPORT_INVOLVED_H
#define SEE_REPORT_INVOLVED_H

#include "core/hash.h"
#include "core/map.h"
#include "decode/segment.h"
#include "store/evidence.h"

/* A frame that a segment of a connection came in, alone or with one of its fragments. */
struct see_involved_frame {
    struct see_place place, segment; /* the frame's own, and that of the segment's first octet */
    see_time_ns time, segment_time;
    size_t len;       /* of the frame, about */
    uint64_t network; /* a hash of its text */
    uint32_t seq;
    bool is_of_client, has_payload, opens;
    bool is_taken; /* for the slice */
};

struct see_involved {
    struct see_map_node node;
    struct see_endpoint client, server;
    uint64_t network;
    struct see_place from, to; /* where to look */
    const struct see_evidence_exchange *exchanges;
    size_t exchange_count;
    struct see_involved_frame *frames;
    size_t frame_count, frame_size;
};

struct see_involved_list {
    const struct see_evidence *evidence; /* borrowed */
    struct see_involved *list;
    size_t count;
    struct see_map map; /* by endpoints */
    struct see_hash_key key;
    size_t held, limit; /* frames of all connections */
    size_t frame_len;   /* of the frame that the next segments come in; set by the caller */
    bool is_cut;        /* the limit was reached */
};

SEE_MUST_CHECK int see_involved_init(struct see_involved_list *ret_list,
                                     const struct see_evidence *evidence, size_t limit);
void see_involved_finish(struct see_involved_list *list);

/*
 * Takes a segment, when its connection is involved.  Its stamps have the index of their capture in
 * the evidence.  SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_involved_segment(struct see_involved_list *list,
                                        const struct see_segment *segment);

/* Forgets the frames of a capture, before or after settling. */
void see_involved_drop(struct see_involved_list *list, int64_t capture);

/* All segments are in: what follows may be asked. */
void see_involved_settle(struct see_involved_list *list);

/* Whether the mark's connection has its frame, at its time. */
bool see_involved_has(const struct see_involved_list *list, const struct see_evidence_mark *mark);

/*
 * Hands out the frames that belong to the slice, connection by connection; a frame may come more
 * than once.  Fails with what the sink returned.
 */
SEE_MUST_CHECK int
see_involved_choose(struct see_involved_list *list,
                    int (*sink)(void *ctx, const struct see_involved_frame *frame), void *ctx);

#endif
