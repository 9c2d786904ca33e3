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

void see_address_format(const struct see_address *address, char text[SEE_ADDRESS_TEXT])
{
    text[0] = '\0';
    if (address->family != 0) {
        inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->octets, text,
                  SEE_ADDRESS_TEXT);
    }
}
