/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/unpack.h"

#include <string.h>

const struct see_unpacker *see_unpacker_of(const uint8_t *head, size_t len)
{
    /* Skippable frames belong to zstd and lz4 alike; only tools of zstd begin with one. */
    static const struct {
        const struct see_unpacker *unpacker;
        size_t len;
        uint8_t magic[SEE_UNPACK_MAGIC_MAX];
        uint8_t first_mask;
    } magics[] = {
        {&see_unpack_gzip, 3, {0x1F, 0x8B, 0x08}, 0xFF},
        {&see_unpack_zstd, 4, {0x28, 0xB5, 0x2F, 0xFD}, 0xFF},
        {&see_unpack_zstd, 4, {0x50, 0x2A, 0x4D, 0x18}, 0xF0},
        {&see_unpack_xz, 6, {0xFD, '7', 'z', 'X', 'Z', 0x00}, 0xFF},
        {&see_unpack_lz4, 4, {0x04, 0x22, 0x4D, 0x18}, 0xFF},
    };
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (len >= magics[i].len && (head[0] & magics[i].first_mask) == magics[i].magic[0] &&
            memcmp(head + 1, magics[i].magic + 1, magics[i].len - 1) == 0) {
            return magics[i].unpacker;
        }
    }
    return NULL;
}
