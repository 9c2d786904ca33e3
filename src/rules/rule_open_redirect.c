/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule open-redirect - the request says where to.
 *
 * CWE-601: who makes a link can send a user who trusts this host to any other. The
 * target's host stands in R's path, query or form, decoded up to twice, where a host
 * may begin. Hosts of one site are of one hand, most often.
 */
#include "core/uri.h"
#include "pair/origin.h"
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/fields.h"
#include "rules/place.h"
#include "rules/unescape.h"

#define DEPTH 2

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool is_host_octet(char c)
{
    return see_ascii_is_alpha(c) || see_ascii_is_digit(c) || c == '-' || c == '.' || c == '_';
}

/* How plainly a request names a host. */
enum naming {
    NOT_NAMED,
    MENTIONED, /* a name with a dot in it as a parameter's value or a segment */
    NAMED,     /* where an authority would stand */
};

static enum naming naming_at(struct see_view text, size_t at, struct see_view host)
{
    char before = at > 0 ? text.ptr[at - 1] : '\0';
    bool has_dot = see_view_find(host, '.') < host.len;
    bool is_slashes = at >= 2 && is_slash(before) && is_slash(text.ptr[at - 2]);
    if (at + host.len < text.len && is_host_octet(text.ptr[at + host.len])) {
        return NOT_NAMED;
    }
    if (is_slashes || before == '@') {
        return NAMED;
    }
    return has_dot && (before == '=' || is_slash(before)) ? MENTIONED : NOT_NAMED;
}

static enum naming plainer(enum naming a, enum naming b)
{
    return a > b ? a : b;
}

/* How plainly `host` (in lower case) stands in `text` (likewise). */
static enum naming naming_in(struct see_view text, struct see_view host)
{
    enum naming naming = NOT_NAMED;
    size_t from = 0;
    while (from < text.len && naming != NAMED) {
        size_t at = from + see_view_search(see_view_cut(text, from, text.len), host);
        if (at >= text.len) {
            break;
        }
        naming = plainer(naming, naming_at(text, at, host));
        from = at + 1;
    }
    return naming;
}

/* The same in what the text is when it is decoded, once and twice. */
static enum naming naming_decoded(struct see_view text, struct see_view host,
                                  struct see_text *scratch)
{
    enum naming naming = NOT_NAMED;
    see_text_rewind(scratch);
    see_text_add(scratch, text);
    for (unsigned depth = 0;; depth++) {
        see_lower(scratch);
        naming = plainer(naming, naming_in(see_text_view(scratch), host));
        if (naming == NAMED || depth == DEPTH ||
            see_view_find(see_text_view(scratch), '%') == scratch->len) {
            return naming;
        }
        see_unescape(scratch);
    }
}

static struct see_view behind_authority(struct see_view uri)
{
    struct see_view authority = see_uri_split(uri).authority;
    size_t at = authority.ptr != NULL ? (size_t)(authority.ptr + authority.len - uri.ptr) : 0;
    return see_view_cut(uri, at, uri.len);
}

/*
 * OAuth and OpenID Connect, CAS, WS-Federation and OpenID 2.0 put the target into the request, and
 * have it registered before.
 */
static bool is_registered(const struct see_exchange *r)
{
    static const char *const names[] = {"redirect_uri", "post_logout_redirect_uri",
                                        "service",      "wreply",
                                        "wtrealm",      "openid.return_to"};
    struct see_view query = see_uri_split(r->uri).query;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (see_fields_has(query, names[i])) {
            return true;
        }
    }
    return false;
}

/* All of it has moved, path and query as they were: what is named in them has no part in that. */
static bool has_moved(const struct see_redirect *redirect)
{
    struct see_view before = behind_authority(redirect->exchange->uri);
    return see_view_eq(before, behind_authority(redirect->location));
}

#define HOST_MAX 255

static enum naming naming_of(const struct see_exchange *r, struct see_view host,
                             struct see_text *scratch)
{
    char lower[HOST_MAX];
    if (host.len > sizeof(lower)) {
        return NOT_NAMED;
    }
    for (size_t i = 0; i < host.len; i++) {
        lower[i] = see_ascii_lower(host.ptr[i]);
    }
    struct see_view name = {lower, host.len};
    enum naming naming = naming_decoded(behind_authority(r->uri), name, scratch);
    if (naming != NAMED && see_check_is_form(r)) {
        naming = plainer(naming, naming_decoded(r->request.content_kept, name, scratch));
    }
    return naming;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    struct see_place place;
    if (!r->request.has_head || r->uri.ptr == NULL || !see_place_find(redirect, &place) ||
        place.is_relative || see_place_is_host(&place, r) || has_moved(redirect)) {
        return false;
    }
    enum naming naming = naming_of(r, place.host, verdict->scratch);
    if (naming == NOT_NAMED) {
        return false;
    }
    bool is_same_site = see_sites_same(verdict->sites, place.host, see_origin_host(r));
    if (naming == MENTIONED || is_same_site || is_registered(r) || see_check_has_inner_name(r)) {
        verdict->severity = SEE_SEVERITY_INFO;
    }
    see_text_printf(verdict->message, "the %d leads where its request says, ", r->status);
    see_check_say_place(r, &place, verdict);
    see_text_printf(verdict->evidence, ",\"same_site\":%s", is_same_site ? "true" : "false");
    return true;
}

const struct see_rule see_rule_open_redirect = {
    .id = "open-redirect",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "the request says where the redirect leads",
    .condition = "The Location names another host, and that host stands in the path, query or form "
                 "of the request, decoded up to twice; worth knowing only where it stands there "
                 "without slashes before it, both hosts are of one site, the request is one of "
                 "OAuth, CAS or their like, whose targets are "
                 "registered, or a proxy may know the server by another name than its clients do.",
    .citation = "CWE-601",
    .citation_url = "https://cwe.mitre.org/data/definitions/601.html",
    .meaning = "The server took the target of its redirect out of the request. Whether it would "
               "take any target cannot be seen from here; this one it took.",
    .impact = "A link that begins with a name that people trust can lead them anywhere; in OAuth "
              "such a redirect leaks codes and tokens.",
    .advice = "The server should keep a list of the targets that it redirects to, or sign them. If "
              "it does, this finding can be silenced.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_HOST,
    .check = check,
};
