/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer - which of the requests that wait a response answers.
 *
 * Decides only, by the two rules of dialog.h, and changes nothing; the dialog does what follows.
 */
#ifndef SEE_HTTP_ANSWER_H
#define SEE_HTTP_ANSWER_H

#include "http/dialog.h"
#include "http/record.h"

enum see_answer_whom {
    SEE_ANSWER_NOBODY, /* nobody who waits */
    SEE_ANSWER_OWED,   /* one that the limit has pushed out */
    SEE_ANSWER_OLDEST, /* the oldest, by its turn */
    SEE_ANSWER_SOLE,   /* `record`, by evidence: those before it have no response */
    SEE_ANSWER_ONE_OF, /* one of several, it cannot be told which; the oldest has had its turn */
};

struct see_answer {
    enum see_answer_whom whom;
    struct see_record *record; /* of SEE_ANSWER_SOLE, and of SEE_ANSWER_OLDEST */
    bool is_no_head;           /* whoever it is, it is none of HEAD */
    bool rests_on_gap;         /* others could have been before it that a gap has swallowed */
};

/* Whether a response that begins at `begin` can answer `record`, as the two sides acknowledged. */
bool see_answer_can_be(const struct see_record *record, const struct see_mark *begin);

/* Of a final response whose head begins at `place`. */
struct see_answer see_answer_decide(const struct see_dialog *dialog,
                                    const struct see_head_place *place);

#endif
