/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * parcel - how parent and child write to each other: one datagram, and at most one descriptor.
 */
#ifndef SEE_CONTAIN_PARCEL_H
#define SEE_CONTAIN_PARCEL_H

#include <stddef.h>
#include <sys/types.h>

#include "core/status.h"

/*
 * Sends `len` octets, those of `path` behind them unless it is NULL, and `fd` with them unless it
 * is negative.  -1 with errno.
 */
SEE_MUST_CHECK int see_parcel_send(int socket, const void *octets, size_t len, const char *path,
                                   int fd);

/* Waits for one of at most `size` octets; its length, and `ret_fd`, which is -1 when there is none.
 * -1 with errno.
 */
SEE_MUST_CHECK ssize_t see_parcel_receive(int socket, void *octets, size_t size, int *ret_fd);

#endif
