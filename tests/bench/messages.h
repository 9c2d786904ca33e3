/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * messages - what the two ends of a made-up connection say.
 *
 * A message is a head and content that is made as it is sent, so that large ones
 * need no memory.  Content is one block over and over; in chunked content that
 * block is one chunk, so both are made in the same way.
 */
#ifndef BENCH_MESSAGES_H
#define BENCH_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_HEAD_MAX 1400
#define BENCH_PATH_MAX 128

/* A sequence that is the same in every run (splitmix64). */
struct bench_dice {
    uint64_t state;
};

uint64_t bench_roll(struct bench_dice *dice);

/* A number below `bound`, which is not 0. */
uint32_t bench_below(struct bench_dice *dice, uint32_t bound);

/* True in `percent` of all cases. */
bool bench_chance(struct bench_dice *dice, double percent);

struct bench_message {
    char head[BENCH_HEAD_MAX];
    size_t head_len;
    uint64_t content_len; /* as it is on the wire */
    uint64_t sent;        /* octets of both */
    bool is_chunked;
};

/* What a client has been told to fetch next. */
struct bench_visit {
    bool is_set;
    char method[8];
    char path[BENCH_PATH_MAX];
    uint64_t content_len;
};

struct bench_voice {
    struct bench_dice *dice;
    uint32_t client; /* its number: for cookies and the like */
    uint32_t server; /* its number: for names */
};

/* The octets of all contents; once, before anything else. */
void bench_messages_init(struct bench_dice *dice);

/* Any page, or one that is there to be redirected (`is_redirected`). */
void bench_visit_new(const struct bench_voice *voice, bool is_redirected,
                     struct bench_visit *ret_visit);

void bench_request(const struct bench_voice *voice, const struct bench_visit *visit,
                   struct bench_message *ret_message);

void bench_response(const struct bench_voice *voice, uint64_t content_len, bool is_chunked,
                    struct bench_message *ret_message);

/*
 * The redirect that answers `visit`, and where it leads: what a conforming client fetches then, but
 * in one of fifty cases what no conforming client would.
 */
void bench_redirect(const struct bench_voice *voice, const struct bench_visit *visit,
                    struct bench_message *ret_message, struct bench_visit *ret_next);

/* What other protocols send. */
void bench_noise(struct bench_dice *dice, uint64_t len, struct bench_message *ret_message);

bool bench_message_is_sent(const struct bench_message *message);

/* Writes what comes next, at most `size` octets, and returns how many. */
size_t bench_message_send(struct bench_message *message, uint8_t *octets, size_t size);

#endif
