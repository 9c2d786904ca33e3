/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * handshake - what goes before the HTTP of a connection that a proxy relays.
 *
 * SOCKS version 4 and 4a, SOCKS version 5 (RFC 1928) with or without a password
 * (RFC 1929), CONNECT only; and the PROXY protocol's header, versions 1 and 2.
 *
 *     client   greeting  [password]  request         what it relays
 *     proxy    method    [status]    reply           what it relays
 *
 * Each direction is read by itself, as pure functions of its octets: either may
 * be missing from the capture.  Strict, since many protocols begin with such
 * octets: reserved ones, lengths and codes have to be right.
 */
#ifndef SEE_HTTP_HANDSHAKE_H
#define SEE_HTTP_HANDSHAKE_H

#include "core/address.h"
#include "core/view.h"

/* What one direction says. */
enum see_handshake_kind {
    SEE_HANDSHAKE_NONE, /* nothing of the kind, or it is not known yet */
    SEE_HANDSHAKE_PROXY_HEADER,
    SEE_HANDSHAKE_SOCKS4_CLIENT,
    SEE_HANDSHAKE_SOCKS4_PROXY,
    SEE_HANDSHAKE_SOCKS5_CLIENT,
    SEE_HANDSHAKE_SOCKS5_PROXY,
};

enum see_handshake_result {
    SEE_HANDSHAKE_MORE,    /* as far as it goes it is one; `len` octets are needed to go on */
    SEE_HANDSHAKE_DONE,    /* the first `len` octets are one */
    SEE_HANDSHAKE_REFUSED, /* likewise, and the proxy does not relay */
    SEE_HANDSHAKE_OTHER,   /* it is none */
};

/* From and to where a PROXY header says that its connection goes; family 0: it does not say. */
struct see_proxy_header {
    struct see_endpoint source, destination;
};

struct see_handshake {
    enum see_handshake_kind kind; /* known once the first message of the direction is whole */
    size_t len;
    struct see_view host;            /* a name that the client asks for, absent when it is */
    struct see_endpoint destination; /* an address instead; the port is that of both */
    struct see_proxy_header header;  /* of a PROXY header */
};

/*
 * Whether a handshake may begin with this octet.  A PROXY header shows what it is; SOCKS is
 * believed only where the connection, or what it relays, is known to begin.
 */
bool see_handshake_may_begin(char octet, bool is_beginning);

/*
 * What `octets`, the first of a direction, are; `other` is what the other direction is known to
 * say.  Never asks for more octets than the handshake has, nor for more than 4112.
 */
enum see_handshake_result see_handshake_read(struct see_view octets, enum see_handshake_kind other,
                                             struct see_handshake *ret_handshake);

/* Whether this is a side of SOCKS, and the client's. */
bool see_handshake_is_socks(enum see_handshake_kind kind);
bool see_handshake_is_client(enum see_handshake_kind kind);

#endif
