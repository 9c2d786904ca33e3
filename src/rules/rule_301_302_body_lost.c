/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule 301-302-body-lost - who keeps the method keeps the content.
 *
 * RFC 9110, 15.4: content goes away with the method that it belongs to.  A POST or
 * PUT that is repeated without its content is another request (8.6).
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    if ((r->status != 301 && r->status != 302) || !see_check_method_kept(redirect) ||
        !see_check_had_content(r) || !see_check_has_no_content(redirect->followup)) {
        return false;
    }
    if (see_check_is_probe(redirect->followup)) {
        return false;
    }
    see_check_say_methods(redirect, verdict);
    see_check_say_lengths(redirect, verdict);
    see_text_printf(verdict->message, " without its content of %llu octets",
                    (unsigned long long)r->request.content_len);
    return true;
}

const struct see_rule see_rule_301_302_body_lost = {
    .id = "301-302-body-lost",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_CLIENT,
    .title = "the content was lost after a 301 or 302",
    .condition = "A 301 or 302 was followed with the same method, but without the content.",
    .citation = "RFC 9110, 15.4, 8.6",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The client made the same request again at the target, but left its content out.",
    .impact = "A PUT of nothing can empty what it was meant to fill; a POST of nothing reports an "
              "error, or a success that is none.",
    .advice = "The client has to either turn POST into GET and drop the content, or keep both. A "
              "server that wants the content again should answer 307 or 308.",
    .known = "Python's requests with PUT on 301, curl -X.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .on = SEE_ON_301 | SEE_ON_302,
    .needs = SEE_NEED_METHOD_KEPT,
    .is_late = true,
    .check = check,
};
