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

/* Writes the usual text form (RFC 5952 for IPv6), without brackets. */
void see_address_format(const struct see_address *address, char text[SEE_ADDRESS_TEXT]);

#endif
