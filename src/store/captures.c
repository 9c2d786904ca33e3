/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * captures - rows about the run itself: what was read, what of it was seen, by which rules.
 */
#include "store/captures.h"

#include "store/batch.h"
#include "store/row.h"

int see_store_capture(struct see_store *store, const struct see_capture_row *capture)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO captures (id, source, kind, first_time_ns, last_time_ns, packets,"
        " bytes, kernel_dropped, status, detail, tool_version, options, run)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_CAPTURE, sql);
    see_row_integer(&row, store->bases.capture + (int64_t)capture->capture);
    see_row_string(&row, capture->source);
    see_row_string(&row, capture->kind);
    if (capture->packets > 0) {
        see_row_integer(&row, capture->first_time);
        see_row_integer(&row, capture->last_time);
    } else {
        see_row_null(&row);
        see_row_null(&row);
    }
    see_row_count(&row, capture->packets);
    see_row_count(&row, capture->bytes);
    if (capture->kernel_dropped >= 0) {
        see_row_integer(&row, capture->kernel_dropped);
    } else {
        see_row_null(&row);
    }
    see_row_string(&row, capture->status);
    see_row_string(&row, capture->detail);
    see_row_string(&row, store->tool_version);
    see_row_string(&row, store->options_json);
    see_row_integer(&row, store->bases.capture + 1);
    return see_row_end(&row);
}

static const char *kind_name(enum see_count_kind kind)
{
    switch (kind) {
    case SEE_COUNT_IN:
        return "in";
    case SEE_COUNT_OUT:
    case SEE_COUNT_LEVEL:
        return "out";
    case SEE_COUNT_DROPPED:
        return "dropped";
    case SEE_COUNT_NOTE:
        return "note";
    }
    return "note";
}

static int store_count(struct see_store *store, uint32_t capture, const char *stage,
                       const see_time_ns *minute, const struct see_count *count)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO coverage (capture_id, stage, counter, time_ns, value, unit, kind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)";
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_COVERAGE, sql);
    see_row_integer(&row, store->bases.capture + (int64_t)capture);
    see_row_string(&row, stage);
    see_row_string(&row, count->counter);
    if (minute != NULL) {
        see_row_integer(&row, *minute);
    } else {
        see_row_null(&row);
    }
    /* What a capture carried over can be less than nothing in the next one. */
    see_row_integer(&row, (int64_t)count->value);
    see_row_string(&row, count->unit);
    see_row_string(&row, kind_name(count->kind));
    return see_row_end(&row);
}

static int store_counts(struct see_store *store, uint32_t capture, const see_time_ns *minute,
                        const struct see_counts *counts)
{
    int status = store->failed;
    for (size_t i = 0; i < counts->count && status == SEE_OK; i++) {
        status = store_count(store, capture, counts->stage, minute, &counts->list[i]);
    }
    return status;
}

int see_store_coverage(struct see_store *store, uint32_t capture, const struct see_counts *counts)
{
    return store_counts(store, capture, NULL, counts);
}

int see_store_coverage_minute(struct see_store *store, uint32_t capture, see_time_ns minute,
                              const struct see_counts *counts)
{
    return store_counts(store, capture, &minute, counts);
}

static int store_rule(struct see_store *store, const struct see_rule *rule, int64_t position)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO rules (id, severity, strength, party, title, condition, citation,"
        " citation_url, advice, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_RULE, sql);
    see_row_string(&row, rule->id);
    see_row_string(&row, see_severity_name(rule->severity));
    see_row_string(&row, see_strength_name(rule->strength));
    see_row_string(&row, see_party_name(rule->party));
    see_row_string(&row, rule->title);
    see_row_string(&row, rule->condition);
    see_row_string(&row, rule->citation);
    see_row_string(&row, rule->citation_url);
    see_row_string(&row, rule->advice);
    see_row_integer(&row, position);
    return see_row_end(&row);
}

int see_captures_rules(struct see_store *store)
{
    int status = store->failed;
    for (int64_t i = 0; see_rules_all[i] != NULL && status == SEE_OK; i++) {
        status = store_rule(store, see_rules_all[i], i + 1);
    }
    return status;
}

int see_captures_orphans(struct see_store *store)
{
    int status = see_batch_begin(store);
    if (status == SEE_OK) {
        status = see_writer_wait(store);
    }
    if (status != SEE_OK) {
        return status;
    }
    int rc = sqlite3_exec(store->database.db,
                          "UPDATE captures SET status = 'interrupted', detail ="
                          " ifnull(detail || '; ', '') || 'the program ended before the capture'"
                          " WHERE status = 'running'",
                          NULL, NULL, NULL);
    return rc == SQLITE_OK ? SEE_OK : see_batch_failed(store, rc);
}
