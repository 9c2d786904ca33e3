/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule status-unknown-to-http10 - older clients know 301 and 302.
 *
 * RFC 1945, 9.3 has no 303 and no 307, and RFC 7538, 4 tells servers to think of
 * clients that do not know 308: a note with a link helps them. Requests that come by
 * way of a proxy say nothing about the client.
 */
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/note.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    const struct see_message *request = &r->request;
    if (!request->has_head || request->has_gap || request->http_major != 1 ||
        request->http_minor != 0 || see_check_method_is(r, "HEAD") || see_check_came_by_proxy(r) ||
        see_note_find(redirect, verdict) != SEE_NOTE_MISSING) {
        return false;
    }
    see_text_printf(verdict->message, "a client of HTTP/1.0 need not know %d, and there is no note",
                    r->status);
    see_text_printf(verdict->evidence, "\"status\":%d,\"http_version\":\"1.0\"", r->status);
    return true;
}

const struct see_rule see_rule_status_unknown_to_http10 = {
    .id = "status-unknown-to-http10",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a status that HTTP/1.0 does not have",
    .condition = "A 303, 307 or 308 without a note that links to its target answers a request of "
                 "HTTP/1.0 that no proxy has passed on.",
    .citation = "RFC 7538, 4; RFC 1945, 9.3",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc7538.html#section-4",
    .meaning = "The client speaks HTTP/1.0, where 303, 307 and 308 are not defined. One that does "
               "not know the status takes it for 300, and shows the content.",
    .impact = "Without a note there is nothing to show, and nowhere to go.",
    .advice =
        "The server can answer 302 to HTTP/1.0 where GET is meant, or add a note with a link.",
    .subject = SEE_SUBJECT_REDIRECT,
    .on = SEE_ON_303 | SEE_ON_307 | SEE_ON_308,
    .is_late = true,
    .check = check,
};
