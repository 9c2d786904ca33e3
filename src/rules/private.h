/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * private - addresses that are not of the public Internet (RFC 1918, 4193, 6598, 6890).
 */
#ifndef SEE_RULES_PRIVATE_H
#define SEE_RULES_PRIVATE_H

#include "core/address.h"
#include "core/view.h"

/* "private", "loopback" or "link-local"; NULL for a public address. */
const char *see_private_address(const struct see_address *address);

/* The same for a host that is such an address, in any of its spellings, or localhost; else NULL. */
const char *see_private_host(struct see_view host);

#endif
