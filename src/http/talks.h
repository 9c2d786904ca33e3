/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * talks - all that are not closed yet, and which of them was silent longest.
 *
 * That is asked only when too much is held, so nothing is kept in order until then:
 * a talk notes when it was heard of.  When asked, those that hold something are
 * put in order once; of these the next one that was not heard of since is the
 * one, and when none is left it is done again.  So an answer costs no more than
 * the chunks between two of them, and a logarithm.
 */
#ifndef SEE_HTTP_TALKS_H
#define SEE_HTTP_TALKS_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

struct see_talk;

struct see_silent {
    struct see_talk *talk; /* NULL: it is closed */
    uint64_t heard;
};

/* All zero to begin with. */
struct see_talks {
    struct see_talk **list;
    size_t count, room;
    size_t held;              /* octets of all of them */
    uint64_t clock;           /* counts what is heard */
    struct see_silent *queue; /* those that held something, the one silent longest first */
    size_t next, queued;      /* of the queue: the first that was not asked for, and the end */
};

SEE_MUST_CHECK int see_talks_add(struct see_talks *talks, struct see_talk *talk);
void see_talks_remove(struct see_talks *talks, struct see_talk *talk);

/* Something was heard, and now the talk holds so many octets. */
void see_talks_heard(struct see_talks *talks, struct see_talk *talk, size_t held);

/* Of those that hold something the one silent longest, NULL when there is none. */
SEE_MUST_CHECK int see_talks_silent(struct see_talks *talks, struct see_talk **ret_talk);

void see_talks_finish(struct see_talks *talks);

#endif
