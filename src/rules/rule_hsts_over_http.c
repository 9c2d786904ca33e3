/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule hsts-over-http - HSTS belongs to https.
 *
 * RFC 6797, 7.2: a host must not send Strict-Transport-Security over plain http.
 * Behind a proxy that ends TLS the header is right, so it is a violation only where
 * the client's own hop is seen: a public server, and no trace of a proxy.
 */
#include "pair/origin.h"
#include "rules/catalogue.h"
#include "rules/check.h"
#include "rules/marks.h"
#include "rules/private.h"

/*
 * What a client says only where it was asked by https: the port of https, and what browsers keep
 * for trustworthy origins (Fetch Metadata, 2; RFC 6265bis, 4.1.3).
 */
static bool was_https(const struct see_exchange *exchange)
{
    const struct see_message *request = &exchange->request;
    struct see_view cookies = see_message_field(request, SEE_LITERAL("Cookie"), NULL);
    return see_origin_port(exchange) == 443 ||
           see_message_field(request, SEE_LITERAL("Sec-Fetch-Site"), NULL).ptr != NULL ||
           see_view_search(cookies, SEE_LITERAL("__Host-")) < cookies.len ||
           see_view_search(cookies, SEE_LITERAL("__Secure-")) < cookies.len;
}

static bool is_own_hop(const struct see_exchange *exchange)
{
    const struct see_endpoint *server = &exchange->connection->ends[exchange->client_end ^ 1];
    return exchange->request.has_head && !exchange->is_from_proxy && !exchange->has_proxy_header &&
           !see_check_came_by_proxy(exchange) && !was_https(exchange) &&
           see_private_address(&server->address) == NULL;
}

static bool check(const struct see_exchange *exchange, struct see_verdict *verdict)
{
    if (see_view_eq(exchange->scheme, SEE_LITERAL("https"))) {
        return false;
    }
    bool is_certain = is_own_hop(exchange);
    if (!is_certain) {
        verdict->severity = SEE_SEVERITY_INFO;
        verdict->strength = SEE_STRENGTH_NONE;
    }
    see_text_printf(verdict->message, "the %d sends Strict-Transport-Security in the clear%s",
                    exchange->status, is_certain ? "" : ", which is right behind a TLS proxy");
    see_text_printf(verdict->evidence, "\"status\":%d,\"own_hop\":%s", exchange->status,
                    is_certain ? "true" : "false");
    return true;
}

const struct see_rule see_rule_hsts_over_http = {
    .id = "hsts-over-http",
    .severity = SEE_SEVERITY_VIOLATION,
    .strength = SEE_STRENGTH_MUST,
    .party = SEE_PARTY_SERVER,
    .title = "HSTS was sent over plain http",
    .condition = "A response by plain http has Strict-Transport-Security; a violation where the "
                 "server is public and nothing shows a proxy or https, else worth knowing.",
    .citation = "RFC 6797, 7.2",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc6797.html#section-7.2",
    .meaning = "The field that asks for https from now on came without https.",
    .impact = "Clients have to ignore it there, since anybody on the way could have put it in. The "
              "host is as unprotected as without it.",
    .advice = "The server should redirect http to https without the field, and send it with https "
              "only. Behind a proxy that ends TLS nothing is wrong.",
    .subject = SEE_SUBJECT_EXCHANGE,
    .mark = SEE_MARK_HSTS,
    .check_exchange = check,
};
