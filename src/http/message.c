/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/message.h"

#include <stdlib.h>

#include "http/relay.h"

struct see_message *see_lane_message(struct see_lane *lane)
{
    struct see_exchange *exchange = &lane->reading->record->exchange;
    return lane->kind == SEE_SNIFF_REQUEST ? &exchange->request : &exchange->response;
}

void see_lane_start_next(struct see_lane *lane)
{
    lane->state = SEE_LANE_START;
    struct see_http *http = lane->talk->http;
    if (lane->hunt == &http->idle_hunt || lane->hunt == &http->lost_hunt) {
        lane->hunt = &http->idle_hunt;
    } else {
        see_hunt_start(lane->hunt);
    }
}

int see_lane_end_message(struct see_lane *lane, bool is_complete)
{
    if (lane->reading == NULL || lane->reading->record == NULL) {
        return SEE_OK;
    }
    struct see_record *record = lane->reading->record;
    struct see_content *content = lane->reading->content;
    struct see_talk *talk = lane->talk;
    struct see_message *message = see_lane_message(lane);
    lane->reading->record = NULL;
    lane->reading->content = NULL;
    see_chunked_free(lane->reading->chunked);
    lane->reading->chunked = NULL;

    message->has_gap = message->has_gap || lane->reading->is_holed;
    message->is_complete = is_complete && !lane->reading->is_holed;
    see_kept_end(&lane->reading->kept, message->is_complete);
    if (lane->kind == SEE_SNIFF_RESPONSE) {
        return see_dialog_response_end(&talk->dialog, record);
    }
    if (message->is_complete && content != NULL) {
        see_content_end(content, message);
    } else if (message->is_complete) {
        message->has_digest = true;
        message->content_digest = talk->http->empty_digest;
        message->bare_digest = talk->http->empty_digest;
    }
    see_content_free(content);
    return see_dialog_request_end(&talk->dialog, record);
}

static void on_content(void *ctx, struct see_view octets)
{
    struct see_lane *lane = ctx;
    see_lane_message(lane)->content_len += octets.len;
    see_kept_add(&lane->reading->kept, lane->talk->http, octets);
    if (lane->reading->content != NULL) {
        see_content_add(lane->reading->content, octets);
    }
}

static enum see_framing request_framing(const struct see_head *head)
{
    if (head->is_unframed) {
        return SEE_FRAMING_UNKNOWN;
    }
    if (head->is_chunked) {
        return SEE_FRAMING_CHUNKED;
    }
    return head->has_length && head->length > 0 ? SEE_FRAMING_LENGTH : SEE_FRAMING_NONE;
}

/* Digests are taken of the content of requests only. */
static int prepare_content(struct see_lane *lane)
{
    if (lane->reading->framing == SEE_FRAMING_CHUNKED) {
        lane->reading->chunked = see_chunked_new((struct see_chunked_sink){lane, on_content});
        if (lane->reading->chunked == NULL) {
            return SEE_ENOMEM;
        }
    }
    if (lane->kind == SEE_SNIFF_REQUEST) {
        struct see_view type =
            see_message_field(see_lane_message(lane), SEE_LITERAL("Content-Type"), NULL);
        lane->reading->content = see_content_new(&lane->talk->http->digest_key, type);
        if (lane->reading->content == NULL) {
            return SEE_ENOMEM;
        }
    }
    uint64_t len =
        lane->reading->framing == SEE_FRAMING_LENGTH ? lane->reading->remaining : UINT64_MAX;
    return see_kept_begin(&lane->reading->kept, lane->talk->http, lane->reading->record,
                          see_lane_message(lane), len);
}

static int begin_content(struct see_lane *lane, enum see_framing framing, uint64_t len)
{
    lane->reading->framing = framing;
    lane->reading->remaining = len;
    lane->reading->has_content = false;
    lane->reading->is_holed = false;
    if (framing == SEE_FRAMING_LENGTH && len == 0) {
        framing = SEE_FRAMING_NONE;
    }
    switch (framing) {
    case SEE_FRAMING_LENGTH:
    case SEE_FRAMING_CHUNKED:
    case SEE_FRAMING_CLOSE:
        lane->state = SEE_LANE_CONTENT;
        return prepare_content(lane);
    case SEE_FRAMING_TUNNEL:
        return see_lane_begin_tunnel(lane);
    case SEE_FRAMING_SWITCH:
        see_http_add(lane->talk->http, SEE_HTTP_COUNT_connections_upgraded, 1);
        lane->talk->is_left = true;
        break;
    case SEE_FRAMING_UNKNOWN:
        see_lane_stray(lane, true);
        return see_lane_end_message(lane, false);
    case SEE_FRAMING_NONE:
        break;
    }
    return see_lane_end_message(lane, true);
}

/* A request whose head is still in progress is answered already: the answer shows it as it is. */
static int note_overtaken(struct see_lane *lane, const struct see_record *answered)
{
    struct see_lane *requests = see_lane_other(lane);
    if (requests->state != SEE_LANE_HEAD || requests->reading->record != answered) {
        return SEE_OK;
    }
    struct see_head head;
    struct see_view octets =
        see_view_cut(see_text_view(&requests->hunt->octets), 0, requests->reading->line_start);
    requests->reading->place.is_whole = false;
    int status = see_head_parse(octets, SEE_SNIFF_REQUEST, false, &head);
    return status == SEE_OK
               ? see_dialog_request_overtaken(&lane->talk->dialog, requests->reading->record, &head,
                                              &requests->reading->place)
               : status;
}

/* A 1xx (RFC 9110, 15.2); 101 is final: no more HTTP follows it. */
static bool is_interim(int status)
{
    return status >= 100 && status < 200 && status != 101;
}

static int take_response_head(struct see_lane *lane, struct see_head *head,
                              enum see_framing *ret_framing)
{
    struct see_dialog *dialog = &lane->talk->dialog;
    *ret_framing = SEE_FRAMING_NONE;
    if (is_interim(head->line.status)) {
        see_dialog_interim(dialog, &lane->reading->place);
        free(head->block);
        return SEE_OK;
    }
    int status = see_dialog_answer(dialog, &lane->reading->place, &lane->reading->record);
    if (status == SEE_OK) {
        status = note_overtaken(lane, lane->reading->record);
    }
    if (status != SEE_OK) {
        free(head->block);
        return status;
    }
    *ret_framing = see_dialog_response_framing(lane->reading->record, head);
    return see_dialog_response_head(dialog, lane->reading->record, head, &lane->reading->place);
}

int see_lane_tell_unread(struct see_lane *lane)
{
    const struct see_talk *talk = lane->talk;
    const struct see_http_sink *sink = &talk->http->sink;
    return lane->kind == SEE_SNIFF_REQUEST
               ? sink->unread(sink->ctx, talk->connection, talk->dialog.client, lane->last)
               : SEE_OK;
}

/* Hands on what `head` has, and begins the content when that is all. */
static int hand_on_head(struct see_lane *lane, struct see_head *head)
{
    struct see_reading *reading = lane->reading;
    enum see_framing framing = SEE_FRAMING_NONE;
    int status;
    if (lane->kind == SEE_SNIFF_REQUEST) {
        framing = request_framing(head);
        status =
            see_dialog_request_head(&lane->talk->dialog, reading->record, head, &reading->place);
    } else {
        status = take_response_head(lane, head, &framing);
    }
    return status == SEE_OK && reading->place.is_whole ? begin_content(lane, framing, head->length)
                                                       : status;
}

int see_lane_take_plain_head(struct see_lane *lane, struct see_view octets,
                             const struct see_plain *plain)
{
    size_t fields = plain->field_count * sizeof(struct see_field);
    struct see_head head = {0};
    if (lane->kind == SEE_SNIFF_REQUEST) {
        head.fields = see_record_alloc(lane->reading->record, fields + plain->len);
    } else {
        /* Its record is not known yet. */
        head.block = see_block_take(lane->talk->http->pool, fields + plain->len);
        head.fields = head.block != NULL ? (struct see_field *)(void *)(head.block + 1) : NULL;
    }
    if (head.fields == NULL) {
        return SEE_ENOMEM;
    }
    see_plain_take(plain, octets, (char *)head.fields + fields, &head);
    lane->reading->place.is_whole = true;
    return hand_on_head(lane, &head);
}

int see_lane_take_head(struct see_lane *lane, bool has_end, enum see_http_count why_not)
{
    struct see_talk *talk = lane->talk;
    struct see_view octets = see_text_view(&lane->hunt->octets);
    bool ends_line = octets.len > 0 && octets.ptr[octets.len - 1] == '\n';
    struct see_head head;
    int status =
        see_head_parse(has_end ? octets : see_view_cut(octets, 0, lane->reading->line_start),
                       lane->kind, has_end, &head);
    if (status != SEE_OK) {
        return status;
    }
    see_lane_start_next(lane);
    lane->reading->place.is_whole = has_end && head.is_sound;
    status = hand_on_head(lane, &head);
    if (status != SEE_OK || (has_end && head.is_sound)) {
        return status;
    }
    see_http_add(talk->http, has_end ? SEE_HTTP_COUNT_messages_malformed : why_not, 1);
    lane->reading->is_holed = false;
    see_lane_stray(lane, ends_line);
    status = see_lane_tell_unread(lane);
    return status == SEE_OK ? see_lane_end_message(lane, false) : status;
}

int see_lane_take_head_line(struct see_lane *lane)
{
    struct see_view octets = see_text_view(&lane->hunt->octets);
    struct see_view line = see_view_cut(octets, lane->reading->line_start, octets.len);
    bool is_empty = see_view_eq(line, SEE_LITERAL("\r\n")) || see_view_eq(line, SEE_LITERAL("\n"));
    if (is_empty) {
        return see_lane_take_head(lane, true, SEE_HTTP_COUNT_messages_malformed);
    }
    /* A line that begins with a blank goes on with the field before it. */
    if (line.ptr[0] != ' ' && line.ptr[0] != '\t') {
        if (lane->reading->field_lines == lane->talk->http->limits.fields) {
            return see_lane_take_head(lane, false, SEE_HTTP_COUNT_messages_too_large);
        }
        lane->reading->field_lines++;
    }
    lane->reading->line_start = octets.len;
    return SEE_OK;
}

/* What there is of a head, as far as its lines are whole. */
struct lines {
    size_t len;    /* of the octets to take, with their line ends */
    size_t last;   /* where the last of the lines begins */
    size_t fields; /* the lines before that which are no folds */
    bool is_over;  /* the last line is the empty one, or one field too many */
};

/*
 * Finds the lines that can be taken at once: those before the one that ends the head, or passes the
 * limit of fields, and that one.  A line begins at the first octet; none is longer than `room`.
 */
static struct lines find_lines(const struct see_lane *lane, struct see_view octets, size_t room)
{
    struct lines found = {0};
    size_t fields_left = lane->talk->http->limits.fields - lane->reading->field_lines;
    while (!found.is_over) {
        struct see_view rest = see_view_cut(octets, found.len, octets.len);
        size_t line = see_view_find(rest, '\n') + 1;
        if (line > rest.len || found.len + line > room) {
            return found;
        }
        bool is_empty = line == 1 || (line == 2 && rest.ptr[0] == '\r');
        bool is_fold = rest.ptr[0] == ' ' || rest.ptr[0] == '\t';
        found.is_over = is_empty || (!is_fold && found.fields == fields_left);
        found.fields += is_fold || found.is_over ? 0 : 1;
        found.last = found.len;
        found.len += line;
    }
    return found;
}

static int add_octets(struct see_lane *lane, struct see_input *input, size_t len)
{
    struct see_text *head = &lane->hunt->octets;
    see_text_add(head, see_view_cut(input->octets, 0, len));
    if (see_text_status(head) != SEE_OK) {
        return SEE_ENOMEM;
    }
    see_input_skip(input, len);
    see_lane_count_octets(lane, len);
    lane->known = input->mark.offset;
    return SEE_OK;
}

/* Takes octets of one line, at most to its end, or to the limit. */
static int read_head_line(struct see_lane *lane, struct see_input *input, size_t room)
{
    size_t line_end = see_view_find(input->octets, '\n');
    bool has_line_end = line_end < input->octets.len;
    size_t len = line_end + (has_line_end ? 1 : 0);
    bool is_too_large = len > room;
    int status = add_octets(lane, input, is_too_large ? room : len);
    if (status != SEE_OK) {
        return status;
    }
    if (is_too_large) {
        return see_lane_take_head(lane, false, SEE_HTTP_COUNT_messages_too_large);
    }
    return has_line_end ? see_lane_take_head_line(lane) : SEE_OK;
}

int see_lane_read_head(struct see_lane *lane, struct see_input *input)
{
    const struct see_text *head = &lane->hunt->octets;
    struct see_reading *reading = lane->reading;
    size_t limit = lane->talk->http->limits.head_octets;
    size_t room = limit > head->len ? limit - head->len : 0;
    struct lines found = {0};
    if (reading->line_start == head->len) {
        found = find_lines(lane, input->octets, room);
    }
    if (found.len == 0) {
        return read_head_line(lane, input, room);
    }
    size_t before = head->len;
    int status = add_octets(lane, input, found.len);
    if (status != SEE_OK) {
        return status;
    }
    reading->field_lines += found.fields;
    reading->line_start = before + (found.is_over ? found.last : found.len);
    return found.is_over ? see_lane_take_head_line(lane) : SEE_OK;
}

bool see_lane_is_content_over(const struct see_lane *lane)
{
    return lane->reading->framing == SEE_FRAMING_LENGTH && lane->reading->remaining == 0;
}

int see_lane_end_content(struct see_lane *lane)
{
    see_lane_start_next(lane);
    return see_lane_end_message(lane, true);
}

static void note_leniency(struct see_lane *lane, see_leniencies leniency)
{
    struct see_message *message = see_lane_message(lane);
    see_http_count_leniency(lane->talk->http, leniency & ~message->leniency);
    message->leniency |= leniency;
}

static int read_chunked(struct see_lane *lane, struct see_input *input)
{
    size_t taken;
    enum see_chunked_result result =
        see_chunked_feed(lane->reading->chunked, input->octets, &taken);
    note_leniency(lane, see_chunked_leniency(lane->reading->chunked));
    see_input_skip(input, taken);
    see_lane_count_octets(lane, taken);
    lane->known = input->mark.offset;
    switch (result) {
    case SEE_CHUNKED_MORE:
        return SEE_OK;
    case SEE_CHUNKED_DONE:
        return see_lane_end_content(lane);
    case SEE_CHUNKED_BROKEN:
        break;
    }
    see_http_add(lane->talk->http, SEE_HTTP_COUNT_contents_malformed, 1);
    int status = see_lane_own_hunt(lane);
    if (status != SEE_OK) {
        return status;
    }
    see_lane_stray(lane, false);
    return see_lane_end_message(lane, false);
}

int see_lane_read_content(struct see_lane *lane, struct see_input *input)
{
    lane->reading->has_content = true;
    see_lane_message(lane)->last = lane->reading->place.end;
    if (lane->reading->framing == SEE_FRAMING_CHUNKED) {
        return read_chunked(lane, input);
    }
    size_t len = input->octets.len;
    if (lane->reading->framing == SEE_FRAMING_LENGTH && len > lane->reading->remaining) {
        len = (size_t)lane->reading->remaining;
    }
    on_content(lane, see_view_cut(input->octets, 0, len));
    see_input_skip(input, len);
    see_lane_count_octets(lane, len);
    lane->known = input->mark.offset;
    lane->reading->remaining -= lane->reading->framing == SEE_FRAMING_LENGTH ? len : 0;
    return see_lane_is_content_over(lane) ? see_lane_end_content(lane) : SEE_OK;
}

bool see_lane_miss_content(struct see_lane *lane, const struct see_mark *mark, uint64_t len)
{
    uint64_t room = len;
    if (lane->reading->framing == SEE_FRAMING_LENGTH) {
        room = lane->reading->remaining;
    } else if (lane->reading->framing == SEE_FRAMING_CHUNKED) {
        room = see_chunked_remaining(lane->reading->chunked);
    }
    lane->reading->is_holed = true;
    lane->reading->has_content = true;
    see_kept_miss(&lane->reading->kept);
    lane->known = mark->offset + (len < room ? len : room);
    if (len > room) {
        return false;
    }
    if (lane->reading->framing == SEE_FRAMING_LENGTH) {
        lane->reading->remaining -= len;
    } else if (lane->reading->framing == SEE_FRAMING_CHUNKED) {
        see_chunked_skip(lane->reading->chunked, len);
    }
    return true;
}
