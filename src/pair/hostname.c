/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/hostname.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "core/uri.h"

/* The standard's forbidden domain code points, besides controls. */
#define FORBIDDEN SEE_LITERAL(" #/:<>?@[\\]^|%")

/* An IPv6 literal, in its usual form (RFC 5952). */
static bool write_literal(struct see_view literal, char ret_name[SEE_HOSTNAME_SIZE])
{
    char text[SEE_ADDRESS_TEXT];
    uint8_t octets[16];
    struct see_view inner = see_view_cut(literal, 1, literal.len - 1);
    if (literal.len < 3 || literal.ptr[literal.len - 1] != ']' || inner.len >= sizeof(text) ||
        see_view_find(inner, '\0') < inner.len) {
        return false;
    }
    memcpy(text, inner.ptr, inner.len);
    text[inner.len] = '\0';
    if (inet_pton(AF_INET6, text, octets) != 1) {
        return false;
    }
    struct see_address address = see_address_v6(octets);
    see_address_format(&address, text);
    snprintf(ret_name, SEE_HOSTNAME_SIZE, "[%s]", text);
    return true;
}

/* Makes of a name with octets outside of ASCII what is looked up (RFC 5891, 5). */
static bool to_ascii(char name[SEE_HOSTNAME_SIZE])
{
    char *ascii = NULL;
    if (idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
        return false;
    }
    size_t len = strlen(ascii);
    bool is_written = len < SEE_HOSTNAME_SIZE;
    if (is_written) {
        memcpy(name, ascii, len + 1);
    }
    idn2_free(ascii);
    return is_written;
}

/* Writes `host` decoded and in small letters of ASCII. */
static bool write_name(struct see_view host, char ret_name[SEE_HOSTNAME_SIZE])
{
    size_t len = 0;
    bool is_ascii = true;
    for (size_t at = 0; at < host.len;) {
        unsigned char c = (unsigned char)see_uri_octet(host, &at);
        if (c == '\0' || len == SEE_HOSTNAME_SIZE - 1) {
            return false;
        }
        is_ascii = is_ascii && c < 0x80;
        ret_name[len++] = see_ascii_lower((char)c);
    }
    ret_name[len] = '\0';
    return is_ascii || to_ascii(ret_name);
}

static bool has_forbidden(struct see_view name)
{
    for (size_t at = 0; at < name.len; at++) {
        unsigned char c = (unsigned char)name.ptr[at];
        if (c <= 0x20 || c >= 0x7F || see_view_find(FORBIDDEN, (char)c) < FORBIDDEN.len) {
            return true;
        }
    }
    return false;
}

/* Reads `part` as decimal, octal ("0...") or hexadecimal ("0x..."); what is above 2^32 stays so. */
static bool read_number(struct see_view part, uint64_t *ret_number)
{
    uint64_t number = 0;
    unsigned base = 10;
    if (part.len == 0) {
        return false;
    }
    if (see_view_starts_nocase(part, SEE_LITERAL("0x"))) {
        base = 16;
        part = see_view_cut(part, 2, part.len);
    } else if (part.len > 1 && part.ptr[0] == '0') {
        base = 8;
        part = see_view_cut(part, 1, part.len);
    }
    for (size_t at = 0; at < part.len; at++) {
        int digit = see_ascii_hex(part.ptr[at]);
        if (digit < 0 || (unsigned)digit >= base) {
            return false;
        }
        number = number > UINT32_MAX ? number : number * base + (unsigned)digit;
    }
    *ret_number = number;
    return true;
}

static bool is_all_digits(struct see_view part)
{
    size_t at = 0;
    while (at < part.len && see_ascii_is_digit(part.ptr[at])) {
        at++;
    }
    return part.len > 0 && at == part.len;
}

/* The name without the one dot that may end it. */
static struct see_view without_root(struct see_view name)
{
    bool has_root = name.len > 0 && name.ptr[name.len - 1] == '.';
    return see_view_cut(name, 0, name.len - (has_root ? 1 : 0));
}

/* Whether `name` can only be an IPv4 address: its last label is a number. */
static bool ends_in_number(struct see_view name)
{
    uint64_t number;
    name = without_root(name);
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '.') {
        at--;
    }
    struct see_view last = see_view_cut(name, at, name.len);
    return is_all_digits(last) || read_number(last, &number);
}

/* Of "a.b.c.d" each is an octet; the last of fewer parts stands for all octets that are left. */
static bool read_v4(struct see_view name, uint32_t *ret_v4)
{
    uint64_t v4 = 0;
    unsigned octets_left = 4;
    struct see_view rest = without_root(name);
    for (bool is_last = false; !is_last;) {
        uint64_t number;
        size_t dot = see_view_find(rest, '.');
        is_last = dot == rest.len;
        if (octets_left == 0 || !read_number(see_view_cut(rest, 0, dot), &number) ||
            number >> (8 * (is_last ? octets_left : 1)) != 0) {
            return false;
        }
        octets_left--;
        v4 |= is_last ? number : number << (8 * octets_left);
        rest = see_view_cut(rest, dot + 1, rest.len);
    }
    *ret_v4 = (uint32_t)v4;
    return true;
}

bool see_hostname_of(struct see_view host, char ret_name[SEE_HOSTNAME_SIZE])
{
    uint32_t v4 = 0;
    if (host.len > 0 && host.ptr[0] == '[') {
        return write_literal(host, ret_name);
    }
    if (!write_name(host, ret_name) || ret_name[0] == '\0' ||
        has_forbidden(see_view_of(ret_name))) {
        return false;
    }
    if (!ends_in_number(see_view_of(ret_name))) {
        return true;
    }
    if (!read_v4(see_view_of(ret_name), &v4)) {
        return false;
    }
    snprintf(ret_name, SEE_HOSTNAME_SIZE, "%u.%u.%u.%u", v4 >> 24, (v4 >> 16) & 255,
             (v4 >> 8) & 255, v4 & 255);
    return true;
}

/* Whether `host` has one spelling only, case aside: letters, digits and hyphens, and no number. */
static bool is_plain(struct see_view host)
{
    for (size_t at = 0; at < host.len; at++) {
        char c = host.ptr[at];
        if (!see_ascii_is_alpha(c) && !see_ascii_is_digit(c) && c != '-' && c != '.') {
            return false;
        }
    }
    return !ends_in_number(host);
}

bool see_hostname_same(struct see_view a, struct see_view b)
{
    char name_a[SEE_HOSTNAME_SIZE];
    char name_b[SEE_HOSTNAME_SIZE];
    a = without_root(a);
    b = without_root(b);
    if (see_view_eq_nocase(a, b) || (is_plain(a) && is_plain(b))) {
        return see_view_eq_nocase(a, b);
    }
    return see_hostname_of(a, name_a) && see_hostname_of(b, name_b) && strcmp(name_a, name_b) == 0;
}
