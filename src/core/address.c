/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/address.h"

#include <arpa/inet.h>
#include <string.h>

struct see_address see_address_v4(const uint8_t octets[4])
{
    struct see_address address = {.family = 4};
    memcpy(address.octets, octets, 4);
    return address;
}

struct see_address see_address_v6(const uint8_t octets[16])
{
    struct see_address address = {.family = 6};
    memcpy(address.octets, octets, 16);
    return address;
}

bool see_address_eq(const struct see_address *a, const struct see_address *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Each exchange names its client so; what inet_ntop does comes down to sprintf. */
static size_t format_v4(const uint8_t octets[4], char *text)
{
    const char *begin = text;
    for (size_t i = 0; i < 4; i++) {
        unsigned octet = octets[i];
        if (octet >= 100) {
            *text++ = (char)('0' + octet / 100);
        }
        if (octet >= 10) {
            *text++ = (char)('0' + octet / 10 % 10);
        }
        *text++ = (char)('0' + octet % 10);
        *text++ = i < 3 ? '.' : '\0';
    }
    return (size_t)(text - begin) - 1;
}

size_t see_address_format(const struct see_address *address, char text[SEE_ADDRESS_TEXT])
{
    text[0] = '\0';
    if (address->family == 4) {
        return format_v4(address->octets, text);
    }
    if (address->family == 6) {
        inet_ntop(AF_INET6, address->octets, text, SEE_ADDRESS_TEXT);
    }
    return strlen(text);
}

struct see_address see_address_unmap(const struct see_address *address)
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    bool is_mapped = address->family == 6 && memcmp(address->octets, mapped, sizeof(mapped)) == 0;
    return is_mapped ? see_address_v4(address->octets + 12) : *address;
}

bool see_address_parse(struct see_view text, struct see_address *ret_address)
{
    uint8_t octets[16];
    char copy[SEE_ADDRESS_TEXT];
    bool is_ipv6 = see_view_find(text, ':') < text.len;
    size_t zone = see_view_find(text, '%');
    if (zone < text.len && (!is_ipv6 || zone + 1 == text.len)) {
        return false;
    }
    /* inet_pton would stop at a NUL, and call what stands before it an address. */
    if (zone == 0 || zone >= sizeof(copy) || see_view_find(text, '\0') < text.len) {
        return false;
    }
    memcpy(copy, text.ptr, zone);
    copy[zone] = '\0';
    if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, copy, octets) != 1) {
        return false;
    }
    struct see_address address = is_ipv6 ? see_address_v6(octets) : see_address_v4(octets);
    *ret_address = see_address_unmap(&address);
    return true;
}

static unsigned width_of(const struct see_address *address)
{
    return address->family == 4 ? 32 : 128;
}

/* The first `bits` of an address, the others zero. */
static struct see_address prefix_of(const struct see_address *address, unsigned bits)
{
    struct see_address prefix = {.family = address->family};
    memcpy(prefix.octets, address->octets, bits / 8);
    if (bits % 8 > 0) {
        prefix.octets[bits / 8] = address->octets[bits / 8] & (uint8_t)(0xFF00u >> (bits % 8));
    }
    return prefix;
}

/* One to three digits. */
static bool parse_bits(struct see_view text, unsigned *ret_bits)
{
    unsigned bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!see_ascii_is_digit(text.ptr[i])) {
            return false;
        }
        bits = bits * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *ret_bits = bits;
    return text.len >= 1 && text.len <= 3;
}

bool see_cidr_parse(struct see_view text, struct see_cidr *ret_cidr)
{
    size_t slash = see_view_find(text, '/');
    struct see_view digits = see_view_cut(text, slash + 1, text.len);
    struct see_address address;
    unsigned bits;
    if (!see_address_parse(see_view_cut(text, 0, slash), &address)) {
        return false;
    }
    bits = width_of(&address);
    if (slash < text.len) {
        if (!parse_bits(digits, &bits)) {
            return false;
        }
        bool is_mapped = address.family == 4 && see_view_find(text, ':') < slash;
        /* Of a mapped address the prefix counts from the start of the IPv6 one. */
        bits = is_mapped && bits >= 96 ? bits - 96 : is_mapped ? UINT8_MAX : bits;
    }
    if (bits > width_of(&address)) {
        return false;
    }
    *ret_cidr = (struct see_cidr){prefix_of(&address, bits), (uint8_t)bits};
    return true;
}

bool see_cidr_has(const struct see_cidr *cidr, const struct see_address *address)
{
    struct see_address plain = see_address_unmap(address);
    if (plain.family != cidr->address.family) {
        return false;
    }
    struct see_address prefix = prefix_of(&plain, cidr->bits);
    return see_address_eq(&prefix, &cidr->address);
}
