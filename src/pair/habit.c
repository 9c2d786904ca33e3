/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * habit - how often clients ask for a target of their own accord.
 *
 * Behind one address there may be many that nothing tells apart.  What then speaks for a pair is
 * that a request like it would hardly have come by chance just after the redirect; so requests that
 * no redirect explains are counted, by address, program and URI:
 *
 *     chance = rate of such requests of late * the time that the client took * the odds that such
 *              programs do not follow a redirect
 *
 * Of what was never seen the rate is not zero: it is half a request in all the time that the
 * capture lasts, so that nothing is taken for rare while nobody can know.
 */
#include "pair/waiting.h"

#define UNSEEN_MILLI 500
/* A capture that has just begun is taken for this much longer than it is. */
#define HEAD_START SEE_NS_PER_S

/* How far the odds are believed, in thousandths. */
#define ODDS_MIN 100
#define ODDS_MAX 3000

/* From so many redirects on it is believed how many of all are followed, in thousandths. */
#define TALLY_MIN 20000

#define RATE_MAX 100000000u
#define DELAY_MAX (10 * SEE_NS_PER_S)
#define NS_PER_US (SEE_NS_PER_S / 1000000)

static uint64_t hash_habit(const struct asker *asker, uint64_t target)
{
    return see_hash_join(target, asker->agent);
}

/* What is counted of redirects: for one program behind one address, and for all. */
enum tally { TALLY_REDIRECTS, TALLY_FOLLOWED };

/* Of all, where `asker` is NULL. */
static uint64_t hash_tally(const struct see_pair *pair, const struct asker *asker, enum tally tally)
{
    uint64_t hash = see_hash_number(&pair->key, (uint64_t)tally);
    return asker != NULL ? hash_habit(asker, see_hash_join(asker->client, hash)) : hash;
}

static int add_tally(struct see_pair *pair, const struct waiting *waiting, enum tally tally)
{
    see_time_ns time = waiting->exchange->response.head_end.time_ns;
    int status = see_history_note(&pair->tallies, hash_tally(pair, &waiting->asker, tally), time);
    if (status == SEE_OK) {
        status = see_history_note(&pair->tallies, hash_tally(pair, NULL, tally), time);
    }
    return status;
}

/* In thousandths; what is not known any more counts as nothing. */
static uint64_t counted(const struct see_pair *pair, uint64_t hash)
{
    uint64_t milli = see_history_count(&pair->tallies, hash, pair->clock.now);
    return milli <= RATE_MAX ? milli : 0;
}

static uint64_t tally_of(const struct see_pair *pair, const struct asker *asker, enum tally tally)
{
    return counted(pair, hash_tally(pair, asker, tally));
}

int pair_habit_note_redirect(struct see_pair *pair, const struct waiting *waiting)
{
    return add_tally(pair, waiting, TALLY_REDIRECTS);
}

int pair_habit_note_followed(struct see_pair *pair, const struct waiting *waiting)
{
    return add_tally(pair, waiting, TALLY_FOLLOWED);
}

/*
 * Of one program behind one address, and one status.  307 and 308 are kept or not whatever the
 * method, where it is not one that all keep; what becomes of others hangs on the method, too.
 */
static uint64_t hash_kept(const struct see_pair *pair, const struct waiting *waiting, bool is_kept)
{
    const struct see_exchange *r = waiting->exchange;
    bool is_any = (r->status == 307 || r->status == 308) &&
                  !see_view_eq(r->method, SEE_LITERAL("GET")) &&
                  !see_view_eq(r->method, SEE_LITERAL("HEAD"));
    uint64_t hash = see_hash(&pair->key, r->method.ptr, is_any ? 0 : r->method.len);
    uint64_t about = (uint64_t)r->status << 2 | 2 | is_kept;
    hash = see_hash_join(hash, see_hash_number(&pair->key, about));
    return hash_habit(&waiting->asker, see_hash_join(waiting->asker.client, hash));
}

int pair_habit_note_kept(struct see_pair *pair, const struct waiting *waiting, bool is_kept)
{
    see_time_ns time = waiting->exchange->response.head_end.time_ns;
    return see_history_note(&pair->tallies, hash_kept(pair, waiting, is_kept), time);
}

uint32_t pair_habit_chance_broken(const struct see_pair *pair, const struct waiting *waiting,
                                  uint32_t chance)
{
    uint64_t kept = counted(pair, hash_kept(pair, waiting, true));
    uint64_t broken = counted(pair, hash_kept(pair, waiting, false));
    uint64_t ppm = (uint64_t)chance * (kept + 1000) / (broken + 1000);
    return ppm < CHANCE_UNKNOWN ? (uint32_t)ppm : CHANCE_UNKNOWN - 1;
}

int pair_habit_move_on(struct see_pair *pair, see_time_ns now)
{
    struct held_notes *held = &pair->recent;
    int status = SEE_OK;
    while (held->count > 0 && held->time < now && status == SEE_OK) {
        status = see_history_note(&pair->habits, held->hashes[held->count - 1], held->time);
        held->count -= status == SEE_OK;
    }
    return status;
}

int pair_habit_note(struct see_pair *pair, const struct see_exchange *exchange,
                    const struct asker *asker, uint64_t target)
{
    if (pair_is_preflight(exchange)) {
        return SEE_OK;
    }
    struct held_notes *held = &pair->recent;
    see_time_ns time = exchange->request.first.time_ns;
    uint64_t hash = hash_habit(asker, target);
    if (time < held->time || (time == held->time && held->count == HELD_NOTES)) {
        return see_history_note(&pair->habits, hash, time);
    }
    int status = pair_habit_move_on(pair, time);
    if (status == SEE_OK) {
        held->time = time;
        held->hashes[held->count++] = hash;
    }
    return status;
}

/*
 * The odds of a redirect not being followed by such programs, in thousandths: where all follow,
 * what comes after a redirect is hardly a coincidence.  Two redirects are made up, which went as
 * those of all clients do.  Redirects count when they are
 * decided, or a second after they came.
 */
static uint64_t odds_of_staying(const struct see_pair *pair, const struct asker *asker)
{
    uint64_t all = tally_of(pair, NULL, TALLY_REDIRECTS);
    uint64_t followed = tally_of(pair, NULL, TALLY_FOLLOWED);
    uint64_t made_up = all < TALLY_MIN ? 1000 : all > followed ? 2000 * (all - followed) / all : 0;
    all = tally_of(pair, asker, TALLY_REDIRECTS);
    followed = tally_of(pair, asker, TALLY_FOLLOWED);
    uint64_t stayed = all > followed ? all - followed : 0;
    uint64_t odds = (stayed + made_up) * 1000 / (followed + 2000 - made_up + 1);
    return odds < ODDS_MIN ? ODDS_MIN : odds > ODDS_MAX ? ODDS_MAX : odds;
}

uint32_t pair_habit_chance(struct see_pair *pair, const struct see_exchange *exchange,
                           const struct asker *asker, uint64_t target, see_time_ns delay)
{
    see_time_ns now = exchange->request.first.time_ns;
    see_time_ns known = now - pair->began + HEAD_START;
    uint64_t milli = see_history_count(&pair->habits, hash_habit(asker, target), now);
    if (milli > RATE_MAX) {
        return CHANCE_UNKNOWN;
    }
    known = known > SEE_HISTORY_WINDOW ? SEE_HISTORY_WINDOW : known;
    known = known > NS_PER_US ? known / NS_PER_US : 1;
    delay = delay < DELAY_MAX ? delay / NS_PER_US : DELAY_MAX / NS_PER_US;
    uint64_t expected = (milli + UNSEEN_MILLI) * (uint64_t)delay * 1000 / (uint64_t)known;
    expected = expected < CHANCE_UNKNOWN ? expected : CHANCE_UNKNOWN;
    uint64_t ppm = expected * odds_of_staying(pair, asker) / 1000;
    return ppm < CHANCE_UNKNOWN ? (uint32_t)ppm : CHANCE_UNKNOWN - 1;
}
