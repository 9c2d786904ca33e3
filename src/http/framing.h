/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * framing - where the content of a message ends, told from its fields alone.
 *
 * RFC 9112, 6.3, in its order: a transfer coding overrides any length (item 3);
 * a request whose last coding is not chunked has no end (4), nor has a message
 * with a length that is no number, or with several that differ (5): a receiver
 * closes the connection, and nobody can tell what follows.  Each is recorded.
 */
#ifndef SEE_HTTP_FRAMING_H
#define SEE_HTTP_FRAMING_H

#include "http/parser.h"

/* Whether `name` is that of a field that frames content. */
bool see_framing_is_field(struct see_view name);

/* Fills in what `head` says of its content from its fields, and adds to its leniency. */
void see_framing_read(struct see_head *head, bool is_request);

#endif
