/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report - findings for a person (text) or a program (JSON Lines), as they come, or
 * as one document for a pipeline (SARIF, JUnit).
 *
 * Octets from the wire never reach the stream as they are: text escapes whatever
 * could drive a terminal, JSON whatever JSON does not allow.  Secrets in URIs are
 * replaced while `is_redacting`.
 */
#ifndef SEE_REPORT_REPORT_H
#define SEE_REPORT_REPORT_H

#include <stdio.h>

#include "core/counts.h"
#include "rules/rules.h"
#include "store/across.h"

enum see_report_format {
    SEE_REPORT_TEXT,
    SEE_REPORT_JSONL,
    SEE_REPORT_SARIF,
    SEE_REPORT_JUNIT,
    SEE_REPORT_NONE,
};

/* Whether it is one document, which has to be ended; it tells of suppressed findings, too. */
bool see_report_is_document(enum see_report_format format);

struct see_report_options {
    FILE *out; /* borrowed */
    enum see_report_format format;
    bool has_colour;
    bool is_redacting;
};

/* Where a capture's number leads: its source as given; never NULL. */
struct see_report_sources {
    void *ctx;
    const char *(*name)(void *ctx, uint32_t capture);
};

/* What a run comes to. */
struct see_report_totals {
    const char *database;
    uint64_t captures;
    uint64_t by_severity[3]; /* by enum see_severity, without those that are suppressed */
    uint64_t suppressed;
    const bool *rules_on; /* by place in the catalogue */
    bool has_failed;      /* something could not be done, or a capture is damaged */
    const struct see_counts *stages;
    size_t stage_count;
};

struct see_report;

/* NULL when memory ran out. */
struct see_report *see_report_new(const struct see_report_options *options,
                                  struct see_report_sources sources);

/* From the next finding on; neither the old nor the new format may be a document. */
void see_report_change(struct see_report *report, enum see_report_format format);

/* One finding; `id` is its id in the database.  SEE_EIO when it cannot be written. */
SEE_MUST_CHECK int see_report_finding(struct see_report *report, const struct see_finding *finding,
                                      int64_t id);

/* The same for a finding about all captures of the database. */
SEE_MUST_CHECK int see_report_across(struct see_report *report, const struct see_rule *rule,
                                     const struct see_across_finding *finding);

/* The end of the run: what was seen, and what was not. */
SEE_MUST_CHECK int see_report_totals(struct see_report *report,
                                     const struct see_report_totals *totals);

void see_report_free(struct see_report *report); /* takes NULL */

#endif
