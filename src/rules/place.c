/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/place.h"

#include "core/uri.h"
#include "pair/hostname.h"
#include "pair/origin.h"

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* How many slashes, either way, stand at the start. */
static size_t slashes(struct see_view view)
{
    size_t count = 0;
    while (count < view.len && is_slash(view.ptr[count])) {
        count++;
    }
    return count;
}

static struct see_view take_authority(struct see_view rest)
{
    size_t end = 0;
    while (end < rest.len && !is_slash(rest.ptr[end]) && rest.ptr[end] != '?' &&
           rest.ptr[end] != '#') {
        end++;
    }
    return see_view_cut(rest, 0, end);
}

/* Digits alone; anything else is no port. */
static bool read_port(struct see_view digits, struct see_view scheme, unsigned *ret_port)
{
    unsigned port = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!see_ascii_is_digit(digits.ptr[i])) {
            return false;
        }
        port = port * 10 + (unsigned)(digits.ptr[i] - '0');
        if (port > UINT16_MAX) {
            return false;
        }
    }
    *ret_port = digits.len > 0 ? port : see_scheme_port(scheme);
    return true;
}

static bool read_authority(struct see_view scheme, struct see_view text,
                           struct see_place *ret_place)
{
    struct see_authority authority = see_authority_split(text);
    *ret_place = (struct see_place){.scheme = scheme, .host = authority.host};
    return authority.host.len > 0 && read_port(authority.port, scheme, &ret_place->port);
}

struct see_place see_place_of(const struct see_exchange *exchange)
{
    bool has_own = see_origin_has_own_port(exchange);
    return (struct see_place){
        .scheme = exchange->scheme,
        .host = see_origin_host(exchange),
        .port = has_own ? see_origin_own_port(exchange) : see_origin_port(exchange),
    };
}

bool see_place_find(const struct see_redirect *redirect, struct see_place *ret_place)
{
    const struct see_exchange *r = redirect->exchange;
    struct see_view location = see_view_trim(redirect->location);
    if (redirect->location_count != 1 || location.len == 0) {
        return false;
    }
    struct see_view scheme = see_uri_split(location).scheme;
    bool has_scheme = scheme.ptr != NULL && see_scheme_is_valid(scheme);
    struct see_view rest =
        has_scheme ? see_view_cut(location, scheme.len + 1, location.len) : location;
    size_t slash_count = slashes(rest);
    if (has_scheme) {
        return see_scheme_is_http(scheme) && slash_count == 2 &&
               read_authority(scheme, take_authority(see_view_cut(rest, 2, rest.len)), ret_place);
    }
    if (!r->request.has_head || r->authority.len == 0) {
        return false;
    }
    if (slash_count >= 2) {
        struct see_view text = take_authority(see_view_cut(rest, slash_count, rest.len));
        return read_authority(r->scheme, text, ret_place);
    }
    *ret_place = see_place_of(r);
    ret_place->is_relative = true;
    return true;
}

bool see_place_is_host(const struct see_place *place, const struct see_exchange *exchange)
{
    return exchange->request.is_seen && see_hostname_same(place->host, see_origin_host(exchange));
}

bool see_place_is_origin(const struct see_place *place, const struct see_exchange *exchange)
{
    if (place->is_relative) {
        return true;
    }
    bool is_port =
        place->port == see_origin_port(exchange) ||
        (see_origin_has_own_port(exchange) && place->port == see_origin_own_port(exchange));
    return see_place_is_host(place, exchange) && is_port &&
           see_view_eq_nocase(place->scheme, exchange->scheme);
}

bool see_place_is_upgrade(const struct see_place *place, const struct see_exchange *exchange)
{
    return see_place_is_host(place, exchange) &&
           see_view_eq_nocase(exchange->scheme, SEE_LITERAL("http")) &&
           see_view_eq_nocase(place->scheme, SEE_LITERAL("https"));
}

void see_place_say(const struct see_place *place, struct see_text *out)
{
    see_text_add(out, place->scheme);
    see_text_add_string(out, "://");
    see_text_add(out, place->host);
    if (place->port != see_scheme_port(place->scheme)) {
        see_text_printf(out, ":%u", place->port);
    }
}
