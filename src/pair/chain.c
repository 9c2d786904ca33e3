/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "pair/waiting.h"

struct chain *pair_chain_new(uint64_t id)
{
    struct chain *chain = calloc(1, sizeof(*chain));
    if (chain != NULL) {
        chain->id = id;
        chain->refs = 1;
    }
    return chain;
}

struct chain *pair_chain_ref(struct chain *chain)
{
    chain->refs++;
    return chain;
}

void pair_chain_unref(struct chain *chain)
{
    if (chain != NULL && --chain->refs == 0) {
        free(chain->visits);
        free(chain);
    }
}

/*
 * The same request again: method, URI and cookies.  A login that bounces but sets a cookie each
 * round makes progress, and is no cycle.
 */
static uint64_t hash_of_request(struct see_pair *pair, const struct see_exchange *exchange,
                                uint64_t *ret_plain)
{
    struct see_text *text = &pair->scratch;
    see_text_clear(text);
    see_text_add(text, exchange->method);
    see_text_add_char(text, ' ');
    see_text_add(text, exchange->uri);
    *ret_plain = see_hash(&pair->key, text->ptr, text->len);
    if (!see_message_may_have(&exchange->request, SEE_LITERAL("Cookie"))) {
        return *ret_plain;
    }
    for (size_t i = 0; i < exchange->request.field_count; i++) {
        const struct see_field *field = &exchange->request.fields[i];
        if (see_view_eq_nocase(field->name, SEE_LITERAL("Cookie"))) {
            see_text_add_char(text, '\n');
            see_text_add(text, field->value);
        }
    }
    return see_hash(&pair->key, text->ptr, text->len);
}

static struct visit *find_visit(struct chain *chain, uint64_t hash)
{
    for (size_t i = 0; i < chain->visit_count; i++) {
        if (chain->visits[i].hash == hash) {
            return &chain->visits[i];
        }
    }
    return NULL;
}

static bool has_plain(const struct chain *chain, uint64_t plain)
{
    for (size_t i = 0; i < chain->visit_count; i++) {
        if (chain->visits[i].plain == plain) {
            return true;
        }
    }
    return false;
}

/* Remembers a place; at the limit it is not remembered, and a cycle of more places not seen. */
static int add_visit(struct see_pair *pair, struct chain *chain, uint64_t hash, uint64_t plain)
{
    if (chain->visit_count == pair->limits.chain_visits) {
        pair->counts[PAIR_VISITS_DROPPED].value++;
        return SEE_OK;
    }
    if (chain->visit_count == chain->visit_size) {
        size_t size = chain->visit_size > 0 ? chain->visit_size * 2 : 4;
        struct visit *visits = realloc(chain->visits, size * sizeof(*visits));
        if (visits == NULL) {
            return SEE_ENOMEM;
        }
        chain->visits = visits;
        chain->visit_size = size;
    }
    chain->visits[chain->visit_count++] = (struct visit){hash, plain, 1, chain->followed};
    return SEE_OK;
}

int pair_chain_enter(struct see_pair *pair, struct chain *chain, struct see_redirect *record)
{
    record->chain_id = chain->id;
    record->hop = ++chain->hops;
    record->chain_followed = chain->followed;
    record->visits = 1;
    if (!record->exchange->request.is_seen) {
        return SEE_OK;
    }
    uint64_t plain;
    uint64_t hash = hash_of_request(pair, record->exchange, &plain);
    if (see_text_status(&pair->scratch) != SEE_OK) {
        return SEE_ENOMEM; /* requests that were cut short would look like one another */
    }
    struct visit *visit = find_visit(chain, hash);
    if (visit == NULL) {
        chain->is_in_cycle = false;
        record->has_new_cookies = has_plain(chain, plain);
        return add_visit(pair, chain, hash, plain);
    }
    record->visits = ++visit->count;
    if (!chain->is_in_cycle) {
        chain->is_in_cycle = true;
        chain->cycle_hash = hash;
        chain->cycle_base = visit->followed;
    }
    record->is_cycle_start = hash == chain->cycle_hash;
    return SEE_OK;
}

/*
 * A link of low confidence proves nothing, so what is known of the chain begins anew behind it; of
 * the others the weakest tells how sure the chain is.
 */
void pair_chain_follow(struct chain *chain, struct see_redirect *record)
{
    if (record->confidence == SEE_CONFIDENCE_LOW) {
        chain->followed = 0;
        chain->weakest = SEE_CONFIDENCE_NONE;
        chain->visit_count = 0;
        chain->is_in_cycle = false;
    } else {
        bool is_weaker =
            chain->weakest == SEE_CONFIDENCE_NONE || record->confidence < chain->weakest;
        chain->weakest = is_weaker ? record->confidence : chain->weakest;
        chain->followed++;
    }
    record->chain_followed = chain->followed;
    record->chain_confidence = chain->weakest;
    record->cycle_followed = chain->is_in_cycle ? chain->followed - chain->cycle_base : 0;
}
