/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sarif - findings as SARIF 2.1.0 (OASIS), one document a run.
 *
 * The catalogue goes out at the beginning, each finding as it comes, and the end of
 * the document with the totals.  A capture is an artifact; the request is a logical
 * location, since frames are no lines.  The fingerprint of a result stays the same
 * from run to run: rule, method and target, without query and without secrets.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "core/redact.h"
#include "core/uri.h"
#include "report/private.h"

#define SCHEMA \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

static const char *level_of(enum see_severity severity)
{
    switch (severity) {
    case SEE_SEVERITY_VIOLATION:
        return "error";
    case SEE_SEVERITY_WARNING:
        return "warning";
    case SEE_SEVERITY_INFO:
        return "note";
    }
    return "none";
}

/* ,"name": or, right behind a bracket, "name": */
static void add_name(struct see_report *report, const char *name)
{
    struct see_text *line = &report->line;
    bool is_first = line->len > 0 && strchr("{[", line->ptr[line->len - 1]) != NULL;
    see_text_printf(line, "%s\"%s\":", is_first ? "" : ",", name);
}

static void open_name(struct see_report *report, const char *name, char bracket)
{
    add_name(report, name);
    see_text_add_char(&report->line, bracket);
}

static void add_close(struct see_report *report, const char *brackets)
{
    see_text_add_string(&report->line, brackets);
}

static void add_view(struct see_report *report, const char *name, struct see_view value)
{
    if (value.ptr != NULL) {
        add_name(report, name);
        see_text_add_json(&report->line, value);
    }
}

static void add_string(struct see_report *report, const char *name, const char *value)
{
    add_view(report, name, see_view_of(value));
}

static void add_message(struct see_report *report, const char *name, struct see_view text)
{
    open_name(report, name, '{');
    add_view(report, "text", text);
    add_close(report, "}");
}

static void add_rule(struct see_report *report, const struct see_rule *rule)
{
    see_text_add_char(&report->line, '{');
    add_string(report, "id", rule->id);
    add_message(report, "shortDescription", see_view_of(rule->title));
    add_message(report, "fullDescription", see_view_of(rule->condition));
    add_message(report, "help", see_view_of(rule->advice));
    add_string(report, "helpUri", rule->citation_url);
    open_name(report, "defaultConfiguration", '{');
    add_string(report, "level", level_of(rule->severity));
    add_close(report, "}");
    open_name(report, "properties", '{');
    add_string(report, "party", see_party_name(rule->party));
    add_string(report, "strength", see_strength_name(rule->strength));
    add_string(report, "citation", rule->citation);
    add_close(report, "}}");
}

void report_sarif_begin(struct see_report *report)
{
    see_text_add_char(&report->line, '{');
    add_string(report, "$schema", SCHEMA);
    add_string(report, "version", "2.1.0");
    open_name(report, "runs", '[');
    see_text_add_char(&report->line, '{');
    open_name(report, "tool", '{');
    open_name(report, "driver", '{');
    add_string(report, "name", "seeother");
    add_string(report, "version", SEE_VERSION);
    open_name(report, "rules", '[');
    for (size_t i = 0; see_rules_all[i] != NULL; i++) {
        see_text_add_string(&report->line, i > 0 ? ",\n" : "\n");
        add_rule(report, see_rules_all[i]);
    }
    add_close(report, "]}}");
    open_name(report, "results", '[');
}

/* A path as a URI reference (RFC 3986, 4.2): what a segment cannot hold is encoded. */
static void add_artifact(struct see_report *report, uint32_t capture)
{
    const char *name = report->sources.name(report->sources.ctx, capture);
    struct see_text uri;
    see_text_init(&uri);
    see_text_add_string(&uri, name[0] == '/' ? "file://" : "");
    for (const char *at = name; *at != '\0'; at++) {
        bool is_plain =
            see_ascii_is_alpha(*at) || see_ascii_is_digit(*at) || strchr("-._~/", *at) != NULL;
        see_text_printf(&uri, is_plain ? "%c" : "%%%02X", (unsigned char)*at);
    }
    open_name(report, "physicalLocation", '{');
    open_name(report, "artifactLocation", '{');
    add_view(report, "uri", see_text_view(&uri));
    add_close(report, "}}");
    report->line.is_broken |= uri.is_broken;
    see_text_finish(&uri);
}

/* "POST http://shop.example/order", as it may be shown. */
static void add_request(struct see_report *report, const struct see_exchange *exchange)
{
    struct see_text name;
    if (exchange->method.ptr == NULL) {
        return;
    }
    see_text_init(&name);
    see_text_add_safe(&name, exchange->method);
    see_text_add_char(&name, ' ');
    see_text_add_safe(&name, report_uri(report, exchange->uri));
    open_name(report, "logicalLocations", '[');
    see_text_add_char(&report->line, '{');
    add_view(report, "fullyQualifiedName", see_text_view(&name));
    add_string(report, "kind", "resource");
    add_close(report, "}]");
    report->line.is_broken |= name.is_broken;
    see_text_finish(&name);
}

static void add_location(struct see_report *report, struct see_stamp stamp, const char *what,
                         const struct see_exchange *exchange)
{
    char text[64];
    if (!see_stamp_is_set(stamp)) {
        return;
    }
    struct see_text *line = &report->line;
    see_text_add_string(line, line->ptr != NULL && line->ptr[line->len - 1] == '}' ? ",{" : "{");
    add_artifact(report, stamp.capture);
    if (exchange != NULL) {
        add_request(report, exchange);
    }
    snprintf(text, sizeof(text), "%s, frame %" PRIu64, what, (uint64_t)stamp.frame);
    add_message(report, "message", see_view_of(text));
    add_close(report, "}");
}

/* Rule, method, and the target in its normal form: equal from run to run, and without secrets. */
static void add_fingerprint(struct see_report *report, const struct see_finding *finding)
{
    /* No stranger's table depends on it, so the key is open; it must never change. */
    static const struct see_hash_key key = {0x7365656f74686572, 0x66696e6765727072};
    const struct see_exchange *r = finding->exchange;
    struct see_text print, shown;
    see_text_init(&print);
    see_text_init(&shown);
    see_redact_uri(see_view_cut(r->uri, 0, see_view_find(r->uri, '?')), &shown);
    see_text_printf(&print, "%s ", finding->rule->id);
    see_text_add(&print, r->method);
    see_text_add_char(&print, ' ');
    see_uri_normal(see_text_view(&shown), &print);
    report->line.is_broken |= print.is_broken || shown.is_broken;
    uint64_t hash = see_hash(&key, print.ptr != NULL ? print.ptr : "", print.len);
    open_name(report, "partialFingerprints", '{');
    see_text_printf(&report->line, "\"seeother/v1\":\"%016" PRIx64 "\"}", hash);
    see_text_finish(&print);
    see_text_finish(&shown);
}

static void add_number(struct see_report *report, const char *name, int64_t value)
{
    add_name(report, name);
    see_text_printf(&report->line, "%" PRId64, value);
}

static void add_frame(struct see_report *report, const char *name, struct see_stamp stamp)
{
    if (see_stamp_is_set(stamp)) {
        add_number(report, name, (int64_t)stamp.frame);
    }
}

static void add_properties(struct see_report *report, const struct see_finding *finding, int64_t id)
{
    const struct see_exchange *r = finding->exchange;
    const struct see_redirect *redirect = finding->redirect;
    const struct see_endpoint *end = &r->connection->ends[r->client_end ^ 1];
    char text[SEE_TIME_TEXT];
    open_name(report, "properties", '{');
    add_number(report, "finding", id);
    see_time_format(finding->stamp.time_ns, text);
    add_string(report, "time", text);
    add_string(report, "party", see_party_name(finding->rule->party));
    add_string(report, "strength", see_strength_name(finding->strength));
    add_string(report, "confidence", see_confidence_name(finding->confidence));
    add_view(report, "client", r->client);
    see_address_format(&end->address, text);
    add_string(report, "server", text);
    add_number(report, "serverPort", end->port);
    add_view(report, "userAgent", see_message_field(&r->request, SEE_LITERAL("User-Agent"), NULL));
    add_number(report, "status", r->status);
    add_view(report, "location",
             redirect != NULL ? report_uri(report, redirect->location) : (struct see_view){0});
    add_frame(report, "requestFrame", r->request.first);
    add_frame(report, "responseFrame", r->response.first);
    if (redirect != NULL && redirect->followup != NULL) {
        add_view(report, "followupMethod", redirect->followup->method);
        add_view(report, "followupUri", report_uri(report, redirect->followup->uri));
        add_frame(report, "followupFrame", redirect->followup->request.first);
    }
    add_close(report, "}");
}

static size_t index_of(const struct see_rule *rule)
{
    size_t at = 0;
    while (see_rules_all[at] != NULL && see_rules_all[at] != rule) {
        at++;
    }
    return at;
}

static void add_suppression(struct see_report *report, struct see_view reason)
{
    if (reason.ptr != NULL) {
        open_name(report, "suppressions", '[');
        see_text_add_char(&report->line, '{');
        add_string(report, "kind", "external");
        add_view(report, "justification", reason);
        add_close(report, "}]");
    }
}

void report_sarif_finding(struct see_report *report, const struct see_finding *finding, int64_t id)
{
    const struct see_exchange *r = finding->exchange;
    const struct see_exchange *f = finding->redirect != NULL ? finding->redirect->followup : NULL;
    bool is_seen = see_stamp_is_set(r->request.first);
    see_text_add_string(&report->line, report->results++ > 0 ? ",\n{" : "\n{");
    add_string(report, "ruleId", finding->rule->id);
    add_number(report, "ruleIndex", (int64_t)index_of(finding->rule));
    add_string(report, "level", level_of(finding->severity));
    add_message(report, "message", finding->message);
    open_name(report, "locations", '[');
    add_location(report, is_seen ? r->request.first : r->response.first,
                 is_seen ? "request" : "response", r);
    add_close(report, "]");
    open_name(report, "relatedLocations", '[');
    add_location(report, is_seen ? r->response.first : (struct see_stamp){0}, "response", NULL);
    add_location(report, f != NULL ? f->request.first : (struct see_stamp){0}, "follow-up", f);
    add_close(report, "]");
    add_fingerprint(report, finding);
    add_suppression(report, finding->suppressed);
    add_properties(report, finding, id);
    add_close(report, "}");
}

void report_sarif_totals(struct see_report *report, const struct see_report_totals *totals)
{
    if (report->results == 0) {
        report_sarif_begin(report);
    }
    see_text_add_string(&report->line, "\n]");
    open_name(report, "invocations", '[');
    see_text_printf(&report->line, "{\"executionSuccessful\":%s}",
                    totals->has_failed ? "false" : "true");
    add_close(report, "]");
    open_name(report, "properties", '{');
    add_string(report, "database", totals->database);
    add_number(report, "captures", (int64_t)totals->captures);
    add_close(report, "}}]}\n");
}

/* No place of its own: the message names the URI. */
void report_sarif_across(struct see_report *report, const struct see_rule *rule,
                         const struct see_across_finding *finding)
{
    see_text_add_string(&report->line, report->results++ > 0 ? ",\n{" : "\n{");
    add_string(report, "ruleId", rule->id);
    add_number(report, "ruleIndex", (int64_t)index_of(rule));
    add_string(report, "level", level_of(rule->severity));
    add_message(report, "message", finding->message);
    add_suppression(report, finding->suppressed);
    open_name(report, "properties", '{');
    add_number(report, "id", finding->id);
    add_close(report, "}}");
}
