/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * store - the database: rows out of records (`schema.sql` is its face).
 *
 * Rows are written in transactions of half a second of the wall clock, so that with
 * the time a commit takes a killed process loses the last second at most.  Run-local ids of
 * exchanges, redirects, connections and captures are moved past those already there. Indexes are
 * made when the run ends.
 *
 * What failed is told by `see_store_error`; nothing is written after the first
 * failure, and the store stays usable for `close`.  One program writes at a time:
 * another one is refused with SEE_EBUSY.
 */
#ifndef SEE_STORE_STORE_H
#define SEE_STORE_STORE_H

#include "contain/contain.h"
#include "core/counts.h"
#include "core/status.h"
#include "rules/rules.h"

struct see_store;

struct see_store_options {
    bool is_redacting;        /* secrets are replaced by [redacted]; the default of every caller */
    bool has_digest_key;      /* digests may be stored: the user gave the key */
    bool stores_all;          /* every exchange, not only those that touch a redirect */
    see_time_ns batch_ns;     /* a batch is committed when it is as old; 0: half a second */
    size_t waiting_octets;    /* of rows kept while another program holds the database's lock; 0:
                                 none, and it is waited for, but not for ever */
    const char *tool_version; /* for captures.tool_version */
    const char *options_json; /* for captures.options */
};

/* What becomes a row of `captures`. */
struct see_capture_row {
    uint32_t capture;                  /* the run's number of it, as in stamps */
    const char *source;                /* a path, an interface, or "-" */
    const char *kind;                  /* "file", "interface", "stdin" */
    see_time_ns first_time, last_time; /* of its frames; both 0 when it has none */
    uint64_t packets, bytes;           /* frames and captured octets */
    int64_t kernel_dropped;            /* -1: not known (NULL) */
    const char *status;                /* "complete", "truncated", "corrupt", ... */
    const char *detail;                /* a sentence, or NULL */
};

/*
 * Opens or creates the database at `path`.  On failure *ret_store is NULL and `error` (may be NULL)
 * gets a sentence without a full stop, cut to `error_size`: SEE_ENEWER for a newer schema,
 * SEE_EFORMAT for a file that is not ours, SEE_EACCES, SEE_EBUSY, SEE_EIO, SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_store_open(struct see_store **ret_store, const char *path,
                                  const struct see_store_options *options, char *error,
                                  size_t error_size);

/*
 * From here on the files of the database are opened by the parent of this process, which is about
 * to be contained.  One store a process at a time.  SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_store_contained(struct see_store *store, struct see_contain *contain);

/*
 * From here on rows may be written by a thread of its own, once there are many; which is allowed
 * only behind `see_store_contained`, since a thread is not contained with the one that made it.
 * What fails is told later then.
 */
void see_store_go_aside(struct see_store *store);

/*
 * From here on another thread may lend a hand (see_store_help, which it calls now and then, and
 * when there are rows to be written); the same holds.  Until it is taken back, when that is gone.
 */
void see_store_share(struct see_store *store);
void see_store_share_not(struct see_store *store);
void see_store_help(struct see_store *store);
bool see_store_has_rows(struct see_store *store);

/* Inserts or updates the row of a capture (by `capture`). */
SEE_MUST_CHECK int see_store_capture(struct see_store *store, const struct see_capture_row *row);

/*
 * An exchange is over.  Stored when everything is, or when a redirect touches it; otherwise only
 * looked at.  Call for every SEE_EXCHANGE_END.
 */
SEE_MUST_CHECK int see_store_exchange(struct see_store *store, const struct see_exchange *exchange);

/* A redirect, with its exchanges as far as they are known (later ends update their rows). */
SEE_MUST_CHECK int see_store_redirect(struct see_store *store, const struct see_redirect *redirect);

SEE_MUST_CHECK int see_store_finding(struct see_store *store, const struct see_finding *finding);

/* The finding of this id has a slice of evidence, of this name. */
SEE_MUST_CHECK int see_store_evidence_file(struct see_store *store, int64_t finding,
                                           const char *name);

/* A connection is over: its row, if it has one, is completed. */
SEE_MUST_CHECK int see_store_connection(struct see_store *store,
                                        const struct see_connection *connection);

/* Replaces a capture's totals of one stage in `coverage`. */
SEE_MUST_CHECK int see_store_coverage(struct see_store *store, uint32_t capture,
                                      const struct see_counts *counts);

/* The same for the minute of capture time that begins at `minute`. */
SEE_MUST_CHECK int see_store_coverage_minute(struct see_store *store, uint32_t capture,
                                             see_time_ns minute, const struct see_counts *counts);

/* Commits what has been open for half a second; cheap otherwise. */
SEE_MUST_CHECK int see_store_tick(struct see_store *store);

/* Commits now. */
SEE_MUST_CHECK int see_store_commit(struct see_store *store);

/*
 * Commits, makes the indexes and moves all into the one file, so that what fails can still be told;
 * `close` does it where it was not done.
 */
SEE_MUST_CHECK int see_store_finish(struct see_store *store);

/* How many findings of this run are committed, and so outlive whatever happens; once finished. */
uint64_t see_store_kept(const struct see_store *store);

/* The id that the finding stored last has in the database; 0: none was. */
int64_t see_store_last_finding(const struct see_store *store);
/* The id that a run-local redirect or exchange has in the database. */
int64_t see_store_redirect_id(const struct see_store *store, uint64_t redirect);
int64_t see_store_exchange_id(const struct see_store *store, uint64_t exchange);
/* The same of a capture, by its number. */
int64_t see_store_capture_id(const struct see_store *store, uint32_t capture);

/* The size of the database, in octets; 0 when not known. */
int64_t see_store_size(struct see_store *store);

/*
 * Live: keeps some room on the disk for what matters most (store/reserve.h).  While the disk is
 * full only what findings need is stored, and what tells of captures: a redirect without a finding,
 * and exchanges that no finding rests on, get no row.
 */
void see_store_keep_room(struct see_store *store);

/* Looks at the disk, about once a second: whether that is so. */
bool see_store_look_at_room(struct see_store *store);

/* Lets go of the room that was kept, since something did not fit; true when it was still kept. */
bool see_store_spare(struct see_store *store);

/* Whether that is what failed. */
bool see_store_is_full(const struct see_store *store);

/*
 * Another program holds the database's lock for so long now that rows are kept, to be written when
 * it lets go.  When there are too many, that is a failure, SEE_EBUSY.
 */
bool see_store_is_kept_waiting(const struct see_store *store);

/* Redirects and findings that got no row, or one that was not committed. */
uint64_t see_store_left_out(const struct see_store *store);
uint64_t see_store_lost(const struct see_store *store);

/*
 * Whether the database can be closed and begun anew now.  Not where its name would come to mean
 * another file while somebody else has this one open: whoever opens it finds its log by that name.
 */
bool see_store_may_reopen(struct see_store *store, bool is_rotation);

/*
 * Whether the name leads to the file by a link, as rotation makes them; and whether it did, but
 * somebody has taken that away: then the next rotation makes it again.
 */
bool see_store_is_linked(const struct see_store *store);
bool see_store_lacks_link(const struct see_store *store);

/*
 * Closes the database and begins it anew: in a file of its own when `rotation` leads the name
 * elsewhere or, when that is NULL, somebody else has moved the old one away.  What was stored of
 * this run counts as not stored: rows that later ones refer to are written again.  A store that had
 * failed is usable again, unless this fails too; that the name leads nowhere else is no failure,
 * and `see_store_error` says why.  `options_json` is of the captures to come.
 */
SEE_MUST_CHECK int see_store_reopen(struct see_store *store, const struct see_rotation *rotation,
                                    const char *options_json);

/*
 * Whether the database that was reopened, after a failure, is the same: its captures go on in their
 * rows.  Otherwise they begin anew.
 */
bool see_store_goes_on(const struct see_store *store);

/* What failed, a sentence without a full stop ("" when nothing did); valid until `close`. */
const char *see_store_error(const struct see_store *store);

/* Finishes and closes; tells an earlier failure again.  Always frees; takes NULL. */
SEE_MUST_CHECK int see_store_close(struct see_store *store);

#endif
