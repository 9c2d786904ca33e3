/* SPDX-License-Identifier: BSD-3-Clause */
#include <zstd.h>
#include <zstd_errors.h>

#include "http/coding.h"

/* RFC 9659: content for HTTP has a window of 8 MiB at most. */
#define WINDOW_LOG 23

/* Decodes frames in a row, which are one content (RFC 8878, 3); zstd's own word on the last step.
 */
static size_t decode(ZSTD_DStream *stream, ZSTD_inBuffer *in, size_t most, struct see_text *out)
{
    char step[SEE_CODING_STEP];
    size_t begin = out->len, room, hint = 1;
    bool is_stuck = false;
    while (!is_stuck && !ZSTD_isError(hint) && (room = see_coding_room(out, begin, most)) > 0) {
        ZSTD_outBuffer made = {step, room, 0};
        if (hint == 0 && in->pos == in->size) {
            break;
        }
        hint = ZSTD_decompressStream(stream, &made, in);
        see_text_add(out, (struct see_view){step, made.pos});
        is_stuck = in->pos == in->size && made.pos < room;
    }
    return hint;
}

int see_coding_zstd(struct see_view octets, size_t most, struct see_text *out,
                    enum see_decoded_end *ret_end)
{
    ZSTD_inBuffer in = {octets.ptr, octets.len, 0};
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (stream == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG))) {
        ZSTD_freeDStream(stream);
        return SEE_ENOMEM;
    }
    size_t hint = decode(stream, &in, most, out);
    ZSTD_freeDStream(stream);
    if (ZSTD_isError(hint)) {
        *ret_end = SEE_DECODED_CORRUPT;
    } else {
        *ret_end = hint == 0 ? SEE_DECODED_WHOLE : SEE_DECODED_CUT;
    }
    bool is_short = ZSTD_getErrorCode(hint) == ZSTD_error_memory_allocation;
    return out->is_broken || is_short ? SEE_ENOMEM : SEE_OK;
}
