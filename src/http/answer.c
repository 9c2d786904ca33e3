/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/answer.h"

bool see_answer_can_be(const struct see_record *record, const struct see_mark *begin)
{
    bool had_server = begin->acknowledged == 0 || record->begin.offset < begin->acknowledged;
    bool had_client = record->begin.acknowledged > begin->offset;
    return had_server && !had_client;
}

/* Those that a response can answer: the first `count` that wait, and the last two of these. */
struct candidates {
    size_t count;
    struct see_record *last, *before_last;
    bool may_be_head; /* one of them is a HEAD, or hidden */
};

static struct candidates find_candidates(const struct see_dialog *dialog,
                                         const struct see_mark *begin)
{
    struct candidates found = {0};
    for (struct see_record *at = dialog->oldest; at != NULL && see_answer_can_be(at, begin);
         at = at->next) {
        found.before_last = found.last;
        found.last = at;
        found.may_be_head = found.may_be_head || at->is_head || at->is_hidden;
        found.count++;
    }
    return found;
}

/*
 * What a gap has swallowed was sent together with the latest, if that is how this client does; else
 * the latest was sent when all before it was answered, if its client had more than is known to be
 * theirs.
 */
static bool is_latest(const struct see_dialog *dialog, const struct candidates *found,
                      const struct see_head_place *place)
{
    if (found->count < 2 || found->last->is_hidden ||
        (found->before_last->is_hidden && dialog->has_pipelined)) {
        return false;
    }
    uint64_t had = found->last->begin.acknowledged;
    return had > found->before_last->begin.acknowledged && had > place->answers_known;
}

/* Where responses cannot be counted any more, only evidence pairs. */
static struct see_answer decide_by_evidence(const struct see_dialog *dialog,
                                            const struct see_head_place *place)
{
    struct candidates found = find_candidates(dialog, &place->begin);
    if (found.count == 0) {
        return (struct see_answer){.whom = SEE_ANSWER_NOBODY};
    }
    bool is_only = found.count == 1 && dialog->owed == 0 && !found.last->is_hidden;
    if (is_only || is_latest(dialog, &found, place)) {
        return (struct see_answer){
            .whom = SEE_ANSWER_SOLE, .record = found.last, .rests_on_gap = is_only};
    }
    return (struct see_answer){.whom = SEE_ANSWER_ONE_OF,
                               .is_no_head = dialog->owed == 0 && !found.may_be_head};
}

struct see_answer see_answer_decide(const struct see_dialog *dialog,
                                    const struct see_head_place *place)
{
    struct see_record *oldest = dialog->oldest;
    if (dialog->is_unsure || (oldest != NULL && oldest->is_hidden)) {
        return decide_by_evidence(dialog, place);
    }
    if (dialog->owed > 0) {
        return (struct see_answer){.whom = SEE_ANSWER_OWED};
    }
    if (oldest != NULL && see_answer_can_be(oldest, &place->begin)) {
        return (struct see_answer){.whom = SEE_ANSWER_OLDEST, .record = oldest};
    }
    return (struct see_answer){.whom = SEE_ANSWER_NOBODY};
}
