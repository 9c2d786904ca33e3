/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * waiting - what pairing holds: redirects that wait, requests that may answer.
 *
 *     waiting  R1 ---edge--- F1  candidate
 *                 \        /
 *                  --edge--             an edge: F asks for a target of R,
 *                 /        \            after R's response was on the wire
 *     waiting  R2 ---edge--- F2  candidate
 *
 * A waiting redirect is OPEN until it is bound to its follow-up or given up;
 * then it is SETTLING until everything its record needs is known, and is handed
 * on.  Where its window closes while requests are still weighed for it, it is
 * OVERDUE until the last of them is decided, and then CLOSING:
 *
 *              bound, or given up                       handed on
 *     OPEN ----------------------------------> SETTLING --------->
 *       |                                       ^    ^
 *       | window over,     the last edge goes   |    | bound
 *       +--------> OVERDUE ------> CLOSING -----+    |
 *                     +------------------------------+
 *
 * A candidate is undecided for 500 ms; bound, it stays until its exchange ends,
 * because its own response may be the next hop of the chain.
 */
#ifndef SEE_PAIR_WAITING_H
#define SEE_PAIR_WAITING_H

#include <limits.h>
#include <sys/queue.h>

#include "core/hash.h"
#include "core/map.h"
#include "core/timeline.h"
#include "pair/history.h"
#include "pair/pair.h"

struct waiting;
struct candidate;

/* What a request is known by, reckoned once. */
struct asker {
    uint64_t name;   /* of the client, whichever network it is in */
    uint64_t client; /* the same in its network: the hash of `struct client` */
    uint64_t agent;  /* of its User-Agent */
};

/* Each question to the header sections has one answer at most. */
#define EDGE_HEADS_MAX 6

struct edge {
    struct waiting *waiting;
    struct candidate *candidate;
    struct asker asker; /* of the candidate */
    enum see_tier tier;
    const struct see_target *target;
    int score;
    see_time_ns gap;       /* from the end of S's header section to F's first octet */
    see_time_ns own_delay; /* of that, the client's own time, without the round trips */
    uint32_t chance_ppm;   /* how likely such a request comes by chance in so short a time */
    uint32_t way;          /* which connection F came on (manner.c) */
    uint32_t fit_way;      /* how well that fits such programs, in thousandths */
    uint32_t fit_delay;    /* and how well the delay does */
    uint32_t fit;          /* how well both do */
    /* What the header sections say (enum weight); only where both are whole, so that it is final.
     */
    uint8_t heads[EDGE_HEADS_MAX];
    uint8_t head_count;
    bool has_heads;
    bool has_content_weight; /* the contents were compared, and are the same */
    bool gives_way;          /* to an earlier request that nothing else explains */
    bool is_taken;           /* found in the decision of this round */
    uint64_t round;
    TAILQ_ENTRY(edge) of_waiting, of_candidate;
};
TAILQ_HEAD(edge_list, edge);

/*
 * One place of a waiting redirect in the index of targets.  A client may have thousands of
 * redirects to one target, so those of one hash are a list of their own, newest first, of which
 * only the head is in the map: each is taken out at once.
 */
struct target_slot {
    struct see_map_node node; /* `node.hash` holds for all, the rest of the node for the head */
    struct waiting *waiting;
    struct target_slot *newer, *older; /* `newer` is NULL at the head */
};

/* What could hide a request, or a redirect (an answer to it), and when it last happened. */
enum pair_missed {
    PAIR_MISSED_LOST,
    PAIR_MISSED_UNREAD,
    PAIR_MISSED_ANSWER,
    PAIR_MISSED_KINDS,
};

struct missed {
    see_time_ns last[PAIR_MISSED_KINDS];
};

/* One client with redirects that wait. */
struct client {
    struct see_map_node node;
    uint32_t network;
    size_t count;
    struct missed missed;
    TAILQ_HEAD(, waiting) waiting; /* oldest first */
    size_t name_len;
    char name[];
};

struct visit {
    uint64_t hash;     /* of method, URI and cookies */
    uint64_t plain;    /* of method and URI */
    uint32_t count;    /* how often it was made in this chain */
    uint32_t followed; /* redirects of the chain followed before it was made first */
};

/* Redirects that follow one another; shared by the records on its way. */
struct chain {
    uint64_t id;
    uint32_t refs;
    uint32_t hops;     /* given out so far */
    uint32_t followed; /* redirects followed so far, since the last link of low confidence */
    enum see_confidence weakest; /* of these links; NONE without any */
    bool is_in_cycle;            /* the last request was a repetition */
    uint64_t cycle_hash;         /* the request that the cycle starts and ends with */
    uint32_t cycle_base;         /* redirects followed before it was made first */
    struct visit *visits;
    size_t visit_count, visit_size;
};

/* High confidence has so many points, and no rival within RIVAL_WITHIN of the pair. */
#define HIGH_FROM 5
#define RIVAL_WITHIN 2

/* No rival was ever near. */
#define LOSS_NONE INT_MAX

enum waiting_state {
    WAITING_OPEN,
    WAITING_OVERDUE,
    WAITING_CLOSING,
    WAITING_SETTLING,
    WAITING_STATES
};

struct waiting {
    struct see_redirect record;
    struct see_exchange *exchange; /* a reference */
    struct asker asker;            /* of R */
    size_t slot_count;
    struct see_map_node by_exchange;
    struct see_map_node by_connection; /* under its connection and the next index there */
    struct client *client;             /* NULL once settling */
    struct edge_list edges;
    struct edge *place;   /* the edge that is taken, as found in... */
    uint64_t place_round; /* ... the decision of this round */
    size_t edge_count;
    size_t held;                /* octets, as of when it began to wait */
    struct candidate *origin;   /* R as a candidate, while its chain is not known */
    struct candidate *followup; /* F, once bound */
    struct chain *chain;
    enum waiting_state state;
    see_time_ns deadline;
    bool is_request_ended; /* R's content has ended */
    bool came_late;        /* S was handed on long after its time: what followed may have gone by */
    bool connection_went_on;
    see_time_ns went_on_time;
    bool saw_preflight;
    see_time_ns preflight_time;
    bool is_tallied; /* it counts among the redirects of its program */
    bool is_token;   /* the target holds a token that was never seen before */
    bool has_keeper; /* see mixed_up.c */
    int least_loss;  /* how near a rival came to taking its follow-up */
    TAILQ_ENTRY(waiting) in_order, in_client;
    struct target_slot *slots;  /* behind the targets, as many as these */
    struct see_targets targets; /* no more memory than for those that there are */
};
TAILQ_HEAD(waiting_list, waiting);

struct candidate {
    struct see_exchange *exchange; /* a reference */
    struct see_map_node by_exchange;
    struct edge_list edges;
    struct edge *place; /* as a redirect has it */
    uint64_t place_round;
    see_time_ns deadline;
    size_t held; /* octets, as of when it came */
    bool is_decided;
    bool is_explained; /* it follows its redirect, and that is more than a guess */
    bool is_request_ended;
    bool is_exchange_ended;
    struct waiting *bound;     /* the redirect it follows, until that is handed on */
    struct waiting *successor; /* its own redirect, while the chain is not known */
    struct chain *chain;       /* the chain that it continues, once that is known */
    int least_loss;            /* how near a rival came to taking its redirect */
    struct edge *chosen;       /* what `pair_decide` says: NULL, it follows none */
    bool is_mixed_up;          /* see `pair_may_be_mixed_up` */
    int chosen_loss;           /* and what the whole would lose without it; LOSS_NONE: no rival */
    TAILQ_ENTRY(candidate) in_order;
};
TAILQ_HEAD(candidate_list, candidate);

enum pair_counter {
    PAIR_EXCHANGES,
    PAIR_EXCHANGES_ENDED,
    PAIR_REDIRECTS,
    PAIR_FOLLOWED,
    PAIR_NOT_FOLLOWED,
    PAIR_UNOBSERVABLE,
    PAIR_NO_LOCATION,
    PAIR_PENDING,
    PAIR_EVICTED,
    PAIR_WAITING,
    PAIR_CANDIDATES,
    PAIR_CANDIDATES_DROPPED,
    PAIR_DECIDED_EARLY,
    PAIR_HISTORY_DROPPED,
    PAIR_AUTHORITIES_DROPPED,
    PAIR_VISITS_DROPPED,
    PAIR_COUNTERS
};

#define HELD_NOTES 32

/* A request that matched no redirect while others may still come late (early.c). */
struct early {
    struct see_exchange *exchange; /* a reference */
    struct asker asker;
    uint64_t target;
    size_t held; /* octets, as of when it came */
    bool is_matched;
};

#define EARLY_MAX 256

/* Requests of one instant count from the next on, since nothing tells which of them came first. */
struct held_notes {
    see_time_ns time;
    size_t count;
    uint64_t hashes[HELD_NOTES];
};

struct see_pair {
    struct see_limits limits;
    struct see_pair_options options;
    struct see_hash_key key;
    struct see_hash_weights weights; /* of the key */
    struct see_pair_sink sink;
    struct see_timeline clock;
    see_time_ns began;         /* the first time stamp */
    struct waiting *untallied; /* the oldest that is open and not tallied, so are those behind it */
    see_time_ns lost_from, lost_to; /* the latest stretch in which frames were lost */
    uint64_t next_id;
    size_t open_count;                         /* redirects that wait: open, overdue, closing */
    size_t candidate_count;                    /* not yet decided */
    size_t held;                               /* octets of redirects that wait and of candidates */
    uint64_t rounds;                           /* decisions so far */
    struct waiting_list lists[WAITING_STATES]; /* in the order of getting there */
    struct candidate_list undecided;           /* deadlines never fall along the list */
    struct {
        const struct candidate *candidate; /* to be decided next; only ever compared */
        unsigned stage;
    } ahead;                /* how much of it is fetched */
    struct see_map clients; /* client.node */
    struct see_map targets; /* target_slot.node, of the newest of its hash */
    struct see_map waiting_by_exchange;
    struct see_map waiting_by_connection;
    struct see_map candidates;  /* candidate.by_exchange */
    struct see_history asked;   /* by client and URI */
    struct see_history habits;  /* what no redirect explains, by client, program and URI */
    struct held_notes recent;   /* and is not counted there yet */
    struct see_history tallies; /* what is counted of redirects, and of how they are followed */
    struct see_history proxies; /* addresses that requests of many come from */
    struct missed missed_by_proxies;
    bool is_behind; /* octets are held back: redirects may come late */
    struct {
        struct early list[EARLY_MAX];
        size_t first, count; /* the oldest first */
    } early;
    struct see_history authorities; /* in plain sight, by scheme and authority */
    struct see_text scratch, scratch2;
    struct see_count counts[PAIR_COUNTERS];
};

/* ahead.c: fetches a part of what the next decision looks at, and changes nothing. */
void pair_fetch_ahead(struct see_pair *pair);

/* score.c: weighs what the header sections say, for all times that the edge is weighed. */
void pair_weigh_heads(struct edge *edge);

/*
 * score.c: weighs an edge, but for its contents; with `record`, which gets the signals, these too.
 */
int pair_score(const struct edge *edge, struct see_redirect *record);

/* confidence.c: how sure a pair is whose score is in its record; `loss` as of `pair_decide`. */
enum see_confidence pair_confidence(const struct edge *edge, const struct see_redirect *record);

/*
 * habit.c: a request that no redirect explains; and how likely one like it comes by chance in the
 * time of the edge's gap, in millionths.  `target` is the hash of its client and URI.
 */
#define CHANCE_UNKNOWN UINT32_MAX
SEE_MUST_CHECK int pair_habit_note_redirect(struct see_pair *pair, const struct waiting *waiting);
SEE_MUST_CHECK int pair_habit_note_followed(struct see_pair *pair, const struct waiting *waiting);
SEE_MUST_CHECK int pair_habit_note(struct see_pair *pair, const struct see_exchange *exchange,
                                   const struct asker *asker, uint64_t target);

/*
 * habit.c: notes a sure pair; and how likely it is that a pair breaks what its status asks for by
 * chance, where `chance` is how likely it is that it is one: of a client that has always kept it
 * with this method, a coincidence is more likely than a change of mind.
 */
SEE_MUST_CHECK int pair_habit_note_kept(struct see_pair *pair, const struct waiting *waiting,
                                        bool is_kept);
uint32_t pair_habit_chance_broken(const struct see_pair *pair, const struct waiting *waiting,
                                  uint32_t chance);
uint32_t pair_habit_chance(struct see_pair *pair, const struct see_exchange *exchange,
                           const struct asker *asker, uint64_t target, see_time_ns delay);

/* habit.c: lets the requests of an earlier instant than `now` count. */
SEE_MUST_CHECK int pair_habit_move_on(struct see_pair *pair, see_time_ns now);

/* agent.c: whether the requests of several clients share R's connection. */
bool pair_is_shared_pipe(const struct see_exchange *exchange);

/* score.c: how long the client itself took to follow, without the round trips. */
see_time_ns pair_own_delay(const struct edge *edge);

/* score.c: the points for the same content, 0 while it is not known. */
int pair_content_weight(const struct edge *edge);

/*
 * score.c: whether F does what the status of R's response asks for (RFC 9110, 15.4), as far as its
 * method and its content tell by now.  Never a reason for a pair: it would hide what is looked for.
 */
bool pair_keeps(const struct see_exchange *r, const struct see_exchange *f);

/*
 * mixed_up.c: a rival that is not chosen is remembered by its redirect; and whether a pair breaks
 * what its status asks for, while another request or redirect could have been meant, or a request
 * of the client was missed.
 */
void pair_note_keeper(const struct edge *edge);
bool pair_may_be_mixed_up(const struct see_pair *pair, const struct edge *chosen);

/* agent.c: from the clear to https, which a proxy ends: what is in front of the target alone. */
bool pair_is_upgrade(const struct see_exchange *r, const struct see_exchange *f);

/* agent.c: whether F can be the follow-up of R at all: who asks is not told to be another. */
bool pair_is_same_agent(const struct see_exchange *r, const struct see_exchange *f);

/*
 * visible.c: whether something that the client sent was missed while the redirect waited, or an
 * answer to it then or just before.
 */
bool pair_was_missed(const struct see_pair *pair, const struct waiting *waiting);

/* visible.c: whether frames were lost at some time from `from` to `to`. */
bool pair_has_lost(const struct see_pair *pair, see_time_ns from, see_time_ns to);

/* score.c: Retry-After, 0 when absent or a date (RFC 9110, 10.2.3). */
see_time_ns pair_retry_after(const struct see_message *response);

/* score.c: whether a URI holds a token of 64 bits or more. */
bool pair_has_token(struct see_view uri);

/* visible.c: the key of a URI's scheme and authority among those seen. */
uint64_t pair_hash_authority(struct see_pair *pair, struct see_view uri);

/* visible.c: why a follow-up could not be seen, as a sentence fragment; NULL when it could. */
const char *pair_hidden_by_scheme(struct see_pair *pair, const struct waiting *waiting);
const char *pair_hidden_otherwise(struct see_pair *pair, const struct waiting *waiting);

/*
 * visible.c: what ends[end] of a connection sent could not be seen or read; if that is a proxy, it
 * may have been a request of anyone behind any of them.
 */
void pair_note_missed(struct see_pair *pair, const struct see_connection *connection, unsigned end,
                      enum pair_missed kind, see_time_ns time);
void pair_missed_init(struct missed *missed);
SEE_MUST_CHECK int pair_note_proxy(struct see_pair *pair, const struct see_exchange *exchange);

/* hold.c: who made the request. */
struct asker pair_asker_of(const struct see_pair *pair, const struct see_exchange *exchange);

/* match.c: makes a request a candidate for the redirects that it could follow. */
SEE_MUST_CHECK int pair_match_request(struct see_pair *pair, struct see_exchange *exchange,
                                      const struct asker *asker, uint64_t target);

/*
 * match.c: weighs requests for a redirect that came late: those that are weighed for others, and
 * one that matched none, which is marked when it fits.
 */
SEE_MUST_CHECK int pair_match_undecided(struct see_pair *pair, struct waiting *waiting);
SEE_MUST_CHECK int pair_match_early(struct see_pair *pair, struct waiting *waiting,
                                    struct early *early);

/*
 * early.c: a request matches nothing: it is noted as one that comes by itself, or kept until that
 * is sure.  What is kept is matched with a redirect that comes late, and is let go of when time has
 * moved on.
 */
SEE_MUST_CHECK int pair_early_note(struct see_pair *pair, struct see_exchange *exchange,
                                   const struct asker *asker, uint64_t target);
SEE_MUST_CHECK int pair_early_match(struct see_pair *pair, struct waiting *waiting);
SEE_MUST_CHECK int pair_early_move_on(struct see_pair *pair);
void pair_early_free(struct see_pair *pair);

/* match.c: lets no more requests be weighed for the redirect that this one follows beyond doubt. */
void pair_speak_for(struct see_pair *pair, const struct candidate *candidate);

/* match.c: a CORS preflight, which never follows, and is never followed (Fetch, 4.8). */
bool pair_is_preflight(const struct see_exchange *exchange);

/* When something that begins at `time` is over: reckoned from no later than the clock. */
static inline see_time_ns pair_deadline(const struct see_pair *pair, see_time_ns time,
                                        see_time_ns duration)
{
    return (time < pair->clock.now ? time : pair->clock.now) + duration;
}

/*
 * decide.c: which redirect each of these candidates follows, best score first among all that is
 * known; fills in `chosen` and `chosen_loss`.  They are decided together, from one and the same
 * graph, so that nothing hangs on their order.
 */
void pair_decide(struct see_pair *pair, struct candidate_list *group);

/*
 * settle.c: a bound candidate has done its work when its redirect is handed on and its exchange
 * over; then it is freed.
 */
void pair_let_go(struct see_pair *pair, struct candidate *candidate);

/* settle.c: hands a settling redirect on as soon as all that its record promises is there. */
SEE_MUST_CHECK int pair_hand_on(struct see_pair *pair, struct waiting *waiting, bool is_forced);

/* settle.c: gives a redirect its place: in the chain that R continues, or in one of its own. */
SEE_MUST_CHECK int pair_enter_chain(struct see_pair *pair, struct waiting *waiting,
                                    struct chain *continued);

/* settle.c: whether the candidate is decided, but its redirect does not know its own chain yet. */
bool pair_is_chain_open(const struct candidate *candidate);

/*
 * settle.c: the redirect was not followed as far as we can see: says which way, in the promised
 * order.
 */
SEE_MUST_CHECK int pair_conclude(struct see_pair *pair, struct waiting *waiting, bool is_evicted);

/* settle.c: counts the redirects that are a second old. */
SEE_MUST_CHECK int pair_tally_due(struct see_pair *pair);

/* settle.c: the time of these requests is over: each follows a redirect, or none.  Empties it. */
SEE_MUST_CHECK int pair_decide_group(struct see_pair *pair, struct candidate_list *group);

/* hold.c: making, linking and freeing what is held; see there. */
SEE_MUST_CHECK int pair_waiting_new(struct see_pair *pair, struct see_exchange *exchange,
                                    struct waiting **ret_waiting);
SEE_MUST_CHECK int pair_waiting_index(struct see_pair *pair, struct waiting *waiting);
void pair_waiting_move(struct see_pair *pair, struct waiting *waiting, enum waiting_state state);
void pair_waiting_hide(struct see_pair *pair, struct waiting *waiting);
void pair_waiting_unindex(struct see_pair *pair, struct waiting *waiting);
void pair_waiting_free(struct see_pair *pair, struct waiting *waiting);
struct waiting *pair_waiting_of(const struct see_pair *pair, const struct see_exchange *exchange);
SEE_MUST_CHECK int pair_candidate_new(struct see_pair *pair, struct see_exchange *exchange,
                                      struct candidate **ret_candidate);
struct candidate *pair_candidate_of(const struct see_pair *pair,
                                    const struct see_exchange *exchange);
void pair_candidate_free(struct see_pair *pair, struct candidate *candidate);
SEE_MUST_CHECK int pair_edge_new(struct see_pair *pair, struct edge edge);
void pair_edges_free(struct see_pair *pair, struct edge_list *edges);
void pair_edges_weigh(struct waiting *waiting);
/* The edge between the two, or NULL. */
const struct edge *pair_edge_between(const struct waiting *waiting,
                                     const struct candidate *candidate);
/* Whether it is the client that made the request. */
bool pair_client_is(const struct client *client, const struct see_exchange *exchange);
struct client *pair_client_find(const struct see_pair *pair, struct see_view name,
                                uint32_t network);
struct client *pair_client_of(const struct see_pair *pair, const struct see_exchange *exchange,
                              uint64_t hash);
/* The newest redirect of this hash that waits; `older` leads on. */
struct target_slot *pair_target_newest(const struct see_pair *pair, uint64_t hash);
/* Who asks; and what the client of this hash asks for. */
uint64_t pair_hash_target(const struct see_pair *pair, uint64_t client, struct see_view uri);
uint64_t pair_hash_turn(const struct see_pair *pair, uint64_t connection, uint32_t index);

/* chain.c */
struct chain *pair_chain_new(uint64_t id);
struct chain *pair_chain_ref(struct chain *chain);
void pair_chain_unref(struct chain *chain);
/* The chain's next hop is this redirect: fills in its place. */
SEE_MUST_CHECK int pair_chain_enter(struct see_pair *pair, struct chain *chain,
                                    struct see_redirect *record);
/* The redirect was followed. */
void pair_chain_follow(struct chain *chain, struct see_redirect *record);

#endif
