/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 303-without-note - a 303 has a note with a link.
 *
 * RFC 9110, 15.4.4: except for responses to a HEAD request, the representation of a
 * 303 ought to contain a short hypertext note with a hyperlink to the same URI. A
 * client that asks for JSON has no use for it. What was not wholly seen, or cannot be
 * decoded, may hold one.
 */
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/note.h"

static bool wants_json(const struct see_exchange *r)
{
    struct see_view accept = see_message_field(&r->request, SEE_LITERAL("Accept"), NULL);
    bool has_json = see_view_search(accept, SEE_LITERAL("json")) < accept.len;
    return (has_json && see_view_search(accept, SEE_LITERAL("text/html")) == accept.len) ||
           see_check_is_type(&r->response, "application/json") ||
           see_check_is_type(&r->request, "application/json");
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if (!r->request.has_head || see_check_method_is(r, "HEAD") || redirect->location.len == 0 ||
        wants_json(r) || see_note_find(redirect, verdict) != SEE_NOTE_MISSING) {
        return false;
    }
    see_text_add_string(verdict->message,
                        r->response.content_len > 0
                            ? "the content of the 303 holds no link to its Location"
                            : "the 303 has no content, and so no link for who is not redirected");
    see_text_printf(verdict->evidence, "\"response_body_length\":%llu",
                    (unsigned long long)r->response.content_len);
    return true;
}

const struct see_rule see_rule_303_without_note = {
    .id = "303-without-note",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a 303 without a note that links to its target",
    .condition = "A 303 to another method than HEAD has no content, or content without a link to "
                 "its Location; not asked of clients that want JSON.",
    .citation = "RFC 9110, 15.4.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.4",
    .meaning = "A 303 ought to carry a short hypertext note with a link to where it leads.",
    .impact = "Who does not follow by itself, an old client, a proxy, a person with redirects "
              "turned off, sees an empty page.",
    .advice = "The server may add one line of HTML. It is an \"ought\", and worth knowing only.",
    .subject = SEE_SUBJECT_REDIRECT,
    .on = SEE_ON_303,
    .is_late = true,
    .check = check,
};
