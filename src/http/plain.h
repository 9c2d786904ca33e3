/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plain - reads a head that is as nearly all are, line by line instead of octet by octet.
 *
 * A shortcut and nothing else: what it takes llhttp takes too, with the same fields
 * and the same framing, and about whatever it does not know it is silent.  Lines
 * end in CR LF, values are printable ASCII, and how the content is framed is said
 * once, or not at all.
 */
#ifndef SEE_HTTP_PLAIN_H
#define SEE_HTTP_PLAIN_H

#include "http/parser.h"

/*
 * As see_head_parse for a head whose end was seen.  `*ret_is_plain` is false, and `ret_head`
 * untouched, when it has to be read in full.  Fails with SEE_ENOMEM only.
 */
SEE_MUST_CHECK int see_head_parse_plainly(struct see_view octets, enum see_sniff kind,
                                          struct see_head *ret_head, bool *ret_is_plain);

#endif
