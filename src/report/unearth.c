/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/unearth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/slice.h"
#include "store/evidence.h"

/* Of one slice. */
#define FINDINGS_MAX 16

/* Interfaces that a slice names. */
#define INTERFACES_MAX 16

/* The id of the capture that all picked frames are of. */
#define CAPTURE 1

#define KEY_OCTETS ((size_t)2 * (17 + 2))

static uint8_t *write_end(uint8_t *at, const struct see_endpoint *end)
{
    *at++ = end->address.family;
    memcpy(at, end->address.octets, sizeof(end->address.octets));
    memcpy(at + sizeof(end->address.octets), &end->port, sizeof(end->port));
    return at + sizeof(end->address.octets) + sizeof(end->port);
}

static bool is_before(const struct see_endpoint *one, const struct see_endpoint *other)
{
    int order = memcmp(one->address.octets, other->address.octets, sizeof(one->address.octets));
    return order != 0 ? order < 0 : one->port < other->port;
}

uint64_t see_unearth_flow(const struct see_hash_key *key, const struct see_endpoint *one,
                          const struct see_endpoint *other)
{
    uint8_t octets[KEY_OCTETS];
    bool is_ordered = is_before(one, other);
    write_end(write_end(octets, is_ordered ? one : other), is_ordered ? other : one);
    uint64_t hash = see_hash(key, octets, sizeof(octets));
    return hash != SEE_UNEARTH_SHARED ? hash : hash + 1;
}

struct picked {
    uint64_t place;
    int64_t capture; /* the id in the database */
    uint64_t frame;
};

struct dig {
    const struct see_unearth_place *from;
    struct picked *list; /* in the order in which they came */
    size_t count, size;
    size_t next; /* while they are read */
    struct see_text names;
};

static int pick(struct dig *dig, uint64_t place)
{
    struct see_frame frame;
    if (dig->count == dig->size) {
        size_t size = dig->size > 0 ? dig->size * 2 : 64;
        struct picked *more = realloc(dig->list, size * sizeof(*more));
        if (more == NULL) {
            return SEE_ENOMEM;
        }
        dig->list = more;
        dig->size = size;
    }
    see_recent_get(dig->from->recent, place, &frame);
    dig->list[dig->count++] = (struct picked){
        .place = place,
        .capture = see_store_capture_id(dig->from->store, frame.stamp.capture),
        .frame = frame.stamp.frame,
    };
    return SEE_OK;
}

static int pick_all(struct dig *dig, uint64_t key)
{
    const struct see_recent *recent = dig->from->recent;
    uint64_t place = see_recent_last(recent, key);
    int status = SEE_OK;
    while (place != SEE_RECENT_NONE && status == SEE_OK &&
           dig->count < dig->from->limits->slice_frames) {
        status = pick(dig, place);
        place = see_recent_before(recent, place);
    }
    return status;
}

static int compare_places(const void *one, const void *other)
{
    const struct picked *a = one, *b = other;
    return a->place == b->place ? 0 : a->place < b->place ? -1 : 1;
}

/* In order, each once: connections may have the same ends. */
static void sort(struct dig *dig)
{
    size_t kept = 0;
    if (dig->count > 0) {
        qsort(dig->list, dig->count, sizeof(*dig->list), compare_places);
    }
    for (size_t i = 0; i < dig->count; i++) {
        if (kept == 0 || dig->list[kept - 1].place != dig->list[i].place) {
            dig->list[kept++] = dig->list[i];
        }
    }
    dig->count = kept;
}

static int pick_involved(struct dig *dig, const struct see_evidence *evidence)
{
    int status = SEE_OK;
    for (size_t i = 0; i < evidence->exchange_count && status == SEE_OK; i++) {
        const struct see_evidence_exchange *exchange = &evidence->exchanges[i];
        bool is_next = i > 0 && exchange->connection == exchange[-1].connection;
        if (!is_next) {
            status = pick_all(
                dig, see_unearth_flow(dig->from->key, &exchange->client, &exchange->server));
        }
    }
    if (status == SEE_OK) {
        status = pick_all(dig, SEE_UNEARTH_SHARED);
    }
    sort(dig);
    return status;
}

/* Where that is among the picked. */
static void move(const struct dig *dig, struct see_place *place)
{
    struct see_place to = {CAPTURE, 2 * (uint64_t)dig->count + 1};
    if (place->frame == 0) {
        return;
    }
    for (size_t i = 0; i < dig->count; i++) {
        const struct picked *picked = &dig->list[i];
        if (picked->capture == place->capture && picked->frame >= place->frame) {
            to.frame = 2 * (uint64_t)(i + 1) - (picked->frame > place->frame);
            break;
        }
    }
    *place = to;
}

static void move_all(const struct dig *dig, struct see_evidence *evidence)
{
    for (size_t i = 0; i < evidence->exchange_count; i++) {
        struct see_evidence_exchange *exchange = &evidence->exchanges[i];
        move(dig, &exchange->opened);
        move(dig, &exchange->closed);
        move(dig, &exchange->request);
        move(dig, &exchange->request_last);
        move(dig, &exchange->response);
        move(dig, &exchange->response_last);
    }
    for (size_t i = 0; i < evidence->mark_count; i++) {
        move(dig, &evidence->marks[i].place);
    }
    see_evidence_sort(evidence);
}

/* The interfaces that frames were picked from, a comma between. */
static void add_names(struct dig *dig)
{
    int64_t seen[INTERFACES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < dig->count && count < INTERFACES_MAX; i++) {
        struct see_frame frame;
        size_t at = 0;
        while (at < count && seen[at] != dig->list[i].capture) {
            at++;
        }
        if (at < count) {
            continue;
        }
        seen[count++] = dig->list[i].capture;
        see_recent_get(dig->from->recent, dig->list[i].place, &frame);
        see_text_add_string(&dig->names, count > 1 ? ", " : "");
        see_text_add_string(&dig->names,
                            dig->from->source_name(dig->from->sources_ctx, frame.stamp.capture));
    }
}

/* All captures of the database give way to one, of what was picked. */
static int replace_captures(struct dig *dig, struct see_evidence *evidence)
{
    add_names(dig);
    char *source = see_text_status(&dig->names) == SEE_OK
                       ? strdup(dig->names.len > 0 ? dig->names.ptr : "?")
                       : NULL;
    if (source == NULL || evidence->capture_count == 0) {
        free(source);
        return source == NULL ? SEE_ENOMEM : SEE_EIO;
    }
    for (size_t i = 0; i < evidence->capture_count; i++) {
        free(evidence->captures[i].source);
    }
    evidence->captures[0] = (struct see_evidence_capture){.id = CAPTURE, .source = source};
    evidence->capture_count = 1;
    return SEE_OK;
}

static int next_picked(void *ctx, struct see_frame *ret_frame)
{
    struct dig *dig = ctx;
    if (dig->next == dig->count) {
        return 0;
    }
    see_recent_get(dig->from->recent, dig->list[dig->next++].place, ret_frame);
    /* Interfaces have a capture of their own each. */
    ret_frame->interface = ret_frame->stamp.capture;
    ret_frame->stamp = see_stamp_make(ret_frame->stamp.time_ns, 2 * (uint64_t)dig->next, 0);
    return 1;
}

static const char *name_of(void *ctx, uint32_t interface)
{
    const struct dig *dig = ctx;
    return dig->from->source_name(dig->from->sources_ctx, interface);
}

static void close_picked(void *ctx)
{
    (void)ctx;
}

static bool open_picked(void *ctx, const struct see_evidence_capture *capture,
                        struct see_slice_source *ret_source)
{
    struct dig *dig = ctx;
    (void)capture;
    dig->next = 0;
    *ret_source = (struct see_slice_source){ctx, next_picked, NULL, name_of, close_picked};
    return true;
}

/* The slice says it itself. */
static void tell_nobody(void *ctx, const char *what, const char *why)
{
    (void)ctx;
    (void)what;
    (void)why;
}

static ssize_t add_octets(void *cookie, const char *octets, size_t len)
{
    struct see_text *text = cookie;
    see_text_add(text, (struct see_view){octets, len});
    return see_text_status(text) == SEE_OK ? (ssize_t)len : 0;
}

static int write_out(struct see_slice *slice, struct see_unearthed *ret_slice)
{
    FILE *out = fopencookie(&ret_slice->octets, "wb", (cookie_io_functions_t){.write = add_octets});
    int status = out != NULL ? see_slice_write(slice, out) : SEE_ENOMEM;
    if (out != NULL && fclose(out) != 0 && status == SEE_OK) {
        status = SEE_ENOMEM;
    }
    ret_slice->is_lacking = see_slice_is_lacking(slice);
    return status == SEE_EIO ? SEE_ENOMEM : status; /* memory is what it is written to */
}

static int write_slice(struct dig *dig, struct see_evidence *evidence,
                       struct see_unearthed *ret_slice)
{
    struct see_slice_host host = {
        dig, open_picked, tell_nobody,
        "Frames were kept in memory for a while only, and those before are gone."};
    struct see_slice *slice = see_slice_new(evidence, dig->from->limits, host);
    int status = slice != NULL ? see_slice_find(slice) : SEE_ENOMEM;
    if (status == SEE_OK && see_slice_frames(slice) == 0) {
        status = SEE_EIO;
    }
    if (status == SEE_OK) {
        status = write_out(slice, ret_slice);
    }
    see_slice_free(slice);
    return status;
}

static int read_evidence(struct see_evidence *ret_evidence, const struct see_unearth_place *place,
                         const int64_t *findings, size_t count)
{
    struct see_evidence_wish wishes[FINDINGS_MAX];
    char error[256];
    char ids[FINDINGS_MAX][24];
    count = count < FINDINGS_MAX ? count : FINDINGS_MAX;
    for (size_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%" PRId64, findings[i]);
        wishes[i] = (struct see_evidence_wish){SEE_EVIDENCE_FINDING, ids[i]};
    }
    int status = see_evidence_read_store(ret_evidence, place->store, wishes, count,
                                         place->limits->evidence_octets, error, sizeof(error));
    return status == SEE_OK || status == SEE_ENOMEM ? status : SEE_EIO;
}

int see_unearth(struct see_unearthed *ret_slice, const struct see_unearth_place *place,
                const int64_t *findings, size_t count)
{
    struct dig dig = {.from = place};
    struct see_evidence evidence;
    ret_slice->is_lacking = false;
    see_text_init(&ret_slice->octets);
    int status = read_evidence(&evidence, place, findings, count);
    if (status != SEE_OK) {
        return status;
    }
    see_text_init(&dig.names);
    status = pick_involved(&dig, &evidence);
    if (status == SEE_OK) {
        move_all(&dig, &evidence);
        status = replace_captures(&dig, &evidence);
    }
    if (status == SEE_OK) {
        status = write_slice(&dig, &evidence, ret_slice);
    }
    see_text_finish(&dig.names);
    free(dig.list);
    see_evidence_finish(&evidence);
    return status;
}
