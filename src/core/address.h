/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * address - an IPv4 or IPv6 address, and an address with a port.
 *
 * Unused octets are zero, so that two equal addresses are equal in memory.
 */
#ifndef SEE_CORE_ADDRESS_H
#define SEE_CORE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/view.h"

struct see_address {
    uint8_t octets[16]; /* network order; IPv4 in the first four */
    uint8_t family;     /* 4, 6, or 0: none */
};

struct see_endpoint {
    struct see_address address;
    uint16_t port;
};

/* Room for `see_address_format`, NUL included. */
#define SEE_ADDRESS_TEXT 46

struct see_address see_address_v4(const uint8_t octets[4]);
struct see_address see_address_v6(const uint8_t octets[16]);
bool see_address_eq(const struct see_address *a, const struct see_address *b);

/* An IPv4 address that is mapped into IPv6 (RFC 4291, 2.5.5.2) as what it is; others unchanged. */
struct see_address see_address_unmap(const struct see_address *address);

/*
 * Reads "192.0.2.1" or "2001:db8::1" and nothing else but a zone behind the latter ("%eth0", RFC
 * 4007, 11), which is dropped.  Mapped addresses come out as IPv4.  False when it is none.
 */
bool see_address_parse(struct see_view text, struct see_address *ret_address);

/* Writes the usual text form (RFC 5952 for IPv6), without brackets; its length. */
size_t see_address_format(const struct see_address *address, char text[SEE_ADDRESS_TEXT]);

/* The addresses that begin with the same `bits` (RFC 4632, 3.1; RFC 4291, 2.3). */
struct see_cidr {
    struct see_address address; /* the bits behind the prefix are zero */
    uint8_t bits;
};

/* Reads "10.0.0.0/8" or "2001:db8::/32"; a lone address stands for itself.  False when it is none.
 */
bool see_cidr_parse(struct see_view text, struct see_cidr *ret_cidr);

bool see_cidr_has(const struct see_cidr *cidr, const struct see_address *address);

#endif
