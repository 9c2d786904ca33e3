/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * submissions - what was sent by POST lately, to tell when the same is sent again.
 *
 * The same: one client, one User-Agent, one URI, one content, one peer (a proxy
 * passes on what its client sent, and is no second submission).  Nothing of it is
 * kept but hashes, of the last one only, and nothing once it is answered so that
 * the same again would be no second submission.
 */
#ifndef SEE_RULES_SUBMISSIONS_H
#define SEE_RULES_SUBMISSIONS_H

#include <sys/queue.h>

#include "core/hash.h"
#include "core/limits.h"
#include "core/map.h"
#include "core/text.h"
#include "http/exchange.h"

/* How long a submission is remembered, in capture time. */
#define SEE_SUBMISSIONS_WINDOW (10 * SEE_NS_PER_S)

struct see_submission {
    uint64_t exchange;    /* its id */
    see_time_ns time;     /* of its first octet */
    uint64_t frame;       /* the one with it */
    see_time_ns answered; /* when `status` came */
    uint64_t cookies;     /* a hash of the Cookie fields; 0: there are none */
    uint16_t status;      /* of its answer, 0: none so far */
    bool is_over : 1;     /* its exchange is over: with status 0, it was never answered */
    bool leads_back : 1;  /* its answer is a redirect to where it came from */
    bool sets_cookie : 1; /* its answer sets a cookie */
    bool is_page : 1;     /* its answer is 200 and text/html */
    bool is_form : 1;
    bool is_other_user : 1; /* of the one before: both have cookies, which differ for no known
                               reason */
    bool is_passed_on : 1; /* of the one before: its server is a proxy, and the later one comes from
                              there */
};

struct see_submissions {
    struct see_hash_key key;
    size_t limit, client_limit;
    struct see_map by_content; /* the last one of each content */
    struct see_map open;       /* those whose exchange is not over, by its id */
    struct see_map clients;
    TAILQ_HEAD(, submission) in_order; /* oldest first */
    struct see_submission before;      /* the last one that was followed by another */
    struct see_text scratch;
    uint64_t evicted; /* forgotten for want of room */
};

/*
 * How the same comes about once more after this one, as a sentence fragment; NULL: not as a second
 * submission, and where this one is answered, not any more.
 */
const char *see_submission_way(const struct see_submission *submission);

void see_submissions_init(struct see_submissions *submissions, const struct see_limits *limits,
                          const struct see_hash_key *key);
void see_submissions_finish(struct see_submissions *submissions);

/*
 * A request by POST was seen whole.  `ret_before` gets the last one of the window that is the same,
 * valid until the next call, or NULL; then this one is remembered.  Fails with SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_submissions_add(struct see_submissions *submissions,
                                       const struct see_exchange *exchange,
                                       const struct see_submission **ret_before);

/* More is known of an exchange: its answer's head, or that it is over.  Fails with SEE_ENOMEM. */
SEE_MUST_CHECK int see_submissions_note(struct see_submissions *submissions,
                                        const struct see_exchange *exchange);

#endif
