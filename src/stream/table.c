/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Flows of the same ends in other networks that are looked at; more are made up. */
#define SAME_ENDS_MAX 16

/* How long a generation is. */
#define GENERATION_NS SEE_NS_PER_S

static uint32_t number_at(const uint8_t *octets)
{
    return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
           octets[3];
}

/* An end of IPv4, as one number. */
static uint64_t end_v4(const struct see_endpoint *end)
{
    return (uint64_t)number_at(end->address.octets) << 16 | end->port;
}

static void key_v4(const struct see_segment *segment, struct see_flow_key *key)
{
    uint64_t source = end_v4(&segment->source);
    uint64_t destination = end_v4(&segment->destination);
    key->d = source > destination;
    uint64_t first = key->d == 0 ? source : destination;
    uint64_t second = key->d == 0 ? destination : source;
    key->words[0] = (first & UINT16_MAX) << 16 | (second & UINT16_MAX);
    key->words[1] = first >> 16 << 32 | second >> 16;
}

/* Whether `a` comes behind `b`. */
static bool is_behind(const struct see_endpoint *a, const struct see_endpoint *b)
{
    int order = memcmp(a->address.octets, b->address.octets, sizeof(a->address.octets));
    return order > 0 || (order == 0 && a->port > b->port);
}

static void key_v6(const struct see_segment *segment, struct see_flow_key *key)
{
    key->d = is_behind(&segment->source, &segment->destination);
    const struct see_endpoint *first = key->d == 0 ? &segment->source : &segment->destination;
    const struct see_endpoint *second = key->d == 0 ? &segment->destination : &segment->source;
    key->words[0] = SEE_FLOW_IS_V6 | (uint64_t)first->port << 16 | second->port;
    memcpy(&key->words[1], first->address.octets, 16);
    memcpy(&key->words[3], second->address.octets, 16);
}

/* The hash of a whole key; only who knows the secret of the run can make two of them equal. */
static uint64_t hash_in(uint64_t by_ends, uint32_t network)
{
    return by_ends ^ (uint64_t)network * 0x9E3779B97F4A7C15u;
}

uint64_t see_table_by_ends(const struct see_flow *flow)
{
    return hash_in(flow->node.hash, see_network_id(flow->network));
}

void see_table_key(const struct see_stream *stream, const struct see_segment *segment,
                   struct see_flow_key *ret_key)
{
    if (segment->source.address.family == 4) {
        key_v4(segment, ret_key);
        memset(&ret_key->words[2], 0, sizeof(ret_key->words[2]) * 3);
        ret_key->by_ends = see_hash_words(&stream->weights, ret_key->words, SEE_FLOW_WORDS_V4);
    } else {
        key_v6(segment, ret_key);
        ret_key->by_ends = see_hash_words(&stream->weights, ret_key->words, SEE_FLOW_WORDS);
    }
    uint32_t network = see_network_id(segment->network);
    assert(network <= INT32_MAX);
    ret_key->words[0] |= (uint64_t)network << 32;
    ret_key->hash = hash_in(ret_key->by_ends, network);
}

struct see_endpoint see_table_end(const struct see_flow *flow, unsigned d)
{
    uint16_t port = (uint16_t)(d == 0 ? flow->words[0] >> 16 : flow->words[0]);
    struct see_endpoint end = {.port = port};
    if ((flow->words[0] & SEE_FLOW_IS_V6) != 0) {
        uint64_t words[4] = {flow->words[1], flow->more[0], flow->more[1], flow->more[2]};
        uint8_t octets[16];
        memcpy(octets, words + (d == 0 ? 0 : 2), sizeof(octets));
        end.address = see_address_v6(octets);
        return end;
    }
    uint32_t number = (uint32_t)(d == 0 ? flow->words[1] >> 32 : flow->words[1]);
    uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                         (uint8_t)number};
    end.address = see_address_v4(octets);
    return end;
}

/* Whether a flow has this key, or if `mask` leaves out the network, these ends. */
static bool has_key(const struct see_flow *flow, const struct see_flow_key *key, uint64_t mask)
{
    if (((flow->words[0] ^ key->words[0]) & mask) != 0 || flow->words[1] != key->words[1]) {
        return false;
    }
    return (key->words[0] & SEE_FLOW_IS_V6) == 0 ||
           memcmp(flow->more, key->words + 2, sizeof(uint64_t) * 3) == 0;
}

static void unlist(struct see_flow *flow)
{
    if (flow->elsewhere != NULL && flow->elsewhere->is_listed) {
        see_map_remove(&flow->stream->elsewhere, &flow->elsewhere->node);
        flow->elsewhere->is_listed = false;
    }
}

/*
 * Only the newest of those with the same ends can be found elsewhere; the next older one leaves the
 * index, so that taking one out never walks past more.
 */
static void unlist_next(struct see_stream *stream, uint64_t by_ends)
{
    struct see_map_node *node = see_map_first(&stream->elsewhere, by_ends);
    for (int i = 0; node != NULL && i < SAME_ENDS_MAX; i++) {
        node = see_map_next(node);
    }
    if (node != NULL) {
        unlist(SEE_MAP_RECORD(node, struct see_elsewhere, node)->flow);
    }
}

static int list(struct see_flow *flow)
{
    struct see_stream *stream = flow->stream;
    uint64_t by_ends = see_table_by_ends(flow);
    struct see_elsewhere *elsewhere = calloc(1, sizeof(*elsewhere));
    if (elsewhere == NULL) {
        return SEE_ENOMEM;
    }
    if (see_map_add(&stream->elsewhere, &elsewhere->node, by_ends) != SEE_OK) {
        free(elsewhere);
        return SEE_ENOMEM;
    }
    elsewhere->flow = flow;
    elsewhere->is_listed = true;
    flow->elsewhere = elsewhere;
    unlist_next(stream, by_ends);
    return SEE_OK;
}

static int by_id(const void *a, const void *b)
{
    const struct see_flow *const *left = a;
    const struct see_flow *const *right = b;
    return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

int see_table_has_networks(struct see_stream *stream)
{
    struct see_flow **flows = malloc((stream->flows.count + 1) * sizeof(struct see_flow *));
    struct see_flow *flow;
    size_t count = 0;
    if (flows == NULL) {
        return SEE_ENOMEM;
    }
    TAILQ_FOREACH(flow, &stream->live, entry)
    {
        flows[count++] = flow;
    }
    TAILQ_FOREACH(flow, &stream->lingering, entry)
    {
        flows[count++] = flow;
    }
    qsort(flows, count, sizeof(struct see_flow *), by_id);
    int rc = SEE_OK;
    for (size_t i = 0; i < count && rc == SEE_OK; i++) {
        rc = flows[i]->is_both ? SEE_OK : list(flows[i]);
    }
    free(flows);
    stream->has_networks = rc == SEE_OK;
    return rc;
}

/* Whether this segment answers what the flow has of its only direction. */
static bool is_answer(const struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    const struct see_direction *other = &flow->directions[!d];
    if (flow->elsewhere->has_network || flow->is_closed || flow->first == d || !other->is_known ||
        (segment->flags & SEE_TCP_ACK) == 0) {
        return false;
    }
    int64_t place = see_direction_place(other, segment->ack);
    return place >= 0 && place <= (int64_t)see_direction_top(other) + 1;
}

/* The flow that this segment belongs to although it comes in another network, or NULL. */
static struct see_flow *find_elsewhere(struct see_stream *stream, const struct see_segment *segment,
                                       const struct see_flow_key *key)
{
    uint32_t network = see_network_id(segment->network);
    int steps = 0;
    struct see_map_node *node = see_map_first(&stream->elsewhere, key->by_ends);
    for (; node != NULL && steps < SAME_ENDS_MAX; node = see_map_next(node), steps++) {
        struct see_elsewhere *elsewhere = SEE_MAP_RECORD(node, struct see_elsewhere, node);
        struct see_flow *flow = elsewhere->flow;
        if (!has_key(flow, key, ~SEE_FLOW_NETWORK)) {
            continue;
        }
        if (elsewhere->has_network && elsewhere->network == network) {
            return flow;
        }
        if (is_answer(flow, key->d, segment)) {
            elsewhere->has_network = true;
            elsewhere->network = network;
            see_stream_count(stream, STREAM_NETWORKS_JOINED, 1);
            return flow;
        }
    }
    return NULL;
}

/* Both directions of a flow are here, unless one comes elsewhere. */
static void note_both(struct see_flow *flow)
{
    if (flow->elsewhere == NULL || !flow->elsewhere->has_network) {
        flow->is_both = true;
        unlist(flow);
    }
}

struct see_flow *see_table_find(struct see_stream *stream, const struct see_segment *segment,
                                const struct see_flow_key *key)
{
    struct see_map_node *node = see_map_first(&stream->flows, key->hash);
    for (; node != NULL; node = see_map_next(node)) {
        struct see_flow *flow = SEE_MAP_RECORD(node, struct see_flow, node);
        if (has_key(flow, key, UINT64_MAX)) {
            if (flow->first != key->d && !flow->is_both) {
                note_both(flow);
            }
            return flow;
        }
    }
    return stream->has_networks ? find_elsewhere(stream, segment, key) : NULL;
}

/* Puts a flow at the end of the list of those that live. */
static void enlist(struct see_flow *flow)
{
    struct see_stream *stream = flow->stream;
    if (stream->now >= stream->generation_end) {
        stream->generation++;
        stream->generation_end = see_stream_after(stream->now, GENERATION_NS);
    }
    flow->generation = stream->generation;
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
    memcpy(flow->words, key->words, sizeof(flow->words));
    if (is_v6) {
        memcpy(flow->more, key->words + 2, sizeof(uint64_t) * 3);
    }
    if (see_map_add(&stream->flows, &flow->node, key->hash) != SEE_OK) {
        free(flow);
        return NULL;
    }
    flow->stream = stream;
    flow->network = segment->network;
    if (stream->has_networks && list(flow) != SEE_OK) {
        see_map_remove(&stream->flows, &flow->node);
        free(flow);
        return NULL;
    }
    flow->id = ++stream->last_id;
    flow->opened = segment->stamp;
    flow->opener = (uint8_t)key->d;
    flow->first = (uint8_t)key->d;
    flow->last_seen = stream->now;
    flow->touched = stream->counts[STREAM_SEGMENTS].value;
    enlist(flow);
    return flow;
}

void see_table_touch(struct see_flow *flow)
{
    struct see_stream *stream = flow->stream;
    assert(!flow->is_closed);
    flow->last_seen = stream->now;
    flow->touched = stream->counts[STREAM_SEGMENTS].value;
    if (flow->generation != stream->generation || stream->now >= stream->generation_end) {
        TAILQ_REMOVE(&stream->live, flow, entry);
        enlist(flow);
    }
}

static int by_touch(const void *a, const void *b)
{
    const struct see_flow *const *left = a;
    const struct see_flow *const *right = b;
    return ((*left)->touched > (*right)->touched) - ((*left)->touched < (*right)->touched);
}

/* Puts the first generation in order.  Who is heard of from here on is of a later one. */
static int sort_first(struct see_stream *stream, uint32_t generation)
{
    struct see_flow *flow;
    size_t count = 0;
    for (flow = TAILQ_FIRST(&stream->live); flow != NULL && flow->generation == generation;
         flow = TAILQ_NEXT(flow, entry)) {
        count++;
    }
    struct see_flow **flows = malloc(count * sizeof(struct see_flow *));
    if (flows == NULL) {
        return SEE_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        flows[i] = TAILQ_FIRST(&stream->live);
        TAILQ_REMOVE(&stream->live, flows[i], entry);
    }
    qsort(flows, count, sizeof(struct see_flow *), by_touch);
    while (count-- > 0) {
        TAILQ_INSERT_HEAD(&stream->live, flows[count], entry);
    }
    free(flows);
    stream->sorted = generation;
    stream->generation += stream->generation == generation;
    return SEE_OK;
}

int see_table_oldest(struct see_stream *stream, struct see_flow **ret_flow)
{
    struct see_flow *first = TAILQ_FIRST(&stream->live);
    if (first != NULL && first->generation != stream->sorted) {
        int rc = sort_first(stream, first->generation);
        if (rc != SEE_OK) {
            return rc;
        }
    }
    *ret_flow = TAILQ_FIRST(&stream->live);
    return SEE_OK;
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
    free(flow->elsewhere);
    see_map_remove(&stream->flows, &flow->node);
    stream->leaper = stream->leaper != flow ? stream->leaper : NULL;
    free(flow);
}
