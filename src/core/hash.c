/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/hash.h"

#include <sys/random.h>
#include <time.h>

struct see_hash_key see_hash_key_new(void)
{
    struct see_hash_key key = {0};
    if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != (ssize_t)sizeof(key)) {
        /* Early boot only; a weak key beats none, and no answer depends on it. */
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        key.k0 = (uint64_t)now.tv_nsec * 0x9E3779B97F4A7C15u;
        key.k1 = (uint64_t)now.tv_sec ^ (uint64_t)(uintptr_t)&key;
    }
    return key;
}

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned by)
{
    return (x << by) | (x >> (64 - by));
}

static inline void round_once(struct state *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

uint64_t see_hash(const struct see_hash_key *key, const void *data, size_t len)
{
    struct state s = {
        .v0 = key->k0 ^ 0x736f6d6570736575u,
        .v1 = key->k1 ^ 0x646f72616e646f6du,
        .v2 = key->k0 ^ 0x6c7967656e657261u,
        .v3 = key->k1 ^ 0x7465646279746573u,
    };
    const unsigned char *at = data;
    uint64_t word = 0;
    for (size_t left = len; left >= 8; left -= 8, at += 8) {
        memcpy(&word, at, 8);
        s.v3 ^= word;
        round_once(&s);
        s.v0 ^= word;
    }
    word = (uint64_t)len << 56;
    word |= see_hash_last_octets(data, len);
    s.v3 ^= word;
    round_once(&s);
    s.v0 ^= word;
    s.v2 ^= 0xff;
    round_once(&s);
    round_once(&s);
    round_once(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

struct see_hash_weights see_hash_weights_of(const struct see_hash_key *key)
{
    struct see_hash_weights weights;
    for (uint64_t i = 0; i <= SEE_HASH_WORDS; i++) {
        uint64_t low[2] = {i, 0};
        uint64_t high[2] = {i, 1};
        weights.low[i] = see_hash(key, low, sizeof(low));
        weights.high[i] = see_hash(key, high, sizeof(high));
    }
    return weights;
}
