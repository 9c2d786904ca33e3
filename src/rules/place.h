/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * place - the scheme, host and port that a Location leads to.
 *
 * Told from the Location as it was sent, whether anybody followed or not.  Views
 * point into the response, or into the request where the Location is relative.
 */
#ifndef SEE_RULES_PLACE_H
#define SEE_RULES_PLACE_H

#include "core/text.h"
#include "pair/redirect.h"

struct see_place {
    struct see_view scheme; /* "http" or "https", as written */
    struct see_view host;
    unsigned port;    /* the scheme's where none is named */
    bool is_relative; /* the Location names no host: the request's own origin */
};

/*
 * Where the redirect leads.  As browsers do, "\" counts as "/" where an authority begins.  False
 * where that is not certain: no Location or several, no http or https, no host, a request that was
 * not seen.
 */
bool see_place_find(const struct see_redirect *redirect, struct see_place *ret_place);

/* The place is the origin of the request; its TCP port counts too where it names none. */
bool see_place_is_origin(const struct see_place *place, const struct see_exchange *exchange);

/* The place has the host of the request. */
bool see_place_is_host(const struct see_place *place, const struct see_exchange *exchange);

/* From http to https on the same host: nothing goes where it could not be trusted before. */
bool see_place_is_upgrade(const struct see_place *place, const struct see_exchange *exchange);

/* Appends "https://host:port", the port only where it is not the scheme's. */
void see_place_say(const struct see_place *place, struct see_text *out);

/* The origin of a request, with its TCP port where it names none. */
struct see_place see_place_of(const struct see_exchange *exchange);

#endif
