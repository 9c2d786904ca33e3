/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * note - the short text with a link that a redirect ought to carry (RFC 9110, 15.4.4).
 */
#ifndef SEE_RULES_NOTE_H
#define SEE_RULES_NOTE_H

#include "rules/rule.h"

enum see_note {
    SEE_NOTE_PRESENT, /* the content holds the Location, or the target in another form */
    SEE_NOTE_MISSING, /* it was wholly seen, and does not; or there is none */
    SEE_NOTE_UNKNOWN, /* not all of it was seen, kept or could be decoded */
};

/* Ask when the response is over.  The verdict's scratch is used; memory that ran out is told there.
 */
enum see_note see_note_find(const struct see_redirect *redirect, struct see_verdict *verdict);

#endif
