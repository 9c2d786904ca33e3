/* SPDX-License-Identifier: BSD-3-Clause */
#include "seeother.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "seeother_run.h"
#include "store/across.h"

/*
 * How old a batch gets where somebody watches.  A redirect is decided half a second after its
 * follow-up, and the kernel keeps frames for a fifth of one; a second after it came, it is to be in
 * the database whatever happens to the process.
 */
#define LIVE_BATCH_NS (100 * SEE_NS_PER_MS)

void run_say(struct see_run *run, const char *what)
{
    snprintf(run->error, sizeof(run->error), "%s", what);
}

int run_failed_in_store(struct see_run *run, int status)
{
    if (status == SEE_OK) {
        return SEE_OK;
    }
    if (!run->is_away) {
        run_say(run, see_store_error(run->store));
    }
    run->is_away = run->settings.is_patient && status != SEE_ENOMEM;
    return run->is_away ? SEE_OK : status;
}

void run_failed_in_report(struct see_run *run, int status)
{
    if (status != SEE_OK && run->report_status == SEE_OK) {
        run->report_status = status;
    }
}

static void free_run(struct see_run *run)
{
    see_prelude_finish(&run->prelude);
    see_cutter_free(run->cutter);
    see_stream_free(run->stream);
    see_http_free(run->http);
    see_pair_free(run->pair);
    see_rules_free(run->rules);
    see_decode_free(run->decode); /* last: connections point at its networks */
    see_report_free(run->report);
    for (uint32_t i = 0; i < run->source_count; i++) {
        free(run->sources[i]);
    }
    free(run->sources);
    see_text_finish(&run->known_uri);
    free(run);
}

int see_run_open(struct see_run **ret_run, const struct see_settings *settings, char *error,
                 size_t error_size)
{
    *ret_run = NULL;
    struct see_run *run = calloc(1, sizeof(*run));
    if (run == NULL) {
        snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
        return SEE_ENOMEM;
    }
    run->settings = *settings;
    run->key = see_hash_key_new();
    run->prelude.is_over = settings->is_patient; /* the kernel's stamps are what time it is */
    run_name_totals(run);
    struct see_store_options options = {
        .is_redacting = settings->is_redacting,
        .has_digest_key = settings->digest_key != NULL,
        .stores_all = settings->stores_all,
        .batch_ns = settings->is_patient ? LIVE_BATCH_NS : 0,
        .waiting_octets = settings->is_patient ? settings->limits.waiting_octets : 0,
        .tool_version = settings->tool_version,
        .options_json = settings->options_json,
    };
    int status = run_lay_pipeline(run);
    if (status != SEE_OK) {
        snprintf(error, error_size, "%s", see_status_text(status));
    } else {
        status = see_store_open(&run->store, settings->database, &options, error, error_size);
    }
    if (status != SEE_OK) {
        free_run(run);
        return status;
    }
    *ret_run = run;
    return SEE_OK;
}

int see_run_contained(struct see_run *run, struct see_contain *contain)
{
    if (run->cutter != NULL) {
        see_cutter_contained(run->cutter, contain);
    }
    return see_store_contained(run->store, contain);
}

void see_run_go_aside(struct see_run *run)
{
    see_store_go_aside(run->store);
}

void see_run_share_rows(struct see_run *run)
{
    see_store_share(run->store);
}

void see_run_share_rows_not(struct see_run *run)
{
    see_store_share_not(run->store);
}

void see_run_help(struct see_run *run)
{
    see_store_help(run->store);
}

bool see_run_has_rows(struct see_run *run)
{
    return see_store_has_rows(run->store);
}

bool see_run_disable(struct see_run *run, const char *rule)
{
    return see_rules_disable(run->rules, see_view_of(rule));
}

bool see_run_only(struct see_run *run, const char *rule)
{
    return see_rules_only(run->rules, see_view_of(rule));
}

void see_run_all_rules(struct see_run *run)
{
    see_rules_reset(run->rules);
}

void see_run_change(struct see_run *run, const struct see_settings *settings)
{
    enum see_report_format format = settings->report.format;
    run->settings.window_ns = settings->window_ns;
    run->settings.clients = settings->clients;
    run->settings.suppressions = settings->suppressions;
    run->settings.is_quiet = settings->is_quiet;
    run->settings.options_json = settings->options_json;
    see_pair_window(run->pair, settings->window_ns);
    if (run->cutter != NULL) {
        see_cutter_window(run->cutter, settings->window_ns);
    }
    see_http_clients(run->http, &settings->clients);
    if (!see_report_is_document(format) && !see_report_is_document(run->settings.report.format)) {
        run->settings.report.format = format;
        see_report_change(run->report, format);
    }
}

static int keep_source(struct see_run *run, const char *source)
{
    char **sources = realloc(run->sources, (run->source_count + 1) * sizeof(char *));
    if (sources == NULL) {
        return SEE_ENOMEM;
    }
    run->sources = sources;
    char *copy = strdup(source);
    if (copy == NULL) {
        return SEE_ENOMEM;
    }
    run->sources[run->source_count++] = copy;
    return SEE_OK;
}

int see_run_begin(struct see_run *run, const char *source, uint32_t *ret_capture)
{
    int status = run->source_count > 0 ? run_store_stages(run, run->source_count) : SEE_OK;
    if (status == SEE_OK) {
        status = keep_source(run, source);
    }
    if (status != SEE_OK) {
        return see_run_told(run, status);
    }
    run_remember_counts(run);
    *ret_capture = run->source_count;
    return SEE_OK;
}

int64_t see_run_size(struct see_run *run)
{
    return see_store_size(run->store);
}

bool see_run_may_reopen(struct see_run *run, bool is_rotation)
{
    return see_store_may_reopen(run->store, is_rotation);
}

bool see_run_is_linked(const struct see_run *run)
{
    return see_store_is_linked(run->store);
}

bool see_run_lacks_link(const struct see_run *run)
{
    return see_store_lacks_link(run->store);
}

const char *see_run_rotation_error(const struct see_run *run)
{
    return see_store_error(run->store);
}

/* Before the database is closed: ids mean something else in the next one. */
static int finish_evidence(struct see_run *run)
{
    if (run->cutter == NULL) {
        return SEE_OK;
    }
    if (run->is_away) {
        see_cutter_give_up(run->cutter);
        return SEE_OK;
    }
    return see_cutter_flush(run->cutter, run->store);
}

int see_run_cut(struct see_run *run, see_time_ns now)
{
    if (run->cutter == NULL || see_run_is_kept_waiting(run)) {
        return SEE_OK; /* what a slice shows is looked up in the database */
    }
    if (run->is_away) {
        see_cutter_give_up(run->cutter);
    }
    return see_run_told(run, see_cutter_tick(run->cutter, run->store, now));
}

const char *see_run_evidence_error(const struct see_run *run)
{
    return run->cutter != NULL ? see_cutter_error(run->cutter) : NULL;
}

int see_run_reopen(struct see_run *run, const struct see_rotation *rotation)
{
    int status = finish_evidence(run);
    if (status == SEE_OK && run->source_count > 0) {
        status = run_store_stages(run, run->source_count);
    }
    if (status != SEE_OK) {
        return status;
    }
    int reopened = see_store_reopen(run->store, rotation, run->settings.options_json);
    if (reopened == SEE_OK) {
        run->is_away = false;
        run->error[0] = '\0';
    }
    /* What could not be stored is stored later. */
    if (reopened == SEE_OK && !see_store_goes_on(run->store)) {
        run_remember_counts(run);
    }
    return run_failed_in_store(run, reopened);
}

bool see_run_goes_on(const struct see_run *run)
{
    return see_store_goes_on(run->store);
}

bool see_run_is_away(const struct see_run *run)
{
    return run->is_away;
}

uint64_t see_run_unstored(const struct see_run *run)
{
    return see_store_lost(run->store);
}

bool see_run_is_kept_waiting(const struct see_run *run)
{
    return see_store_is_kept_waiting(run->store);
}

void see_run_keep_room(struct see_run *run)
{
    see_store_keep_room(run->store);
}

bool see_run_look_at_room(struct see_run *run)
{
    return see_store_look_at_room(run->store);
}

bool see_run_spare(struct see_run *run)
{
    return see_store_is_full(run->store) && see_store_spare(run->store);
}

uint64_t see_run_left_out(const struct see_run *run)
{
    return see_store_left_out(run->store);
}

int see_run_unreadable(struct see_run *run, const char *source, enum see_capture_kind kind,
                       int status, const char *why)
{
    struct see_capture_info info = {
        .source = source,
        .kind = kind,
        .state = status == SEE_ETRUNC ? SEE_CAPTURE_TRUNCATED : SEE_CAPTURE_CORRUPT,
        .detail = why,
        .kernel_dropped = -1,
    };
    uint32_t capture = 0;
    int begun = see_run_begin(run, source, &capture);
    return begun == SEE_OK ? see_run_capture(run, capture, &info) : begun;
}

void see_run_lost(struct see_run *run, see_time_ns from, see_time_ns to)
{
    see_pair_lost(run->pair, from, to);
}

int see_run_minute(struct see_run *run, uint32_t capture, see_time_ns minute,
                   const struct see_counts *counts)
{
    return run_failed_in_store(run, see_store_coverage_minute(run->store, capture, minute, counts));
}

void see_run_has_failed(struct see_run *run)
{
    run->has_failed = true;
}

static int on_across(void *ctx, const struct see_rule *rule,
                     const struct see_across_finding *finding)
{
    struct see_run *run = ctx;
    if (finding->suppressed.ptr == NULL) {
        run->findings[rule->severity]++;
    } else {
        run->suppressed++;
    }
    if (run->report_status == SEE_OK) {
        run_failed_in_report(run, see_report_across(run->report, rule, finding));
    }
    return SEE_OK;
}

/*
 * The rules about all captures of the database, when this run has told it all it knows.  A shard
 * knows a part of it only: there they are asked once all are merged.
 */
static int look_across(struct see_run *run)
{
    struct see_across_sink sink = {run, on_across};
    bool is_part = run->settings.shards > 0;
    int status = SEE_OK;
    for (size_t i = 0; see_rules_all[i] != NULL && status == SEE_OK && !is_part; i++) {
        const struct see_rule *rule = see_rules_all[i];
        if (rule->subject == SEE_SUBJECT_CAPTURES && see_rules_is_on(run->rules, rule)) {
            status = run_failed_in_store(
                run, see_store_across(run->store, rule, run->settings.suppressions, sink));
        }
    }
    return status;
}

int see_run_flush(struct see_run *run)
{
    int status = run_end_prelude(run);
    if (status == SEE_OK) {
        status = see_stream_flush(run->stream);
    }
    if (status == SEE_OK) {
        status = see_pair_flush(run->pair);
    }
    if (status == SEE_OK) {
        status = see_rules_flush(run->rules);
    }
    if (status == SEE_OK) {
        status = finish_evidence(run);
    }
    if (status == SEE_OK && run->source_count > 0) {
        status = run_store_stages(run, run->source_count);
    }
    if (status == SEE_OK) {
        status = look_across(run);
    }
    if (status == SEE_OK) {
        status = run_failed_in_store(run, see_store_finish(run->store));
    }
    bool is_document = see_report_is_document(run->settings.report.format);
    run->has_failed |= status != SEE_OK;
    if (run->report_status == SEE_OK &&
        (is_document || (status == SEE_OK && !run->settings.is_quiet))) {
        run_show_totals(run);
    }
    if (status == SEE_OK && run->report_status != SEE_OK) {
        run_say(run, "standard output could not be written; the findings are in the database");
        return run->report_status;
    }
    return see_run_told(run, status);
}

const uint64_t *see_run_findings(const struct see_run *run)
{
    return run->findings;
}

const char *see_run_error(const struct see_run *run)
{
    return run->error;
}

int see_run_close(struct see_run *run, char *error, size_t error_size)
{
    if (run == NULL) {
        return SEE_OK;
    }
    int status = see_store_finish(run->store);
    bool is_news = status != SEE_OK && run->error[0] == '\0';
    snprintf(error, error_size, "%s%s%s: %" PRIu64 " findings of this run are in it, no later ones",
             is_news ? see_store_error(run->store) : "", is_news ? "; " : "",
             run->settings.database, see_store_kept(run->store));
    int closed = see_store_close(run->store);
    status = status != SEE_OK ? status : closed;
    run->store = NULL;
    free_run(run);
    return status;
}
