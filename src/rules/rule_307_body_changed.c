/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 307-body-changed - the content survives a 307 or 308.
 *
 * RFC 9110, 15.4: the request is sent again as it was.  Only contents that were
 * seen whole are compared: one held back by Expect: 100-continue, or cut by the
 * capture, proves nothing.  A multipart boundary may be drawn anew.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool holds(struct see_view content, struct see_view name)
{
    return see_view_search(content, name) < content.len;
}

/*
 * Parts within parts, or parts with a name of their own, that were seen, or that may stand where
 * content was not kept.
 */
static bool may_have_drawn_parts(const struct see_message *request)
{
    return request->content_is_cut || holds(request->content_kept, SEE_LITERAL("multipart/")) ||
           holds(request->content_kept, SEE_LITERAL("Content-ID:"));
}

/*
 * The same may be coded anew, and look different: gzip has a date in it, and the chunks that S3
 * takes are signed for one host.
 */
static bool may_be_coded_anew(const struct see_redirect *redirect)
{
    const struct see_message *r = &redirect->exchange->request;
    const struct see_message *f = &redirect->followup->request;
    struct see_view coding = see_message_field(r, SEE_LITERAL("Content-Encoding"), NULL);
    struct see_view signed_as = see_message_field(f, SEE_LITERAL("X-Amz-Content-Sha256"), NULL);
    bool is_coded =
        (coding.len > 0 && !see_view_eq_nocase(coding, SEE_LITERAL("identity")) &&
         see_view_eq_nocase(coding, see_message_field(f, SEE_LITERAL("Content-Encoding"), NULL))) ||
        see_view_starts(signed_as, SEE_LITERAL("STREAMING-"));
    return is_coded && f->content_len >= r->content_len / 2 && f->content_len / 2 <= r->content_len;
}

/*
 * Who draws the boundary anew draws those of nested parts anew, which the comparison does not undo;
 * but nothing else of the content may be missing then.
 */
static bool may_be_redrawn(const struct see_redirect *redirect)
{
    const struct see_message *r = &redirect->exchange->request;
    const struct see_message *f = &redirect->followup->request;
    struct see_view name = SEE_LITERAL("Content-Type");
    struct see_view before = see_message_field(r, name, NULL);
    struct see_view after = see_message_field(f, name, NULL);
    bool is_multipart = see_view_starts_nocase(before, SEE_LITERAL("multipart/")) &&
                        see_view_starts_nocase(after, SEE_LITERAL("multipart/"));
    return is_multipart && !see_view_eq(before, after) && may_have_drawn_parts(r) &&
           f->bare_len >= r->bare_len / 2 && f->bare_len / 2 <= r->bare_len;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    const struct see_exchange *f = redirect->followup;
    if (!see_check_method_kept(redirect) || !see_check_had_content(r) || !f->request.is_complete ||
        see_check_same_content(redirect) || see_check_is_probe(f) || may_be_redrawn(redirect) ||
        may_be_coded_anew(redirect)) {
        return false;
    }
    see_check_say_methods(redirect, verdict);
    see_check_say_lengths(redirect, verdict);
    if (f->request.content_len == 0) {
        see_text_printf(verdict->message, " without its content of %llu octets",
                        (unsigned long long)r->request.content_len);
    } else {
        see_text_printf(verdict->message, " with other content: %llu octets before, %llu after",
                        (unsigned long long)r->request.content_len,
                        (unsigned long long)f->request.content_len);
    }
    return true;
}

const struct see_rule see_rule_307_body_changed = {
    .id = "307-body-changed",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_CLIENT,
    .title = "the content was lost or changed after a 307 or 308",
    .condition = "A 307 or 308 was followed with the same method, but without the content or with "
                 "other content.",
    .citation = "RFC 9110, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "307 and 308 ask for the same request again, content included. The client repeated "
               "the method and lost or changed the content.",
    .impact = "The target gets an empty or another request and answers that: with an error, or by "
              "storing nothing over something.",
    .advice = "A client that has consumed a stream and cannot send it twice has to stop and show "
              "the redirect, not to send an empty one.",
    .known = "got 15.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .on = SEE_ON_307 | SEE_ON_308,
    .needs = SEE_NEED_METHOD_KEPT,
    .is_late = true,
    .check = check,
};
