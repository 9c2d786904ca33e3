/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leniency - what had to be forgiven so that a message could be read.
 *
 * A message is read strictly first.  One that fails is read once more, and each
 * thing that it is forgiven has a name, kept with it.  Where another reader may
 * see other fields that frame the content, or another end of it, the leniency
 * touches framing: whatever rests on that message is less sure (RFC 9112, 11.2).
 */
#ifndef SEE_HTTP_LENIENCY_H
#define SEE_HTTP_LENIENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

/* SEE_LENIENCY(name, word, touches framing); RFC 9112 where no other is named. */
#define SEE_LENIENCIES(SEE_LENIENCY)                                                           \
    /* 3.2: octets in the target that no URI has. */                                           \
    SEE_LENIENCY(target, "target", false)                                                      \
    /* 3, 4: a start-line with other blanks than it should have, or letters, or no minor. */   \
    SEE_LENIENCY(start_line, "start-line", false)                                              \
    /* 2.3: a version that is neither 1.0 nor 1.1. */                                          \
    SEE_LENIENCY(version, "version", false)                                                    \
    /* 2.2: LF without CR ends a line. */                                                      \
    SEE_LENIENCY(bare_lf, "bare-lf", false)                                                    \
    /* 2.2: CR without LF, read as SP; to others it ends a line. */                            \
    SEE_LENIENCY(bare_cr, "bare-cr", true)                                                     \
    /* 5.2: a field value goes on in the next line, joined with SP. */                         \
    SEE_LENIENCY(obs_fold, "obs-fold", false)                                                  \
    /* 5.1: blanks between a field name and its colon. */                                      \
    SEE_LENIENCY(blank_before_colon, "blank-before-colon", false)                              \
    /* RFC 9110, 5.5: NUL or another control character in a value. */                          \
    SEE_LENIENCY(control, "control", false)                                                    \
    /* 5, 2.2: a line that is no field line, stepped over. */                                  \
    SEE_LENIENCY(no_field, "no-field", false)                                                  \
    /* One of the last four stands in Content-Length or Transfer-Encoding. */                  \
    SEE_LENIENCY(framing_field, "framing-field", true)                                         \
    /* RFC 9110, 8.6: several Content-Length that say the same. */                             \
    SEE_LENIENCY(length_repeated, "length-repeated", false)                                    \
    /* 6.3, item 5: several that differ, or one that is no number: nobody knows the length. */ \
    SEE_LENIENCY(length_differs, "length-differs", true)                                       \
    SEE_LENIENCY(length_invalid, "length-invalid", true)                                       \
    /* 6.3, item 3: Transfer-Encoding and Content-Length; the former overrides the latter. */  \
    SEE_LENIENCY(length_and_coding, "length-and-coding", true)                                 \
    /* 6.1, 6.3, item 4: chunked is not last, or not once, or not known to HTTP/1.0; or a */   \
    /* response has identity, which is as good as nothing. */                                  \
    SEE_LENIENCY(transfer_coding, "transfer-coding", true)                                     \
    /* 7.1: in chunks LF without CR, blanks behind a size, no CR LF behind the data, and an */ \
    /* extension that is none, dropped. */                                                     \
    SEE_LENIENCY(chunk_bare_lf, "chunk-bare-lf", true)                                         \
    SEE_LENIENCY(chunk_blank, "chunk-blank", true)                                             \
    SEE_LENIENCY(chunk_no_end, "chunk-no-end", true)                                           \
    SEE_LENIENCY(chunk_extension, "chunk-extension", true)

enum see_leniency {
#define SEE_LENIENCY(name, word, is_framing) SEE_LENIENT_##name,
    SEE_LENIENCIES(SEE_LENIENCY)
#undef SEE_LENIENCY
        SEE_LENIENCY_COUNT
};

/* A set of them: bit `1 << SEE_LENIENT_...`; 0: the message is as it should be. */
typedef uint32_t see_leniencies;

static inline void see_leniencies_add(see_leniencies *set, enum see_leniency which)
{
    *set |= (see_leniencies)1 << which;
}

static inline bool see_leniencies_has(see_leniencies set, enum see_leniency which)
{
    return (set >> which & 1) != 0;
}

/* "bare-lf", ... */
const char *see_leniency_word(enum see_leniency which);

/* Whether another reader may frame the message otherwise. */
bool see_leniencies_touch_framing(see_leniencies set);

/* Appends the words, in the order above, with a space between two. */
void see_leniencies_write(see_leniencies set, struct see_text *out);

#endif
