/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother monitor - watches interfaces until it is told to stop.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/beat.h"
#include "cli/cli.h"
#include "cli/contained.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/run.h"

/* Frames can lie in the kernel's buffer a while before they are read: time stays behind by this. */
#define CLOCK_SLACK (200 * SEE_NS_PER_MS)

static see_time_ns now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (see_time_ns)time.tv_sec * SEE_NS_PER_S + time.tv_nsec;
}

/* One run of `monitor`: what is open, and how far it is. */
struct monitor {
    struct see_cli_options *options;
    struct see_run *run;
    struct see_watch watch;
    struct see_beat beat;
    uint64_t frames;
};

/* Told to stop, or as long or as much as was asked for. */
static bool is_over(const struct monitor *monitor, see_time_ns time)
{
    const struct see_cli_options *options = monitor->options;
    return see_cli_is_stopping ||
           (options->duration > 0 && time - monitor->beat.started >= options->duration);
}

/* The next frame, or what time asks for.  0: go on; 1: all that is wanted was read; negative. */
static int step(struct monitor *monitor, see_time_ns stop_at)
{
    struct see_frame frame;
    struct see_capture *capture;
    int result = see_watch_next(&monitor->watch, &frame, &capture);
    if (result < 0) {
        const struct see_capture_info *info = see_capture_info(capture);
        see_beat_clear_line(&monitor->beat);
        see_cli_say(info->source, info->detail);
        return result;
    }
    if (result == 0) {
        return stop_at != INT64_MAX ? 1 : see_run_tick(monitor->run, now() - CLOCK_SLACK);
    }
    if (frame.stamp.time_ns > stop_at) {
        return 1;
    }
    int status = see_run_feed(monitor->run, &frame);
    monitor->frames++;
    return status == SEE_OK && monitor->frames == monitor->options->frame_count ? 1 : status;
}

/*
 * Once told to stop, what came before that moment is still read: it lies in the kernel's buffer.
 * What comes later is not, or busy traffic would never let go.
 */
static int watch(struct monitor *monitor)
{
    see_time_ns stop_at = INT64_MAX;
    int status = SEE_OK;
    while (status == SEE_OK) {
        see_time_ns time = now();
        if (stop_at == INT64_MAX && is_over(monitor, time)) {
            stop_at = time;
        }
        status = see_beat(&monitor->beat, time);
        if (status == SEE_OK) {
            status = step(monitor, stop_at);
        }
    }
    for (size_t i = 0; i < monitor->watch.count; i++) {
        see_capture_stop(monitor->watch.captures[i]);
    }
    int stopped = see_beat_stop(&monitor->beat, now());
    return status < 0 ? status : stopped;
}

/* Opens the interfaces.  -1, or the exit status after a message. */
static int open_all(struct monitor *monitor)
{
    const struct see_cli_options *options = monitor->options;
    struct see_capture_options how = {
        .filter = options->filter,
        .snap_len = options->snap_len,
        .buffer = options->buffer,
        .is_promiscuous = options->is_promiscuous,
        .is_gathering = !options->is_immediate,
    };
    for (size_t i = 0; i < options->interface_count; i++) {
        struct see_capture *capture;
        char error[512];
        int status = see_capture_open_interface(&capture, options->interfaces[i], &how, error,
                                                sizeof(error));
        if (status != SEE_OK) {
            see_cli_say(options->interfaces[i], error);
            return status == SEE_EINVAL ? see_cli_usage("monitor") : SEE_EXIT_FAILED;
        }
        see_watch_add(&monitor->watch, capture);
        monitor->beat.sources[monitor->beat.source_count++].capture = capture;
    }
    return -1;
}

/* A capture of its own for each interface. */
static int begin_all(struct monitor *monitor)
{
    int status = SEE_OK;
    for (size_t i = 0; i < monitor->watch.count && status == SEE_OK; i++) {
        struct see_source *source = &monitor->beat.sources[i];
        const struct see_capture_info *info = see_capture_info(source->capture);
        status = see_run_begin(monitor->run, info->source, &source->number);
        if (status == SEE_OK) {
            see_capture_number(source->capture, source->number);
            status = see_run_capture(monitor->run, source->number, info);
        }
    }
    return status;
}

static int end_all(struct monitor *monitor)
{
    int status = SEE_OK;
    for (size_t i = 0; i < monitor->watch.count; i++) {
        const struct see_source *source = &monitor->beat.sources[i];
        see_cli_tell_links(source->capture, monitor->options->verbosity < 0);
        int ended =
            see_run_end_since(monitor->run, source->number, source->capture, &source->before);
        status = status == SEE_OK ? ended : status;
    }
    return status;
}

static void say_watching(const struct monitor *monitor)
{
    for (size_t i = 0; i < monitor->watch.count && monitor->options->verbosity >= 0; i++) {
        see_cli_say(monitor->options->interfaces[i], "watching; Ctrl-C ends it");
    }
}

/* The sockets that frames come from: opened one after the other, they have a range of their own. */
static struct see_contain_range sockets_of(const struct see_watch *watch)
{
    struct see_contain_range range = SEE_CONTAIN_NO_RANGE;
    for (size_t i = 0; i < watch->count; i++) {
        int fd = see_capture_fd(watch->captures[i]);
        range.first = range.first < 0 || fd < range.first ? fd : range.first;
        range.last = fd > range.last ? fd : range.last;
    }
    return range;
}

static int monitor_run(struct monitor *monitor, struct see_contain *contain)
{
    struct see_cli_options *options = monitor->options;
    if (options->rotate_octets > 0 || options->rotate_every > 0) {
        see_rotate_begin(options->settings.database, time(NULL));
    }
    int exit_status = see_cli_run_open(options, &monitor->run);
    if (exit_status != -1) {
        return exit_status;
    }
    int status = begin_all(monitor);
    see_cli_catch_signals();
    if (status == SEE_OK) {
        status = see_cli_enter(options, monitor->run, contain, SEE_ROLE_MONITOR,
                               sockets_of(&monitor->watch));
    }
    if (status == SEE_OK) {
        say_watching(monitor);
        see_beat_start(&monitor->beat, monitor->run, now());
        status = watch(monitor);
    }
    int ended = end_all(monitor);
    return see_cli_run_close(options, monitor->run, status != SEE_OK || ended != SEE_OK);
}

static void before_report(void *ctx)
{
    see_beat_clear_line(ctx);
}

/* In the process that parses: interfaces and database are opened, and then nothing more. */
static int monitor(void *ctx, struct see_contain *contain)
{
    struct monitor monitor = {.options = ctx};
    see_watch_init(&monitor.watch);
    int exit_status = see_beat_init(&monitor.beat, monitor.options, contain);
    if (exit_status == -1) {
        monitor.options->settings.is_patient = true;
        monitor.options->settings.limits.past_connections = SEE_PAST_OF_ONE;
        monitor.options->settings.before_report = before_report;
        monitor.options->settings.before_report_ctx = &monitor.beat;
        exit_status = open_all(&monitor);
    }
    if (exit_status == -1) {
        exit_status = monitor_run(&monitor, contain);
    }
    see_beat_finish(&monitor.beat);
    for (size_t i = 0; i < monitor.watch.count; i++) {
        see_capture_free(monitor.watch.captures[i]);
    }
    return exit_status;
}

/* The directory is made when it is not there: for its owner only, as what goes into it. */
static int prepare_evidence(const char *path)
{
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        see_cli_say(path, strerror(errno));
        return SEE_EXIT_FAILED;
    }
    struct stat info;
    bool is_there = stat(path, &info) == 0;
    if (is_there && !S_ISDIR(info.st_mode)) {
        errno = ENOTDIR;
    } else if (is_there && access(path, R_OK | W_OK | X_OK) == 0) {
        return -1;
    }
    see_cli_say(path, strerror(errno));
    return SEE_EXIT_FAILED;
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
    int exit_status = see_cli_options_read(&options, argc, argv);
    if (exit_status != -1) {
        return exit_status;
    }
    if (options.lists_interfaces) {
        exit_status = see_cli_list_interfaces();
    } else if (options.interface_count == 0) {
        see_cli_say("no interface is named", "--list-interfaces says which there are");
        exit_status = see_cli_usage("monitor");
    }
    if (exit_status == -1 && options.settings.evidence != NULL) {
        exit_status = prepare_evidence(options.settings.evidence);
    }
    if (exit_status == -1) {
        struct see_contain_job job = {
            .role = SEE_ROLE_MONITOR,
            .database = options.settings.database,
            .input = no_input,
            .work = monitor,
            .ctx = &options,
            .rotation = options.rotation,
            .config = options.config_path,
            .known = options.suppress_path,
            .evidence = options.settings.evidence,
            .slices = options.settings.slices,
        };
        exit_status = see_cli_contain(options.is_contained, &job);
    }
    see_cli_options_finish(&options);
    return exit_status;
}
