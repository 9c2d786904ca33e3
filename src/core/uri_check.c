/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/uri.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_one_of(char c, struct see_view set)
{
    return see_view_find(set, c) < set.len;
}

/* What is wrong with the octet at `at`, wherever in a URI it stands. */
static enum see_uri_flaw octet_flaw(struct see_view part, size_t at)
{
    unsigned char c = (unsigned char)part.ptr[at];
    if (c == ' ' || c == '\t') {
        return SEE_URI_SPACE;
    }
    if (c < 0x20 || c == 0x7F) {
        return SEE_URI_CONTROL;
    }
    if (c > 0x7F) {
        return SEE_URI_NON_ASCII;
    }
    if (is_one_of((char)c, SEE_LITERAL("\"<>\\^{}`|"))) {
        return SEE_URI_DELIMITER;
    }
    if (c == '[' || c == ']') {
        return SEE_URI_BRACKET;
    }
    if (c == '%' && (part.len - at < 3 || see_ascii_hex(part.ptr[at + 1]) < 0 ||
                     see_ascii_hex(part.ptr[at + 2]) < 0)) {
        return SEE_URI_PERCENT;
    }
    return SEE_URI_OK;
}

/* The first flaw of `part`, in which `delimiter` must not stand either (NUL: none). */
static enum see_uri_flaw part_flaw(struct see_view part, char delimiter, const char **ret_at)
{
    for (size_t at = 0; at < part.len; at++) {
        enum see_uri_flaw flaw = octet_flaw(part, at);
        if (flaw == SEE_URI_OK && delimiter != '\0' && part.ptr[at] == delimiter) {
            flaw = SEE_URI_DELIMITER;
        }
        if (flaw != SEE_URI_OK) {
            *ret_at = part.ptr + at;
            return flaw;
        }
    }
    return SEE_URI_OK;
}

static enum see_uri_flaw scheme_flaw(struct see_view scheme, const char **ret_at)
{
    enum see_uri_flaw flaw = part_flaw(scheme, '\0', ret_at);
    if (flaw == SEE_URI_OK && scheme.ptr != NULL && !see_scheme_is_valid(scheme)) {
        *ret_at = scheme.ptr;
        flaw = SEE_URI_SCHEME;
    }
    return flaw;
}

/* IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ), brackets left out. */
static bool is_ip_future(struct see_view text)
{
    size_t dot = see_view_find(text, '.');
    if (text.len < 4 || see_ascii_lower(text.ptr[0]) != 'v' || dot < 2 || dot + 1 >= text.len) {
        return false;
    }
    for (size_t at = 1; at < text.len; at++) {
        char c = text.ptr[at];
        bool is_right = at < dot ? see_ascii_hex(c) >= 0
                                 : see_ascii_is_alpha(c) || see_ascii_is_digit(c) ||
                                       is_one_of(c, SEE_LITERAL("-._~!$&'()*+,;=:"));
        if (!is_right) {
            return false;
        }
    }
    return true;
}

static bool is_ip_literal(struct see_view host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.len < 2 || host.ptr[0] != '[' || host.ptr[host.len - 1] != ']') {
        return false;
    }
    struct see_view inner = see_view_cut(host, 1, host.len - 1);
    if (is_ip_future(inner)) {
        return true;
    }
    if (inner.len == 0 || inner.len >= sizeof(text) || see_view_find(inner, '\0') < inner.len) {
        return false;
    }
    memcpy(text, inner.ptr, inner.len);
    text[inner.len] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

static enum see_uri_flaw port_flaw(struct see_view port, const char **ret_at)
{
    uint32_t number = 0;
    enum see_uri_flaw flaw = part_flaw(port, '\0', ret_at);
    for (size_t at = 0; at < port.len && flaw == SEE_URI_OK; at++) {
        if (see_ascii_is_digit(port.ptr[at])) {
            number = number * 10 + (uint32_t)(port.ptr[at] - '0');
        }
        if (!see_ascii_is_digit(port.ptr[at]) || number > UINT16_MAX) {
            *ret_at = port.ptr;
            flaw = SEE_URI_PORT;
        }
    }
    return flaw;
}

/* `needs_host`: the scheme is http or https, or not told. */
static enum see_uri_flaw authority_flaw(struct see_view authority, bool needs_host,
                                        const char **ret_at)
{
    struct see_authority parts = see_authority_split(authority);
    enum see_uri_flaw flaw = part_flaw(parts.userinfo, '@', ret_at);
    if (flaw == SEE_URI_OK && !is_ip_literal(parts.host)) {
        flaw = part_flaw(parts.host, '\0', ret_at);
    }
    if (flaw == SEE_URI_OK && needs_host && parts.host.len == 0) {
        *ret_at = parts.host.ptr;
        flaw = SEE_URI_EMPTY_HOST;
    }
    return flaw != SEE_URI_OK ? flaw : port_flaw(parts.port, ret_at);
}

/* Goes through the parts in their order, so that the first flaw is the leftmost. */
static enum see_uri_flaw uri_flaw(const struct see_uri *uri, const char **ret_at)
{
    enum see_uri_flaw flaw = scheme_flaw(uri->scheme, ret_at);
    bool has_scheme = uri->scheme.ptr != NULL;
    if (flaw == SEE_URI_OK && uri->authority.ptr != NULL) {
        bool needs_host = !has_scheme || see_scheme_is_http(uri->scheme);
        flaw = authority_flaw(uri->authority, needs_host, ret_at);
    }
    if (flaw == SEE_URI_OK && !has_scheme && uri->path.len > 0 && uri->path.ptr[0] == ':') {
        *ret_at = uri->path.ptr;
        flaw = SEE_URI_SCHEME;
    }
    if (flaw == SEE_URI_OK) {
        flaw = part_flaw(uri->path, '\0', ret_at);
    }
    if (flaw == SEE_URI_OK) {
        flaw = part_flaw(uri->query, '\0', ret_at);
    }
    return flaw != SEE_URI_OK ? flaw : part_flaw(uri->fragment, '#', ret_at);
}

enum see_uri_flaw see_uri_check(struct see_view string, size_t *ret_at)
{
    struct see_view whole = string.ptr != NULL ? string : SEE_LITERAL("");
    struct see_uri uri = see_uri_split(whole);
    const char *at = whole.ptr;
    enum see_uri_flaw flaw = uri_flaw(&uri, &at);
    if (flaw != SEE_URI_OK && ret_at != NULL) {
        *ret_at = (size_t)(at - whole.ptr);
    }
    return flaw;
}

const char *see_uri_flaw_text(enum see_uri_flaw flaw)
{
    switch (flaw) {
    case SEE_URI_OK:
        return "nothing wrong";
    case SEE_URI_SPACE:
        return "a space";
    case SEE_URI_CONTROL:
        return "a control character";
    case SEE_URI_NON_ASCII:
        return "an octet outside of ASCII";
    case SEE_URI_DELIMITER:
        return "a delimiter that is not allowed there";
    case SEE_URI_BRACKET:
        return "a bracket outside of an IP literal";
    case SEE_URI_PERCENT:
        return "a percent sign without two hexadecimal digits";
    case SEE_URI_EMPTY_HOST:
        return "an empty host";
    case SEE_URI_PORT:
        return "a port that cannot be";
    case SEE_URI_SCHEME:
        return "a colon after what is no scheme";
    }
    return "unknown";
}
