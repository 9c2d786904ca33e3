/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_deaf - what a sink of a stream does that does not care how connections end.
 */
#ifndef SEE_TESTS_STREAM_DEAF_H
#define SEE_TESTS_STREAM_DEAF_H

#include "stream/stream.h"

static inline int ignore_finished(void *ctx, struct see_connection *connection, unsigned direction,
                                  struct see_stamp stamp)
{
    (void)ctx;
    (void)connection;
    (void)direction;
    (void)stamp;
    return SEE_OK;
}

static inline int ignore_closed(void *ctx, struct see_connection *connection)
{
    (void)ctx;
    (void)connection;
    return SEE_OK;
}

#endif
