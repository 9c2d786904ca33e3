/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/begin.h"

#include "core/prefetch.h"
#include "http/look.h"
#include "http/message.h"
#include "http/method.h"
#include "http/relay.h"

/* A head with more fields than this is read part by part. */
#define FIELDS_AT_ONCE 64

/* Memory for the next message, unless there is some. */
static int take_reading(struct see_lane *lane)
{
    if (lane->reading == NULL) {
        lane->reading = see_pool_take(lane->talk->http->pool, sizeof(*lane->reading));
    }
    if (lane->reading == NULL) {
        return SEE_ENOMEM;
    }
    *lane->reading = (struct see_reading){.record = NULL};
    return SEE_OK;
}

/* Which lane carries what, and that the connection is HTTP. */
static void assign_lanes(struct see_lane *lane, enum see_sniff kind)
{
    struct see_talk *talk = lane->talk;
    bool is_request = kind == SEE_SNIFF_REQUEST;
    lane->kind = kind;
    see_lane_other(lane)->kind = is_request ? SEE_SNIFF_RESPONSE : SEE_SNIFF_REQUEST;
    talk->dialog.client = (lane == &talk->lanes[0]) == is_request ? 0 : 1;
    talk->had_http = true;
    see_http_add(talk->http, SEE_HTTP_COUNT_connections_http, 1);
}

static int tell_early_gaps(struct see_talk *talk)
{
    int status = SEE_OK;
    for (size_t i = 0; i < 2 && talk->early_gaps != NULL && status == SEE_OK; i++) {
        if (talk->early_gaps[i].len > 0) {
            status = talk->http->sink.gap(talk->http->sink.ctx, &talk->early_gaps[i]);
            talk->early_gaps[i].len = 0;
        }
    }
    return status;
}

int see_lane_decide(struct see_lane *lane, enum see_sniff kind)
{
    struct see_talk *talk = lane->talk;
    if (!talk->had_http) {
        assign_lanes(lane, kind);
    } else if (lane->kind == kind) {
        see_http_add(talk->http, SEE_HTTP_COUNT_tunnels_http, 1);
    } else {
        /* In a tunnel the client stays the client. */
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_other);
        return SEE_OK;
    }
    talk->is_http = true;
    see_talk_count_socks(talk);
    int status = tell_early_gaps(talk);
    struct see_lane *requests = &talk->lanes[talk->dialog.client];
    bool has_unread = requests->has_unread;
    requests->has_unread = false;
    if (status == SEE_OK && has_unread) {
        status = see_lane_tell_unread(requests);
    }
    if (status == SEE_OK && (requests->is_gapped || has_unread)) {
        /* What is missing behind a handshake may be the rest of it. */
        bool is_certain = has_unread || (talk->connection->is_opening_seen &&
                                         requests->handshake == SEE_HANDSHAKE_NONE);
        struct see_mark nowhere = {0};
        status = see_dialog_hide_requests(&talk->dialog, &nowhere, is_certain);
    }
    return status;
}

/* When a request begins, its client had all the answers there were, and none is under way. */
static bool is_quiet(struct see_lane *lane)
{
    const struct see_lane *responses = see_lane_other(lane);
    return responses->state == SEE_LANE_START && responses->hunt->octets.len == 0 &&
           !responses->hunt->is_guess && !responses->is_gapped &&
           lane->reading->place.begin.acknowledged >= responses->known;
}

static int begin_request(struct see_lane *lane, bool may_miss, size_t room)
{
    struct see_dialog *dialog = &lane->talk->dialog;
    if (lane->is_gapped && !may_miss) {
        see_dialog_unhide_requests(dialog);
    }
    return see_dialog_request_begin(dialog, &lane->reading->place.begin, is_quiet(lane), room,
                                    &lane->reading->record);
}

/* A message begins at `begin`, `len` octets of which have come; a request wants so much room. */
static int begin_message(struct see_lane *lane, const struct see_mark *begin, size_t len,
                         bool is_found, size_t room)
{
    struct see_http *http = lane->talk->http;
    int status = see_lane_end_message(lane, false);
    if (status != SEE_OK) {
        return status;
    }
    status = take_reading(lane);
    if (status != SEE_OK) {
        return status;
    }
    see_http_add(http, SEE_HTTP_COUNT_messages, 1);
    see_http_add(http, SEE_HTTP_COUNT_resyncs, is_found ? 1 : 0);
    see_lane_count_octets(lane, len);
    bool may_miss = lane->is_gapped && begin->offset - lane->known >= SEE_SHORTEST_MESSAGE;
    lane->reading->place = (struct see_head_place){
        .begin = *begin,
        .end = lane->last,
        .is_found = is_found,
        .answers_known = lane->known,
        .may_miss_response = may_miss,
    };
    lane->known = begin->offset + len;
    status = lane->kind == SEE_SNIFF_REQUEST ? begin_request(lane, may_miss, room) : SEE_OK;
    lane->is_gapped = false;
    return status;
}

int see_lane_begin(struct see_lane *lane)
{
    const struct see_hunt *hunt = lane->hunt;
    bool is_found = hunt->is_guess && !hunt->is_content;
    lane->state = SEE_LANE_HEAD;
    int status = begin_message(lane, &hunt->begin, hunt->octets.len, is_found, 0);
    if (status != SEE_OK) {
        return status;
    }
    lane->reading->place.end = see_stamp_later(lane->reading->place.end, hunt->latest);
    lane->reading->line_start = hunt->first_line;
    lane->reading->field_lines = 0;
    bool has_second_line =
        hunt->octets.len > hunt->first_line && hunt->octets.ptr[hunt->octets.len - 1] == '\n';
    return has_second_line ? see_lane_take_head_line(lane) : SEE_OK;
}

/* In step, with nothing held and nothing to be made out first. */
static bool is_plain_start(struct see_lane *lane, struct see_view octets)
{
    const struct see_hunt *hunt = lane->hunt;
    bool is_in_step = !hunt->is_guess && !hunt->is_lost && !hunt->is_unjudged && !lane->is_gapped;
    bool is_awaited = lane->is_waiting || see_lane_other(lane)->is_waiting;
    if (!is_in_step || is_awaited || hunt->octets.len > 0 || octets.len < SEE_SHORTEST_MESSAGE) {
        return false;
    }
    /* As "POST" does, so "PROXY" begins. */
    return !lane->is_fresh || !see_handshake_may_begin(octets.ptr[0], true) ||
           (octets.ptr[0] == 'P' && octets.ptr[1] != 'R');
}

/* A start-line whose end is not in sight at first is told by how its target begins. */
static bool is_told_at_once(const struct see_plain *plain, struct see_view octets)
{
    return plain->method_len == 0 || octets.ptr[plain->target.at] == '/' ||
           see_view_find(see_view_cut(octets, 0, SEE_SNIFF_OCTETS), '\n') < SEE_SNIFF_OCTETS;
}

/* Whether the first octets of the method may not be its first. */
static bool is_doubtful(const struct see_lane *lane, const struct see_plain *plain,
                        struct see_view octets)
{
    return see_lane_is_amid(lane) && plain->method_len > 0 &&
           !see_method_is_known(see_view_cut(octets, 0, plain->method_len));
}

/* What was read already of the message that `octets` begin with, or NULL; those before are past. */
static const struct see_http_look *look_back(struct see_http *http, struct see_view octets)
{
    for (size_t i = 0; i < http->look_count; i++) {
        const struct see_http_look *look = &http->looks[i];
        if ((const char *)look->data == octets.ptr) {
            http->looks += i;
            http->look_count -= i;
            bool is_whole = look->kind != SEE_SNIFF_OTHER && look->plain.len <= octets.len;
            return is_whole ? look : NULL;
        }
    }
    return NULL;
}

/*
 * The lane's message that `octets` begin with, if its head is whole, plain, and within all limits;
 * it is read into `own`, if that was not done already.
 */
static enum see_sniff find_head(const struct see_lane *lane, struct see_view octets,
                                struct see_plain *own, const struct see_plain **ret_plain)
{
    const struct see_talk *talk = lane->talk;
    const struct see_limits *limits = &talk->http->limits;
    bool is_open = !talk->is_http && !talk->had_http;
    const struct see_http_look *look = look_back(talk->http, octets);
    enum see_sniff wanted = talk->is_http ? lane->kind : SEE_SNIFF_OTHER;
    enum see_sniff kind = look != NULL ? look->kind : see_plain_read(octets, wanted, own);
    const struct see_plain *plain = look != NULL ? &look->plain : own;
    *ret_plain = plain;
    bool is_taken = kind != SEE_SNIFF_OTHER && (is_open || kind == lane->kind) &&
                    plain->len <= limits->head_octets && plain->field_count <= limits->fields &&
                    is_told_at_once(plain, octets) && !is_doubtful(lane, plain, octets);
    return is_taken ? kind : SEE_SNIFF_OTHER;
}

int see_lane_begin_at_once(struct see_lane *lane, struct see_input *input, bool *ret_is_begun)
{
    struct see_plain_field fields[FIELDS_AT_ONCE];
    struct see_plain own;
    own.fields = fields;
    own.room = FIELDS_AT_ONCE;
    *ret_is_begun = false;
    if (!is_plain_start(lane, input->octets)) {
        return SEE_OK;
    }
    /* A response is about to change the record of its request, and to end it. */
    const struct see_record *oldest = lane->talk->dialog.oldest;
    if (oldest != NULL) {
        see_prefetch(oldest, sizeof(*oldest));
    }
    const struct see_plain *plain;
    enum see_sniff kind = find_head(lane, input->octets, &own, &plain);
    if (kind == SEE_SNIFF_OTHER) {
        return SEE_OK;
    }
    *ret_is_begun = true;
    lane->is_fresh = false;
    int status = lane->talk->is_http ? SEE_OK : see_lane_decide(lane, kind);
    if (status == SEE_OK) {
        status = begin_message(lane, &input->mark, plain->len, false, see_plain_room(plain));
    }
    if (status != SEE_OK) {
        return status;
    }
    struct see_view octets = input->octets;
    see_input_skip(input, plain->len);
    return see_lane_take_plain_head(lane, octets, plain);
}
