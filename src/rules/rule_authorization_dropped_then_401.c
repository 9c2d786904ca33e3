/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule authorization-dropped-then-401 - the error that comes of careful clients.
 *
 * RFC 9110, 15.4, item 3: a client may drop Authorization on a redirect, even within
 * an origin. Then the 401 that follows has its cause in the redirect. Schemes that
 * answer a challenge each time are meant to begin without.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static bool answers_challenges(struct see_view authorization)
{
    static const char *const schemes[] = {"Digest", "NTLM", "Negotiate"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (see_view_starts_nocase(authorization, see_view_of(schemes[i]))) {
            return true;
        }
    }
    return false;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    struct see_view name = SEE_LITERAL("Authorization");
    struct see_view before = see_message_field(&redirect->exchange->request, name, NULL);
    struct see_view after = see_message_field(&redirect->followup->request, name, NULL);
    if (redirect->followup->status != 401 || before.len == 0 || after.ptr != NULL ||
        answers_challenges(before) || see_check_is_cross_origin(redirect)) {
        return false;
    }
    see_text_printf(verdict->message,
                    "Authorization was dropped on the %d within one origin, and the answer is 401",
                    redirect->exchange->status);
    see_text_printf(verdict->evidence, "\"status\":%d,\"followup_status\":401",
                    redirect->exchange->status);
    return true;
}

const struct see_rule see_rule_authorization_dropped_then_401 = {
    .id = "authorization-dropped-then-401",
    .severity = SEE_SEVERITY_INFO,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "Authorization was dropped, and the answer was 401",
    .condition = "The request had Authorization, the follow-up to the same origin has none and is "
                 "answered 401.",
    .citation = "RFC 9110, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The client was let in, was redirected within the same origin, left its credentials "
               "out of the follow-up and was refused.",
    .impact = "The user sees a 401 though name and password are right. It looks like a fault of "
              "the server, and is one of the redirect.",
    .advice = "The client can keep credentials within an origin. Until it does, its users should "
              "ask for the final URI; often a slash at the end is all that is missing.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .is_late = true,
    .check = check,
};
