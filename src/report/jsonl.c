/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * jsonl - findings and totals for a program: one JSON object a line (RFC 8259).
 *
 * The names are those of the database's `violations` and `findings`.
 */
#include <inttypes.h>
#include <stdio.h>

#include "report/private.h"

static void add_name(struct see_report *report, const char *name)
{
    see_text_printf(&report->line, ",\"%s\":", name);
}

static void add_view(struct see_report *report, const char *name, struct see_view value)
{
    add_name(report, name);
    if (value.ptr == NULL) {
        see_text_add_string(&report->line, "null");
    } else {
        see_text_add_json(&report->line, value);
    }
}

static void add_string(struct see_report *report, const char *name, const char *value)
{
    add_view(report, name, see_view_of(value));
}

static void add_uri(struct see_report *report, const char *name, struct see_view uri)
{
    add_view(report, name, report_uri(report, uri));
}

static void add_frame(struct see_report *report, const char *name, const char *source_name,
                      struct see_stamp stamp)
{
    add_name(report, name);
    if (!see_stamp_is_set(stamp)) {
        see_text_add_string(&report->line, "null");
        add_string(report, source_name, NULL);
        return;
    }
    see_text_printf(&report->line, "%" PRIu64, (uint64_t)stamp.frame);
    add_string(report, source_name, report->sources.name(report->sources.ctx, stamp.capture));
}

static void add_exchange(struct see_report *report, const struct see_exchange *r)
{
    char server[SEE_ADDRESS_TEXT];
    const struct see_endpoint *end = &r->connection->ends[r->client_end ^ 1];
    see_address_format(&end->address, server);
    add_view(report, "client", r->client);
    add_string(report, "server_ip", server);
    see_text_printf(&report->line, ",\"server_port\":%u", end->port);
    add_view(report, "user_agent", see_message_field(&r->request, SEE_LITERAL("User-Agent"), NULL));
    see_text_printf(&report->line, ",\"status\":%d", r->status);
    add_view(report, "method", r->method);
    add_uri(report, "uri", r->uri);
}

static void add_redirect(struct see_report *report, const struct see_redirect *redirect)
{
    const struct see_exchange *f = redirect->followup;
    struct see_view absent = {NULL, 0};
    add_uri(report, "location", redirect->location);
    add_string(report, "outcome", see_outcome_name(redirect->outcome));
    add_view(report, "followup_method", f != NULL ? f->method : absent);
    add_uri(report, "followup_uri", f != NULL ? f->uri : absent);
    add_name(report, "delay_ms");
    if (f != NULL) {
        see_text_printf(&report->line, "%.6f", (double)redirect->delay_ns / (double)SEE_NS_PER_MS);
    } else {
        see_text_add_string(&report->line, "null");
    }
}

void report_jsonl_finding(struct see_report *report, const struct see_finding *finding, int64_t id)
{
    const struct see_exchange *r = finding->exchange;
    const struct see_redirect *redirect = finding->redirect;
    struct see_stamp nowhere = {0};
    char time[SEE_TIME_TEXT];
    see_time_format(finding->stamp.time_ns, time);
    see_text_printf(&report->line, "{\"type\":\"finding\",\"id\":%" PRId64 ",\"time\":\"%s\"", id,
                    time);
    add_string(report, "rule", finding->rule->id);
    add_string(report, "severity", see_severity_name(finding->severity));
    add_string(report, "strength", see_strength_name(finding->strength));
    add_string(report, "party", see_party_name(finding->rule->party));
    add_string(report, "confidence", see_confidence_name(finding->confidence));
    add_view(report, "message", finding->message);
    add_exchange(report, r);
    if (redirect != NULL) {
        add_redirect(report, redirect);
    }
    add_frame(report, "request_frame", "source", r->request.first);
    add_frame(report, "response_frame", "response_source", r->response.first);
    add_frame(report, "followup_frame", "followup_source",
              redirect != NULL && redirect->followup != NULL ? redirect->followup->request.first
                                                             : nowhere);
    add_string(report, "citation", finding->rule->citation);
    add_string(report, "citation_url", finding->rule->citation_url);
    add_name(report, "evidence");
    see_text_add(&report->line, finding->evidence);
    see_text_add_string(&report->line, "}\n");
}

void report_jsonl_across(struct see_report *report, const struct see_rule *rule,
                         const struct see_across_finding *finding)
{
    char time[SEE_TIME_TEXT];
    see_time_format(finding->time_ns, time);
    see_text_printf(&report->line, "{\"type\":\"finding\",\"id\":%" PRId64 ",\"time\":\"%s\"",
                    finding->id, time);
    add_string(report, "rule", rule->id);
    add_string(report, "severity", see_severity_name(rule->severity));
    add_string(report, "strength", see_strength_name(rule->strength));
    add_string(report, "party", see_party_name(rule->party));
    add_string(report, "confidence", NULL);
    add_view(report, "message", finding->message);
    add_string(report, "citation", rule->citation);
    add_string(report, "citation_url", rule->citation_url);
    add_name(report, "evidence");
    see_text_add(&report->line, finding->evidence);
    see_text_add_string(&report->line, "}\n");
}

void report_jsonl_totals(struct see_report *report, const struct see_report_totals *totals)
{
    see_text_printf(&report->line,
                    "{\"type\":\"summary\",\"captures\":%" PRIu64 ",\"violations\":%" PRIu64
                    ",\"warnings\":%" PRIu64 ",\"info\":%" PRIu64 ",\"suppressed\":%" PRIu64,
                    totals->captures, totals->by_severity[SEE_SEVERITY_VIOLATION],
                    totals->by_severity[SEE_SEVERITY_WARNING],
                    totals->by_severity[SEE_SEVERITY_INFO], totals->suppressed);
    add_string(report, "database", totals->database);
    add_name(report, "coverage");
    see_text_add_char(&report->line, '{');
    for (size_t i = 0; i < totals->stage_count; i++) {
        const struct see_counts *stage = &totals->stages[i];
        see_text_printf(&report->line, "%s\"%s\":{", i > 0 ? "," : "", stage->stage);
        for (size_t j = 0; j < stage->count; j++) {
            see_text_printf(&report->line, "%s\"%s\":%" PRIu64, j > 0 ? "," : "",
                            stage->list[j].counter, stage->list[j].value);
        }
        see_text_add_char(&report->line, '}');
    }
    see_text_add_string(&report->line, "}}\n");
}
