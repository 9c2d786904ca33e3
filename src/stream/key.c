/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/key.h"

#include <assert.h>
#include <string.h>

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

uint64_t see_key_by_ends(const struct see_flow_common *flow)
{
    return hash_in(flow->node.hash, see_key_network(flow));
}

void see_key_of(const struct see_stream *stream, const struct see_segment *segment,
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

void see_key_words(const struct see_flow_common *flow, uint64_t ret_words[SEE_FLOW_WORDS])
{
    memset(ret_words, 0, sizeof(uint64_t) * SEE_FLOW_WORDS);
    memcpy(ret_words, flow->words, sizeof(flow->words));
    if ((flow->words[0] & SEE_FLOW_IS_V6) != 0) {
        memcpy(ret_words + SEE_FLOW_WORDS_V4, more_of(flow), sizeof(uint64_t) * 3);
    }
}

struct see_endpoint see_key_end(const struct see_flow_common *flow, unsigned d)
{
    uint16_t port = (uint16_t)(d == 0 ? flow->words[0] >> 16 : flow->words[0]);
    struct see_endpoint end = {.port = port};
    if ((flow->words[0] & SEE_FLOW_IS_V6) != 0) {
        uint64_t words[SEE_FLOW_WORDS];
        uint8_t octets[16];
        see_key_words(flow, words);
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

bool see_key_has_ends(const struct see_flow_common *flow, const struct see_flow_key *key)
{
    if (((flow->words[0] ^ key->words[0]) & ~SEE_FLOW_NETWORK) != 0 ||
        flow->words[1] != key->words[1]) {
        return false;
    }
    return (key->words[0] & SEE_FLOW_IS_V6) == 0 ||
           memcmp(more_of(flow), key->words + 2, sizeof(uint64_t) * 3) == 0;
}
