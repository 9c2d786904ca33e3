/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * talk - many TCP connections at a time, written into one file.
 *
 *     SYN  SYN-ACK  ACK   (request+  response+  ACK)*   FIN  FIN-ACK  ACK
 *
 * Connections take turns by chance, a segment each, until there have been as
 * many as the scene wants.  A client has four connections at a time, and one
 * redirect in five is followed on another one than it came on.
 */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"
#include "segments.h"

struct bench_scene {
    const char *name;
    uint64_t connections; /* in all, at scale 1 */
    uint32_t at_a_time;
    uint32_t exchanges;       /* of each connection; 0: it is not HTTP */
    double redirects_percent; /* of exchanges that are no follow-up */
    uint64_t content_least, content_most;
    double chunked_percent;
    double late_percent;   /* of segments that come after the next one of their connection */
    double lost_percent;   /* of segments that are lost: before the tap or behind it */
    double unseen_percent; /* of segments that the tap misses */
};

/* What the file holds: the truth that a reader is held against. */
struct bench_truth {
    uint64_t connections;
    uint64_t exchanges;
    uint64_t redirects;
    uint64_t followed;
};

/* Writes a scene, `scale` times as many connections. */
struct bench_truth bench_talk(const struct bench_scene *scene, double scale, uint64_t seed,
                              struct bench_file *file);

#endif
