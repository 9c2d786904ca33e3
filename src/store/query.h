/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * query - asks the database, and changes nothing.
 *
 * Readers work while a writer runs, on read-only media, and on databases from
 * strangers: opened read-only, one statement at a time, and an authorizer that
 * allows reading and harmless functions only.
 */
#ifndef SEE_STORE_QUERY_H
#define SEE_STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contain/contain.h"
#include "core/status.h"
#include "core/view.h"

struct see_query;

/*
 * Opens the database at `path`, which must exist.  On failure *ret_query is NULL and `error` (may
 * be NULL) gets a sentence without a full stop, cut to `error_size`.
 */
SEE_MUST_CHECK int see_query_open(struct see_query **ret_query, const char *path, char *error,
                                  size_t error_size);

/*
 * The same over a connection that is open and stays the caller's, who alone says what is asked: it
 * sees what is not committed yet.  NULL when memory ran out.
 */
struct sqlite3;
struct see_query *see_query_borrow(struct sqlite3 *db, const char *path);

/* This process is about to be contained; see store/reader.h.  SEE_ENOMEM. */
SEE_MUST_CHECK int see_query_contained(struct see_query *query, struct see_contain *contain);

enum see_cell_kind {
    SEE_CELL_NULL,
    SEE_CELL_INTEGER,
    SEE_CELL_REAL, /* "1.5", "1.0e+20", "Inf" */
    SEE_CELL_TEXT,
    SEE_CELL_BLOB,
};

/* One value; borrowed until the sink returns. */
struct see_cell {
    enum see_cell_kind kind;
    struct see_view text; /* numbers in decimal; a blob's octets */
};

struct see_query_sink {
    void *ctx;
    /* The names of the columns; called once, before any row. */
    int (*columns)(void *ctx, const struct see_view *names, size_t count);
    int (*row)(void *ctx, const struct see_cell *cells, size_t count);
};

/* A value for `:name`; what is an integer for see_query_integer is bound as one. */
struct see_query_param {
    const char *name; /* with or without the colon */
    const char *value;
};

/* Whether it is -?(0|[1-9][0-9]*) within 64 bits: "007" stays the text that it is. */
bool see_query_integer(const char *value, int64_t *ret_integer);

/*
 * Runs the one statement in `sql`; parameters without a value are NULL.  SEE_EINVAL: the statement
 * or a parameter's name is wrong.  Fails with what the sink returned, too.
 */
SEE_MUST_CHECK int see_query_run(struct see_query *query, const char *sql,
                                 const struct see_query_param *params, size_t param_count,
                                 struct see_query_sink sink);

/* What failed last, a sentence without a full stop; "" when the sink failed. */
const char *see_query_error(const struct see_query *query);

void see_query_close(struct see_query *query); /* takes NULL */

#endif
