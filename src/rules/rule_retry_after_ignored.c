/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule retry-after-ignored - a redirect may ask to wait.
 *
 * RFC 9110, 10.2.3: with a 3xx, Retry-After is the least time that the user agent is
 * asked to wait before it follows. Half a second is allowed for clocks that tick in
 * seconds.
 */
#include "rules/caching.h"
#include "rules/catalogue.h"
#include "rules/check.h"

#define TOLERANCE (SEE_NS_PER_S / 2)

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_message *response = &redirect->exchange->response;
    int64_t seconds;
    if (!see_caching_retry_after(response, &seconds) ||
        redirect->delay_ns + TOLERANCE >= seconds * SEE_NS_PER_S) {
        return false;
    }
    see_text_printf(verdict->message,
                    "the %d asked to wait for %lld s, and was followed after %.3f s",
                    redirect->exchange->status, (long long)seconds,
                    (double)redirect->delay_ns / (double)SEE_NS_PER_S);
    see_text_printf(verdict->evidence, "\"retry_after_s\":%lld,\"delay_ms\":%.3f",
                    (long long)seconds, (double)redirect->delay_ns / (double)SEE_NS_PER_MS);
    return true;
}

const struct see_rule see_rule_retry_after_ignored = {
    .id = "retry-after-ignored",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "the client did not wait as Retry-After asks",
    .condition = "The follow-up came sooner than the Retry-After of the redirect says.",
    .citation = "RFC 9110, 10.2.3",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3",
    .meaning = "The redirect came with Retry-After: the server wants some time before the next "
               "request. The client went on at once.",
    .impact = "The next answer may not be there yet: the server asked because it is still working, "
              "or is overloaded.",
    .advice = "The client should wait. A server that cannot rely on it answers 202, or holds the "
              "next request until the result is there.",
    .known = "almost all: few clients look at Retry-After of a redirect.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .check = check,
};
