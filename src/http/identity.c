/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/identity.h"

#include <string.h>

#include "core/uri.h"

#define HTTP_PORT 80

/* The server's address and port as an authority: IPv6 in brackets, no default port. */
static void add_server(const struct see_exchange *exchange, struct see_text *out)
{
    const struct see_endpoint *server = &exchange->connection->ends[1 - exchange->client_end];
    char text[SEE_ADDRESS_TEXT];
    see_address_format(&server->address, text);
    see_text_printf(out, server->address.family == 6 ? "[%s]" : "%s", text);
    if (server->port != HTTP_PORT) {
        see_text_printf(out, ":%u", (unsigned)server->port);
    }
}

/* Where the request says itself that it goes; absent when it does not. */
static struct see_view named_authority(const struct see_record *record)
{
    const struct see_exchange *exchange = &record->exchange;
    if (record->is_connect) {
        return exchange->target;
    }
    struct see_view host = see_message_field(&exchange->request, SEE_LITERAL("Host"), NULL);
    /* An empty Host says that there is no authority (RFC 9110, 7.2). */
    return host.len > 0 ? host : (struct see_view){NULL, 0};
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

/*
 * Forwarding fields of trusted proxies will have their word here: they replace
 * `exchange->client`, and scheme and authority of a target that names none; so
 * will the `proxy_header` of the dialog, for the client.
 */
int see_identity_fill(struct see_record *record, struct see_view destination,
                      struct see_text scratch[2])
{
    struct see_exchange *exchange = &record->exchange;
    struct see_text *plain = &scratch[0], *out = &scratch[1];
    struct see_uri target = see_uri_split(exchange->target);
    bool is_absolute =
        !record->is_connect && target.scheme.ptr != NULL && target.authority.ptr != NULL;
    bool has_path = !record->is_connect && !see_view_eq(exchange->target, SEE_LITERAL("*"));
    struct see_view named = is_absolute ? target.authority : named_authority(record);

    exchange->scheme = is_absolute ? scheme_of(target.scheme) : SEE_LITERAL("http");
    if (named.ptr == NULL && !exchange->request.has_head) {
        return SEE_OK;
    }
    see_text_clear(out);
    if (named.ptr == NULL && destination.len > 0) {
        see_text_add(out, destination);
    } else if (named.ptr == NULL) {
        add_server(exchange, out);
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
