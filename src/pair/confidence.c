/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * confidence - how sure a pair is, in three levels.
 *
 *     high    5 points and more, it is told who asked and why (weights.h), and no rival is near
 *     medium  a rival is near, or it is not told who asked
 *     low     it is not told why: someone may have wanted the target anyway; or a coin toss
 *
 * Of pairs that were recorded with the truth beside them (tests/pairing), those that tell who and
 * why were right 80665 times of 80722, why alone 158 of 172, who alone 182 of 1285, neither 544 of
 * 953.
 */
#include "pair/waiting.h"

/* From how many points on. */
#define MEDIUM_FROM 3

/*
 * Programs follow at once; what comes later is a person's doing as likely as not, and much later
 * more likely.
 */
#define LATE_NS (1 * SEE_NS_PER_S)
#define MUCH_LATER_NS (3 * SEE_NS_PER_S)

static enum see_confidence by_points(const struct see_redirect *record)
{
    if (!record->says_why || record->score < MEDIUM_FROM) {
        return SEE_CONFIDENCE_LOW;
    }
    return record->says_who && record->score >= HIGH_FROM ? SEE_CONFIDENCE_HIGH
                                                          : SEE_CONFIDENCE_MEDIUM;
}

static enum see_confidence at_most(enum see_confidence confidence, enum see_confidence most)
{
    return confidence < most ? confidence : most;
}

/*
 * Where another reader may frame R, S or F otherwise, what they are is less sure by one level.
 */
static enum see_confidence beside_leniency(enum see_confidence confidence,
                                           const struct see_exchange *r,
                                           const struct see_exchange *f)
{
    see_leniencies all = r->request.leniency | r->response.leniency | f->request.leniency;
    bool is_less = see_leniencies_touch_framing(all) && confidence != SEE_CONFIDENCE_LOW;
    return is_less ? confidence - 1 : confidence;
}

enum see_confidence pair_confidence(const struct edge *edge, const struct see_redirect *record)
{
    enum see_confidence confidence = by_points(record);
    see_time_ns delay = edge->gap - pair_retry_after(&edge->waiting->exchange->response);
    bool is_tie = record->runner_up != INT_MIN && record->runner_up >= record->score;
    bool is_close =
        record->runner_up != INT_MIN && record->runner_up >= record->score - RIVAL_WITHIN;
    if (is_tie || delay > MUCH_LATER_NS) {
        return SEE_CONFIDENCE_LOW;
    }
    if (is_close || delay > LATE_NS) {
        confidence = at_most(confidence, SEE_CONFIDENCE_MEDIUM);
    }
    return beside_leniency(confidence, edge->waiting->exchange, edge->candidate->exchange);
}
