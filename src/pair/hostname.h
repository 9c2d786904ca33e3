/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hostname - the host that a browser asks, of the one that a URL names (URL Standard, 3.5).
 */
#ifndef SEE_PAIR_HOSTNAME_H
#define SEE_PAIR_HOSTNAME_H

#include <stdbool.h>

#include "core/view.h"

/* 253 characters of up to four octets (RFC 1035, 2.3.4), the root's dot, and a NUL. */
#define SEE_HOSTNAME_SIZE 1014

/*
 * Writes `host`, without port, in its one spelling: triplets decoded, letters of ASCII small,
 * other names in their A-label form (UTS 46), IPv4 addresses as four decimal numbers however they
 * were written ("0x7f.1"), and IPv6 literals as RFC 5952 has them, in brackets.
 * False when a browser would refuse it, or memory ran out.
 */
bool see_hostname_of(struct see_view host, char ret_name[SEE_HOSTNAME_SIZE]);

/* Both are spellings of one host, with the root's dot or without. */
bool see_hostname_same(struct see_view a, struct see_view b);

#endif
