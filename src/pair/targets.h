/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * targets - the set of URIs that a Location can send a client to.
 *
 * Clients agree on plain Locations only, so the set is ordered: T0 is what RFC
 * 3986 says, T1 what the WHATWG URL standard does, T2 what is equal after
 * normalisation, T3 repairs seen in the wild.  A request matches the lowest tier
 * that holds its URI.
 */
#ifndef SEE_PAIR_TARGETS_H
#define SEE_PAIR_TARGETS_H

#include "core/status.h"
#include "core/text.h"
#include "core/view.h"

enum see_tier { SEE_T0, SEE_T1, SEE_T2, SEE_T3 };

struct see_target {
    struct see_view uri; /* absolute, in the form of `see_uri_promise`, no userinfo, no fragment */
    struct see_view normal; /* the same in the form of `see_uri_normal` */
    enum see_tier tier;     /* SEE_T0, SEE_T1 or SEE_T3: T2 is found when comparing */
    const char *repair;     /* T3: what was mended, e.g. "cut at a space"; else NULL */
};

#define SEE_TARGETS_MAX 16

/* Octets of base and Location together up to which repairs are thought of: a bound on memory. */
#define SEE_TARGETS_REPAIR_MAX 8192

struct see_targets {
    size_t count;         /* 0: nothing a client can resolve */
    bool is_plain;        /* the Location is one line, and plain: `see_uri_resolve_plain` */
    struct see_text text; /* holds the URIs */
    struct see_target
        list[SEE_TARGETS_MAX]; /* in order of tier, no URI twice; past `count` unset */
};

/*
 * Userinfo is left out, since it never comes back in a request's URI; so is an http or https URI
 * without a host, which nobody can request: "http:/host/p" has no T0.  Of Location lines that
 * differ, each is a T3: no standard says which one counts.
 *
 * Fills `ret_targets` from the Location lines (the values as sent; `count` >= 1) of a response to a
 * request for `base`, an absolute URI, or absent when the request was not seen (only absolute
 * Locations are then resolved).  SEE_ENOMEM leaves it empty.
 */
SEE_MUST_CHECK int see_targets_init(struct see_targets *ret_targets, struct see_view base,
                                    const struct see_view *locations, size_t count);

void see_targets_finish(struct see_targets *targets);

/*
 * The first target that `uri` matches, or NULL; `ret_tier` gets SEE_T2 when they are equal only
 * after normalisation.  `scratch` is overwritten, and broken when memory ran out.
 */
const struct see_target *see_targets_match(const struct see_targets *targets, struct see_view uri,
                                           struct see_text *scratch, enum see_tier *ret_tier);

#endif
