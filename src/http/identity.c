/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/identity.h"

#include <string.h>

#include "core/uri.h"
#include "http/forwarded.h"

/* The server's address and port as an authority: IPv6 in brackets, no default port. */
static void add_server(const struct see_exchange *exchange, struct see_text *out)
{
    const struct see_endpoint *server = &exchange->connection->ends[1 - exchange->client_end];
    char text[SEE_ADDRESS_TEXT];
    see_address_format(&server->address, text);
    see_text_printf(out, server->address.family == 6 ? "[%s]" : "%s", text);
    if (server->port != see_scheme_port(exchange->scheme)) {
        see_text_printf(out, ":%u", (unsigned)server->port);
    }
}

static struct see_view scheme_of(struct see_view scheme)
{
    if (see_view_eq_nocase(scheme, SEE_LITERAL("http"))) {
        return SEE_LITERAL("http");
    }
    if (see_view_eq_nocase(scheme, SEE_LITERAL("https"))) {
        return SEE_LITERAL("https");
    }
    return scheme;
}

static void set_scheme(struct see_exchange *exchange, const struct see_uri *target,
                       const struct see_forwarded *forwarded)
{
    if (target->scheme.ptr != NULL) {
        exchange->scheme = scheme_of(target->scheme);
        exchange->scheme_by = SEE_BY_TARGET;
    } else if (forwarded->scheme.ptr != NULL) {
        exchange->scheme = forwarded->scheme;
        exchange->scheme_by = forwarded->scheme_by;
    } else {
        exchange->scheme = SEE_LITERAL("http");
        exchange->scheme_by = SEE_BY_CONNECTION;
    }
}

/* The authority that the target or a field names; absent when none does. */
static void set_authority(struct see_exchange *exchange, const struct see_uri *target,
                          const struct see_forwarded *forwarded)
{
    struct see_view host = see_message_field(&exchange->request, SEE_LITERAL("Host"), NULL);
    exchange->authority = (struct see_view){NULL, 0};
    if (target->authority.ptr != NULL) {
        exchange->authority = target->authority;
        exchange->authority_by = SEE_BY_TARGET;
    } else if (forwarded->authority.ptr != NULL) {
        exchange->authority = forwarded->authority;
        exchange->authority_by = forwarded->authority_by;
    } else if (host.len > 0) {
        /* An empty Host says that there is no authority (RFC 9110, 7.2). */
        exchange->authority = host;
        exchange->authority_by = SEE_BY_HOST;
    }
}

/* Appends where the request goes when nothing in it tells. */
static void add_destination(struct see_exchange *exchange, struct see_view tunnel,
                            struct see_text *out)
{
    exchange->authority_by = tunnel.len > 0 ? SEE_BY_TUNNEL : SEE_BY_CONNECTION;
    if (tunnel.len > 0) {
        see_text_add(out, tunnel);
    } else {
        add_server(exchange, out);
    }
}

/* The URI before normalisation: the target alone when it is absolute, else put together. */
static void compose(const struct see_exchange *exchange, struct see_view authority,
                    bool is_absolute, bool has_path, struct see_text *out)
{
    see_text_clear(out);
    if (!is_absolute) {
        see_text_add(out, exchange->scheme);
        see_text_add_string(out, "://");
        see_text_add(out, authority);
    }
    if (has_path) {
        see_text_add(out, exchange->target);
    }
}

/* As the database promises it, but for the "/" where the target has no path at all. */
static void add_promise(struct see_view uri, bool has_path, struct see_text *out)
{
    size_t before = out->len;
    see_uri_promise(uri, out);
    if (!has_path && out->len > before && out->ptr[out->len - 1] == '/') {
        out->ptr[--out->len] = '\0';
    }
}

/* What the target says of scheme and authority: nothing, unless it is absolute or CONNECT's. */
static struct see_uri split_target(const struct see_record *record)
{
    struct see_uri target = {.scheme = {NULL, 0}};
    if (record->is_connect) {
        target.authority = record->exchange.target;
        return target;
    }
    target = see_uri_split(record->exchange.target);
    if (target.scheme.ptr == NULL || target.authority.ptr == NULL) {
        target.scheme = target.authority = (struct see_view){NULL, 0};
    }
    return target;
}

static void set_client(struct see_record *record, const struct see_forwarded *forwarded)
{
    struct see_exchange *exchange = &record->exchange;
    exchange->is_from_proxy = forwarded->is_from_proxy;
    exchange->is_client_hidden = forwarded->is_hidden;
    exchange->hops = forwarded->hops;
    exchange->client_by = forwarded->client_by;
    if (forwarded->client_field.ptr != NULL) {
        exchange->client = forwarded->client_field;
    } else if (forwarded->client.family != 0) {
        see_address_format(&forwarded->client, record->client);
        exchange->client = see_view_of(record->client);
    }
}

static const struct see_proxy_header *header_of(const struct see_dialog *dialog)
{
    const struct see_relayed *relayed = dialog->relayed;
    return relayed != NULL && relayed->has_header ? &relayed->header : NULL;
}

static struct see_forwarded read_forwarded(const struct see_record *record,
                                           const struct see_dialog *dialog)
{
    const struct see_exchange *exchange = &record->exchange;
    return see_forwarded_read(&dialog->http->clients,
                              &exchange->connection->ends[exchange->client_end].address,
                              header_of(dialog), &exchange->request);
}

/* A port that stays as it is: digits, not 80, and no zero in front. */
static bool is_plain_port(struct see_view port)
{
    for (size_t i = 0; i < port.len; i++) {
        if (!see_ascii_is_digit(port.ptr[i])) {
            return false;
        }
    }
    return port.len > 0 && port.ptr[0] != '0' && !see_view_eq(port, SEE_LITERAL("80"));
}

/* A host, and perhaps a port, that is in the form that the database promises. */
static bool is_plain_authority(struct see_view authority)
{
    size_t host = 0;
    while (host < authority.len && (see_ascii_is_digit(authority.ptr[host]) ||
                                    authority.ptr[host] == '-' || authority.ptr[host] == '.' ||
                                    (authority.ptr[host] >= 'a' && authority.ptr[host] <= 'z'))) {
        host++;
    }
    return host > 0 && (host == authority.len ||
                        (authority.ptr[host] == ':' &&
                         is_plain_port(see_view_cut(authority, host + 1, authority.len))));
}

/*
 * A path asked of a plain host, with nobody else who has a say: so are nearly all requests, and
 * then what is put together needs no change.
 */
static bool is_plain(const struct see_record *record, const struct see_dialog *dialog,
                     struct see_view host)
{
    struct see_view target = record->exchange.target;
    return target.len > 0 && target.ptr[0] == '/' && !record->is_connect &&
           see_view_find(target, '#') == target.len && is_plain_authority(host) &&
           see_forwarded_is_silent(&dialog->http->clients, header_of(dialog),
                                   &record->exchange.request);
}

static int fill_plainly(struct see_record *record, struct see_view host)
{
    const struct see_view before = SEE_LITERAL("http://");
    struct see_exchange *exchange = &record->exchange;
    struct see_view target = exchange->target;
    size_t len = before.len + host.len + target.len;
    char *uri = see_record_alloc(record, len);
    if (uri == NULL) {
        return SEE_ENOMEM;
    }
    memcpy(uri, before.ptr, before.len);
    memcpy(uri + before.len, host.ptr, host.len);
    memcpy(uri + before.len + host.len, target.ptr, target.len);
    exchange->scheme = SEE_LITERAL("http");
    exchange->scheme_by = exchange->client_by = SEE_BY_CONNECTION;
    exchange->authority = host;
    exchange->authority_by = SEE_BY_HOST;
    exchange->is_from_proxy = exchange->is_client_hidden = false;
    exchange->has_proxy_header = false;
    exchange->hops = 0;
    exchange->uri = (struct see_view){uri, len};
    return SEE_OK;
}

void see_identity_guess_client(struct see_record *record, const struct see_dialog *dialog)
{
    struct see_forwarded forwarded = read_forwarded(record, dialog);
    set_client(record, &forwarded);
    record->exchange.is_from_proxy |= dialog->is_from_proxy;
}

int see_identity_fill(struct see_record *record, struct see_dialog *dialog)
{
    struct see_exchange *exchange = &record->exchange;
    struct see_text *plain = &dialog->http->scratch[0], *out = &dialog->http->scratch[1];
    struct see_view host = see_message_field(&exchange->request, SEE_LITERAL("Host"), NULL);
    if (is_plain(record, dialog, host)) {
        return fill_plainly(record, host);
    }
    struct see_uri target = split_target(record);
    bool is_absolute = target.scheme.ptr != NULL;
    bool has_path = !record->is_connect && !see_view_eq(exchange->target, SEE_LITERAL("*"));
    struct see_forwarded forwarded = read_forwarded(record, dialog);
    set_client(record, &forwarded);
    exchange->has_proxy_header = header_of(dialog) != NULL;
    dialog->is_from_proxy |= forwarded.is_from_proxy;
    set_scheme(exchange, &target, &forwarded);
    set_authority(exchange, &target, &forwarded);
    struct see_view named = exchange->authority;
    if (named.ptr == NULL && !exchange->request.has_head) {
        return SEE_OK;
    }
    see_text_clear(out);
    if (named.ptr == NULL) {
        const struct see_relayed *relayed = dialog->relayed;
        add_destination(exchange,
                        relayed != NULL ? see_text_view(&relayed->destination) : SEE_LITERAL(""),
                        out);
    }
    size_t server_len = out->len;
    compose(exchange, named.ptr != NULL ? named : see_text_view(out), is_absolute, has_path, plain);
    add_promise(see_text_view(plain), has_path, out);
    if (see_text_status(plain) != SEE_OK || see_text_status(out) != SEE_OK) {
        return SEE_ENOMEM;
    }
    char *copy = see_record_alloc(record, out->len);
    if (copy == NULL) {
        return SEE_ENOMEM;
    }
    memcpy(copy, out->ptr, out->len);
    exchange->authority = named.ptr != NULL ? named : (struct see_view){copy, server_len};
    exchange->uri = (struct see_view){copy + server_len, out->len - server_len};
    return SEE_OK;
}
