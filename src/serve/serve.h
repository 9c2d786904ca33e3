/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * serve - answers GET /metrics with a page that its caller makes.
 *
 *     127.0.0.1:9303   [::1]:9303   :9303       a loopback port
 *     /run/seeother/metrics.sock                a Unix socket, mode 0660
 *
 * No thread: the caller's loop calls `tick`, which never waits.  What is served
 * is for this machine only; whoever wants it elsewhere puts a proxy before it.
 * Takes at most SEE_SERVE_CLIENTS clients at a time, each for a few seconds.
 */
#ifndef SEE_SERVE_SERVE_H
#define SEE_SERVE_SERVE_H

#include "core/status.h"
#include "core/text.h"

#define SEE_SERVE_CLIENTS 16

struct see_serve_page {
    void *ctx;
    const char *type; /* for Content-Type */
    /* Appends the page to `out`; a status of the failure, if any. */
    int (*make)(void *ctx, struct see_text *out);
};

struct see_serve;

/*
 * Listens at `address`.  On failure *ret_serve is NULL and `error` gets a sentence without a full
 * stop: SEE_EINVAL (no address of this machine's own), SEE_EACCES, SEE_EIO, SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_serve_open(struct see_serve **ret_serve, const char *address,
                                  struct see_serve_page page, char *error, size_t error_size);

/* Takes in and answers what is there, without waiting. */
void see_serve_tick(struct see_serve *serve);

/* Closes, and takes away the socket that it made.  Takes NULL. */
void see_serve_close(struct see_serve *serve);

#endif
