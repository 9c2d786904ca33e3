/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unpack_lz4 - the LZ4 frame format, by liblz4.
 *
 * Frames in a row are one file, skippable ones pass.  A block has 4 MiB at most,
 * so the decoder is bounded by itself.
 */
#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>

#include "capture/unpack.h"

struct lz4 {
    LZ4F_dctx *context;
    size_t next;     /* octets up to the end of the next block, as liblz4 says */
    bool is_between; /* a frame has ended, and no other begun */
};

/* The shortest frame header: enough to learn what comes next. */
#define HEAD_LEN 7

static int lz4_open(void **ret_state)
{
    struct lz4 *lz4 = calloc(1, sizeof(*lz4));
    if (lz4 == NULL) {
        return SEE_ENOMEM;
    }
    if (LZ4F_isError(LZ4F_createDecompressionContext(&lz4->context, LZ4F_VERSION))) {
        free(lz4);
        return SEE_ENOMEM;
    }
    *ret_state = lz4;
    return SEE_OK;
}

/* One block at a time: with a damaged one liblz4 gives away what it made in the same call. */
static int lz4_step(void *state, struct see_unpack_step *step)
{
    struct lz4 *lz4 = state;
    size_t in_len = lz4->next > 0 ? lz4->next : HEAD_LEN;
    size_t used = in_len < step->in_len ? in_len : step->in_len, made = step->out_len;
    size_t result = LZ4F_decompress(lz4->context, step->out, &made, step->in, &used, NULL);
    if (!LZ4F_isError(result)) {
        step->used = used;
        step->made = made;
        lz4->next = result;
        if (used > 0 || made > 0) {
            lz4->is_between = result == 0;
        }
        return SEE_OK;
    }
    /* The number of an error is not public, only its name. */
    const char *name = LZ4F_getErrorName(result);
    if (strcmp(name, "ERROR_allocation_failed") == 0) {
        return SEE_ENOMEM;
    }
    step->why = lz4->is_between && strcmp(name, "ERROR_frameType_unknown") == 0
                    ? "what follows the lz4 data is not lz4 data"
                    : "the lz4 data is damaged";
    return SEE_EFORMAT;
}

static bool lz4_is_whole(const void *state)
{
    const struct lz4 *lz4 = state;
    return lz4->is_between;
}

static void lz4_close(void *state)
{
    struct lz4 *lz4 = state;
    if (lz4 != NULL) {
        LZ4F_freeDecompressionContext(lz4->context);
        free(lz4);
    }
}

const struct see_unpacker see_unpack_lz4 = {
    .name = "lz4",
    .open = lz4_open,
    .step = lz4_step,
    .is_whole = lz4_is_whole,
    .close = lz4_close,
};
