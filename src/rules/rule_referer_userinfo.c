/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule referer-userinfo - a Referer tells no secrets.
 *
 * RFC 9110, 10.1.3: a user agent must not include the userinfo and the fragment of the
 * URI that it refers to. An "@" in a path is no userinfo.
 */
#include "core/uri.h"
#include "rules/catalogue.h"
#include "rules/marks.h"

static bool check(const struct see_exchange *exchange, struct see_verdict *verdict)
{
    struct see_view value = see_message_field(&exchange->request, SEE_LITERAL("Referer"), NULL);
    struct see_uri uri = see_uri_split(value);
    bool has_userinfo =
        uri.authority.ptr != NULL && see_authority_split(uri.authority).userinfo.ptr != NULL;
    if (!has_userinfo && uri.fragment.ptr == NULL) {
        return false;
    }
    see_text_printf(verdict->message, "the Referer holds %s",
                    !has_userinfo              ? "a fragment"
                    : uri.fragment.ptr == NULL ? "userinfo"
                                               : "userinfo and a fragment");
    see_text_printf(verdict->evidence, "\"userinfo\":%s,\"fragment\":%s",
                    has_userinfo ? "true" : "false", uri.fragment.ptr != NULL ? "true" : "false");
    return true;
}

const struct see_rule see_rule_referer_userinfo = {
    .id = "referer-userinfo",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_MUST,
    .party = SEE_PARTY_CLIENT,
    .title = "a Referer with userinfo or a fragment",
    .condition = "The Referer of a request has userinfo or a fragment in it.",
    .citation = "RFC 9110, 10.1.3",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-10.1.3",
    .meaning = "The Referer names where the client came from, and with it what stood before the "
               "\"@\" or behind the \"#\".",
    .impact = "Userinfo is a name and a password; a fragment can be an access token, or what a "
              "user did in a page. Neither is the business of the next server.",
    .advice = "The client has to leave both out of the Referer.",
    .subject = SEE_SUBJECT_EXCHANGE,
    .mark = SEE_MARK_REFERER,
    .check_exchange = check,
};
