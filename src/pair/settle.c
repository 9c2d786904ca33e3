/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * settle - what a decision does: R and F are bound, chains grow, and a redirect whose record is
 * complete is handed on.
 */
#include <limits.h>

#include "pair/manner.h"
#include "pair/waiting.h"

static enum pair_counter counter_of(enum see_outcome outcome)
{
    switch (outcome) {
    case SEE_OUTCOME_FOLLOWED:
        return PAIR_FOLLOWED;
    case SEE_OUTCOME_NOT_FOLLOWED:
        return PAIR_NOT_FOLLOWED;
    case SEE_OUTCOME_UNOBSERVABLE:
        return PAIR_UNOBSERVABLE;
    case SEE_OUTCOME_NO_LOCATION:
        return PAIR_NO_LOCATION;
    case SEE_OUTCOME_PENDING:
        return PAIR_PENDING;
    case SEE_OUTCOME_EVICTED:
        return PAIR_EVICTED;
    }
    return PAIR_EVICTED;
}

void pair_let_go(struct see_pair *pair, struct candidate *candidate)
{
    if (candidate->is_decided && candidate->bound == NULL && candidate->successor == NULL &&
        (candidate->chain == NULL || candidate->is_exchange_ended)) {
        pair_candidate_free(pair, candidate);
    }
}

int pair_hand_on(struct see_pair *pair, struct waiting *waiting, bool is_forced)
{
    struct candidate *followup = waiting->followup;
    bool is_ready = waiting->chain != NULL && waiting->is_request_ended &&
                    (followup == NULL || followup->is_request_ended);
    if (waiting->state != WAITING_SETTLING || !(is_ready || (is_forced && waiting->chain))) {
        return SEE_OK;
    }
    pair->counts[counter_of(waiting->record.outcome)].value++;
    int status = pair->sink.redirect(pair->sink.ctx, &waiting->record);
    pair_waiting_free(pair, waiting);
    if (followup != NULL) {
        pair_let_go(pair, followup);
    }
    return status;
}

int pair_enter_chain(struct see_pair *pair, struct waiting *waiting, struct chain *continued)
{
    waiting->chain =
        continued != NULL ? pair_chain_ref(continued) : pair_chain_new(waiting->record.id);
    return waiting->chain != NULL ? pair_chain_enter(pair, waiting->chain, &waiting->record)
                                  : SEE_ENOMEM;
}

/* It waits no more; `outcome` is final. */
static int settle(struct see_pair *pair, struct waiting *waiting, enum see_outcome outcome,
                  const char *why)
{
    waiting->record.outcome = outcome;
    waiting->record.why = why;
    pair_waiting_unindex(pair, waiting);
    return pair_hand_on(pair, waiting, false);
}

int pair_conclude(struct see_pair *pair, struct waiting *waiting, bool is_evicted)
{
    const char *why = pair_hidden_by_scheme(pair, waiting);
    if (why != NULL) {
        return settle(pair, waiting, SEE_OUTCOME_UNOBSERVABLE, why);
    }
    if (is_evicted) {
        return settle(pair, waiting, SEE_OUTCOME_EVICTED, "too many redirects were waiting");
    }
    if (pair->clock.now < waiting->deadline) {
        return settle(pair, waiting, SEE_OUTCOME_PENDING, "the capture ended inside the window");
    }
    why = pair_hidden_otherwise(pair, waiting);
    if (why != NULL) {
        return settle(pair, waiting, SEE_OUTCOME_UNOBSERVABLE, why);
    }
    return settle(pair, waiting, SEE_OUTCOME_NOT_FOLLOWED,
                  "the window closed without a request for the target");
}

/* The redirect was followed, and its chain is known: the chain goes on with its follow-up. */
static void follow_chain(struct waiting *waiting)
{
    pair_chain_follow(waiting->chain, &waiting->record);
    waiting->followup->chain = pair_chain_ref(waiting->chain);
}

/*
 * The chain of a decided candidate is known, if it has one: so is the place of the redirect that
 * answered it, and of those behind that were decided before.
 */
static int extend_chain(struct see_pair *pair, struct candidate *candidate)
{
    int status = SEE_OK;
    while (candidate != NULL && status == SEE_OK) {
        struct waiting *successor = candidate->successor;
        struct candidate *next = NULL;
        if (successor != NULL) {
            candidate->successor = NULL;
            successor->origin = NULL;
            status = pair_enter_chain(pair, successor, candidate->chain);
            if (status == SEE_OK && successor->followup != NULL) {
                follow_chain(successor);
                next = successor->followup->successor != NULL ? successor->followup : NULL;
            }
            if (status == SEE_OK) {
                status = pair_hand_on(pair, successor, false);
            }
        }
        pair_let_go(pair, candidate);
        candidate = next;
    }
    return status;
}

bool pair_is_chain_open(const struct candidate *candidate)
{
    return !candidate->is_decided || (candidate->bound != NULL && candidate->chain == NULL);
}

/* Counts a redirect, once. */
static int tally(struct see_pair *pair, struct waiting *waiting)
{
    if (waiting->is_tallied) {
        return SEE_OK;
    }
    waiting->is_tallied = true;
    return pair_habit_note_redirect(pair, waiting);
}

/* By then a redirect that is followed has been decided. */
#define TALLY_AFTER (1 * SEE_NS_PER_S)

int pair_tally_due(struct see_pair *pair)
{
    int status = SEE_OK;
    struct waiting *waiting;
    while (status == SEE_OK && (waiting = pair->untallied) != NULL &&
           waiting->exchange->response.head_end.time_ns <= pair->clock.now - TALLY_AFTER) {
        pair->untallied = TAILQ_NEXT(waiting, in_order);
        status = tally(pair, waiting);
    }
    return status;
}

/* The client was gone when S came: it had reset the connection, or did so at S. */
static bool was_unread(const struct see_exchange *r)
{
    const struct see_connection *connection = r->connection;
    return connection->has_reset[r->client_end] &&
           connection->octets_read[r->client_end ^ 1] <= r->response.offset;
}

/* No client that follows by itself turns a method into one that is neither GET nor HEAD. */
static bool is_other_action(const struct see_exchange *r, const struct see_exchange *f)
{
    return r->request.is_seen && !see_view_eq(r->method, f->method) &&
           !see_view_eq(f->method, SEE_LITERAL("GET")) &&
           !see_view_eq(f->method, SEE_LITERAL("HEAD"));
}

/* There are many redirects, and each gets its chance to accuse. */
#define SELDOM_PPM 2000

/* Nothing but a coincidence that hardly ever is speaks for a pair that its client never makes. */
static bool may_be_chance(const struct see_pair *pair, const struct edge *edge,
                          const struct see_redirect *record)
{
    uint32_t chance = pair_chance(edge->chance_ppm, edge->fit);
    uint32_t broken = pair_habit_chance_broken(pair, edge->waiting, chance);
    return record->is_by_chance &&
           (record->runner_up >= 0 || (broken > chance && broken > SELDOM_PPM));
}

/* F is the follow-up of R: final. */
static int bind_pair(struct see_pair *pair, const struct edge *edge)
{
    struct waiting *waiting = edge->waiting;
    struct candidate *candidate = edge->candidate;
    struct see_redirect *record = &waiting->record;
    int least = candidate->chosen_loss;
    pair_score(edge, record);
    record->followup = candidate->exchange;
    record->tier = edge->tier;
    record->repair = edge->target->repair;
    record->target_uri = edge->target->uri;
    record->runner_up = least != LOSS_NONE ? edge->score - least : INT_MIN;
    record->confidence = pair_confidence(edge, record);
    if (record->confidence > SEE_CONFIDENCE_LOW &&
        pair_has_lost(pair, waiting->exchange->response.head_end.time_ns,
                      candidate->exchange->request.first.time_ns)) {
        /* The true follow-up may be among what was lost. */
        record->confidence--;
    }
    bool is_kept = pair_keeps(waiting->exchange, candidate->exchange);
    if (candidate->is_mixed_up || was_unread(waiting->exchange) ||
        is_other_action(waiting->exchange, candidate->exchange) ||
        (!is_kept && may_be_chance(pair, edge, record))) {
        record->confidence = SEE_CONFIDENCE_LOW;
    }
    candidate->is_explained = record->confidence != SEE_CONFIDENCE_LOW;
    record->delay_ns = edge->gap;
    record->is_same_connection = waiting->exchange->connection == candidate->exchange->connection;
    waiting->followup = candidate;
    candidate->bound = waiting;
    if (waiting->chain != NULL) {
        follow_chain(waiting);
    }
    int status = tally(pair, waiting);
    if (status == SEE_OK && candidate->is_explained) {
        status = pair_habit_note_followed(pair, waiting);
    }
    if (status == SEE_OK && record->confidence == SEE_CONFIDENCE_HIGH) {
        status = pair_habit_note_kept(pair, waiting, is_kept);
    }
    if (status == SEE_OK) {
        status = pair_manner_note(pair, edge, record);
    }
    if (status != SEE_OK) {
        return status;
    }
    return settle(pair, waiting, SEE_OUTCOME_FOLLOWED, "a request for the target came");
}

/* The candidate follows what was chosen for it, or nothing. */
static int apply_decision(struct see_pair *pair, struct candidate *candidate)
{
    int status = SEE_OK;
    bool is_bound = candidate->chosen != NULL;
    struct edge chosen = is_bound ? *candidate->chosen : (struct edge){0};
    pair->candidate_count--;
    pair_edges_free(pair, &candidate->edges);
    if (status == SEE_OK && is_bound) {
        status = bind_pair(pair, &chosen);
    }
    if (status == SEE_OK && !candidate->is_explained) {
        const struct see_exchange *exchange = candidate->exchange;
        struct asker asker = pair_asker_of(pair, exchange);
        uint64_t target = pair_hash_target(pair, asker.client, exchange->uri);
        status = pair_habit_note(pair, exchange, &asker, target);
    }
    /* Not before: until here it must not be let go, though its redirect may be handed on. */
    candidate->is_decided = true;
    if (status == SEE_OK && !pair_is_chain_open(candidate)) {
        return extend_chain(pair, candidate);
    }
    pair_let_go(pair, candidate);
    return status;
}

/* Concludes those whose window is over and that no request is weighed for any more. */
static int conclude_closing(struct see_pair *pair)
{
    int status = SEE_OK;
    struct waiting *waiting;
    while (status == SEE_OK && (waiting = TAILQ_FIRST(&pair->lists[WAITING_CLOSING])) != NULL) {
        status = pair_conclude(pair, waiting, false);
    }
    return status;
}

int pair_decide_group(struct see_pair *pair, struct candidate_list *group)
{
    int status = SEE_OK;
    struct candidate *candidate;
    pair_decide(pair, group);
    /* Before any is bound, which takes the edges of others away. */
    TAILQ_FOREACH(candidate, group, in_order)
    {
        status = status == SEE_OK ? pair_manner_note_chance(pair, candidate) : status;
    }
    while (status == SEE_OK && (candidate = TAILQ_FIRST(group)) != NULL) {
        TAILQ_REMOVE(group, candidate, in_order);
        status = apply_decision(pair, candidate);
    }
    TAILQ_CONCAT(&pair->undecided, group, in_order);
    return status == SEE_OK ? conclude_closing(pair) : status;
}
