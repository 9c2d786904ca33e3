/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/slice.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "capture/pcapng_write.h"
#include "decode/decode.h"
#include "report/involved.h"

/* Captures that the comment of the section names. */
#define SOURCES_NAMED 8

/* Comments of one frame. */
#define COMMENTS_MAX 64

struct slice_frame {
    struct see_place place;
    see_time_ns time;
};

/* An interface of a capture, and its number in the file that is written. */
struct slice_interface {
    struct see_map_node node;
    int64_t capture;
    uint32_t interface;
    int link_type;
    uint32_t number;
};

struct see_slice {
    const struct see_evidence *evidence;
    struct see_limits limits;
    struct see_slice_host host;
    struct see_involved_list involved;
    struct see_decode *decode;
    bool *was_read;      /* by capture of the evidence */
    see_time_ns read_to; /* the last time of the one before */
    struct slice_frame *frames;
    size_t frame_count, frame_size;
    size_t next_frame, next_mark; /* while writing */
    struct see_pcapng_writer writer;
    struct see_map interfaces;
    bool is_lacking;
};

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

static void free_interface(struct see_map_node *node, void *ctx)
{
    (void)ctx;
    free(SEE_MAP_RECORD(node, struct slice_interface, node));
}

void see_slice_free(struct see_slice *slice)
{
    if (slice == NULL) {
        return;
    }
    see_map_drain(&slice->interfaces, free_interface, NULL);
    see_map_finish(&slice->interfaces);
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
    return slice->is_lacking;
}

__attribute__((format(printf, 3, 4))) static void tell(struct see_slice *slice, const char *what,
                                                       const char *format, ...)
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
    struct see_decode_sink sink = {slice, on_segment, NULL};
    struct see_decode_options options = {
        .vxlan_ports = slice->evidence->vxlan_ports,
        .vxlan_port_count = slice->evidence->vxlan_port_count,
    };
    see_decode_free(slice->decode);
    slice->decode = see_decode_new(&slice->limits, &slice->involved.key, &options, sink);
    return slice->decode != NULL ? SEE_OK : SEE_ENOMEM;
}

/* Reads a capture to its end; SEE_OK, or what failed. */
static int read_capture(struct see_slice *slice, struct see_capture *open)
{
    struct see_frame frame;
    for (;;) {
        int result = see_capture_next(open, &frame);
        if (result < 0) {
            return result;
        }
        if (result > 0) {
            result = see_decode_feed(slice->decode, &frame);
            if (result != SEE_OK) {
                return result;
            }
        } else if (see_capture_state(open) != SEE_CAPTURE_RUNNING) {
            return SEE_OK;
        }
    }
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
    tell(slice, capture->source,
         "has changed since it was analysed: %llu packets of %llu octets then, %llu of %llu now",
         (unsigned long long)capture->packets, (unsigned long long)capture->bytes,
         (unsigned long long)now->frames, (unsigned long long)now->octets);
}

static int find_in(struct see_slice *slice, const struct see_evidence_capture *capture)
{
    struct see_capture *open = slice->host.open(slice->host.ctx, capture);
    if (open == NULL) {
        slice->is_lacking = true;
        return SEE_OK;
    }
    int status = renew_decoder(slice, capture);
    if (status == SEE_OK) {
        see_capture_number(open, (uint32_t)(capture - slice->evidence->captures));
        status = read_capture(slice, open);
    }
    if (status == SEE_OK) {
        slice->was_read[capture - slice->evidence->captures] = true;
        slice->read_to = see_capture_info(open)->last_time;
        compare_counts(slice, capture, see_capture_info(open));
    }
    see_capture_free(open);
    return status;
}

static const struct see_evidence_capture *capture_of(const struct see_slice *slice, int64_t id)
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
        const struct see_evidence_capture *capture = capture_of(slice, mark->place.capture);
        if (mark->place.capture == refused || slice->involved.is_cut ||
            see_involved_has(&slice->involved, mark)) {
            continue;
        }
        refused = mark->place.capture;
        slice->is_lacking = true;
        if (capture != NULL && slice->was_read[capture - evidence->captures]) {
            tell(slice, capture->source,
                 "has changed since it was analysed: frame %llu is another one now, so nothing is "
                 "taken from it",
                 (unsigned long long)mark->place.frame);
        }
        see_involved_drop(&slice->involved, refused);
    }
}

static int add_frame(void *ctx, const struct see_involved_frame *frame)
{
    struct see_slice *slice = ctx;
    if (slice->frame_count == slice->frame_size) {
        size_t size = slice->frame_size > 0 ? slice->frame_size * 2 : 64;
        struct slice_frame *more = realloc(slice->frames, size * sizeof(*more));
        if (more == NULL) {
            return SEE_ENOMEM;
        }
        slice->frames = more;
        slice->frame_size = size;
    }
    slice->frames[slice->frame_count++] = (struct slice_frame){frame->place, frame->time};
    return SEE_OK;
}

static int compare_frames(const void *one, const void *other)
{
    const struct slice_frame *a = one, *b = other;
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
        tell(slice, "the slice", "has more than %zu frames; the rest is left out",
             slice->limits.slice_frames);
    }
    check_marks(slice);
    status = see_involved_choose(&slice->involved, add_frame, slice);
    sort_frames(slice);
    return status;
}

/* The names without their folders, which say more about who wrote this than about what it is. */
static struct see_view base_of(const char *source)
{
    const char *slash = strrchr(source, '/');
    return see_view_of(slash != NULL ? slash + 1 : source);
}

/* The number that the frame's interface has in the file; it is written when it is met. */
static int interface_of(struct see_slice *slice, const struct see_evidence_capture *capture,
                        const struct see_frame *frame, uint32_t *ret_number)
{
    int64_t key[3] = {capture->id, frame->interface, frame->link_type};
    uint64_t hash = see_hash(&slice->involved.key, key, sizeof(key));
    struct see_map_node *node = see_map_first(&slice->interfaces, hash);
    for (; node != NULL; node = see_map_next(node)) {
        const struct slice_interface *known = SEE_MAP_RECORD(node, struct slice_interface, node);
        if (known->capture == capture->id && known->interface == frame->interface &&
            known->link_type == frame->link_type) {
            *ret_number = known->number;
            return SEE_OK;
        }
    }
    struct slice_interface *interface = malloc(sizeof(*interface));
    if (interface == NULL || see_map_add(&slice->interfaces, &interface->node, hash) != SEE_OK) {
        free(interface);
        return SEE_ENOMEM;
    }
    struct see_text description;
    see_text_init(&description);
    see_text_printf(&description, "interface %u of ", frame->interface);
    see_text_add_tame(&description, base_of(capture->source));
    interface->capture = capture->id;
    interface->interface = frame->interface;
    interface->link_type = frame->link_type;
    interface->number = see_pcapng_write_interface(&slice->writer, frame->link_type,
                                                   frame->snap_len, see_text_view(&description));
    int status = see_text_status(&description);
    see_text_finish(&description);
    *ret_number = interface->number;
    return status;
}

static int write_frame(struct see_slice *slice, const struct see_evidence_capture *capture,
                       const struct see_frame *frame)
{
    const struct see_evidence *evidence = slice->evidence;
    struct see_place place = {capture->id, frame->stamp.frame};
    struct see_view comments[COMMENTS_MAX];
    size_t count = 0;
    uint32_t number;
    int status = interface_of(slice, capture, frame, &number);
    for (; slice->next_mark < evidence->mark_count; slice->next_mark++) {
        const struct see_evidence_mark *mark = &evidence->marks[slice->next_mark];
        int order = see_place_compare(mark->place, place);
        if (order > 0) {
            break;
        }
        if (order == 0 && count < COMMENTS_MAX) {
            comments[count++] = see_view_of(mark->text);
        }
    }
    if (status == SEE_OK) {
        see_pcapng_write_frame(&slice->writer, number, frame, comments, count);
    }
    return status;
}

/* Writes the frames that the slice has of a capture. */
static int write_from(struct see_slice *slice, const struct see_evidence_capture *capture)
{
    struct see_capture *open = slice->host.open(slice->host.ctx, capture);
    struct see_frame frame;
    int status = SEE_OK;
    const struct slice_frame *next = &slice->frames[slice->next_frame];
    const struct slice_frame *end = slice->frames + slice->frame_count;
    while (open != NULL && status == SEE_OK && next < end && next->place.capture == capture->id) {
        int result = see_capture_next(open, &frame);
        if (result < 0) {
            status = result;
        } else if (result == 0 && see_capture_state(open) != SEE_CAPTURE_RUNNING) {
            break;
        } else if (result > 0 && frame.stamp.frame == next->place.frame) {
            status = write_frame(slice, capture, &frame);
            next++;
        }
    }
    see_capture_free(open);
    if (status == SEE_OK && next < end && next->place.capture == capture->id) {
        tell(slice, capture->source, "has changed while it was read");
        while (next < end && next->place.capture == capture->id) {
            next++;
        }
    }
    slice->next_frame = (size_t)(next - slice->frames);
    return status;
}

static void describe(const struct see_slice *slice, struct see_text *text)
{
    size_t named = 0;
    int64_t last = INT64_MIN;
    see_text_add_string(text, "From ");
    for (size_t i = 0; i < slice->frame_count; i++) {
        const struct see_evidence_capture *capture =
            capture_of(slice, slice->frames[i].place.capture);
        if (capture == NULL || capture->id == last) {
            continue;
        }
        last = capture->id;
        if (++named <= SOURCES_NAMED) {
            see_text_add_string(text, named > 1 ? ", " : "");
            see_text_add_tame(text, base_of(capture->source));
        }
    }
    if (named > SOURCES_NAMED) {
        see_text_printf(text, " and %zu more", named - SOURCES_NAMED);
    }
    see_text_add_string(text, ". Packets are as captured, secrets included.");
    if (slice->is_lacking) {
        see_text_add_string(text, " Not all that was asked for could be had.");
    }
}

static int begin(struct see_slice *slice)
{
    struct see_text comment;
    see_time_ns earliest = INT64_MAX;
    for (size_t i = 0; i < slice->frame_count; i++) {
        earliest = slice->frames[i].time < earliest ? slice->frames[i].time : earliest;
    }
    see_text_init(&comment);
    describe(slice, &comment);
    see_pcapng_write_section(&slice->writer, SEE_LITERAL("seeother " SEE_VERSION),
                             see_text_view(&comment), earliest);
    int status = see_text_status(&comment);
    see_text_finish(&comment);
    return status;
}

int see_slice_write(struct see_slice *slice, FILE *out)
{
    see_pcapng_writer_init(&slice->writer, out);
    int status = begin(slice);
    while (status == SEE_OK && slice->next_frame < slice->frame_count) {
        const struct see_evidence_capture *capture =
            capture_of(slice, slice->frames[slice->next_frame].place.capture);
        status = capture != NULL ? write_from(slice, capture) : SEE_EFORMAT;
    }
    int ended = see_pcapng_writer_end(&slice->writer);
    see_pcapng_writer_finish(&slice->writer);
    return status == SEE_OK ? ended : status;
}
