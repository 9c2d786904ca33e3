/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stream/elsewhere.h"
#include "stream/key.h"

/* How long a generation is, and how many numbers there are for them. */
#define GENERATION_NS SEE_NS_PER_S
#define GENERATIONS (1u << 15)

struct see_flow_common *see_table_find(struct see_stream *stream, const struct see_segment *segment,
                                       const struct see_flow_key *key)
{
    struct see_map_node *node = see_map_first(&stream->flows, key->hash);
    for (; node != NULL; node = see_map_next(node)) {
        struct see_flow_common *flow = SEE_MAP_RECORD(node, struct see_flow_common, node);
        if (see_key_is_of(flow, key)) {
            if (flow->first != key->d && !flow->is_both) {
                see_elsewhere_note_both(stream, flow);
            }
            return flow;
        }
    }
    return stream->has_networks ? see_elsewhere_find(stream, segment, key) : NULL;
}

/* Puts a flow at the end of the list of those that live. */
static void enlist(struct see_stream *stream, struct see_flow_common *flow)
{
    if (stream->now >= stream->generation_end) {
        stream->generation = (stream->generation + 1) % GENERATIONS;
        stream->generation_end = see_stream_after(stream->now, GENERATION_NS);
    }
    flow->generation = stream->generation % GENERATIONS;
    TAILQ_INSERT_TAIL(&stream->live, flow, entry);
}

struct see_flow *see_table_add(struct see_stream *stream, const struct see_segment *segment,
                               const struct see_flow_key *key)
{
    bool is_v6 = (key->words[0] & SEE_FLOW_IS_V6) != 0;
    struct see_flow *flow = calloc(1, sizeof(*flow) + (is_v6 ? sizeof(uint64_t) * 3 : 0));
    if (flow == NULL) {
        return NULL;
    }
    struct see_flow_common *common = &flow->common;
    memcpy(common->words, key->words, sizeof(common->words));
    if (is_v6) {
        memcpy(flow->more, key->words + 2, sizeof(uint64_t) * 3);
    }
    if (see_map_add(&stream->flows, &common->node, key->hash) != SEE_OK) {
        free(flow);
        return NULL;
    }
    if (stream->has_networks && see_elsewhere_add(stream, common) != SEE_OK) {
        see_map_remove(&stream->flows, &common->node);
        free(flow);
        return NULL;
    }
    common->first = key->d != 0;
    common->last_seen = stream->now;
    common->touched = (uint32_t)stream->counts[STREAM_SEGMENTS].value;
    enlist(stream, common);
    flow->stream = stream;
    flow->network = segment->network;
    flow->id = ++stream->last_id;
    flow->opened = segment->stamp;
    flow->opener = (uint8_t)key->d;
    return flow;
}

void see_table_touch(struct see_stream *stream, struct see_flow_common *flow)
{
    assert(!flow->is_closed);
    flow->last_seen = stream->now;
    flow->touched = (uint32_t)stream->counts[STREAM_SEGMENTS].value;
    if (flow->generation != stream->generation || stream->now >= stream->generation_end) {
        TAILQ_REMOVE(&stream->live, flow, entry);
        enlist(stream, flow);
    }
}

static int by_touch(const void *a, const void *b)
{
    const struct see_flow_common *const *left = a;
    const struct see_flow_common *const *right = b;
    int32_t distance = (int32_t)((*left)->touched - (*right)->touched);
    return (distance > 0) - (distance < 0);
}

/* Puts the first generation in order.  Who is heard of from here on is of a later one. */
static int sort_first(struct see_stream *stream, uint32_t generation)
{
    struct see_flow_common *flow;
    size_t count = 0;
    for (flow = TAILQ_FIRST(&stream->live); flow != NULL && flow->generation == generation;
         flow = TAILQ_NEXT(flow, entry)) {
        count++;
    }
    struct see_flow_common **flows = malloc(count * sizeof(struct see_flow_common *));
    if (flows == NULL) {
        return SEE_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        flows[i] = TAILQ_FIRST(&stream->live);
        TAILQ_REMOVE(&stream->live, flows[i], entry);
    }
    qsort(flows, count, sizeof(struct see_flow_common *), by_touch);
    while (count-- > 0) {
        TAILQ_INSERT_HEAD(&stream->live, flows[count], entry);
    }
    free(flows);
    stream->sorted = generation;
    if (stream->generation == generation) {
        stream->generation = (generation + 1) % GENERATIONS;
    }
    return SEE_OK;
}

int see_table_oldest(struct see_stream *stream, struct see_flow_common **ret_flow)
{
    struct see_flow_common *first = TAILQ_FIRST(&stream->live);
    if (first != NULL && first->generation != stream->sorted) {
        int rc = sort_first(stream, first->generation);
        if (rc != SEE_OK) {
            return rc;
        }
    }
    *ret_flow = TAILQ_FIRST(&stream->live);
    return SEE_OK;
}

struct see_stub *see_table_shrink(struct see_flow *flow)
{
    struct see_stream *stream = flow->stream;
    struct see_stub *stub = see_stub_new(flow);
    assert(flow->directions[0].hold == NULL && flow->directions[1].hold == NULL);
    assert(flow->connection == NULL);
    if (stub == NULL) {
        return NULL;
    }
    see_map_replace(&stream->flows, &flow->common.node, &stub->common.node);
    TAILQ_INSERT_AFTER(&stream->live, &flow->common, &stub->common, entry);
    TAILQ_REMOVE(&stream->live, &flow->common, entry);
    see_elsewhere_move(stream, &flow->common, &stub->common);
    stream->leaper = stream->leaper == &flow->common ? &stub->common : stream->leaper;
    free(flow);
    return stub;
}

void see_table_linger(struct see_stream *stream, struct see_stub *stub)
{
    assert(!stub->common.is_closed);
    stub->common.is_closed = true;
    stub->common.last_seen = stream->now;
    TAILQ_REMOVE(&stream->live, &stub->common, entry);
    TAILQ_INSERT_TAIL(&stream->lingering, &stub->common, entry);
}

void see_table_remove(struct see_stream *stream, struct see_flow_common *flow)
{
    TAILQ_REMOVE(flow->is_closed ? &stream->lingering : &stream->live, flow, entry);
    see_elsewhere_remove(stream, flow);
    see_map_remove(&stream->flows, &flow->node);
    stream->leaper = stream->leaper != flow ? stream->leaper : NULL;
    free(flow);
}
