/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Where a capture may be, in the order in which they are tried. */
enum place {
    WHERE_IT_WAS,
    FROM_THE_DATABASE, /* its relative path, from the folder of the database on */
    BESIDE,            /* its name, in that folder */
    PLACES
};

struct file {
    bool is_there;
    int why; /* errno, when it is not */
    size_t number;
    dev_t device;
    ino_t inode;
};

struct see_source {
    struct file files[PLACES];
};

static void path_of(struct see_text *path, const struct see_sources *sources, const char *source,
                    enum place place)
{
    const char *slash = strrchr(sources->database, '/');
    const char *base = strrchr(source, '/');
    see_text_init(path);
    if (place != WHERE_IT_WAS && slash != NULL) {
        see_text_add(path,
                     (struct see_view){sources->database, (size_t)(slash - sources->database) + 1});
    }
    see_text_add_string(path, place == BESIDE && base != NULL ? base + 1 : source);
}

static int look(const struct see_sources *sources, const char *path, struct file *ret_file)
{
    struct stat info;
    size_t number = 0;
    int result = sources->contain != NULL
                     ? see_contain_name_input(sources->contain, path, &number, &info)
                     : stat(path, &info);
    if (result == 0 && !S_ISREG(info.st_mode)) {
        result = -1; /* opening a device can do things, and nothing is read from one again */
        errno = EINVAL;
    }
    *ret_file = (struct file){.is_there = result == 0, .why = errno, .number = number};
    if (result == 0) {
        ret_file->device = info.st_dev;
        ret_file->inode = info.st_ino;
    }
    return result == 0 || (errno != ENOSPC && errno != EPIPE) ? SEE_OK : SEE_EIO;
}

static int find(struct see_sources *sources, const char *source, struct see_source *ret_source)
{
    int status = SEE_OK;
    for (enum place place = WHERE_IT_WAS; place < PLACES && status == SEE_OK; place++) {
        struct see_text path;
        if (place == FROM_THE_DATABASE && source[0] == '/') {
            continue;
        }
        path_of(&path, sources, source, place);
        status = see_text_status(&path);
        if (status == SEE_OK) {
            status = look(sources, path.ptr, &ret_source->files[place]);
        }
        see_text_finish(&path);
    }
    return status;
}

int see_sources_find(struct see_sources *ret_sources, const struct see_evidence *evidence,
                     const char *database, struct see_contain *contain)
{
    struct see_sources sources = {evidence, database, contain, NULL};
    sources.list = calloc(evidence->capture_count + 1, sizeof(*sources.list));
    int status = sources.list != NULL ? SEE_OK : SEE_ENOMEM;
    for (size_t i = 0; i < evidence->capture_count && status == SEE_OK; i++) {
        const struct see_evidence_capture *capture = &evidence->captures[i];
        status = capture->is_file ? find(&sources, capture->source, &sources.list[i]) : SEE_OK;
    }
    if (status != SEE_OK) {
        int why = errno;
        see_sources_finish(&sources);
        errno = why;
        return status;
    }
    *ret_sources = sources;
    return SEE_OK;
}

void see_sources_finish(struct see_sources *sources)
{
    free(sources->list);
    sources->list = NULL;
}

static int open_at(const struct see_sources *sources, const struct file *file, const char *path,
                   struct see_capture **ret_capture, char *error, size_t error_size)
{
    const struct see_capture_options how = {.number = 1};
    if (sources->contain == NULL) {
        return see_capture_open_file(ret_capture, path, &how, error, error_size);
    }
    int fd = see_contain_open_input(sources->contain, file->number);
    if (fd < 0) {
        *ret_capture = NULL;
        snprintf(error, error_size, "%s", strerror(errno));
        return errno == EACCES || errno == EPERM ? SEE_EACCES : SEE_EIO;
    }
    return see_capture_open_fd(ret_capture, fd, path, &how, error, error_size);
}

int see_sources_open(const struct see_sources *sources, const struct see_evidence_capture *capture,
                     struct see_capture **ret_capture, struct see_text *ret_instead, char *error,
                     size_t error_size)
{
    const struct see_source *source = &sources->list[capture - sources->evidence->captures];
    int status = SEE_EIO;
    *ret_capture = NULL;
    see_text_init(ret_instead);
    snprintf(error, error_size, "%s; the capture has moved, and is not beside the database either",
             strerror(source->files[WHERE_IT_WAS].why));
    for (enum place place = WHERE_IT_WAS; place < PLACES && status != SEE_OK; place++) {
        char ignored[256];
        bool is_own = place == WHERE_IT_WAS;
        if (!source->files[place].is_there) {
            continue;
        }
        see_text_finish(ret_instead);
        path_of(ret_instead, sources, capture->source, place);
        status = see_text_status(ret_instead);
        if (status == SEE_OK) {
            status = open_at(sources, &source->files[place], ret_instead->ptr, ret_capture,
                             is_own ? error : ignored, is_own ? error_size : sizeof(ignored));
        }
        if (is_own) {
            see_text_clear(ret_instead);
            break; /* what is there, and is no capture any more, is not looked for elsewhere */
        }
    }
    return status;
}

bool see_sources_has(const struct see_sources *sources, const struct stat *file)
{
    for (size_t i = 0; i < sources->evidence->capture_count; i++) {
        for (enum place place = WHERE_IT_WAS; place < PLACES; place++) {
            const struct file *known = &sources->list[i].files[place];
            if (known->is_there && known->device == file->st_dev && known->inode == file->st_ino) {
                return true;
            }
        }
    }
    return false;
}
