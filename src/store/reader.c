/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/reader.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "store/fault.h"
#include "store/files.h"
#include "store/migrate.h"

#define BUSY_TIMEOUT_MS 5000

/* No value that a query makes is larger, whatever the file or the SQL says. */
#define LONGEST_VALUE (64 << 20)

/* Nor does SQLite get more memory for all that it reads with, of this process. */
#define MOST_MEMORY (512 << 20)

/* What tells the shape of the database, and changes nothing. */
static bool is_harmless_pragma(const char *name)
{
    static const char *const names[] = {
        "table_info",      "table_xinfo", "table_list",        "index_list",
        "index_info",      "index_xinfo", "foreign_key_list",  "database_list",
        "function_list",   "pragma_list", "compile_options",   "collation_list",
        "integrity_check", "quick_check", "foreign_key_check",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What asks for a number of the file; with an argument it would set it. */
static bool is_harmless_question(const char *name)
{
    return strcasecmp(name, "user_version") == 0 || strcasecmp(name, "application_id") == 0 ||
           strcasecmp(name, "journal_mode") == 0 || strcasecmp(name, "page_count") == 0 ||
           strcasecmp(name, "page_size") == 0 || strcasecmp(name, "encoding") == 0;
}

/* Reading is allowed, and nothing else: no ATTACH, no writing, no loading of code. */
static int authorize(void *ctx, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    (void)ctx;
    (void)database;
    (void)trigger;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_UPDATE:
        /* SQLite asks this to declare json_each and its like; real updates of it are refused. */
        return strcasecmp(first, "sqlite_master") == 0 ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        return second != NULL && strcasecmp(second, "load_extension") == 0 ? SQLITE_DENY
                                                                           : SQLITE_OK;
    case SQLITE_PRAGMA:
        return is_harmless_pragma(first) || (second == NULL && is_harmless_question(first))
                   ? SQLITE_OK
                   : SQLITE_DENY;
    default:
        return SQLITE_DENY;
    }
}

/* What a source is called here is for people; for SQLite, a contained process resolved it before.
 */
static const char *real_path(const char *path)
{
    const char *source = see_files_source_path();
    return see_files_asked() != NULL && source != NULL ? source : path;
}

/* SQLite's URI for a path of any octets; `how` begins with a question mark. */
static void add_uri(struct see_text *out, const char *path, const char *how)
{
    see_text_add_string(out, path[0] == '/' ? "file://" : "file:./");
    for (const char *at = path; *at != '\0'; at++) {
        if (strchr("%?#", *at) != NULL) {
            see_text_printf(out, "%%%02X", (unsigned)(unsigned char)*at);
        } else {
            see_text_add_char(out, *at);
        }
    }
    see_text_add_string(out, how);
}

int see_database_look(const char *path, char *error, size_t error_size)
{
    struct stat info;
    if (see_files_look(real_path(path), &info) != 0) {
        return errno == ENOENT
                   ? see_fault_say(SEE_EIO, error, error_size, "%s: no such database", path)
                   : see_fault_say(errno == EACCES ? SEE_EACCES : SEE_EIO, error, error_size,
                                   "%s: %s", path, strerror(errno));
    }
    if (S_ISDIR(info.st_mode)) {
        return see_fault_say(SEE_EFORMAT, error, error_size, "%s is a directory", path);
    }
    if (!S_ISREG(info.st_mode)) {
        return see_fault_say(SEE_EFORMAT, error, error_size, "%s is not a regular file", path);
    }
    if (see_files_asked() == NULL && access(path, R_OK) != 0) {
        return see_fault_say(SEE_EACCES, error, error_size, "%s: %s", path, strerror(errno));
    }
    return SEE_OK;
}

/* Opens and reads a first row, since SQLite opens the files of a database when it first reads. */
static int open_and_touch(sqlite3 **ret_db, const char *path, int flags, const char *how)
{
    struct see_text uri;
    see_text_init(&uri);
    add_uri(&uri, real_path(path), how);
    int rc = see_text_status(&uri) == SEE_OK
                 ? sqlite3_open_v2(uri.ptr, ret_db, flags | SQLITE_OPEN_URI, NULL)
                 : SQLITE_NOMEM;
    see_text_finish(&uri);
    if (rc == SQLITE_OK) {
        rc = sqlite3_busy_timeout(*ret_db, BUSY_TIMEOUT_MS);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(*ret_db, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL);
    }
    return rc;
}

/* Whether a write-ahead log with rows in it lies beside the database. */
static bool has_log(const char *path)
{
    struct see_text name;
    struct stat info;
    see_text_init(&name);
    see_text_printf(&name, "%s-wal", real_path(path));
    bool has = see_text_status(&name) == SEE_OK && see_files_look(name.ptr, &info) == 0 &&
               info.st_size > 0;
    see_text_finish(&name);
    return has;
}

/*
 * A process that was killed while it changed the file has left the old pages in a journal.  Who
 * only reads cannot put them back, and must not take the file for whole.
 */
static bool is_half_changed(sqlite3 *db, int rc)
{
    return (rc & 0xff) == SQLITE_READONLY && db != NULL &&
           sqlite3_extended_errcode(db) == SQLITE_READONLY_ROLLBACK;
}

/* Has SQLite put them back, as whoever opens the file for writing does. */
static int put_back(const char *path, char *error, size_t error_size)
{
    sqlite3 *db = NULL;
    int rc = open_and_touch(&db, path, SQLITE_OPEN_READWRITE, "");
    int status = SEE_OK;
    if (rc != SQLITE_OK) {
        status = see_fault_say(SEE_EACCES, error, error_size,
                               "%s was left in the middle of a change, which its journal "
                               "%s-journal can undo: run a query on it once, where it can be "
                               "written",
                               path, path);
    }
    sqlite3_close(db);
    return status;
}

/*
 * In WAL mode even a reader needs to write beside the database.  Where it cannot, and there is no
 * log, the file alone is the whole database and is read as one that nobody changes.
 */
static int open_any(sqlite3 **ret_db, const char *path, char *error, size_t error_size)
{
    int rc = open_and_touch(ret_db, path, SQLITE_OPEN_READONLY, "");
    if (is_half_changed(*ret_db, rc)) {
        int status = put_back(path, error, error_size);
        if (status != SEE_OK) {
            return status;
        }
        sqlite3_close(*ret_db);
        *ret_db = NULL;
        rc = open_and_touch(ret_db, path, SQLITE_OPEN_READONLY, "");
    }
    bool is_closed_folder = (rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY;
    if (!is_closed_folder) {
        return see_fault(*ret_db, rc, path, error, error_size);
    }
    if (has_log(path)) {
        return see_fault_say(SEE_EACCES, error, error_size,
                             "%s cannot be read with its log %s-wal, since its folder cannot be "
                             "written; copy both to another folder",
                             path, path);
    }
    sqlite3_close(*ret_db);
    *ret_db = NULL;
    rc = open_and_touch(ret_db, path, SQLITE_OPEN_READONLY, "?immutable=1");
    return see_fault(*ret_db, rc, path, error, error_size);
}

static int restrict_reader(sqlite3 *db)
{
    int rc = sqlite3_exec(db, "PRAGMA query_only = 1", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    }
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
    sqlite3_hard_heap_limit64(MOST_MEMORY);
    return rc == SQLITE_OK ? sqlite3_set_authorizer(db, authorize, NULL) : rc;
}

static int identify(sqlite3 *db, const char *path, char *error, size_t error_size)
{
    int version = 0;
    int status = see_schema_identify(db, path, &version, error, error_size);
    if (status == SEE_OK && version == 0) {
        status = see_fault_say(SEE_EFORMAT, error, error_size,
                               "%s is empty, not a seeother database", path);
    }
    if (status == SEE_OK && version < SEE_SCHEMA_VERSION) {
        status = see_fault_say(SEE_EFORMAT, error, error_size,
                               "%s has the older schema version %d; writing to it once brings it "
                               "to version %d",
                               path, version, SEE_SCHEMA_VERSION);
    }
    return status == SEE_OK ? see_schema_check(db, path, error, error_size) : status;
}

int see_reader_contained(sqlite3 *db, struct see_contain *contain)
{
    sqlite3_set_authorizer(db, NULL, NULL);
    int rc = sqlite3_exec(db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
    if (sqlite3_set_authorizer(db, authorize, NULL) != SQLITE_OK || rc != SQLITE_OK) {
        return SEE_ENOMEM;
    }
    return see_files_ask(db, contain);
}

int see_database_open_reader(sqlite3 **ret_db, const char *path, char *error, size_t error_size)
{
    sqlite3 *db = NULL;
    *ret_db = NULL;
    int status = see_database_look(path, error, error_size);
    if (status == SEE_OK) {
        status = open_any(&db, path, error, error_size);
    }
    if (status == SEE_OK) {
        status = identify(db, path, error, error_size);
    }
    if (status == SEE_OK) {
        status = see_fault(db, restrict_reader(db), path, error, error_size);
    }
    if (status != SEE_OK) {
        sqlite3_close(db);
        return status;
    }
    *ret_db = db;
    return SEE_OK;
}
