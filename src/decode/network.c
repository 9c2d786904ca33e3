/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void see_networks_init(struct see_networks *networks, const struct see_hash_key *key, size_t limit)
{
    memset(networks, 0, sizeof(*networks));
    see_map_init(&networks->map);
    networks->key = *key;
    networks->limit = limit;
}

static void free_node(struct see_map_node *node, void *ctx)
{
    (void)ctx;
    free(SEE_MAP_RECORD(node, struct see_network, node));
}

void see_networks_finish(struct see_networks *networks)
{
    see_map_drain(&networks->map, free_node, NULL);
    see_map_finish(&networks->map);
    free(networks->other);
    networks->other = NULL;
}

/* How a network is written behind its parent; the tags of one stack are joined by points. */
static int write_text(char *text, size_t size, const struct see_network *parent,
                      enum see_network_kind kind, uint32_t value)
{
    const char *before = parent != NULL ? parent->text : "";
    const char *space = parent != NULL ? " " : "";
    switch (kind) {
    case SEE_NETWORK_OTHER:
        return snprintf(text, size, "other");
    case SEE_NETWORK_VLAN:
        if (parent != NULL && parent->kind == SEE_NETWORK_VLAN) {
            return snprintf(text, size, "%s.%u", before, (unsigned)value);
        }
        return snprintf(text, size, "%s%svlan %u", before, space, (unsigned)value);
    case SEE_NETWORK_VXLAN:
        return snprintf(text, size, "%s%svxlan %u", before, space, (unsigned)value);
    case SEE_NETWORK_GENEVE:
        return snprintf(text, size, "%s%sgeneve %u", before, space, (unsigned)value);
    case SEE_NETWORK_NVGRE:
        return snprintf(text, size, "%s%snvgre %u", before, space, (unsigned)value);
    case SEE_NETWORK_GRE:
        return snprintf(text, size, "%s%sgre 0x%x", before, space, (unsigned)value);
    }
    return -1;
}

static struct see_network *network_new(const struct see_network *parent, enum see_network_kind kind,
                                       uint32_t value)
{
    int len = write_text(NULL, 0, parent, kind, value);
    struct see_network *network = NULL;
    if (len >= 0) {
        network = calloc(1, sizeof(*network) + (size_t)len + 1);
    }
    if (network != NULL) {
        network->parent = see_network_id(parent);
        network->kind = kind;
        network->value = value;
        write_text(network->text, (size_t)len + 1, parent, kind, value);
    }
    return network;
}

static const struct see_network *find(const struct see_networks *networks, uint64_t hash,
                                      uint32_t parent, enum see_network_kind kind, uint32_t value)
{
    struct see_map_node *node = see_map_first(&networks->map, hash);
    for (; node != NULL; node = see_map_next(node)) {
        const struct see_network *network = SEE_MAP_RECORD(node, struct see_network, node);
        if (network->parent == parent && network->kind == kind && network->value == value) {
            return network;
        }
    }
    return NULL;
}

/* Where all go for whom there is no room; its id is the first that the table never gives. */
static const struct see_network *enter_other(struct see_networks *networks)
{
    networks->others++;
    if (networks->other == NULL) {
        networks->other = network_new(NULL, SEE_NETWORK_OTHER, 0);
        if (networks->other != NULL) {
            networks->other->id = (uint32_t)networks->limit + 1;
        }
    }
    return networks->other;
}

const struct see_network *see_networks_enter(struct see_networks *networks,
                                             const struct see_network *parent,
                                             enum see_network_kind kind, uint32_t value)
{
    if (parent != NULL && parent == networks->other) {
        networks->others++;
        return parent;
    }
    uint32_t words[3] = {see_network_id(parent), (uint32_t)kind, value};
    uint64_t hash = see_hash(&networks->key, words, sizeof(words));
    const struct see_network *known = find(networks, hash, words[0], kind, value);
    if (known != NULL) {
        return known;
    }
    if (networks->map.count >= networks->limit) {
        return enter_other(networks);
    }
    struct see_network *network = network_new(parent, kind, value);
    if (network == NULL) {
        return NULL;
    }
    network->id = (uint32_t)networks->map.count + 1;
    if (see_map_add(&networks->map, &network->node, hash) != SEE_OK) {
        free(network);
        return NULL;
    }
    return network;
}
