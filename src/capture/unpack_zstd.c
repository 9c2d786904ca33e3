/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unpack_zstd - RFC 8878, by libzstd.
 *
 * Frames in a row are one file (3.1), skippable ones pass.  A frame says how much
 * must be held to unpack it, so the largest window allowed is the bound.
 */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "capture/unpack.h"

/* 2^27 octets: SEE_UNPACK_MEMORY_MAX, and what `zstd` itself takes without asking. */
#define WINDOW_LOG_MAX 27

/* Magic number and frame header descriptor: enough to learn what comes next. */
#define HEAD_LEN 5

struct zstd {
    ZSTD_DStream *stream;
    size_t next;     /* octets up to the end of the next block, as libzstd says */
    bool is_between; /* a frame has ended, and no other begun */
};

static int zstd_open(void **ret_state)
{
    struct zstd *zstd = calloc(1, sizeof(*zstd));
    if (zstd == NULL) {
        return SEE_ENOMEM;
    }
    zstd->stream = ZSTD_createDStream();
    if (zstd->stream == NULL) {
        free(zstd);
        return SEE_ENOMEM;
    }
    ZSTD_DCtx_setParameter(zstd->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    *ret_state = zstd;
    return SEE_OK;
}

/* One block at a time: with a damaged one libzstd gives away what it made in the same call. */
static int zstd_step(void *state, struct see_unpack_step *step)
{
    struct zstd *zstd = state;
    size_t in_len = zstd->next > 0 ? zstd->next : HEAD_LEN;
    ZSTD_inBuffer in = {.src = step->in, .size = in_len < step->in_len ? in_len : step->in_len};
    ZSTD_outBuffer out = {.dst = step->out, .size = step->out_len};
    size_t result = ZSTD_decompressStream(zstd->stream, &out, &in);
    step->used = in.pos;
    step->made = out.pos;
    if (!ZSTD_isError(result)) {
        zstd->next = result;
        if (in.pos > 0 || out.pos > 0) {
            zstd->is_between = result == 0;
        }
        return SEE_OK;
    }
    ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    if (code == ZSTD_error_memory_allocation) {
        return SEE_ENOMEM;
    }
    step->why = code == ZSTD_error_frameParameter_windowTooLarge
                    ? "the zstd data needs more than 128 MiB to be unpacked; unpack it with: zstd "
                      "-d --long=31"
                : zstd->is_between && code == ZSTD_error_prefix_unknown
                    ? "what follows the zstd data is not zstd data"
                    : "the zstd data is damaged";
    return SEE_EFORMAT;
}

static bool zstd_is_whole(const void *state)
{
    const struct zstd *zstd = state;
    return zstd->is_between;
}

static void zstd_close(void *state)
{
    struct zstd *zstd = state;
    if (zstd != NULL) {
        ZSTD_freeDStream(zstd->stream);
        free(zstd);
    }
}

const struct see_unpacker see_unpack_zstd = {
    .name = "zstd",
    .open = zstd_open,
    .step = zstd_step,
    .is_whole = zstd_is_whole,
    .close = zstd_close,
};
