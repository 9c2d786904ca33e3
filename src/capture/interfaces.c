/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * interfaces - what can be captured on.
 */
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>

#include "capture/capture.h"

#define ADDRESSES_MAX 16

static bool read_address(const struct sockaddr *from, struct see_address *ret_address)
{
    if (from == NULL) {
        return false;
    }
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)from;
        *ret_address = see_address_v4((const uint8_t *)&v4->sin_addr);
        return true;
    }
    if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)from;
        *ret_address = see_address_v6((const uint8_t *)&v6->sin6_addr);
        return true;
    }
    return false;
}

static struct see_capture_interface describe(const pcap_if_t *from, struct see_address *addresses)
{
    struct see_capture_interface one = {
        .name = from->name,
        .description = from->description,
        .is_up = (from->flags & PCAP_IF_UP) != 0,
        .is_running = (from->flags & PCAP_IF_RUNNING) != 0,
        .is_loopback = (from->flags & PCAP_IF_LOOPBACK) != 0,
        .addresses = addresses,
    };
    for (const pcap_addr_t *at = from->addresses; at != NULL; at = at->next) {
        if (one.address_count < ADDRESSES_MAX &&
            read_address(at->addr, &addresses[one.address_count])) {
            one.address_count++;
        }
    }
    return one;
}

int see_capture_interfaces(int (*each)(void *ctx, const struct see_capture_interface *one),
                           void *ctx, char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE];
    pcap_if_t *list;
    if (pcap_findalldevs(&list, reason) != 0) {
        snprintf(error, error_size, "%s", reason);
        return SEE_EIO;
    }
    int status = SEE_OK;
    for (const pcap_if_t *at = list; at != NULL && status == SEE_OK; at = at->next) {
        struct see_address addresses[ADDRESSES_MAX];
        struct see_capture_interface one = describe(at, addresses);
        status = each(ctx, &one);
    }
    pcap_freealldevs(list);
    return status;
}
