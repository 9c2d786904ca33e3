/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother_run - a run from within: seeother.c opens and ends it, seeother_feed.c feeds it,
 * seeother_pipeline.c ties the rooms together, seeother_coverage.c stores what they counted.
 */
#ifndef SEE_SEEOTHER_RUN_H
#define SEE_SEEOTHER_RUN_H

#include "capture/prelude.h"
#include "core/hash.h"
#include "decode/decode.h"
#include "http/http.h"
#include "pair/pair.h"
#include "report/cutter.h"
#include "rules/rules.h"
#include "seeother.h"
#include "store/store.h"
#include "stream/stream.h"

/* The stages behind capture, in the order of the data. */
enum stage { DECODE, STREAM, HTTP, PAIR, RULES, EVIDENCE, STAGES };

_Static_assert(STAGES == SEE_RUN_STAGES, "what is promised");

#define COUNTERS_MAX 64

/* What the captures of a run counted, added up. */
enum capture_counter { CAPTURE_FRAMES, CAPTURE_HANDED_ON, CAPTURE_FILTERED, CAPTURE_COUNTERS };

struct see_run {
    struct see_settings settings;
    struct see_hash_key key;
    struct see_decode *decode;
    struct see_stream *stream;
    struct see_http *http;
    struct see_pair *pair;
    struct see_rules *rules;
    struct see_store *store;
    struct see_report *report;
    struct see_prelude prelude;
    struct see_cutter *cutter; /* NULL: no evidence is kept */
    char **sources;            /* by capture number - 1 */
    uint32_t source_count;
    uint64_t before[STAGES][COUNTERS_MAX];     /* the counters when the capture began */
    uint64_t before_left_out, before_unstored; /* likewise, of what was not stored */
    struct see_count totals[CAPTURE_COUNTERS];
    uint64_t findings[3]; /* without those that are suppressed */
    uint64_t suppressed;
    struct see_text known_uri; /* of a finding that may be suppressed */
    bool has_failed;
    bool is_away;      /* the database cannot be written, and is waited for */
    int report_status; /* the first failure of the report; nothing is reported after it */
    char error[512];
};

/* seeother.c: keeps a sentence for whoever asks what failed. */
void run_say(struct see_run *run, const char *what);

/*
 * seeother.c: keeps the words of the room that failed; later failures are consequences.  One that
 * is patient goes on without its database.
 */
SEE_MUST_CHECK int run_failed_in_store(struct see_run *run, int status);

/* seeother.c: a reader that goes away is no reason to lose findings: they are still stored. */
void run_failed_in_report(struct see_run *run, int status);

/* seeother_feed.c: hands on what the prelude has held, after telling the clocks what time it is. */
SEE_MUST_CHECK int run_end_prelude(struct see_run *run);

/* seeother_pipeline.c: where the decoder's segments go. */
struct see_decode_sink run_segments(struct see_run *run);

/* seeother_pipeline.c: makes the rooms but for the store, each with the next one as its sink. */
SEE_MUST_CHECK int run_lay_pipeline(struct see_run *run);

/* seeother_coverage.c: gives the sums over all captures their names. */
void run_name_totals(struct see_run *run);

/* seeother_coverage.c: stores what all stages counted since the capture began. */
SEE_MUST_CHECK int run_store_stages(struct see_run *run, uint32_t capture);

/* seeother_coverage.c: what comes from here on is of another capture, or in another database. */
void run_remember_counts(struct see_run *run);

/* seeother_coverage.c: the report's last words. */
void run_show_totals(struct see_run *run);

#endif
