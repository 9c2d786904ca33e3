/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * key - the network and the two ends of a flow, as words that are compared and hashed.
 */
#ifndef SEE_STREAM_KEY_H
#define SEE_STREAM_KEY_H

#include "stream/state.h"
#include "stream/stub.h"

/* The key of the flow that `segment` belongs to. */
void see_key_of(const struct see_stream *stream, const struct see_segment *segment,
                struct see_flow_key *ret_key);

/* Whether a flow has the ends of this key, in whatever network... */
bool see_key_has_ends(const struct see_flow_common *flow, const struct see_flow_key *key);

/* ... and whether it has this key. */
static inline bool see_key_is_of(const struct see_flow_common *flow, const struct see_flow_key *key)
{
    return flow->words[0] == key->words[0] && see_key_has_ends(flow, key);
}

/* The id of the network in a key: that of the first segment. */
static inline uint32_t see_key_network(const struct see_flow_common *flow)
{
    return (uint32_t)((flow->words[0] & SEE_FLOW_NETWORK) >> 32);
}

/* The hash of the ends of a flow, as in its key. */
uint64_t see_key_by_ends(const struct see_flow_common *flow);

/* All words of a flow, as in its key. */
void see_key_words(const struct see_flow_common *flow, uint64_t ret_words[SEE_FLOW_WORDS]);

/* One of the two ends of a flow. */
struct see_endpoint see_key_end(const struct see_flow_common *flow, unsigned d);

#endif
