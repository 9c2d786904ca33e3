/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * database - the file on disk, held for writing by one program at a time.
 */
#ifndef SEE_STORE_DATABASE_H
#define SEE_STORE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "core/status.h"

/* What a batch touches, in KiB: less, and SQLite writes pages in between and reads them again. */
#define SEE_DATABASE_CACHE "PRAGMA cache_size = -4000"

struct see_database {
    sqlite3 *db;
    int lock_fd;
};

/*
 * Opens or creates the database at `path`: ours, of our schema version, in WAL mode, and nobody
 * else's to write.  A new file is readable by its owner only, since captures hold private data; it
 * is taken away again when making it a database fails.  On failure nothing is held.
 */
SEE_MUST_CHECK int see_database_open(struct see_database *ret_database, const char *path,
                                     char *error, size_t error_size);

/*
 * Begins to write.  A program that holds the lock is waited for so long; then SQLITE_BUSY.
 */
SEE_MUST_CHECK int see_database_begin(struct see_database *database, int patience_ms);

/*
 * Moves the write-ahead log into the file; a reader may keep part of it waiting, which is no
 * failure.  No transaction may be open.
 */
SEE_MUST_CHECK int see_database_settle(struct see_database *database, const char *path, char *error,
                                       size_t error_size);

/*
 * Leaves the write-ahead log, for which nobody else may have the database open; false where
 * somebody has, and all goes on.
 */
bool see_database_leave_log(struct see_database *database);

/* Whether another file, or none, has the name by now: `named` is what stat says of the name. */
bool see_database_has_moved(const struct see_database *database, const struct stat *named);

/*
 * Closes; when nobody else has the database open, only the one file remains.  Always releases
 * everything.
 */
SEE_MUST_CHECK int see_database_close(struct see_database *database, const char *path, char *error,
                                      size_t error_size);

#endif
