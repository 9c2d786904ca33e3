/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/filter.h"
#include "capture/live.h"
#include "capture/reader.h"
#include "capture/windows.h"

/* Link types told apart in one capture; frames of further ones are handed on uncounted. */
#define LINKS_MAX 64

/* A plain file of so many octets is worth a thread. */
#define KEPT_FROM ((uint64_t)4 << 20)

/* How long a pipe that is silent keeps the caller. */
#define WAIT_MS 100

enum counter {
    FRAMES,
    HANDED_ON,
    FILTERED,
    OCTETS,
    TIMESTAMPS_CLAMPED,
    TIMESTAMPS_MISSING,
    FRAMES_CUT,
    BLOCKS_SKIPPED,
    SECRETS_BLOCKS,
    COUNTERS
};

static const struct see_count counters[COUNTERS] = {
    [FRAMES] = {"frames", "frames", SEE_COUNT_IN, 0},
    [HANDED_ON] = {"frames_handed_on", "frames", SEE_COUNT_OUT, 0},
    [FILTERED] = {"frames_filtered", "frames", SEE_COUNT_DROPPED, 0},
    [OCTETS] = {"octets", "octets", SEE_COUNT_NOTE, 0},
    [TIMESTAMPS_CLAMPED] = {"timestamps_clamped", "frames", SEE_COUNT_NOTE, 0},
    [TIMESTAMPS_MISSING] = {"timestamps_missing", "frames", SEE_COUNT_NOTE, 0},
    [FRAMES_CUT] = {"frames_cut", "frames", SEE_COUNT_NOTE, 0},
    [BLOCKS_SKIPPED] = {"blocks_skipped", "blocks", SEE_COUNT_NOTE, 0},
    [SECRETS_BLOCKS] = {"secrets_blocks", "blocks", SEE_COUNT_NOTE, 0},
};

struct see_capture {
    struct see_reader *reader; /* of a file, else NULL */
    struct see_live *live;     /* of an interface, else NULL */
    uint32_t number;
    bool reads_ahead;
    char *expression; /* the filter of a file; an interface filters in the kernel */
    struct see_capture_link links[LINKS_MAX];
    struct see_filter *filters[LINKS_MAX]; /* by link; NULL where it cannot be used */
    size_t link_count;
    struct see_capture_info info;
    char *source;
    char detail[512];
    int failed; /* for the next call to tell */
    struct see_count counts[COUNTERS];
};

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

static char *copy_of(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, string, size);
    }
    return copy;
}

static struct see_capture *capture_new(const char *source, enum see_capture_kind kind,
                                       const struct see_capture_options *options)
{
    struct see_capture *capture = calloc(1, sizeof(*capture));
    if (capture == NULL) {
        return NULL;
    }
    bool has_expression = options->filter != NULL && kind != SEE_CAPTURE_INTERFACE;
    capture->source = copy_of(source);
    capture->expression = has_expression ? copy_of(options->filter) : NULL;
    if (capture->source == NULL || (has_expression && capture->expression == NULL)) {
        see_capture_free(capture);
        return NULL;
    }
    capture->number = options->number;
    capture->reads_ahead = options->reads_ahead;
    memcpy(capture->counts, counters, sizeof(counters));
    capture->info = (struct see_capture_info){
        .source = capture->source,
        .kind = kind,
        .state = SEE_CAPTURE_RUNNING,
        .detail = capture->detail,
        .kernel_dropped = -1,
    };
    return capture;
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

static int no_memory(char *error, size_t error_size)
{
    snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
    return SEE_ENOMEM;
}

/* The filter of pcap can be tried at once; that of pcapng is asked for by each link type. */
static int try_filter(const struct see_capture *capture, char *error, size_t error_size)
{
    if (capture->expression == NULL) {
        return SEE_OK;
    }
    if (capture->reader->format == SEE_FORMAT_PCAPNG) {
        return see_capture_check_filter(capture->expression, error, error_size);
    }
    struct see_filter *filter;
    int status = see_filter_new(&filter, capture->expression, capture->reader->pcap.link_type,
                                error, error_size);
    see_filter_free(filter);
    return status;
}

/* Opens a capture on the input, which has been started. */
static int open_reader(struct see_capture *capture, char *error, size_t error_size)
{
    int status = see_reader_open(capture->reader);
    if (status != SEE_OK) {
        snprintf(error, error_size, "%s", capture->reader->detail);
        return status;
    }
    return try_filter(capture, error, error_size);
}

static int open_fd(struct see_capture *capture, int fd, char *error, size_t error_size)
{
    struct stat status;
    bool is_stdin = capture->info.kind == SEE_CAPTURE_STDIN;
    capture->reader = calloc(1, sizeof(*capture->reader));
    if (capture->reader == NULL) {
        if (!is_stdin) {
            close(fd);
        }
        return no_memory(error, error_size);
    }
    bool is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    if (is_file) {
        capture->info.size = (uint64_t)status.st_size;
    }
    if (see_input_init_file(&capture->reader->input, fd, !is_stdin) != SEE_OK) {
        return no_memory(error, error_size);
    }
    int opened = open_reader(capture, error, error_size);
    capture->reader->input.wait_ms = WAIT_MS;
    capture->reader->input.may_read_ahead = is_file && capture->reads_ahead;
    return opened;
}

static int open_octets(struct see_capture *capture, struct see_view octets, char *error,
                       size_t error_size)
{
    capture->reader = calloc(1, sizeof(*capture->reader));
    capture->info.size = octets.len;
    if (capture->reader == NULL ||
        see_input_init_memory(&capture->reader->input, octets) != SEE_OK) {
        return no_memory(error, error_size);
    }
    return open_reader(capture, error, error_size);
}

/* Hands a capture out, unless opening failed. */
static int opened(struct see_capture **ret_capture, struct see_capture *capture, int status)
{
    if (status != SEE_OK) {
        see_capture_free(capture);
        return status;
    }
    *ret_capture = capture;
    return SEE_OK;
}

int see_capture_open_fd(struct see_capture **ret_capture, int fd, const char *path,
                        const struct see_capture_options *options, char *error, size_t error_size)
{
    *ret_capture = NULL;
    bool is_stdin = fd == STDIN_FILENO;
    struct stat info;
    /* A directory opens but cannot be read. */
    if (!is_stdin && fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(fd);
        snprintf(error, error_size, "is a directory");
        return SEE_EINVAL;
    }
    struct see_capture *capture =
        capture_new(path, is_stdin ? SEE_CAPTURE_STDIN : SEE_CAPTURE_FILE, options);
    if (capture == NULL) {
        if (!is_stdin) {
            close(fd);
        }
        return no_memory(error, error_size);
    }
    return opened(ret_capture, capture, open_fd(capture, fd, error, error_size));
}

int see_capture_open_file(struct see_capture **ret_capture, const char *path,
                          const struct see_capture_options *options, char *error, size_t error_size)
{
    *ret_capture = NULL;
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(error, error_size, "%s", strerror(errno));
        return errno == EACCES || errno == EPERM ? SEE_EACCES : SEE_EIO;
    }
    return see_capture_open_fd(ret_capture, fd, path, options, error, error_size);
}

int see_capture_open_memory(struct see_capture **ret_capture, struct see_view octets,
                            const struct see_capture_options *options, char *error,
                            size_t error_size)
{
    *ret_capture = NULL;
    struct see_capture *capture = capture_new("memory", SEE_CAPTURE_FILE, options);
    if (capture == NULL) {
        return no_memory(error, error_size);
    }
    return opened(ret_capture, capture, open_octets(capture, octets, error, error_size));
}

int see_capture_open_interface(struct see_capture **ret_capture, const char *name,
                               const struct see_capture_options *options, char *error,
                               size_t error_size)
{
    *ret_capture = NULL;
    struct see_capture *capture = capture_new(name, SEE_CAPTURE_INTERFACE, options);
    if (capture == NULL) {
        return no_memory(error, error_size);
    }
    int status = see_live_open(&capture->live, name, options, error, error_size);
    return opened(ret_capture, capture, status);
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

/* The link of a frame, LINKS_MAX when there are too many. */
static int find_link(struct see_capture *capture, int link_type, size_t *ret_at)
{
    size_t at = 0;
    while (at < capture->link_count && capture->links[at].link_type != link_type) {
        at++;
    }
    *ret_at = at;
    if (at < capture->link_count || at == LINKS_MAX) {
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
    if (capture->expression != NULL && (at == LINKS_MAX || capture->filters[at] == NULL ||
                                        !see_filter_passes(capture->filters[at], frame))) {
        capture->info.frames_filtered++;
        return 0;
    }
    if (at < LINKS_MAX) {
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

bool see_capture_keep(struct see_capture *capture)
{
    bool is_large = capture->info.size >= KEPT_FROM && capture->info.kind == SEE_CAPTURE_FILE;
    return is_large && capture->reader->input.fd >= 0 && capture->reader->input.unpacker == NULL &&
           see_input_keep(&capture->reader->input) == SEE_OK;
}

void see_capture_keep_not(struct see_capture *capture)
{
    see_input_keep_not(&capture->reader->input);
}

uint64_t see_capture_window(const struct see_capture *capture)
{
    return see_windows_number(capture->reader->input.windows);
}

void see_capture_release(struct see_capture *capture, uint64_t window)
{
    see_windows_release(capture->reader->input.windows, window);
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
    counts[FRAMES].value = info->frames;
    counts[FILTERED].value = info->frames_filtered;
    counts[HANDED_ON].value = info->frames - info->frames_filtered;
    counts[OCTETS].value = info->octets;
    if (capture->reader != NULL) {
        const uint64_t *notes = capture->reader->notes;
        counts[TIMESTAMPS_CLAMPED].value = notes[SEE_READ_TIMESTAMPS_CLAMPED];
        counts[TIMESTAMPS_MISSING].value = notes[SEE_READ_TIMESTAMPS_MISSING];
        counts[FRAMES_CUT].value = notes[SEE_READ_FRAMES_CUT];
        counts[BLOCKS_SKIPPED].value = notes[SEE_READ_BLOCKS_SKIPPED];
        counts[SECRETS_BLOCKS].value = notes[SEE_READ_SECRETS_BLOCKS];
    }
    return (struct see_counts){"capture", counts, COUNTERS};
}
