/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * exchanges - rows of `exchanges` and of the `connections` that they used.
 */
#ifndef SEE_STORE_EXCHANGES_H
#define SEE_STORE_EXCHANGES_H

#include "store/state.h"

/* Writes what is known of an exchange now; its end, if it is still to come, updates the row. */
SEE_MUST_CHECK int see_exchanges_touch(struct see_store *store,
                                       const struct see_exchange *exchange);

/* The first frame of the request, or of the response where the request was not seen. */
struct see_stamp see_exchanges_first(const struct see_exchange *exchange);

#endif
