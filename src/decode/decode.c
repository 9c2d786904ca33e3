/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/decode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "decode/packet.h"

/* Tags, labels, tunnels and the like around one segment.  Real networks come to six or so. */
#define DEPTH_MAX 16

#define COUNTERS (2 + FOUND_COUNT + TUNNEL_COUNT + SEE_FRAGMENTS_NOTES + 2)

static const struct see_count inputs[2] = {
    {"frames", "frames", SEE_COUNT_IN, 0},
    /* An A-MSDU holds several; each one after the first is counted here. */
    {"frames_aggregated", "frames", SEE_COUNT_IN, 0},
};

static const struct see_count outcomes[FOUND_COUNT] = {
    [FOUND_SEGMENT] = {"segments", "frames", SEE_COUNT_OUT, 0},
    [DROPPED_LINK] = {"frames_link_type_unknown", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_NOT_IP] = {"frames_not_ip", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_NOT_TCP] = {"frames_not_tcp", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_FRAGMENT] = {"frames_ip_fragment", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_LINK_FRAGMENT] = {"frames_link_fragment", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_ENCRYPTED] = {"frames_encrypted", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_DUPLICATE] = {"frames_duplicate", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_NESTED] = {"frames_nested_too_deep", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_SHORT] = {"frames_cut_in_header", "frames", SEE_COUNT_DROPPED, 0},
    [DROPPED_MALFORMED] = {"frames_malformed", "frames", SEE_COUNT_DROPPED, 0},
};

static const struct see_count tunnels[TUNNEL_COUNT] = {
    [TUNNEL_IP] = {"tunnel_ip", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_GRE] = {"tunnel_gre", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_ERSPAN] = {"tunnel_erspan", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_VXLAN] = {"tunnel_vxlan", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_GENEVE] = {"tunnel_geneve", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_GTP] = {"tunnel_gtp", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_TEREDO] = {"tunnel_teredo", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_MPLS] = {"tunnel_mpls", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_PPPOE] = {"tunnel_pppoe", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_L2TP] = {"tunnel_l2tp", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_LISP] = {"tunnel_lisp", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_TZSP] = {"tunnel_tzsp", "headers", SEE_COUNT_NOTE, 0},
    [TUNNEL_AYIYA] = {"tunnel_ayiya", "headers", SEE_COUNT_NOTE, 0},
};

static const struct see_count notes[SEE_FRAGMENTS_NOTES] = {
    [SEE_FRAGMENTS_REASSEMBLED] = {"datagrams_reassembled", "datagrams", SEE_COUNT_NOTE, 0},
    [SEE_FRAGMENTS_EXPIRED] = {"datagrams_expired", "datagrams", SEE_COUNT_NOTE, 0},
    [SEE_FRAGMENTS_EVICTED] = {"datagrams_evicted", "datagrams", SEE_COUNT_NOTE, 0},
    [SEE_FRAGMENTS_OVERLAPPING] = {"fragments_overlapping", "fragments", SEE_COUNT_NOTE, 0},
    [SEE_FRAGMENTS_CONFLICTING] = {"fragments_conflicting", "fragments", SEE_COUNT_NOTE, 0},
    [SEE_FRAGMENTS_IMPOSSIBLE] = {"fragments_impossible", "fragments", SEE_COUNT_NOTE, 0},
};

static const struct see_count others = {"networks_other", "headers", SEE_COUNT_NOTE, 0};
static const struct see_count forgotten = {"segments_forgotten", "segments", SEE_COUNT_NOTE, 0};

struct see_decode *see_decode_new(const struct see_limits *limits, const struct see_hash_key *key,
                                  const struct see_decode_options *options,
                                  struct see_decode_sink sink)
{
    struct see_decode *decode = calloc(1, sizeof(*decode));
    if (decode == NULL) {
        return NULL;
    }
    decode->sink = sink;
    if (options != NULL) {
        decode->options = *options;
    }
    see_networks_init(&decode->networks, key, limits->networks);
    decode->fragments = see_fragments_new(limits, key);
    decode->duplicates = see_duplicates_new(key, limits->recent_segments);
    decode->counts = calloc(COUNTERS, sizeof(struct see_count));
    if (decode->fragments == NULL || decode->duplicates == NULL || decode->counts == NULL) {
        see_decode_free(decode);
        return NULL;
    }
    return decode;
}

void see_decode_free(struct see_decode *decode)
{
    if (decode == NULL) {
        return;
    }
    see_networks_finish(&decode->networks);
    see_fragments_free(decode->fragments);
    see_duplicates_free(decode->duplicates);
    free(decode->counts);
    free(decode);
}

static struct see_count *add_counts(struct see_count *list, const struct see_count *table,
                                    const uint64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list[i] = table[i];
        list[i].value = values[i];
    }
    return list + count;
}

struct see_counts see_decode_counts(struct see_decode *decode)
{
    const uint64_t in[2] = {decode->frames, decode->subframes};
    struct see_count *list = add_counts(decode->counts, inputs, in, 2);
    list = add_counts(list, outcomes, decode->found, FOUND_COUNT);
    list = add_counts(list, tunnels, decode->tunnels, TUNNEL_COUNT);
    list = add_counts(list, notes, see_fragments_notes(decode->fragments), SEE_FRAGMENTS_NOTES);
    list = add_counts(list, &others, &decode->networks.others, 1);
    add_counts(list, &forgotten, see_duplicates_forgotten(decode->duplicates), 1);
    return (struct see_counts){"decode", decode->counts, COUNTERS};
}

uint64_t see_decode_fragments(const struct see_decode *decode)
{
    return decode->found[DROPPED_FRAGMENT] + decode->found[DROPPED_LINK_FRAGMENT];
}

bool see_packet_nest(struct see_packet *packet)
{
    return ++packet->depth <= DEPTH_MAX;
}

bool see_packet_enter(struct see_packet *packet, enum see_network_kind kind, uint32_t value)
{
    const struct see_network *network =
        see_networks_enter(&packet->decode->networks, packet->segment.network, kind, value);
    if (network == NULL) {
        packet->status = SEE_ENOMEM;
        return false;
    }
    packet->segment.network = network;
    return true;
}

/* A segment was found: hands it on, unless it was seen before. */
static int settle_segment(struct see_decode *decode, const struct see_segment *segment,
                          uint64_t print, uint8_t ttl)
{
    if (see_duplicates_seen(decode->duplicates, segment, print, ttl)) {
        decode->found[DROPPED_DUPLICATE]++;
        return SEE_OK;
    }
    decode->found[FOUND_SEGMENT]++;
    return decode->sink.segment(decode->sink.ctx, segment);
}

void see_packet_settle(struct see_packet *packet, enum see_found found)
{
    struct see_decode *decode = packet->decode;
    if (found == FOUND_SEGMENT && packet->status == SEE_OK) {
        uint64_t print = see_duplicates_print(decode->duplicates, &packet->segment, packet->ip_id);
        packet->status = settle_segment(decode, &packet->segment, print, packet->ttl);
    } else {
        decode->found[found]++;
    }
    while (packet->assembled != NULL) {
        struct see_datagram *next = packet->assembled->next;
        free(packet->assembled);
        packet->assembled = next;
    }
}

static void look_at(const struct see_decode *decode, const struct see_frame *frame,
                    struct see_look *look)
{
    look->data = frame->data;
    look->is_usual = see_usual_read(frame, &look->usual);
    if (look->is_usual) {
        look->print =
            see_duplicates_print(decode->duplicates, &look->usual.segment, look->usual.ip_id);
    }
}

void see_decode_expect(struct see_decode *decode, const struct see_frame *frames,
                       struct see_look *looks, size_t count)
{
    assert(count <= SEE_DECODE_AHEAD);
    decode->ahead = looks;
    decode->ahead_count = count;
    for (size_t i = 0; i < count; i++) {
        look_at(decode, &frames[i], &looks[i]);
        if (looks[i].is_usual) {
            see_duplicates_expect(decode->duplicates, looks[i].print);
            if (decode->sink.expect != NULL) {
                decode->sink.expect(decode->sink.ctx, &looks[i].usual.segment);
            }
        }
    }
    if (decode->sink.expected != NULL) {
        decode->sink.expected(decode->sink.ctx);
    }
}

void see_decode_sink_to(struct see_decode *decode, struct see_decode_sink sink)
{
    decode->ahead_count = 0;
    decode->sink = sink;
}

/* What was seen of this frame ahead of its turn, or else what is seen of it now, in `now`. */
static const struct see_look *look_back(struct see_decode *decode, const struct see_frame *frame,
                                        struct see_look *now)
{
    if (decode->ahead_count > 0) {
        const struct see_look *look = decode->ahead++;
        decode->ahead_count--;
        assert(look->data == frame->data);
        return look;
    }
    look_at(decode, frame, now);
    return now;
}

int see_decode_feed(struct see_decode *decode, const struct see_frame *frame)
{
    struct see_look now;
    const struct see_look *look = look_back(decode, frame, &now);
    if (look->is_usual) {
        decode->frames++;
        return settle_segment(decode, &look->usual.segment, look->print, look->usual.ttl);
    }
    struct see_packet packet = {
        .decode = decode,
        .reader = {frame->data, frame->len, frame->wire_len, false},
        .segment = {.stamp = frame->stamp},
    };
    if (packet.reader.wire_left < packet.reader.left) {
        packet.reader.wire_left = packet.reader.left;
    }
    decode->frames++;
    see_packet_settle(&packet, see_layer_link(&packet, frame->link_type));
    return packet.status;
}
