/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unpack_xz - the .xz file format, by liblzma.
 *
 * Streams in a row are one file, padding between them passes.
 */
#include <lzma.h>
#include <stdlib.h>

#include "capture/unpack.h"

struct xz {
    lzma_stream stream;
    bool is_over;
};

static int xz_open(void **ret_state)
{
    struct xz *xz = calloc(1, sizeof(*xz));
    if (xz == NULL) {
        return SEE_ENOMEM;
    }
    if (lzma_stream_decoder(&xz->stream, SEE_UNPACK_MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK) {
        free(xz);
        return SEE_ENOMEM;
    }
    *ret_state = xz;
    return SEE_OK;
}

static int xz_step(void *state, struct see_unpack_step *step)
{
    struct xz *xz = state;
    if (xz->is_over) {
        return SEE_OK;
    }
    xz->stream.next_in = step->in;
    xz->stream.avail_in = step->in_len;
    xz->stream.next_out = step->out;
    xz->stream.avail_out = step->out_len;
    lzma_ret result = lzma_code(&xz->stream, step->is_last ? LZMA_FINISH : LZMA_RUN);
    step->used = step->in_len - xz->stream.avail_in;
    step->made = step->out_len - xz->stream.avail_out;
    if (result == LZMA_STREAM_END) {
        xz->is_over = true;
        return SEE_OK;
    }
    /* LZMA_BUF_ERROR: it could do nothing; where no more comes, the data is cut. */
    if (result == LZMA_OK || result == LZMA_BUF_ERROR) {
        return SEE_OK;
    }
    if (result == LZMA_MEM_ERROR) {
        return SEE_ENOMEM;
    }
    step->why = result == LZMA_MEMLIMIT_ERROR
                    ? "the xz data needs more than 128 MiB to be unpacked; unpack it with: xz -d"
                    : "the xz data is damaged";
    return SEE_EFORMAT;
}

static bool xz_is_whole(const void *state)
{
    const struct xz *xz = state;
    return xz->is_over;
}

static void xz_close(void *state)
{
    struct xz *xz = state;
    if (xz != NULL) {
        lzma_end(&xz->stream);
        free(xz);
    }
}

const struct see_unpacker see_unpack_xz = {
    .name = "xz",
    .open = xz_open,
    .step = xz_step,
    .is_whole = xz_is_whole,
    .close = xz_close,
};
