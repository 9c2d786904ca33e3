/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * marks - what an exchange has about it that a rule may ask about.
 *
 * The ordinary exchange has no mark, and no rule is asked.  Both header sections
 * are walked once, when the exchange is over.
 */
#ifndef SEE_RULES_MARKS_H
#define SEE_RULES_MARKS_H

#include "http/exchange.h"

enum see_mark {
    SEE_MARK_LOCATION = 1,    /* the response has a Location */
    SEE_MARK_REFRESH = 2,     /* ... a Refresh */
    SEE_MARK_HSTS = 4,        /* ... a Strict-Transport-Security */
    SEE_MARK_REFERER = 8,     /* the request has a Referer with "@" or "#" in it */
    SEE_MARK_POST = 16,       /* the method is POST, and the status 200 */
    SEE_MARK_ODD_STATUS = 32, /* a 3xx that no one should send */
    SEE_MARK_LINE_BREAK = 64, /* the target holds an encoded CR or LF */
    SEE_MARK_UNASKED = 128,   /* a response without a request, where a request held it */
};

#define SEE_MARKS_REMEMBERED 64

/*
 * Connections that lately had a request with a status line behind a LINE_BREAK, the oldest
 * overwritten; starts zeroed.
 */
struct see_marks_memory {
    uint64_t connections[SEE_MARKS_REMEMBERED];
    size_t next;
};

unsigned see_marks_of(struct see_marks_memory *memory, const struct see_exchange *exchange);

#endif
