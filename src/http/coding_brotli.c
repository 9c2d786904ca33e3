/* SPDX-License-Identifier: BSD-3-Clause */
#include <brotli/decode.h>
#include <stdlib.h>

#include "http/coding.h"

static void *allocate(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void release(void *ctx, void *memory)
{
    (void)ctx;
    free(memory);
}

/* Its codes for a lack of memory stand in a row. */
static bool is_out_of_memory(const BrotliDecoderState *state)
{
    BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);
    return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
           code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

static BrotliDecoderResult decode(BrotliDecoderState *state, struct see_view octets, size_t most,
                                  struct see_text *out)
{
    const uint8_t *in = (const uint8_t *)octets.ptr;
    size_t begin = out->len, room;
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT &&
           (room = see_coding_room(out, begin, most)) > 0) {
        uint8_t step[SEE_CODING_STEP];
        uint8_t *end = step;
        size_t left = room;
        result = BrotliDecoderDecompressStream(state, &octets.len, &in, &left, &end, NULL);
        see_text_add(out, (struct see_view){(const char *)step, room - left});
    }
    return result;
}

int see_coding_brotli(struct see_view octets, size_t most, struct see_text *out,
                      enum see_decoded_end *ret_end)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(allocate, release, NULL);
    if (state == NULL) {
        return SEE_ENOMEM;
    }
    switch (decode(state, octets, most, out)) {
    case BROTLI_DECODER_RESULT_SUCCESS:
        *ret_end = SEE_DECODED_WHOLE;
        break;
    case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
    case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        *ret_end = SEE_DECODED_CUT;
        break;
    case BROTLI_DECODER_RESULT_ERROR:
        *ret_end = SEE_DECODED_CORRUPT;
        break;
    }
    int status = out->is_broken || is_out_of_memory(state) ? SEE_ENOMEM : SEE_OK;
    BrotliDecoderDestroyInstance(state);
    return status;
}
