/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/rotate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAMP_LEN (sizeof("20261120T201530Z") - 1)
#define NUMBER_LEN (sizeof("-02") - 1)
#define SECONDS_A_DAY 86400

/* Behind the stamp of a file that rotation did not begin. */
#define BEFORE "-before"

/* Begun within one second: the second one gets a number behind its stamp. */
#define SAME_SECOND_MAX 100

/* What SQLite puts beside a database. */
static const char *const beside[] = {"-wal", "-shm", "-journal"};
#define BESIDE (sizeof(beside) / sizeof(beside[0]))

/* "live" and ".db" of "live.db", and of "live-20261120T201530Z-02.db"; then the stamp, too. */
struct parts {
    const char *stem, *stamp, *ending; /* no stamp: NULL */
    size_t stem_len;
    int number;
};

static bool is_stamp(const char *text)
{
    static const char form[] = "ddddddddTddddddZ";
    for (size_t i = 0; i < STAMP_LEN; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == 'd' ? !is_digit : text[i] != form[i]) {
            return false;
        }
    }
    return true;
}

static int number_at(const char *text)
{
    bool is_number =
        text[0] == '-' && text[1] >= '0' && text[1] <= '9' && text[2] >= '0' && text[2] <= '9';
    return is_number ? (text[1] - '0') * 10 + text[2] - '0' : 0;
}

static struct parts split(const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *ending = dot != NULL && dot != name ? dot : name + strlen(name);
    struct parts parts = {name, NULL, ending, (size_t)(ending - name), 1};
    size_t len = parts.stem_len;
    if (len > NUMBER_LEN && number_at(ending - NUMBER_LEN) > 0) {
        parts.number = number_at(ending - NUMBER_LEN);
        len -= NUMBER_LEN;
    }
    if (len > STAMP_LEN + 1 && name[len - STAMP_LEN - 1] == '-' &&
        is_stamp(name + len - STAMP_LEN)) {
        parts.stamp = name + len - STAMP_LEN;
        parts.stem_len = len - STAMP_LEN - 1;
    }
    return parts;
}

/* The name that a link has which leads to a file of such a name. */
static bool link_name(const char *name, char link[NAME_MAX + 1])
{
    struct parts parts = split(name);
    snprintf(link, NAME_MAX + 1, "%.*s%s", (int)parts.stem_len, name, parts.ending);
    return parts.stamp != NULL;
}

static bool is_link_to(int directory, const char *link, const char *name)
{
    char to[NAME_MAX + 1];
    ssize_t len = readlinkat(directory, link, to, sizeof(to));
    return len == (ssize_t)strlen(name) && memcmp(to, name, (size_t)len) == 0;
}

void see_rotate_base(int directory, const char *name, char ret_base[NAME_MAX + 1])
{
    if (!link_name(name, ret_base) || !is_link_to(directory, ret_base, name)) {
        snprintf(ret_base, NAME_MAX + 1, "%s", name);
    }
}

bool see_rotate_leads(int directory, const char *base, const char *name)
{
    return strcmp(base, name) == 0 || is_link_to(directory, base, name);
}

/*
 * Which name a file gets that begins now, with `mark` behind; one the second time it is asked for,
 * and so on.
 */
static bool name_by_time(const char *link, time_t now, int nth, const char *mark,
                         char name[NAME_MAX + 1])
{
    const char *dot = strrchr(link, '.');
    const char *ending = dot != NULL && dot != link ? dot : link + strlen(link);
    char stamp[STAMP_LEN + 1], number[8] = "";
    struct tm utc;
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc) == 0) {
        errno = EINVAL;
        return false;
    }
    if (nth > 1) {
        snprintf(number, sizeof(number), "-%02d", nth);
    }
    int len = snprintf(name, NAME_MAX + 1, "%.*s-%s%s%s%s", (int)(ending - link), link, stamp,
                       number, mark, ending);
    if (len < 0 || len > NAME_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

/* An empty file. */
static int make_file(int directory, const char *link, time_t now, char name[NAME_MAX + 1])
{
    for (int nth = 1; nth < SAME_SECOND_MAX && name_by_time(link, now, nth, "", name); nth++) {
        int fd = openat(directory, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd >= 0) {
            return close(fd);
        }
        if (errno != EEXIST) {
            return -1;
        }
    }
    return -1;
}

/* A link that is not in its place yet. */
static int make_link(int directory, const char *link, const char *name, char made[NAME_MAX + 1])
{
    int len = snprintf(made, NAME_MAX + 1, ".%s.new", link);
    if (len < 0 || len > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    unlinkat(directory, made, 0); /* of one who was killed here */
    return symlinkat(name, directory, made);
}

/*
 * Gives a file with the plain name one of its time, with what is beside it.  It was begun by
 * somebody who did not ask for it to be removed one day.
 */
static int rename_plain(int directory, const char *link, time_t now)
{
    char name[NAME_MAX + 1], from[NAME_MAX + 8], to[NAME_MAX + 8];
    int result = -1;
    for (int nth = 1; nth < SAME_SECOND_MAX && name_by_time(link, now, nth, BEFORE, name); nth++) {
        result = renameat2(directory, link, directory, name, RENAME_NOREPLACE);
        if (result != 0 && errno == EINVAL &&
            faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            /* A file system that cannot promise not to replace; there is nothing to replace. */
            result = renameat(directory, link, directory, name);
        }
        if (result == 0 || errno != EEXIST) {
            break;
        }
    }
    for (size_t i = 0; i < BESIDE && result == 0; i++) {
        snprintf(from, sizeof(from), "%s%s", link, beside[i]);
        snprintf(to, sizeof(to), "%s%s", name, beside[i]);
        (void)!renameat(directory, from, directory, to); /* mostly there is none */
    }
    return result;
}

/* By time, and by number where that is the same. */
static int by_age(const void *a, const void *b)
{
    struct parts one = split(*(char *const *)a), other = split(*(char *const *)b);
    int order = memcmp(one.stamp, other.stamp, STAMP_LEN);
    return order != 0 ? order : one.number - other.number;
}

struct names {
    char **list;
    size_t count, size;
};

static void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->list[i]);
    }
    free(names->list);
}

static bool names_add(struct names *names, const char *name)
{
    if (names->count == names->size) {
        size_t size = names->size > 0 ? names->size * 2 : 16;
        char **list = realloc(names->list, size * sizeof(char *));
        if (list == NULL) {
            return false;
        }
        names->list = list;
        names->size = size;
    }
    names->list[names->count] = strdup(name);
    return names->list[names->count] != NULL && ++names->count > 0;
}

/* The databases that were left, the oldest first; false when that could not be found out. */
static bool list_old(int directory, const char *link, const char *name, struct names *ret_names)
{
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    if (stream == NULL) {
        if (copy >= 0) {
            close(copy);
        }
        return false;
    }
    bool ok = true;
    char of[NAME_MAX + 1];
    struct dirent *entry;
    while (ok && (entry = readdir(stream)) != NULL) {
        bool is_old = link_name(entry->d_name, of) && strcmp(of, link) == 0 &&
                      strcmp(entry->d_name, name) != 0;
        ok = !is_old || names_add(ret_names, entry->d_name);
    }
    closedir(stream);
    if (ret_names->count > 0) {
        qsort(ret_names->list, ret_names->count, sizeof(char *), by_age);
    }
    return ok;
}

static bool is_too_old(const char *name, size_t days, time_t now)
{
    struct tm utc = {0};
    if (days == 0 || strptime(split(name).stamp, "%Y%m%dT%H%M%SZ", &utc) == NULL) {
        return false;
    }
    return difftime(now, timegm(&utc)) > (double)days * SECONDS_A_DAY;
}

static void remove_database(int directory, const char *name)
{
    char path[NAME_MAX + 16];
    unlinkat(directory, name, 0);
    for (size_t i = 0; i < BESIDE; i++) {
        snprintf(path, sizeof(path), "%s%s", name, beside[i]);
        unlinkat(directory, path, 0);
    }
}

/* What cannot be removed stays: no reason to stop. */
static void remove_old(int directory, const char *link, const char *name,
                       const struct see_rotation *rotation, time_t now)
{
    struct names names = {NULL, 0, 0};
    if (list_old(directory, link, name, &names)) {
        for (size_t i = 0; i < names.count; i++) {
            bool is_surplus = rotation->keep > 0 && i + rotation->keep < names.count;
            if (is_surplus || is_too_old(names.list[i], rotation->keep_days, now)) {
                remove_database(directory, names.list[i]);
            }
        }
    }
    names_free(&names);
}

static bool is_plain(int directory, const char *name)
{
    struct stat info;
    return fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(info.st_mode);
}

int see_rotate(int directory, const char *base, char name[NAME_MAX + 1],
               const struct see_rotation *rotation, time_t now)
{
    char next[NAME_MAX + 1], made[NAME_MAX + 1];
    if (make_file(directory, base, now, next) != 0) {
        return -1;
    }
    int result = make_link(directory, base, next, made);
    if (result == 0 && is_plain(directory, base)) {
        result = rename_plain(directory, base, now - 1); /* it began before */
    }
    if (result == 0) {
        result = renameat(directory, made, directory, base);
    }
    if (result != 0) {
        int why = errno;
        unlinkat(directory, next, 0);
        unlinkat(directory, made, 0);
        errno = why;
        return -1;
    }
    snprintf(name, NAME_MAX + 1, "%s", next);
    if (rotation->keep > 0 || rotation->keep_days > 0) {
        remove_old(directory, base, name, rotation, now);
    }
    return 0;
}

/* The directory that a path is in; `ret_name` is its last part.  -1 with errno. */
static int open_directory(const char *path, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_MAX];
    int len = slash == NULL ? 0 : slash == path ? 1 : (int)(slash - path);
    if (snprintf(directory, sizeof(directory), "%.*s", len, path) >= (int)sizeof(directory)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(len > 0 ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *ret_name = slash != NULL ? slash + 1 : path;
    return fd;
}

void see_rotate_begin(const char *path, time_t now)
{
    char name[NAME_MAX + 1], made[NAME_MAX + 1];
    const char *link;
    int directory = open_directory(path, &link);
    bool is_there = directory < 0 || faccessat(directory, link, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
                    errno != ENOENT;
    if (!is_there && make_file(directory, link, now, name) == 0 &&
        (make_link(directory, link, name, made) != 0 ||
         renameat2(directory, made, directory, link, RENAME_NOREPLACE) != 0)) {
        unlinkat(directory, name, 0);
        unlinkat(directory, made, 0);
    }
    if (directory >= 0) {
        close(directory);
    }
}

bool see_rotate_is_linked(const char *path)
{
    char base[NAME_MAX + 1], real[PATH_MAX];
    const char *name;
    int directory = realpath(path, real) != NULL ? open_directory(real, &name) : -1;
    if (directory < 0) {
        return false;
    }
    see_rotate_base(directory, name, base);
    close(directory);
    return strcmp(base, name) != 0;
}
