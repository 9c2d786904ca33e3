/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/report.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/redact.h"
#include "report/private.h"

struct see_report *see_report_new(const struct see_report_options *options,
                                  struct see_report_sources sources)
{
    struct see_report *report = calloc(1, sizeof(*report));
    if (report != NULL) {
        report->options = *options;
        report->sources = sources;
        /* What is kept for later has no terminal to colour. */
        report->options.has_colour &= !see_report_is_document(options->format);
    }
    return report;
}

void see_report_change(struct see_report *report, enum see_report_format format)
{
    assert(!see_report_is_document(report->options.format) && !see_report_is_document(format));
    report->options.format = format;
}

void see_report_free(struct see_report *report)
{
    if (report == NULL) {
        return;
    }
    see_text_finish(&report->line);
    see_text_finish(&report->scratch);
    see_junit_finish(&report->junit);
    free(report);
}

struct see_view report_uri(struct see_report *report, struct see_view uri)
{
    if (!report->options.is_redacting || uri.ptr == NULL) {
        return uri;
    }
    see_text_clear(&report->scratch);
    see_redact_uri(uri, &report->scratch);
    report->line.is_broken |= report->scratch.is_broken;
    return see_text_view(&report->scratch);
}

uint64_t report_count(const struct see_report_totals *totals, const char *stage,
                      const char *counter)
{
    for (size_t i = 0; i < totals->stage_count; i++) {
        if (strcmp(totals->stages[i].stage, stage) == 0) {
            return see_counts_value(&totals->stages[i], counter);
        }
    }
    return 0;
}

int report_write(struct see_report *report)
{
    int status = see_text_status(&report->line);
    struct see_view line = see_text_view(&report->line);
    if (status == SEE_OK && (fwrite(line.ptr, 1, line.len, report->options.out) != line.len ||
                             fflush(report->options.out) != 0)) {
        status = SEE_EIO;
    }
    see_text_clear(&report->line);
    return status;
}

bool see_report_is_document(enum see_report_format format)
{
    return format == SEE_REPORT_SARIF || format == SEE_REPORT_JUNIT;
}

/* For JUnit: told as for a person, and kept until the end. */
static int hold_finding(struct see_report *report, const struct see_finding *finding, int64_t id)
{
    report_text_finding(report, finding, id);
    int status = see_text_status(&report->line);
    if (status == SEE_OK) {
        status = see_junit_add(&report->junit, finding, see_text_view(&report->line));
    }
    see_text_clear(&report->line);
    return status;
}

int see_report_finding(struct see_report *report, const struct see_finding *finding, int64_t id)
{
    if (finding->suppressed.ptr != NULL && !see_report_is_document(report->options.format)) {
        return SEE_OK;
    }
    switch (report->options.format) {
    case SEE_REPORT_TEXT:
        report_text_finding(report, finding, id);
        break;
    case SEE_REPORT_JSONL:
        report_jsonl_finding(report, finding, id);
        break;
    case SEE_REPORT_SARIF:
        if (report->results == 0) {
            report_sarif_begin(report);
        }
        report_sarif_finding(report, finding, id);
        break;
    case SEE_REPORT_JUNIT:
        return hold_finding(report, finding, id);
    case SEE_REPORT_NONE:
        return SEE_OK;
    }
    return report_write(report);
}

static int hold_across(struct see_report *report, const struct see_rule *rule,
                       const struct see_across_finding *finding)
{
    report_text_across(report, rule, finding);
    int status = see_text_status(&report->line);
    if (status == SEE_OK) {
        status = see_junit_add_across(&report->junit, rule, finding->suppressed,
                                      see_text_view(&report->line));
    }
    see_text_clear(&report->line);
    return status;
}

int see_report_across(struct see_report *report, const struct see_rule *rule,
                      const struct see_across_finding *finding)
{
    if (finding->suppressed.ptr != NULL && !see_report_is_document(report->options.format)) {
        return SEE_OK;
    }
    switch (report->options.format) {
    case SEE_REPORT_TEXT:
        report_text_across(report, rule, finding);
        break;
    case SEE_REPORT_JSONL:
        report_jsonl_across(report, rule, finding);
        break;
    case SEE_REPORT_SARIF:
        if (report->results == 0) {
            report_sarif_begin(report);
        }
        report_sarif_across(report, rule, finding);
        break;
    case SEE_REPORT_JUNIT:
        return hold_across(report, rule, finding);
    case SEE_REPORT_NONE:
        return SEE_OK;
    }
    return report_write(report);
}

int see_report_totals(struct see_report *report, const struct see_report_totals *totals)
{
    switch (report->options.format) {
    case SEE_REPORT_TEXT:
        report_text_totals(report, totals);
        break;
    case SEE_REPORT_JSONL:
        report_jsonl_totals(report, totals);
        break;
    case SEE_REPORT_SARIF:
        report_sarif_totals(report, totals);
        break;
    case SEE_REPORT_JUNIT:
        see_junit_write(&report->junit, &report->line, report->sources, totals);
        break;
    case SEE_REPORT_NONE:
        return SEE_OK;
    }
    return report_write(report);
}
