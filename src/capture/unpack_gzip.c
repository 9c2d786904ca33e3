/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unpack_gzip - RFC 1952, by zlib.
 *
 * Members in a row are one file (2.2).  Zeros behind one are padding, as tapes and
 * block devices leave it.
 */
#include <stdlib.h>
#include <zlib.h>

#include "capture/unpack.h"

/* zlib counts in unsigned int. */
#define STEP_MAX ((size_t)1 << 30)

/* The largest window there is, and a gzip header before it. */
#define WINDOW_BITS (15 + 16)

struct gzip {
    z_stream stream;
    bool is_between; /* a member has ended, and no other begun */
};

static int gzip_open(void **ret_state)
{
    struct gzip *gzip = calloc(1, sizeof(*gzip));
    if (gzip == NULL) {
        return SEE_ENOMEM;
    }
    if (inflateInit2(&gzip->stream, WINDOW_BITS) != Z_OK) {
        free(gzip);
        return SEE_ENOMEM;
    }
    *ret_state = gzip;
    return SEE_OK;
}

/* Between members: true when another one begins. */
static bool begins(struct see_unpack_step *step)
{
    while (step->used < step->in_len && step->in[step->used] == 0) {
        step->used++;
    }
    return step->used < step->in_len && step->in[step->used] == 0x1F;
}

static int inflate_some(struct gzip *gzip, struct see_unpack_step *step)
{
    z_stream *stream = &gzip->stream;
    size_t in_len = step->in_len - step->used;
    /* zlib does not write there; its own type says otherwise unless ZLIB_CONST is asked for. */
    stream->next_in = (z_const Bytef *)(uintptr_t)(step->in + step->used);
    stream->avail_in = (uInt)(in_len < STEP_MAX ? in_len : STEP_MAX);
    stream->next_out = step->out;
    stream->avail_out = (uInt)(step->out_len < STEP_MAX ? step->out_len : STEP_MAX);
    int result = inflate(stream, Z_NO_FLUSH);
    step->used = (size_t)(stream->next_in - step->in);
    step->made = (size_t)(stream->next_out - step->out);
    return result;
}

static int gzip_step(void *state, struct see_unpack_step *step)
{
    struct gzip *gzip = state;
    if (gzip->is_between) {
        if (!begins(step)) {
            step->why = "what follows the gzip data is not gzip data";
            return step->used == step->in_len ? SEE_OK : SEE_EFORMAT;
        }
        inflateReset(&gzip->stream);
        gzip->is_between = false;
    }
    int result = inflate_some(gzip, step);
    if (result == Z_STREAM_END) {
        gzip->is_between = true;
        return SEE_OK;
    }
    if (result == Z_MEM_ERROR) {
        return SEE_ENOMEM;
    }
    step->why = "the gzip data is damaged";
    return result == Z_OK || result == Z_BUF_ERROR ? SEE_OK : SEE_EFORMAT;
}

static bool gzip_is_whole(const void *state)
{
    const struct gzip *gzip = state;
    return gzip->is_between;
}

static void gzip_close(void *state)
{
    struct gzip *gzip = state;
    if (gzip != NULL) {
        inflateEnd(&gzip->stream);
        free(gzip);
    }
}

const struct see_unpacker see_unpack_gzip = {
    .name = "gzip",
    .open = gzip_open,
    .step = gzip_step,
    .is_whole = gzip_is_whole,
    .close = gzip_close,
};
