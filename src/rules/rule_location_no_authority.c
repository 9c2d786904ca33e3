/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule location-no-authority - the host got lost.
 *
 * RFC 3986, 5.2 and 5.4.2: "http:/host/p" has a scheme and a path, "http//host/p" is a
 * relative path. Both are valid and certainly not meant; four different resolutions
 * were measured.
 */
#include "core/uri.h"
#include "rules/catalogue.h"

/* "http:/host/p", "http:host", "https:" and the like. */
static bool lacks_slashes(const struct see_uri *uri)
{
    return uri->scheme.ptr != NULL && see_scheme_is_http(uri->scheme) && uri->authority.ptr == NULL;
}

/* "http//host/p", at the start or behind one slash. */
static bool lacks_colon(const struct see_uri *uri)
{
    if (uri->scheme.ptr != NULL || uri->authority.ptr != NULL) {
        return false;
    }
    bool has_slash = see_view_starts(uri->path, SEE_LITERAL("/"));
    struct see_view path = see_view_cut(uri->path, has_slash ? 1 : 0, uri->path.len);
    return see_view_starts_nocase(path, SEE_LITERAL("http//")) ||
           see_view_starts_nocase(path, SEE_LITERAL("https//"));
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    struct see_uri uri = see_uri_split(see_view_trim(redirect->location));
    bool has_no_slashes = lacks_slashes(&uri);
    if (!has_no_slashes && !lacks_colon(&uri)) {
        return false;
    }
    see_text_printf(verdict->message, "the Location %s",
                    has_no_slashes ? "has a scheme, but no \"//\" and host behind it"
                                   : "has no colon behind its scheme");
    see_text_printf(verdict->evidence, "\"lacks\":\"%s\"", has_no_slashes ? "//" : ":");
    return true;
}

const struct see_rule see_rule_location_no_authority = {
    .id = "location-no-authority",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a Location that lost its host",
    .condition = "The Location has the form of http:/host/path, http:host or http//host/path.",
    .citation = "RFC 3986, 5.2, 5.4.2",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc3986.html#section-5.2",
    .meaning = "A slash or a colon is missing, so that the host is no host: by the letter it is a "
               "part of the path, on the server that redirects.",
    .impact = "Clients resolve it in four different ways: some users arrive, others get a 404 or "
              "an error.",
    .advice = "The server has to put the URI together from its parts. Usual causes are a path "
              "normaliser that makes one slash of two, and a rewrite rule that joins strings.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_ODD_LOCATION,
    .check = check,
};
