/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/relay.h"

#include "http/message.h"

/* A prologue has no more octets than this. */
#define PROLOGUE_OCTETS 16

#define HTTP_PORT 80

void see_talk_count_socks(struct see_talk *talk)
{
    bool has_one = talk->lanes[0].has_shaken || talk->lanes[1].has_shaken;
    bool has_both = talk->lanes[0].has_shaken && talk->lanes[1].has_shaken;
    if (!talk->is_relayed && (has_both || (has_one && talk->is_http))) {
        talk->is_relayed = true;
        see_http_add(talk->http, SEE_HTTP_COUNT_connections_socks, 1);
    }
}

static void count_handshake(struct see_lane *lane)
{
    see_http_add(lane->talk->http, SEE_HTTP_COUNT_octets_handshake, lane->hunt->octets.len);
    lane->known += lane->hunt->octets.len;
}

static bool has_little(const struct see_lane *lane)
{
    size_t len = lane->hunt->octets.len;
    return lane->state == SEE_LANE_START && !lane->hunt->is_guess && len > 0 &&
           len <= PROLOGUE_OCTETS && len <= lane->talk->http->limits.head_octets;
}

bool see_lane_may_be_prologue(const struct see_lane *lane)
{
    const struct see_talk *talk = lane->talk;
    const struct see_lane *other = &talk->lanes[1];
    return lane == &talk->lanes[0] && talk->connection->is_opening_seen && !talk->had_http &&
           other->is_fresh && other->handshake == SEE_HANDSHAKE_NONE &&
           lane->handshake == SEE_HANDSHAKE_NONE && has_little(lane);
}

/* A client of SOCKS was recognised: what the other lane has said so far was before that. */
static void end_prologue(struct see_lane *other)
{
    if (!other->talk->had_http && other->handshake == SEE_HANDSHAKE_NONE && !other->is_fresh &&
        has_little(other)) {
        count_handshake(other);
        see_lane_start_next(other);
        other->is_waiting = false;
        other->is_fresh = true;
    }
}

/* This lane does not begin with a handshake: what the other lane holds is no prologue. */
static void refuse_prologue(struct see_lane *lane)
{
    if (see_lane_other(lane)->is_waiting) {
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_other);
    }
}

void see_lane_begin_handshake(struct see_lane *lane, const struct see_input *input)
{
    const struct see_talk *talk = lane->talk;
    bool is_beginning = talk->connection->is_opening_seen || talk->had_http;
    lane->is_fresh = false;
    if (see_handshake_may_begin(input->octets.ptr[0], is_beginning)) {
        lane->state = SEE_LANE_HANDSHAKE;
        lane->hunt->begin = input->mark;
    } else {
        refuse_prologue(lane);
    }
}

/* The authority that a client of SOCKS asks for, as a Host field would have it. */
static int set_destination(struct see_relayed *relayed, const struct see_handshake *handshake)
{
    struct see_text *out = &relayed->destination;
    struct see_view host = handshake->host;
    char text[SEE_ADDRESS_TEXT];
    if (host.ptr == NULL) {
        see_address_format(&handshake->destination.address, text);
        host = see_view_of(text);
    }
    bool is_ipv6 = see_view_find(host, ':') < host.len;
    see_text_clear(out);
    see_text_add_string(out, is_ipv6 ? "[" : "");
    see_text_add(out, host);
    see_text_add_string(out, is_ipv6 ? "]" : "");
    if (handshake->destination.port != HTTP_PORT) {
        see_text_printf(out, ":%u", (unsigned)handshake->destination.port);
    }
    return see_text_status(out);
}

static int note_handshake(struct see_lane *lane, const struct see_handshake *handshake)
{
    struct see_talk *talk = lane->talk;
    struct see_relayed *relayed = see_dialog_relayed(&talk->dialog);
    if (relayed == NULL) {
        return SEE_ENOMEM;
    }
    if (handshake->kind == SEE_HANDSHAKE_PROXY_HEADER) {
        if (!relayed->has_header) {
            relayed->has_header = true;
            relayed->header = handshake->header;
            see_http_add(talk->http, SEE_HTTP_COUNT_connections_proxy_header, 1);
        }
        return SEE_OK;
    }
    lane->has_shaken = true;
    see_talk_count_socks(talk);
    return see_handshake_is_client(handshake->kind) ? set_destination(relayed, handshake) : SEE_OK;
}

/* The proxy has refused a client in the middle of what it had to say: no more of that comes. */
static void cut_client_short(struct see_lane *client)
{
    if (client->state == SEE_LANE_HANDSHAKE && see_handshake_is_client(client->handshake)) {
        count_handshake(client);
        see_lane_start_next(client);
        client->has_shaken = true;
    }
}

static int end_handshake(struct see_lane *lane, const struct see_handshake *handshake,
                         bool is_refused)
{
    if (is_refused) {
        cut_client_short(see_lane_other(lane));
    }
    int status = note_handshake(lane, handshake);
    if (status != SEE_OK) {
        return status;
    }
    count_handshake(lane);
    see_lane_start_next(lane);
    lane->is_fresh = !is_refused;
    if (is_refused && lane->talk->is_http) {
        /* The client did not wait for the answer. */
        see_lane_stray(lane, false);
    } else if (is_refused) {
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_other);
    }
    return SEE_OK;
}

/* It is none: what was held is read again, as anything else would be. */
static int refuse_handshake(struct see_lane *lane)
{
    if (!lane->has_shaken) {
        lane->handshake = SEE_HANDSHAKE_NONE;
    }
    refuse_prologue(lane);
    return lane->talk->is_left ? SEE_OK : see_lane_replay(lane, SEE_LANE_START);
}

/* Takes what is still needed of `len` octets, as far as it is there. */
static void hold(struct see_lane *lane, struct see_input *input, size_t len)
{
    struct see_hunt *hunt = lane->hunt;
    struct see_view octets = see_view_cut(input->octets, 0, len - hunt->octets.len);
    if (input->is_frame_start && hunt->octets.len > 0) {
        hunt->again = input->mark;
        hunt->again_at = hunt->octets.len;
    }
    see_text_add(&hunt->octets, octets);
    see_input_skip(input, octets.len);
}

/* What the octets that are held are; a client of SOCKS ends the other lane's prologue. */
static enum see_handshake_result judge(struct see_lane *lane, struct see_handshake *handshake)
{
    struct see_lane *other = see_lane_other(lane);
    enum see_handshake_result result =
        see_handshake_read(see_text_view(&lane->hunt->octets), other->handshake, handshake);
    enum see_handshake_kind kind = handshake->kind;
    if (see_handshake_is_socks(kind) && lane->handshake != kind) {
        lane->handshake = kind;
        if (see_handshake_is_client(kind)) {
            end_prologue(other);
        }
    }
    return result;
}

int see_lane_read_handshake(struct see_lane *lane, struct see_input *input)
{
    struct see_text *held = &lane->hunt->octets;
    struct see_handshake handshake;
    enum see_handshake_result result = judge(lane, &handshake);
    while (result == SEE_HANDSHAKE_MORE && input->octets.len > 0) {
        hold(lane, input, handshake.len);
        if (see_text_status(held) != SEE_OK) {
            return SEE_ENOMEM;
        }
        result = judge(lane, &handshake);
    }
    switch (result) {
    case SEE_HANDSHAKE_MORE:
        return SEE_OK;
    case SEE_HANDSHAKE_DONE:
        return end_handshake(lane, &handshake, false);
    case SEE_HANDSHAKE_REFUSED:
        return end_handshake(lane, &handshake, true);
    case SEE_HANDSHAKE_OTHER:
        break;
    }
    return refuse_handshake(lane);
}

/* Whether the client has sent requests into the tunnel already, without waiting for the answer. */
static bool is_speaking(const struct see_lane *client)
{
    const struct see_record *oldest = client->talk->dialog.oldest;
    return client->state == SEE_LANE_HEAD || client->state == SEE_LANE_CONTENT ||
           (oldest != NULL && !oldest->is_hidden);
}

/* Both directions begin anew at their next octet. */
static void start_anew(struct see_lane *lane, struct see_lane *client)
{
    struct see_talk *talk = lane->talk;
    talk->is_http = false;
    talk->skipped = 0;
    lane->is_fresh = true;
    client->is_fresh = client->hunt->octets.len == 0 && !client->hunt->is_guess;
}

int see_lane_begin_tunnel(struct see_lane *lane)
{
    struct see_talk *talk = lane->talk;
    struct see_lane *client = see_lane_other(lane);
    struct see_relayed *relayed = see_dialog_relayed(&talk->dialog);
    if (relayed == NULL) {
        return SEE_ENOMEM;
    }
    see_http_add(talk->http, SEE_HTTP_COUNT_connections_tunnelled, talk->is_tunnelled ? 0 : 1);
    talk->is_tunnelled = true;
    see_text_clear(&relayed->destination);
    see_text_add(&relayed->destination, lane->reading->record->exchange.target);
    bool is_early = client->reading != NULL && client->reading->record == lane->reading->record;
    int status = see_text_status(&relayed->destination);
    if (status == SEE_OK) {
        status = see_lane_end_message(lane, true);
    }
    if (status != SEE_OK) {
        return status;
    }
    bool is_lost = client->hunt->is_guess && !client->is_gapped;
    if (!is_early && is_speaking(client)) {
        see_http_add(talk->http, SEE_HTTP_COUNT_tunnels_http, 1);
    } else if (is_early || is_lost) {
        /* What the client sent into the tunnel before it was open was no HTTP. */
        see_lane_leave(lane, SEE_HTTP_COUNT_connections_other);
    } else {
        start_anew(lane, client);
    }
    return SEE_OK;
}
