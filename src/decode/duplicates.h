/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * duplicates - the same packet, seen at two places.
 *
 * `-i any`, a mirror of both ports, a tunnel together with what comes out of it: one packet is
 * captured twice, moments apart.  It is the same when addresses, ports, IP id, numbers, flags,
 * lengths and samples of the payload are, and then its network decides:
 *
 *     the same network                                       the same packet
 *     one of the two has none: before and after the tag      the same packet
 *     different ones, and another TTL: it was routed         the same packet
 *     different ones, and the same TTL                       two packets
 *
 * Within one network a second copy would do little harm, since the stream room drops octets that
 * it had; in two networks it would be another connection, with all its findings again.  A true
 * retransmission has another IP id, or is one whose first copy we have.  (A file that is read
 * twice brings its copies much later: that is for the stream room, which knows the connections.)
 *
 * A ring of the latest `limits->recent_segments`, and buckets of one cache line by hash, so that a
 * packet that was never seen costs that line and the next place of the ring:
 *
 *     bucket  [tag][tag][tag]...  numbers of packets; those that are as old as the limit are free
 *     ring    [..][..][..][..]    by number; the oldest is written over
 *
 * A bucket that is full spills into the next one, and knows the last number for which it did, so
 * that what is remembered does not depend on the key of the run.
 */
#ifndef SEE_DECODE_DUPLICATES_H
#define SEE_DECODE_DUPLICATES_H

#include <stdbool.h>

#include "core/hash.h"
#include "decode/segment.h"

struct see_duplicates;

/* NULL when memory ran out.  With a `limit` of 0 no packet is ever taken for another. */
struct see_duplicates *see_duplicates_new(const struct see_hash_key *key, size_t limit);

/* A hash of all that makes a packet what it is. */
uint64_t see_duplicates_print(const struct see_duplicates *duplicates,
                              const struct see_segment *segment, uint32_t ip_id);

/* A packet of this print comes soon: what is needed for it is fetched. */
void see_duplicates_expect(const struct see_duplicates *duplicates, uint64_t print);

/* Whether this packet was seen just now; if not, it is remembered. */
bool see_duplicates_seen(struct see_duplicates *duplicates, const struct see_segment *segment,
                         uint64_t print, uint8_t ttl);

/* How many were forgotten while a copy of them could still have come. */
const uint64_t *see_duplicates_forgotten(const struct see_duplicates *duplicates);

void see_duplicates_free(struct see_duplicates *duplicates); /* takes NULL */

#endif
