/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * savefile - builds pcap and pcapng octet by octet, in either byte order, and reads
 * them back as the capture room sees them.
 */
#ifndef SEE_TESTS_SAVEFILE_H
#define SEE_TESTS_SAVEFILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture.h"

struct savefile {
    uint8_t octets[16384];
    size_t len;
    bool is_big;
    size_t block; /* where the block that is being built begins */
};

static inline void put(struct savefile *file, uint64_t value, size_t len)
{
    assert_true(file->len + len <= sizeof(file->octets));
    for (size_t i = 0; i < len; i++) {
        size_t at = file->is_big ? len - 1 - i : i;
        file->octets[file->len + at] = (uint8_t)(i < 8 ? value >> (8 * i) : 0);
    }
    file->len += len;
}

static inline void put_octets(struct savefile *file, const void *octets, size_t len)
{
    assert_true(file->len + len <= sizeof(file->octets));
    memcpy(file->octets + file->len, octets, len);
    file->len += len;
}

static inline void put_fill(struct savefile *file, uint8_t octet, size_t len)
{
    assert_true(file->len + len <= sizeof(file->octets));
    memset(file->octets + file->len, octet, len);
    file->len += len;
}

/* Changes a number that was put before. */
static inline void patch(struct savefile *file, size_t at, uint64_t value, size_t len)
{
    size_t end = file->len;
    file->len = at;
    put(file, value, len);
    file->len = end;
}

static inline void put_pcap(struct savefile *file, uint32_t magic, uint32_t snap_len,
                            uint32_t link_type)
{
    put(file, magic, 4);
    put(file, 2, 2);
    put(file, 4, 2);
    put(file, 0, 8);
    put(file, snap_len, 4);
    put(file, link_type, 4);
}

/* A record of `captured` octets that all are `octet`. */
static inline void put_record(struct savefile *file, uint32_t seconds, uint32_t fraction,
                              uint8_t octet, uint32_t captured, uint32_t wire)
{
    put(file, seconds, 4);
    put(file, fraction, 4);
    put(file, captured, 4);
    put(file, wire, 4);
    put_fill(file, octet, captured);
}

static inline void block_begin(struct savefile *file, uint32_t type)
{
    file->block = file->len;
    put(file, type, 4);
    put(file, 0, 4);
}

static inline void block_end(struct savefile *file)
{
    put_fill(file, 0, (4 - file->len % 4) % 4);
    put(file, file->len - file->block + 4, 4);
    patch(file, file->block + 4, file->len - file->block, 4);
}

static inline void put_section(struct savefile *file)
{
    block_begin(file, 0x0A0D0D0A);
    put(file, 0x1A2B3C4D, 4);
    put(file, 1, 2);
    put(file, 0, 2);
    put(file, UINT64_MAX, 8);
    block_end(file);
}

static inline void put_option(struct savefile *file, unsigned code, const void *data, size_t len)
{
    put(file, code, 2);
    put(file, len, 2);
    put_octets(file, data, len);
    put_fill(file, 0, (4 - len % 4) % 4);
}

static inline void put_option_64(struct savefile *file, unsigned code, uint64_t value)
{
    put(file, code, 2);
    put(file, 8, 2);
    put(file, value, 8);
}

/* An interface; `resolution` and `offset` as options where they are not 0. */
static inline void put_interface(struct savefile *file, unsigned link_type, uint32_t snap_len,
                                 uint8_t resolution, int64_t offset)
{
    block_begin(file, 1);
    put(file, link_type, 2);
    put(file, 0, 2);
    put(file, snap_len, 4);
    put_option(file, 2, "eth0", 4);
    put_option(file, 1, "a comment", 9);
    if (resolution != 0) {
        put_option(file, 9, &resolution, 1);
    }
    if (offset != 0) {
        put_option_64(file, 14, (uint64_t)offset);
    }
    put_option(file, 0, "", 0);
    block_end(file);
}

static inline void put_packet(struct savefile *file, uint32_t interface, uint64_t units,
                              uint8_t octet, uint32_t captured, uint32_t wire)
{
    block_begin(file, 6);
    put(file, interface, 4);
    put(file, units >> 32, 4);
    put(file, units & UINT32_MAX, 4);
    put(file, captured, 4);
    put(file, wire, 4);
    put_fill(file, octet, captured);
    put_fill(file, 0, (4 - captured % 4) % 4);
    put_option(file, 1, "seen", 4);
    put_option(file, 0, "", 0);
    block_end(file);
}

static inline void put_packet_obsolete(struct savefile *file, uint32_t interface, uint64_t units,
                                       uint8_t octet, uint32_t captured)
{
    block_begin(file, 2);
    put(file, interface, 2);
    put(file, 0xFFFF, 2);
    put(file, units >> 32, 4);
    put(file, units & UINT32_MAX, 4);
    put(file, captured, 4);
    put(file, captured, 4);
    put_fill(file, octet, captured);
    block_end(file);
}

static inline void put_packet_simple(struct savefile *file, uint8_t octet, uint32_t captured,
                                     uint32_t wire)
{
    block_begin(file, 3);
    put(file, wire, 4);
    put_fill(file, octet, captured);
    block_end(file);
}

/* A block that nobody knows, or whose body does not matter. */
static inline void put_block(struct savefile *file, uint32_t type, const void *body, size_t len)
{
    block_begin(file, type);
    put_octets(file, body, len);
    block_end(file);
}

/* What came of reading a file to its end. */
struct outcome {
    int status; /* of opening */
    int result; /* of the last `next` */
    char error[512];
    size_t count;
    struct see_frame frames[64]; /* their octets are gone */
    uint8_t first[64];           /* the first octet of each */
    struct see_capture_info info;
    char detail[512];
    uint64_t clamped, missing, cut, skipped, secrets_blocks;
    char secrets[64];
};

static inline uint8_t check_octets(const struct see_frame *frame)
{
    for (size_t i = 1; i < frame->len; i++) {
        assert_int_equal(frame->data[i], frame->data[0]);
    }
    return frame->len > 0 ? frame->data[0] : 0;
}

static inline void take_counts(struct see_capture *capture, struct outcome *ret)
{
    struct see_counts counts = see_capture_counts(capture);
    uint64_t in = see_counts_value(&counts, "frames");
    assert_int_equal(in, see_counts_value(&counts, "frames_handed_on") +
                             see_counts_value(&counts, "frames_filtered"));
    ret->clamped = see_counts_value(&counts, "timestamps_clamped");
    ret->missing = see_counts_value(&counts, "timestamps_missing");
    ret->cut = see_counts_value(&counts, "frames_cut");
    ret->skipped = see_counts_value(&counts, "blocks_skipped");
    ret->secrets_blocks = see_counts_value(&counts, "secrets_blocks");
    struct see_view secrets = see_capture_secrets(capture);
    snprintf(ret->secrets, sizeof(ret->secrets), "%.*s", (int)secrets.len,
             secrets.ptr != NULL ? secrets.ptr : "");
}

/* The next frame of a capture that does not wait for anything; those filtered are passed over. */
static inline int next_frame(struct see_capture *capture, struct see_frame *ret_frame)
{
    int result;
    do {
        result = see_capture_next(capture, ret_frame);
    } while (result == 0 && see_capture_state(capture) == SEE_CAPTURE_RUNNING);
    return result;
}

/* Reads a capture to its end, unless opening it failed, and frees it; the first failure. */
static inline int read_through(struct see_capture *capture, int status)
{
    struct see_frame frame;
    if (status == SEE_OK) {
        while ((status = next_frame(capture, &frame)) == 1) {
        }
    }
    see_capture_free(capture);
    return status;
}

/* Reads an open capture to its end, and frees it. */
static inline void take_all(struct see_capture *capture, struct outcome *ret)
{
    struct see_frame frame;
    while ((ret->result = next_frame(capture, &frame)) == 1) {
        assert_true(frame.wire_len >= frame.len);
        if (ret->count < 64) {
            ret->frames[ret->count] = frame;
            ret->first[ret->count] = check_octets(&frame);
        }
        ret->count++;
    }
    ret->info = *see_capture_info(capture);
    snprintf(ret->detail, sizeof(ret->detail), "%s", ret->info.detail);
    take_counts(capture, ret);
    see_capture_free(capture);
}

static inline void read_octets(struct see_view octets, const char *filter, struct outcome *ret)
{
    struct see_capture_options options = {.filter = filter, .number = 7};
    struct see_capture *capture;
    memset(ret, 0, sizeof(*ret));
    ret->status = see_capture_open_memory(&capture, octets, &options, ret->error, 512);
    if (ret->status == SEE_OK) {
        take_all(capture, ret);
    } else {
        assert_null(capture);
        assert_string_not_equal(ret->error, "");
    }
}

static inline void read_savefile(const struct savefile *file, struct outcome *ret)
{
    read_octets((struct see_view){(const char *)file->octets, file->len}, NULL, ret);
}

static inline void read_path(const char *path, struct outcome *ret)
{
    struct see_capture_options options = {.number = 7};
    struct see_capture *capture;
    memset(ret, 0, sizeof(*ret));
    ret->status = see_capture_open_file(&capture, path, &options, ret->error, 512);
    if (ret->status == SEE_OK) {
        take_all(capture, ret);
    }
}

#endif
