/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sql.h"

#include <stdlib.h>
#include <string.h>

const char *see_sql_find(const struct see_sql *list, const char *name)
{
    for (const struct see_sql *sql = list; sql->name != NULL; sql++) {
        if (strcmp(sql->name, name) == 0) {
            return sql->text;
        }
    }
    return NULL;
}

int see_sql_ask(sqlite3 *db, const char *sql, char **ret_text)
{
    sqlite3_stmt *statement = NULL;
    *ret_text = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    if (rc == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        *ret_text = text != NULL ? strdup(text) : NULL;
        rc = *ret_text != NULL ? SQLITE_ROW : SQLITE_NOMEM;
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}
