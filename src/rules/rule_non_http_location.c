/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule non-http-location - a Location that is no page.
 *
 * Fetch, HTTP-redirect fetch: browsers treat a redirect to another scheme than http
 * and https as a network error, but not every client does. Links into an app are
 * common on phones.
 */
#include "core/uri.h"
#include "rules/catalogue.h"

static bool is_dangerous(struct see_view scheme)
{
    static const char *const names[] = {"javascript", "data", "file", "vbscript"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (see_view_eq_nocase(scheme, see_view_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* "shop.example:8080/": a host and a port that nobody put a scheme before. */
static bool is_host_and_port(const struct see_uri *uri)
{
    size_t digits = 0;
    while (digits < uri->path.len && see_ascii_is_digit(uri->path.ptr[digits])) {
        digits++;
    }
    bool ends = digits == uri->path.len || uri->path.ptr[digits] == '/';
    return uri->authority.ptr == NULL && digits > 0 && ends;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    struct see_uri uri = see_uri_split(see_view_trim(redirect->location));
    if (uri.scheme.ptr == NULL || !see_scheme_is_valid(uri.scheme) ||
        see_scheme_is_http(uri.scheme)) {
        return false;
    }
    bool lacks_scheme = is_host_and_port(&uri);
    if (!is_dangerous(uri.scheme)) {
        verdict->severity = SEE_SEVERITY_INFO;
    }
    see_text_printf(verdict->message, "the %d leads to the scheme ", redirect->exchange->status);
    see_text_add(verdict->message, uri.scheme);
    see_text_add_string(verdict->message,
                        lacks_scheme ? ", which looks like a host before its port" : "");
    see_text_add_string(verdict->evidence, "\"scheme\":");
    see_text_add_json(verdict->evidence, uri.scheme);
    return true;
}

const struct see_rule see_rule_non_http_location = {
    .id = "non-http-location",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a Location of another scheme than http and https",
    .condition = "A Location has another scheme: a warning for javascript, data, file and "
                 "vbscript, else worth knowing.",
    .citation = "Fetch, HTTP-redirect fetch",
    .citation_url = "https://fetch.spec.whatwg.org/#http-redirect-fetch",
    .meaning = "The redirect leads out of the web: into an app, a mail program, or to something "
               "that is run.",
    .impact = "javascript: and data: run or show what they hold, file: reads from the disk of the "
              "client; a client that follows runs into it. Apps get what stands in the URI.",
    .advice = "A server should never send the dangerous ones; where they come out of a parameter, "
              "it has to check that. Links into an app are all right where one is expected.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_ODD_LOCATION,
    .check = check,
};
