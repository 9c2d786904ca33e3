/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * text - findings and totals for a person.
 */
#include <inttypes.h>
#include <stdio.h>

#include "report/private.h"

static const char *colour_of(enum see_severity severity)
{
    switch (severity) {
    case SEE_SEVERITY_VIOLATION:
        return "\033[1;31m";
    case SEE_SEVERITY_WARNING:
        return "\033[1;33m";
    case SEE_SEVERITY_INFO:
        return "\033[1;36m";
    }
    return "";
}

static void start_row(struct see_report *report, const char *label)
{
    bool has_colour = report->options.has_colour;
    see_text_printf(&report->line, "  %s%-6s%s ", has_colour ? "\033[2m" : "", label,
                    has_colour ? "\033[0m" : "");
}

static void add_heading(struct see_report *report, const struct see_rule *rule,
                        enum see_severity severity, struct see_view message, int64_t id)
{
    bool has_colour = report->options.has_colour;
    see_text_printf(&report->line, "%s%s%s %s: ", has_colour ? colour_of(severity) : "",
                    see_severity_name(severity), has_colour ? "\033[0m" : "", rule->id);
    see_text_add_safe(&report->line, message);
    see_text_printf(&report->line, " (finding %" PRId64 ")\n", id);
}

static void add_client(struct see_report *report, const struct see_exchange *r)
{
    struct see_view agent = see_message_field(&r->request, SEE_LITERAL("User-Agent"), NULL);
    see_text_add_safe(&report->line, r->client);
    if (agent.len > 0) {
        see_text_add_string(&report->line, ", ");
        see_text_add_safe(&report->line, agent);
    }
}

static void add_server(struct see_report *report, const struct see_exchange *r)
{
    char server[SEE_ADDRESS_TEXT];
    const struct see_endpoint *end = &r->connection->ends[r->client_end ^ 1];
    see_address_format(&end->address, server);
    see_text_printf(&report->line, "%s port %u", server, end->port);
}

/* Who has to change stands first. */
static void add_who(struct see_report *report, const struct see_finding *finding)
{
    start_row(report, "who");
    if (finding->rule->party == SEE_PARTY_CLIENT) {
        see_text_add_string(&report->line, "the client, ");
        add_client(report, finding->exchange);
        see_text_add_string(&report->line, " (server ");
        add_server(report, finding->exchange);
    } else {
        see_text_add_string(&report->line, "the server, ");
        add_server(report, finding->exchange);
        see_text_add_string(&report->line, " (client ");
        add_client(report, finding->exchange);
    }
    see_text_add_string(&report->line, ")\n");
}

static void add_request(struct see_report *report, const struct see_exchange *exchange)
{
    see_text_add_safe(&report->line, exchange->method);
    see_text_add_char(&report->line, ' ');
    see_text_add_safe(&report->line, report_uri(report, exchange->uri));
}

static void add_what(struct see_report *report, const struct see_finding *finding)
{
    const struct see_exchange *r = finding->exchange;
    const struct see_redirect *redirect = finding->redirect;
    start_row(report, "what");
    if (r->request.has_head) {
        add_request(report, r);
    } else {
        see_text_add_string(&report->line, "a request that was not seen");
    }
    see_text_printf(&report->line, " -> %d", r->status);
    if (redirect != NULL && redirect->location.ptr != NULL) {
        see_text_add_string(&report->line, " Location: ");
        see_text_add_safe(&report->line, report_uri(report, redirect->location));
    }
    if (redirect != NULL && redirect->followup != NULL) {
        see_text_add_string(&report->line, " -> ");
        add_request(report, redirect->followup);
    } else if (redirect != NULL) {
        see_text_printf(&report->line, " -> %s (%s)", see_outcome_name(redirect->outcome),
                        redirect->why);
    }
    see_text_add_char(&report->line, '\n');
}

static void add_when(struct see_report *report, const struct see_finding *finding)
{
    const struct see_redirect *redirect = finding->redirect;
    char time[SEE_TIME_TEXT];
    see_time_format(finding->stamp.time_ns, time);
    start_row(report, "when");
    see_text_add_string(&report->line, time);
    if (redirect != NULL && redirect->followup != NULL) {
        see_text_printf(&report->line, ", follow-up after %.3f ms on %s connection",
                        (double)redirect->delay_ns / (double)SEE_NS_PER_MS,
                        redirect->is_same_connection ? "the same" : "another");
    }
    see_text_add_char(&report->line, '\n');
}

static void add_frame(struct see_report *report, const char *what, struct see_stamp stamp,
                      uint32_t *capture)
{
    if (!see_stamp_is_set(stamp)) {
        return;
    }
    if (stamp.capture != *capture) {
        see_text_add_string(&report->line, *capture != 0 ? "; " : "");
        see_text_add_safe(&report->line,
                          see_view_of(report->sources.name(report->sources.ctx, stamp.capture)));
        *capture = stamp.capture;
    }
    see_text_printf(&report->line, ", frame %" PRIu64 " %s", (uint64_t)stamp.frame, what);
}

static void add_where(struct see_report *report, const struct see_finding *finding)
{
    const struct see_exchange *r = finding->exchange;
    uint32_t capture = 0;
    start_row(report, "where");
    add_frame(report, "request", r->request.first, &capture);
    add_frame(report, "response", r->response.first, &capture);
    if (finding->redirect != NULL && finding->redirect->followup != NULL) {
        add_frame(report, "follow-up", finding->redirect->followup->request.first, &capture);
    }
    see_text_add_char(&report->line, '\n');
}

static void add_why(struct see_report *report, const struct see_finding *finding)
{
    const struct see_rule *rule = finding->rule;
    start_row(report, "why");
    see_text_printf(&report->line, "%s", rule->citation);
    if (finding->strength != SEE_STRENGTH_NONE) {
        see_text_printf(&report->line, " (%s)", see_strength_name(finding->strength));
    }
    see_text_printf(&report->line, ", %s", rule->citation_url);
    if (rule->party == SEE_PARTY_CLIENT && finding->redirect != NULL) {
        see_text_printf(&report->line, "; pair of %s confidence, %d points",
                        see_confidence_name(finding->confidence), finding->redirect->score);
    }
    see_text_add_char(&report->line, '\n');
}

void report_text_finding(struct see_report *report, const struct see_finding *finding, int64_t id)
{
    add_heading(report, finding->rule, finding->severity, finding->message, id);
    add_who(report, finding);
    add_what(report, finding);
    add_when(report, finding);
    add_where(report, finding);
    add_why(report, finding);
    see_text_add_char(&report->line, '\n');
}

void report_text_across(struct see_report *report, const struct see_rule *rule,
                        const struct see_across_finding *finding)
{
    char time[SEE_TIME_TEXT];
    see_time_format(finding->time_ns, time);
    add_heading(report, rule, rule->severity, finding->message, finding->id);
    start_row(report, "who");
    see_text_printf(&report->line, "the %s, over all captures of the database\n",
                    see_party_name(rule->party));
    start_row(report, "when");
    see_text_printf(&report->line, "%s, the latest\n", time);
    start_row(report, "why");
    see_text_printf(&report->line, "%s, %s\n\n", rule->citation, rule->citation_url);
}

/* One thing worth a line when there is any of it. */
struct tally {
    const char *stage;
    const char *counter;
    const char *one, *many;
};

static size_t add_tallies(struct see_report *report, const struct see_report_totals *totals,
                          const char *label, const struct tally *tallies, size_t count)
{
    size_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t value = report_count(totals, tallies[i].stage, tallies[i].counter);
        if (value == 0) {
            continue;
        }
        see_text_printf(&report->line, "%s%s%" PRIu64 " %s", shown == 0 ? label : "",
                        shown == 0 ? "" : ", ", value,
                        value == 1 ? tallies[i].one : tallies[i].many);
        shown++;
    }
    if (shown > 0) {
        see_text_add_char(&report->line, '\n');
    }
    return shown;
}

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

void report_text_totals(struct see_report *report, const struct see_report_totals *totals)
{
    static const struct tally seen[] = {
        {"capture", "frames", "frame", "frames"},
        {"http", "connections_http", "HTTP connection", "HTTP connections"},
        {"pair", "exchanges", "exchange", "exchanges"},
        {"pair", "redirects", "redirect", "redirects"},
    };
    static const struct tally outcomes[] = {
        {"pair", "redirects_followed", "followed", "followed"},
        {"pair", "redirects_not_followed", "not followed", "not followed"},
        {"pair", "redirects_unobservable", "unobservable", "unobservable"},
        {"pair", "redirects_no_location", "without a usable Location", "without a usable Location"},
        {"pair", "redirects_pending", "pending", "pending"},
        {"pair", "redirects_evicted", "evicted", "evicted"},
    };
    static const struct tally hidden[] = {
        {"http", "connections_tls", "TLS connection", "TLS connections"},
        {"http", "connections_http2", "HTTP/2 connection", "HTTP/2 connections"},
        {"http", "connections_tunnelled", "CONNECT tunnel", "CONNECT tunnels"},
        {"http", "connections_upgraded", "upgraded connection", "upgraded connections"},
        {"http", "messages_malformed", "malformed message", "malformed messages"},
        {"http", "messages_too_large", "message past the limits", "messages past the limits"},
        {"http", "octets_missing", "octet of HTTP lost", "octets of HTTP lost"},
        {"decode", "frames_link_type_unknown", "frame of an unknown link type",
         "frames of an unknown link type"},
        {"decode", "frames_ip_fragment", "IP fragment", "IP fragments"},
        {"decode", "frames_cut_in_header", "frame cut in a header", "frames cut in a header"},
    };
    see_text_printf(&report->line, "read      %" PRIu64 " %s, ", totals->captures,
                    totals->captures == 1 ? "capture" : "captures");
    if (add_tallies(report, totals, "", seen, LENGTH(seen)) == 0) {
        see_text_add_string(&report->line, "no frames\n");
    }
    add_tallies(report, totals, "redirects ", outcomes, LENGTH(outcomes));
    see_text_printf(&report->line, "findings  %" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64 " info",
                    totals->by_severity[SEE_SEVERITY_VIOLATION],
                    totals->by_severity[SEE_SEVERITY_VIOLATION] == 1 ? "violation" : "violations",
                    totals->by_severity[SEE_SEVERITY_WARNING],
                    totals->by_severity[SEE_SEVERITY_WARNING] == 1 ? "warning" : "warnings",
                    totals->by_severity[SEE_SEVERITY_INFO]);
    if (totals->suppressed > 0) {
        see_text_printf(&report->line, ", %" PRIu64 " suppressed", totals->suppressed);
    }
    see_text_add_string(&report->line, "; in ");
    see_text_add_safe(&report->line, see_view_of(totals->database));
    see_text_add_char(&report->line, '\n');
    add_tallies(report, totals, "not seen  ", hidden, LENGTH(hidden));
}
