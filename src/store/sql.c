/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sql.h"

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
