/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hash - SipHash-1-3 under a key drawn once per run.
 *
 * Strangers choose what we hash (addresses, ports, URIs), so the key must be
 * theirs to guess and ours to keep: no value of it ever reaches an output.
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
 */
#ifndef SEE_CORE_HASH_H
#define SEE_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct see_hash_key {
    uint64_t k0, k1;
};

/* A fresh random key from the system. */
struct see_hash_key see_hash_key_new(void);

uint64_t see_hash(const struct see_hash_key *key, const void *data, size_t len);

#endif
