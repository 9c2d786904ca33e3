/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother - the front door: frames in, findings out, everything in the database.
 *
 *     open -> begin, feed, feed, ..., end -> begin, ... -> close
 *
 * One run reads any number of captures, one after the other; connections and
 * redirects that span two of them are whole.  This is the only file that knows
 * all rooms.
 */
#ifndef SEE_SEEOTHER_H
#define SEE_SEEOTHER_H

#include <stdbool.h>
#include <stdio.h>

#include "capture/capture.h"
#include "contain/contain.h"
#include "core/limits.h"
#include "core/status.h"
#include "decode/decode.h"
#include "http/forwarded.h"
#include "http/look.h"
#include "report/report.h"
#include "rules/suppress.h"

#define SEE_VERSION_MAX 32

struct see_settings {
    const char *database;
    struct see_limits limits;
    see_time_ns window_ns;
    const char *digest_key; /* NULL: digests are compared, and not stored */
    struct see_decode_options decode;
    struct see_client_options clients;
    const struct see_suppressions *suppressions; /* NULL: none */
    const char *evidence; /* live: the directory that slices of findings go to; NULL: nowhere */
    struct see_slices_bounds slices;
    unsigned shard, shards; /* store what this one of so many keeps, from 0; 0 shards: all */
    bool is_redacting;
    bool stores_all;
    bool is_quiet;            /* no totals at the end */
    bool is_patient;          /* a store that fails is waited for: see `see_run_is_away` */
    const char *tool_version; /* for the database */
    const char *options_json; /* likewise: the options of this run */
    struct see_report_options report;
    /* Called before a finding is printed, where something else may stand on the terminal. */
    void (*before_report)(void *ctx);
    void *before_report_ctx;
};

struct see_run;

/*
 * Opens the database and lays the pipeline.  On failure *ret_run is NULL and `error` gets a
 * sentence without a full stop.  Strings in `settings` are borrowed until close.
 */
SEE_MUST_CHECK int see_run_open(struct see_run **ret_run, const struct see_settings *settings,
                                char *error, size_t error_size);

/* This process is about to be contained: see contain/contain.h.  SEE_ENOMEM. */
SEE_MUST_CHECK int see_run_contained(struct see_run *run, struct see_contain *contain);

/* Rows may be written by a thread of its own, once this process is contained or never will be. */
void see_run_go_aside(struct see_run *run);

/*
 * The same by a thread that has other things to do (see_run_help), which there may be none of yet;
 * and for it, whether there are any.
 */
void see_run_share_rows(struct see_run *run);
void see_run_share_rows_not(struct see_run *run);
void see_run_help(struct see_run *run);
bool see_run_has_rows(struct see_run *run);

/* Chooses rules; false when there is no such rule. */
bool see_run_disable(struct see_run *run, const char *rule);
bool see_run_only(struct see_run *run, const char *rule);

/* All rules are on again. */
void see_run_all_rules(struct see_run *run);

/*
 * Takes over what can change while it runs: the window, how clients are told apart, suppressions,
 * the format (unless one of the two is a document), whether there are totals; and `options_json`
 * for captures of the next database.  Strings are borrowed until close, or the next change.
 */
void see_run_change(struct see_run *run, const struct see_settings *settings);

/* A capture begins: its stamps must carry *ret_capture, from 1. */
SEE_MUST_CHECK int see_run_begin(struct see_run *run, const char *source, uint32_t *ret_capture);

/* Stores what is known of the capture so far. */
SEE_MUST_CHECK int see_run_capture(struct see_run *run, uint32_t capture,
                                   const struct see_capture_info *info);

/* A capture that could not be opened, as a row of its own. */
SEE_MUST_CHECK int see_run_unreadable(struct see_run *run, const char *source,
                                      enum see_capture_kind kind, int status, const char *why);

SEE_MUST_CHECK int see_run_feed(struct see_run *run, const struct see_frame *frame);

/* These frames will be fed next: see `see_decode_expect`. */
void see_run_expect(struct see_run *run, const struct see_frame *frames, struct see_look *looks,
                    size_t count);

/*
 * Another thread decodes: the decoder is its own until the end of that, and what comes of each
 * frame is fed to the run.  NULL where the run wants to see the frames themselves.
 */
struct see_decode *see_run_decode_begin(struct see_run *run);
void see_run_decode_end(struct see_run *run);

/*
 * What reading or decoding failed with, if anything, is kept for whoever asks; unless the run knows
 * better.  Returns `status`.
 */
int see_run_told(struct see_run *run, int status);

/* What will be fed next, and what some of it begins with; borrowed until the next call. */
void see_run_expect_segments(struct see_run *run, const struct see_segment *segments, size_t count,
                             const struct see_http_look *heads, size_t head_count);

/* Takes the segments of one frame, of this time. */
SEE_MUST_CHECK int see_run_feed_segments(struct see_run *run, see_time_ns time_ns,
                                         const struct see_segment *segments, size_t count);

/* No frame came for a while: what waits to be written is. */
SEE_MUST_CHECK int see_run_idle(struct see_run *run);

/* Live: frames were lost between the two times, nobody knows which. */
void see_run_lost(struct see_run *run, see_time_ns from, see_time_ns to);

/* Live: what a capture counted in the minute that begins at `minute`. */
SEE_MUST_CHECK int see_run_minute(struct see_run *run, uint32_t capture, see_time_ns minute,
                                  const struct see_counts *counts);

/*
 * Live: the database cannot be written, `see_run_error` says why, and what is found is shown but
 * not stored, until `see_run_reopen` succeeds.
 */
bool see_run_is_away(const struct see_run *run);

/*
 * Live: writes the slices of evidence that are due by the system's clock; call a few times a
 * second.  Why they cannot be written is told until they can: NULL.
 */
SEE_MUST_CHECK int see_run_cut(struct see_run *run, see_time_ns now);
const char *see_run_evidence_error(const struct see_run *run);

/*
 * Live: another program holds the database's lock, and rows are kept until it lets go; when there
 * are too many, the database counts as one that cannot be written.
 */
bool see_run_is_kept_waiting(const struct see_run *run);

/* Findings that were shown and not stored. */
uint64_t see_run_unstored(const struct see_run *run);

/*
 * Live: keeps room on the disk for findings and counters, which alone are stored while it is full
 * (see store/store.h).  To be looked at each second: whether that is so.  `spare` lets go of the
 * room where the database could not be written for lack of it, and is true when it did so now.
 */
void see_run_keep_room(struct see_run *run);
bool see_run_look_at_room(struct see_run *run);
bool see_run_spare(struct see_run *run);

/* Redirects that were not stored because of that, or while the database could not be written. */
uint64_t see_run_left_out(const struct see_run *run);

/* Live: the size of the database, in octets. */
int64_t see_run_size(struct see_run *run);

/* Live: whether it can be begun anew now (see `see_store_may_reopen`). */
bool see_run_may_reopen(struct see_run *run, bool is_rotation);

/* Live: whether its name is a link, and whether that is gone (see `see_store_lacks_link`). */
bool see_run_is_linked(const struct see_run *run);
bool see_run_lacks_link(const struct see_run *run);

/* Live: why the last rotation did not come about; "" when it did. */
const char *see_run_rotation_error(const struct see_run *run);

/*
 * Live: the database is closed and begun anew (see `see_store_reopen`).  What is in flight goes on;
 * captures are to be stored again.
 */
SEE_MUST_CHECK int see_run_reopen(struct see_run *run, const struct see_rotation *rotation);

/* Live: whether captures go on in their rows after that (see `see_store_goes_on`). */
bool see_run_goes_on(const struct see_run *run);

/* The counters of the stages so far, without those of the captures; valid until the next call. */
#define SEE_RUN_STAGES 6
void see_run_counts(struct see_run *run, struct see_counts ret_counts[SEE_RUN_STAGES]);

/* Live: time has come this far though no frame arrived. */
SEE_MUST_CHECK int see_run_tick(struct see_run *run, see_time_ns now);

/*
 * The capture is over: its row is stored.  Connections stay open for the next one, so the coverage
 * of the later stages is stored when that begins, or when the run is over.
 */
SEE_MUST_CHECK int see_run_end(struct see_run *run, uint32_t capture, struct see_capture *from);

/* Live: likewise, where earlier databases have a part of it already: `before`. */
SEE_MUST_CHECK int see_run_end_since(struct see_run *run, uint32_t capture,
                                     struct see_capture *from,
                                     const struct see_capture_info *before);

/* What a capture counted since `before`. */
struct see_capture_info see_run_since(const struct see_capture_info *now,
                                      const struct see_capture_info *before);

/* Something failed outside of the run: its report will say so. */
void see_run_has_failed(struct see_run *run);

/* The run is over: everything gets its outcome, and the totals are shown. */
SEE_MUST_CHECK int see_run_flush(struct see_run *run);

/* Findings stored so far that are not suppressed, by enum see_severity. */
const uint64_t *see_run_findings(const struct see_run *run);

/* What failed last, a sentence without a full stop. */
const char *see_run_error(const struct see_run *run);

/*
 * Closes the database.  When something failed, `error` says how many findings are nevertheless in
 * it.  Always frees; takes NULL.
 */
SEE_MUST_CHECK int see_run_close(struct see_run *run, char *error, size_t error_size);

#endif
