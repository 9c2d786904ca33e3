/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unstored - the tool without its database's rows, whose cost would hide that of all else.
 *
 * Linked in with --wrap: the store takes what it is given and does nothing.
 */
#include "store/store.h"

int __wrap_see_store_connection(struct see_store *store, const struct see_connection *connection);
int __wrap_see_store_exchange(struct see_store *store, const struct see_exchange *exchange);
int __wrap_see_store_redirect(struct see_store *store, const struct see_redirect *redirect);
int __wrap_see_store_finding(struct see_store *store, const struct see_finding *finding);

int __wrap_see_store_connection(struct see_store *store, const struct see_connection *connection)
{
    (void)store;
    (void)connection;
    return SEE_OK;
}

int __wrap_see_store_exchange(struct see_store *store, const struct see_exchange *exchange)
{
    (void)store;
    (void)exchange;
    return SEE_OK;
}

int __wrap_see_store_redirect(struct see_store *store, const struct see_redirect *redirect)
{
    (void)store;
    (void)redirect;
    return SEE_OK;
}

int __wrap_see_store_finding(struct see_store *store, const struct see_finding *finding)
{
    (void)store;
    (void)finding;
    return SEE_OK;
}
