/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * message - a message of a lane once its start-line is found: head, content, end.
 *
 * What of a head is handed on, when the content ends and whether all of it was
 * there.  Finding the start-line and what gaps do is `lane.c`.
 */
#ifndef SEE_HTTP_MESSAGE_H
#define SEE_HTTP_MESSAGE_H

#include "http/lane.h"
#include "http/plain.h"

static inline struct see_lane *see_lane_other(struct see_lane *lane)
{
    struct see_talk *talk = lane->talk;
    return lane == &talk->lanes[0] ? &talk->lanes[1] : &talk->lanes[0];
}

/* Another protocol goes on here: `which` it is, unless the books have the connection already. */
static inline void see_lane_leave(struct see_lane *lane, enum see_http_count which)
{
    struct see_talk *talk = lane->talk;
    see_http_add(talk->http, which, talk->is_left || talk->had_http ? 0 : 1);
    talk->is_left = true;
}

/* Out of step, at the start of a line or not. */
static inline void see_lane_stray(struct see_lane *lane, bool is_line_start)
{
    struct see_http *http = lane->talk->http;
    lane->state = SEE_LANE_START;
    if (is_line_start && (lane->hunt == &http->idle_hunt || lane->hunt == &http->lost_hunt)) {
        lane->hunt = &http->lost_hunt;
    } else {
        see_hunt_stray(lane->hunt, is_line_start);
    }
}

static inline void see_lane_count_octets(struct see_lane *lane, uint64_t len)
{
    see_http_add(lane->talk->http, SEE_HTTP_COUNT_octets_messages, len);
}

/* Takes octets of the head, at most to the end of a line. */
SEE_MUST_CHECK int see_lane_read_head(struct see_lane *lane, struct see_input *input);

/* Looks at the line that was just completed: another field line, or the end of the head. */
SEE_MUST_CHECK int see_lane_take_head_line(struct see_lane *lane);

/*
 * Hands on the head that was read: to its end when `has_end`, else as many lines as there are, for
 * the reason that `why_not` counts; then the lane is out of step.
 */
/* Tells of a request that could not be read; nothing of a response. */
SEE_MUST_CHECK int see_lane_tell_unread(struct see_lane *lane);

SEE_MUST_CHECK int see_lane_take_head(struct see_lane *lane, bool has_end,
                                      enum see_http_count why_not);

/* Takes the head that `octets` begin with, and that was read already. */
SEE_MUST_CHECK int see_lane_take_plain_head(struct see_lane *lane, struct see_view octets,
                                            const struct see_plain *plain);

/* Takes octets of the content, at most to its end. */
SEE_MUST_CHECK int see_lane_read_content(struct see_lane *lane, struct see_input *input);

/* Passes over octets of content that were not seen; false where that cannot be reckoned. */
SEE_MUST_CHECK bool see_lane_miss_content(struct see_lane *lane, const struct see_mark *mark,
                                          uint64_t len);

/* Whether the content has come to the end of its length. */
bool see_lane_is_content_over(const struct see_lane *lane);

/* All of the content has come: ends the message, and a start-line is next. */
SEE_MUST_CHECK int see_lane_end_content(struct see_lane *lane);

/* Ends the message in progress, if any; what the lane does next is for the caller to say. */
SEE_MUST_CHECK int see_lane_end_message(struct see_lane *lane, bool is_complete);

/* The message in progress, of which there has to be a record. */
struct see_message *see_lane_message(struct see_lane *lane);

/* In step: the next octets are a start-line. */
void see_lane_start_next(struct see_lane *lane);

/* Reads the octets that `hunt` holds once more, in another state. */
SEE_MUST_CHECK int see_lane_replay(struct see_lane *lane, enum see_lane_state state);

#endif
