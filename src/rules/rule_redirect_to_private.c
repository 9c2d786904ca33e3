/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule redirect-to-private - from the street into the house.
 *
 * CWE-918: a client that follows blindly can be led from a public host to addresses
 * that only it can reach. A loopback address that the request itself named, or that
 * gets a code, is the way of native apps (RFC 8252, 7.3).
 */
#include <string.h>

#include "core/uri.h"
#include "pair/origin.h"
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/fields.h"
#include "rules/place.h"
#include "rules/private.h"
#include "rules/unescape.h"

/* The way of native apps: a code, or why there is none, is handed to a loopback address. */
static bool is_to_app(const struct see_redirect *redirect, const char *kind)
{
    struct see_view query = see_uri_split(redirect->location).query;
    return strcmp(kind, "loopback") == 0 && see_fields_has(query, "state") &&
           (see_fields_has(query, "code") || see_fields_has(query, "error"));
}

/* Whether the request names the host, in plain or once encoded. */
static bool names(struct see_view uri, struct see_view host, struct see_text *scratch)
{
    see_text_rewind(scratch);
    see_text_add(scratch, uri);
    see_unescape(scratch);
    return see_view_search(uri, host) < uri.len ||
           see_view_search(see_text_view(scratch), host) < scratch->len;
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_exchange *r = redirect->exchange;
    struct see_place place;
    if (!r->request.has_head || r->uri.ptr == NULL || !see_place_find(redirect, &place) ||
        place.is_relative) {
        return false;
    }
    const struct see_endpoint *server = &r->connection->ends[r->client_end ^ 1];
    const char *kind = see_private_host(place.host);
    if (kind == NULL || see_private_address(&server->address) != NULL ||
        see_private_host(see_origin_host(r)) != NULL || is_to_app(redirect, kind) ||
        names(r->uri, place.host, verdict->scratch)) {
        return false;
    }
    see_text_printf(verdict->message, "the %d leads from a public host to a %s address, ",
                    r->status, kind);
    see_check_say_place(r, &place, verdict);
    return true;
}

const struct see_rule see_rule_redirect_to_private = {
    .id = "redirect-to-private",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a redirect from a public host to a private address",
    .condition = "A host with a public address redirects to a private, loopback or link-local "
                 "address that the request did not name, and that is not a native app's.",
    .citation = "CWE-918",
    .citation_url = "https://cwe.mitre.org/data/definitions/918.html",
    .meaning = "A server of the public Internet sends its client to an address of the inner "
               "network, or of the client's own machine.",
    .impact = "A server-side client that follows can be made to read what is behind the firewall, "
              "such as the metadata of its cloud. To others the target is just unreachable: an "
              "inner address that leaked into the configuration.",
    .advice = "A server that leaks its inner address has to be told its public name. A client that "
              "fetches what others name has to check each target, not the first alone.",
    .subject = SEE_SUBJECT_REDIRECT,
    .needs = SEE_NEED_HOST,
    .check = check,
};
