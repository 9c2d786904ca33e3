/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * captures - what a run writes before it reads anything.
 */
#ifndef SEE_STORE_CAPTURES_H
#define SEE_STORE_CAPTURES_H

#include "store/state.h"

/* Fills the table of rules with what this program checks. */
SEE_MUST_CHECK int see_captures_rules(struct see_store *store);

/* Captures of killed programs become `interrupted`: nobody but us writes now. */
SEE_MUST_CHECK int see_captures_orphans(struct see_store *store);

#endif
