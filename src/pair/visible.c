/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * visible - whether a follow-up would have been seen from where the capture was taken.
 */
#include "core/uri.h"
#include "pair/waiting.h"

static struct see_view scheme_of_target(const struct waiting *waiting)
{
    return see_uri_split(waiting->record.target_uri).scheme;
}

uint64_t pair_hash_authority(struct see_pair *pair, struct see_view uri)
{
    struct see_uri parts = see_uri_split(uri);
    size_t end = parts.authority.ptr != NULL
                     ? (size_t)(parts.authority.ptr + parts.authority.len - uri.ptr)
                     : 0;
    return see_hash(&pair->key, uri.ptr, end);
}

static bool is_authority_seen(struct see_pair *pair, struct see_view uri)
{
    return see_history_has(&pair->authorities, pair_hash_authority(pair, uri));
}

/* Why a follow-up could not be seen because of its scheme; NULL when it could. */
const char *pair_hidden_by_scheme(struct see_pair *pair, const struct waiting *waiting)
{
    if (waiting->targets.count == 0) {
        return NULL;
    }
    struct see_view scheme = scheme_of_target(waiting);
    if (see_view_eq(scheme, SEE_LITERAL("http"))) {
        return NULL;
    }
    if (!see_view_eq(scheme, SEE_LITERAL("https"))) {
        return "the target is neither http nor https";
    }
    return is_authority_seen(pair, waiting->record.target_uri)
               ? NULL
               : "the target is https, and cannot be read here";
}

/* Why a follow-up might have been missed; NULL when it would have been seen. */
const char *pair_hidden_otherwise(struct see_pair *pair, const struct waiting *waiting)
{
    if (waiting->targets.count == 0) {
        return "the Location is relative, and the request was not seen";
    }
    if (waiting->client->last_gap >= waiting->exchange->response.head_end.time_ns) {
        return "packets of the client were lost in the window";
    }
    for (size_t i = 0; i < waiting->targets.count; i++) {
        if (is_authority_seen(pair, waiting->targets.list[i].uri)) {
            return NULL;
        }
    }
    return see_history_is_whole(&pair->authorities)
               ? "no request to the target's authority is seen in this capture"
               : "too many authorities to know whether the target's is seen in this capture";
}
