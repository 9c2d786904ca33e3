/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/handshake.h"

#include <arpa/inet.h>
#include <string.h>

/* The longest PROXY header of version 1, its CR LF included; and the longest rest of version 2. */
#define HEADER1_OCTETS 107
#define HEADER2_REST 4096

/* The longest user and host name of SOCKS 4; what it says itself has no bound. */
#define SOCKS4_NAME 255
#define SOCKS4_REPLY 8

/* Octets that are taken one part after the other; once `result` is not DONE none are left. */
struct scan {
    struct see_view octets;
    size_t at;
    enum see_handshake_result result;
    struct see_handshake *handshake;
};

static bool require(struct scan *scan, bool is_right)
{
    if (scan->result == SEE_HANDSHAKE_DONE && !is_right) {
        scan->result = SEE_HANDSHAKE_OTHER;
    }
    return scan->result == SEE_HANDSHAKE_DONE;
}

/* The next `len` octets, or NULL when not all of them are there. */
static const uint8_t *take(struct scan *scan, size_t len)
{
    if (scan->result != SEE_HANDSHAKE_DONE) {
        return NULL;
    }
    if (scan->octets.len - scan->at < len) {
        scan->result = SEE_HANDSHAKE_MORE;
        scan->handshake->len = scan->at + len;
        return NULL;
    }
    const uint8_t *octets = (const uint8_t *)scan->octets.ptr + scan->at;
    scan->at += len;
    return octets;
}

static bool is_printable(struct see_view view)
{
    for (size_t i = 0; i < view.len; i++) {
        if ((unsigned char)view.ptr[i] < 0x20 || view.ptr[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

/* The next octets up to a NUL, which is taken too. */
static struct see_view take_string(struct scan *scan)
{
    struct see_view rest = see_view_cut(scan->octets, scan->at, scan->octets.len);
    size_t len = see_view_find(rest, '\0');
    require(scan, len <= SOCKS4_NAME && is_printable(see_view_cut(rest, 0, len)));
    return take(scan, len + 1) != NULL ? see_view_cut(rest, 0, len) : (struct see_view){NULL, 0};
}

static void take_port(struct scan *scan, bool may_be_zero)
{
    const uint8_t *port = take(scan, 2);
    if (port != NULL) {
        scan->handshake->destination.port = (uint16_t)(port[0] << 8 | port[1]);
        require(scan, may_be_zero || scan->handshake->destination.port != 0);
    }
}

/* A name as it may stand in a URI; addresses in text form are taken for names. */
static bool is_host(struct see_view host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        if (!see_ascii_is_alpha(c) && !see_ascii_is_digit(c) && (unsigned char)c < 0x80 &&
            (c == '\0' || strchr("-._:", c) == NULL)) {
            return false;
        }
    }
    return host.len > 0;
}

/* 0.0.0.x with another x: a host name follows (SOCKS 4a). */
static bool has_socks4_host(const uint8_t address[4])
{
    return address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
}

static void read_socks4_client(struct scan *scan)
{
    struct see_handshake *handshake = scan->handshake;
    const uint8_t *head = take(scan, 2);
    if (head == NULL || !require(scan, head[0] == 4 && head[1] == 1)) {
        return;
    }
    take_port(scan, false);
    const uint8_t *address = take(scan, 4);
    if (address == NULL) {
        return;
    }
    bool has_host = has_socks4_host(address);
    require(scan, address[0] != 0 || has_host);
    if (!has_host) {
        handshake->destination.address = see_address_v4(address);
    }
    take_string(scan);
    if (has_host) {
        handshake->host = take_string(scan);
        require(scan, is_host(handshake->host));
    }
}

static void read_socks4_proxy(struct scan *scan)
{
    enum { GRANTED = 0x5A, LAST_REFUSAL = 0x5D };
    const uint8_t *head = take(scan, 2);
    if (head == NULL ||
        !require(scan, head[0] == 0 && head[1] >= GRANTED && head[1] <= LAST_REFUSAL)) {
        return;
    }
    if (take(scan, SOCKS4_REPLY - 2) != NULL && head[1] != GRANTED) {
        scan->result = SEE_HANDSHAKE_REFUSED;
    }
}

/* Address and port of a request or a reply, the type before them. */
static void take_socks5_address(struct scan *scan, bool is_request)
{
    enum { IPV4 = 1, NAME = 3, IPV6 = 4 };
    struct see_handshake *handshake = scan->handshake;
    const uint8_t *octets, *type = take(scan, 1);
    if (type == NULL || !require(scan, *type == IPV4 || *type == NAME || *type == IPV6)) {
        return;
    }
    if (*type == NAME) {
        const uint8_t *len = take(scan, 1);
        octets = len != NULL ? take(scan, *len) : NULL;
        handshake->host = (struct see_view){(const char *)octets, octets != NULL ? *len : 0};
        require(scan, !is_request || octets == NULL || is_host(handshake->host));
    } else {
        octets = take(scan, *type == IPV4 ? 4 : 16);
        if (octets != NULL) {
            handshake->destination.address =
                *type == IPV4 ? see_address_v4(octets) : see_address_v6(octets);
        }
    }
    take_port(scan, !is_request);
}

/* The methods that a client offers: none has the code that says that none will do. */
static bool are_methods(const uint8_t *methods, size_t count)
{
    const uint8_t none = 0xFF;
    return count > 0 && memchr(methods, none, count) == NULL;
}

/* RFC 1929, 2. */
static void take_password(struct scan *scan)
{
    const uint8_t *user_len = take(scan, 2);
    if (user_len == NULL || !require(scan, user_len[1] > 0) || take(scan, user_len[1]) == NULL) {
        return;
    }
    const uint8_t *password_len = take(scan, 1);
    if (password_len != NULL) {
        take(scan, *password_len);
    }
}

static void read_socks5_client(struct scan *scan)
{
    const uint8_t *head = take(scan, 2);
    if (head == NULL || !require(scan, head[0] == 5 && head[1] > 0)) {
        return;
    }
    const uint8_t *methods = take(scan, head[1]);
    if (methods == NULL || !require(scan, are_methods(methods, head[1]))) {
        return;
    }
    scan->handshake->kind = SEE_HANDSHAKE_SOCKS5_CLIENT;
    const uint8_t *version = take(scan, 1);
    if (version != NULL && *version == 1) {
        scan->at--;
        take_password(scan);
        version = take(scan, 1);
    }
    require(scan, version == NULL || *version == 5);
    const uint8_t *request = take(scan, 2);
    if (request != NULL && require(scan, request[0] == 1 && request[1] == 0)) {
        take_socks5_address(scan, true);
    }
}

/* The proxy's status of a password (RFC 1929, 2): 0, or another and the end. */
static void take_password_status(struct scan *scan)
{
    const uint8_t *status = take(scan, 2);
    if (status != NULL && require(scan, status[0] == 1) && status[1] != 0) {
        scan->result = SEE_HANDSHAKE_REFUSED;
    }
}

static void read_socks5_proxy(struct scan *scan)
{
    enum { NO_PASSWORD = 0, PASSWORD = 2, NO_METHOD = 0xFF };
    const uint8_t last_code = 8;
    const uint8_t *head = take(scan, 2);
    if (head == NULL ||
        !require(scan, head[0] == 5 && (head[1] == NO_PASSWORD || head[1] == PASSWORD ||
                                        head[1] == NO_METHOD))) {
        return;
    }
    scan->handshake->kind = SEE_HANDSHAKE_SOCKS5_PROXY;
    if (head[1] == NO_METHOD) {
        scan->result = SEE_HANDSHAKE_REFUSED;
    } else if (head[1] == PASSWORD) {
        take_password_status(scan);
    }
    const uint8_t *reply = take(scan, 3);
    if (reply == NULL || !require(scan, reply[0] == 5 && reply[1] <= last_code && reply[2] == 0)) {
        return;
    }
    take_socks5_address(scan, false);
    if (scan->result == SEE_HANDSHAKE_DONE && reply[1] != 0) {
        scan->result = SEE_HANDSHAKE_REFUSED;
    }
}

/* A decimal number without leading zeros, at most 65535. */
static bool read_port(struct see_view text, uint16_t *ret_port)
{
    unsigned port = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!see_ascii_is_digit(text.ptr[i]) || i >= 5) {
            return false;
        }
        port = port * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *ret_port = (uint16_t)port;
    return text.len > 0 && port <= UINT16_MAX && (text.ptr[0] != '0' || text.len == 1);
}

static bool read_address(struct see_view text, uint8_t family, struct see_address *ret_address)
{
    char copy[SEE_ADDRESS_TEXT];
    uint8_t octets[16];
    if (text.len >= sizeof(copy) || see_view_find(text, '\0') < text.len) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(family == 4 ? AF_INET : AF_INET6, copy, octets) != 1) {
        return false;
    }
    *ret_address = family == 4 ? see_address_v4(octets) : see_address_v6(octets);
    return true;
}

/* Takes the text before the next space; false when there is none. */
static bool next_word(struct see_view *rest, struct see_view *ret_word)
{
    size_t len = see_view_find(*rest, ' ');
    *ret_word = see_view_cut(*rest, 0, len);
    *rest = see_view_cut(*rest, len + 1, rest->len);
    return ret_word->len > 0;
}

/* "192.0.2.1 192.0.2.80 40000 80". */
static bool read_header1_ends(struct see_view rest, uint8_t family, struct see_proxy_header *header)
{
    struct see_view source, destination, source_port;
    return next_word(&rest, &source) && next_word(&rest, &destination) &&
           next_word(&rest, &source_port) &&
           read_address(source, family, &header->source.address) &&
           read_address(destination, family, &header->destination.address) &&
           read_port(source_port, &header->source.port) &&
           read_port(rest, &header->destination.port);
}

static bool read_header1_line(struct see_view line, struct see_proxy_header *header)
{
    struct see_view rest = see_view_cut(line, 6, line.len), family;
    if (!next_word(&rest, &family)) {
        return false;
    }
    if (see_view_eq(family, SEE_LITERAL("TCP4"))) {
        return read_header1_ends(rest, 4, header);
    }
    if (see_view_eq(family, SEE_LITERAL("TCP6"))) {
        return read_header1_ends(rest, 6, header);
    }
    /* Whatever is behind this has to be ignored. */
    return see_view_eq(family, SEE_LITERAL("UNKNOWN"));
}

/* Whether `octets`, as far as they go, are the same as `pattern`. */
static bool is_same_so_far(struct see_view octets, struct see_view pattern)
{
    octets = see_view_cut(octets, 0, pattern.len);
    return see_view_eq(octets, see_view_cut(pattern, 0, octets.len));
}

static void read_header1(struct scan *scan)
{
    struct see_view octets = scan->octets;
    if (!require(scan, is_same_so_far(octets, SEE_LITERAL("PROXY ")))) {
        return;
    }
    size_t len = see_view_find(octets, '\n');
    struct see_view line = see_view_cut(octets, 0, len > 0 ? len - 1 : 0);
    if (!require(scan, len < HEADER1_OCTETS) || take(scan, len + 1) == NULL) {
        return;
    }
    struct see_proxy_header header = {0};
    require(scan, octets.ptr[len - 1] == '\r' && read_header1_line(line, &header));
    scan->handshake->header = header;
}

static uint16_t read_u16(const uint8_t *octets)
{
    return (uint16_t)(octets[0] << 8 | octets[1]);
}

/* What a header of version 2 says of the connection; that of the proxy itself says nothing. */
static bool read_header2_ends(const uint8_t *head, const uint8_t *rest, size_t len,
                              struct see_proxy_header *header)
{
    enum { LOCAL = 0x20, PROXY = 0x21, UNSPECIFIED = 0x00, TCP4 = 0x11, TCP6 = 0x21, UNIX = 0x31 };
    if (head[12] != PROXY) {
        return head[12] == LOCAL;
    }
    if (head[13] == TCP4 && len >= 12) {
        header->source.address = see_address_v4(rest);
        header->destination.address = see_address_v4(rest + 4);
        header->source.port = read_u16(rest + 8);
        header->destination.port = read_u16(rest + 10);
        return true;
    }
    if (head[13] == TCP6 && len >= 36) {
        header->source.address = see_address_v6(rest);
        header->destination.address = see_address_v6(rest + 16);
        header->source.port = read_u16(rest + 32);
        header->destination.port = read_u16(rest + 34);
        return true;
    }
    return head[13] == UNSPECIFIED || (head[13] == UNIX && len >= 216);
}

static void read_header2(struct scan *scan)
{
    const struct see_view signature = SEE_LITERAL("\r\n\r\n\0\r\nQUIT\n");
    const uint8_t *head;
    if (!require(scan, is_same_so_far(scan->octets, signature)) ||
        (head = take(scan, signature.len + 4)) == NULL) {
        return;
    }
    size_t len = read_u16(head + 14);
    require(scan, len <= HEADER2_REST && (head[12] == 0x20 || head[12] == 0x21));
    const uint8_t *rest = take(scan, len);
    if (rest != NULL) {
        require(scan, read_header2_ends(head, rest, len, &scan->handshake->header));
    }
}

bool see_handshake_is_socks(enum see_handshake_kind kind)
{
    switch (kind) {
    case SEE_HANDSHAKE_SOCKS4_CLIENT:
    case SEE_HANDSHAKE_SOCKS4_PROXY:
    case SEE_HANDSHAKE_SOCKS5_CLIENT:
    case SEE_HANDSHAKE_SOCKS5_PROXY:
        return true;
    case SEE_HANDSHAKE_NONE:
    case SEE_HANDSHAKE_PROXY_HEADER:
        break;
    }
    return false;
}

bool see_handshake_is_client(enum see_handshake_kind kind)
{
    return kind == SEE_HANDSHAKE_SOCKS4_CLIENT || kind == SEE_HANDSHAKE_SOCKS5_CLIENT;
}

bool see_handshake_may_begin(char octet, bool is_beginning)
{
    bool is_socks = octet == 0 || octet == 4 || octet == 5;
    return octet == 'P' || octet == '\r' || (is_socks && is_beginning);
}

/* The kind is that of what was read, once all of it is there. */
static enum see_handshake_result read_as(enum see_handshake_kind kind, struct see_view octets,
                                         struct see_handshake *handshake)
{
    *handshake = (struct see_handshake){0};
    struct scan scan = {octets, 0, SEE_HANDSHAKE_DONE, handshake};
    switch (kind) {
    case SEE_HANDSHAKE_PROXY_HEADER:
        octets.ptr[0] == 'P' ? read_header1(&scan) : read_header2(&scan);
        break;
    case SEE_HANDSHAKE_SOCKS4_CLIENT:
        read_socks4_client(&scan);
        break;
    case SEE_HANDSHAKE_SOCKS4_PROXY:
        read_socks4_proxy(&scan);
        break;
    case SEE_HANDSHAKE_SOCKS5_CLIENT:
        read_socks5_client(&scan);
        break;
    case SEE_HANDSHAKE_SOCKS5_PROXY:
        read_socks5_proxy(&scan);
        break;
    case SEE_HANDSHAKE_NONE:
        scan.result = SEE_HANDSHAKE_OTHER;
        break;
    }
    if (scan.result == SEE_HANDSHAKE_DONE || scan.result == SEE_HANDSHAKE_REFUSED) {
        handshake->kind = kind;
        handshake->len = scan.at;
    }
    return scan.result;
}

/* Two octets say little, so the client has to have spoken first, or to do so before the next. */
static enum see_handshake_result read_after_socks4(struct see_view octets,
                                                   enum see_handshake_kind other,
                                                   struct see_handshake *handshake)
{
    enum see_handshake_result result = read_as(SEE_HANDSHAKE_SOCKS4_PROXY, octets, handshake);
    if (other == SEE_HANDSHAKE_SOCKS4_CLIENT || result == SEE_HANDSHAKE_OTHER) {
        return result;
    }
    bool may_wait = other == SEE_HANDSHAKE_NONE && octets.len <= SOCKS4_REPLY;
    handshake->kind = SEE_HANDSHAKE_NONE;
    handshake->len = octets.len + 1;
    return may_wait ? SEE_HANDSHAKE_MORE : SEE_HANDSHAKE_OTHER;
}

enum see_handshake_result see_handshake_read(struct see_view octets, enum see_handshake_kind other,
                                             struct see_handshake *ret_handshake)
{
    enum see_handshake_result result = SEE_HANDSHAKE_OTHER;
    *ret_handshake = (struct see_handshake){.len = 1};
    if (octets.len == 0) {
        return SEE_HANDSHAKE_MORE;
    }
    switch (octets.ptr[0]) {
    case 'P':
    case '\r':
        return read_as(SEE_HANDSHAKE_PROXY_HEADER, octets, ret_handshake);
    case 0:
        return read_after_socks4(octets, other, ret_handshake);
    case 4:
        return see_handshake_is_client(other)
                   ? SEE_HANDSHAKE_OTHER
                   : read_as(SEE_HANDSHAKE_SOCKS4_CLIENT, octets, ret_handshake);
    case 5:
        if (!see_handshake_is_client(other)) {
            result = read_as(SEE_HANDSHAKE_SOCKS5_CLIENT, octets, ret_handshake);
        }
        if (result == SEE_HANDSHAKE_OTHER && other != SEE_HANDSHAKE_SOCKS5_PROXY) {
            result = read_as(SEE_HANDSHAKE_SOCKS5_PROXY, octets, ret_handshake);
        }
        return result;
    default:
        return SEE_HANDSHAKE_OTHER;
    }
}
