/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * network - the VLAN or tunnel that keeps equal addresses apart.
 *
 * Two customers of one carrier may both use 10.0.0.1.  What tells their packets apart is written
 * around them, and becomes part of who talks to whom:
 *
 *     VLAN id (each of a stack), VXLAN and GENEVE VNI, NVGRE VSID, GRE key      a network
 *     MPLS label, GTP TEID, PPPoE session, ERSPAN session, PPTP call            none
 *
 * The second row names a direction, a path or a mirror, not a place: the answer to a packet has
 * another one, so a connection would fall in two.
 *
 * Networks are interned: one record each, the same in all frames of the run, so that pointers and
 * ids compare.  The table is bounded; what comes past its limit shares the network "other".
 */
#ifndef SEE_DECODE_NETWORK_H
#define SEE_DECODE_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "core/hash.h"
#include "core/map.h"

enum see_network_kind {
    SEE_NETWORK_OTHER,
    SEE_NETWORK_VLAN,
    SEE_NETWORK_VXLAN,
    SEE_NETWORK_GENEVE,
    SEE_NETWORK_NVGRE,
    SEE_NETWORK_GRE,
};

struct see_network {
    uint32_t id;     /* within the run, from 1 in the order of first frames */
    uint32_t parent; /* the id of the network around it; 0: none */
    uint32_t value;  /* the number on the wire */
    enum see_network_kind kind;
    struct see_map_node node; /* the table's own */
    char text[];              /* "vlan 7", "vlan 9.7", "vxlan 42", "vlan 9 gre 0x1" */
};

struct see_networks {
    struct see_map map;
    struct see_hash_key key;
    size_t limit;
    struct see_network *other; /* NULL until the limit is reached */
    uint64_t others;           /* how often it was the answer */
};

/* The id for keys: 0 without a network. */
static inline uint32_t see_network_id(const struct see_network *network)
{
    return network != NULL ? network->id : 0;
}

void see_networks_init(struct see_networks *networks, const struct see_hash_key *key, size_t limit);
void see_networks_finish(struct see_networks *networks);

/*
 * The network of this kind and number inside of `parent` (NULL: none); it lives as long as the
 * table.  At the limit it is the network "other".  NULL when memory ran out.
 */
const struct see_network *see_networks_enter(struct see_networks *networks,
                                             const struct see_network *parent,
                                             enum see_network_kind kind, uint32_t value);

#endif
