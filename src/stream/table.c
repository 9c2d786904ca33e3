/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
    write_end(source, &segment->source);
    write_end(destination, &segment->destination);
    unsigned d = memcmp(source, destination, sizeof(source)) > 0;
    memcpy(key, &segment->network, 4);
    memcpy(key + 4, d == 0 ? source : destination, SEE_FLOW_END_OCTETS);
    memcpy(key + 4 + SEE_FLOW_END_OCTETS, d == 0 ? destination : source, SEE_FLOW_END_OCTETS);
    return d;
}

struct see_flow *see_table_find(const struct see_stream *stream, const struct see_segment *segment,
                                unsigned *ret_d)
{
    uint8_t key[SEE_FLOW_KEY_OCTETS];
    *ret_d = write_key(key, segment);
    uint64_t hash = see_hash(&stream->key, key, sizeof(key));
    struct see_map_node *node = see_map_first(&stream->flows, hash);
    while (node != NULL) {
        struct see_flow *flow = SEE_MAP_RECORD(node, struct see_flow, node);
        if (memcmp(flow->key, key, sizeof(key)) == 0) {
            return flow;
        }
        node = see_map_next(node);
    }
    return NULL;
}

struct see_flow *see_table_add(struct see_stream *stream, const struct see_segment *segment,
                               unsigned *ret_d)
{
    struct see_flow *flow = calloc(1, sizeof(*flow));
    if (flow == NULL) {
        return NULL;
    }
    *ret_d = write_key(flow->key, segment);
    uint64_t hash = see_hash(&stream->key, flow->key, sizeof(flow->key));
    if (see_map_add(&stream->flows, &flow->node, hash) != SEE_OK) {
        free(flow);
        return NULL;
    }
    flow->stream = stream;
    flow->id = ++stream->last_id;
    flow->opened = segment->stamp;
    flow->opener = (uint8_t)*ret_d;
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
    see_map_remove(&stream->flows, &flow->node);
    free(flow);
}
