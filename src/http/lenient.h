/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lenient - reads a head that llhttp refuses, and says what it had to forgive.
 *
 * Its lenient flags would not do: no flag has it take a bare LF behind a
 * request-line, a blank before a colon or a Content-Length twice, and one flag
 * forgives several things, so that a record of it would not be exact.
 */
#ifndef SEE_HTTP_LENIENT_H
#define SEE_HTTP_LENIENT_H

#include "http/parser.h"

/*
 * As see_head_parse, without llhttp.  Of a head that llhttp takes as it stands, it gives the same
 * fields and framing, and no leniency.  Not sound is a head in which a Host, Location or framing
 * field may stand that cannot be read, in which another start-line stands, or of which no line is a
 * field.
 */
SEE_MUST_CHECK int see_head_parse_leniently(struct see_view octets, enum see_sniff kind,
                                            struct see_head *ret_head);

#endif
