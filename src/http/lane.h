/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lane - one direction of a connection: octets and gaps in, messages out.
 *
 *              start-line             empty line              end of content
 *     START ------------------> HEAD ------------> CONTENT ------------------> START
 *       ^                        |                    |
 *       |  not one, or a gap     | not sound, cut,    | a gap that arithmetic
 *       +--(lost, see hunt.h)    | too large          | cannot pass
 *       ^                        v                    v
 *       +------------------------+--------------------+  lost
 *
 * Where a START is fresh, a HANDSHAKE may come in its place (see relay.h).
 *
 * A gap inside of content of known length, or inside of one chunk of chunked
 * content, is arithmetic; content until the close may miss anything.
 */
#ifndef SEE_HTTP_LANE_H
#define SEE_HTTP_LANE_H

#include "http/dialog.h"
#include "http/handshake.h"
#include "http/hunt.h"
#include "http/kept.h"

enum see_lane_state { SEE_LANE_START, SEE_LANE_HANDSHAKE, SEE_LANE_HEAD, SEE_LANE_CONTENT };

struct see_talk;

/* The message in progress of one lane: most connections have none, most of the time. */
struct see_reading {
    /* The head in progress; its octets are in `hunt`. */
    size_t line_start;
    size_t field_lines;
    struct see_head_place place;

    /* The content in progress. */
    struct see_record *record; /* NULL when the message is nobody's: an interim response */
    enum see_framing framing;
    uint64_t remaining; /* of content of known length */
    struct see_chunked *chunked;
    struct see_content *content;
    struct see_kept kept;
    bool has_content; /* at least one octet of it was seen or missed */
    bool is_holed;    /* octets of it are missing */
};

struct see_lane {
    struct see_talk *talk;
    struct see_hunt *hunt; /* its own, or one that the room lends it: then only to be looked at */
    struct see_reading *reading; /* NULL between two messages */
    struct see_stamp last;       /* the frame of the last octet or gap; not set at first */
    uint64_t known;              /* up to here the octets belong to messages, or lie between two */
    enum see_sniff kind : 4; /* what it carries: REQUEST, RESPONSE, or OTHER: that is not known */
    enum see_lane_state state : 4;
    enum see_handshake_kind handshake : 4; /* its side of SOCKS, as soon as that is known */
    bool is_fresh : 1;     /* at a START, and a handshake may begin, held in `hunt` */
    bool is_waiting : 1;   /* its first octets may be a prologue (see relay.h) */
    bool is_simple : 1;    /* they are a request of HTTP/0.9, unless an answer of HTTP/1 comes */
    bool has_unread : 1;   /* a request that could not be read came before it was decided */
    bool has_shaken : 1;   /* it has passed a handshake of SOCKS */
    bool is_heard : 1;     /* at least one octet was seen */
    bool is_after_gap : 1; /* and the last was a gap */
    bool is_gapped : 1;    /* octets are missing behind `known` */
};

/* What is said on one connection. */
struct see_talk {
    struct see_http *http;
    struct see_connection *connection; /* a reference is held */
    size_t held;                       /* octets of messages, as of the latest chunk, */
    uint64_t heard;                    /* and when that was (see talks.h) */
    uint32_t place;                    /* in the room's list, */
    uint32_t queued;                   /* and one behind that in its queue; 0: in none */
    uint64_t skipped;                  /* octets that were no HTTP, while it was not decided */
    bool is_http : 1;      /* else it is not decided yet, or not yet again in a tunnel */
    bool had_http : 1;     /* it was once, and so the books have it */
    bool is_tunnelled : 1; /* a CONNECT has succeeded */
    bool is_relayed : 1;   /* its handshake of SOCKS was counted, */
    bool is_left : 1;      /* to another protocol: the caller frees the talk */
    struct see_lane lanes[2];
    struct see_dialog dialog;
    struct see_chunk
        *early_gaps; /* the last one of each lane from before it was decided, or NULL */
};

/* Gives the lane a hunt of its own, if it has none, before that is changed. */
SEE_MUST_CHECK int see_lane_own_hunt(struct see_lane *lane);

/* Nothing of it was read yet, and what comes before its first octets was not seen. */
static inline bool see_lane_is_amid(const struct see_lane *lane)
{
    return lane->known == 0 && !lane->talk->connection->is_opening_seen;
}

void see_lane_init(struct see_lane *lane, struct see_talk *talk);
void see_lane_finish(struct see_lane *lane);

/* Gives back the memory that a lane does not need between two messages. */
void see_lane_rest(struct see_lane *lane);

/*
 * Octets or a gap.  Both, and all below, fail with SEE_ENOMEM or with what the sink returned, and
 * may find that the talk `is_left`: then the rest of the input was not read.
 */
SEE_MUST_CHECK int see_lane_read(struct see_lane *lane, struct see_input *input);
SEE_MUST_CHECK int see_lane_miss(struct see_lane *lane, const struct see_mark *mark, uint64_t len);

/* No more octets: `is_finished` by the sender's FIN, else for another reason. */
SEE_MUST_CHECK int see_lane_end(struct see_lane *lane, bool is_finished, struct see_stamp stamp);

#endif
