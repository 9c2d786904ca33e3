/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Flows of the same ends in other networks that are looked at; more are made up. */
#define SAME_ENDS_MAX 16

/* How long a generation is, and how many numbers there are for them. */
#define GENERATION_NS SEE_NS_PER_S
#define GENERATIONS (1u << 15)

/* Where a flow can be found by segments of another network; see table.h. */
struct see_elsewhere {
    struct see_map_node node; /* by the ends alone */
    struct see_flow_common *flow;
    uint32_t network; /* that the other direction came in */
    bool has_network;
};

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

uint64_t see_table_by_ends(const struct see_flow_common *flow)
{
    return hash_in(flow->node.hash, (uint32_t)((flow->words[0] & SEE_FLOW_NETWORK) >> 32));
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

/* Words 2-4 of a flow of IPv6. */
static const uint64_t *more_of(const struct see_flow_common *flow)
{
    return flow->is_stub ? ((const struct see_stub *)(const void *)flow)->more
                         : ((const struct see_flow *)(const void *)flow)->more;
}

void see_table_words(const struct see_flow_common *flow, uint64_t ret_words[SEE_FLOW_WORDS])
{
    memset(ret_words, 0, sizeof(uint64_t) * SEE_FLOW_WORDS);
    memcpy(ret_words, flow->words, sizeof(flow->words));
    if ((flow->words[0] & SEE_FLOW_IS_V6) != 0) {
        memcpy(ret_words + SEE_FLOW_WORDS_V4, more_of(flow), sizeof(uint64_t) * 3);
    }
}

struct see_endpoint see_table_end(const struct see_flow_common *flow, unsigned d)
{
    uint16_t port = (uint16_t)(d == 0 ? flow->words[0] >> 16 : flow->words[0]);
    struct see_endpoint end = {.port = port};
    if ((flow->words[0] & SEE_FLOW_IS_V6) != 0) {
        uint64_t words[SEE_FLOW_WORDS];
        uint8_t octets[16];
        see_table_words(flow, words);
        memcpy(octets, words + (d == 0 ? 1 : 3), sizeof(octets));
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
static bool has_key(const struct see_flow_common *flow, const struct see_flow_key *key,
                    uint64_t mask)
{
    if (((flow->words[0] ^ key->words[0]) & mask) != 0 || flow->words[1] != key->words[1]) {
        return false;
    }
    return (key->words[0] & SEE_FLOW_IS_V6) == 0 ||
           memcmp(more_of(flow), key->words + 2, sizeof(uint64_t) * 3) == 0;
}

static struct see_elsewhere *elsewhere_of(const struct see_stream *stream,
                                          const struct see_flow_common *flow)
{
    struct see_map_node *node =
        flow->has_elsewhere ? see_map_first(&stream->elsewhere, see_table_by_ends(flow)) : NULL;
    while (node != NULL && SEE_MAP_RECORD(node, struct see_elsewhere, node)->flow != flow) {
        node = see_map_next(node);
    }
    return node != NULL ? SEE_MAP_RECORD(node, struct see_elsewhere, node) : NULL;
}

static void unlist(struct see_stream *stream, struct see_elsewhere *elsewhere)
{
    if (elsewhere != NULL) {
        elsewhere->flow->has_elsewhere = false;
        see_map_remove(&stream->elsewhere, &elsewhere->node);
        free(elsewhere);
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
        unlist(stream, SEE_MAP_RECORD(node, struct see_elsewhere, node));
    }
}

static int list(struct see_stream *stream, struct see_flow_common *flow)
{
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
    flow->has_elsewhere = true;
    unlist_next(stream, by_ends);
    return SEE_OK;
}

bool see_table_second_network(const struct see_stream *stream, const struct see_flow_common *flow,
                              uint32_t *ret_network)
{
    const struct see_elsewhere *elsewhere = elsewhere_of(stream, flow);
    if (elsewhere == NULL || !elsewhere->has_network) {
        return false;
    }
    *ret_network = elsewhere->network;
    return true;
}

/* Of those that are here already none has the ends of another, so that their order tells nothing.
 */
static int list_all(struct see_stream *stream, struct see_flows *flows)
{
    struct see_flow_common *flow;
    int rc = SEE_OK;
    TAILQ_FOREACH(flow, flows, entry)
    {
        if (rc == SEE_OK && !flow->is_both) {
            rc = list(stream, flow);
        }
    }
    return rc;
}

int see_table_has_networks(struct see_stream *stream)
{
    int rc = list_all(stream, &stream->live);
    if (rc == SEE_OK) {
        rc = list_all(stream, &stream->lingering);
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

/* The flow that this segment belongs to although it comes in another network, or NULL. */
static struct see_flow_common *find_elsewhere(struct see_stream *stream,
                                              const struct see_segment *segment,
                                              const struct see_flow_key *key)
{
    uint32_t network = see_network_id(segment->network);
    int steps = 0;
    struct see_map_node *node = see_map_first(&stream->elsewhere, key->by_ends);
    for (; node != NULL && steps < SAME_ENDS_MAX; node = see_map_next(node), steps++) {
        struct see_elsewhere *elsewhere = SEE_MAP_RECORD(node, struct see_elsewhere, node);
        struct see_flow_common *flow = elsewhere->flow;
        if (!has_key(flow, key, ~SEE_FLOW_NETWORK)) {
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

/* Both directions of a flow are here, unless one comes elsewhere. */
static void note_both(struct see_stream *stream, struct see_flow_common *flow)
{
    struct see_elsewhere *elsewhere = elsewhere_of(stream, flow);
    if (elsewhere == NULL || !elsewhere->has_network) {
        flow->is_both = true;
        unlist(stream, elsewhere);
    }
}

struct see_flow_common *see_table_find(struct see_stream *stream, const struct see_segment *segment,
                                       const struct see_flow_key *key)
{
    struct see_map_node *node = see_map_first(&stream->flows, key->hash);
    for (; node != NULL; node = see_map_next(node)) {
        struct see_flow_common *flow = SEE_MAP_RECORD(node, struct see_flow_common, node);
        if (has_key(flow, key, UINT64_MAX)) {
            if (flow->first != key->d && !flow->is_both) {
                note_both(stream, flow);
            }
            return flow;
        }
    }
    return stream->has_networks ? find_elsewhere(stream, segment, key) : NULL;
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
    if (stream->has_networks && list(stream, common) != SEE_OK) {
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
    struct see_elsewhere *elsewhere = elsewhere_of(stream, &flow->common);
    if (elsewhere != NULL) {
        elsewhere->flow = &stub->common;
    }
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
    unlist(stream, elsewhere_of(stream, flow));
    see_map_remove(&stream->flows, &flow->node);
    stream->leaper = stream->leaper != flow ? stream->leaper : NULL;
    free(flow);
}
