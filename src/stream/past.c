/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/past.h"

#include <stdlib.h>
#include <string.h>

#include "stream/elsewhere.h"
#include "stream/key.h"

/* The clocks of two captures differ a little, and last segments may come after the end. */
#define SKEW_NS SEE_NS_PER_S
#define LATE_NS (60 * SEE_NS_PER_S)

/* Connections of the same ends that are looked at: ports are used again, but not for ever. */
#define SAME_ENDS_MAX 256

struct see_past {
    struct see_map_node node; /* by the ends, without their network */
    TAILQ_ENTRY(see_past) entry;
    uint64_t words[SEE_FLOW_WORDS];
    uint32_t second_network;
    see_time_ns opened;
    see_time_ns last_seen;
    struct {
        uint64_t len;
        uint32_t first_seq;
        bool is_seen;
    } directions[2];
};

static void take_out(struct see_stream *stream, struct see_past *past)
{
    TAILQ_REMOVE(&stream->past, past, entry);
    see_map_remove(&stream->past_by_ends, &past->node);
}

static void forget(struct see_stream *stream, struct see_past *past)
{
    take_out(stream, past);
    free(past);
}

void see_past_finish(struct see_stream *stream)
{
    while (!TAILQ_EMPTY(&stream->past)) {
        forget(stream, TAILQ_FIRST(&stream->past));
    }
    see_map_finish(&stream->past_by_ends);
}

/* Of those with the same ends only the newest are looked at; the next older one is forgotten. */
static void forget_next(struct see_stream *stream, uint64_t by_ends)
{
    struct see_map_node *node = see_map_first(&stream->past_by_ends, by_ends);
    for (int i = 0; node != NULL && i < SAME_ENDS_MAX; i++) {
        node = see_map_next(node);
    }
    if (node != NULL) {
        see_stream_count(stream, STREAM_PAST_FORGOTTEN, 1);
        forget(stream, SEE_MAP_RECORD(node, struct see_past, node));
    }
}

/* The record for one connection more: the oldest one, when there are as many as may be. */
static struct see_past *make_room(struct see_stream *stream)
{
    if (stream->past_by_ends.count < stream->limits.past_connections) {
        return malloc(sizeof(struct see_past));
    }
    struct see_past *oldest = TAILQ_FIRST(&stream->past);
    see_stream_count(stream, STREAM_PAST_FORGOTTEN, 1);
    take_out(stream, oldest);
    return oldest;
}

static void outline(struct see_past *past, const struct see_flow *flow,
                    const struct see_flow_common *common)
{
    *past = (struct see_past){.opened = flow->opened.time_ns, .last_seen = common->last_seen};
    if (!see_elsewhere_network(flow->stream, common, &past->second_network)) {
        past->second_network = see_key_network(common);
    }
    see_key_words(common, past->words);
    for (unsigned d = 0; d < 2; d++) {
        const struct see_direction *direction = &flow->directions[d];
        past->directions[d].len =
            direction->has_finish ? see_direction_finish(direction) : direction->offset;
        past->directions[d].first_seq = direction->next - (uint32_t)direction->offset;
        past->directions[d].is_seen = direction->is_seen && direction->is_known;
    }
}

int see_past_add(const struct see_flow *flow, const struct see_flow_common *common)
{
    struct see_stream *stream = flow->stream;
    if (flow->directions[0].offset == 0 && flow->directions[1].offset == 0) {
        return SEE_OK; /* nothing of it was handed on */
    }
    if (stream->limits.past_connections == 0) {
        return SEE_OK;
    }
    struct see_past *past = make_room(stream);
    if (past == NULL) {
        return SEE_ENOMEM;
    }
    outline(past, flow, common);
    uint64_t by_ends = see_key_by_ends(common);
    if (see_map_add(&stream->past_by_ends, &past->node, by_ends) != SEE_OK) {
        free(past);
        return SEE_ENOMEM;
    }
    TAILQ_INSERT_TAIL(&stream->past, past, entry);
    forget_next(stream, by_ends);
    return SEE_OK;
}

static bool is_within(const struct see_past *past, see_time_ns time)
{
    if (time < past->opened) {
        return (uint64_t)past->opened - (uint64_t)time <= (uint64_t)SKEW_NS;
    }
    return time <= past->last_seen ||
           (uint64_t)time - (uint64_t)past->last_seen <= (uint64_t)LATE_NS;
}

/* Whether direction `d` had sent this number: from its SYN, one before the first octet, to its FIN.
 */
static bool is_used(const struct see_past *past, unsigned d, uint32_t seq)
{
    if (!past->directions[d].is_seen) {
        return false;
    }
    int64_t place = see_sequence_distance(past->directions[d].first_seq - 1, seq);
    return past->directions[d].len >= INT32_MAX ||
           (place >= 0 && place <= (int64_t)past->directions[d].len + 2);
}

bool see_past_has(const struct see_stream *stream, const struct see_segment *segment,
                  const struct see_flow_key *key)
{
    uint32_t network = see_network_id(segment->network);
    int steps = 0;
    struct see_map_node *node = see_map_first(&stream->past_by_ends, key->by_ends);
    for (; node != NULL && steps < SAME_ENDS_MAX; node = see_map_next(node), steps++) {
        const struct see_past *past = SEE_MAP_RECORD(node, struct see_past, node);
        uint64_t different = past->words[0] ^ key->words[0];
        bool is_same = (different & ~SEE_FLOW_NETWORK) == 0 &&
                       memcmp(past->words + 1, key->words + 1, sizeof(uint64_t) * 4) == 0 &&
                       (different == 0 || past->second_network == network);
        if (is_same && is_within(past, segment->stamp.time_ns) &&
            is_used(past, key->d, segment->seq)) {
            return true;
        }
    }
    return false;
}
