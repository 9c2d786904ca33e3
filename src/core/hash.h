/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hash - SipHash-1-3 under a key drawn once per run, and a cheaper sum for what is hashed most.
 *
 * Strangers choose what we hash (addresses, ports, URIs), so the key must be
 * theirs to guess and ours to keep: no value of it ever reaches an output.
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
 *
 * The sum is multilinear: words times secret weights of twice their width, of which the upper half
 * is kept.  Whatever two inputs a stranger chooses, their sums are equal for one key in 2^64
 * (Lemire and Kaser, "Strongly universal string hashing is fast", 2014).  That is enough where
 * nobody is told what a sum was, or how long it took to find; it does not hide the key from who is
 * told.
 */
#ifndef SEE_CORE_HASH_H
#define SEE_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct see_hash_key {
    uint64_t k0, k1;
};

/* A fresh random key from the system. */
struct see_hash_key see_hash_key_new(void);

uint64_t see_hash(const struct see_hash_key *key, const void *data, size_t len);

#define SEE_HASH_WORDS 40

struct see_hash_weights {
    uint64_t low[SEE_HASH_WORDS + 1];
    uint64_t high[SEE_HASH_WORDS + 1];
};

struct see_hash_weights see_hash_weights_of(const struct see_hash_key *key);

__extension__ typedef unsigned __int128 see_hash_sum;

static inline see_hash_sum see_hash_weight(const struct see_hash_weights *weights, size_t i)
{
    return (see_hash_sum)weights->high[i] << 64 | weights->low[i];
}

/* The sum of at most SEE_HASH_WORDS words; a word of zero at the end is like none. */
static inline uint64_t see_hash_words(const struct see_hash_weights *weights, const uint64_t *words,
                                      size_t count)
{
    see_hash_sum sum = see_hash_weight(weights, 0);
    for (size_t i = 0; i < count; i++) {
        sum += see_hash_weight(weights, i + 1) * words[i];
    }
    return (uint64_t)(sum >> 64);
}

/* The octets behind the last whole word, the first one lowest. */
static inline uint64_t see_hash_last_octets(const unsigned char *data, size_t len)
{
    size_t left = len % 8;
    uint64_t word = 0;
    if (left > 0 && len >= 8) {
        memcpy(&word, data + len - 8, 8);
        return word >> (64 - 8 * left);
    }
    for (size_t i = 0; i < left; i++) {
        word |= (uint64_t)data[i] << (8 * i);
    }
    return word;
}

/* The longest text of which there is a sum. */
#define SEE_HASH_TEXT ((size_t)8 * (SEE_HASH_WORDS - 2))

/*
 * The sum of a text, its length and its octets; of a longer one it is what see_hash says under
 * `key`, that of the weights.
 */
static inline uint64_t see_hash_text(const struct see_hash_weights *weights,
                                     const struct see_hash_key *key, const void *data, size_t len)
{
    if (len > SEE_HASH_TEXT) {
        return see_hash(key, data, len);
    }
    const unsigned char *octets = data;
    size_t count = len / 8;
    see_hash_sum sum = see_hash_weight(weights, 0) + see_hash_weight(weights, 1) * len;
    for (size_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, octets + 8 * i, sizeof(word));
        sum += see_hash_weight(weights, i + 2) * word;
    }
    sum += see_hash_weight(weights, count + 2) * see_hash_last_octets(octets, len);
    return (uint64_t)(sum >> 64);
}

/*
 * Of a number that we gave ourselves, as ids are: which of them get into a map is a stranger's
 * choice all the same, so the key is in it.
 */
static inline uint64_t see_hash_number(const struct see_hash_key *key, uint64_t number)
{
    number = (number ^ key->k0) * (key->k1 | 1);
    number = (number ^ number >> 32) * 0x9E3779B97F4A7C15u;
    return number ^ number >> 29;
}

/* Of two things together, in this order, when both are hashes under the key already. */
static inline uint64_t see_hash_join(uint64_t first, uint64_t second)
{
    return (first << 23 | first >> 41) + second * 0x9E3779B97F4A7C15u;
}

#endif
