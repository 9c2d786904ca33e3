/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * visible - whether a follow-up would have been seen from where the capture was taken.
 */
#include "core/uri.h"
#include "pair/waiting.h"
#include "pair/weigh.h"

static struct see_view scheme_of_target(const struct waiting *waiting)
{
    return see_uri_split(waiting->record.target_uri).scheme;
}

uint64_t pair_hash_authority(struct see_pair *pair, struct see_view uri)
{
    return see_hash_text(&pair->weights, &pair->key, uri.ptr, see_uri_origin_len(uri));
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

void pair_missed_init(struct missed *missed)
{
    for (size_t i = 0; i < PAIR_MISSED_KINDS; i++) {
        missed->last[i] = INT64_MIN;
    }
}

static uint64_t hash_peer(const struct see_pair *pair, const struct see_connection *connection,
                          unsigned end)
{
    const struct see_address *address = &connection->ends[end].address;
    uint64_t words[2] = {see_hash(&pair->key, address, sizeof(*address)),
                         see_network_id(connection->network)};
    return see_hash(&pair->key, words, sizeof(words));
}

int pair_note_proxy(struct see_pair *pair, const struct see_exchange *exchange)
{
    if (!exchange->is_from_proxy) {
        return SEE_OK;
    }
    return see_history_note(&pair->proxies,
                            hash_peer(pair, exchange->connection, exchange->client_end),
                            exchange->request.first.time_ns);
}

static void remember(struct missed *missed, enum pair_missed kind, see_time_ns time)
{
    missed->last[kind] = time > missed->last[kind] ? time : missed->last[kind];
}

void pair_note_missed(struct see_pair *pair, const struct see_connection *connection, unsigned end,
                      enum pair_missed kind, see_time_ns time)
{
    char name[SEE_ADDRESS_TEXT];
    see_address_format(&connection->ends[end].address, name);
    struct client *client =
        pair_client_find(pair, see_view_of(name), see_network_id(connection->network));
    if (client != NULL) {
        remember(&client->missed, kind, time);
    }
    if (see_history_has(&pair->proxies, hash_peer(pair, connection, end)) ||
        !see_history_is_whole(&pair->proxies)) {
        remember(&pair->missed_by_proxies, kind, time);
    }
}

static bool was_missed_since(const struct see_pair *pair, const struct waiting *waiting,
                             enum pair_missed kind, see_time_ns since)
{
    return waiting->client->missed.last[kind] >= since ||
           (waiting->exchange->is_from_proxy && pair->missed_by_proxies.last[kind] >= since);
}

/* Whether something of the client was missed while the redirect waited. */
static bool was_missed(const struct see_pair *pair, const struct waiting *waiting,
                       enum pair_missed kind)
{
    return was_missed_since(pair, waiting, kind, waiting->exchange->response.head_end.time_ns);
}

/* Another redirect of so long before may be the one that was followed. */
#define BEFORE_NS (1 * SEE_NS_PER_S)

bool pair_was_missed(const struct see_pair *pair, const struct waiting *waiting)
{
    return was_missed(pair, waiting, PAIR_MISSED_LOST) ||
           was_missed(pair, waiting, PAIR_MISSED_UNREAD) ||
           was_missed_since(pair, waiting, PAIR_MISSED_ANSWER,
                            waiting->exchange->response.head_end.time_ns - BEFORE_NS);
}

bool pair_has_lost(const struct see_pair *pair, see_time_ns from, see_time_ns to)
{
    return pair->lost_from <= to && pair->lost_to >= from;
}

/* Why a follow-up might have been missed; NULL when it would have been seen. */
const char *pair_hidden_otherwise(struct see_pair *pair, const struct waiting *waiting)
{
    if (waiting->targets.count == 0) {
        return "the Location is relative, and the request was not seen";
    }
    if (waiting->exchange->is_from_proxy && !waiting->exchange->request.is_seen) {
        return "the request was not seen, and a proxy's connection may be any client's";
    }
    if (waiting->came_late) {
        return "the redirect came long after its time, and what followed it may have gone by";
    }
    if (!waiting->exchange->request.is_seen) {
        return "the request was not seen, and neither may be what follows";
    }
    if (pair_field(&waiting->exchange->request, "X-Forwarded-Prefix").ptr != NULL) {
        return "a proxy takes a prefix off the path, which the Location may have";
    }
    if (was_missed(pair, waiting, PAIR_MISSED_LOST)) {
        return "packets of the client were lost in the window";
    }
    if (was_missed(pair, waiting, PAIR_MISSED_UNREAD)) {
        return "a request of the client in the window could not be read";
    }
    if (pair_has_lost(pair, waiting->exchange->response.head_end.time_ns, INT64_MAX)) {
        return "the kernel dropped packets in the window";
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
