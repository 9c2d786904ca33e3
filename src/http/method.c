/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/method.h"

static const char *const known[] = {
    /* RFC 9110, 9.3; RFC 5789. */
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "DELETE",
    "CONNECT",
    "PATCH",
    "TRACE",
    /* RFC 7237, 3, and what was registered later. */
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
    /* UPnP; caches; Exchange; RPC over HTTP; BITS; configuration managers; Icecast. */
    "M-SEARCH",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "BAN",
    "PURGE",
    "BCOPY",
    "BDELETE",
    "BMOVE",
    "BPROPFIND",
    "BPROPPATCH",
    "POLL",
    "RPC_IN_DATA",
    "RPC_OUT_DATA",
    "BITS_POST",
    "CCM_POST",
    "SOURCE",
};

bool see_method_is_known(struct see_view method)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (see_view_eq(method, see_view_of(known[i]))) {
            return true;
        }
    }
    return false;
}
