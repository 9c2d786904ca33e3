/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/coding.h"

/* What inflateInit2 takes for each of the wrappings of RFC 1951. */
enum wrapping { RAW = -15, ZLIB = 15, GZIP = 15 + 16 };

static void *allocate(void *ctx, unsigned count, unsigned size)
{
    (void)ctx;
    return calloc(count, size);
}

static void release(void *ctx, void *memory)
{
    (void)ctx;
    free(memory);
}

/* Members in a row are one content (RFC 1952, 2.2). */
static bool begins_member(const z_stream *stream)
{
    return stream->avail_in >= 2 && stream->next_in[0] == 0x1F && stream->next_in[1] == 0x8B;
}

/* Inflates until there is no room, no input, an end or a fault: zlib's own word for that. */
static int inflate_all(z_stream *stream, bool is_gzip, size_t most, struct see_text *out)
{
    char step[SEE_CODING_STEP];
    size_t begin = out->len, room;
    int result = Z_OK;
    while (result == Z_OK && (room = see_coding_room(out, begin, most)) > 0) {
        stream->next_out = (Bytef *)step;
        stream->avail_out = (uInt)room;
        result = inflate(stream, Z_NO_FLUSH);
        see_text_add(out, (struct see_view){step, room - stream->avail_out});
        if (result == Z_STREAM_END && is_gzip && begins_member(stream)) {
            result = inflateReset(stream);
        }
    }
    return out->is_broken ? Z_MEM_ERROR : result;
}

static int undo(struct see_view octets, enum wrapping wrapping, size_t most, struct see_text *out,
                int *ret_result)
{
    z_stream stream = {.zalloc = allocate, .zfree = release};
    if (inflateInit2(&stream, wrapping) != Z_OK) {
        return SEE_ENOMEM;
    }
    /* zlib does not write there; its own type says otherwise unless ZLIB_CONST is asked for. */
    stream.next_in = (z_const Bytef *)(uintptr_t)octets.ptr;
    stream.avail_in = (uInt)octets.len;
    *ret_result = inflate_all(&stream, wrapping == GZIP, most, out);
    inflateEnd(&stream);
    return *ret_result == Z_MEM_ERROR ? SEE_ENOMEM : SEE_OK;
}

static enum see_decoded_end end_of(int result)
{
    switch (result) {
    case Z_STREAM_END:
        return SEE_DECODED_WHOLE;
    case Z_OK:
    case Z_BUF_ERROR:
        return SEE_DECODED_CUT;
    default:
        return SEE_DECODED_CORRUPT;
    }
}

int see_coding_gzip(struct see_view octets, size_t most, struct see_text *out,
                    enum see_decoded_end *ret_end)
{
    int result = Z_OK;
    int status = undo(octets, GZIP, most, out, &result);
    *ret_end = end_of(result);
    return status;
}

/*
 * RFC 9110, 8.4.1.2: "deflate" is the zlib format, but some send RFC 1951 without it.  The first
 * two octets tell: a method of 8 and a check sum, and no raw stream of any use has them.
 */
static bool has_zlib_header(struct see_view octets)
{
    if (octets.len < 2) {
        return true;
    }
    unsigned method = (unsigned char)octets.ptr[0], flags = (unsigned char)octets.ptr[1];
    return (method & 0x0F) == Z_DEFLATED && (method >> 4) <= 7 && (method * 256 + flags) % 31 == 0;
}

int see_coding_deflate(struct see_view octets, size_t most, struct see_text *out,
                       enum see_decoded_end *ret_end)
{
    int result = Z_OK;
    int status = undo(octets, has_zlib_header(octets) ? ZLIB : RAW, most, out, &result);
    *ret_end = end_of(result);
    return status;
}
