/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * segments - a capture file that is written TCP segment by TCP segment.
 *
 * Ethernet, IPv4 without options, TCP without options; the checksum of IP is
 * right, that of TCP is zero, as where a network card computes it.  A failure to
 * write ends the program: a benchmark with half a file is none.
 */
#ifndef BENCH_SEGMENTS_H
#define BENCH_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Octets of TCP payload in one segment, at most: that of Ethernet with time stamp options. */
#define BENCH_SEGMENT_MAX 1448

enum bench_flag { BENCH_FIN = 0x01, BENCH_SYN = 0x02, BENCH_PUSH = 0x08, BENCH_ACK = 0x10 };

struct bench_end {
    uint32_t address;
    uint16_t port;
};

struct bench_segment {
    struct bench_end from, to;
    uint32_t seq, ack;
    uint8_t flags;
    size_t len;
    uint8_t payload[BENCH_SEGMENT_MAX];
};

struct bench_file {
    FILE *file;
    const char *path;
    bool is_pcapng;
    uint64_t time_ns;
    uint64_t segments;
    uint64_t octets; /* of the file */
    uint16_t ip_id;
};

void bench_file_open(struct bench_file *file, const char *path, bool is_pcapng);
void bench_file_put(struct bench_file *file, const struct bench_segment *segment);
void bench_file_close(struct bench_file *file);

#endif
