/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "report/slicing.h"

/* Captures that the comment of the section names. */
#define SOURCES_NAMED 8

/* Comments of one frame. */
#define COMMENTS_MAX 64

/* An interface of a capture, and its number in the file that is written. */
struct slice_interface {
    struct see_map_node node;
    int64_t capture;
    uint32_t interface;
    int link_type;
    uint32_t number;
};

static void free_interface(struct see_map_node *node, void *ctx)
{
    (void)ctx;
    free(SEE_MAP_RECORD(node, struct slice_interface, node));
}

void see_slice_forget_interfaces(struct see_slice *slice)
{
    see_map_drain(&slice->interfaces, free_interface, NULL);
    see_map_finish(&slice->interfaces);
}

/* The names without their folders, which say more about who wrote this than about what it is. */
static struct see_view base_of(const char *source)
{
    const char *slash = strrchr(source, '/');
    return see_view_of(slash != NULL ? slash + 1 : source);
}

/* The number that the frame's interface has in the file; it is written when it is met. */
static int interface_of(struct see_slice *slice, const struct see_evidence_capture *capture,
                        const struct see_slice_source *source, const struct see_frame *frame,
                        uint32_t *ret_number)
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
    if (source->interface != NULL) {
        see_text_add_tame(&description,
                          see_view_of(source->interface(source->ctx, frame->interface)));
    } else {
        see_text_printf(&description, "interface %u of ", frame->interface);
        see_text_add_tame(&description, base_of(capture->source));
    }
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
                       const struct see_slice_source *source, const struct see_frame *frame)
{
    const struct see_evidence *evidence = slice->evidence;
    struct see_place place = {capture->id, frame->stamp.frame};
    struct see_view comments[COMMENTS_MAX];
    size_t count = 0;
    uint32_t number;
    int status = interface_of(slice, capture, source, frame, &number);
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
    struct see_slice_source source;
    bool is_open = slice->host.open(slice->host.ctx, capture, &source);
    struct see_frame frame;
    int status = SEE_OK;
    const struct see_slice_frame *next = &slice->frames[slice->next_frame];
    const struct see_slice_frame *end = slice->frames + slice->frame_count;
    while (is_open && status == SEE_OK && next < end && next->place.capture == capture->id) {
        int result = source.next(source.ctx, &frame);
        if (result < 0) {
            status = result;
        } else if (result == 0) {
            break;
        } else if (frame.stamp.frame == next->place.frame) {
            status = write_frame(slice, capture, &source, &frame);
            next++;
        }
    }
    if (is_open) {
        source.close(source.ctx);
    }
    if (status == SEE_OK && next < end && next->place.capture == capture->id) {
        see_slice_tell(slice, capture->source, "has changed while it was read");
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
            see_slice_capture(slice, slice->frames[i].place.capture);
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
    if (slice->host.why_lacking != NULL && slice->is_lacking) {
        see_text_add_char(text, ' ');
        see_text_add_string(text, slice->host.why_lacking);
    }
    if (slice->is_too_large) {
        see_text_printf(text, " Frames beyond %zu octets are left out, but for key frames.",
                        slice->limits.slice_octets);
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
            see_slice_capture(slice, slice->frames[slice->next_frame].place.capture);
        status = capture != NULL ? write_from(slice, capture) : SEE_EFORMAT;
    }
    int ended = see_pcapng_writer_end(&slice->writer);
    see_pcapng_writer_finish(&slice->writer);
    return status == SEE_OK ? ended : status;
}
