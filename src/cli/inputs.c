/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/capture.h"
#include "cli/cli.h"
#include "core/text.h"

/* The time of the first packet; false when there is none to be had. */
static bool peek(const char *path, see_time_ns *ret_time, int *ret_status)
{
    struct see_capture_options options = {.filter = NULL, .number = 1};
    struct see_capture *capture;
    struct see_frame frame;
    char error[256];
    *ret_status = see_capture_open_file(&capture, path, &options, error, sizeof(error));
    if (*ret_status != SEE_OK) {
        return false;
    }
    bool has_frame = see_capture_next(capture, &frame) == 1;
    if (has_frame) {
        *ret_time = frame.stamp.time_ns;
    }
    see_capture_free(capture);
    return has_frame;
}

static int add(struct see_inputs *inputs, const char *path, see_time_ns first_time)
{
    if (inputs->count == inputs->size) {
        size_t size = inputs->size > 0 ? inputs->size * 2 : 16;
        struct see_input *list = realloc(inputs->list, size * sizeof(*list));
        if (list == NULL) {
            return SEE_ENOMEM;
        }
        inputs->list = list;
        inputs->size = size;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        return SEE_ENOMEM;
    }
    inputs->list[inputs->count] = (struct see_input){copy, first_time, inputs->count};
    inputs->count++;
    return SEE_OK;
}

static int add_file(struct see_inputs *inputs, const char *path)
{
    see_time_ns time = INT64_MAX;
    int status;
    peek(path, &time, &status);
    return add(inputs, path, time);
}

/* A file in a directory: taken when it is a capture, even one that is cut in its header. */
static int add_entry(struct see_inputs *inputs, const char *directory, const char *name,
                     bool is_verbose)
{
    struct see_text path;
    struct stat status;
    see_text_init(&path);
    see_text_printf(&path, "%s/%s", directory, name);
    int result = see_text_status(&path);
    if (result == SEE_OK && stat(path.ptr, &status) == 0 && S_ISREG(status.st_mode)) {
        see_time_ns time = INT64_MAX;
        int opened;
        peek(path.ptr, &time, &opened);
        if (opened == SEE_EFORMAT || status.st_size == 0) {
            if (is_verbose) {
                see_cli_say(path.ptr, "passed over, since it is no capture");
            }
        } else {
            result = add(inputs, path.ptr, time);
        }
    }
    see_text_finish(&path);
    return result;
}

static int add_directory(struct see_inputs *inputs, const char *path, bool is_verbose)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    int status = SEE_OK;
    if (count < 0) {
        int why = errno;
        see_cli_say(path, strerror(why));
        inputs->has_failed = true;
        return why == ENOMEM ? SEE_ENOMEM : SEE_OK;
    }
    for (int i = 0; i < count; i++) {
        if (status == SEE_OK && entries[i]->d_name[0] != '.') {
            status = add_entry(inputs, path, entries[i]->d_name, is_verbose);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

static int compare(const void *left, const void *right)
{
    const struct see_input *a = left;
    const struct see_input *b = right;
    if (a->first_time != b->first_time) {
        return a->first_time < b->first_time ? -1 : 1;
    }
    return a->place < b->place ? -1 : a->place > b->place;
}

int see_inputs_read(struct see_inputs *ret_inputs, char **operands, size_t count, bool is_verbose)
{
    int status = SEE_OK;
    *ret_inputs = (struct see_inputs){.list = NULL};
    for (size_t i = 0; i < count && status == SEE_OK; i++) {
        struct stat info;
        bool is_there = stat(operands[i], &info) == 0;
        if (is_there && S_ISDIR(info.st_mode)) {
            status = add_directory(ret_inputs, operands[i], is_verbose);
        } else if (strcmp(operands[i], "-") == 0 || (is_there && !S_ISREG(info.st_mode))) {
            /* A pipe can be read only once: not even its first packet can be looked at before. */
            ret_inputs->has_stdin = true;
            status = add(ret_inputs, operands[i], 0);
        } else {
            status = add_file(ret_inputs, operands[i]);
        }
    }
    if (status != SEE_OK) {
        see_inputs_finish(ret_inputs);
        return status;
    }
    if (!ret_inputs->has_stdin && ret_inputs->count > 1) {
        qsort(ret_inputs->list, ret_inputs->count, sizeof(ret_inputs->list[0]), compare);
    }
    return SEE_OK;
}

void see_inputs_finish(struct see_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        free(inputs->list[i].path);
    }
    free(inputs->list);
    *inputs = (struct see_inputs){.list = NULL};
}
