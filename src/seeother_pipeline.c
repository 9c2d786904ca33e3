/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother_pipeline - how the rooms are tied together: the sink of each is the next one.
 */
#include "core/redact.h"
#include "seeother_run.h"

/* The sinks stand from the last room to the first. */

/* Who asked; without a request that says more, the peer, whose address is written into `peer`. */
static struct see_view client_of(const struct see_exchange *exchange, char peer[SEE_ADDRESS_TEXT])
{
    if (exchange->client.ptr != NULL) {
        return exchange->client;
    }
    see_address_format(&exchange->connection->ends[exchange->client_end & 1].address, peer);
    return see_view_of(peer);
}

/* Why a finding is known; absent when it is not.  Patterns are held against what is shown, too. */
static struct see_view known_reason(struct see_run *run, const struct see_finding *finding)
{
    const struct see_suppressions *list = run->settings.suppressions;
    const struct see_exchange *exchange = finding->exchange;
    char peer[SEE_ADDRESS_TEXT];
    if (list == NULL) {
        return (struct see_view){NULL, 0};
    }
    struct see_view client = client_of(exchange, peer);
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
    if (run->settings.shards == 0) {
        return true;
    }
    struct see_view client = client_of(exchange, peer);
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
    int status = run_failed_in_store(run, see_store_finding(run->store, finding));
    if (status != SEE_OK) {
        return status;
    }
    if (finding->suppressed.ptr == NULL) {
        run->findings[finding->severity]++;
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
        run_failed_in_report(
            run, see_report_finding(run->report, finding, see_store_last_finding(run->store)));
    }
    return SEE_OK;
}

static int on_redirect(void *ctx, const struct see_redirect *redirect)
{
    struct see_run *run = ctx;
    int status = is_of_shard(run, redirect->exchange)
                     ? run_failed_in_store(run, see_store_redirect(run->store, redirect))
                     : SEE_OK;
    return status == SEE_OK ? see_rules_redirect(run->rules, redirect) : status;
}

static int on_exchange(void *ctx, struct see_exchange *exchange, enum see_exchange_event event)
{
    struct see_run *run = ctx;
    if (event == SEE_REQUEST_HEAD) {
        see_pair_behind(run->pair, see_stream_is_behind(run->stream));
    }
    int status = see_pair_exchange(run->pair, exchange, event);
    if (status == SEE_OK) {
        status = see_rules_exchange(run->rules, exchange, event);
    }
    if (status == SEE_OK && event == SEE_EXCHANGE_END && is_of_shard(run, exchange)) {
        status = run_failed_in_store(run, see_store_exchange(run->store, exchange));
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
        status = run_failed_in_store(run, see_store_connection(run->store, connection));
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

static void on_expect(void *ctx, const struct see_segment *segment)
{
    see_stream_expect(((struct see_run *)ctx)->stream, segment);
}

static void on_expected(void *ctx)
{
    see_stream_expected(((struct see_run *)ctx)->stream);
}

static void on_connection_expected(void *ctx, const struct see_connection *connection)
{
    (void)ctx;
    see_http_expect(connection);
}

static const char *source_name(void *ctx, uint32_t capture)
{
    const struct see_run *run = ctx;
    return capture >= 1 && capture <= run->source_count ? run->sources[capture - 1] : "?";
}

struct see_decode_sink run_segments(struct see_run *run)
{
    return (struct see_decode_sink){run, on_segment, on_expect, on_expected};
}

int run_lay_pipeline(struct see_run *run)
{
    const struct see_settings *settings = &run->settings;
    struct see_report_sources sources = {run, source_name};
    struct see_rules_sink findings = {run, on_finding};
    struct see_pair_sink redirects = {run, on_redirect};
    struct see_http_sink exchanges = {run, on_exchange, on_gap, on_unread};
    struct see_stream_sink chunks = {run, on_chunk, on_finished, on_closed, on_connection_expected};
    struct see_pair_options pair_options = {.window_ns = settings->window_ns};
    struct see_http_options http_options = {.digest_key = settings->digest_key,
                                            .clients = settings->clients};
    run->report = see_report_new(&settings->report, sources);
    run->rules = see_rules_new(&settings->limits, &run->key, findings);
    run->pair = see_pair_new(&settings->limits, &pair_options, &run->key, redirects);
    run->http = see_http_new(&settings->limits, &http_options, exchanges);
    run->stream = see_stream_new(&settings->limits, &run->key, chunks);
    run->decode =
        see_decode_new(&settings->limits, &run->key, &settings->decode, run_segments(run));
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
