/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule refresh-redirect - Refresh is a redirect outside of HTTP.
 *
 * No RFC has it; HTML describes it as a pragma. Only browsers follow, after a time,
 * and what comes then is no follow-up of a redirect. Without a URL it is a page that
 * reloads itself.
 */
#include "rules/catalogue.h"
#include "rules/marks.h"

/* "5; url=/there", "0;/there": what stands behind the time. */
static bool names_target(struct see_view value)
{
    size_t at = 0;
    while (at < value.len && value.ptr[at] != ';' && value.ptr[at] != ',') {
        at++;
    }
    return see_view_trim(see_view_cut(value, at + 1, value.len)).len > 0;
}

static bool check(const struct see_exchange *exchange, struct see_verdict *verdict)
{
    struct see_view value = see_message_field(&exchange->response, SEE_LITERAL("Refresh"), NULL);
    bool is_redirect = names_target(value);
    see_text_printf(verdict->message, "the %d has a Refresh field that %s", exchange->status,
                    is_redirect ? "sends browsers elsewhere" : "makes browsers load it again");
    see_text_printf(verdict->evidence, "\"status\":%d,\"names_target\":%s", exchange->status,
                    is_redirect ? "true" : "false");
    return true;
}

const struct see_rule see_rule_refresh_redirect = {
    .id = "refresh-redirect",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect by way of Refresh",
    .condition = "A response has a Refresh field.",
    .citation = "HTML, 4.2.5.3 (refresh)",
    .citation_url =
        "https://html.spec.whatwg.org/multipage/semantics.html#attr-meta-http-equiv-refresh",
    .meaning = "The response asks the browser to load a page after some time. HTTP does not know "
               "that field.",
    .impact = "Programs do not follow it, caches and search engines guess, the back button breaks. "
              "seeother does not count what comes after as a follow-up.",
    .advice = "The server should answer 303 or 302 where it wants to send the client on.",
    .subject = SEE_SUBJECT_EXCHANGE,
    .mark = SEE_MARK_REFRESH,
    .check_exchange = check,
};
