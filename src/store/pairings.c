/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/pairings.h"

#include <limits.h>
#include <string.h>

#include "store/row.h"

void see_pairings_forget(struct see_pairings *pairings)
{
    pairings->count = 0;
}

static void add_signals(struct see_text *out, const struct see_pairing *pairing)
{
    see_text_add_string(out, "\"signals\":[");
    for (size_t i = 0; i < pairing->signal_count; i++) {
        see_text_add_string(out, i > 0 ? ",{\"signal\":" : "{\"signal\":");
        see_text_add_json(out, see_view_of(pairing->signals[i].name));
        see_text_add_string(out, ",\"points\":");
        see_text_add_number(out, pairing->signals[i].points);
        see_text_add_char(out, '}');
    }
    see_text_add_char(out, ']');
}

/*
 * {"tier":"T0","repair":null,"signals":[{"signal":"...","points":4}],"tells_client":true,
 * "tells_cause":true,"runner_up":3,"why":"..."}
 */
static void draft_evidence(struct see_text *out, const struct see_pairing *pairing)
{
    see_text_clear(out);
    see_text_add_char(out, '{');
    if (pairing->outcome == SEE_OUTCOME_FOLLOWED) {
        see_text_add_string(out, "\"tier\":\"");
        see_text_add_string(out, see_tier_name(pairing->tier));
        see_text_add_string(out, "\",\"repair\":");
        if (pairing->repair != NULL) {
            see_text_add_json(out, see_view_of(pairing->repair));
        } else {
            see_text_add_string(out, "null");
        }
        see_text_add_char(out, ',');
        add_signals(out, pairing);
        see_text_add_string(out, pairing->says_who ? ",\"tells_client\":true"
                                                   : ",\"tells_client\":false");
        see_text_add_string(out,
                            pairing->says_why ? ",\"tells_cause\":true" : ",\"tells_cause\":false");
        see_text_add_string(out, ",\"runner_up\":");
        if (pairing->runner_up != INT_MIN) {
            see_text_add_number(out, pairing->runner_up);
        } else {
            see_text_add_string(out, "null");
        }
        see_text_add_char(out, ',');
    }
    see_text_add_string(out, "\"why\":");
    see_text_add_json(out, see_view_of(pairing->why));
    see_text_add_char(out, '}');
}

/* The columns that only a followed redirect has. */
static void bind_follow_up(struct see_row *row, const struct see_pairing *pairing)
{
    if (pairing->outcome != SEE_OUTCOME_FOLLOWED) {
        for (int i = 0; i < 4; i++) {
            see_row_null(row);
        }
        return;
    }
    see_row_string(row, see_tier_name(pairing->tier));
    see_row_string(row, pairing->repair);
    see_row_string(row, see_confidence_name(pairing->confidence));
    see_row_integer(row, pairing->score);
}

static int store_pairing(struct see_store *store, const struct see_pairing *pairing)
{
    static const char sql[] =
        "INSERT INTO pairing (id, outcome, why, tier, repair, confidence, score, evidence)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_PAIRING, sql);
    see_row_integer(&row, pairing->id);
    see_row_string(&row, see_outcome_name(pairing->outcome));
    see_row_string(&row, pairing->why);
    bind_follow_up(&row, pairing);
    draft_evidence(&store->draft, pairing);
    see_row_draft(&row);
    return see_row_end(&row);
}

static struct see_pairing pairing_of(const struct see_redirect *redirect)
{
    struct see_pairing pairing = {.outcome = redirect->outcome, .why = redirect->why};
    if (redirect->outcome == SEE_OUTCOME_FOLLOWED) {
        pairing.tier = redirect->tier;
        pairing.repair = redirect->repair;
        pairing.confidence = redirect->confidence;
        pairing.score = redirect->score;
        pairing.runner_up = redirect->runner_up;
        pairing.says_who = redirect->says_who;
        pairing.says_why = redirect->says_why;
        pairing.signal_count = redirect->signal_count;
        memcpy(pairing.signals, redirect->signals,
               redirect->signal_count * sizeof(redirect->signals[0]));
    }
    return pairing;
}

/* Names, reasons and repairs are static: where two are the same text in two places, both count. */
static bool is_same(const struct see_pairing *a, const struct see_pairing *b)
{
    bool is = a->outcome == b->outcome && a->why == b->why && a->tier == b->tier &&
              a->repair == b->repair && a->confidence == b->confidence && a->score == b->score &&
              a->runner_up == b->runner_up && a->says_who == b->says_who &&
              a->says_why == b->says_why && a->signal_count == b->signal_count;
    for (size_t i = 0; i < a->signal_count && is; i++) {
        is = a->signals[i].name == b->signals[i].name &&
             a->signals[i].points == b->signals[i].points;
    }
    return is;
}

/* The one that says the same, and from now on was used last; NULL: none is known. */
static struct see_pairing *find(struct see_pairings *pairings, const struct see_pairing *pairing)
{
    for (size_t i = 0; i < pairings->count; i++) {
        uint8_t place = pairings->order[i];
        if (is_same(&pairings->known[place], pairing)) {
            memmove(pairings->order + 1, pairings->order, i);
            pairings->order[0] = place;
            return &pairings->known[place];
        }
    }
    return NULL;
}

/* In a place that is free, or in that of the one that was not used for the longest time. */
static struct see_pairing *keep(struct see_pairings *pairings, const struct see_pairing *pairing)
{
    bool is_full = pairings->count == SEE_PAIRINGS;
    uint8_t place = is_full ? pairings->order[SEE_PAIRINGS - 1] : (uint8_t)pairings->count;
    memmove(pairings->order + 1, pairings->order, pairings->count - is_full);
    pairings->order[0] = place;
    pairings->count += !is_full;
    pairings->known[place] = *pairing;
    return &pairings->known[place];
}

int see_pairings_touch(struct see_store *store, const struct see_redirect *redirect,
                       int64_t *ret_id)
{
    struct see_pairing pairing = pairing_of(redirect);
    struct see_pairing *known = find(&store->pairings, &pairing);
    if (known == NULL) {
        pairing.id = store->pairings.greatest + 1;
        int status = store_pairing(store, &pairing);
        if (status != SEE_OK) {
            return status;
        }
        store->pairings.greatest++;
        known = keep(&store->pairings, &pairing);
    }
    *ret_id = known->id;
    return SEE_OK;
}
