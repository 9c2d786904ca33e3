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
#include "decode/decode.h"

int see_inputs_open(const struct see_input *input, struct see_contain *contain,
                    const struct see_capture_options *how, struct see_capture **ret_capture,
                    char *error, size_t error_size)
{
    if (contain == NULL || strcmp(input->path, "-") == 0) {
        return see_capture_open_file(ret_capture, input->path, how, error, error_size);
    }
    *ret_capture = NULL;
    int fd = see_contain_open_input(contain, input->place);
    if (fd < 0) {
        snprintf(error, error_size, "%s", strerror(errno));
        return errno == EACCES || errno == EPERM ? SEE_EACCES : SEE_EIO;
    }
    return see_capture_open_fd(ret_capture, fd, input->path, how, error, error_size);
}

/* Finds the time of the first packet, INT64_MAX when there is none to be had.  What opening said.
 */
static int peek(struct see_input *input, struct see_contain *contain)
{
    struct see_capture_options options = {.filter = NULL, .number = 1};
    struct see_capture *capture;
    struct see_frame frame;
    char error[256];
    int status = see_inputs_open(input, contain, &options, &capture, error, sizeof(error));
    if (status == SEE_OK && see_capture_next(capture, &frame) == 1) {
        input->first_time = frame.stamp.time_ns;
    }
    see_capture_free(capture);
    return status;
}

/* Takes the rest of `like`. */
static int add(struct see_inputs *inputs, const char *path, struct see_input like)
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
    like.path = copy;
    like.first_time = INT64_MAX;
    like.place = inputs->count;
    inputs->list[inputs->count] = like;
    inputs->count++;
    return SEE_OK;
}

static int add_entry(struct see_inputs *inputs, const char *directory, const char *name)
{
    struct see_text path;
    struct stat status;
    see_text_init(&path);
    see_text_printf(&path, "%s/%s", directory, name);
    int result = see_text_status(&path);
    if (result == SEE_OK && stat(path.ptr, &status) == 0 && S_ISREG(status.st_mode)) {
        struct see_input like = {.is_from_directory = true, .is_empty = status.st_size == 0};
        result = add(inputs, path.ptr, like);
    }
    see_text_finish(&path);
    return result;
}

static int add_directory(struct see_inputs *inputs, const char *path)
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
            status = add_entry(inputs, path, entries[i]->d_name);
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

int see_inputs_list(struct see_inputs *ret_inputs, char **operands, size_t count)
{
    int status = SEE_OK;
    *ret_inputs = (struct see_inputs){.list = NULL};
    for (size_t i = 0; i < count && status == SEE_OK; i++) {
        struct stat info;
        bool is_there = stat(operands[i], &info) == 0;
        bool is_pipe = strcmp(operands[i], "-") == 0 || (is_there && !S_ISREG(info.st_mode));
        if (is_there && S_ISDIR(info.st_mode)) {
            status = add_directory(ret_inputs, operands[i]);
        } else {
            ret_inputs->has_stdin |= is_pipe;
            status = add(ret_inputs, operands[i], (struct see_input){.is_pipe = is_pipe});
        }
    }
    if (status != SEE_OK) {
        see_inputs_finish(ret_inputs);
    }
    return status;
}

/* What lies in a directory is taken when it is a capture, even one that is cut in its header. */
static bool is_passed_over(struct see_input *input, struct see_contain *contain, bool is_verbose)
{
    /* A pipe can be read only once: not even its first packet can be looked at before. */
    if (input->is_pipe) {
        return false;
    }
    int status = input->is_empty ? SEE_EFORMAT : peek(input, contain);
    bool is_out = input->is_from_directory && status == SEE_EFORMAT;
    if (is_out && is_verbose) {
        see_cli_say(input->path, "passed over, since it is no capture");
    }
    return is_out;
}

void see_inputs_sort(struct see_inputs *inputs, struct see_contain *contain, bool is_verbose)
{
    size_t kept = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        struct see_input *input = &inputs->list[i];
        if (is_passed_over(input, contain, is_verbose)) {
            free(input->path);
        } else {
            inputs->list[kept++] = *input;
        }
    }
    inputs->count = kept;
    if (!inputs->has_stdin && inputs->count > 1) {
        qsort(inputs->list, inputs->count, sizeof(inputs->list[0]), compare);
    }
}

const char *see_inputs_path(const struct see_inputs *inputs, size_t number)
{
    return number < inputs->count ? inputs->list[number].path : NULL;
}

void see_inputs_finish(struct see_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        free(inputs->list[i].path);
    }
    free(inputs->list);
    *inputs = (struct see_inputs){.list = NULL};
}

void see_cli_tell_links(struct see_capture *capture, bool is_quiet)
{
    const struct see_capture_link *links;
    size_t count = see_capture_links(capture, &links);
    for (size_t i = 0; i < count; i++) {
        if (links[i].frames == 0 || see_decode_knows(links[i].link_type)) {
            continue;
        }
        char text[128];
        snprintf(text, sizeof(text), "link type %d (%s) is not read, %llu frame%s",
                 links[i].link_type, see_link_type_name(links[i].link_type),
                 (unsigned long long)links[i].frames, links[i].frames == 1 ? "" : "s");
        see_capture_note(capture, text);
        if (!is_quiet) {
            see_cli_say(see_capture_info(capture)->source, text);
        }
    }
}
