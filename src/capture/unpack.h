/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unpack - the compressed formats that a capture may come in.
 *
 * One file a format, one `const struct` each.  Formats are recognised by their
 * content, several members or frames in a row read as one.  What a decoder holds
 * is bounded (SEE_UNPACK_MEMORY_MAX), however well the octets are packed.
 */
#ifndef SEE_CAPTURE_UNPACK_H
#define SEE_CAPTURE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* Enough for whatever `xz -9` and `zstd -22` write; a file that wants more is refused. */
#define SEE_UNPACK_MEMORY_MAX ((uint64_t)128 * 1024 * 1024)

/* The longest magic. */
#define SEE_UNPACK_MAGIC_MAX 6

/* One call: from `in` to `out`, neither of them to the end unless there is need. */
struct see_unpack_step {
    const uint8_t *in;
    size_t in_len;
    bool is_last; /* nothing comes after `in` */
    uint8_t *out;
    size_t out_len;
    size_t used, made; /* what the call took and gave */
    const char *why;   /* with SEE_EFORMAT: a sentence without a full stop */
};

struct see_unpacker {
    const char *name;

    /* SEE_ENOMEM; then there is no state. */
    int (*open)(void **ret_state);

    /* SEE_EFORMAT when the octets make no sense, SEE_ENOMEM.  What was made before counts. */
    int (*step)(void *state, struct see_unpack_step *step);

    /* Whether the input may end here. */
    bool (*is_whole)(const void *state);

    void (*close)(void *state); /* takes NULL */
};

extern const struct see_unpacker see_unpack_gzip;
extern const struct see_unpacker see_unpack_zstd;
extern const struct see_unpacker see_unpack_xz;
extern const struct see_unpacker see_unpack_lz4;

/* The format of a file that begins so, or NULL. */
const struct see_unpacker *see_unpacker_of(const uint8_t *head, size_t len);

#endif
