/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_capture - files of any octets into the capture room.
 *
 * The input is the file.  It is read out of memory and again through a file descriptor, which
 * moves the window under the records; both must tell the same, every octet that comes out is read,
 * and the books must balance.  With an odd last octet a filter is applied as well.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "books.h"
#include "capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A packed file can hold any number of frames; so many are enough. */
#define FRAMES_MAX 2000

/* What was read, in one number each: FNV-1a. */
struct summary {
    uint64_t hash;
    uint64_t frames;
    int status;
    enum see_capture_state state;
    char detail[512];
};

static void add(struct summary *summary, const void *octets, size_t len)
{
    const uint8_t *at = octets;
    for (size_t i = 0; i < len; i++) {
        summary->hash = (summary->hash ^ at[i]) * 1099511628211u;
    }
}

static void add_frame(struct summary *summary, const struct see_frame *frame)
{
    assert(frame->wire_len >= frame->len);
    assert(frame->stamp.frame > 0);
    add(summary, &frame->stamp.time_ns, sizeof(frame->stamp.time_ns));
    uint64_t number = frame->stamp.frame;
    add(summary, &number, sizeof(number));
    add(summary, &frame->link_type, sizeof(frame->link_type));
    add(summary, &frame->wire_len, sizeof(frame->wire_len));
    add(summary, frame->data, frame->len);
    summary->frames++;
}

static void read_all(struct see_capture *capture, struct summary *summary)
{
    struct see_frame frame;
    int result = 0;
    while (summary->frames < FRAMES_MAX && result >= 0 &&
           see_capture_state(capture) == SEE_CAPTURE_RUNNING) {
        result = see_capture_next(capture, &frame);
        if (result == 1) {
            add_frame(summary, &frame);
        }
    }
    const struct see_capture_info *info = see_capture_info(capture);
    struct see_view secrets = see_capture_secrets(capture);
    summary->state = info->state;
    snprintf(summary->detail, sizeof(summary->detail), "%s", info->detail);
    add(summary, secrets.ptr, secrets.len);
    add(summary, &info->kernel_dropped, sizeof(info->kernel_dropped));
    check_books(see_capture_counts(capture));
}

static void read_once(const uint8_t *data, size_t size, const char *path, struct summary *summary)
{
    struct see_capture_options options = {
        .filter = size > 0 && data[size - 1] % 2 == 1 ? "tcp port 80" : NULL, .number = 1};
    struct see_view view = {(const char *)data, size};
    struct see_capture *capture;
    char error[256] = "";
    *summary = (struct summary){.hash = 14695981039346656037u};
    summary->status = path != NULL
                          ? see_capture_open_file(&capture, path, &options, error, sizeof(error))
                          : see_capture_open_memory(&capture, view, &options, error, sizeof(error));
    if (summary->status == SEE_OK) {
        read_all(capture, summary);
    } else {
        assert(error[0] != '\0');
        snprintf(summary->detail, sizeof(summary->detail), "%s", error);
    }
    see_capture_free(capture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct summary of_memory, of_file;
    char path[64];
    int fd = memfd_create("capture", 0);
    assert(fd >= 0);
    ssize_t written = pwrite(fd, data, size, 0);
    assert(written == (ssize_t)size);
    (void)written;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    read_once(data, size, NULL, &of_memory);
    read_once(data, size, path, &of_file);
    close(fd);
    assert(of_memory.status == of_file.status);
    assert(of_memory.frames == of_file.frames);
    assert(of_memory.hash == of_file.hash);
    assert(of_memory.state == of_file.state);
    assert(strcmp(of_memory.detail, of_file.detail) == 0);
    return 0;
}
