/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother_coverage - what the rooms counted, by capture and for the whole run.
 */
#include <string.h>

#include "seeother_run.h"

void see_run_counts(struct see_run *run, struct see_counts ret_counts[STAGES])
{
    ret_counts[DECODE] = see_decode_counts(run->decode);
    ret_counts[STREAM] = see_stream_counts(run->stream);
    ret_counts[HTTP] = see_http_counts(run->http);
    ret_counts[PAIR] = see_pair_counts(run->pair);
    ret_counts[RULES] = see_rules_counts(run->rules);
    ret_counts[EVIDENCE] = run->cutter != NULL ? see_cutter_counts(run->cutter)
                                               : (struct see_counts){"evidence", NULL, 0};
}

void run_name_totals(struct see_run *run)
{
    static const char *const names[CAPTURE_COUNTERS] = {
        [CAPTURE_FRAMES] = "frames",
        [CAPTURE_HANDED_ON] = "frames_handed_on",
        [CAPTURE_FILTERED] = "frames_filtered",
    };
    for (size_t i = 0; i < CAPTURE_COUNTERS; i++) {
        run->totals[i] = (struct see_count){names[i], "frames", SEE_COUNT_NOTE, 0};
    }
}

/*
 * What a capture brought into a stage and did not come out yet is carried over to the next one,
 * which then shows it as less than nothing: so each capture balances, and so does the run.
 */
static size_t add_carried(struct see_count *list, size_t count, const char *unit, const char *name)
{
    uint64_t carried = 0;
    bool is_balanced_unit = false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].unit, unit) == 0 && list[i].kind != SEE_COUNT_NOTE) {
            is_balanced_unit = true;
            carried += list[i].kind == SEE_COUNT_IN ? list[i].value : -list[i].value;
        }
    }
    if (!is_balanced_unit || carried == 0) {
        return count;
    }
    list[count] = (struct see_count){name, unit, SEE_COUNT_OUT, carried};
    return count + 1;
}

static int store_stage(struct see_run *run, uint32_t capture, const struct see_counts *counts,
                       const uint64_t *before)
{
    static const struct {
        const char *unit, *name;
    } units[] = {
        {"frames", "frames_carried_over"},           {"segments", "segments_carried_over"},
        {"octets", "octets_carried_over"},           {"messages", "messages_carried_over"},
        {"connections", "connections_carried_over"}, {"exchanges", "exchanges_carried_over"},
        {"redirects", "redirects_carried_over"},     {"findings", "findings_carried_over"},
    };
    struct see_count list[COUNTERS_MAX + sizeof(units) / sizeof(units[0])];
    size_t count = counts->count < COUNTERS_MAX ? counts->count : COUNTERS_MAX;
    for (size_t i = 0; i < count; i++) {
        list[i] = counts->list[i];
        list[i].value -= before[i];
    }
    size_t with_carried = count;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        with_carried = add_carried(list, with_carried, units[i].unit, units[i].name);
    }
    struct see_counts own = {counts->stage, list, with_carried};
    return run_failed_in_store(run, see_store_coverage(run->store, capture, &own));
}

/* What the store itself left out: only where it did. */
static int store_unstored(struct see_run *run, uint32_t capture)
{
    const struct see_count list[] = {
        {"redirects_unstored", "redirects", SEE_COUNT_NOTE,
         see_run_left_out(run) - run->before_left_out},
        {"findings_unstored", "findings", SEE_COUNT_NOTE,
         see_run_unstored(run) - run->before_unstored},
    };
    const struct see_counts counts = {"store", list, sizeof(list) / sizeof(list[0])};
    return list[0].value > 0 || list[1].value > 0
               ? run_failed_in_store(run, see_store_coverage(run->store, capture, &counts))
               : SEE_OK;
}

int run_store_stages(struct see_run *run, uint32_t capture)
{
    struct see_counts counts[STAGES];
    int status = store_unstored(run, capture);
    see_run_counts(run, counts);
    for (size_t i = 0; i < STAGES && status == SEE_OK; i++) {
        status = store_stage(run, capture, &counts[i], run->before[i]);
    }
    return status;
}

void run_remember_counts(struct see_run *run)
{
    struct see_counts counts[STAGES];
    see_run_counts(run, counts);
    run->before_left_out = see_run_left_out(run);
    run->before_unstored = see_run_unstored(run);
    for (size_t i = 0; i < STAGES; i++) {
        for (size_t j = 0; j < counts[i].count && j < COUNTERS_MAX; j++) {
            run->before[i][j] = counts[i].list[j].value;
        }
    }
}

int see_run_capture(struct see_run *run, uint32_t capture, const struct see_capture_info *info)
{
    struct see_capture_row row = {
        .capture = capture,
        .source = info->source,
        .kind = see_capture_kind_name(info->kind),
        .first_time = info->first_time,
        .last_time = info->last_time,
        .packets = info->frames,
        .bytes = info->octets,
        .kernel_dropped = info->kernel_dropped,
        .status = see_capture_state_name(info->state),
        .detail = info->detail[0] != '\0' ? info->detail : NULL,
    };
    return run_failed_in_store(run, see_store_capture(run->store, &row));
}

static void add_totals(struct see_run *run, const struct see_capture_info *info)
{
    run->totals[CAPTURE_FRAMES].value += info->frames;
    run->totals[CAPTURE_FILTERED].value += info->frames_filtered;
    run->totals[CAPTURE_HANDED_ON].value += info->frames - info->frames_filtered;
}

int see_run_end(struct see_run *run, uint32_t capture, struct see_capture *from)
{
    struct see_capture_info nothing = {.frames = 0};
    return see_run_end_since(run, capture, from, &nothing);
}

struct see_capture_info see_run_since(const struct see_capture_info *now,
                                      const struct see_capture_info *before)
{
    struct see_capture_info since = *now;
    since.frames -= before->frames;
    since.frames_filtered -= before->frames_filtered;
    since.octets -= before->octets;
    if (before->frames > 0) {
        since.first_time = before->last_time; /* the one before the first, in truth */
    }
    if (since.kernel_dropped >= 0 && before->kernel_dropped > 0) {
        since.kernel_dropped -= before->kernel_dropped;
    }
    return since;
}

int see_run_end_since(struct see_run *run, uint32_t capture, struct see_capture *from,
                      const struct see_capture_info *before)
{
    const struct see_capture_info *info = see_capture_info(from);
    struct see_capture_info since = see_run_since(info, before);
    struct see_counts whole = see_capture_counts(from);
    struct see_count list[COUNTERS_MAX];
    size_t count = whole.count < COUNTERS_MAX ? whole.count : COUNTERS_MAX;
    memcpy(list, whole.list, count * sizeof(list[0]));
    for (size_t i = 0; i < count; i++) {
        list[i].value -= strcmp(list[i].counter, "frames") == 0            ? before->frames
                         : strcmp(list[i].counter, "frames_filtered") == 0 ? before->frames_filtered
                         : strcmp(list[i].counter, "frames_handed_on") == 0
                             ? before->frames - before->frames_filtered
                         : strcmp(list[i].counter, "octets") == 0 ? before->octets
                                                                  : 0;
    }
    struct see_counts own = {whole.stage, list, count};
    add_totals(run, info);
    int status = run_end_prelude(run);
    if (status == SEE_OK) {
        status = see_run_capture(run, capture, &since);
    }
    if (status == SEE_OK) {
        status = run_failed_in_store(run, see_store_coverage(run->store, capture, &own));
    }
    return status;
}

void run_show_totals(struct see_run *run)
{
    struct see_counts stages[STAGES + 1];
    stages[0] = (struct see_counts){"capture", run->totals, CAPTURE_COUNTERS};
    see_run_counts(run, stages + 1);
    struct see_report_totals totals = {
        .database = run->settings.database,
        .captures = run->source_count,
        .suppressed = run->suppressed,
        .stages = stages,
        .stage_count = run->cutter != NULL ? STAGES + 1 : STAGES,
    };
    memcpy(totals.by_severity, run->findings, sizeof(totals.by_severity));
    totals.rules_on = see_rules_on(run->rules);
    totals.has_failed = run->has_failed;
    run_failed_in_report(run, see_report_totals(run->report, &totals));
}
