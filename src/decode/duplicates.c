/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "core/time.h"

/* Copies of a packet come within this time of one another: more than any mirror delays. */
#define WINDOW_NS (100 * SEE_NS_PER_MS)

#define NOBODY UINT32_MAX

/* Equal packets that are looked at: somebody may send the same one for ever. */
#define COPIES_MAX 16

/* Octets of the payload that are looked at, at its beginning and at its end. */
#define SAMPLE 8

struct packet {
    uint64_t print; /* a hash of all that makes it what it is */
    see_time_ns time_ns;
    uint32_t network;
    uint32_t next;  /* in the chain of its slot, older ones; NOBODY at the end */
    uint32_t newer; /* the other way; NOBODY at the head */
    uint8_t ttl;
};

struct see_duplicates {
    struct see_hash_key key;
    uint32_t limit;
    uint32_t slot_count; /* a power of two */
    uint32_t count;
    uint32_t oldest; /* where the next one goes, once the ring is full */
    uint32_t *slots;
    uint64_t forgotten;
    struct packet ring[];
};

struct see_duplicates *see_duplicates_new(const struct see_hash_key *key, size_t limit)
{
    struct see_duplicates *duplicates =
        calloc(1, sizeof(*duplicates) + limit * sizeof(struct packet));
    if (duplicates == NULL) {
        return NULL;
    }
    duplicates->key = *key;
    duplicates->limit = (uint32_t)limit;
    duplicates->slot_count = 1;
    while (duplicates->slot_count < limit) {
        duplicates->slot_count *= 2;
    }
    duplicates->slots = malloc(duplicates->slot_count * sizeof(uint32_t));
    if (duplicates->slots == NULL) {
        free(duplicates);
        return NULL;
    }
    memset(duplicates->slots, 0xFF, duplicates->slot_count * sizeof(uint32_t));
    return duplicates;
}

void see_duplicates_free(struct see_duplicates *duplicates)
{
    if (duplicates != NULL) {
        free(duplicates->slots);
        free(duplicates);
    }
}

static uint64_t print_of(const struct see_hash_key *key, const struct see_segment *segment,
                         uint32_t ip_id)
{
    struct {
        uint8_t addresses[32];
        uint16_t ports[2];
        uint32_t seq, ack, ip_id;
        uint32_t len, wire_len;
        uint8_t samples[2 * SAMPLE];
        uint16_t window;
        uint16_t flags;
    } words;
    _Static_assert(sizeof(words) == 32 + 4 + 12 + 8 + 2 * SAMPLE + 4, "nothing unset is hashed");
    /* At the end of their room, so that the short ones of IPv4 cost less. */
    size_t address_len = segment->source.address.family == 4 ? 4 : 16;
    size_t unused = sizeof(words.addresses) - 2 * address_len;
    memcpy(words.addresses + unused, segment->source.address.octets, address_len);
    memcpy(words.addresses + unused + address_len, segment->destination.address.octets,
           address_len);
    words.ports[0] = segment->source.port;
    words.ports[1] = segment->destination.port;
    words.seq = segment->seq;
    words.ack = segment->ack;
    words.ip_id = ip_id;
    words.len = (uint32_t)segment->len;
    words.wire_len = (uint32_t)segment->wire_len;
    words.window = segment->window;
    words.flags = segment->flags;
    size_t sample = segment->len < SAMPLE ? segment->len : SAMPLE;
    memset(words.samples, 0, sizeof(words.samples));
    if (sample > 0) {
        memcpy(words.samples, segment->payload, sample);
        memcpy(words.samples + SAMPLE, segment->payload + segment->len - sample, sample);
    }
    return see_hash(key, (const uint8_t *)&words + unused, sizeof(words) - unused);
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

static uint32_t *slot_of(struct see_duplicates *duplicates, uint64_t print)
{
    return &duplicates->slots[(uint32_t)print & (duplicates->slot_count - 1)];
}

/* The place of the oldest packet, which is the last one of its chain. */
static uint32_t make_room(struct see_duplicates *duplicates, see_time_ns now)
{
    if (duplicates->count < duplicates->limit) {
        return duplicates->count++;
    }
    uint32_t place = duplicates->oldest;
    duplicates->oldest = place + 1 < duplicates->limit ? place + 1 : 0;
    const struct packet *packet = &duplicates->ring[place];
    if (packet->newer == NOBODY) {
        *slot_of(duplicates, packet->print) = NOBODY;
    } else {
        duplicates->ring[packet->newer].next = NOBODY;
    }
    duplicates->forgotten += is_near(packet->time_ns, now);
    return place;
}

bool see_duplicates_seen(struct see_duplicates *duplicates, const struct see_segment *segment,
                         uint32_t ip_id, uint8_t ttl)
{
    if (duplicates->limit == 0) {
        return false;
    }
    uint64_t print = print_of(&duplicates->key, segment, ip_id);
    uint32_t network = see_network_id(segment->network);
    uint32_t *slot = slot_of(duplicates, print);
    int copies = 0;
    for (uint32_t i = *slot; i != NOBODY && copies < COPIES_MAX; i = duplicates->ring[i].next) {
        const struct packet *packet = &duplicates->ring[i];
        if (packet->print != print) {
            continue;
        }
        if (is_near(packet->time_ns, segment->stamp.time_ns) &&
            is_same_place(packet, network, ttl)) {
            return true;
        }
        copies++;
    }
    uint32_t place = make_room(duplicates, segment->stamp.time_ns);
    if (*slot != NOBODY) {
        duplicates->ring[*slot].newer = place;
    }
    duplicates->ring[place] = (struct packet){.print = print,
                                              .time_ns = segment->stamp.time_ns,
                                              .network = network,
                                              .next = *slot,
                                              .newer = NOBODY,
                                              .ttl = ttl};
    *slot = place;
    return false;
}

const uint64_t *see_duplicates_forgotten(const struct see_duplicates *duplicates)
{
    return &duplicates->forgotten;
}
