/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reader - the file on disk, for reading only.
 */
#ifndef SEE_STORE_READER_H
#define SEE_STORE_READER_H

#include <sqlite3.h>
#include <stddef.h>

#include "contain/contain.h"
#include "core/status.h"

/*
 * Opens our database at `path` read-only, whether or not somebody writes to it, and whether or not
 * its folder can be written.  SEE_EIO: there is none.  On failure *ret_db is NULL.
 */
SEE_MUST_CHECK int see_database_open_reader(sqlite3 **ret_db, const char *path, char *error,
                                            size_t error_size);

/* The file alone: whether there is one that could be a database.  `error` gets a sentence. */
SEE_MUST_CHECK int see_database_look(const char *path, char *error, size_t error_size);

/*
 * This process is about to be contained: what is opened later comes from the parent, and there are
 * no temporary files.  One database a process.  SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_reader_contained(sqlite3 *db, struct see_contain *contain);

#endif
