/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/rotate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAMP_LEN (sizeof("20261120T201530Z") - 1)
#define SECONDS_A_DAY 86400

/* Rotated within one second: the second one gets a number behind its stamp. */
#define SAME_SECOND_MAX 100

/* "live" and ".db" of "live.db". */
struct parts {
    const char *stem, *ending;
    size_t stem_len;
};

static struct parts split(const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *ending = dot != NULL && dot != name ? dot : name + strlen(name);
    return (struct parts){name, ending, (size_t)(ending - name)};
}

static int rename_to_stamp(int directory, const char *name, time_t now)
{
    struct parts parts = split(name);
    char stamp[STAMP_LEN + 1];
    char to[NAME_MAX + 1];
    struct tm utc;
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc) == 0) {
        errno = EINVAL;
        return -1;
    }
    for (int i = 1; i < SAME_SECOND_MAX; i++) {
        char number[8] = "";
        if (i > 1) {
            snprintf(number, sizeof(number), "-%02d", i);
        }
        int len = snprintf(to, sizeof(to), "%.*s-%s%s%s", (int)parts.stem_len, parts.stem, stamp,
                           number, parts.ending);
        if (len < 0 || (size_t)len >= sizeof(to)) {
            errno = ENAMETOOLONG;
            return -1;
        }
        if (renameat2(directory, name, directory, to, RENAME_NOREPLACE) == 0) {
            return 0;
        }
        if (errno == EINVAL && faccessat(directory, to, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            /* A file system that cannot promise not to replace; there is nothing to replace. */
            return renameat(directory, name, directory, to);
        }
        if (errno != EEXIST) {
            return -1;
        }
    }
    return -1;
}

/* Whether the name is of the form that we give, as its stamp: "20261120T201530Z-02" at most. */
static bool is_rotated(const struct parts *parts, const char *name)
{
    static const char form[] = "dddddddd?dddddd?";
    size_t len = strlen(name);
    size_t ending_len = strlen(parts->ending);
    if (len < parts->stem_len + 1 + STAMP_LEN + ending_len ||
        strncmp(name, parts->stem, parts->stem_len) != 0 || name[parts->stem_len] != '-' ||
        strcmp(name + len - ending_len, parts->ending) != 0) {
        return false;
    }
    const char *stamp = name + parts->stem_len + 1;
    for (size_t i = 0; i < STAMP_LEN; i++) {
        if (form[i] == 'd' && (stamp[i] < '0' || stamp[i] > '9')) {
            return false;
        }
    }
    size_t rest = len - parts->stem_len - 1 - STAMP_LEN - ending_len;
    const char *number = stamp + STAMP_LEN;
    bool has_number = rest == 3 && number[0] == '-' && number[1] >= '0' && number[1] <= '9' &&
                      number[2] >= '0' && number[2] <= '9';
    return stamp[8] == 'T' && stamp[STAMP_LEN - 1] == 'Z' && (rest == 0 || has_number);
}

/* Names sort as their times do. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
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

/* The rotated databases, the oldest first; false when that could not be found out. */
static bool list_rotated(int directory, const struct parts *parts, struct names *ret_names)
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
    struct dirent *entry;
    while (ok && (entry = readdir(stream)) != NULL) {
        ok = !is_rotated(parts, entry->d_name) || names_add(ret_names, entry->d_name);
    }
    closedir(stream);
    if (ret_names->count > 0) {
        qsort(ret_names->list, ret_names->count, sizeof(char *), by_name);
    }
    return ok;
}

static bool is_too_old(const struct parts *parts, const char *name, size_t days, time_t now)
{
    struct tm utc = {0};
    if (days == 0 || strptime(name + parts->stem_len + 1, "%Y%m%dT%H%M%SZ", &utc) == NULL) {
        return false;
    }
    return difftime(now, timegm(&utc)) > (double)days * SECONDS_A_DAY;
}

/* What cannot be removed stays: no reason to stop. */
static void remove_old(int directory, const char *name, const struct see_rotation *rotation,
                       time_t now)
{
    struct parts parts = split(name);
    struct names names = {NULL, 0, 0};
    if (list_rotated(directory, &parts, &names)) {
        for (size_t i = 0; i < names.count; i++) {
            bool is_surplus = rotation->keep > 0 && i + rotation->keep < names.count;
            if (is_surplus || is_too_old(&parts, names.list[i], rotation->keep_days, now)) {
                unlinkat(directory, names.list[i], 0);
            }
        }
    }
    names_free(&names);
}

int see_rotate(int directory, const char *name, const struct see_rotation *rotation, time_t now)
{
    if (rename_to_stamp(directory, name, now) != 0) {
        return -1;
    }
    if (rotation->keep > 0 || rotation->keep_days > 0) {
        remove_old(directory, name, rotation, now);
    }
    return 0;
}
