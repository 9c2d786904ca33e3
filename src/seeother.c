/* SPDX-License-Identifier: BSD-3-Clause */
#include "seeother.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "capture/prelude.h"
#include "core/hash.h"
#include "core/redact.h"
#include "decode/decode.h"
#include "http/http.h"
#include "pair/pair.h"
#include "report/cutter.h"
#include "rules/rules.h"
#include "store/across.h"
#include "store/store.h"
#include "stream/stream.h"

/* The stages behind capture, in the order of the data. */
enum stage { DECODE, STREAM, HTTP, PAIR, RULES, EVIDENCE, STAGES };

_Static_assert(STAGES == SEE_RUN_STAGES, "what is promised");

#define COUNTERS_MAX 64

/* What the captures of a run counted, added up. */
enum capture_counter { CAPTURE_FRAMES, CAPTURE_HANDED_ON, CAPTURE_FILTERED, CAPTURE_COUNTERS };

struct see_run {
    struct see_settings settings;
    struct see_hash_key key;
    struct see_decode *decode;
    struct see_stream *stream;
    struct see_http *http;
    struct see_pair *pair;
    struct see_rules *rules;
    struct see_store *store;
    struct see_report *report;
    struct see_prelude prelude;
    struct see_cutter *cutter; /* NULL: no evidence is kept */
    char **sources;            /* by capture number - 1 */
    uint32_t source_count;
    uint64_t before[STAGES][COUNTERS_MAX];     /* the counters when the capture began */
    uint64_t before_left_out, before_unstored; /* likewise, of what was not stored */
    struct see_count totals[CAPTURE_COUNTERS];
    uint64_t findings[3]; /* without those that are suppressed */
    uint64_t suppressed;
    struct see_text known_uri; /* of a finding that may be suppressed */
    bool has_failed;
    bool is_away;      /* the database cannot be written, and is waited for */
    uint64_t unstored; /* findings since it is */
    int report_status; /* the first failure of the report; nothing is reported after it */
    char error[512];
};

static void say(struct see_run *run, const char *what)
{
    snprintf(run->error, sizeof(run->error), "%s", what);
}

/*
 * Keeps the words of the room that failed; later failures are consequences.  One that is patient
 * goes on without its database.
 */
static int failed_in_store(struct see_run *run, int status)
{
    if (status == SEE_OK) {
        return SEE_OK;
    }
    if (!run->is_away) {
        say(run, see_store_error(run->store));
    }
    run->is_away = run->settings.is_patient && status != SEE_ENOMEM;
    return run->is_away ? SEE_OK : status;
}

/* A reader that goes away is no reason to lose findings: they are still stored. */
static void failed_in_report(struct see_run *run, int status)
{
    if (status != SEE_OK && run->report_status == SEE_OK) {
        run->report_status = status;
    }
}

/* The sinks, from the last room to the first. */

/* Why a finding is known; absent when it is not.  Patterns are held against what is shown, too. */
static struct see_view known_reason(struct see_run *run, const struct see_finding *finding)
{
    const struct see_suppressions *list = run->settings.suppressions;
    const struct see_exchange *exchange = finding->exchange;
    char peer[SEE_ADDRESS_TEXT];
    struct see_view client = exchange->client;
    if (list == NULL) {
        return (struct see_view){NULL, 0};
    }
    if (client.ptr == NULL) {
        see_address_format(&exchange->connection->ends[exchange->client_end & 1].address, peer);
        client = see_view_of(peer);
    }
    const struct see_suppression *entry =
        see_suppressions_find(list, finding->rule->id, client, exchange->uri);
    if (entry == NULL && exchange->uri.ptr != NULL) {
        see_text_clear(&run->known_uri);
        see_redact_uri(exchange->uri, &run->known_uri);
        entry =
            see_suppressions_find(list, finding->rule->id, client, see_text_view(&run->known_uri));
    }
    return entry != NULL ? entry->reason : (struct see_view){NULL, 0};
}

/*
 * Whether this shard keeps what a client did.  Each shard reads, pairs and judges everything, since
 * what one client does may tell what another one meant; so all shards number alike, and what they
 * keep can be put together.
 */
static bool is_of_shard(const struct see_run *run, const struct see_exchange *exchange)
{
    /* The same in all shards, whenever and wherever they run. */
    static const struct see_hash_key key = {0x7365656f74686572, 0x7368617264730000};
    char peer[SEE_ADDRESS_TEXT];
    struct see_view client = exchange->client;
    if (run->settings.shards == 0) {
        return true;
    }
    if (client.ptr == NULL) {
        see_address_format(&exchange->connection->ends[exchange->client_end & 1].address, peer);
        client = see_view_of(peer);
    }
    return see_hash(&key, client.ptr, client.len) % run->settings.shards == run->settings.shard;
}

static int on_finding(void *ctx, const struct see_finding *fresh)
{
    struct see_run *run = ctx;
    struct see_finding copy = *fresh;
    const struct see_finding *finding = &copy;
    if (!is_of_shard(run, fresh->exchange)) {
        return SEE_OK;
    }
    copy.suppressed = known_reason(run, fresh);
    int status = failed_in_store(run, see_store_finding(run->store, finding));
    if (status != SEE_OK) {
        return status;
    }
    if (finding->suppressed.ptr == NULL) {
        run->findings[finding->severity]++;
        run->unstored += run->is_away;
        if (run->cutter != NULL && !run->is_away) {
            see_cutter_finding(run->cutter, finding, see_store_last_finding(run->store));
        }
    } else {
        run->suppressed++;
    }
    if (run->report_status == SEE_OK) {
        if (run->settings.before_report != NULL) {
            run->settings.before_report(run->settings.before_report_ctx);
        }
        failed_in_report(
            run, see_report_finding(run->report, finding, see_store_last_finding(run->store)));
    }
    return SEE_OK;
}

static int on_redirect(void *ctx, const struct see_redirect *redirect)
{
    struct see_run *run = ctx;
    int status = is_of_shard(run, redirect->exchange)
                     ? failed_in_store(run, see_store_redirect(run->store, redirect))
                     : SEE_OK;
    return status == SEE_OK ? see_rules_redirect(run->rules, redirect) : status;
}

static int on_exchange(void *ctx, struct see_exchange *exchange, enum see_exchange_event event)
{
    struct see_run *run = ctx;
    int status = see_pair_exchange(run->pair, exchange, event);
    if (status == SEE_OK) {
        status = see_rules_exchange(run->rules, exchange, event);
    }
    if (status == SEE_OK && event == SEE_EXCHANGE_END && is_of_shard(run, exchange)) {
        status = failed_in_store(run, see_store_exchange(run->store, exchange));
    }
    return status;
}

static int on_gap(void *ctx, const struct see_chunk *gap)
{
    return see_pair_gap(((struct see_run *)ctx)->pair, gap);
}

static int on_unread(void *ctx, const struct see_connection *connection, unsigned end,
                     struct see_stamp stamp)
{
    return see_pair_unread(((struct see_run *)ctx)->pair, connection, end, stamp);
}

static int on_chunk(void *ctx, const struct see_chunk *chunk)
{
    return see_http_chunk(((struct see_run *)ctx)->http, chunk);
}

static int on_finished(void *ctx, struct see_connection *connection, unsigned direction,
                       struct see_stamp stamp)
{
    return see_http_finished(((struct see_run *)ctx)->http, connection, direction, stamp);
}

static int on_closed(void *ctx, struct see_connection *connection)
{
    struct see_run *run = ctx;
    int status = see_http_closed(run->http, connection);
    if (status == SEE_OK) {
        status = failed_in_store(run, see_store_connection(run->store, connection));
    }
    return status;
}

static int on_segment(void *ctx, const struct see_segment *segment)
{
    struct see_run *run = ctx;
    if (run->cutter != NULL) {
        see_cutter_segment(run->cutter, segment);
    }
    return see_stream_feed(run->stream, segment);
}

static void on_expected(void *ctx, const struct see_segment *segment)
{
    see_stream_expect(((struct see_run *)ctx)->stream, segment);
}

static const char *source_name(void *ctx, uint32_t capture)
{
    const struct see_run *run = ctx;
    return capture >= 1 && capture <= run->source_count ? run->sources[capture - 1] : "?";
}

static int lay_pipeline(struct see_run *run)
{
    const struct see_settings *settings = &run->settings;
    struct see_report_sources sources = {run, source_name};
    struct see_rules_sink findings = {run, on_finding};
    struct see_pair_sink redirects = {run, on_redirect};
    struct see_http_sink exchanges = {run, on_exchange, on_gap, on_unread};
    struct see_stream_sink chunks = {run, on_chunk, on_finished, on_closed};
    struct see_decode_sink segments = {run, on_segment, on_expected};
    struct see_pair_options pair_options = {.window_ns = settings->window_ns};
    struct see_http_options http_options = {.digest_key = settings->digest_key,
                                            .clients = settings->clients};
    run->report = see_report_new(&settings->report, sources);
    run->rules = see_rules_new(&settings->limits, &run->key, findings);
    run->pair = see_pair_new(&settings->limits, &pair_options, &run->key, redirects);
    run->http = see_http_new(&settings->limits, &http_options, exchanges);
    run->stream = see_stream_new(&settings->limits, &run->key, chunks);
    run->decode = see_decode_new(&settings->limits, &run->key, &settings->decode, segments);
    bool is_laid =
        run->report && run->rules && run->pair && run->http && run->stream && run->decode;
    if (is_laid && settings->evidence != NULL) {
        struct see_cutter_options options = {settings->evidence, settings->slices, settings->limits,
                                             settings->window_ns};
        struct see_cutter_sources names = {run, source_name};
        run->cutter = see_cutter_new(&options, &run->key, names);
        is_laid = run->cutter != NULL;
    }
    return is_laid ? SEE_OK : SEE_ENOMEM;
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

static void name_totals(struct see_run *run)
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
    name_totals(run);
    struct see_store_options options = {
        .is_redacting = settings->is_redacting,
        .has_digest_key = settings->digest_key != NULL,
        .stores_all = settings->stores_all,
        .tool_version = settings->tool_version,
        .options_json = settings->options_json,
    };
    int status = lay_pipeline(run);
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

/* A failure that no room has put in words is a lack of memory. */
static int told(struct see_run *run, int status)
{
    if (status != SEE_OK && run->error[0] == '\0') {
        say(run, see_status_text(status));
    }
    return status;
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
    return failed_in_store(run, see_store_coverage(run->store, capture, &own));
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
               ? failed_in_store(run, see_store_coverage(run->store, capture, &counts))
               : SEE_OK;
}

static int store_stages(struct see_run *run, uint32_t capture)
{
    struct see_counts counts[STAGES];
    int status = store_unstored(run, capture);
    see_run_counts(run, counts);
    for (size_t i = 0; i < STAGES && status == SEE_OK; i++) {
        status = store_stage(run, capture, &counts[i], run->before[i]);
    }
    return status;
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

/* What comes from here on is of another capture, or in another database. */
static void remember_counts(struct see_run *run)
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

/* The frame is kept as well, as far as evidence may want it. */
static int feed_and_keep(struct see_run *run, const struct see_frame *frame)
{
    uint64_t fragments = see_decode_fragments(run->decode);
    uint64_t ignored = see_stream_ignored(run->stream);
    see_cutter_frame(run->cutter, frame);
    int status = see_decode_feed(run->decode, frame);
    see_cutter_settle(run->cutter, see_stream_ignored(run->stream) == ignored,
                      see_decode_fragments(run->decode) != fragments);
    return status;
}

static int feed(struct see_run *run, const struct see_frame *frame)
{
    int status = see_pair_tick(run->pair, frame->stamp.time_ns);
    if (status == SEE_OK) {
        status =
            run->cutter != NULL ? feed_and_keep(run, frame) : see_decode_feed(run->decode, frame);
    }
    if (status == SEE_OK) {
        status = failed_in_store(run, see_store_tick(run->store));
    }
    return told(run, status);
}

/* Hands on what the prelude has held, after telling the clocks what time it is. */
static int end_prelude(struct see_run *run)
{
    see_time_ns time;
    int status = SEE_OK;
    if (see_prelude_is_misled(&run->prelude, &time)) {
        status = see_stream_tick(run->stream, time);
        if (status == SEE_OK) {
            status = see_pair_tick(run->pair, time);
        }
    }
    for (size_t i = 0; i < run->prelude.count && status == SEE_OK; i++) {
        status = feed(run, &run->prelude.frames[i]);
    }
    if (run->prelude.count > 0) {
        see_prelude_finish(&run->prelude);
    }
    return told(run, status);
}

int see_run_begin(struct see_run *run, const char *source, uint32_t *ret_capture)
{
    int status = run->source_count > 0 ? store_stages(run, run->source_count) : SEE_OK;
    if (status == SEE_OK) {
        status = keep_source(run, source);
    }
    if (status != SEE_OK) {
        return told(run, status);
    }
    remember_counts(run);
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
    if (run->cutter == NULL) {
        return SEE_OK;
    }
    if (run->is_away) {
        see_cutter_give_up(run->cutter);
    }
    return told(run, see_cutter_tick(run->cutter, run->store, now));
}

const char *see_run_evidence_error(const struct see_run *run)
{
    return run->cutter != NULL ? see_cutter_error(run->cutter) : NULL;
}

int see_run_reopen(struct see_run *run, const struct see_rotation *rotation)
{
    int status = finish_evidence(run);
    if (status == SEE_OK && run->source_count > 0) {
        status = store_stages(run, run->source_count);
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
        remember_counts(run);
    }
    return failed_in_store(run, reopened);
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
    return run->unstored + see_store_lost(run->store);
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
    return failed_in_store(run, see_store_capture(run->store, &row));
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
    uint32_t capture;
    int begun = see_run_begin(run, source, &capture);
    return begun == SEE_OK ? see_run_capture(run, capture, &info) : begun;
}

int see_run_feed(struct see_run *run, const struct see_frame *frame)
{
    if (run->prelude.is_over) {
        return feed(run, frame);
    }
    int status = see_prelude_hold(&run->prelude, frame);
    if (status == SEE_OK &&
        (see_prelude_is_told(&run->prelude) || run->prelude.count == SEE_PRELUDE_MAX)) {
        return end_prelude(run);
    }
    return told(run, status);
}

void see_run_expect(struct see_run *run, const struct see_frame *frames, size_t count)
{
    if (run->prelude.is_over) { /* before that, what is fed now is decoded later */
        see_decode_expect(run->decode, frames, count);
    }
}

void see_run_lost(struct see_run *run, see_time_ns from, see_time_ns to)
{
    see_pair_lost(run->pair, from, to);
}

int see_run_minute(struct see_run *run, uint32_t capture, see_time_ns minute,
                   const struct see_counts *counts)
{
    return failed_in_store(run, see_store_coverage_minute(run->store, capture, minute, counts));
}

int see_run_tick(struct see_run *run, see_time_ns now)
{
    int status = end_prelude(run);
    if (status == SEE_OK) {
        status = see_stream_tick(run->stream, now);
    }
    if (status == SEE_OK) {
        status = see_pair_tick(run->pair, now);
    }
    if (status == SEE_OK) {
        status = failed_in_store(run, see_store_tick(run->store));
    }
    return told(run, status);
}

int see_run_idle(struct see_run *run)
{
    return failed_in_store(run, see_store_tick(run->store));
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
    int status = end_prelude(run);
    if (status == SEE_OK) {
        status = see_run_capture(run, capture, &since);
    }
    if (status == SEE_OK) {
        status = failed_in_store(run, see_store_coverage(run->store, capture, &own));
    }
    return status;
}

static void show_totals(struct see_run *run)
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
    failed_in_report(run, see_report_totals(run->report, &totals));
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
        failed_in_report(run, see_report_across(run->report, rule, finding));
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
            status = failed_in_store(
                run, see_store_across(run->store, rule, run->settings.suppressions, sink));
        }
    }
    return status;
}

int see_run_flush(struct see_run *run)
{
    int status = end_prelude(run);
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
        status = store_stages(run, run->source_count);
    }
    if (status == SEE_OK) {
        status = look_across(run);
    }
    if (status == SEE_OK) {
        status = failed_in_store(run, see_store_finish(run->store));
    }
    bool is_document = see_report_is_document(run->settings.report.format);
    run->has_failed |= status != SEE_OK;
    if (run->report_status == SEE_OK &&
        (is_document || (status == SEE_OK && !run->settings.is_quiet))) {
        show_totals(run);
    }
    if (status == SEE_OK && run->report_status != SEE_OK) {
        say(run, "standard output could not be written; the findings are in the database");
        return run->report_status;
    }
    return told(run, status);
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
