/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unescape - percent-encoding undone, once for each call (RFC 3986, 2.1).
 *
 * What is no triplet stays as it is.  Never longer than what went in.
 */
#ifndef SEE_RULES_UNESCAPE_H
#define SEE_RULES_UNESCAPE_H

#include "core/text.h"

/* Undoes one layer in place. */
void see_unescape(struct see_text *text);

/* Puts ASCII letters in lower case, in place. */
void see_lower(struct see_text *text);

#endif
