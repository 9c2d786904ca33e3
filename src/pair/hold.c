/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hold - making, indexing and freeing what pairing holds.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pair/waiting.h"

uint64_t pair_hash_turn(const struct see_pair *pair, uint64_t connection, uint32_t index)
{
    return see_hash_number(&pair->key, (connection << 32) + index);
}

static uint64_t hash_id(const struct see_pair *pair, uint64_t id)
{
    return see_hash_number(&pair->key, id);
}

static uint64_t hash_view(const struct see_pair *pair, struct see_view view)
{
    return see_hash_text(&pair->weights, &pair->key, view.ptr, view.len);
}

/* Of a client whose name has the hash `name`. */
static uint64_t hash_client(const struct see_pair *pair, uint64_t name, uint32_t network)
{
    return name ^ see_hash_number(&pair->key, network);
}

struct asker pair_asker_of(const struct see_pair *pair, const struct see_exchange *exchange)
{
    uint32_t network = see_network_id(exchange->connection->network);
    struct see_view agent = see_message_field(&exchange->request, SEE_LITERAL("User-Agent"), NULL);
    uint64_t name = hash_view(pair, exchange->client);
    return (struct asker){name, hash_client(pair, name, network), hash_view(pair, agent)};
}

uint64_t pair_hash_target(const struct see_pair *pair, uint64_t client, struct see_view uri)
{
    return see_hash_join(client, hash_view(pair, uri));
}

static bool is_named(const struct client *client, struct see_view name, uint32_t network)
{
    struct see_view known = {client->name, client->name_len};
    return client->network == network && see_view_eq(known, name);
}

bool pair_client_is(const struct client *client, const struct see_exchange *exchange)
{
    return is_named(client, exchange->client, see_network_id(exchange->connection->network));
}

static struct client *find_client(const struct see_pair *pair, uint64_t hash, struct see_view name,
                                  uint32_t network)
{
    struct see_map_node *node = see_map_first(&pair->clients, hash);
    for (; node != NULL; node = see_map_next(node)) {
        struct client *client = SEE_MAP_RECORD(node, struct client, node);
        if (is_named(client, name, network)) {
            return client;
        }
    }
    return NULL;
}

struct client *pair_client_find(const struct see_pair *pair, struct see_view name, uint32_t network)
{
    return pair->clients.count > 0
               ? find_client(pair, hash_client(pair, hash_view(pair, name), network), name, network)
               : NULL;
}

struct client *pair_client_of(const struct see_pair *pair, const struct see_exchange *exchange,
                              uint64_t hash)
{
    return find_client(pair, hash, exchange->client, see_network_id(exchange->connection->network));
}

/* The client of R; it is made where there is none. */
static struct client *client_get(struct see_pair *pair, const struct waiting *waiting)
{
    struct see_view name = waiting->exchange->client;
    struct client *client = pair_client_of(pair, waiting->exchange, waiting->asker.client);
    if (client != NULL) {
        return client;
    }
    client = calloc(1, sizeof(*client) + name.len + 1);
    if (client == NULL) {
        return NULL;
    }
    client->network = see_network_id(waiting->exchange->connection->network);
    pair_missed_init(&client->missed);
    client->name_len = name.len;
    if (name.len > 0) {
        memcpy(client->name, name.ptr, name.len);
    }
    TAILQ_INIT(&client->waiting);
    if (see_map_add(&pair->clients, &client->node, waiting->asker.client) != SEE_OK) {
        free(client);
        return NULL;
    }
    return client;
}

struct waiting *pair_waiting_of(const struct see_pair *pair, const struct see_exchange *exchange)
{
    struct see_map_node *node =
        see_map_first(&pair->waiting_by_exchange, hash_id(pair, exchange->id));
    for (; node != NULL; node = see_map_next(node)) {
        struct waiting *waiting = SEE_MAP_RECORD(node, struct waiting, by_exchange);
        if (waiting->exchange == exchange) {
            return waiting;
        }
    }
    return NULL;
}

/* All lines of the name, up to as many as are worth looking at. */
#define LOCATIONS_MAX 4

static int take_locations(const struct see_exchange *exchange, struct see_redirect *record,
                          struct see_targets *targets)
{
    struct see_view lines[LOCATIONS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < exchange->response.field_count; i++) {
        const struct see_field *field = &exchange->response.fields[i];
        if (see_view_eq_nocase(field->name, SEE_LITERAL("Location"))) {
            if (kept < LOCATIONS_MAX) {
                lines[kept++] = field->value;
            }
            record->location_count++;
        }
    }
    if (kept == 0) {
        return SEE_OK;
    }
    record->location = lines[0];
    return see_targets_init(targets, exchange->uri, lines, kept);
}

/* Takes over the targets, and has memory for no more than these. */
static struct waiting *waiting_with(const struct see_targets *targets)
{
    size_t targets_len =
        offsetof(struct see_targets, list) + targets->count * sizeof(targets->list[0]);
    size_t slots_at = offsetof(struct waiting, targets) + targets_len;
    struct waiting *waiting = malloc(slots_at + targets->count * sizeof(struct target_slot));
    if (waiting == NULL) {
        return NULL;
    }
    memset(waiting, 0, offsetof(struct waiting, targets));
    memcpy(&waiting->targets, targets, targets_len);
    waiting->slots = (struct target_slot *)(void *)((char *)waiting + slots_at);
    return waiting;
}

int pair_waiting_new(struct see_pair *pair, struct see_exchange *exchange,
                     struct waiting **ret_waiting)
{
    struct see_targets targets = {.count = 0};
    struct see_redirect record = {.exchange = exchange};
    see_text_init(&targets.text);
    int status = take_locations(exchange, &record, &targets);
    if (status != SEE_OK) {
        return status;
    }
    struct waiting *waiting = waiting_with(&targets);
    if (waiting == NULL || see_map_add(&pair->waiting_by_exchange, &waiting->by_exchange,
                                       hash_id(pair, exchange->id)) != SEE_OK) {
        see_targets_finish(&targets);
        free(waiting);
        return SEE_ENOMEM;
    }
    waiting->record = record;
    TAILQ_INIT(&waiting->edges);
    waiting->exchange = see_exchange_ref(exchange);
    waiting->asker = pair_asker_of(pair, exchange);
    waiting->state = WAITING_SETTLING;
    waiting->least_loss = LOSS_NONE;
    if (waiting->targets.count > 0) {
        waiting->record.target_uri = waiting->targets.list[0].uri;
        waiting->record.is_plain = waiting->targets.is_plain;
    }
    waiting->record.id = ++pair->next_id;
    TAILQ_INSERT_TAIL(&pair->lists[WAITING_SETTLING], waiting, in_order);
    *ret_waiting = waiting;
    return SEE_OK;
}

void pair_waiting_move(struct see_pair *pair, struct waiting *waiting, enum waiting_state state)
{
    if (pair->untallied == waiting) {
        pair->untallied = TAILQ_NEXT(waiting, in_order);
    }
    TAILQ_REMOVE(&pair->lists[waiting->state], waiting, in_order);
    TAILQ_INSERT_TAIL(&pair->lists[state], waiting, in_order);
    waiting->state = state;
}

struct target_slot *pair_target_newest(const struct see_pair *pair, uint64_t hash)
{
    struct see_map_node *node = see_map_first(&pair->targets, hash);
    return node != NULL ? SEE_MAP_RECORD(node, struct target_slot, node) : NULL;
}

static int slot_add(struct see_pair *pair, struct target_slot *slot, uint64_t hash)
{
    struct target_slot *head = pair_target_newest(pair, hash);
    slot->newer = NULL;
    slot->older = head;
    if (head == NULL) {
        return see_map_add(&pair->targets, &slot->node, hash);
    }
    see_map_replace(&pair->targets, &head->node, &slot->node);
    head->newer = slot;
    return SEE_OK;
}

static void slot_remove(struct see_pair *pair, struct target_slot *slot)
{
    if (slot->older != NULL) {
        slot->older->newer = slot->newer;
    }
    if (slot->newer != NULL) {
        slot->newer->older = slot->older;
    } else if (slot->older != NULL) {
        see_map_replace(&pair->targets, &slot->node, &slot->older->node);
    } else {
        see_map_remove(&pair->targets, &slot->node);
    }
}

static bool has_slot(const struct waiting *waiting, uint64_t hash)
{
    for (size_t i = 0; i < waiting->slot_count; i++) {
        if (waiting->slots[i].node.hash == hash) {
            return true;
        }
    }
    return false;
}

static int index_targets(struct see_pair *pair, struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->targets.count; i++) {
        uint64_t hash =
            pair_hash_target(pair, waiting->client->node.hash, waiting->targets.list[i].normal);
        if (has_slot(waiting, hash)) {
            continue;
        }
        struct target_slot *slot = &waiting->slots[waiting->slot_count];
        slot->waiting = waiting;
        int status = slot_add(pair, slot, hash);
        if (status != SEE_OK) {
            return status;
        }
        waiting->slot_count++;
    }
    return SEE_OK;
}

/* Makes a new redirect wait: from here on requests find it. */
int pair_waiting_index(struct see_pair *pair, struct waiting *waiting)
{
    const struct see_exchange *exchange = waiting->exchange;
    struct client *client = client_get(pair, waiting);
    if (client == NULL) {
        return SEE_ENOMEM;
    }
    uint64_t turn = pair_hash_turn(pair, exchange->connection->id, exchange->index + 1);
    int status = see_map_add(&pair->waiting_by_connection, &waiting->by_connection, turn);
    if (status != SEE_OK) {
        if (client->count == 0) {
            see_map_remove(&pair->clients, &client->node);
            free(client);
        }
        return status;
    }
    waiting->client = client;
    waiting->held = exchange->held + waiting->targets.text.size;
    pair->held += waiting->held;
    client->count++;
    pair->open_count++;
    TAILQ_INSERT_TAIL(&client->waiting, waiting, in_client);
    pair_waiting_move(pair, waiting, WAITING_OPEN);
    return index_targets(pair, waiting);
}

/* No request finds it from here on; those that have stay. */
void pair_waiting_hide(struct see_pair *pair, struct waiting *waiting)
{
    for (size_t i = 0; i < waiting->slot_count; i++) {
        slot_remove(pair, &waiting->slots[i]);
    }
    waiting->slot_count = 0;
}

/* It waits no more: no request finds it, and those that had are let go. */
void pair_waiting_unindex(struct see_pair *pair, struct waiting *waiting)
{
    struct client *client = waiting->client;
    if (client == NULL) {
        return;
    }
    pair_waiting_hide(pair, waiting);
    see_map_remove(&pair->waiting_by_connection, &waiting->by_connection);
    pair_edges_free(pair, &waiting->edges);
    TAILQ_REMOVE(&client->waiting, waiting, in_client);
    pair_waiting_move(pair, waiting, WAITING_SETTLING);
    waiting->client = NULL;
    pair->held -= waiting->held;
    pair->open_count--;
    if (--client->count == 0) {
        see_map_remove(&pair->clients, &client->node);
        free(client);
    }
}

void pair_waiting_free(struct see_pair *pair, struct waiting *waiting)
{
    pair_waiting_unindex(pair, waiting);
    TAILQ_REMOVE(&pair->lists[waiting->state], waiting, in_order);
    see_map_remove(&pair->waiting_by_exchange, &waiting->by_exchange);
    if (waiting->origin != NULL) {
        waiting->origin->successor = NULL;
    }
    if (waiting->followup != NULL) {
        waiting->followup->bound = NULL;
    }
    pair_chain_unref(waiting->chain);
    see_targets_finish(&waiting->targets);
    see_exchange_unref(waiting->exchange);
    free(waiting);
}

struct candidate *pair_candidate_of(const struct see_pair *pair,
                                    const struct see_exchange *exchange)
{
    struct see_map_node *node = see_map_first(&pair->candidates, hash_id(pair, exchange->id));
    for (; node != NULL; node = see_map_next(node)) {
        struct candidate *candidate = SEE_MAP_RECORD(node, struct candidate, by_exchange);
        if (candidate->exchange == exchange) {
            return candidate;
        }
    }
    return NULL;
}

int pair_candidate_new(struct see_pair *pair, struct see_exchange *exchange,
                       struct candidate **ret_candidate)
{
    struct candidate *candidate = calloc(1, sizeof(*candidate));
    if (candidate == NULL) {
        return SEE_ENOMEM;
    }
    int status =
        see_map_add(&pair->candidates, &candidate->by_exchange, hash_id(pair, exchange->id));
    if (status != SEE_OK) {
        free(candidate);
        return status;
    }
    TAILQ_INIT(&candidate->edges);
    candidate->least_loss = LOSS_NONE;
    candidate->exchange = see_exchange_ref(exchange);
    candidate->held = exchange->held;
    pair->held += candidate->held;
    TAILQ_INSERT_TAIL(&pair->undecided, candidate, in_order);
    pair->candidate_count++;
    *ret_candidate = candidate;
    return SEE_OK;
}

void pair_candidate_free(struct see_pair *pair, struct candidate *candidate)
{
    if (!candidate->is_decided) {
        TAILQ_REMOVE(&pair->undecided, candidate, in_order);
        pair->candidate_count--;
    }
    pair->held -= candidate->held;
    pair_edges_free(pair, &candidate->edges);
    see_map_remove(&pair->candidates, &candidate->by_exchange);
    if (candidate->successor != NULL) {
        candidate->successor->origin = NULL;
    }
    pair_chain_unref(candidate->chain);
    see_exchange_unref(candidate->exchange);
    free(candidate);
}

int pair_edge_new(struct see_pair *pair, struct edge edge)
{
    if (edge.waiting->edge_count == pair->limits.candidates) {
        pair->counts[PAIR_CANDIDATES_DROPPED].value++;
        return SEE_OK;
    }
    struct edge *kept = malloc(sizeof(*kept));
    if (kept == NULL) {
        return SEE_ENOMEM;
    }
    *kept = edge;
    pair_weigh_heads(kept);
    kept->score = pair_score(kept, NULL);
    edge.waiting->edge_count++;
    TAILQ_INSERT_TAIL(&edge.waiting->edges, kept, of_waiting);
    TAILQ_INSERT_TAIL(&edge.candidate->edges, kept, of_candidate);
    return SEE_OK;
}

const struct edge *pair_edge_between(const struct waiting *waiting,
                                     const struct candidate *candidate)
{
    const struct edge *edge;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        if (edge->waiting == waiting) {
            return edge;
        }
    }
    return NULL;
}

/* Frees all edges of one end, and takes them out at the other. */
void pair_edges_free(struct see_pair *pair, struct edge_list *edges)
{
    struct edge *edge;
    while ((edge = TAILQ_FIRST(edges)) != NULL) {
        struct waiting *waiting = edge->waiting; /* NOLINT(clang-analyzer-unix.Malloc): see below */
        waiting->edge_count--;
        TAILQ_REMOVE(&waiting->edges, edge, of_waiting);
        TAILQ_REMOVE(&edge->candidate->edges, edge, of_candidate);
        if (edge->candidate->chosen == edge) {
            edge->candidate->chosen = NULL;
        }
        /* One of the two removals took it off `edges`, which the analyzer cannot see. */
        free(edge); /* NOLINT(clang-analyzer-unix.Malloc) */
        if (waiting->state == WAITING_OVERDUE && waiting->edge_count == 0) {
            pair_waiting_move(pair, waiting, WAITING_CLOSING);
        }
    }
}

/* Weighs them anew: something was learnt about the redirect. */
void pair_edges_weigh(struct waiting *waiting)
{
    struct edge *edge;
    TAILQ_FOREACH(edge, &waiting->edges, of_waiting)
    {
        edge->score = pair_score(edge, NULL);
        edge->has_content_weight = false;
    }
}
