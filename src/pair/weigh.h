/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * weigh - one weighing, which several files add their signals to.
 *
 * The method is never looked at, and neither are the fields that go with
 * content: a client that gets these wrong is what we look for.
 */
#ifndef SEE_PAIR_WEIGH_H
#define SEE_PAIR_WEIGH_H

#include "pair/waiting.h"
#include "pair/weights.h"

struct weighing {
    const struct waiting *waiting;
    const struct edge *edge;
    const struct see_exchange *r, *f;
    struct edge *heads;          /* notes what is said; NULL: nobody does */
    struct see_redirect *record; /* gets the signals; NULL: only the score is wanted */
    int score;
    unsigned says;  /* SAYS_WHO, SAYS_WHY, ... */
    bool by_chance; /* hardly anyone else could have asked, unless something says so */
};

void pair_weigh(struct weighing *w, enum weight weight);

/* The first field of this name, absent when there is none. */
static inline struct see_view pair_field(const struct see_message *message, const char *name)
{
    return see_message_field(message, see_view_of(name), NULL);
}

/* weigh_cookies.c */
void pair_weigh_set_cookies(struct weighing *w);
void pair_weigh_cookies(struct weighing *w);

/* weigh_fields.c */
void pair_weigh_referer(struct weighing *w);
void pair_weigh_origin_null(struct weighing *w);
void pair_weigh_fields(struct weighing *w);
void pair_weigh_distinctive(struct weighing *w);
void pair_weigh_user_action(struct weighing *w);

#endif
