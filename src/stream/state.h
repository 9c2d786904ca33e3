/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state - the stream room itself, for the files of this room only.
 */
#ifndef SEE_STREAM_STATE_H
#define SEE_STREAM_STATE_H

#include "core/map.h"
#include "core/timeline.h"
#include "stream/flow.h"
#include "stream/stream.h"

enum see_stream_counter {
    STREAM_SEGMENTS,
    STREAM_SEGMENTS_WITH_DATA,
    STREAM_SEGMENTS_WITHOUT_DATA,
    STREAM_OCTETS_SEEN,
    STREAM_OCTETS_IN_ORDER,
    STREAM_OCTETS_HELD,
    STREAM_OCTETS_RETRANSMITTED,
    STREAM_OCTETS_CONFLICTING,
    STREAM_OCTETS_BEFORE_START,
    STREAM_OCTETS_AFTER_FINISH,
    STREAM_OCTETS_AFTER_CLOSE,
    STREAM_OCTETS_SEEN_BEFORE,
    STREAM_OCTETS_IN_RESET,
    STREAM_OCTETS_UNACKNOWLEDGED,
    STREAM_OCTETS_IMPLAUSIBLE,
    STREAM_OCTETS_IGNORED,
    STREAM_CONNECTIONS_OPENED,
    STREAM_CONNECTIONS_MIDSTREAM,
    STREAM_CONNECTIONS_OPEN,
    STREAM_CONNECTIONS_FINISHED,
    STREAM_CONNECTIONS_RESET,
    STREAM_CONNECTIONS_REUSED,
    STREAM_CONNECTIONS_CAPTURE_END,
    STREAM_CONNECTIONS_IDLE,
    STREAM_CONNECTIONS_EVICTED,
    STREAM_GAPS,
    STREAM_OCTETS_MISSING,
    STREAM_SEGMENTS_SEEN_BEFORE,
    STREAM_STAMPS_DOUBTED,
    STREAM_CLOSED_FORGOTTEN,
    STREAM_PAST_FORGOTTEN,
    STREAM_NETWORKS_JOINED,
    STREAM_KEEP_ALIVES,
    STREAM_ACKS_IMPLAUSIBLE,
    STREAM_FINISHES_IMPLAUSIBLE,
    STREAM_RESETS_IMPLAUSIBLE,
    STREAM_COUNTERS
};

/* How many segments can be expected at a time; a power of two. */
#define SEE_STREAM_EXPECTED 16

/* A segment that was announced, and whose it is. */
struct see_expected {
    const struct see_segment *segment;
    struct see_stamp stamp;
    struct see_flow_key key;
};

struct see_past;
TAILQ_HEAD(see_pasts, see_past);

struct see_stream {
    struct see_limits limits;
    struct see_hash_weights weights;
    struct see_stream_sink sink;
    struct see_map flows;
    struct see_map elsewhere;   /* of those whose other direction may come in another network */
    bool has_networks;          /* a segment came in one: `elsewhere` is kept */
    struct see_flows live;      /* the one silent longest first, but for the order within... */
    uint32_t generation;        /* ... each generation: the current one, of 15 bits */
    uint32_t sorted;            /* the last generation that was put in order */
    see_time_ns generation_end; /* when the next one begins */
    see_time_ns next_idle;      /* before then nobody has been silent for too long */
    struct see_flows lingering; /* closed ones, the oldest first */
    struct see_pasts past;      /* outlines, the oldest first */
    struct see_map past_by_ends;
    struct see_holds waiting[SEE_WAITS];
    struct see_timeline clock;
    see_time_ns now;     /* the largest time so far that can be believed: `clock.now` */
    struct see_stamp at; /* the latest segment, but with the time `now` */
    struct see_expected expected[SEE_STREAM_EXPECTED];
    unsigned expected_count, fed_count; /* of those announced; they wrap */
    /* Whose segment made a leap that is not confirmed yet, or NULL. */
    struct see_flow_common *leaper;
    uint64_t last_id;
    size_t held; /* memory of all holds */
    int failed;  /* the first failure; nothing is handed on after it */
    struct see_count counts[STREAM_COUNTERS];
};

static inline void see_stream_count(struct see_stream *stream, enum see_stream_counter counter,
                                    uint64_t value)
{
    stream->counts[counter].value += value;
}

/* How long ago `then` was.  Stamps are a stranger's: the difference may not fit a signed number. */
static inline uint64_t see_stream_elapsed(const struct see_stream *stream, see_time_ns then)
{
    return (uint64_t)stream->now - (uint64_t)then;
}

/* When so much will have passed since `then`. */
static inline see_time_ns see_stream_after(see_time_ns then, see_time_ns span)
{
    see_time_ns sum;
    return __builtin_add_overflow(then, span, &sum) ? INT64_MAX : sum;
}

#endif
