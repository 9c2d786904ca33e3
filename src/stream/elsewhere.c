/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/elsewhere.h"

#include <stdlib.h>

#include "stream/key.h"

/* Flows of the same ends in other networks that are looked at; more are made up. */
#define SAME_ENDS_MAX 16

/* Where a flow can be found by segments of another network, in `stream->elsewhere`. */
struct see_elsewhere {
    struct see_map_node node; /* by the ends alone */
    struct see_flow_common *flow;
    uint32_t network; /* that the other direction came in */
    bool has_network;
};

static struct see_elsewhere *elsewhere_of(const struct see_stream *stream,
                                          const struct see_flow_common *flow)
{
    struct see_map_node *node =
        flow->has_elsewhere ? see_map_first(&stream->elsewhere, see_key_by_ends(flow)) : NULL;
    while (node != NULL && SEE_MAP_RECORD(node, struct see_elsewhere, node)->flow != flow) {
        node = see_map_next(node);
    }
    return node != NULL ? SEE_MAP_RECORD(node, struct see_elsewhere, node) : NULL;
}

static void forget(struct see_stream *stream, struct see_elsewhere *elsewhere)
{
    elsewhere->flow->has_elsewhere = false;
    see_map_remove(&stream->elsewhere, &elsewhere->node);
    free(elsewhere);
}

void see_elsewhere_remove(struct see_stream *stream, const struct see_flow_common *flow)
{
    struct see_elsewhere *elsewhere = elsewhere_of(stream, flow);
    if (elsewhere != NULL) {
        forget(stream, elsewhere);
    }
}

void see_elsewhere_move(struct see_stream *stream, const struct see_flow_common *from,
                        struct see_flow_common *to)
{
    struct see_elsewhere *elsewhere = elsewhere_of(stream, from);
    if (elsewhere != NULL) {
        elsewhere->flow = to;
    }
}

/*
 * Only the newest of those with the same ends can be found elsewhere; the next older one leaves the
 * index, so that taking one out never walks past more.
 */
static void forget_next(struct see_stream *stream, uint64_t by_ends)
{
    struct see_map_node *node = see_map_first(&stream->elsewhere, by_ends);
    for (int i = 0; node != NULL && i < SAME_ENDS_MAX; i++) {
        node = see_map_next(node);
    }
    if (node != NULL) {
        forget(stream, SEE_MAP_RECORD(node, struct see_elsewhere, node));
    }
}

int see_elsewhere_add(struct see_stream *stream, struct see_flow_common *flow)
{
    uint64_t by_ends = see_key_by_ends(flow);
    struct see_elsewhere *elsewhere = calloc(1, sizeof(*elsewhere));
    if (elsewhere == NULL) {
        return SEE_ENOMEM;
    }
    if (see_map_add(&stream->elsewhere, &elsewhere->node, by_ends) != SEE_OK) {
        free(elsewhere);
        return SEE_ENOMEM;
    }
    elsewhere->flow = flow;
    flow->has_elsewhere = true;
    forget_next(stream, by_ends);
    return SEE_OK;
}

bool see_elsewhere_network(const struct see_stream *stream, const struct see_flow_common *flow,
                           uint32_t *ret_network)
{
    const struct see_elsewhere *elsewhere = elsewhere_of(stream, flow);
    if (elsewhere == NULL || !elsewhere->has_network) {
        return false;
    }
    *ret_network = elsewhere->network;
    return true;
}

/* None of those that are here already has the ends of another: their order tells nothing. */
static int add_all(struct see_stream *stream, struct see_flows *flows)
{
    struct see_flow_common *flow;
    int rc = SEE_OK;
    TAILQ_FOREACH(flow, flows, entry)
    {
        if (rc == SEE_OK && !flow->is_both) {
            rc = see_elsewhere_add(stream, flow);
        }
    }
    return rc;
}

int see_elsewhere_begin(struct see_stream *stream)
{
    int rc = add_all(stream, &stream->live);
    if (rc == SEE_OK) {
        rc = add_all(stream, &stream->lingering);
    }
    stream->has_networks = rc == SEE_OK;
    return rc;
}

/* Whether this segment answers what the flow has of its only direction. */
static bool is_answer(struct see_stream *stream, struct see_flow_common *common, unsigned d,
                      const struct see_segment *segment)
{
    struct see_flow expanded;
    const struct see_flow *flow = &expanded;
    if (common->is_closed || common->first == d || (segment->flags & SEE_TCP_ACK) == 0) {
        return false;
    }
    if (common->is_stub) {
        see_stub_expand(stream, see_stub_of(common), &expanded);
    } else {
        flow = see_flow_of(common);
    }
    const struct see_direction *other = &flow->directions[!d];
    int64_t place = see_direction_place(other, segment->ack);
    return other->is_known && place >= 0 && place <= (int64_t)see_direction_top(other) + 1;
}

struct see_flow_common *see_elsewhere_find(struct see_stream *stream,
                                           const struct see_segment *segment,
                                           const struct see_flow_key *key)
{
    uint32_t network = see_network_id(segment->network);
    int steps = 0;
    struct see_map_node *node = see_map_first(&stream->elsewhere, key->by_ends);
    for (; node != NULL && steps < SAME_ENDS_MAX; node = see_map_next(node), steps++) {
        struct see_elsewhere *elsewhere = SEE_MAP_RECORD(node, struct see_elsewhere, node);
        struct see_flow_common *flow = elsewhere->flow;
        if (!see_key_has_ends(flow, key)) {
            continue;
        }
        if (elsewhere->has_network && elsewhere->network == network) {
            return flow;
        }
        if (!elsewhere->has_network && is_answer(stream, flow, key->d, segment)) {
            elsewhere->has_network = true;
            elsewhere->network = network;
            see_stream_count(stream, STREAM_NETWORKS_JOINED, 1);
            return flow;
        }
    }
    return NULL;
}

void see_elsewhere_note_both(struct see_stream *stream, struct see_flow_common *flow)
{
    struct see_elsewhere *elsewhere = elsewhere_of(stream, flow);
    if (elsewhere == NULL || !elsewhere->has_network) {
        flow->is_both = true;
        see_elsewhere_remove(stream, flow);
    }
}
