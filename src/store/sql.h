/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sql - the SQL files of the source tree, as `embed.sh` puts them into the program.
 *
 * Arrays end with a NULL name.
 */
#ifndef SEE_STORE_SQL_H
#define SEE_STORE_SQL_H

struct see_sql {
    const char *name; /* of the file, without folder and ".sql" */
    const char *text;
};

extern const struct see_sql see_sql_store[];   /* src/store: schema, indexes */
extern const struct see_sql see_sql_queries[]; /* queries/, in order of name */

/* The text of this name, or NULL. */
const char *see_sql_find(const struct see_sql *list, const char *name);

#endif
