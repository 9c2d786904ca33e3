/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEE_REPORT_PRIVATE_H
#define SEE_REPORT_PRIVATE_H

#include "report/junit.h"
#include "report/report.h"

struct see_report {
    struct see_report_options options;
    struct see_report_sources sources;
    struct see_text line;
    struct see_text scratch;
    uint64_t results; /* of SARIF, so far */
    struct see_junit junit;
};

/* The URI as it may be shown; valid until the next call. */
struct see_view report_uri(struct see_report *report, struct see_view uri);

/* Writes the line out and empties it. */
SEE_MUST_CHECK int report_write(struct see_report *report);

/* The value of a counter of a stage, 0 when there is none. */
uint64_t report_count(const struct see_report_totals *totals, const char *stage,
                      const char *counter);

/* text.c and jsonl.c: one finding, and the totals. */
void report_text_finding(struct see_report *report, const struct see_finding *finding, int64_t id);
void report_text_across(struct see_report *report, const struct see_rule *rule,
                        const struct see_across_finding *finding);
void report_text_totals(struct see_report *report, const struct see_report_totals *totals);
void report_jsonl_finding(struct see_report *report, const struct see_finding *finding, int64_t id);
void report_sarif_across(struct see_report *report, const struct see_rule *rule,
                         const struct see_across_finding *finding);
void report_jsonl_across(struct see_report *report, const struct see_rule *rule,
                         const struct see_across_finding *finding);
void report_jsonl_totals(struct see_report *report, const struct see_report_totals *totals);

/* sarif.c: the document begins before its first finding, or else with the totals. */
void report_sarif_begin(struct see_report *report);
void report_sarif_finding(struct see_report *report, const struct see_finding *finding, int64_t id);
void report_sarif_totals(struct see_report *report, const struct see_report_totals *totals);

#endif
