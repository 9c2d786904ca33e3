/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/origin.h"

#include "core/uri.h"

struct see_view see_origin_host(const struct see_exchange *exchange)
{
    return see_authority_split(exchange->authority).host;
}

uint16_t see_origin_tcp_port(const struct see_exchange *exchange)
{
    return exchange->connection->ends[exchange->client_end ^ 1].port;
}

static bool names_port(const struct see_exchange *exchange)
{
    return see_authority_split(exchange->authority).port.len > 0;
}

unsigned see_origin_port(const struct see_exchange *exchange)
{
    struct see_view digits = see_authority_split(exchange->authority).port;
    if (digits.len == 0) {
        return see_scheme_port(exchange->scheme);
    }
    unsigned port = 0;
    for (size_t i = 0; i < digits.len && port <= UINT16_MAX; i++) {
        port = port * 10 + (unsigned)(unsigned char)(digits.ptr[i] - '0');
    }
    return port;
}

/* Behind a proxy the TCP port is the proxy's business, and no part of what the client asked for. */
bool see_origin_has_tcp_port(const struct see_exchange *exchange)
{
    return !names_port(exchange) && exchange->scheme_by != SEE_BY_FORWARDED &&
           exchange->scheme_by != SEE_BY_X_FORWARDED &&
           exchange->authority_by != SEE_BY_FORWARDED &&
           exchange->authority_by != SEE_BY_X_FORWARDED;
}

static unsigned port_tried(const struct see_exchange *exchange)
{
    return see_origin_has_tcp_port(exchange) ? see_origin_tcp_port(exchange)
                                             : see_origin_port(exchange);
}

bool see_origin_same_host(const struct see_exchange *a, const struct see_exchange *b)
{
    return a->request.is_seen && b->request.is_seen &&
           see_view_eq_nocase(see_origin_host(a), see_origin_host(b));
}

bool see_origin_same(const struct see_exchange *a, const struct see_exchange *b)
{
    if (!see_origin_same_host(a, b) || !see_view_eq_nocase(a->scheme, b->scheme)) {
        return false;
    }
    return see_origin_port(a) == see_origin_port(b) || port_tried(a) == port_tried(b) ||
           see_origin_port(a) == port_tried(b) || port_tried(a) == see_origin_port(b);
}

bool see_origin_uri_with_port(const struct see_exchange *exchange, struct see_text *out)
{
    uint16_t port = see_origin_tcp_port(exchange);
    if (port == see_scheme_port(exchange->scheme) || !see_origin_has_tcp_port(exchange)) {
        return false;
    }
    struct see_uri uri = see_uri_split(exchange->uri);
    if (uri.authority.len == 0) {
        return false;
    }
    size_t after = (size_t)(uri.authority.ptr + uri.authority.len - exchange->uri.ptr);
    see_text_add(out, see_view_cut(exchange->uri, 0, after));
    see_text_printf(out, ":%u", port);
    see_text_add(out, see_view_cut(exchange->uri, after, exchange->uri.len));
    return true;
}
