/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule content-on-rewritten-get - content goes away with its method.
 *
 * RFC 9110, 15.4: when the method changes to GET or HEAD, the fields about content
 * go too.  Content-Length: 0 alone is no content.
 */
#include "rules/catalogue.h"
#include "rules/check.h"

static const char *const names[] = {"Content-Type", "Content-Encoding", "Content-Language",
                                    "Content-Location"};

static const char *find_field(const struct see_message *request)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (see_message_field(request, see_view_of(names[i]), NULL).ptr != NULL) {
            return names[i];
        }
    }
    return NULL;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *f = redirect->followup;
    if (see_check_is_get(redirect->exchange) || !see_check_is_get(f)) {
        return false;
    }
    const char *field = find_field(&f->request);
    if (f->request.content_len == 0 && field == NULL) {
        return false;
    }
    see_check_say_methods(redirect, verdict);
    see_check_say_lengths(redirect, verdict);
    if (f->request.content_len > 0) {
        see_text_printf(verdict->message, " that still carries content: %llu octets",
                        (unsigned long long)f->request.content_len);
    } else {
        see_text_printf(verdict->message, " that still carries %s", field);
    }
    if (field != NULL) {
        see_text_printf(verdict->evidence, ",\"field\":\"%s\"", field);
    }
    return true;
}

const struct see_rule see_rule_content_on_rewritten_get = {
    .id = "content-on-rewritten-get",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_SHOULD,
    .party = SEE_PARTY_CLIENT,
    .title = "content or its fields were kept though the method became GET",
    .condition =
        "The method became GET or HEAD, and the request still has content, or Content-Type, "
        "Content-Encoding, Content-Language or Content-Location.",
    .citation = "RFC 9110, 15.4, 9.3.1",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The method became GET, but the request still has the content that belonged to the "
               "old one, or the fields about it.",
    .impact = "Content in a GET has no meaning: it can leak what was meant for the first server, "
              "be refused, or be read as the next request (CVE-2023-45803).",
    .advice = "The client has to drop the content and the fields about it (Content-Type, "
              "-Encoding, -Language, -Location) together with the method.",
    .known = "Perl's HTTP::Tiny, treq.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .needs = SEE_NEED_NO_GET,
    .check = check,
};
