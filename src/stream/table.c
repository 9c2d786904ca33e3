/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Flows of the same ends in other networks that are looked at; more are made up. */
#define SAME_ENDS_MAX 16

static void write_end(uint8_t *octets, const struct see_endpoint *end)
{
    octets[0] = end->address.family;
    memcpy(octets + 1, end->address.octets, sizeof(end->address.octets));
    octets[17] = (uint8_t)(end->port >> 8);
    octets[18] = (uint8_t)end->port;
}

/* Writes the key and returns the direction: 0 when the source is the end that comes first in it. */
static unsigned write_key(uint8_t key[SEE_FLOW_KEY_OCTETS], const struct see_segment *segment)
{
    uint8_t source[SEE_FLOW_END_OCTETS];
    uint8_t destination[SEE_FLOW_END_OCTETS];
    uint32_t network = see_network_id(segment->network);
    write_end(source, &segment->source);
    write_end(destination, &segment->destination);
    unsigned d = memcmp(source, destination, sizeof(source)) > 0;
    memcpy(key, &network, sizeof(network));
    memcpy(key + 4, d == 0 ? source : destination, SEE_FLOW_END_OCTETS);
    memcpy(key + 4 + SEE_FLOW_END_OCTETS, d == 0 ? destination : source, SEE_FLOW_END_OCTETS);
    return d;
}

unsigned see_table_key(const struct see_stream *stream, const struct see_segment *segment,
                       uint8_t key[SEE_FLOW_KEY_OCTETS], uint64_t *ret_hash)
{
    unsigned d = write_key(key, segment);
    *ret_hash = see_hash(&stream->key, key + 4, SEE_FLOW_KEY_OCTETS - 4);
    return d;
}

/* The hash of a whole key; only who knows the secret of the run can make two of them equal. */
static uint64_t hash_in(uint64_t by_ends, uint32_t network)
{
    return by_ends ^ (uint64_t)network * 0x9E3779B97F4A7C15u;
}

static void unlist(struct see_flow *flow)
{
    if (flow->is_by_ends) {
        see_map_remove(&flow->stream->flows_by_ends, &flow->by_ends);
        flow->is_by_ends = false;
    }
}

/*
 * Only the newest of those with the same ends can be found elsewhere; the next older one leaves the
 * index, so that taking one out never walks past more.
 */
static void unlist_next(struct see_stream *stream, uint64_t by_ends)
{
    struct see_map_node *node = see_map_first(&stream->flows_by_ends, by_ends);
    for (int i = 0; node != NULL && i < SAME_ENDS_MAX; i++) {
        node = see_map_next(node);
    }
    if (node != NULL) {
        unlist(SEE_MAP_RECORD(node, struct see_flow, by_ends));
    }
}

/* Whether this segment answers what the flow has of its only direction. */
static bool is_answer(const struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    const struct see_direction *other = &flow->directions[!d];
    if (flow->has_second_network || flow->is_closed || flow->first == d || !other->is_known ||
        (segment->flags & SEE_TCP_ACK) == 0) {
        return false;
    }
    int64_t place = see_direction_place(other, segment->ack);
    return place >= 0 && place <= (int64_t)see_direction_top(other) + 1;
}

/* The flow that this segment belongs to although it comes in another network, or NULL. */
static struct see_flow *find_elsewhere(struct see_stream *stream, const struct see_segment *segment,
                                       const uint8_t *key, uint64_t hash, unsigned d)
{
    uint32_t network = see_network_id(segment->network);
    int steps = 0;
    struct see_map_node *node = see_map_first(&stream->flows_by_ends, hash);
    for (; node != NULL && steps < SAME_ENDS_MAX; node = see_map_next(node), steps++) {
        struct see_flow *flow = SEE_MAP_RECORD(node, struct see_flow, by_ends);
        if (memcmp(flow->key + 4, key + 4, SEE_FLOW_KEY_OCTETS - 4) != 0) {
            continue;
        }
        if (flow->has_second_network && flow->second_network == network) {
            return flow;
        }
        if (is_answer(flow, d, segment)) {
            flow->has_second_network = true;
            flow->second_network = network;
            see_stream_count(stream, STREAM_NETWORKS_JOINED, 1);
            return flow;
        }
    }
    return NULL;
}

struct see_flow *see_table_find(struct see_stream *stream, const struct see_segment *segment,
                                unsigned *ret_d)
{
    uint8_t key[SEE_FLOW_KEY_OCTETS];
    uint64_t by_ends;
    unsigned d = see_table_key(stream, segment, key, &by_ends);
    *ret_d = d;
    uint64_t hash = hash_in(by_ends, see_network_id(segment->network));
    struct see_map_node *node = see_map_first(&stream->flows, hash);
    for (; node != NULL; node = see_map_next(node)) {
        struct see_flow *flow = SEE_MAP_RECORD(node, struct see_flow, node);
        if (memcmp(flow->key, key, sizeof(key)) == 0) {
            if (flow->first != d && !flow->has_second_network) {
                unlist(flow); /* both directions are here */
            }
            return flow;
        }
    }
    return find_elsewhere(stream, segment, key, by_ends, d);
}

struct see_flow *see_table_add(struct see_stream *stream, const struct see_segment *segment,
                               unsigned *ret_d)
{
    struct see_flow *flow = calloc(1, sizeof(*flow));
    if (flow == NULL) {
        return NULL;
    }
    uint64_t by_ends;
    *ret_d = see_table_key(stream, segment, flow->key, &by_ends);
    uint64_t hash = hash_in(by_ends, see_network_id(segment->network));
    if (see_map_add(&stream->flows, &flow->node, hash) != SEE_OK) {
        free(flow);
        return NULL;
    }
    if (see_map_add(&stream->flows_by_ends, &flow->by_ends, by_ends) != SEE_OK) {
        see_map_remove(&stream->flows, &flow->node);
        free(flow);
        return NULL;
    }
    flow->is_by_ends = true;
    flow->stream = stream;
    unlist_next(stream, by_ends);
    flow->network = segment->network;
    flow->second_network = see_network_id(segment->network);
    flow->id = ++stream->last_id;
    flow->opened = segment->stamp;
    flow->opener = (uint8_t)*ret_d;
    flow->first = (uint8_t)*ret_d;
    flow->last_seen = stream->now;
    TAILQ_INSERT_TAIL(&stream->live, flow, entry);
    return flow;
}

void see_table_touch(struct see_flow *flow)
{
    struct see_stream *stream = flow->stream;
    assert(!flow->is_closed);
    flow->last_seen = stream->now;
    TAILQ_REMOVE(&stream->live, flow, entry);
    TAILQ_INSERT_TAIL(&stream->live, flow, entry);
}

void see_table_linger(struct see_flow *flow)
{
    struct see_stream *stream = flow->stream;
    assert(flow->is_closed);
    flow->last_seen = stream->now;
    TAILQ_REMOVE(&stream->live, flow, entry);
    TAILQ_INSERT_TAIL(&stream->lingering, flow, entry);
}

void see_table_remove(struct see_flow *flow)
{
    struct see_stream *stream = flow->stream;
    assert(flow->directions[0].hold == NULL && flow->directions[1].hold == NULL);
    assert(flow->connection == NULL);
    if (flow->is_closed) {
        TAILQ_REMOVE(&stream->lingering, flow, entry);
    } else {
        TAILQ_REMOVE(&stream->live, flow, entry);
    }
    unlist(flow);
    see_map_remove(&stream->flows, &flow->node);
    stream->leaper = stream->leaper != flow ? stream->leaper : NULL;
    free(flow);
}
