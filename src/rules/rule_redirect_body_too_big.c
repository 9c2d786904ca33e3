/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule redirect-body-too-big - the content of a redirect is a note.
 *
 * Nobody sees the content of a redirect but who looks for it. A page that is sent
 * along with a redirect to a login is one that was made for a user who is not logged
 * in (CWE-698, execution after redirect). Frameworks name the Location up to four
 * times in their note.
 */
#include "core/uri.h"
#include "rules/catalogue.h"
#include "rules/check.h"

#define NOTE 300
#define TIMES_NAMED 4

/* So much is no note, whatever is in it. */
#define PAGE_FROM 2048

/* A path segment, in lower case, that begins the way of a login. */
static bool is_login(struct see_view location)
{
    static const char *const words[] = {"login",  "log-in",       "log_in",   "logon",
                                        "signin", "sign-in",      "sign_in",  "sso",
                                        "auth",   "authenticate", "authorize"};
    struct see_view rest = see_uri_split(location).path;
    struct see_view segment;
    while (see_view_next(&rest, '/', &segment)) {
        struct see_view stem = see_view_cut(segment, 0, see_view_find(segment, '.'));
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (see_view_eq_nocase(stem, see_view_of(words[i]))) {
                return true;
            }
        }
    }
    return false;
}

/* A note in a dress: it has the Location in it, as it was sent or with "&" as HTML has it. */
static bool names_location(const struct see_redirect *redirect)
{
    struct see_view content = redirect->exchange->response.content_kept;
    struct see_view location = redirect->location;
    struct see_view head = see_view_cut(location, 0, see_view_find(location, '&'));
    return head.len > 0 && see_view_search(content, head) < content.len;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    uint64_t len = r->response.content_len;
    if (redirect->location_count == 0 || len <= TIMES_NAMED * redirect->location.len + NOTE) {
        return false;
    }
    bool is_leak = len >= PAGE_FROM && is_login(redirect->location) && r->request.has_head &&
                   !is_login(see_uri_split(r->uri).path) && !names_location(redirect);
    if (!is_leak) {
        verdict->severity = SEE_SEVERITY_INFO;
    }
    see_text_printf(verdict->message, "the %d has %llu octets of content%s", r->status,
                    (unsigned long long)len,
                    is_leak ? ", a page that goes out before the login" : ", far more than a note");
    see_text_printf(verdict->evidence, "\"response_body_length\":%llu,\"location_length\":%zu",
                    (unsigned long long)len, redirect->location.len);
    return true;
}

const struct see_rule see_rule_redirect_body_too_big = {
    .id = "redirect-body-too-big",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect with a whole page in it",
    .condition =
        "The content of a redirect is far larger than a note (300 octets and the Location); a "
        "warning where a page of 2 KiB or more that does not name the Location comes with a "
        "redirect to a login.",
    .citation = "CWE-698; RFC 9110, 15.4",
    .citation_url = "https://cwe.mitre.org/data/definitions/698.html",
    .meaning = "The response redirects, and carries a page as well. No browser shows it, but "
               "whoever does not follow can read it.",
    .impact = "Before a login it is the classic leak: the code that checks the user sends the "
              "redirect and then goes on to make the page. Otherwise it is time and traffic lost.",
    .advice = "The application has to end the request when it has sent the redirect (in PHP: exit "
              "after header()).",
    .subject = SEE_SUBJECT_REDIRECT,
    .is_late = true,
    .check = check,
};
