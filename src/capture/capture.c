/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/state.h"
#include "capture/windows.h"

/* A plain file of so many octets is worth a thread. */
#define KEPT_FROM ((uint64_t)4 << 20)

const char *see_capture_kind_name(enum see_capture_kind kind)
{
    switch (kind) {
    case SEE_CAPTURE_FILE:
        return "file";
    case SEE_CAPTURE_STDIN:
        return "stdin";
    case SEE_CAPTURE_INTERFACE:
        return "interface";
    }
    return NULL;
}

const char *see_capture_state_name(enum see_capture_state state)
{
    switch (state) {
    case SEE_CAPTURE_RUNNING:
        return "running";
    case SEE_CAPTURE_COMPLETE:
        return "complete";
    case SEE_CAPTURE_TRUNCATED:
        return "truncated";
    case SEE_CAPTURE_CORRUPT:
        return "corrupt";
    case SEE_CAPTURE_STOPPED:
        return "stopped";
    }
    return NULL;
}

void see_capture_free(struct see_capture *capture)
{
    if (capture == NULL) {
        return;
    }
    if (capture->reader != NULL) {
        see_reader_finish(capture->reader);
        free(capture->reader);
    }
    for (size_t i = 0; i < capture->link_count; i++) {
        see_filter_free(capture->filters[i]);
    }
    see_live_free(capture->live);
    free(capture->expression);
    free(capture->source);
    free(capture);
}

void see_capture_number(struct see_capture *capture, uint32_t number)
{
    capture->number = number;
}

void see_capture_note(struct see_capture *capture, const char *text)
{
    size_t len = strlen(capture->detail);
    snprintf(capture->detail + len, sizeof(capture->detail) - len, "%s%s", len > 0 ? "; " : "",
             text);
}

/* A link type is met for the first time: the filter is made for it. */
static int add_filter(struct see_capture *capture, size_t at, int link_type)
{
    char error[256];
    int status =
        see_filter_new(&capture->filters[at], capture->expression, link_type, error, sizeof(error));
    if (status == SEE_EINVAL) {
        char note[384];
        snprintf(note, sizeof(note), "frames of link type %d (%s) are left out: %s", link_type,
                 see_link_type_name(link_type), error);
        see_capture_note(capture, note);
        return SEE_OK;
    }
    return status;
}

/* The link of a frame, SEE_LINKS_MAX when there are too many. */
static int find_link(struct see_capture *capture, int link_type, size_t *ret_at)
{
    size_t at = 0;
    while (at < capture->link_count && capture->links[at].link_type != link_type) {
        at++;
    }
    *ret_at = at;
    if (at < capture->link_count || at == SEE_LINKS_MAX) {
        return SEE_OK;
    }
    int status = capture->expression != NULL ? add_filter(capture, at, link_type) : SEE_OK;
    if (status == SEE_OK) {
        capture->links[at] = (struct see_capture_link){.link_type = link_type};
        capture->link_count++;
    }
    return status;
}

static void count_in(struct see_capture *capture, struct see_frame *frame)
{
    struct see_capture_info *info = &capture->info;
    see_time_ns time = frame->stamp.time_ns;
    frame->stamp.capture = capture->number & SEE_STAMP_CAPTURES;
    if (info->frames++ == 0) {
        info->first_time = info->last_time = time;
    }
    info->first_time = time < info->first_time ? time : info->first_time;
    info->last_time = time > info->last_time ? time : info->last_time;
    info->octets += frame->len;
}

/* Counts a frame.  1: it passes; 0: the filter leaves it out; SEE_ENOMEM. */
static int take_in(struct see_capture *capture, struct see_frame *frame)
{
    size_t at;
    count_in(capture, frame);
    int status = find_link(capture, frame->link_type, &at);
    if (status != SEE_OK) {
        return status;
    }
    if (capture->expression != NULL && (at == SEE_LINKS_MAX || capture->filters[at] == NULL ||
                                        !see_filter_passes(capture->filters[at], frame))) {
        capture->info.frames_filtered++;
        return 0;
    }
    if (at < SEE_LINKS_MAX) {
        capture->links[at].frames++;
    }
    return 1;
}

static int next_live(struct see_capture *capture, struct see_frame *ret_frame)
{
    char error[256];
    int result = see_live_next(capture->live, ret_frame, error, sizeof(error));
    if (result < 0) {
        see_capture_note(capture, error);
        capture->info.state = SEE_CAPTURE_STOPPED;
        return result;
    }
    if (result == 0) {
        return 0;
    }
    ret_frame->stamp.frame = (capture->info.frames + 1) & SEE_STAMP_FRAMES;
    return take_in(capture, ret_frame);
}

static int next_of_file(struct see_capture *capture, struct see_frame *ret_frame)
{
    switch (see_reader_next(capture->reader, ret_frame)) {
    case SEE_READ_FRAME:
        return take_in(capture, ret_frame);
    case SEE_READ_OVER:
        capture->info.state = capture->reader->state;
        if (capture->reader->detail[0] != '\0') {
            see_capture_note(capture, capture->reader->detail);
        }
        return 0;
    case SEE_READ_PASSED:
    case SEE_READ_WAIT:
        return 0;
    case SEE_READ_FAILED:
        return SEE_ENOMEM;
    }
    return 0;
}

int see_capture_next(struct see_capture *capture, struct see_frame *ret_frame)
{
    if (capture->failed != SEE_OK) {
        return capture->failed;
    }
    if (capture->info.state != SEE_CAPTURE_RUNNING) {
        return 0;
    }
    return capture->live != NULL ? next_live(capture, ret_frame) : next_of_file(capture, ret_frame);
}

/* Takes in frames that were read, and keeps those that pass, side by side; how many. */
static size_t sift(struct see_capture *capture, struct see_frame *frames, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count && capture->failed == SEE_OK; i++) {
        int result = take_in(capture, &frames[i]);
        capture->failed = result < 0 ? result : SEE_OK;
        if (result > 0) {
            frames[kept++] = frames[i];
        }
    }
    return kept;
}

/* Likewise, more of the link type that all had so far, where there is no filter. */
static size_t take_in_alike(struct see_capture *capture, struct see_frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        count_in(capture, &frames[i]);
    }
    capture->links[0].frames += count;
    return count;
}

int see_capture_some(struct see_capture *capture, struct see_frame *frames, size_t max)
{
    int result = see_capture_next(capture, &frames[0]);
    int count = result > 0 ? 1 : 0;
    if (count == 0 || capture->live != NULL) {
        return result;
    }
    size_t more = see_reader_more(capture->reader, frames + 1, max - 1);
    bool is_alike = capture->expression == NULL && capture->link_count == 1;
    count += (int)(is_alike ? take_in_alike(capture, frames + 1, more)
                            : sift(capture, frames + 1, more));
    while ((size_t)count < max && capture->failed == SEE_OK &&
           capture->info.state == SEE_CAPTURE_RUNNING && see_reader_is_ready(capture->reader)) {
        result = see_capture_next(capture, &frames[count]);
        count += result > 0 ? 1 : 0;
        capture->failed = result < 0 ? result : SEE_OK;
    }
    return count;
}

bool see_capture_keep(struct see_capture *capture, struct see_windows_owner owner)
{
    bool is_large = capture->info.size >= KEPT_FROM && capture->info.kind == SEE_CAPTURE_FILE;
    return is_large && capture->reader->input.fd >= 0 && capture->reader->input.unpacker == NULL &&
           see_input_keep(&capture->reader->input, owner) == SEE_OK;
}

void see_capture_keep_not(struct see_capture *capture)
{
    see_input_keep_not(&capture->reader->input);
}

bool see_capture_is_packed(const struct see_capture *capture)
{
    return capture->reader != NULL && capture->reader->input.unpacker != NULL;
}

uint64_t see_capture_window(const struct see_capture *capture)
{
    return see_windows_number(capture->reader->input.windows);
}

int see_capture_fd(const struct see_capture *capture)
{
    return capture->live != NULL ? see_live_fd(capture->live) : -1;
}

enum see_capture_presence see_capture_look(struct see_capture *capture)
{
    return capture->live != NULL ? see_live_look(capture->live) : SEE_PRESENCE_UP;
}

void see_capture_stop(struct see_capture *capture)
{
    if (capture->info.state == SEE_CAPTURE_RUNNING) {
        capture->info.state = SEE_CAPTURE_STOPPED;
    }
}

enum see_capture_state see_capture_state(const struct see_capture *capture)
{
    return capture->info.state;
}

uint64_t see_capture_position(const struct see_capture *capture)
{
    return capture->reader != NULL ? see_input_position(&capture->reader->input) : 0;
}

const struct see_capture_info *see_capture_info(struct see_capture *capture)
{
    struct see_capture_info *info = &capture->info;
    if (capture->live != NULL) {
        info->kernel_dropped = see_live_dropped(capture->live);
    } else {
        info->kernel_dropped = see_pcapng_dropped(&capture->reader->pcapng);
    }
    info->position = see_capture_position(capture);
    return info;
}

size_t see_capture_links(const struct see_capture *capture,
                         const struct see_capture_link **ret_links)
{
    *ret_links = capture->links;
    return capture->link_count;
}

struct see_view see_capture_secrets(const struct see_capture *capture)
{
    if (capture->reader == NULL || capture->reader->pcapng.secrets == NULL) {
        return (struct see_view){NULL, 0};
    }
    const struct see_pcapng *pcapng = &capture->reader->pcapng;
    return (struct see_view){pcapng->secrets, pcapng->secrets_len};
}

struct see_counts see_capture_counts(struct see_capture *capture)
{
    const struct see_capture_info *info = &capture->info;
    struct see_count *counts = capture->counts;
    counts[CAPTURE_FRAMES].value = info->frames;
    counts[CAPTURE_FILTERED].value = info->frames_filtered;
    counts[CAPTURE_HANDED_ON].value = info->frames - info->frames_filtered;
    counts[CAPTURE_OCTETS].value = info->octets;
    if (capture->reader != NULL) {
        const uint64_t *notes = capture->reader->notes;
        counts[CAPTURE_TIMESTAMPS_CLAMPED].value = notes[SEE_READ_TIMESTAMPS_CLAMPED];
        counts[CAPTURE_TIMESTAMPS_MISSING].value = notes[SEE_READ_TIMESTAMPS_MISSING];
        counts[CAPTURE_FRAMES_CUT].value = notes[SEE_READ_FRAMES_CUT];
        counts[CAPTURE_BLOCKS_SKIPPED].value = notes[SEE_READ_BLOCKS_SKIPPED];
        counts[CAPTURE_SECRETS_BLOCKS].value = notes[SEE_READ_SECRETS_BLOCKS];
    }
    return (struct see_counts){"capture", counts, CAPTURE_COUNTERS};
}
