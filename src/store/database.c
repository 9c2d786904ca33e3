/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/text.h"
#include "store/fault.h"
#include "store/files.h"
#include "store/migrate.h"

/* How long we wait for someone who writes with another tool, the sqlite3 shell say. */
#define BUSY_TIMEOUT_MS 5000

/* No value of a row is larger, whatever columns the file has. */
#define LONGEST_VALUE (64 << 20)

/* Up to so many pages a sort keeps its rows in memory, whatever a cache may have: 1 MiB. */
#define SORT_PAGES 64

static int system_fault(int code, const char *path, char *error, size_t error_size)
{
    switch (code) {
    case EISDIR:
        return see_fault_say(SEE_EFORMAT, error, error_size, "%s is a directory", path);
    case EACCES:
    case EPERM:
    case EROFS:
        return see_fault_say(SEE_EACCES, error, error_size, "%s: %s", path, strerror(code));
    default:
        return see_fault_say(SEE_EIO, error, error_size, "%s: %s", path, strerror(code));
    }
}

static int open_file(const char *path, int *ret_fd, bool *ret_is_new, char *error,
                     size_t error_size)
{
    const int flags = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    struct see_contain *contain = see_files_asked();
    int fd =
        contain != NULL ? see_contain_open(contain, SEE_FILE_DATABASE, true) : open(path, flags);
    if (contain == NULL && fd < 0 && errno == ENOENT) {
        fd = open(path, flags | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        *ret_is_new = fd >= 0;
    }
    if (fd < 0) {
        return system_fault(errno, path, error, error_size);
    }
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return see_fault_say(SEE_EFORMAT, error, error_size, "%s is not a regular file", path);
    }
    *ret_fd = fd;
    return SEE_OK;
}

/*
 * One run at a time: two would give the same ids, and each would take the other's captures for
 * those of a killed program.  SQLite's own locks are held for a transaction only, and a mark in the
 * database would outlive a killed process; so we hold a lock of the open file description, on an
 * octet far beyond any that SQLite locks or a database has.  It needs no file of its own, and the
 * system drops it with the process.
 *
 * Closing any descriptor of a file drops the process's POSIX locks on it, SQLite's among them: so
 * this one is opened before SQLite's and closed after it.
 */
static int lock_file(int fd, const char *path, char *error, size_t error_size)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)1 << 62, .l_len = 1};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
        return SEE_OK;
    }
    if (errno == EAGAIN || errno == EACCES) {
        return see_fault_say(SEE_EBUSY, error, error_size,
                             "%s: another seeother is writing to it; wait for its end, or choose "
                             "another database",
                             path);
    }
    return see_fault_say(SEE_EIO, error, error_size, "%s cannot be locked: %s", path,
                         strerror(errno));
}

/* SQLite gives names like ":memory:" a meaning; a path with a slash in front has none but itself.
 */
static int open_sqlite(sqlite3 **ret_db, const char *path, char *error, size_t error_size)
{
    struct see_text plain;
    /* Refused, and no matter, once SQLite has begun.  Nobody asks how much memory it uses. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_config(SQLITE_CONFIG_PMASZ, SORT_PAGES);
    path = see_files_asked() != NULL ? see_files_path() : path;
    see_text_init(&plain);
    see_text_printf(&plain, "%s%s", path[0] == '/' ? "" : "./", path);
    int rc =
        see_text_status(&plain) == SEE_OK
            ? sqlite3_open_v2(plain.ptr, ret_db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)
            : SQLITE_NOMEM;
    see_text_finish(&plain);
    if (rc == SQLITE_OK) {
        rc = sqlite3_busy_timeout(*ret_db, BUSY_TIMEOUT_MS);
    }
    /* The file may come from a stranger: its schema gets to run nothing but harmless functions. */
    if (rc == SQLITE_OK) {
        rc = sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    }
    if (rc == SQLITE_OK) {
        sqlite3_limit(*ret_db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
    }
    return see_fault(*ret_db, rc, path, error, error_size);
}

/*
 * A row of an exchange takes half a kilobyte or more: pages of SQLite's usual 4096 octets are full,
 * and split, after a few of them.
 */
#define PAGES "PRAGMA page_size = 16384; "

/*
 * Nothing is lost with a schema that a power cut destroys; but what follows is written into a log,
 * which is worth nothing without it: so it is on the disk before.
 */
static int create_schema(sqlite3 *db, int fd, const char *path, char *error, size_t error_size)
{
    int rc = sqlite3_exec(db, PAGES "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    int status = see_fault(db, rc, path, error, error_size);
    if (status == SEE_OK) {
        status = see_schema_create(db, path, error, error_size);
    }
    if (status == SEE_OK && fdatasync(fd) != 0) {
        status = see_fault_say(SEE_EIO, error, error_size, "%s: %s", path, strerror(errno));
    }
    return status;
}

static int bring_up_to_date(sqlite3 *db, int fd, const char *path, char *error, size_t error_size)
{
    int version = 0;
    int status = see_schema_identify(db, path, &version, error, error_size);
    if (status == SEE_OK && version == 0) {
        status = create_schema(db, fd, path, error, error_size);
    } else if (status == SEE_OK) {
        status = see_schema_update(db, path, version, error, error_size);
    }
    return status == SEE_OK ? see_schema_check(db, path, error, error_size) : status;
}

/*
 * The way to another journal changes two octets in the first sector of the file, and both say how
 * to read it: so nothing has to be on the disk before anything else.
 */
#define UNSYNCED "PRAGMA synchronous = OFF; "

/*
 * SQLite does not wait for others when it changes the journal, not even for those who read; but it
 * does for the lock that the change needs.  Somebody may come in between: then it is tried again.
 * NORMAL: a killed process loses nothing committed, a power cut at most the last batches.
 */
static int switch_to_log(sqlite3 *db)
{
    int rc = SQLITE_OK;
    for (int i = 0; i < 3; i++) {
        rc = sqlite3_exec(db, "BEGIN EXCLUSIVE; COMMIT", NULL, NULL, NULL);
        if (rc != SQLITE_OK) {
            break;
        }
        rc = sqlite3_exec(db, UNSYNCED "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
                          NULL, NULL, NULL);
        if ((rc & 0xff) != SQLITE_BUSY) {
            break;
        }
    }
    return rc;
}

/* A log takes an index of 32 KiB, and something has to be written into it. */
#define LOG_ROOM 65536

/* On a full disk a database with a log cannot even be read, for want of the index. */
static bool has_room_for_log(int fd)
{
    struct statvfs disk;
    return fstatvfs(fd, &disk) != 0 || disk.f_blocks == 0 ||
           (uint64_t)disk.f_bavail * disk.f_frsize >= LOG_ROOM;
}

static int prepare_for_writing(sqlite3 *db, int fd, const char *path, char *error,
                               size_t error_size)
{
    int status = bring_up_to_date(db, fd, path, error, error_size);
    if (status == SEE_OK && !has_room_for_log(fd)) {
        status = see_fault_say(SEE_EIO, error, error_size, "%s: the disk is full", path);
    }
    if (status != SEE_OK) {
        return status;
    }
    int rc = switch_to_log(db);
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db, SEE_DATABASE_CACHE, NULL, NULL, NULL);
    }
    return see_fault(db, rc, path, error, error_size);
}

int see_database_open(struct see_database *ret_database, const char *path, char *error,
                      size_t error_size)
{
    struct see_database database = {.db = NULL, .lock_fd = -1};
    bool is_new = false;
    int status = open_file(path, &database.lock_fd, &is_new, error, error_size);
    if (status != SEE_OK) {
        return status;
    }
    status = lock_file(database.lock_fd, path, error, error_size);
    if (status == SEE_OK) {
        status = open_sqlite(&database.db, path, error, error_size);
    }
    if (status == SEE_OK) {
        status = prepare_for_writing(database.db, database.lock_fd, path, error, error_size);
    }
    if (status != SEE_OK) {
        sqlite3_close(database.db);
        if (is_new) {
            unlink(path);
        }
        close(database.lock_fd);
        return status;
    }
    *ret_database = database;
    return SEE_OK;
}

int see_database_begin(struct see_database *database, int patience_ms)
{
    sqlite3_busy_timeout(database->db, patience_ms);
    int rc = sqlite3_exec(database->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite3_busy_timeout(database->db, BUSY_TIMEOUT_MS);
    return rc;
}

/* Runs `sql`; somebody who reads at the same time is no failure. */
static int run_unless_read(struct see_database *database, const char *sql, const char *path,
                           char *error, size_t error_size)
{
    sqlite3_busy_timeout(database->db, 0);
    int rc = sqlite3_exec(database->db, sql, NULL, NULL, NULL);
    sqlite3_busy_timeout(database->db, BUSY_TIMEOUT_MS);
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED) {
        return SEE_OK;
    }
    return see_fault(database->db, rc, path, error, error_size);
}

/* Whoever takes the file away leaves us writing into nothing, and nobody would be told. */
static bool is_deleted(const struct see_database *database)
{
    struct stat info;
    return fstat(database->lock_fd, &info) == 0 && info.st_nlink == 0;
}

int see_database_settle(struct see_database *database, const char *path, char *error,
                        size_t error_size)
{
    if (is_deleted(database)) {
        return see_fault_say(SEE_EIO, error, error_size,
                             "%s was deleted while it was written to, and what was in it is gone",
                             path);
    }
    return run_unless_read(database, "PRAGMA wal_checkpoint(TRUNCATE)", path, error, error_size);
}

/* Whether all that was written is in the one file, and on the disk. */
static bool is_settled(const struct see_database *database)
{
    int rc = sqlite3_wal_checkpoint_v2(database->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return rc == SQLITE_OK;
}

bool see_database_leave_log(struct see_database *database)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_busy_timeout(database->db, 0);
    int rc = sqlite3_prepare_v2(database->db, "PRAGMA journal_mode = DELETE", -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    bool has_left =
        rc == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(statement, 0), "delete") == 0;
    /* The log is gone, and then nothing more is written into a file that was moved. */
    has_left |= sqlite3_extended_errcode(database->db) == SQLITE_READONLY_DBMOVED;
    sqlite3_finalize(statement);
    sqlite3_busy_timeout(database->db, BUSY_TIMEOUT_MS);
    return has_left;
}

bool see_database_has_moved(const struct see_database *database, const struct stat *named)
{
    struct stat info;
    return fstat(database->lock_fd, &info) != 0 || info.st_dev != named->st_dev ||
           info.st_ino != named->st_ino;
}

int see_database_close(struct see_database *database, const char *path, char *error,
                       size_t error_size)
{
    sqlite3_busy_timeout(database->db, 0);
    const char *sql = is_settled(database) ? UNSYNCED "PRAGMA journal_mode = DELETE"
                                           : "PRAGMA journal_mode = DELETE";
    int status = run_unless_read(database, sql, path, error, error_size);
    int rc = sqlite3_close(database->db);
    close(database->lock_fd);
    *database = (struct see_database){.db = NULL, .lock_fd = -1};
    return status != SEE_OK ? status : see_fault(NULL, rc, path, error, error_size);
}
