/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int see_fault_say(int status, char *error, size_t error_size, const char *format, ...)
{
    if (error != NULL && error_size > 0) {
        va_list args;
        va_start(args, format);
        vsnprintf(error, error_size, format, args);
        va_end(args);
    }
    return status;
}

/* SQLite's own message; but when it has none that fits `rc`, the text of the code. */
static const char *sqlite_says(sqlite3 *db, int rc)
{
    if (db != NULL && (sqlite3_errcode(db) & 0xff) == (rc & 0xff)) {
        return sqlite3_errmsg(db);
    }
    return sqlite3_errstr(rc);
}

/* The last failure that SQLite met on this file, 0 when none. */
static int errno_of(sqlite3_file *file)
{
    int code = 0;
    bool has_methods = file != NULL && file->pMethods != NULL;
    if (has_methods && file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &code) != 0) {
        code = 0;
    }
    return code;
}

/*
 * What the system said.  SQLite does not keep it when a commit fails; the files do: the log or
 * journal, where writing fails first, and the database.
 */
static int system_errno(sqlite3 *db)
{
    sqlite3_file *log = NULL, *file = NULL;
    int code = db != NULL ? sqlite3_system_errno(db) : 0;
    if (db == NULL || code != 0) {
        return code;
    }
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK) {
        code = errno_of(log);
    }
    if (code == 0 &&
        sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK) {
        code = errno_of(file);
    }
    return code;
}

static bool is_lack_of_room(int code)
{
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

bool see_fault_is_full(sqlite3 *db, int rc)
{
    int kind = rc & 0xff;
    return kind == SQLITE_FULL ||
           ((kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) && is_lack_of_room(system_errno(db)));
}

static int system_fault(sqlite3 *db, int rc, const char *path, char *error, size_t error_size)
{
    int code = system_errno(db);
    if (is_lack_of_room(code)) {
        return see_fault_say(SEE_EIO, error, error_size, "%s: the disk is full (%s)", path,
                             strerror(code));
    }
    int status = code == EACCES || code == EPERM || code == EROFS ? SEE_EACCES : SEE_EIO;
    return see_fault_say(status, error, error_size, "%s: %s", path,
                         code != 0 ? strerror(code) : sqlite_says(db, rc));
}

int see_fault(sqlite3 *db, int rc, const char *path, char *error, size_t error_size)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return SEE_OK;
    case SQLITE_NOMEM:
        return see_fault_say(SEE_ENOMEM, error, error_size, "%s: out of memory", path);
    case SQLITE_FULL:
        return see_fault_say(SEE_EIO, error, error_size, "%s: the disk is full", path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return see_fault_say(SEE_EBUSY, error, error_size, "%s: another program is using it (%s)",
                             path, sqlite_says(db, rc));
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return see_fault_say(SEE_EACCES, error, error_size, "%s: no permission to write", path);
    case SQLITE_NOTADB:
        return see_fault_say(SEE_EFORMAT, error, error_size, "%s is not a seeother database", path);
    case SQLITE_CORRUPT:
        return see_fault_say(SEE_EFORMAT, error, error_size, "%s is damaged (%s)", path,
                             sqlite_says(db, rc));
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return system_fault(db, rc, path, error, error_size);
    default:
        return see_fault_say(SEE_EIO, error, error_size, "%s: %s", path, sqlite_says(db, rc));
    }
}
