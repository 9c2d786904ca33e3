/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * junit - findings as JUnit's XML: a suite a capture, a case a rule.
 *
 * A suite begins with its counts, so all is held until the end: of each case how
 * many findings there were, and the words of the first ones.
 */
#ifndef SEE_REPORT_JUNIT_H
#define SEE_REPORT_JUNIT_H

#include "core/text.h"
#include "report/report.h"

/* Findings of a case that are shown in full; the others are counted. */
#define SEE_JUNIT_SHOWN 20

struct see_junit_case {
    uint64_t violations, others, suppressed;
    struct see_text words, known; /* of those that count, and of those that are suppressed */
};

struct see_junit {
    struct see_junit_case **suites; /* by capture - 1; NULL where nothing was found */
    size_t suite_count;
};

void see_junit_finish(struct see_junit *junit);

/* `story` is the finding as the text format shows it, escaped.  SEE_ENOMEM. */
SEE_MUST_CHECK int see_junit_add(struct see_junit *junit, const struct see_finding *finding,
                                 struct see_view story);

/* The same for a finding about all captures; it goes to the first one. */
SEE_MUST_CHECK int see_junit_add_across(struct see_junit *junit, const struct see_rule *rule,
                                        struct see_view suppressed, struct see_view story);

void see_junit_write(const struct see_junit *junit, struct see_text *out,
                     struct see_report_sources sources, const struct see_report_totals *totals);

#endif
