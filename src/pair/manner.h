/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * manner - how programs follow: on which connection, and how soon.
 *
 * A program has its ways.  One sends its follow-up down the connection that the redirect came on,
 * another opens one for it, a third does neither while the old one is free; and most answer within
 * some milliseconds, on this machine and network.  So it is counted, by User-Agent, in which manner
 * the redirects of late were followed, and in which manner requests came that followed none.  The
 * better a pair fits the one and not the other, the less it is taken for a coincidence.
 *
 * No program is known by its name: all is learnt from the capture, and while little is known
 * everything fits that comes at once.
 */
#ifndef SEE_PAIR_MANNER_H
#define SEE_PAIR_MANNER_H

#include "pair/waiting.h"

/*
 * From how small a chance on a request tells who asked, and why, in millionths: as little likely it
 * has to be that one like it comes without a redirect.  Measured with tests/pairing.
 */
#define WHO_PPM 20000
#define WHY_PPM 30000

/* What becomes of a chance when a follow-up comes in this manner as often as `fit` says. */
static inline uint32_t pair_chance(uint32_t chance_ppm, uint32_t fit_milli)
{
    uint64_t ppm = (uint64_t)chance_ppm * 1000 / (fit_milli > 0 ? fit_milli : 1);
    return chance_ppm == CHANCE_UNKNOWN || ppm > CHANCE_UNKNOWN ? CHANCE_UNKNOWN : (uint32_t)ppm;
}

/* Fills in `way` and how well it fits, of an edge whose ends and gap are known. */
void pair_manner_fit(const struct see_pair *pair, struct edge *edge);

/* Learns from a pair that was decided; `record` has its score, its runner-up, and what it tells. */
SEE_MUST_CHECK int pair_manner_note(struct see_pair *pair, const struct edge *edge,
                                    const struct see_redirect *record);

/* Learns from a request that came too late to be a follow-up. */
SEE_MUST_CHECK int pair_manner_note_chance(struct see_pair *pair,
                                           const struct candidate *candidate);

#endif
