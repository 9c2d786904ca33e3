/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/involved.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* How far a request's frames may be out of order. */
#define REORDERED_MAX 64

/* Two endpoints, without padding. */
#define KEY_OCTETS ((size_t)2 * (17 + 2))

static uint8_t *write_end(uint8_t *at, const struct see_endpoint *end)
{
    *at++ = end->address.family;
    memcpy(at, end->address.octets, sizeof(end->address.octets));
    memcpy(at + sizeof(end->address.octets), &end->port, sizeof(end->port));
    return at + sizeof(end->address.octets) + sizeof(end->port);
}

static uint64_t hash_of(const struct see_involved_list *list, const struct see_endpoint *client,
                        const struct see_endpoint *server)
{
    uint8_t key[KEY_OCTETS];
    write_end(write_end(key, client), server);
    return see_hash(&list->key, key, sizeof(key));
}

static bool is_end(const struct see_endpoint *a, const struct see_endpoint *b)
{
    return a->port == b->port && see_address_eq(&a->address, &b->address);
}

static uint64_t network_of(const struct see_involved_list *list, const char *text)
{
    return text != NULL ? see_hash(&list->key, text, strlen(text)) : 0;
}

/* Without an end that was seen, as far as the connection goes, or the capture. */
static struct see_place end_of(const struct see_evidence_exchange *exchange)
{
    if (exchange->response_last.frame != 0) {
        return exchange->response_last;
    }
    if (exchange->response.frame == 0 && exchange->request_last.frame != 0) {
        return exchange->request_last;
    }
    if (exchange->closed.frame != 0) {
        return exchange->closed;
    }
    return (struct see_place){see_evidence_start(exchange).capture, UINT64_MAX};
}

static void stretch(struct see_involved *involved, const struct see_evidence_exchange *exchange)
{
    struct see_place from =
        exchange->opened.frame != 0 ? exchange->opened : see_evidence_start(exchange);
    struct see_place to = end_of(exchange);
    if (involved->exchange_count == 0 || see_place_compare(from, involved->from) < 0) {
        involved->from = from;
    }
    if (involved->exchange_count == 0 || see_place_compare(to, involved->to) > 0) {
        involved->to = to;
    }
    involved->exchange_count++;
}

static int add_connection(struct see_involved_list *list,
                          const struct see_evidence_exchange *exchange)
{
    struct see_involved *involved = &list->list[list->count];
    *involved = (struct see_involved){
        .client = exchange->client,
        .server = exchange->server,
        .network = network_of(list, exchange->network),
        .exchanges = exchange,
    };
    int status = see_map_add(&list->map, &involved->node,
                             hash_of(list, &involved->client, &involved->server));
    list->count += status == SEE_OK;
    return status;
}

int see_involved_init(struct see_involved_list *ret_list, const struct see_evidence *evidence,
                      size_t limit)
{
    const struct see_evidence_exchange *exchanges = evidence->exchanges;
    *ret_list =
        (struct see_involved_list){.evidence = evidence, .key = see_hash_key_new(), .limit = limit};
    see_map_init(&ret_list->map);
    ret_list->list = calloc(evidence->exchange_count + 1, sizeof(*ret_list->list));
    int status = ret_list->list != NULL ? SEE_OK : SEE_ENOMEM;
    for (size_t i = 0; i < evidence->exchange_count && status == SEE_OK; i++) {
        if (i == 0 || exchanges[i].connection != exchanges[i - 1].connection) {
            status = add_connection(ret_list, &exchanges[i]);
        }
        if (status == SEE_OK) {
            stretch(&ret_list->list[ret_list->count - 1], &exchanges[i]);
        }
    }
    if (status != SEE_OK) {
        see_involved_finish(ret_list);
    }
    return status;
}

void see_involved_finish(struct see_involved_list *list)
{
    assert(list->count == 0 || list->list != NULL);
    for (size_t i = 0; i < list->count; i++) {
        free(list->list[i].frames);
    }
    see_map_finish(&list->map);
    free(list->list);
    *list = (struct see_involved_list){.list = NULL};
}

static struct see_place place_of(const struct see_involved_list *list, struct see_stamp stamp)
{
    return (struct see_place){list->evidence->captures[stamp.capture].id, stamp.frame};
}

static int add_frame(struct see_involved_list *list, struct see_involved *involved,
                     const struct see_involved_frame *frame)
{
    if (see_place_compare(frame->segment, involved->from) < 0 ||
        see_place_compare(frame->segment, involved->to) > 0) {
        return SEE_OK;
    }
    if (list->held == list->limit) {
        list->is_cut = true;
        return SEE_OK;
    }
    if (involved->frame_count == involved->frame_size) {
        size_t size = involved->frame_size > 0 ? involved->frame_size * 2 : 16;
        struct see_involved_frame *more = realloc(involved->frames, size * sizeof(*more));
        if (more == NULL) {
            return SEE_ENOMEM;
        }
        involved->frames = more;
        involved->frame_size = size;
    }
    involved->frames[involved->frame_count++] = *frame;
    list->held++;
    return SEE_OK;
}

/* The frame of a segment, or each of those that its fragments came in. */
static int add_segment(struct see_involved_list *list, struct see_involved *involved,
                       const struct see_segment *segment, struct see_involved_frame *frame)
{
    size_t parts = segment->part_count;
    int status = SEE_OK;
    for (size_t i = 0; i < (parts > 0 ? parts : 1) && status == SEE_OK; i++) {
        struct see_stamp stamp = parts > 0 ? segment->parts[i] : segment->stamp;
        frame->place = place_of(list, stamp);
        frame->time = stamp.time_ns;
        status = add_frame(list, involved, frame);
    }
    return status;
}

static int look(struct see_involved_list *list, const struct see_segment *segment,
                bool is_of_client)
{
    const struct see_endpoint *client = is_of_client ? &segment->source : &segment->destination;
    const struct see_endpoint *server = is_of_client ? &segment->destination : &segment->source;
    struct see_map_node *node = see_map_first(&list->map, hash_of(list, client, server));
    int status = SEE_OK;
    for (; node != NULL && status == SEE_OK; node = see_map_next(node)) {
        struct see_involved *involved = SEE_MAP_RECORD(node, struct see_involved, node);
        if (!is_end(&involved->client, client) || !is_end(&involved->server, server)) {
            continue;
        }
        struct see_involved_frame frame = {
            .segment = place_of(list, segment->stamp),
            .segment_time = segment->stamp.time_ns,
            .len = list->frame_len,
            .network = network_of(list, segment->network != NULL ? segment->network->text : NULL),
            .is_of_client = is_of_client,
            .has_payload = segment->wire_len > 0,
            .seq = segment->seq,
            .opens = (segment->flags & SEE_TCP_SYN) != 0,
        };
        status = add_segment(list, involved, segment, &frame);
    }
    return status;
}

int see_involved_segment(struct see_involved_list *list, const struct see_segment *segment)
{
    int status = look(list, segment, true);
    return status == SEE_OK ? look(list, segment, false) : status;
}

void see_involved_drop(struct see_involved_list *list, int64_t capture)
{
    for (size_t i = 0; i < list->count; i++) {
        struct see_involved *involved = &list->list[i];
        size_t kept = 0;
        for (size_t j = 0; j < involved->frame_count; j++) {
            if (involved->frames[j].place.capture != capture &&
                involved->frames[j].segment.capture != capture) {
                involved->frames[kept++] = involved->frames[j];
            }
        }
        list->held -= involved->frame_count - kept;
        involved->frame_count = kept;
    }
}

static int compare_frames(const void *one, const void *other)
{
    const struct see_involved_frame *a = one, *b = other;
    return see_place_compare(a->segment, b->segment);
}

static int compare_connections(const void *one, const void *other)
{
    const struct see_involved *a = one, *b = other;
    return a->exchanges->connection == b->exchanges->connection  ? 0
           : a->exchanges->connection < b->exchanges->connection ? -1
                                                                 : 1;
}

void see_involved_settle(struct see_involved_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct see_involved *involved = &list->list[i];
        if (involved->frame_count > 0) {
            qsort(involved->frames, involved->frame_count, sizeof(*involved->frames),
                  compare_frames);
        }
    }
}

/* A frame of the segment at this place, or NULL; frames are in order. */
static struct see_involved_frame *frame_at(const struct see_involved *involved,
                                           struct see_place place)
{
    struct see_involved_frame wanted = {.segment = place};
    if (place.frame == 0 || involved->frame_count == 0) {
        return NULL;
    }
    return bsearch(&wanted, involved->frames, involved->frame_count, sizeof(wanted),
                   compare_frames);
}

bool see_involved_has(const struct see_involved_list *list, const struct see_evidence_mark *mark)
{
    struct see_evidence_exchange exchange = {.connection = mark->connection};
    struct see_involved wanted = {.exchanges = &exchange};
    const struct see_involved *involved =
        bsearch(&wanted, list->list, list->count, sizeof(wanted), compare_connections);
    const struct see_involved_frame *frame =
        involved != NULL ? frame_at(involved, mark->place) : NULL;
    return frame != NULL && frame->segment_time == mark->time;
}

/*
 * The network that a direction came in, where it is not that of the first segment: the two
 * directions of a connection may have different ones.
 */
static uint64_t network_of_direction(const struct see_involved *involved, bool is_of_client)
{
    for (size_t i = 0; i < involved->exchange_count; i++) {
        const struct see_evidence_exchange *exchange = &involved->exchanges[i];
        const struct see_involved_frame *frame =
            frame_at(involved, is_of_client ? exchange->request : exchange->response);
        if (frame != NULL) {
            return frame->network;
        }
    }
    return involved->network;
}

/* Frames that came before the first one of a request, and whose octets come after: reordered. */
static void take_reordered(struct see_involved *involved, struct see_place start)
{
    struct see_involved_frame *first = frame_at(involved, start);
    for (size_t i = 1; first != NULL && i <= REORDERED_MAX; i++) {
        if ((size_t)(first - involved->frames) < i) {
            break;
        }
        struct see_involved_frame *frame = first - i;
        if (frame->has_payload && frame->is_of_client == first->is_of_client &&
            frame->seq != first->seq && frame->seq - first->seq < UINT32_MAX / 2) {
            frame->is_taken = true;
        }
    }
}

/* Marks the frames that the slice takes. */
static void take(struct see_involved *involved)
{
    const uint64_t networks[2] = {network_of_direction(involved, false),
                                  network_of_direction(involved, true)};
    struct see_place until = {INT64_MIN, 0};
    size_t next = 0;
    bool has_payload = false;
    for (size_t i = 0; i < involved->exchange_count; i++) {
        take_reordered(involved, see_evidence_start(&involved->exchanges[i]));
    }
    for (size_t i = 0; i < involved->frame_count; i++) {
        struct see_involved_frame *frame = &involved->frames[i];
        if (frame->network != networks[frame->is_of_client] &&
            frame->network != involved->network) {
            frame->is_taken = false;
            continue;
        }
        for (; next < involved->exchange_count; next++) {
            const struct see_evidence_exchange *exchange = &involved->exchanges[next];
            if (see_place_compare(see_evidence_start(exchange), frame->segment) > 0) {
                break;
            }
            struct see_place end = end_of(exchange);
            until = see_place_compare(end, until) > 0 ? end : until;
        }
        bool is_opening = frame->opens || (!frame->has_payload && !has_payload) ||
                          (next == 0 && involved->exchanges[0].is_first);
        frame->is_taken |= is_opening || see_place_compare(frame->segment, until) <= 0;
        has_payload |= frame->has_payload;
    }
}

int see_involved_choose(struct see_involved_list *list,
                        int (*sink)(void *ctx, const struct see_involved_frame *frame), void *ctx)
{
    int status = SEE_OK;
    for (size_t i = 0; i < list->count; i++) {
        take(&list->list[i]);
        for (size_t j = 0; j < list->list[i].frame_count && status == SEE_OK; j++) {
            const struct see_involved_frame *frame = &list->list[i].frames[j];
            status = frame->is_taken ? sink(ctx, frame) : SEE_OK;
        }
    }
    return status;
}
