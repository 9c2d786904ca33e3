/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/origin.h"

#include "core/uri.h"
#include "pair/hostname.h"

struct see_view see_origin_host(const struct see_exchange *exchange)
{
    return see_authority_split(exchange->authority).host;
}

/* Of an exchange whose authority names this port. */
static unsigned port_of(const struct see_exchange *exchange, struct see_view digits)
{
    if (digits.len == 0) {
        return see_scheme_port(exchange->scheme);
    }
    unsigned port = 0;
    for (size_t i = 0; i < digits.len && port <= UINT16_MAX; i++) {
        port = port * 10 + (unsigned)(unsigned char)(digits.ptr[i] - '0');
    }
    return port;
}

unsigned see_origin_port(const struct see_exchange *exchange)
{
    return port_of(exchange, see_authority_split(exchange->authority).port);
}

/* Behind a proxy the TCP port is the proxy's business, and no part of what the client asked for. */
static bool is_told_by_proxy(const struct see_exchange *exchange)
{
    return exchange->scheme_by == SEE_BY_FORWARDED || exchange->scheme_by == SEE_BY_X_FORWARDED ||
           exchange->authority_by == SEE_BY_FORWARDED ||
           exchange->authority_by == SEE_BY_X_FORWARDED;
}

static uint16_t forwarded_port(const struct see_exchange *exchange)
{
    struct see_view digits =
        see_message_field(&exchange->request, SEE_LITERAL("X-Forwarded-Port"), NULL);
    unsigned port = 0;
    for (size_t i = 0; i < digits.len; i++) {
        port = port * 10 + (unsigned)(unsigned char)(digits.ptr[i] - '0');
        if (!see_ascii_is_digit(digits.ptr[i]) || port > UINT16_MAX) {
            return 0;
        }
    }
    return (uint16_t)port;
}

uint16_t see_origin_own_port(const struct see_exchange *exchange)
{
    return is_told_by_proxy(exchange) ? forwarded_port(exchange)
                                      : exchange->connection->ends[exchange->client_end ^ 1].port;
}

bool see_origin_has_own_port(const struct see_exchange *exchange)
{
    return see_authority_split(exchange->authority).port.len == 0 &&
           see_origin_own_port(exchange) != 0;
}

/* In this very spelling, as nearly always: then all that follows from it is the same, too. */
static bool is_same_authority(const struct see_exchange *a, const struct see_exchange *b)
{
    return see_view_eq(a->authority, b->authority);
}

bool see_origin_same_host(const struct see_exchange *a, const struct see_exchange *b)
{
    return a->request.is_seen && b->request.is_seen &&
           (is_same_authority(a, b) || see_hostname_same(see_origin_host(a), see_origin_host(b)));
}

/* The port that the request names, and the one to try in its place. */
struct ports {
    unsigned named, tried;
};

static struct ports ports_of(const struct see_exchange *exchange, struct see_view digits)
{
    struct ports ports = {.named = port_of(exchange, digits)};
    unsigned own = digits.len == 0 ? see_origin_own_port(exchange) : 0;
    ports.tried = own != 0 ? own : ports.named;
    return ports;
}

bool see_origin_same(const struct see_exchange *a, const struct see_exchange *b)
{
    if (!a->request.is_seen || !b->request.is_seen || !see_view_eq_nocase(a->scheme, b->scheme)) {
        return false;
    }
    if (is_same_authority(a, b)) {
        return true;
    }
    struct see_authority of_a = see_authority_split(a->authority);
    struct see_authority of_b = see_authority_split(b->authority);
    if (!see_hostname_same(of_a.host, of_b.host)) {
        return false;
    }
    struct ports one = ports_of(a, of_a.port), other = ports_of(b, of_b.port);
    return one.named == other.named || one.tried == other.tried || one.named == other.tried ||
           one.tried == other.named;
}

bool see_origin_uri_with_port(const struct see_exchange *exchange, struct see_text *out)
{
    uint16_t port = see_origin_own_port(exchange);
    if (port == 0 || port == see_scheme_port(exchange->scheme) ||
        !see_origin_has_own_port(exchange)) {
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
