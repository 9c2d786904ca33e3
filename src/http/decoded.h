/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decoded - the content of a message without its content codings (RFC 9110, 8.4).
 *
 * Only for a rule that must look into content, and only as far as content was
 * kept (`content_kept`).  Codings are undone from the last to the first; gzip,
 * deflate, br, zstd and identity are known.  What comes out is bounded, a coding
 * by itself and all of them together: `decoded_octets`, `decoded_ratio` and
 * `content_codings` of core/limits.h.
 *
 * Hostile content is data: it ends the decoding with a reason, and what came out
 * before that stays.
 */
#ifndef SEE_HTTP_DECODED_H
#define SEE_HTTP_DECODED_H

#include "core/limits.h"
#include "core/text.h"
#include "http/exchange.h"

/* Why there is no more; of several reasons the first that was met. */
enum see_decoded_end {
    SEE_DECODED_WHOLE,     /* there is no more */
    SEE_DECODED_CUT,       /* more was sent than was kept or seen */
    SEE_DECODED_CORRUPT,   /* the octets are not what the coding says */
    SEE_DECODED_UNKNOWN,   /* a coding that is not known; nothing comes out */
    SEE_DECODED_TOO_LARGE, /* the limit `decoded_octets` */
    SEE_DECODED_TOO_DENSE, /* the limit `decoded_ratio` */
    SEE_DECODED_TOO_DEEP,  /* the limit `content_codings`; nothing comes out */
};

/* "whole", "cut", "corrupt", ...: a word of lower-case letters and hyphens. */
const char *see_decoded_end_name(enum see_decoded_end end);

/*
 * Writes what is kept of the content of `message`, decoded, over `out`, which is initialised.
 * Content of which nothing was kept comes out empty: CUT when there was some.  Fails with
 * SEE_ENOMEM only.
 */
SEE_MUST_CHECK int see_message_decode(const struct see_message *message,
                                      const struct see_limits *limits, struct see_text *out,
                                      enum see_decoded_end *ret_end);

/* The same for any octets, under the value of a Content-Encoding field (absent: none). */
SEE_MUST_CHECK int see_content_decode(struct see_view octets, struct see_view codings,
                                      const struct see_limits *limits, struct see_text *out,
                                      enum see_decoded_end *ret_end);

#endif
