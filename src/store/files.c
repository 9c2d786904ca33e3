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
    char *path; /* of the database, as SQLite names it */
} asking;

/* Which file a path of SQLite's means; false when it is none that there can be. */
static bool find(const char *path, enum see_contain_file *ret_file)
{
    static const struct {
        const char *suffix;
        enum see_contain_file file;
    } beside[] = {
        {"", SEE_FILE_DATABASE},
        {"-wal", SEE_FILE_LOG},
        {"-shm", SEE_FILE_INDEX},
        {"-journal", SEE_FILE_JOURNAL},
    };
    size_t len = strlen(asking.path);
    if (strncmp(path, asking.path, len) == 0) {
        for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
            if (strcmp(path + len, beside[i].suffix) == 0) {
                *ret_file = beside[i].file;
                return true;
            }
        }
    }
    /* "." is where SQLite puts temporary files in the end, so that is this directory too. */
    size_t directory = (size_t)(strrchr(asking.path, '/') - asking.path);
    bool is_directory = strcmp(path, ".") == 0 || (directory == 0 && strcmp(path, "/") == 0) ||
                        (strlen(path) == directory && strncmp(path, asking.path, directory) == 0);
    *ret_file = is_directory ? SEE_FILE_DIRECTORY : SEE_FILE_TEMPORARY;
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
    enum see_contain_file file;
    if (!find(path, &file)) {
        return not_there(EACCES);
    }
    return see_contain_open(asking.contain, file, (flags & O_CREAT) != 0);
}

static int ask_stat(const char *path, struct stat *ret_info)
{
    enum see_contain_file file;
    if (!find(path, &file) || file == SEE_FILE_TEMPORARY) {
        return not_there(ENOENT);
    }
    return see_contain_look(asking.contain, file, ret_info);
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
    enum see_contain_file file;
    if (!find(path, &file)) {
        return not_there(ENOENT);
    }
    return file == SEE_FILE_TEMPORARY ? 0 : see_contain_remove(asking.contain, file);
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
}
