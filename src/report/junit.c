/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/junit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static size_t rule_count(void)
{
    size_t count = 0;
    while (see_rules_all[count] != NULL) {
        count++;
    }
    return count;
}

void see_junit_finish(struct see_junit *junit)
{
    size_t rules = rule_count();
    for (size_t i = 0; i < junit->suite_count; i++) {
        for (size_t j = 0; j < rules && junit->suites[i] != NULL; j++) {
            see_text_finish(&junit->suites[i][j].words);
            see_text_finish(&junit->suites[i][j].known);
        }
        free(junit->suites[i]);
    }
    free(junit->suites);
    *junit = (struct see_junit){.suites = NULL};
}

/* The cases of a capture, or NULL when memory ran out. */
static struct see_junit_case *suite_of(struct see_junit *junit, uint32_t capture)
{
    if (capture > junit->suite_count) {
        struct see_junit_case **more =
            realloc(junit->suites, capture * sizeof(struct see_junit_case *));
        if (more == NULL) {
            return NULL;
        }
        memset(more + junit->suite_count, 0,
               (capture - junit->suite_count) * sizeof(struct see_junit_case *));
        junit->suites = more;
        junit->suite_count = capture;
    }
    if (junit->suites[capture - 1] == NULL) {
        junit->suites[capture - 1] = calloc(rule_count(), sizeof(struct see_junit_case));
    }
    return junit->suites[capture - 1];
}

static struct see_junit_case *case_of(struct see_junit *junit, uint32_t capture,
                                      const struct see_rule *rule)
{
    struct see_junit_case *cases = suite_of(junit, capture);
    size_t at = 0;
    while (see_rules_all[at] != rule) {
        at++;
    }
    return cases != NULL ? &cases[at] : NULL;
}

static int count(struct see_junit_case *one, enum see_severity severity, struct see_view story)
{
    if (one->violations + one->others < SEE_JUNIT_SHOWN) {
        see_text_add(&one->words, story);
    }
    if (severity == SEE_SEVERITY_VIOLATION) {
        one->violations++;
    } else {
        one->others++;
    }
    return see_text_status(&one->words);
}

/* One that is known for a reason, or counts. */
static int add(struct see_junit_case *one, enum see_severity severity, struct see_view suppressed,
               struct see_view story)
{
    if (one == NULL) {
        return SEE_ENOMEM;
    }
    if (suppressed.ptr == NULL) {
        return count(one, severity, story);
    }
    if (one->suppressed++ == 0) {
        see_text_add_safe(&one->known, suppressed);
    }
    return see_text_status(&one->known);
}

int see_junit_add(struct see_junit *junit, const struct see_finding *finding, struct see_view story)
{
    const struct see_exchange *r = finding->exchange;
    struct see_stamp stamp =
        see_stamp_is_set(r->request.first) ? r->request.first : r->response.first;
    uint32_t capture = stamp.capture > 0 ? stamp.capture : 1;
    struct see_junit_case *one = case_of(junit, capture, finding->rule);
    return add(one, finding->severity, finding->suppressed, story);
}

int see_junit_add_across(struct see_junit *junit, const struct see_rule *rule,
                         struct see_view suppressed, struct see_view story)
{
    return add(case_of(junit, 1, rule), rule->severity, suppressed, story);
}

/* What XML 1.0 can hold (2.2, 2.4): the text is valid UTF-8 without control characters but LF. */
static void add_xml(struct see_text *out, struct see_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_nonchar = text.len - i >= 3 && (memcmp(text.ptr + i, "\xEF\xBF\xBE", 3) == 0 ||
                                                memcmp(text.ptr + i, "\xEF\xBF\xBF", 3) == 0);
        switch (text.ptr[i]) {
        case '&':
            see_text_add_string(out, "&amp;");
            break;
        case '<':
            see_text_add_string(out, "&lt;");
            break;
        case '>':
            see_text_add_string(out, "&gt;");
            break;
        case '"':
            see_text_add_string(out, "&quot;");
            break;
        default:
            if (is_nonchar) {
                see_text_add_string(out, "\xEF\xBF\xBD");
                i += 2;
            } else {
                see_text_add_char(out, text.ptr[i]);
            }
            break;
        }
    }
}

/* The same of any octets. */
static void add_safe_xml(struct see_text *out, const char *string)
{
    struct see_text safe;
    see_text_init(&safe);
    see_text_add_safe(&safe, see_view_of(string));
    add_xml(out, see_text_view(&safe));
    out->is_broken |= safe.is_broken;
    see_text_finish(&safe);
}

static void add_words(struct see_text *out, const struct see_junit_case *one)
{
    uint64_t count = one->violations + one->others;
    add_xml(out, see_text_view(&one->words));
    if (count > SEE_JUNIT_SHOWN) {
        see_text_printf(out, "and %" PRIu64 " more, in the database\n", count - SEE_JUNIT_SHOWN);
    }
}

/* What a case comes to, as its one child. */
static void add_outcome(struct see_text *out, const struct see_rule *rule, bool is_on,
                        const struct see_junit_case *one)
{
    if (!is_on) {
        see_text_add_string(out, "<skipped message=\"the rule is turned off\"/>");
    } else if (one != NULL && one->violations > 0) {
        see_text_printf(out, "<failure type=\"violation\" message=\"%" PRIu64 " violation%s: ",
                        one->violations, one->violations == 1 ? "" : "s");
        add_safe_xml(out, rule->title);
        see_text_add_string(out, "\">");
        add_words(out, one);
        see_text_add_string(out, "</failure>");
    } else if (one != NULL && one->others > 0) {
        see_text_add_string(out, "<system-out>");
        add_words(out, one);
        see_text_add_string(out, "</system-out>");
    } else if (one != NULL && one->suppressed > 0) {
        see_text_add_string(out, "<skipped message=\"suppressed: ");
        add_xml(out, see_text_view(&one->known));
        see_text_add_string(out, "\"/>");
    }
}

static void add_case(struct see_text *out, const struct see_rule *rule, bool is_on,
                     const struct see_junit_case *one)
{
    see_text_printf(out, "    <testcase classname=\"seeother.%s\" name=\"%s\" time=\"0\">",
                    see_party_name(rule->party), rule->id);
    add_outcome(out, rule, is_on, one);
    see_text_add_string(out, "</testcase>\n");
}

struct sums {
    uint64_t failures, skipped;
};

static struct sums sum(const struct see_junit_case *cases, const bool *is_on, size_t rules)
{
    struct sums sums = {0, 0};
    for (size_t i = 0; i < rules; i++) {
        bool has_failed = cases != NULL && cases[i].violations > 0;
        sums.failures += is_on[i] && has_failed;
        sums.skipped += !is_on[i] || (cases != NULL && !has_failed && cases[i].others == 0 &&
                                      cases[i].suppressed > 0);
    }
    return sums;
}

void see_junit_write(const struct see_junit *junit, struct see_text *out,
                     struct see_report_sources sources, const struct see_report_totals *totals)
{
    size_t rules = rule_count();
    see_text_add_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<testsuites name=\"seeother\">\n");
    for (uint32_t i = 0; i < totals->captures; i++) {
        const struct see_junit_case *cases = i < junit->suite_count ? junit->suites[i] : NULL;
        struct sums sums = sum(cases, totals->rules_on, rules);
        see_text_add_string(out, "  <testsuite name=\"");
        add_safe_xml(out, sources.name(sources.ctx, i + 1));
        see_text_printf(out,
                        "\" tests=\"%zu\" failures=\"%" PRIu64 "\" errors=\"0\" skipped=\"%" PRIu64
                        "\" time=\"0\">\n",
                        rules, sums.failures, sums.skipped);
        for (size_t j = 0; j < rules; j++) {
            add_case(out, see_rules_all[j], totals->rules_on[j], cases != NULL ? &cases[j] : NULL);
        }
        see_text_add_string(out, "  </testsuite>\n");
    }
    see_text_add_string(out, "</testsuites>\n");
}
