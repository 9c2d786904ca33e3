/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* SQLite's calls bring no context along, and replacing them concerns the whole process. */
static struct {
    struct see_contain *contain;
    char *path;         /* of the database, as SQLite names it */
    const char *source; /* of the input that is read as a database; NULL: none */
    size_t number;      /* of that */
} asking;

/* A file that the parent can be asked for. */
struct place {
    enum see_contain_file file;
    bool is_source; /* it is that input, or beside it */
};

static bool find_beside(const char *database, const char *path, bool is_source,
                        struct place *ret_place)
{
    static const struct {
        const char *suffix;
        enum see_contain_file file, of_source;
    } beside[] = {
        {"", SEE_FILE_DATABASE, SEE_FILE_INPUT},
        {"-wal", SEE_FILE_LOG, SEE_FILE_INPUT_LOG},
        {"-shm", SEE_FILE_INDEX, SEE_FILE_INPUT_INDEX},
        {"-journal", SEE_FILE_JOURNAL, SEE_FILE_INPUT_JOURNAL},
    };
    size_t len = database != NULL ? strlen(database) : 0;
    if (database == NULL || strncmp(path, database, len) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        if (strcmp(path + len, beside[i].suffix) == 0) {
            enum see_contain_file file = is_source ? beside[i].of_source : beside[i].file;
            *ret_place = (struct place){file, is_source};
            return true;
        }
    }
    return false;
}

/* Which file a path of SQLite's means; false when it is none that there can be. */
static bool find(const char *path, struct place *ret_place)
{
    if (find_beside(asking.path, path, false, ret_place) ||
        find_beside(asking.source, path, true, ret_place)) {
        return true;
    }
    /* "." is where SQLite puts temporary files in the end, so that is this directory too. */
    size_t directory = (size_t)(strrchr(asking.path, '/') - asking.path);
    bool is_directory = strcmp(path, ".") == 0 || (directory == 0 && strcmp(path, "/") == 0) ||
                        (strlen(path) == directory && strncmp(path, asking.path, directory) == 0);
    *ret_place = (struct place){is_directory ? SEE_FILE_DIRECTORY : SEE_FILE_TEMPORARY, false};
    /* The prefix is that of SQLite's own temporary names. */
    return is_directory || strstr(path, "/etilqs_") != NULL;
}

static int not_there(int why)
{
    errno = why;
    return -1;
}

static int ask_open(const char *path, int flags, int mode)
{
    (void)mode;
    struct place place;
    bool makes = (flags & O_CREAT) != 0;
    if (!find(path, &place)) {
        return not_there(EACCES);
    }
    return place.is_source
               ? see_contain_open_source(asking.contain, asking.number, place.file, makes)
               : see_contain_open(asking.contain, place.file, makes);
}

static int ask_stat(const char *path, struct stat *ret_info)
{
    struct place place;
    if (!find(path, &place) || place.file == SEE_FILE_TEMPORARY) {
        return not_there(ENOENT);
    }
    return place.is_source
               ? see_contain_look_source(asking.contain, asking.number, place.file, ret_info)
               : see_contain_look(asking.contain, place.file, ret_info);
}

static int ask_access(const char *path, int mode)
{
    (void)mode;
    struct stat info;
    return ask_stat(path, &info);
}

/* A temporary file has no name that could be taken away. */
static int ask_unlink(const char *path)
{
    struct place place;
    if (!find(path, &place) || place.is_source) {
        return not_there(ENOENT);
    }
    return place.file == SEE_FILE_TEMPORARY ? 0 : see_contain_remove(asking.contain, place.file);
}

/* The path was resolved while there was a way to: no part of it is a link, or worth a look. */
static int ask_lstat(const char *path, struct stat *ret_info)
{
    (void)path;
    (void)ret_info;
    return not_there(ENOENT);
}

static const struct {
    const char *name;
    sqlite3_syscall_ptr call;
} calls[] = {
    {"open", (sqlite3_syscall_ptr)ask_open},     {"access", (sqlite3_syscall_ptr)ask_access},
    {"stat", (sqlite3_syscall_ptr)ask_stat},     {"lstat", (sqlite3_syscall_ptr)ask_lstat},
    {"unlink", (sqlite3_syscall_ptr)ask_unlink},
};

int see_files_ask(sqlite3 *db, struct see_contain *contain)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    char *path = strdup(sqlite3_db_filename(db, "main"));
    if (path == NULL) {
        return SEE_ENOMEM;
    }
    asking.path = path;
    asking.contain = contain;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
    }
    return SEE_OK;
}

void see_files_source(size_t number, const char *path)
{
    asking.number = number;
    asking.source = path;
}

const char *see_files_source_path(void)
{
    return asking.source;
}

int see_files_look(const char *path, struct stat *ret_info)
{
    return asking.contain != NULL ? ask_stat(path, ret_info) : stat(path, ret_info);
}

struct see_contain *see_files_asked(void)
{
    return asking.contain;
}

const char *see_files_path(void)
{
    return asking.path;
}

void see_files_ask_nobody(void)
{
    if (asking.contain == NULL) {
        return;
    }
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    vfs->xSetSystemCall(vfs, NULL, NULL);
    free(asking.path);
    asking.path = NULL;
    asking.contain = NULL;
    asking.source = NULL;
}
