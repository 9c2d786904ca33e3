/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * files - who opens the files of a database for SQLite.
 *
 * A contained process opens nothing.  SQLite does, now and then: the journal
 * when a database is closed, a temporary file for a large index.  Its Unix layer
 * lets its system calls be replaced; those that take a path are, and ask the
 * parent for one of the few files there can be.  Besides the database one other
 * can be read at a time: a source that is merged.
 */
#ifndef SEE_STORE_FILES_H
#define SEE_STORE_FILES_H

#include <sqlite3.h>

#include "contain/contain.h"

/* For all of SQLite in this process: there is one such table.  SEE_ENOMEM. */
SEE_MUST_CHECK int see_files_ask(sqlite3 *db, struct see_contain *contain);

/*
 * The source that is read from now on: an input by its number, `path` with no link in it.  Borrowed
 * until the next one; NULL: none.
 */
void see_files_source(size_t number, const char *path);

const char *see_files_source_path(void);

/* As stat(2) of a database or what lies beside it, by ourselves or through the parent. */
SEE_MUST_CHECK int see_files_look(const char *path, struct stat *ret_info);

/* Whom is asked, and for what path; NULL when SQLite opens its files itself. */
struct see_contain *see_files_asked(void);
const char *see_files_path(void);

/* SQLite opens its files itself again. */
void see_files_ask_nobody(void);

#endif
