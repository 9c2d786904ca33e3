/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * method - the methods that are known, for where octets may be missing before one.
 *
 * Any token is a method (RFC 9110, 9.1).  But where it is not certain that its
 * first octet was seen, `OST` is what is left of POST, and `MGET` a GET behind an
 * octet that keeps a connection alive.
 */
#ifndef SEE_HTTP_METHOD_H
#define SEE_HTTP_METHOD_H

#include "core/view.h"

/* Whether `method` is registered (RFC 9110, 16.1), or widely used all the same. */
bool see_method_is_known(struct see_view method);

#endif
