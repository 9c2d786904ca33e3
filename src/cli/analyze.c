/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother analyze - reads captures, stores and shows findings.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/contained.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/run.h"
#include "core/heap.h"
#include "seeother_reading.h"

/* How many frames pass between two looks at the clock, and how often the progress line moves. */
#define FRAMES_A_LOOK 4096
#define PROGRESS_EVERY (200 * SEE_NS_PER_MS)

/* So much is read, or this part of it all, before it is known whether another thread shall read on.
 */
#define BEGINNING ((uint64_t)8 << 20)
#define BEGINNING_PART 4

/* That much CPU time for each octet, in picoseconds: headers take 1700, large bodies 200. */
#define MUCH_PS 700

/* A file of so many octets is worth the memory of large pages. */
#define LARGE ((uint64_t)16 << 20)

struct progress {
    bool is_on;
    see_time_ns started, shown;
    uint64_t size; /* of the file, 0: not known */
    uint64_t frames;
    bool has_line;
};

static see_time_ns time_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (see_time_ns)now.tv_sec * SEE_NS_PER_S + now.tv_nsec;
}

static void progress_show(struct progress *progress, uint64_t octets)
{
    see_time_ns now = time_of(CLOCK_MONOTONIC);
    if (now - progress->shown < PROGRESS_EVERY) {
        return;
    }
    double seconds = (double)(now - progress->started) / (double)SEE_NS_PER_S;
    double done = (double)octets, size = (double)progress->size;
    double rate = seconds > 0 ? done / seconds : 0;
    progress->shown = now;
    progress->has_line = true;
    fprintf(stderr, "\r\033[K%.1f MB", done / 1e6);
    if (progress->size > 0) {
        fprintf(stderr, " of %.1f MB, %.0f %%", size / 1e6, 100 * done / size);
    }
    fprintf(stderr, ", %.1f MB/s", rate / 1e6);
    if (rate > 0 && size > done) {
        fprintf(stderr, ", %.0f s left", (size - done) / rate);
    }
    fflush(stderr);
}

static void progress_clear(struct progress *progress)
{
    if (progress->has_line) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
    progress->has_line = false;
}

/* Whether it is time for another look at the clock, after some frames. */
static bool progress_is_due(struct progress *progress, size_t frames)
{
    uint64_t before = progress->frames;
    progress->frames += frames;
    return progress->is_on && before / FRAMES_A_LOOK != progress->frames / FRAMES_A_LOOK;
}

struct job {
    struct see_cli_options *options;
    struct see_inputs inputs;
    struct see_run *run;
    struct see_contain *contain; /* NULL when it is not */
    struct progress progress;
    struct see_heap heap;
    see_time_ns spent;   /* CPU time, on the frames at the beginning of this capture */
    bool has_rows_aside; /* a thread of its own writes rows */
    size_t captures;     /* that were read */
};

static int feed(struct see_run *run, const struct see_frame *frames, size_t count)
{
    int status = SEE_OK;
    for (size_t i = 0; i < count && status == SEE_OK; i++) {
        status = see_run_feed(run, &frames[i]);
    }
    return status;
}

static int feed_lot(struct job *job, struct see_capture *capture, const struct see_frame *frames,
                    size_t count)
{
    struct see_look looks[SEE_DECODE_AHEAD];
    see_heap_follow(&job->heap);
    see_run_expect(job->run, frames, looks, count);
    int status = feed(job->run, frames, count);
    if (progress_is_due(&job->progress, count)) {
        const struct see_capture_info *info = see_capture_info(capture);
        progress_show(&job->progress, info->size > 0 ? info->position : info->octets);
    }
    return status;
}

/* The same, and notes how long it takes. */
static int feed_in_time(struct job *job, struct see_capture *capture,
                        const struct see_frame *frames, size_t count)
{
    see_time_ns before = time_of(CLOCK_THREAD_CPUTIME_ID);
    int status = feed_lot(job, capture, frames, count);
    job->spent += time_of(CLOCK_THREAD_CPUTIME_ID) - before;
    return status;
}

/* Reads on to the end of a capture, or until so much of it was read.  Negative as below. */
static int read_alone(struct job *job, struct see_capture *capture, uint64_t until)
{
    struct see_frame frames[SEE_DECODE_AHEAD];
    int status = SEE_OK;
    while (status == SEE_OK && !see_cli_is_stopping && see_capture_position(capture) < until) {
        int result = see_capture_some(capture, frames, SEE_DECODE_AHEAD);
        if (result > 0) {
            status = until < UINT64_MAX ? feed_in_time(job, capture, frames, (size_t)result)
                                        : feed_lot(job, capture, frames, (size_t)result);
        } else if (result < 0 || see_capture_state(capture) != SEE_CAPTURE_RUNNING) {
            status = result;
            break;
        } else {
            status = see_run_idle(job->run);
        }
    }
    return status;
}

/* Takes what another thread has made of some frames. */
static int feed_gathered(struct see_run *run, const struct see_lot *lot)
{
    const struct see_gathered *gathered = &lot->gathered;
    size_t begin = 0;
    int status = SEE_OK;
    see_run_expect_segments(run, gathered->segments, gathered->count, lot->heads, lot->head_count);
    for (size_t i = 0; i < gathered->frame_count && status == SEE_OK; i++) {
        size_t end = gathered->frames[i].end;
        status = see_run_feed_segments(run, gathered->frames[i].time_ns, gathered->segments + begin,
                                       end - begin);
        begin = end;
    }
    return status;
}

/* The same, of what another thread reads. */
static int read_aside(struct job *job, struct see_reading *reading)
{
    struct see_run *run = job->run;
    struct progress *progress = &job->progress;
    int status = SEE_OK;
    bool is_last = false;
    while (!is_last) {
        struct see_lot *lot = see_reading_next(reading);
        see_heap_follow(&job->heap);
        is_last = lot->is_last;
        if (status == SEE_OK) {
            status = feed_gathered(run, lot);
            status = status == SEE_OK ? lot->result : status;
        }
        if (progress_is_due(progress, lot->gathered.frame_count)) {
            progress_show(progress, lot->position);
        }
        if (status != SEE_OK || see_cli_is_stopping) {
            see_reading_stop(reading);
        }
    }
    return status;
}

/* Whether there may be a thread for a file beside the one that writes rows, if that has one. */
static bool may_start(const struct job *job)
{
    return job->options->threads > 1U + job->has_rows_aside;
}

static void write_rows_aside(struct job *job)
{
    if (!job->has_rows_aside) {
        see_run_go_aside(job->run);
        job->has_rows_aside = true;
    }
}

/*
 * The rest of a capture, of which `beginning` octets were read alone.  Another thread reads it
 * where much is made of each octet: else they would only come from farther.
 */
static int read_rest(struct job *job, struct see_capture *capture, uint64_t beginning)
{
    bool is_worth_it = (uint64_t)job->spent > beginning * MUCH_PS / 1000 && may_start(job);
    if (is_worth_it && !job->has_rows_aside) {
        see_run_share_rows(job->run);
    }
    struct see_reading *reading =
        is_worth_it ? see_reading_start(capture, job->run, !job->has_rows_aside) : NULL;
    if (reading == NULL) {
        see_run_share_rows_not(job->run);
        if (may_start(job) && !see_capture_is_packed(capture)) {
            write_rows_aside(job);
        }
        return read_alone(job, capture, UINT64_MAX);
    }
    int status = read_aside(job, reading);
    see_reading_free(reading);
    see_run_share_rows_not(job->run);
    return status;
}

/* Reads one open capture to its end.  Negative when the run cannot go on. */
static int read_frames(struct job *job, struct see_capture *capture)
{
    struct progress *progress = &job->progress;
    progress->started = time_of(CLOCK_MONOTONIC);
    progress->size = see_capture_info(capture)->size;
    if (progress->size == 0 || progress->size >= LARGE) {
        see_heap_begin(&job->heap);
    }
    uint64_t part = progress->size / BEGINNING_PART;
    uint64_t beginning = part < BEGINNING ? part : BEGINNING;
    job->spent = 0;
    int status = read_alone(job, capture, may_start(job) ? beginning : UINT64_MAX);
    if (status == SEE_OK && !see_cli_is_stopping &&
        see_capture_state(capture) == SEE_CAPTURE_RUNNING) {
        status = read_rest(job, capture, beginning);
    }
    if (see_cli_is_stopping) {
        see_capture_stop(capture);
    }
    progress_clear(progress);
    return status;
}

/* What was wrong with the capture, as a message; true when it is damaged. */
static bool tell_damage(const struct see_capture_info *info, bool is_quiet)
{
    char text[1024]; /* there may be no memory */
    if (info->state == SEE_CAPTURE_COMPLETE) {
        if (info->detail[0] != '\0' && !is_quiet) {
            see_cli_say(info->source, info->detail);
        }
        return false;
    }
    snprintf(text, sizeof(text), "%s after %llu frames, which were analysed%s%s",
             see_capture_state_name(info->state), (unsigned long long)info->frames,
             info->detail[0] != '\0' ? ": " : "", info->detail);
    see_cli_say(info->source, text);
    return true;
}

/* A capture that does not open is said and stored, and the others go on. */
static int unreadable(struct see_run *run, const char *path, int status, const char *error,
                      bool *has_failed)
{
    see_cli_say(path, error);
    *has_failed = true;
    if (status != SEE_ETRUNC && status != SEE_EFORMAT) {
        return SEE_OK;
    }
    enum see_capture_kind kind = strcmp(path, "-") == 0 ? SEE_CAPTURE_STDIN : SEE_CAPTURE_FILE;
    return see_run_unreadable(run, path, kind, status, error);
}

/* Memory ran out: what was read until then is known, and told. */
static void give_up(struct see_run *run, struct see_capture *capture, uint32_t number)
{
    see_capture_note(capture, "memory ran out");
    see_capture_stop(capture);
    tell_damage(see_capture_info(capture), false);
    /* Where that fails too, the row says that it was interrupted. */
    int status = see_run_capture(run, number, see_capture_info(capture));
    (void)status;
}

static int analyze_one(struct job *job, const struct see_input *input, bool *has_failed)
{
    const struct see_cli_options *options = job->options;
    struct see_run *run = job->run;
    const char *path = input->path;
    struct see_capture_options how = {.filter = options->filter, .reads_ahead = may_start(job)};
    struct see_capture *capture;
    char error[512];
    int status = see_inputs_open(input, job->contain, &how, &capture, error, sizeof(error));
    if (status != SEE_OK) {
        return unreadable(run, path, status, error, has_failed);
    }
    bool is_quiet = options->verbosity < 0;
    uint32_t number;
    status = see_run_begin(run, path, &number);
    if (status == SEE_OK) {
        job->captures++;
        see_capture_number(capture, number);
        status = see_run_capture(run, number, see_capture_info(capture));
    }
    if (status == SEE_OK) {
        status = read_frames(job, capture);
        if (status == SEE_ENOMEM) {
            give_up(run, capture, number);
        }
    }
    if (status == SEE_OK) {
        *has_failed |= tell_damage(see_capture_info(capture), is_quiet);
        see_cli_tell_links(capture, is_quiet);
        status = see_run_end(run, number, capture);
    }
    see_capture_free(capture);
    return status;
}

/* A filter that cannot be used is a wrong command line, whatever the link type. */
static int check_filter(const struct see_cli_options *options)
{
    char error[512];
    if (options->filter != NULL &&
        see_capture_check_filter(options->filter, error, sizeof(error)) != SEE_OK) {
        see_cli_say("--filter", error);
        return see_cli_usage("analyze");
    }
    return -1;
}

static bool analyze_all(struct job *job)
{
    bool has_failed = job->inputs.has_failed;
    see_inputs_sort(&job->inputs, job->contain, job->options->verbosity > 0);
    size_t i = 0;
    for (; i < job->inputs.count && !see_cli_is_stopping; i++) {
        if (analyze_one(job, &job->inputs.list[i], &has_failed) != SEE_OK) {
            return true; /* why is told when the run is closed */
        }
    }
    if (see_cli_is_stopping && i < job->inputs.count) {
        see_cli_say(job->inputs.list[i].path,
                    "not read, nor what comes after it: the run was told to stop");
        return true;
    }
    return has_failed;
}

/* Whoever asks whether something is wrong must not be told that all is well with nothing. */
static bool lacks_captures(const struct job *job)
{
    bool is_lacking = job->captures == 0 && job->options->fail_on != SEE_FAIL_NEVER;
    if (is_lacking) {
        see_cli_say("--fail-on", "no capture was read");
    }
    return is_lacking;
}

/* In the process that parses: the database is opened, and then nothing more that is not asked for.
 */
static int analyze(void *ctx, struct see_contain *contain)
{
    struct job *job = ctx;
    struct see_cli_options *options = job->options;
    int exit_status = see_cli_run_open(options, &job->run);
    if (exit_status != -1) {
        return exit_status;
    }
    job->contain = contain;
    job->progress.is_on = options->progress == SEE_PROGRESS_ALWAYS ||
                          (options->progress == SEE_PROGRESS_AUTO && isatty(STDERR_FILENO) &&
                           options->verbosity >= 0);
    see_cli_catch_signals();
    see_cli_catch_hangup();
    bool has_failed =
        see_cli_enter(options, job->run, contain, SEE_ROLE_ANALYZE, SEE_CONTAIN_NO_RANGE) != SEE_OK;
    if (has_failed) {
        see_cli_say(see_status_text(SEE_ENOMEM), NULL);
    } else {
        if (options->threads > 2) {
            write_rows_aside(job);
        }
        has_failed = analyze_all(job) || lacks_captures(job);
    }
    return see_cli_run_close(options, job->run, has_failed);
}

static const char *input_path(void *ctx, size_t number)
{
    return see_inputs_path(&((struct job *)ctx)->inputs, number);
}

int see_cli_analyze(int argc, char **argv)
{
    struct see_cli_options options;
    struct job job = {.options = &options};
    int exit_status = see_cli_options_read(&options, argc, argv);
    if (exit_status != -1) {
        return exit_status;
    }
    exit_status = check_filter(&options);
    if (exit_status == -1 && optind == argc) {
        see_cli_say("no capture is named", NULL);
        exit_status = see_cli_usage("analyze");
    }
    if (exit_status == -1 &&
        see_inputs_list(&job.inputs, argv + optind, (size_t)(argc - optind)) != SEE_OK) {
        see_cli_say(see_status_text(SEE_ENOMEM), NULL);
        exit_status = SEE_EXIT_FAILED;
    }
    if (job.inputs.count == 1) {
        options.settings.limits.past_connections = SEE_PAST_OF_ONE;
    }
    if (exit_status == -1) {
        struct see_contain_job contained = {
            .role = SEE_ROLE_ANALYZE,
            .database = options.settings.database,
            .input = input_path,
            .work = analyze,
            .ctx = &job,
        };
        exit_status = see_cli_contain(options.is_contained, &contained);
        see_inputs_finish(&job.inputs);
    }
    see_cli_options_finish(&options);
    return exit_status;
}
