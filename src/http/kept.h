/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kept - the first octets of the content that a rule may look into.
 *
 * Of a redirect's content, for it ought to hold a note with a link (RFC 9110,
 * 15.4.4), and of a request's that is a form or like one, for it may hold
 * credentials.  They live and die with the exchange, `kept_content` octets a
 * message at most, and go no further than that.
 */
#ifndef SEE_HTTP_KEPT_H
#define SEE_HTTP_KEPT_H

#include "http/room.h"

/* Where the next octets of a message's content go. */
struct see_kept {
    struct see_message *message; /* NULL: this content is not kept */
    char *next;
    size_t room;
};

/* Content of `len` octets begins (UINT64_MAX: who knows); `record` owns the message. */
SEE_MUST_CHECK int see_kept_begin(struct see_kept *kept, const struct see_http *http,
                                  struct see_record *record, struct see_message *message,
                                  uint64_t len);

void see_kept_add(struct see_kept *kept, struct see_http *http, struct see_view octets);

/* Octets are missing: what comes behind them is not kept. */
void see_kept_miss(struct see_kept *kept);

/* No more comes; whether that is all of it. */
void see_kept_end(struct see_kept *kept, bool is_complete);

#endif
