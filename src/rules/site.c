/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/site.h"

#include <libpsl.h>
#include <string.h>

#include "pair/hostname.h"

/* A psl_ctx_t under our name. */
struct see_sites *see_sites_new(void)
{
    /* The newer one of the system's list and the one that is built into the library. */
    return (struct see_sites *)psl_latest(NULL);
}

void see_sites_free(struct see_sites *sites)
{
    psl_free((psl_ctx_t *)sites);
}

bool see_site_is_address(struct see_view host)
{
    if (host.len == 0 || host.ptr[0] == '[') {
        return host.len > 0;
    }
    for (size_t i = 0; i < host.len; i++) {
        if (!see_ascii_is_digit(host.ptr[i]) && host.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

static struct see_view without_dot(struct see_view host)
{
    bool has_dot = host.len > 0 && host.ptr[host.len - 1] == '.';
    return see_view_cut(host, 0, host.len - has_dot);
}

bool see_sites_same(const struct see_sites *sites, struct see_view a, struct see_view b)
{
    char first[SEE_HOSTNAME_SIZE], second[SEE_HOSTNAME_SIZE];
    a = without_dot(a);
    b = without_dot(b);
    if (sites == NULL || see_hostname_same(a, b) || !see_hostname_of(a, first) ||
        !see_hostname_of(b, second)) {
        return true;
    }
    if (see_site_is_address(see_view_of(first)) || see_site_is_address(see_view_of(second))) {
        return false;
    }
    const psl_ctx_t *list = (const psl_ctx_t *)sites;
    const char *one = psl_registrable_domain(list, first);
    const char *other = psl_registrable_domain(list, second);
    /* A public suffix has no registrable domain, and shares its cookies with nobody. */
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}
