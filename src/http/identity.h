/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * identity - who asked for what: the effective request URI, and the client.
 *
 * The target URI as RFC 9110, 7.1 and RFC 9112, 3.3 put it together:
 *
 *     target               scheme     authority                    path and query
 *     http://a/p?q         its own    its own                      its own
 *     /p?q                 http       Host, else where it goes     the target
 *     * (OPTIONS)          http       Host, else where it goes     none: "http://a"
 *     a:443 (CONNECT)      http       the target                   none: "http://a:443"
 *
 * It goes to the authority that a proxy was asked for, by SOCKS or CONNECT, or
 * else to the server's address and port.  What a trusted proxy says of scheme and
 * host (see forwarded.h) goes before "http" and Host.
 *
 * Without the whole head a Host may be among what is missing: then authority
 * and URI stay absent, unless the target or a Host line that was seen names them.
 */
#ifndef SEE_HTTP_IDENTITY_H
#define SEE_HTTP_IDENTITY_H

#include "http/dialog.h"
#include "http/record.h"

/*
 * Fills in scheme, authority, uri and client of a request whose method, target and fields are set.
 * Fails with SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_identity_fill(struct see_record *record, struct see_dialog *dialog);

/* The client of a response whose request was not seen, as far as its connection tells. */
void see_identity_guess_client(struct see_record *record, const struct see_dialog *dialog);

#endif
