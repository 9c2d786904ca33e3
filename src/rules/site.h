/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * site - which hosts belong to one site: those under one registrable domain.
 *
 * The registrable domain is a public suffix and one label more ("shop.co.uk"); a
 * cookie with a Domain attribute reaches no further (RFC 6265, 5.3, item 5).  The
 * suffixes come from the public suffix list that the system keeps.
 */
#ifndef SEE_RULES_SITE_H
#define SEE_RULES_SITE_H

#include <stdbool.h>

#include "core/view.h"

struct see_sites;

/* Reads the list.  NULL when there is none to be had: then all hosts count as one site. */
struct see_sites *see_sites_new(void);

/*
 * Whether two hosts (without port; IPv6 in brackets) are of one site.  An address is a site of its
 * own.  Without a list (NULL), or where a host is none, the answer is the one that accuses nobody:
 * true.
 */
bool see_sites_same(const struct see_sites *sites, struct see_view a, struct see_view b);

/* Whether the host is an IP address, in brackets or dotted. */
bool see_site_is_address(struct see_view host);

void see_sites_free(struct see_sites *sites); /* takes NULL */

#endif
