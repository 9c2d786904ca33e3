/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/duplicates.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/time.h"

/* Copies of a packet come within this time of one another: more than any mirror delays. */
#define WINDOW_NS (100 * SEE_NS_PER_MS)

/* Equal packets that are looked at: somebody may send the same one for ever. */
#define COPIES_MAX 16

/* Octets of the payload that are looked at, at its beginning and at its end. */
#define SAMPLE 8

/* A line of the cache, and how many packets are in it. */
#define LINE 64
#define WAYS 7

/* The words of a print: what IPv4 needs, and with the long addresses of IPv6. */
#define WORDS_V4 7
#define WORDS_V6 10

struct packet {
    uint64_t print; /* a hash of all that makes it what it is */
    see_time_ns time_ns;
    uint32_t network;
    uint8_t ttl;
};

/*
 * Packets are numbered, and a place whose number is old is free.  The numbers here wrap, so that an
 * old one may seem young for a while: the print in the ring tells.
 */
struct bucket {
    uint64_t spilled; /* the number of the latest packet that found no place: see the next bucket */
    uint32_t tags[WAYS]; /* halves of prints */
    uint32_t numbers[WAYS];
};

_Static_assert(sizeof(struct bucket) == LINE, "a bucket is one line");

struct see_duplicates {
    struct see_hash_weights weights;
    uint64_t limit;
    uint64_t number; /* of the next packet; begins where 0 is old */
    uint64_t forgotten;
    size_t ring_mask;
    size_t bucket_mask;
    struct packet *ring; /* by the low bits of the number */
    struct bucket *buckets;
    void *memory; /* that the buckets are in */
};

static size_t power_of_two(size_t least)
{
    size_t power = 1;
    while (power < least) {
        power *= 2;
    }
    return power;
}

struct see_duplicates *see_duplicates_new(const struct see_hash_key *key, size_t limit)
{
    struct see_duplicates *duplicates = calloc(1, sizeof(*duplicates));
    if (duplicates == NULL) {
        return NULL;
    }
    size_t packets = power_of_two(limit);
    size_t buckets = power_of_two(limit / 4 + 1);
    duplicates->weights = see_hash_weights_of(key);
    duplicates->limit = limit;
    duplicates->number = limit + 1;
    duplicates->ring_mask = packets - 1;
    duplicates->bucket_mask = buckets - 1;
    duplicates->ring = calloc(packets, sizeof(struct packet));
    duplicates->memory = calloc(1, buckets * sizeof(struct bucket) + LINE);
    if (duplicates->ring == NULL || duplicates->memory == NULL) {
        see_duplicates_free(duplicates);
        return NULL;
    }
    size_t to_line = LINE - (uintptr_t)duplicates->memory % LINE;
    duplicates->buckets = (void *)((char *)duplicates->memory + to_line);
    return duplicates;
}

void see_duplicates_free(struct see_duplicates *duplicates)
{
    if (duplicates != NULL) {
        free(duplicates->ring);
        free(duplicates->memory);
        free(duplicates);
    }
}

static uint64_t word_at(const uint8_t *octets)
{
    uint64_t word;
    memcpy(&word, octets, sizeof(word));
    return word;
}

/* The beginning and the end of the payload. */
static void sample(const struct see_segment *segment, uint64_t words[2])
{
    if (segment->len >= SAMPLE) {
        words[0] = word_at(segment->payload);
        words[1] = word_at(segment->payload + segment->len - SAMPLE);
    } else if (segment->len > 0) {
        memcpy(words, segment->payload, segment->len);
    }
}

uint64_t see_duplicates_print(const struct see_duplicates *duplicates,
                              const struct see_segment *segment, uint32_t ip_id)
{
    const struct see_hash_weights *weights = &duplicates->weights;
    const uint8_t *source = segment->source.address.octets;
    const uint8_t *destination = segment->destination.address.octets;
    uint64_t words[WORDS_V6] = {
        (uint64_t)segment->seq << 32 | segment->ack,
        (uint64_t)segment->len << 32 | (uint32_t)segment->wire_len,
        (uint64_t)segment->source.port << 48 | (uint64_t)segment->destination.port << 32 |
            (uint64_t)segment->window << 16 | segment->flags,
        (uint64_t)ip_id << 8 | segment->source.address.family,
    };
    sample(segment, words + 4);
    if (segment->source.address.family == 4) {
        memcpy(words + 6, source, 4);
        memcpy((uint8_t *)(words + 6) + 4, destination, 4);
        return see_hash_words(weights, words, WORDS_V4);
    }
    memcpy(words + 6, source, 16);
    memcpy(words + 8, destination, 16);
    return see_hash_words(weights, words, WORDS_V6);
}

static bool is_same_place(const struct packet *packet, uint32_t network, uint8_t ttl)
{
    return packet->network == network || packet->network == 0 || network == 0 || packet->ttl != ttl;
}

/* Stamps are a stranger's: the difference may not fit a signed number. */
static bool is_near(see_time_ns a, see_time_ns b)
{
    uint64_t distance = a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
    return distance <= (uint64_t)WINDOW_NS;
}

static struct bucket *bucket_of(const struct see_duplicates *duplicates, uint64_t print)
{
    return &duplicates->buckets[(print >> 32) & duplicates->bucket_mask];
}

static struct bucket *next_bucket(const struct see_duplicates *duplicates,
                                  const struct bucket *bucket)
{
    size_t next = (size_t)(bucket - duplicates->buckets) + 1;
    return &duplicates->buckets[next & duplicates->bucket_mask];
}

static bool is_old(const struct see_duplicates *duplicates, uint32_t number)
{
    return (uint32_t)duplicates->number - number > (uint32_t)duplicates->limit;
}

/* The packets of this print that were found. */
struct copies {
    int count;
    uint32_t *oldest; /* the number of the oldest */
};

/* Whether the packet at this place is the same one; if it only looks alike it is noted. */
static bool is_same(const struct see_duplicates *duplicates, uint32_t *number,
                    const struct packet *packet, struct copies *copies)
{
    const struct packet *known = &duplicates->ring[*number & duplicates->ring_mask];
    if (is_old(duplicates, *number) || known->print != packet->print) {
        return false;
    }
    if (is_near(known->time_ns, packet->time_ns) &&
        is_same_place(known, packet->network, packet->ttl)) {
        return true;
    }
    copies->count++;
    if (copies->oldest == NULL || (int32_t)(*number - *copies->oldest) < 0) {
        copies->oldest = number;
    }
    return false;
}

static bool find(const struct see_duplicates *duplicates, const struct packet *packet,
                 struct copies *copies)
{
    struct bucket *bucket = bucket_of(duplicates, packet->print);
    for (;;) {
        for (size_t i = 0; i < WAYS; i++) {
            if (bucket->tags[i] == (uint32_t)packet->print &&
                is_same(duplicates, &bucket->numbers[i], packet, copies)) {
                return true;
            }
        }
        if (duplicates->number - bucket->spilled > duplicates->limit) {
            return false;
        }
        bucket = next_bucket(duplicates, bucket);
    }
}

/* Enters the number of a packet into the first free place from its bucket on. */
static void enter(const struct see_duplicates *duplicates, uint64_t print)
{
    struct bucket *bucket = bucket_of(duplicates, print);
    for (;;) {
        for (size_t i = 0; i < WAYS; i++) {
            if (is_old(duplicates, bucket->numbers[i])) {
                bucket->tags[i] = (uint32_t)print;
                bucket->numbers[i] = (uint32_t)duplicates->number;
                return;
            }
        }
        bucket->spilled = duplicates->number;
        bucket = next_bucket(duplicates, bucket);
    }
}

static void remember(struct see_duplicates *duplicates, const struct packet *packet)
{
    if (duplicates->number > 2 * duplicates->limit) {
        uint64_t oldest = duplicates->number - duplicates->limit;
        see_time_ns then = duplicates->ring[oldest & duplicates->ring_mask].time_ns;
        duplicates->forgotten += is_near(then, packet->time_ns);
    }
    enter(duplicates, packet->print);
    duplicates->ring[duplicates->number & duplicates->ring_mask] = *packet;
    duplicates->number++;
}

void see_duplicates_expect(const struct see_duplicates *duplicates, uint64_t print)
{
    __builtin_prefetch(bucket_of(duplicates, print), 1);
}

bool see_duplicates_seen(struct see_duplicates *duplicates, const struct see_segment *segment,
                         uint64_t print, uint8_t ttl)
{
    if (duplicates->limit == 0) {
        return false;
    }
    struct packet packet = {
        .print = print,
        .time_ns = segment->stamp.time_ns,
        .network = see_network_id(segment->network),
        .ttl = ttl,
    };
    struct copies copies = {0, NULL};
    if (find(duplicates, &packet, &copies)) {
        return true;
    }
    if (copies.count >= COPIES_MAX) {
        *copies.oldest = (uint32_t)(duplicates->number - duplicates->limit - 1); /* a free place */
    }
    remember(duplicates, &packet);
    return false;
}

const uint64_t *see_duplicates_forgotten(const struct see_duplicates *duplicates)
{
    return &duplicates->forgotten;
}
