/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fragments - puts IP datagrams together again (RFC 791, 3.2; RFC 8200, 4.5).
 *
 *     offset   0        1480      2960   3100
 *     seen     [AAAAAAAA]         [CCCC]|          held until the hole fills,
 *                        ........      last        or the datagram is given up
 *
 * The first copy of an octet wins; a later one that differs is counted.  A fragment that the snap
 * length cut counts with the length it had on the wire, and the datagram then ends, for us, where
 * the first octet is missing.
 *
 * At most `limits->fragment_datagrams` and `limits->fragment_octets` are held: the oldest datagram
 * is given up first.  What is older than `limits->fragment_seconds` of capture time is given up
 * too. A datagram that is complete is remembered for a moment, so that a second copy of its last
 * fragment does not begin another one.
 */
#ifndef SEE_DECODE_FRAGMENTS_H
#define SEE_DECODE_FRAGMENTS_H

#include <stdbool.h>

#include "core/address.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/map.h"
#include "core/stamp.h"
#include "core/status.h"

/* One fragment.  Its octets are `len`, of `wire_len` that were on the wire. */
struct see_fragment {
    struct see_address source;
    struct see_address destination;
    uint32_t network;
    uint32_t id;
    uint8_t protocol; /* IPv4: of all fragments; IPv6: that of the first one counts */
    bool is_last;
    size_t offset;
    const uint8_t *octets;
    size_t len;
    size_t wire_len;
    struct see_stamp stamp;
};

/* A datagram put together: the payload of its IP header. */
struct see_datagram {
    struct see_datagram *next; /* the holder's */
    struct see_stamp stamp;    /* of the fragment with the first octet */
    uint8_t protocol;
    size_t len;      /* octets that were captured, without a hole */
    size_t wire_len; /* octets that were on the wire */
    uint8_t *octets;
    size_t part_count;
    struct see_stamp parts[]; /* the frames it came in, in order of offset; `octets` lie behind */
};

enum see_fragments_note {
    SEE_FRAGMENTS_REASSEMBLED,
    SEE_FRAGMENTS_EXPIRED,
    SEE_FRAGMENTS_EVICTED,
    SEE_FRAGMENTS_OVERLAPPING,
    SEE_FRAGMENTS_CONFLICTING,
    SEE_FRAGMENTS_IMPOSSIBLE,
    SEE_FRAGMENTS_NOTES
};

struct see_fragments;

/* NULL when memory ran out. */
struct see_fragments *see_fragments_new(const struct see_limits *limits,
                                        const struct see_hash_key *key);

/*
 * Takes a fragment, whose octets are copied.  *ret_datagram is the datagram that it completes,
 * which is the caller's to free, or NULL.  Fails with SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_fragments_add(struct see_fragments *fragments,
                                     const struct see_fragment *fragment,
                                     struct see_datagram **ret_datagram);

/* What happened so far, by enum see_fragments_note: datagrams, but fragments for the last three. */
const uint64_t *see_fragments_notes(const struct see_fragments *fragments);

void see_fragments_free(struct see_fragments *fragments); /* takes NULL */

#endif
