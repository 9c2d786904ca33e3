/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coding - the content codings that can be undone, one file a library.
 */
#ifndef SEE_HTTP_CODING_H
#define SEE_HTTP_CODING_H

#include "http/decoded.h"

/*
 * Undoes one coding: appends what `octets` stand for to `out`, at most `most` octets of it, and
 * one more where there is one.  Says WHOLE, CUT or CORRUPT.  Fails with SEE_ENOMEM only.
 */
typedef int see_coding_undo(struct see_view octets, size_t most, struct see_text *out,
                            enum see_decoded_end *ret_end);

see_coding_undo see_coding_gzip;    /* RFC 1952 */
see_coding_undo see_coding_deflate; /* RFC 1950, and RFC 1951 without its wrapping */
see_coding_undo see_coding_brotli;  /* RFC 7932 */
see_coding_undo see_coding_zstd;    /* RFC 8878 */

/* What one step of a library may give. */
#define SEE_CODING_STEP 4096

/* How much of a step may still be asked for; 0: there is one octet more than `most`. */
static inline size_t see_coding_room(const struct see_text *out, size_t begin, size_t most)
{
    size_t room = begin + most + 1 - out->len;
    return room < SEE_CODING_STEP ? room : SEE_CODING_STEP;
}

#endif
