/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * open - makes captures: of a file, standard input, memory or an interface.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/state.h"

/* How long a pipe that is silent keeps the caller. */
#define WAIT_MS 100

static const struct see_count counters[CAPTURE_COUNTERS] = {
    [CAPTURE_FRAMES] = {"frames", "frames", SEE_COUNT_IN, 0},
    [CAPTURE_HANDED_ON] = {"frames_handed_on", "frames", SEE_COUNT_OUT, 0},
    [CAPTURE_FILTERED] = {"frames_filtered", "frames", SEE_COUNT_DROPPED, 0},
    [CAPTURE_OCTETS] = {"octets", "octets", SEE_COUNT_NOTE, 0},
    [CAPTURE_TIMESTAMPS_CLAMPED] = {"timestamps_clamped", "frames", SEE_COUNT_NOTE, 0},
    [CAPTURE_TIMESTAMPS_MISSING] = {"timestamps_missing", "frames", SEE_COUNT_NOTE, 0},
    [CAPTURE_FRAMES_CUT] = {"frames_cut", "frames", SEE_COUNT_NOTE, 0},
    [CAPTURE_BLOCKS_SKIPPED] = {"blocks_skipped", "blocks", SEE_COUNT_NOTE, 0},
    [CAPTURE_SECRETS_BLOCKS] = {"secrets_blocks", "blocks", SEE_COUNT_NOTE, 0},
};

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
