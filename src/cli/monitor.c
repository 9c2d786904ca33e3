/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother monitor - watches an interface until it is told to stop.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/contained.h"
#include "cli/options.h"

/* Frames can lie in the kernel's buffer a while before they are read: time stays behind by this. */
#define CLOCK_SLACK (200 * SEE_NS_PER_MS)

static see_time_ns now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (see_time_ns)time.tv_sec * SEE_NS_PER_S + time.tv_nsec;
}

/*
 * Once told to stop, what came before that moment is still read: it lies in the kernel's buffer.
 * What comes later is not, or busy traffic would never let go.
 */
static int watch(struct see_run *run, struct see_capture *capture)
{
    int status = SEE_OK;
    see_time_ns stop_at = INT64_MAX;
    while (status == SEE_OK) {
        struct see_frame frame;
        if (see_cli_is_stopping && stop_at == INT64_MAX) {
            stop_at = now();
        }
        int result = see_capture_next(capture, &frame);
        if (result < 0) {
            const struct see_capture_info *info = see_capture_info(capture);
            see_cli_say(info->source, info->detail);
            return result;
        }
        if (stop_at != INT64_MAX && (result == 0 || frame.stamp.time_ns > stop_at)) {
            see_capture_stop(capture);
            break;
        }
        status = result > 0 ? see_run_feed(run, &frame) : see_run_tick(run, now() - CLOCK_SLACK);
    }
    return status;
}

/* The filter is the rest of the command line, as tcpdump has it. */
static int join_filter(struct see_cli_options *options, struct see_text *filter, int argc,
                       char **argv)
{
    if (options->filter != NULL && optind < argc) {
        see_cli_say(argv[optind], "a filter is given already with --filter");
        return see_cli_usage("monitor");
    }
    for (int i = optind; i < argc; i++) {
        see_text_add_string(filter, i > optind ? " " : "");
        see_text_add_string(filter, argv[i]);
    }
    if (optind < argc) {
        options->filter = see_text_status(filter) == SEE_OK ? filter->ptr : "";
    }
    return -1;
}

static int monitor_run(struct see_cli_options *options, struct see_capture *capture,
                       struct see_contain *contain)
{
    struct see_run *run;
    int exit_status = see_cli_run_open(options, &run);
    if (exit_status != -1) {
        return exit_status;
    }
    uint32_t number = 0;
    int status = see_run_begin(run, options->interfaces[0], &number);
    if (status == SEE_OK) {
        see_capture_number(capture, number);
        status = see_run_capture(run, number, see_capture_info(capture));
    }
    see_cli_catch_signals();
    if (status == SEE_OK) {
        status =
            see_cli_enter(options, run, contain, SEE_ROLE_MONITOR, see_capture_descriptor(capture));
    }
    if (status == SEE_OK && options->verbosity >= 0) {
        see_cli_say(options->interfaces[0], "watching; Ctrl-C ends it");
    }
    if (status == SEE_OK) {
        status = watch(run, capture);
    }
    int ended = see_run_end(run, number, capture);
    return see_cli_run_close(options, run, status != SEE_OK || ended != SEE_OK);
}

/* In the process that parses: interface and database are opened, and then nothing more. */
static int monitor(void *ctx, struct see_contain *contain)
{
    struct see_cli_options *options = ctx;
    struct see_capture_options how = {.filter = options->filter};
    struct see_capture *capture;
    char error[512];
    int status =
        see_capture_open_interface(&capture, options->interfaces[0], &how, error, sizeof(error));
    if (status != SEE_OK) {
        see_cli_say(options->interfaces[0], error);
        return status == SEE_EINVAL ? see_cli_usage("monitor") : SEE_EXIT_FAILED;
    }
    int exit_status = monitor_run(options, capture, contain);
    see_capture_free(capture);
    return exit_status;
}

static const char *no_input(void *ctx, size_t number)
{
    (void)ctx;
    (void)number;
    return NULL;
}

int see_cli_monitor(int argc, char **argv)
{
    struct see_cli_options options;
    struct see_text filter;
    int exit_status = see_cli_options_read(&options, argc, argv);
    if (exit_status != -1) {
        return exit_status;
    }
    see_text_init(&filter);
    exit_status = join_filter(&options, &filter, argc, argv);
    if (exit_status == -1 && options.interface_count != 1) {
        see_cli_say(options.interface_count == 0 ? "no interface is named"
                                                 : "one interface at a time, for now",
                    NULL);
        exit_status = see_cli_usage("monitor");
    }
    if (exit_status == -1) {
        struct see_contain_job job = {
            .database = options.settings.database,
            .input = no_input,
            .work = monitor,
            .ctx = &options,
        };
        exit_status = see_cli_contain(&options, &job);
    }
    see_text_finish(&filter);
    see_cli_options_finish(&options);
    return exit_status;
}
