/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng_block - what the blocks around the packets say: interfaces, their
 * statistics, secrets.
 */
#ifndef SEE_CAPTURE_PCAPNG_BLOCK_H
#define SEE_CAPTURE_PCAPNG_BLOCK_H

#include "capture/pcapng.h"
#include "core/status.h"

/* The body of a block, without type and lengths. */
struct see_block {
    uint32_t type;
    const uint8_t *body;
    size_t len;
};

/* A section begins: the interfaces of the one before are over. */
void see_pcapng_section(struct see_pcapng *pcapng, bool is_swapped);

/* Each: SEE_OK, SEE_EFORMAT when the block is damaged, SEE_ENOMEM. */
SEE_MUST_CHECK int see_pcapng_interface(struct see_pcapng *pcapng, struct see_block block);
SEE_MUST_CHECK int see_pcapng_secrets(struct see_pcapng *pcapng, struct see_block block);

/* Statistics that make no sense are no reason to stop. */
void see_pcapng_statistics(struct see_pcapng *pcapng, struct see_block block);

#endif
