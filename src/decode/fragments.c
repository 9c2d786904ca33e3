/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/fragments.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/timeline.h"

/* No datagram is longer (the length field), nor is one of TCP cut in more pieces. */
#define DATAGRAM_MAX ((size_t)65535)
#define PIECES_MAX 256

/* How long after its completion another copy of a fragment is taken for one. */
#define DUPLICATE_NS (100 * SEE_NS_PER_MS)

/* Octets [start, start + wire_len), of which the first `len` were captured. */
struct piece {
    TAILQ_ENTRY(piece) entry;
    size_t start;
    size_t len;
    size_t wire_len;
    struct see_stamp stamp; /* the frame it came in */
    uint8_t octets[];
};

TAILQ_HEAD(pieces, piece);

#define KEY_OCTETS (17 + 17 + 4 + 4 + 1)

struct assembly {
    struct see_map_node node;
    TAILQ_ENTRY(assembly) entry;
    uint8_t key[KEY_OCTETS];
    uint8_t protocol;
    bool is_done;           /* nothing is held any more */
    see_time_ns since;      /* when it began, or when it was done */
    struct see_stamp stamp; /* of the first octet */
    size_t total;           /* the length; 0: not known */
    size_t seen;            /* octets on the wire that the pieces stand for */
    size_t count;
    struct pieces pieces; /* in order, none overlapping */
};

TAILQ_HEAD(assemblies, assembly);

struct see_fragments {
    struct see_limits limits;
    struct see_hash_key hash_key;
    struct see_map map;
    struct assemblies oldest_first;
    size_t held; /* memory of all pieces */
    struct see_timeline clock;
    uint64_t notes[SEE_FRAGMENTS_NOTES];
};

struct see_fragments *see_fragments_new(const struct see_limits *limits,
                                        const struct see_hash_key *key)
{
    struct see_fragments *fragments = calloc(1, sizeof(*fragments));
    if (fragments != NULL) {
        fragments->limits = *limits;
        fragments->hash_key = *key;
        see_timeline_init(&fragments->clock);
        see_map_init(&fragments->map);
        TAILQ_INIT(&fragments->oldest_first);
    }
    return fragments;
}

const uint64_t *see_fragments_notes(const struct see_fragments *fragments)
{
    return fragments->notes;
}

static size_t size_of(const struct piece *piece)
{
    return sizeof(*piece) + piece->len;
}

static void drop_pieces(struct see_fragments *fragments, struct assembly *assembly)
{
    struct piece *piece;
    while ((piece = TAILQ_FIRST(&assembly->pieces)) != NULL) {
        TAILQ_REMOVE(&assembly->pieces, piece, entry);
        fragments->held -= size_of(piece);
        free(piece);
    }
}

static void drop(struct see_fragments *fragments, struct assembly *assembly)
{
    drop_pieces(fragments, assembly);
    TAILQ_REMOVE(&fragments->oldest_first, assembly, entry);
    see_map_remove(&fragments->map, &assembly->node);
    free(assembly);
}

void see_fragments_free(struct see_fragments *fragments)
{
    if (fragments == NULL) {
        return;
    }
    while (!TAILQ_EMPTY(&fragments->oldest_first)) {
        drop(fragments, TAILQ_FIRST(&fragments->oldest_first));
    }
    see_map_finish(&fragments->map);
    free(fragments);
}

/* Stamps are a stranger's: the difference may not fit a signed number. */
static uint64_t age_of(const struct see_fragments *fragments, const struct assembly *assembly)
{
    return (uint64_t)fragments->clock.now - (uint64_t)assembly->since;
}

static void give_up(struct see_fragments *fragments, struct assembly *assembly,
                    enum see_fragments_note note)
{
    if (!assembly->is_done) {
        fragments->notes[note]++;
    }
    drop(fragments, assembly);
}

/* Gives up what is too old; the list is in order of `since`, since time only moves on. */
static void expire(struct see_fragments *fragments, see_time_ns now)
{
    see_timeline_move(&fragments->clock, now);
    struct assembly *assembly;
    while ((assembly = TAILQ_FIRST(&fragments->oldest_first)) != NULL &&
           age_of(fragments, assembly) / SEE_NS_PER_S >= fragments->limits.fragment_seconds) {
        give_up(fragments, assembly, SEE_FRAGMENTS_EXPIRED);
    }
}

static void make_room(struct see_fragments *fragments, size_t more)
{
    struct assembly *assembly;
    while ((assembly = TAILQ_FIRST(&fragments->oldest_first)) != NULL &&
           (fragments->map.count + more > fragments->limits.fragment_datagrams ||
            fragments->held > fragments->limits.fragment_octets)) {
        give_up(fragments, assembly, SEE_FRAGMENTS_EVICTED);
    }
}

static void write_address(uint8_t *octets, const struct see_address *address)
{
    octets[0] = address->family;
    memcpy(octets + 1, address->octets, sizeof(address->octets));
}

static void write_key(uint8_t key[KEY_OCTETS], const struct see_fragment *fragment)
{
    write_address(key, &fragment->source);
    write_address(key + 17, &fragment->destination);
    memcpy(key + 34, &fragment->network, 4);
    memcpy(key + 38, &fragment->id, 4);
    key[42] = fragment->source.family == 4 ? fragment->protocol : 0;
}

static struct assembly *find(const struct see_fragments *fragments, const uint8_t *key,
                             uint64_t hash)
{
    struct see_map_node *node = see_map_first(&fragments->map, hash);
    for (; node != NULL; node = see_map_next(node)) {
        struct assembly *assembly = SEE_MAP_RECORD(node, struct assembly, node);
        if (memcmp(assembly->key, key, KEY_OCTETS) == 0) {
            return assembly;
        }
    }
    return NULL;
}

static struct assembly *assembly_new(struct see_fragments *fragments, const uint8_t *key,
                                     uint64_t hash)
{
    make_room(fragments, 1);
    struct assembly *assembly = calloc(1, sizeof(*assembly));
    if (assembly == NULL) {
        return NULL;
    }
    memcpy(assembly->key, key, KEY_OCTETS);
    assembly->since = fragments->clock.now;
    TAILQ_INIT(&assembly->pieces);
    if (see_map_add(&fragments->map, &assembly->node, hash) != SEE_OK) {
        free(assembly);
        return NULL;
    }
    TAILQ_INSERT_TAIL(&fragments->oldest_first, assembly, entry);
    return assembly;
}

/* The datagram of a fragment, which may just begin; NULL when memory ran out. */
static struct assembly *assembly_of(struct see_fragments *fragments,
                                    const struct see_fragment *fragment)
{
    uint8_t key[KEY_OCTETS];
    write_key(key, fragment);
    uint64_t hash = see_hash(&fragments->hash_key, key, sizeof(key));
    struct assembly *assembly = find(fragments, key, hash);
    if (assembly != NULL && assembly->is_done &&
        age_of(fragments, assembly) > (uint64_t)DUPLICATE_NS) {
        drop(fragments, assembly);
        assembly = NULL;
    }
    return assembly != NULL ? assembly : assembly_new(fragments, key, hash);
}

/* Puts in octets [from, to) of the fragment, which nobody has yet, in front of `next`. */
static int insert(struct see_fragments *fragments, struct assembly *assembly,
                  const struct see_fragment *fragment, size_t from, size_t to, struct piece *next)
{
    size_t skip = from - fragment->offset;
    size_t left = skip < fragment->len ? fragment->len - skip : 0;
    size_t len = left < to - from ? left : to - from;
    struct piece *piece = malloc(sizeof(*piece) + len);
    if (piece == NULL) {
        return SEE_ENOMEM;
    }
    piece->start = from;
    piece->len = len;
    piece->wire_len = to - from;
    piece->stamp = fragment->stamp;
    if (len > 0) {
        memcpy(piece->octets, fragment->octets + skip, len);
    }
    if (next != NULL) {
        TAILQ_INSERT_BEFORE(next, piece, entry);
    } else {
        TAILQ_INSERT_TAIL(&assembly->pieces, piece, entry);
    }
    assembly->seen += piece->wire_len;
    assembly->count++;
    fragments->held += size_of(piece);
    return SEE_OK;
}

/* Whether the octets that both have and that were captured are the same. */
static bool is_same(const struct piece *piece, const struct see_fragment *fragment)
{
    size_t piece_end = piece->start + piece->len;
    size_t fragment_end = fragment->offset + fragment->len;
    size_t from = piece->start > fragment->offset ? piece->start : fragment->offset;
    size_t to = piece_end < fragment_end ? piece_end : fragment_end;
    return from >= to || memcmp(piece->octets + (from - piece->start),
                                fragment->octets + (from - fragment->offset), to - from) == 0;
}

/* Puts in what is not there yet. */
static int add_pieces(struct see_fragments *fragments, struct assembly *assembly,
                      const struct see_fragment *fragment)
{
    size_t from = fragment->offset;
    size_t end = fragment->offset + fragment->wire_len;
    bool is_overlapping = false;
    bool is_conflicting = false;
    int rc = SEE_OK;
    struct piece *last = TAILQ_LAST(&assembly->pieces, pieces);
    /* Mostly they come in order: then there is no need to walk. */
    bool is_behind = last == NULL || last->start + last->wire_len <= from;
    struct piece *piece = is_behind ? NULL : TAILQ_FIRST(&assembly->pieces);
    for (; rc == SEE_OK && piece != NULL && piece->start < end; piece = TAILQ_NEXT(piece, entry)) {
        size_t piece_end = piece->start + piece->wire_len;
        if (piece_end <= from) {
            continue;
        }
        is_overlapping = true;
        is_conflicting = is_conflicting || !is_same(piece, fragment);
        if (piece->start > from) {
            rc = insert(fragments, assembly, fragment, from, piece->start, piece);
        }
        from = piece_end;
    }
    if (rc == SEE_OK && from < end) {
        rc = insert(fragments, assembly, fragment, from, end, piece);
    }
    fragments->notes[SEE_FRAGMENTS_OVERLAPPING] += is_overlapping;
    fragments->notes[SEE_FRAGMENTS_CONFLICTING] += is_conflicting;
    return rc;
}

/* A fragment that cannot belong to the datagram as it is known: past its end, or past any end. */
static bool is_impossible(const struct assembly *assembly, const struct see_fragment *fragment)
{
    size_t end = fragment->offset + fragment->wire_len;
    if (end > DATAGRAM_MAX || fragment->wire_len == 0 || assembly->count >= PIECES_MAX) {
        return true;
    }
    const struct piece *last = TAILQ_LAST(&assembly->pieces, pieces);
    size_t top = last != NULL ? last->start + last->wire_len : 0;
    if (assembly->total != 0) {
        return end > assembly->total || (fragment->is_last && end != assembly->total);
    }
    return fragment->is_last && end < top;
}

/* Makes the datagram of the pieces, which cover all of it. */
static struct see_datagram *datagram_new(const struct assembly *assembly)
{
    size_t head_len = sizeof(struct see_datagram) + assembly->count * sizeof(struct see_stamp);
    struct see_datagram *datagram = malloc(head_len + assembly->total);
    if (datagram == NULL) {
        return NULL;
    }
    *datagram = (struct see_datagram){.stamp = assembly->stamp,
                                      .protocol = assembly->protocol,
                                      .wire_len = assembly->total,
                                      .octets = (uint8_t *)datagram + head_len};
    const struct piece *piece;
    TAILQ_FOREACH(piece, &assembly->pieces, entry)
    {
        datagram->parts[datagram->part_count++] = piece->stamp;
    }
    TAILQ_FOREACH(piece, &assembly->pieces, entry)
    {
        if (piece->len > 0) {
            memcpy(datagram->octets + piece->start, piece->octets, piece->len);
        }
        datagram->len = piece->start + piece->len;
        if (piece->len < piece->wire_len) {
            break;
        }
    }
    return datagram;
}

/* The datagram was put together: only that it was is remembered. */
static void finish(struct see_fragments *fragments, struct assembly *assembly)
{
    drop_pieces(fragments, assembly);
    assembly->is_done = true;
    assembly->since = fragments->clock.now;
    TAILQ_REMOVE(&fragments->oldest_first, assembly, entry);
    TAILQ_INSERT_TAIL(&fragments->oldest_first, assembly, entry);
    fragments->notes[SEE_FRAGMENTS_REASSEMBLED]++;
}

static int add(struct see_fragments *fragments, struct assembly *assembly,
               const struct see_fragment *fragment, struct see_datagram **ret_datagram)
{
    if (fragment->offset == 0 && !see_stamp_is_set(assembly->stamp)) {
        assembly->stamp = fragment->stamp;
        assembly->protocol = fragment->protocol;
    }
    if (fragment->is_last) {
        assembly->total = fragment->offset + fragment->wire_len;
    }
    int rc = add_pieces(fragments, assembly, fragment);
    if (rc == SEE_OK && assembly->total != 0 && assembly->seen == assembly->total) {
        *ret_datagram = datagram_new(assembly);
        rc = *ret_datagram != NULL ? SEE_OK : SEE_ENOMEM;
        finish(fragments, assembly);
    }
    make_room(fragments, 0);
    return rc;
}

int see_fragments_add(struct see_fragments *fragments, const struct see_fragment *fragment,
                      struct see_datagram **ret_datagram)
{
    *ret_datagram = NULL;
    expire(fragments, fragment->stamp.time_ns);
    struct assembly *assembly = assembly_of(fragments, fragment);
    if (assembly == NULL) {
        return SEE_ENOMEM;
    }
    if (assembly->is_done) {
        fragments->notes[SEE_FRAGMENTS_OVERLAPPING]++;
        return SEE_OK;
    }
    if (is_impossible(assembly, fragment)) {
        fragments->notes[SEE_FRAGMENTS_IMPOSSIBLE]++;
        return SEE_OK;
    }
    return add(fragments, assembly, fragment, ret_datagram);
}
