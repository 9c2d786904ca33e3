/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fault - what SQLite says went wrong, in our words.
 */
#ifndef SEE_STORE_FAULT_H
#define SEE_STORE_FAULT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"

/*
 * The status for the SQLite code `rc`.  `error` (may be NULL) gets "PATH: why", cut to
 * `error_size`, without a full stop; `db` (may be NULL) is asked for details.
 */
SEE_MUST_CHECK int see_fault(sqlite3 *db, int rc, const char *path, char *error, size_t error_size);

/* Whether it was for lack of room on the disk. */
bool see_fault_is_full(sqlite3 *db, int rc);

/* Writes a formatted sentence into `error` (may be NULL) and hands back `status`. */
SEE_MUST_CHECK int see_fault_say(int status, char *error, size_t error_size, const char *format,
                                 ...) __attribute__((format(printf, 4, 5)));

#endif
