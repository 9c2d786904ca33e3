/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/private.h"

#include <arpa/inet.h>
#include <string.h>

#include "pair/hostname.h"

static const char *kind_of_v4(const uint8_t *octets)
{
    if (octets[0] == 127 || octets[0] == 0) {
        return "loopback";
    }
    if (octets[0] == 169 && octets[1] == 254) {
        return "link-local";
    }
    bool is_private = octets[0] == 10 || (octets[0] == 172 && (octets[1] & 0xF0) == 16) ||
                      (octets[0] == 192 && octets[1] == 168) ||
                      (octets[0] == 100 && (octets[1] & 0xC0) == 64);
    return is_private ? "private" : NULL;
}

static const char *kind_of_v6(const uint8_t *octets)
{
    static const uint8_t loopback[16] = {[15] = 1};
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    if (memcmp(octets, loopback, sizeof(loopback)) == 0) {
        return "loopback";
    }
    if (memcmp(octets, mapped, sizeof(mapped)) == 0) {
        return kind_of_v4(octets + sizeof(mapped));
    }
    if (octets[0] == 0xFE && (octets[1] & 0xC0) == 0x80) {
        return "link-local";
    }
    return (octets[0] & 0xFE) == 0xFC ? "private" : NULL;
}

const char *see_private_address(const struct see_address *address)
{
    return address->family == 6 ? kind_of_v6(address->octets) : kind_of_v4(address->octets);
}

static bool is_localhost(struct see_view host)
{
    const struct see_view name = SEE_LITERAL("localhost");
    if (host.len > 0 && host.ptr[host.len - 1] == '.') {
        host.len--;
    }
    if (host.len < name.len) {
        return false;
    }
    size_t at = host.len - name.len;
    return see_view_eq(see_view_cut(host, at, host.len), name) &&
           (at == 0 || host.ptr[at - 1] == '.');
}

const char *see_private_host(struct see_view host)
{
    char name[SEE_HOSTNAME_SIZE];
    uint8_t octets[16];
    if (!see_hostname_of(host, name)) {
        return NULL;
    }
    if (is_localhost(see_view_of(name))) {
        return "loopback";
    }
    size_t len = strlen(name);
    if (name[0] == '[') {
        name[len - 1] = '\0';
        return inet_pton(AF_INET6, name + 1, octets) == 1 ? kind_of_v6(octets) : NULL;
    }
    return inet_pton(AF_INET, name, octets) == 1 ? kind_of_v4(octets) : NULL;
}
