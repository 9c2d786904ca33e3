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
    if ((r->status != 301 && r->status != 302) || !see_check_both_requests(redirect) ||
        !see_check_method_kept(redirect) || !see_check_had_content(r) ||
        !see_check_has_no_content(redirect->followup)) {
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
    .advice = "A client either turns POST into GET and drops the content, or keeps both.  Half of "
              "each, a PUT of nothing, can empty what it was meant to fill.  The client has to "
              "change.  Known: Python's requests with PUT, curl -X.",
    .check = check,
};
