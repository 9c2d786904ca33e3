/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/beat.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/notify.h"
#include "cli/upkeep.h"
#include "report/metrics.h"

/* Drops are read this often, so that they are known before a pair is decided (500 ms). */
#define LOOK_EVERY (200 * SEE_NS_PER_MS)
#define SERVE_EVERY (20 * SEE_NS_PER_MS)
#define LINE_EVERY SEE_NS_PER_S

volatile sig_atomic_t see_beat_is_asked;
volatile sig_atomic_t see_beat_is_hung_up;

static void on_signal(int number)
{
    *(number == SIGHUP ? &see_beat_is_hung_up : &see_beat_is_asked) = 1;
}

void see_beat_clear_line(struct see_beat *beat)
{
    if (beat->has_line) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    beat->has_line = false;
}

static void say(struct see_beat *beat, const struct see_source *source, const char *why)
{
    see_beat_clear_line(beat);
    if (beat->options->verbosity >= 0) {
        see_cli_say(see_capture_info(source->capture)->source, why);
    }
}

static uint64_t counter(const struct see_counts counts[SEE_RUN_STAGES], const char *stage,
                        const char *name)
{
    for (size_t i = 0; i < SEE_RUN_STAGES; i++) {
        if (strcmp(counts[i].stage, stage) == 0) {
            return see_counts_value(&counts[i], name);
        }
    }
    return 0;
}

/* Octets that are resident now at most: the peak. */
static double peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

struct sums {
    uint64_t frames, octets, dropped;
};

static struct sums add_up(const struct see_beat *beat)
{
    struct sums sums = {0, 0, 0};
    for (size_t i = 0; i < beat->source_count; i++) {
        const struct see_capture_info *info = see_capture_info(beat->sources[i].capture);
        sums.frames += info->frames;
        sums.octets += info->octets;
        sums.dropped += info->kernel_dropped > 0 ? (uint64_t)info->kernel_dropped : 0;
    }
    return sums;
}

static void show_line(struct see_beat *beat, see_time_ns now)
{
    struct see_counts counts[SEE_RUN_STAGES];
    struct sums sums = add_up(beat);
    double seconds = (double)(now - beat->next_line + LINE_EVERY) / (double)SEE_NS_PER_S;
    const uint64_t *findings = see_run_findings(beat->run);
    see_run_counts(beat->run, counts);
    fprintf(stderr,
            "\r\033[K%.0f frames/s, %.1f MB/s, %" PRIu64 " connections, %" PRIu64
            " redirects waiting, %" PRIu64 " findings, %" PRIu64 " dropped, %.0f MB",
            (double)(sums.frames - beat->line_frames) / seconds,
            (double)(sums.octets - beat->line_octets) / seconds / 1e6,
            counter(counts, "stream", "connections_open"),
            counter(counts, "pair", "redirects_waiting"), findings[0] + findings[1] + findings[2],
            sums.dropped, peak_memory() / 1e6);
    fflush(stderr);
    beat->line_frames = sums.frames;
    beat->line_octets = sums.octets;
    beat->has_line = true;
}

static void show_counts(struct see_beat *beat)
{
    struct see_counts counts[SEE_RUN_STAGES + SEE_WATCH_MAX];
    size_t count = beat->source_count + SEE_RUN_STAGES;
    for (size_t i = 0; i < beat->source_count; i++) {
        counts[i] = see_capture_counts(beat->sources[i].capture);
    }
    see_run_counts(beat->run, counts + beat->source_count);
    see_beat_clear_line(beat);
    for (size_t i = 0; i < count; i++) {
        const char *what = i < beat->source_count
                               ? see_capture_info(beat->sources[i].capture)->source
                               : counts[i].stage;
        struct see_text line;
        see_text_init(&line);
        for (size_t j = 0; j < counts[i].count; j++) {
            if (counts[i].list[j].value != 0) {
                see_text_printf(&line, "%s%s %" PRIu64, line.len > 0 ? ", " : "",
                                counts[i].list[j].counter, counts[i].list[j].value);
            }
        }
        see_cli_say(what, line.len > 0 && !line.is_broken ? line.ptr : "nothing yet");
        see_text_finish(&line);
    }
}

static void add_one(struct see_text *page, const char *name, enum see_metric_type type,
                    const char *help, double value)
{
    see_metrics_add_head(page, name, type, help);
    see_metrics_add_value(page, name, NULL, (struct see_view){NULL, 0}, value);
}

/* One metric, a value for each interface. */
static void add_sources(const struct see_beat *beat, struct see_text *page, const char *name,
                        enum see_metric_type type, const char *help,
                        double (*value)(const struct see_source *source))
{
    see_metrics_add_head(page, name, type, help);
    for (size_t i = 0; i < beat->source_count; i++) {
        const struct see_source *source = &beat->sources[i];
        see_metrics_add_value(page, name, "interface",
                              see_view_of(see_capture_info(source->capture)->source),
                              value(source));
    }
}

static double frames_of(const struct see_source *source)
{
    return (double)see_capture_info(source->capture)->frames;
}

static double octets_of(const struct see_source *source)
{
    return (double)see_capture_info(source->capture)->octets;
}

static double dropped_of(const struct see_source *source)
{
    int64_t dropped = see_capture_info(source->capture)->kernel_dropped;
    return dropped >= 0 ? (double)dropped : NAN;
}

static double is_up(const struct see_source *source)
{
    return source->presence == SEE_PRESENCE_UP;
}

static void add_findings(const struct see_beat *beat, struct see_text *page)
{
    static const char name[] = "seeother_findings_total";
    const uint64_t *findings = see_run_findings(beat->run);
    see_metrics_add_head(page, name, SEE_METRIC_COUNTER, "How many findings were stored.");
    for (int i = SEE_SEVERITY_INFO; i <= SEE_SEVERITY_VIOLATION; i++) {
        see_metrics_add_value(page, name, "severity",
                              see_view_of(see_severity_name((enum see_severity)i)),
                              (double)findings[i]);
    }
}

static int make_page(void *ctx, struct see_text *page)
{
    const struct see_beat *beat = ctx;
    struct see_counts counts[SEE_RUN_STAGES];
    see_metrics_add_head(page, "seeother_build_info", SEE_METRIC_GAUGE, "The version, as a label.");
    see_metrics_add_value(page, "seeother_build_info", "version",
                          see_view_of(beat->options->settings.tool_version), 1);
    add_one(page, "process_start_time_seconds", SEE_METRIC_GAUGE,
            "When watching began, in seconds since 1970.",
            (double)beat->started / (double)SEE_NS_PER_S);
    add_one(page, "seeother_resident_memory_peak_bytes", SEE_METRIC_GAUGE,
            "The most memory that was resident at a time.", peak_memory());
    add_sources(beat, page, "seeother_interface_up", SEE_METRIC_GAUGE,
                "Whether the interface is there and up.", is_up);
    add_sources(beat, page, "seeother_interface_frames_total", SEE_METRIC_COUNTER,
                "How many frames the interface brought.", frames_of);
    add_sources(beat, page, "seeother_interface_captured_bytes_total", SEE_METRIC_COUNTER,
                "How many octets of frames were captured.", octets_of);
    add_sources(beat, page, "seeother_interface_dropped_frames_total", SEE_METRIC_COUNTER,
                "How many frames kernel and interface dropped.", dropped_of);
    add_findings(beat, page);
    add_one(page, "seeother_database_lean", SEE_METRIC_GAUGE,
            "Whether the disk is full, and findings and counters alone are stored.", beat->is_lean);
    add_one(page, "seeother_database_away", SEE_METRIC_GAUGE, "Whether nothing can be stored.",
            see_run_is_away(beat->run));
    add_one(page, "seeother_findings_unstored_total", SEE_METRIC_COUNTER,
            "How many findings could not be stored.", (double)see_run_unstored(beat->run));
    add_one(page, "seeother_redirects_unstored_total", SEE_METRIC_COUNTER,
            "How many redirects were not stored, since the disk was full.",
            (double)see_run_left_out(beat->run));
    see_run_counts(beat->run, counts);
    for (size_t i = 0; i < SEE_RUN_STAGES; i++) {
        see_metrics_add_stage(page, &counts[i]);
    }
    return see_text_status(page);
}

static bool shows_line(const struct see_beat *beat)
{
    const struct see_cli_options *options = beat->options;
    return options->verbosity >= 0 &&
           (options->progress == SEE_PROGRESS_ALWAYS ||
            (options->progress == SEE_PROGRESS_AUTO && isatty(STDERR_FILENO)));
}

int see_beat_init(struct see_beat *beat, struct see_cli_options *options,
                  struct see_contain *contain)
{
    char error[512];
    memset(beat, 0, sizeof(*beat));
    beat->options = options;
    beat->contain = contain;
    beat->notify = see_notify_open();
    beat->watchdog_every = beat->notify >= 0 ? see_notify_watchdog() : 0;
    struct see_serve_page page = {beat, SEE_METRICS_TYPE, make_page};
    if (options->metrics != NULL) {
        int status = see_serve_open(&beat->serve, options->metrics, page, error, sizeof(error));
        if (status != SEE_OK) {
            see_cli_say(options->metrics, error);
            return status == SEE_EINVAL ? see_cli_usage("monitor") : SEE_EXIT_FAILED;
        }
    }
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    return -1;
}

void see_beat_finish(struct see_beat *beat)
{
    see_serve_close(beat->serve);
    if (beat->notify >= 0) {
        close(beat->notify);
    }
}

/* What the kernel dropped since the last look. */
static void read_drops(struct see_beat *beat, struct see_source *source, see_time_ns now)
{
    int64_t dropped = see_capture_info(source->capture)->kernel_dropped;
    if (dropped <= source->dropped) {
        return;
    }
    char text[128];
    see_run_lost(beat->run, beat->last - LOOK_EVERY, now);
    /* Once, and then each time that it has become ten times as much. */
    if ((uint64_t)dropped >= beat->drops_said * 10) {
        snprintf(text, sizeof(text),
                 "the kernel dropped %" PRId64 " frames so far; a larger --buffer-size may help",
                 dropped);
        say(beat, source, text);
        beat->drops_said = (uint64_t)dropped;
    }
    source->dropped = dropped;
}

static void look_at(struct see_beat *beat, struct see_source *source, see_time_ns now)
{
    enum see_capture_presence presence = see_capture_look(source->capture);
    if (presence != source->presence) {
        static const char *const words[] = {
            [SEE_PRESENCE_UP] = "the interface is back; going on",
            [SEE_PRESENCE_DOWN] = "the interface is down; waiting for it",
            [SEE_PRESENCE_GONE] = "the interface is gone; waiting for it",
        };
        say(beat, source, words[presence]);
        source->presence = presence;
    }
    if (presence != SEE_PRESENCE_UP) {
        see_run_lost(beat->run, beat->last, now);
    }
    read_drops(beat, source, now);
}

/* Writes slices that are due.  That they cannot be written is said once, and when they can again.
 */
static int write_evidence(struct see_beat *beat, see_time_ns now)
{
    int status = see_run_cut(beat->run, now);
    const char *error = see_run_evidence_error(beat->run);
    if ((error != NULL) != beat->lacks_evidence) {
        beat->lacks_evidence = error != NULL;
        see_beat_clear_line(beat);
        if (error != NULL) {
            see_cli_say(error, "findings have no evidence until there is room");
        } else {
            see_cli_say(beat->options->settings.evidence, "evidence is written again");
        }
    }
    return status;
}

void see_beat_start(struct see_beat *beat, struct see_run *run, see_time_ns now)
{
    beat->run = run;
    see_run_keep_room(run);
    beat->started = beat->last = beat->rotated = now;
    beat->minute = now - now % SEE_UPKEEP_MINUTE;
    beat->next_line = now + LINE_EVERY;
    see_notify(beat->notify, "READY=1\nSTATUS=watching");
}

int see_beat(struct see_beat *beat, see_time_ns now)
{
    int status = SEE_OK;
    if (now < beat->last) {
        /* The clock of the machine was set back. */
        beat->next_serve = beat->next_look = beat->next_line = beat->next_watchdog = now;
    }
    if (beat->serve != NULL && now >= beat->next_serve) {
        see_serve_tick(beat->serve);
        beat->next_serve = now + SERVE_EVERY;
    }
    if (see_beat_is_asked) {
        see_beat_is_asked = 0;
        show_counts(beat);
    }
    if (now < beat->next_look) {
        return SEE_OK;
    }
    for (size_t i = 0; i < beat->source_count; i++) {
        look_at(beat, &beat->sources[i], now);
    }
    beat->last = now;
    beat->next_look = now + LOOK_EVERY;
    if (now - now % SEE_UPKEEP_MINUTE != beat->minute) {
        status = see_upkeep_minute(beat, now);
    }
    if (status == SEE_OK) {
        status = write_evidence(beat, now);
    }
    if (status == SEE_OK) {
        status = see_upkeep(beat, now);
    }
    if (beat->watchdog_every > 0 && now >= beat->next_watchdog) {
        see_notify(beat->notify, "WATCHDOG=1");
        beat->next_watchdog = now + beat->watchdog_every;
    }
    if (now >= beat->next_line && shows_line(beat)) {
        show_line(beat, now);
        beat->next_line = now + LINE_EVERY;
    }
    return status;
}

int see_beat_stop(struct see_beat *beat, see_time_ns now)
{
    see_notify(beat->notify, "STOPPING=1");
    see_beat_clear_line(beat);
    for (size_t i = 0; i < beat->source_count; i++) {
        read_drops(beat, &beat->sources[i], now);
    }
    return see_upkeep_minute(beat, now);
}
