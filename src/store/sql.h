/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sql - the SQL files of the source tree, as `embed.sh` puts them into the program; and
 * short questions.
 *
 * Arrays end with a NULL name.
 */
#ifndef SEE_STORE_SQL_H
#define SEE_STORE_SQL_H

#include <sqlite3.h>

struct see_sql {
    const char *name; /* of the file, without folder and ".sql" */
    const char *text;
};

extern const struct see_sql see_sql_store[];   /* src/store: schema, views, indexes, steps */
extern const struct see_sql see_sql_queries[]; /* queries/, in order of name */

/* The text of this name, or NULL. */
const char *see_sql_find(const struct see_sql *list, const char *name);

/*
 * The first column of the first row that a statement gives, as text, which the caller frees; NULL
 * where there is none.  Returns SQLite's code.
 */
int see_sql_ask(sqlite3 *db, const char *sql, char **ret_text);

#endif
