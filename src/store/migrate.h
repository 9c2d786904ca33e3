/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * migrate - whose database it is, and the way from an old schema to ours.
 */
#ifndef SEE_STORE_MIGRATE_H
#define SEE_STORE_MIGRATE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

/* The schema that `schema.sql` and `views.sql` make, and "SEOT", the mark of our databases. */
#define SEE_SCHEMA_VERSION 4
#define SEE_APPLICATION_ID 0x53454F54

/*
 * Looks at what `db`, open at `path`, holds: `ret_version` is its schema version, 0 when it holds
 * nothing at all.  Changes nothing.  SEE_EFORMAT: not ours.  SEE_ENEWER: from a newer program.
 */
SEE_MUST_CHECK int see_schema_identify(sqlite3 *db, const char *path, int *ret_version, char *error,
                                       size_t error_size);

/*
 * Whether what we read and write by the names of our tables are tables.  A stranger's view of such
 * a name may have rows without end; columns, indexes, triggers and views of a user's own are no
 * matter.  For a database of SEE_SCHEMA_VERSION; SEE_EFORMAT.
 */
SEE_MUST_CHECK int see_schema_check(sqlite3 *db, const char *path, char *error, size_t error_size);

/* Makes the schema in an empty database, in one transaction. */
SEE_MUST_CHECK int see_schema_create(sqlite3 *db, const char *path, char *error, size_t error_size);

/* The way from version `from` to version `to`: steps[v - 1] is the SQL that leads from v to v + 1.
 */
struct see_migration {
    const char *const *steps;
    const char *first; /* what this very database needs before the steps; or NULL */
    const char *views; /* makes ours at the end; or NULL */
    int from, to;
};

/*
 * Brings a database to another version in one transaction.  Views are put aside meanwhile; those of
 * the user's own come back as they were.
 */
SEE_MUST_CHECK int see_schema_migrate(sqlite3 *db, const char *path,
                                      const struct see_migration *migration, char *error,
                                      size_t error_size);

/* The same for a database of ours, to SEE_SCHEMA_VERSION. */
SEE_MUST_CHECK int see_schema_update(sqlite3 *db, const char *path, int from, char *error,
                                     size_t error_size);

#endif
