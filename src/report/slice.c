/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/slice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/slicing.h"

static int on_segment(void *ctx, const struct see_segment *segment)
{
    struct see_slice *slice = ctx;
    return see_involved_segment(&slice->involved, segment);
}

struct see_slice *see_slice_new(const struct see_evidence *evidence,
                                const struct see_limits *limits, struct see_slice_host host)
{
    struct see_slice *slice = calloc(1, sizeof(*slice));
    if (slice == NULL) {
        return NULL;
    }
    slice->evidence = evidence;
    slice->limits = *limits;
    slice->limits.recent_segments = 0; /* a second copy was captured, too */
    slice->host = host;
    see_map_init(&slice->interfaces);
    slice->was_read = calloc(evidence->capture_count + 1, sizeof(bool));
    if (slice->was_read == NULL ||
        see_involved_init(&slice->involved, evidence, limits->slice_frames) != SEE_OK) {
        free(slice->was_read);
        free(slice);
        return NULL;
    }
    return slice;
}

void see_slice_free(struct see_slice *slice)
{
    if (slice == NULL) {
        return;
    }
    see_slice_forget_interfaces(slice);
    see_involved_finish(&slice->involved);
    see_decode_free(slice->decode);
    free(slice->frames);
    free(slice->was_read);
    free(slice);
}

uint64_t see_slice_frames(const struct see_slice *slice)
{
    return slice->frame_count;
}

bool see_slice_is_lacking(const struct see_slice *slice)
{
    return slice->is_lacking || slice->is_too_large;
}

void see_slice_tell(struct see_slice *slice, const char *what, const char *format, ...)
{
    char why[256];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    slice->is_lacking = true;
    slice->host.tell(slice->host.ctx, what, why);
}

static bool is_needed(const struct see_slice *slice, const struct see_evidence_capture *capture)
{
    for (size_t i = 0; i < slice->involved.count; i++) {
        const struct see_involved *involved = &slice->involved.list[i];
        if (capture->id >= involved->from.capture && capture->id <= involved->to.capture) {
            return true;
        }
    }
    return false;
}

/* A fragment may have its other half in the next file of a rotation, but not in an older one. */
static int renew_decoder(struct see_slice *slice, const struct see_evidence_capture *capture)
{
    if (slice->decode != NULL && capture->first_time >= slice->read_to) {
        return SEE_OK;
    }
    struct see_decode_sink sink = {slice, on_segment, NULL, NULL};
    struct see_decode_options options = {
        .vxlan_ports = slice->evidence->vxlan_ports,
        .vxlan_port_count = slice->evidence->vxlan_port_count,
    };
    see_decode_free(slice->decode);
    slice->decode = see_decode_new(&slice->limits, &slice->involved.key, &options, sink);
    return slice->decode != NULL ? SEE_OK : SEE_ENOMEM;
}

/* Reads a capture to its end; SEE_OK, or what failed. */
static int read_capture(struct see_slice *slice, struct see_slice_source *source, uint32_t number)
{
    struct see_frame frame;
    int result;
    while ((result = source->next(source->ctx, &frame)) > 0) {
        frame.stamp = see_stamp_make(frame.stamp.time_ns, frame.stamp.frame, number);
        slice->involved.frame_len = frame.len;
        result = see_decode_feed(slice->decode, &frame);
        if (result != SEE_OK) {
            return result;
        }
    }
    return result;
}

/* Whether the file has as many packets, octets and the times that it had. */
static void compare_counts(struct see_slice *slice, const struct see_evidence_capture *capture,
                           const struct see_capture_info *now)
{
    bool is_same = now->frames == capture->packets && now->octets == capture->bytes &&
                   (now->frames == 0 || (now->first_time == capture->first_time &&
                                         now->last_time == capture->last_time));
    if (!capture->is_whole || is_same) {
        return;
    }
    see_slice_tell(
        slice, capture->source,
        "has changed since it was analysed: %llu packets of %llu octets then, %llu of %llu now",
        (unsigned long long)capture->packets, (unsigned long long)capture->bytes,
        (unsigned long long)now->frames, (unsigned long long)now->octets);
}

static int find_in(struct see_slice *slice, const struct see_evidence_capture *capture)
{
    struct see_slice_source source;
    uint32_t number = (uint32_t)(capture - slice->evidence->captures);
    if (!slice->host.open(slice->host.ctx, capture, &source)) {
        slice->is_lacking = true;
        return SEE_OK;
    }
    int status = renew_decoder(slice, capture);
    if (status == SEE_OK) {
        status = read_capture(slice, &source, number);
    }
    if (status == SEE_OK) {
        slice->was_read[number] = true;
    }
    if (status == SEE_OK && source.info != NULL) {
        slice->read_to = source.info(source.ctx)->last_time;
        compare_counts(slice, capture, source.info(source.ctx));
    }
    source.close(source.ctx);
    return status;
}

const struct see_evidence_capture *see_slice_capture(const struct see_slice *slice, int64_t id)
{
    const struct see_evidence *evidence = slice->evidence;
    size_t from = 0, to = evidence->capture_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (evidence->captures[middle].id < id) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < evidence->capture_count && evidence->captures[from].id == id
               ? &evidence->captures[from]
               : NULL;
}

/* A capture of which a key frame is another one now is not what was analysed. */
static void check_marks(struct see_slice *slice)
{
    const struct see_evidence *evidence = slice->evidence;
    int64_t refused = INT64_MIN;
    for (size_t i = 0; i < evidence->mark_count; i++) {
        const struct see_evidence_mark *mark = &evidence->marks[i];
        const struct see_evidence_capture *capture = see_slice_capture(slice, mark->place.capture);
        if (mark->place.capture == refused || slice->involved.is_cut ||
            see_involved_has(&slice->involved, mark)) {
            continue;
        }
        slice->is_lacking = true;
        if (capture != NULL && !capture->is_file) {
            continue; /* only the frames that came last are there, and they are what they were */
        }
        refused = mark->place.capture;
        if (capture != NULL && slice->was_read[capture - evidence->captures]) {
            see_slice_tell(
                slice, capture->source,
                "has changed since it was analysed: frame %llu is another one now, so nothing is "
                "taken from it",
                (unsigned long long)mark->place.frame);
        }
        see_involved_drop(&slice->involved, refused);
    }
}

/* Of a capture that is no file, the beginning of a connection may be gone already. */
static void check_openings(struct see_slice *slice)
{
    for (size_t i = 0; i < slice->involved.count; i++) {
        const struct see_involved *involved = &slice->involved.list[i];
        const struct see_evidence_capture *capture =
            see_slice_capture(slice, involved->from.capture);
        if (capture != NULL && !capture->is_file &&
            (involved->frame_count == 0 ||
             see_place_compare(involved->from, involved->frames[0].segment) < 0)) {
            slice->is_lacking = true;
        }
    }
}

static int add_frame(void *ctx, const struct see_involved_frame *frame)
{
    struct see_slice *slice = ctx;
    if (slice->frame_count == slice->frame_size) {
        size_t size = slice->frame_size > 0 ? slice->frame_size * 2 : 64;
        struct see_slice_frame *more = realloc(slice->frames, size * sizeof(*more));
        if (more == NULL) {
            return SEE_ENOMEM;
        }
        slice->frames = more;
        slice->frame_size = size;
    }
    slice->frames[slice->frame_count++] =
        (struct see_slice_frame){frame->place, frame->time, frame->len};
    return SEE_OK;
}

static int compare_frames(const void *one, const void *other)
{
    const struct see_slice_frame *a = one, *b = other;
    return see_place_compare(a->place, b->place);
}

/* In the order of the captures, each once. */
static void sort_frames(struct see_slice *slice)
{
    size_t kept = 0;
    if (slice->frame_count > 0) {
        qsort(slice->frames, slice->frame_count, sizeof(*slice->frames), compare_frames);
    }
    for (size_t i = 0; i < slice->frame_count; i++) {
        if (kept == 0 || compare_frames(&slice->frames[kept - 1], &slice->frames[i]) != 0) {
            slice->frames[kept++] = slice->frames[i];
        }
    }
    slice->frame_count = kept;
}

static bool has_mark(const struct see_slice *slice, struct see_place place)
{
    for (size_t i = 0; i < slice->evidence->mark_count; i++) {
        if (see_place_compare(slice->evidence->marks[i].place, place) == 0) {
            return true;
        }
    }
    return false;
}

/* Key frames stay; of the others the first ones, as far as the limit goes. */
static void cut_to_octets(struct see_slice *slice)
{
    size_t octets = 0, kept = 0;
    for (size_t i = 0; i < slice->frame_count; i++) {
        octets += slice->frames[i].len;
    }
    if (octets <= slice->limits.slice_octets) {
        return;
    }
    slice->is_too_large = true;
    octets = 0;
    for (size_t i = 0; i < slice->frame_count; i++) {
        struct see_slice_frame frame = slice->frames[i];
        if (octets + frame.len <= slice->limits.slice_octets || has_mark(slice, frame.place)) {
            octets += frame.len;
            slice->frames[kept++] = frame;
        }
    }
    slice->frame_count = kept;
}

int see_slice_find(struct see_slice *slice)
{
    int status = SEE_OK;
    for (size_t i = 0; i < slice->evidence->capture_count && status == SEE_OK; i++) {
        const struct see_evidence_capture *capture = &slice->evidence->captures[i];
        status = is_needed(slice, capture) ? find_in(slice, capture) : SEE_OK;
    }
    if (status != SEE_OK) {
        return status;
    }
    see_involved_settle(&slice->involved);
    if (slice->involved.is_cut) {
        see_slice_tell(slice, "the slice", "has more than %zu frames; the rest is left out",
                       slice->limits.slice_frames);
    }
    check_marks(slice);
    check_openings(slice);
    status = see_involved_choose(&slice->involved, add_frame, slice);
    sort_frames(slice);
    cut_to_octets(slice);
    return status;
}

static int next_of_capture(void *ctx, struct see_frame *ret_frame)
{
    struct see_capture *capture = ctx;
    int result = 0;
    while (result == 0 && (result = see_capture_next(capture, ret_frame)) == 0 &&
           see_capture_state(capture) == SEE_CAPTURE_RUNNING) {
        /* A file comes back now and then without a frame. */
    }
    return result;
}

static const struct see_capture_info *info_of_capture(void *ctx)
{
    return see_capture_info(ctx);
}

static void close_capture(void *ctx)
{
    see_capture_free(ctx);
}

struct see_slice_source see_slice_source_of(struct see_capture *capture)
{
    return (struct see_slice_source){capture, next_of_capture, info_of_capture, NULL,
                                     close_capture};
}
