/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/slices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRONT "seeother-"
#define STAMP "%Y%m%dT%H%M%SZ"
#define STAMP_LEN (sizeof("20261120T201530Z") - 1)
#define ENDING ".pcapng"
#define PART ".part"
#define SECONDS_A_DAY 86400

/* Of one second and one number: later ones get another number behind. */
#define SAME_MAX 100

struct slice {
    char name[SEE_SLICE_NAME];
    uint64_t octets;
};

struct see_slices {
    int directory;
    struct see_slices_bounds bounds;
    struct slice *list; /* the oldest first, from `first` on */
    size_t first, count, size;
    uint64_t octets;             /* of all in the list */
    char making[SEE_SLICE_NAME]; /* what is not kept yet, without PART; "": nothing */
};

/* Whether a name is of the form that we give, with or without PART; digits, then what follows. */
static bool is_ours(const char *name, bool *ret_is_part)
{
    static const char form[] = FRONT "dddddddd?dddddd?-";
    const char *at = name;
    for (const char *wanted = form; *wanted != '\0'; wanted++, at++) {
        bool fits = *wanted == 'd' ? *at >= '0' && *at <= '9' : *wanted == '?' || *at == *wanted;
        if (*at == '\0' || !fits) {
            return false;
        }
    }
    at += strspn(at, "0123456789-");
    *ret_is_part = strcmp(at, ENDING PART) == 0;
    return (strcmp(at, ENDING) == 0 || *ret_is_part) && strlen(name) < SEE_SLICE_NAME &&
           name[sizeof(FRONT) - 1 + 8] == 'T' && name[sizeof(FRONT) - 1 + STAMP_LEN - 1] == 'Z';
}

/* Room in the list for one more. */
static int reserve(struct see_slices *slices)
{
    if (slices->first > 0 && slices->first >= slices->size / 2) {
        slices->count -= slices->first;
        memmove(slices->list, slices->list + slices->first, slices->count * sizeof(*slices->list));
        slices->first = 0;
    }
    if (slices->count < slices->size) {
        return 0;
    }
    size_t size = slices->size > 0 ? slices->size * 2 : 16;
    struct slice *list = realloc(slices->list, size * sizeof(*list));
    if (list == NULL) {
        errno = ENOMEM;
        return -1;
    }
    slices->list = list;
    slices->size = size;
    return 0;
}

static void add(struct see_slices *slices, const char *name, uint64_t octets)
{
    struct slice *slice = &slices->list[slices->count++];
    snprintf(slice->name, sizeof(slice->name), "%s", name);
    slice->octets = octets;
    slices->octets += octets;
}

/* What cannot be removed counts no more: no reason to stop. */
static void remove_oldest(struct see_slices *slices)
{
    const struct slice *slice = &slices->list[slices->first++];
    unlinkat(slices->directory, slice->name, 0);
    slices->octets -= slice->octets;
}

static int by_name(const void *one, const void *other)
{
    const struct slice *a = one, *b = other;
    return strcmp(a->name, b->name);
}

static int add_found(struct see_slices *slices, const char *name)
{
    struct stat info;
    bool is_part;
    if (!is_ours(name, &is_part)) {
        return 0;
    }
    if (is_part) {
        unlinkat(slices->directory, name, 0); /* of a process that was killed */
        return 0;
    }
    if (fstatat(slices->directory, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode)) {
        return 0;
    }
    if (reserve(slices) != 0) {
        return -1;
    }
    add(slices, name, (uint64_t)info.st_size);
    return 0;
}

static int list_all(struct see_slices *slices)
{
    int copy = openat(slices->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
    if (stream == NULL) {
        if (copy >= 0) {
            close(copy);
        }
        return -1;
    }
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (entry = readdir(stream)) != NULL) {
        result = add_found(slices, entry->d_name);
    }
    closedir(stream);
    if (slices->count > 0) {
        qsort(slices->list, slices->count, sizeof(*slices->list), by_name);
    }
    return result;
}

struct see_slices *see_slices_open(const char *path, const struct see_slices_bounds *bounds)
{
    struct see_slices *slices = calloc(1, sizeof(*slices));
    if (slices == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    slices->bounds = *bounds;
    slices->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (slices->directory < 0 || list_all(slices) != 0) {
        int why = errno;
        see_slices_close(slices);
        errno = why;
        return NULL;
    }
    return slices;
}

void see_slices_close(struct see_slices *slices)
{
    if (slices == NULL) {
        return;
    }
    if (slices->directory >= 0) {
        see_slices_drop(slices);
        close(slices->directory);
    }
    free(slices->list);
    free(slices);
}

/* The name of what is being made, as it stands in the directory. */
static void part_of(const struct see_slices *slices, char part[SEE_SLICE_NAME + sizeof(PART)])
{
    snprintf(part, SEE_SLICE_NAME + sizeof(PART), "%s%s", slices->making, PART);
}

void see_slices_drop(struct see_slices *slices)
{
    char part[SEE_SLICE_NAME + sizeof(PART)];
    if (slices->making[0] != '\0') {
        part_of(slices, part);
        unlinkat(slices->directory, part, 0);
        slices->making[0] = '\0';
    }
}

void see_slices_tidy(struct see_slices *slices, time_t now)
{
    while (slices->bounds.days > 0 && slices->first < slices->count) {
        const char *stamp = slices->list[slices->first].name + sizeof(FRONT) - 1;
        struct tm utc = {0};
        if (strptime(stamp, STAMP, &utc) != NULL &&
            difftime(now, timegm(&utc)) <= (double)slices->bounds.days * SECONDS_A_DAY) {
            break;
        }
        remove_oldest(slices);
    }
}

/* For so many slices more, and their octets. */
static void make_room(struct see_slices *slices, size_t count, uint64_t octets)
{
    const struct see_slices_bounds *bounds = &slices->bounds;
    while (slices->first < slices->count &&
           (slices->count - slices->first > bounds->count - count ||
            slices->octets > bounds->octets - octets)) {
        remove_oldest(slices);
    }
}

/* Opens a name that nothing has, neither whole nor in part. */
static int open_part(struct see_slices *slices, uint64_t number, time_t now)
{
    char stamp[STAMP_LEN + 1];
    struct tm utc;
    if (gmtime_r(&now, &utc) == NULL || strftime(stamp, sizeof(stamp), STAMP, &utc) == 0) {
        errno = EINVAL;
        return -1;
    }
    for (int i = 1; i < SAME_MAX; i++) {
        char part[SEE_SLICE_NAME + sizeof(PART)], again[8] = "";
        if (i > 1) {
            snprintf(again, sizeof(again), "-%02d", i);
        }
        snprintf(slices->making, sizeof(slices->making), FRONT "%s-%06" PRIu64 "%s" ENDING, stamp,
                 number, again);
        if (faccessat(slices->directory, slices->making, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
            continue;
        }
        part_of(slices, part);
        int fd = openat(slices->directory, part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    errno = EEXIST;
    return -1;
}

int see_slices_make(struct see_slices *slices, uint64_t number, uint64_t octets, time_t now)
{
    see_slices_drop(slices);
    if (octets > slices->bounds.octets || slices->bounds.count == 0) {
        errno = EFBIG;
        return -1;
    }
    see_slices_tidy(slices, now);
    make_room(slices, 1, octets);
    int fd = open_part(slices, number, now);
    if (fd < 0) {
        slices->making[0] = '\0';
    }
    return fd;
}

int see_slices_keep(struct see_slices *slices, char ret_name[SEE_SLICE_NAME])
{
    char part[SEE_SLICE_NAME + sizeof(PART)];
    struct stat info;
    part_of(slices, part);
    if (slices->making[0] == '\0') {
        errno = ENOENT;
        return -1;
    }
    if (reserve(slices) != 0 || fstatat(slices->directory, part, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        renameat(slices->directory, part, slices->directory, slices->making) != 0) {
        int why = errno;
        see_slices_drop(slices);
        errno = why;
        return -1;
    }
    snprintf(ret_name, SEE_SLICE_NAME, "%s", slices->making);
    slices->making[0] = '\0';
    add(slices, ret_name, (uint64_t)info.st_size);
    make_room(slices, 0, 0); /* whoever wrote it may have lied about its size */
    return 0;
}
