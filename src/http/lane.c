/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/lane.h"

#include "http/begin.h"
#include "http/message.h"
#include "http/relay.h"

/*
 * Octets of one connection without a start-line, where the first ones could not tell (the capture
 * began in the middle, or with a gap), after which it is none of ours.
 */
#define UNDECIDED_OCTETS (1u << 20)

void see_lane_init(struct see_lane *lane, struct see_talk *talk)
{
    *lane = (struct see_lane){.talk = talk, .kind = SEE_SNIFF_OTHER, .is_fresh = true};
    lane->hunt = &talk->http->idle_hunt;
}

/* Between two messages, or before the first. */
static bool is_between(const struct see_lane *lane)
{
    return lane->state == SEE_LANE_START || lane->state == SEE_LANE_HANDSHAKE;
}

static bool is_hunt_lent(const struct see_lane *lane)
{
    const struct see_http *http = lane->talk->http;
    return lane->hunt == &http->idle_hunt || lane->hunt == &http->lost_hunt;
}

int see_lane_own_hunt(struct see_lane *lane)
{
    if (!is_hunt_lent(lane)) {
        return SEE_OK;
    }
    struct see_hunt *own = see_pool_take(lane->talk->http->pool, sizeof(*own));
    if (own == NULL) {
        return SEE_ENOMEM;
    }
    *own = *lane->hunt;
    lane->hunt = own;
    return SEE_OK;
}

static void give_hunt_back(struct see_lane *lane)
{
    see_hunt_finish(lane->hunt);
    see_pool_give(lane->talk->http->pool, lane->hunt, sizeof(*lane->hunt));
}

void see_lane_finish(struct see_lane *lane)
{
    if (!is_hunt_lent(lane)) {
        give_hunt_back(lane);
    }
    if (lane->reading != NULL) {
        see_chunked_free(lane->reading->chunked);
        see_content_free(lane->reading->content);
        see_pool_give(lane->talk->http->pool, lane->reading, sizeof(*lane->reading));
    }
}

static void rest_hunt(struct see_lane *lane)
{
    struct see_http *http = lane->talk->http;
    struct see_text *octets = &lane->hunt->octets;
    if (octets->len == 0 && octets->ptr != NULL) {
        if (http->spare_octets.ptr == NULL) {
            http->spare_octets = *octets;
        } else {
            see_text_finish(octets);
        }
        see_text_init(octets);
    }
    bool is_amid = lane->state == SEE_LANE_HEAD || lane->state == SEE_LANE_HANDSHAKE;
    if (!is_amid && see_hunt_is_idle(lane->hunt)) {
        give_hunt_back(lane);
        lane->hunt = &http->idle_hunt;
    }
}

void see_lane_rest(struct see_lane *lane)
{
    struct see_http *http = lane->talk->http;
    if (!is_hunt_lent(lane)) {
        rest_hunt(lane);
    }
    if (lane->reading != NULL && lane->reading->record == NULL && is_between(lane)) {
        see_pool_give(http->pool, lane->reading, sizeof(*lane->reading));
        lane->reading = NULL;
    }
}

static void count_skipped(struct see_lane *lane)
{
    struct see_talk *talk = lane->talk;
    see_http_add(talk->http,
                 talk->is_http ? SEE_HTTP_COUNT_octets_skipped : SEE_HTTP_COUNT_octets_not_http,
                 lane->hunt->skipped);
    talk->skipped += talk->is_http ? 0 : lane->hunt->skipped;
    lane->hunt->skipped = 0;
}

static int read_octets(struct see_lane *lane, struct see_input *input);

static int replay_part(struct see_lane *lane, struct see_input input)
{
    int status = read_octets(lane, &input);
    /* Left over only when the connection has left for another protocol. */
    lane->hunt->skipped += input.octets.len;
    count_skipped(lane);
    return status;
}

int see_lane_replay(struct see_lane *lane, enum see_lane_state state)
{
    struct see_text octets = lane->hunt->octets;
    struct see_view whole = see_text_view(&octets);
    struct see_mark begin = lane->hunt->begin, again = lane->hunt->again;
    /* Of a handshake this is a later frame; where a message begins that matters. */
    size_t frame_at = state == SEE_LANE_START ? lane->hunt->again_at : 0;
    size_t len = frame_at > 0 ? frame_at : whole.len;
    see_text_init(&lane->hunt->octets);
    see_hunt_start(lane->hunt);
    lane->state = state;
    int status = replay_part(lane, (struct see_input){see_view_cut(whole, 0, len), begin, false});
    if (status == SEE_OK && len < whole.len) {
        struct see_view rest = see_view_cut(whole, len, whole.len);
        status = replay_part(lane, (struct see_input){rest, again, true});
    }
    see_text_finish(&octets);
    return status;
}

/* The first octets of a direction are no HTTP: whether that tells what the connection speaks. */
static bool tell_other(struct see_lane *lane, enum see_sniff kind)
{
    const struct see_talk *talk = lane->talk;
    if (kind == SEE_SNIFF_TLS) {
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_tls);
    } else if (kind == SEE_SNIFF_HTTP2) {
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_http2);
    } else if (talk->connection->is_opening_seen && !talk->had_http &&
               see_is_simple_request(see_text_view(&lane->hunt->octets))) {
        /* Its answer is content alone, without a status: no redirect.  But not every server's. */
        lane->is_simple = lane->has_unread = true;
        return false;
    } else if (see_lane_other(lane)->is_simple && !talk->had_http) {
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_http09);
    } else if (see_lane_may_be_prologue(lane)) {
        lane->is_waiting = true;
    } else if (talk->connection->is_opening_seen || talk->had_http) {
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_other);
    }
    return talk->is_left || lane->is_waiting;
}

/* What was refused is a request all the same, of which the method is not all there. */
static bool is_rest_of_request(const struct see_lane *lane)
{
    const struct see_hunt *hunt = lane->hunt;
    return !lane->talk->is_http && see_lane_is_amid(lane) && !hunt->is_guess &&
           hunt->again_at == 0 && see_sniff(see_text_view(&hunt->octets)) == SEE_SNIFF_REQUEST;
}

/* The candidate is no start-line, or not one of the kind that belongs here. */
static int refuse_candidate(struct see_lane *lane, enum see_sniff kind)
{
    struct see_talk *talk = lane->talk;
    if (lane->hunt->is_content) {
        /* What might have been the next request is content after all. */
        lane->reading->has_content = true;
        return see_lane_replay(lane, SEE_LANE_CONTENT);
    }
    if (!talk->is_http && !lane->hunt->is_guess && tell_other(lane, kind)) {
        return SEE_OK;
    }
    if (lane->kind == SEE_SNIFF_REQUEST && !lane->hunt->is_guess) {
        /* The server may take for a request, and answer, what we do not. */
        struct see_mark hidden = {.stamp = lane->last, .offset = lane->hunt->begin.offset};
        int status = see_dialog_hide_requests(&talk->dialog, &hidden, false);
        if (status == SEE_OK) {
            status = see_lane_tell_unread(lane);
        }
        if (status != SEE_OK) {
            return status;
        }
    }
    if (lane->kind == SEE_SNIFF_RESPONSE && talk->is_http && !lane->hunt->is_guess) {
        /* And the client for a response. */
        see_dialog_hide_response(&talk->dialog);
    }
    lane->has_unread = lane->has_unread || is_rest_of_request(lane);
    see_hunt_drop(lane->hunt);
    count_skipped(lane);
    if (!talk->is_http && talk->skipped > UNDECIDED_OCTETS) {
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_other);
    }
    return SEE_OK;
}

/* What comes now is the first of its direction, or of a tunnel, and may be a client's. */
static bool may_be_first_request(const struct see_lane *lane)
{
    const struct see_talk *talk = lane->talk;
    return !talk->is_http &&
           (talk->had_http ? lane->kind == SEE_SNIFF_REQUEST : talk->connection->is_opening_seen);
}

static int read_start(struct see_lane *lane, struct see_input *input)
{
    bool is_found;
    lane->hunt->expected = lane->talk->is_http ? lane->kind : SEE_SNIFF_OTHER;
    lane->hunt->is_first = may_be_first_request(lane);
    lane->hunt->is_middle = see_lane_is_amid(lane);
    enum see_sniff kind =
        see_hunt_read(lane->hunt, input, lane->talk->http->limits.head_octets, &is_found);
    count_skipped(lane);
    if (see_text_status(&lane->hunt->octets) != SEE_OK) {
        return SEE_ENOMEM;
    }
    if (kind == SEE_SNIFF_MORE) {
        return SEE_OK;
    }
    bool is_start = kind == SEE_SNIFF_REQUEST || kind == SEE_SNIFF_RESPONSE;
    if (is_start && !lane->talk->is_http) {
        int status = see_lane_decide(lane, kind);
        if (status != SEE_OK || lane->talk->is_left) {
            return status;
        }
    }
    if (!is_start || kind != lane->kind) {
        return refuse_candidate(lane, kind);
    }
    return is_found ? see_lane_begin(lane) : SEE_OK;
}

/*
 * A client that announced its content and was refused need not send it (RFC 9110, 10.1.1): then
 * the next octets are the next request.
 */
static bool may_be_refused(const struct see_lane *lane)
{
    if (lane->kind != SEE_SNIFF_REQUEST || lane->reading->has_content ||
        !lane->reading->record->expects_continue) {
        return false;
    }
    return lane->reading->record->exchange.response.has_head &&
           lane->reading->record->exchange.status >= 300;
}

/* Nobody knows whether this answers a HEAD: then the next octets are the next response. */
static bool may_answer_head(const struct see_lane *lane)
{
    return lane->kind == SEE_SNIFF_RESPONSE && !lane->reading->has_content &&
           !lane->reading->record->exchange.request.is_seen && !lane->reading->record->is_no_head;
}

static int expect_message_instead(struct see_lane *lane)
{
    int status = see_lane_own_hunt(lane);
    if (status != SEE_OK) {
        return status;
    }
    lane->state = SEE_LANE_START;
    lane->hunt->is_guess = true;
    lane->hunt->is_content = true;
    return SEE_OK;
}

/* A whole head at once, where that will do; else a handshake or a start-line, part by part. */
static int read_beginning(struct see_lane *lane, struct see_input *input)
{
    struct see_http *http = lane->talk->http;
    bool is_begun;
    int status = see_lane_begin_at_once(lane, input, &is_begun);
    if (status != SEE_OK || is_begun) {
        return status;
    }
    status = see_lane_own_hunt(lane);
    if (status != SEE_OK) {
        return status;
    }
    if (lane->hunt->octets.ptr == NULL) {
        lane->hunt->octets = http->spare_octets;
        see_text_init(&http->spare_octets);
    }
    if (lane->is_fresh) {
        see_lane_begin_handshake(lane, input);
        return SEE_OK;
    }
    return read_start(lane, input);
}

static int read_octets(struct see_lane *lane, struct see_input *input)
{
    int status = SEE_OK;
    while (status == SEE_OK && !lane->talk->is_left &&
           (input->octets.len > 0 || lane->hunt->is_unjudged)) {
        switch (lane->state) {
        case SEE_LANE_HANDSHAKE:
            status = see_lane_read_handshake(lane, input);
            break;
        case SEE_LANE_START:
            status = read_beginning(lane, input);
            break;
        case SEE_LANE_HEAD:
            status = see_lane_read_head(lane, input);
            break;
        case SEE_LANE_CONTENT:
            status = may_be_refused(lane) || may_answer_head(lane)
                         ? expect_message_instead(lane)
                         : see_lane_read_content(lane, input);
            break;
        }
    }
    return status;
}

/* A frame of the message in progress, if there is one: what completes it is the latest of them. */
static void note_frame(struct see_lane *lane, struct see_stamp stamp)
{
    if (lane->reading != NULL) {
        lane->reading->place.end = see_stamp_later(lane->reading->place.end, stamp);
    }
}

int see_lane_read(struct see_lane *lane, struct see_input *input)
{
    const struct see_stamp *stamp = &input->mark.stamp;
    input->is_frame_start = lane->is_after_gap || stamp->frame != lane->last.frame ||
                            stamp->capture != lane->last.capture;
    lane->is_after_gap = false;
    lane->is_heard = true;
    lane->last = *stamp;
    note_frame(lane, *stamp);
    return read_octets(lane, input);
}

/* The candidate gets no more octets; afterwards there is none, nor a handshake. */
static int settle_candidate(struct see_lane *lane)
{
    lane->state = SEE_LANE_START;
    lane->is_fresh = false;
    enum see_sniff kind = see_hunt_settle(lane->hunt);
    bool is_start = kind == SEE_SNIFF_REQUEST || kind == SEE_SNIFF_RESPONSE;
    /* A connection that was found to speak something else stays what it is. */
    if (is_start && !lane->talk->is_http && !lane->talk->is_left) {
        int status = see_lane_decide(lane, kind);
        if (status != SEE_OK) {
            return status;
        }
    }
    if (is_start && kind == lane->kind && lane->talk->is_http) {
        return see_lane_begin(lane);
    }
    if (is_hunt_lent(lane)) {
        lane->hunt = &lane->talk->http->lost_hunt;
    } else {
        see_hunt_lose(lane->hunt);
        count_skipped(lane);
    }
    /* Of a refused request the content was still to come. */
    return see_lane_end_message(lane, false);
}

/* Behind a gap that may hold anything. */
static int lose(struct see_lane *lane, const struct see_mark *mark, bool is_certain)
{
    struct see_talk *talk = lane->talk;
    lane->is_gapped = true;
    see_lane_stray(lane, true);
    if (!talk->is_http || lane->kind != SEE_SNIFF_REQUEST) {
        return SEE_OK;
    }
    struct see_mark hidden = {.stamp = mark->stamp, .offset = mark->offset};
    return see_dialog_hide_requests(&talk->dialog, &hidden, is_certain);
}

static int miss_in_content(struct see_lane *lane, const struct see_mark *mark, uint64_t len)
{
    if (!see_lane_miss_content(lane, mark, len)) {
        int status = see_lane_end_message(lane, false);
        return status == SEE_OK ? lose(lane, mark, false) : status;
    }
    return see_lane_is_content_over(lane) ? see_lane_end_content(lane) : SEE_OK;
}

int see_lane_miss(struct see_lane *lane, const struct see_mark *mark, uint64_t len)
{
    /* In step between two messages: whatever is missing, it begins with a message. */
    bool is_certain = lane->state == SEE_LANE_START && !lane->hunt->is_guess;
    if (lane->is_waiting || see_lane_other(lane)->is_waiting) {
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_other);
        return SEE_OK;
    }
    int status = see_lane_own_hunt(lane);
    if (status == SEE_OK && is_between(lane)) {
        status = settle_candidate(lane);
    }
    lane->last = mark->stamp;
    note_frame(lane, mark->stamp);
    lane->is_after_gap = true;
    if (status != SEE_OK) {
        return status;
    }
    switch (lane->state) {
    case SEE_LANE_HANDSHAKE:
    case SEE_LANE_START:
        break;
    case SEE_LANE_HEAD:
        lane->reading->place.is_found = true;
        status = see_lane_take_head(lane, false, SEE_HTTP_COUNT_messages_cut);
        break;
    case SEE_LANE_CONTENT:
        return miss_in_content(lane, mark, len);
    }
    return status == SEE_OK ? lose(lane, mark, is_certain) : status;
}

int see_lane_end(struct see_lane *lane, bool is_finished, struct see_stamp stamp)
{
    int status = is_between(lane) ? settle_candidate(lane) : SEE_OK;
    if (status != SEE_OK) {
        return status;
    }
    if (lane->state == SEE_LANE_HEAD) {
        return see_lane_take_head(lane, false, SEE_HTTP_COUNT_messages_cut);
    }
    if (lane->state == SEE_LANE_START) {
        return SEE_OK;
    }
    bool is_complete = is_finished && lane->reading->framing == SEE_FRAMING_CLOSE;
    if (is_complete) {
        see_lane_message(lane)->last = see_stamp_later(lane->reading->place.end, stamp);
    }
    see_lane_stray(lane, true);
    return see_lane_end_message(lane, is_complete);
}
