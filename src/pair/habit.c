/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * habit - how often clients ask for a target of their own accord.
 *
 * Behind one address there may be many that nothing tells apart.  What then speaks for a pair is
 * that a request like it would hardly have come by chance just after the redirect; so requests that
 * no redirect explains are counted, by address, program and URI:
 *
 *     chance = requests expected in a time = their rate of late * that time
 *
 * Of what was never seen the rate is not zero: it is a fifth of a request in all the time that the
 * capture lasts, so that nothing is taken for rare while nobody can know.
 */
#include "pair/waiting.h"

/* How far "of late" goes back; SEE_HISTORY_WINDOW is the same. */
#define UNSEEN_MILLI 200
/* A capture that has just begun is taken for this much longer than it is. */
#define HEAD_START SEE_NS_PER_S

#define RATE_MAX 100000000u
#define GAP_MAX (10 * SEE_NS_PER_S)
#define NS_PER_US (SEE_NS_PER_S / 1000000)

static uint64_t hash_habit(struct see_pair *pair, const struct see_exchange *exchange)
{
    struct see_view agent = see_message_field(&exchange->request, SEE_LITERAL("User-Agent"), NULL);
    uint64_t words[2] = {pair_hash_uri(pair, exchange, exchange->uri),
                         see_hash(&pair->key, agent.ptr, agent.len)};
    return see_hash(&pair->key, words, sizeof(words));
}

int pair_habit_note(struct see_pair *pair, const struct see_exchange *exchange)
{
    if (pair_is_preflight(exchange)) {
        return SEE_OK;
    }
    return see_history_note(&pair->habits, hash_habit(pair, exchange),
                            exchange->request.first.time_ns);
}

uint32_t pair_habit_chance(struct see_pair *pair, const struct see_exchange *exchange,
                           see_time_ns gap)
{
    see_time_ns now = exchange->request.first.time_ns;
    see_time_ns known = now - pair->began + HEAD_START;
    uint64_t milli = see_history_count(&pair->habits, hash_habit(pair, exchange), now);
    if (milli > RATE_MAX) {
        return CHANCE_UNKNOWN;
    }
    known = known > SEE_HISTORY_WINDOW ? SEE_HISTORY_WINDOW : known;
    known = known > NS_PER_US ? known / NS_PER_US : 1;
    gap = gap < GAP_MAX ? gap / NS_PER_US : GAP_MAX / NS_PER_US;
    uint64_t ppm = (milli + UNSEEN_MILLI) * (uint64_t)gap * 1000 / (uint64_t)known;
    return ppm < CHANCE_UNKNOWN ? (uint32_t)ppm : CHANCE_UNKNOWN - 1;
}
