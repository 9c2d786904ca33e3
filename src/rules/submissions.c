/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/submissions.h"

#include <stdlib.h>
#include <string.h>

#include "core/uri.h"
#include "rules/check.h"

/* One client with submissions that are remembered. */
struct submitter {
    struct see_map_node node;
    TAILQ_HEAD(, submission) in_order;
    size_t count;
};

struct submission {
    struct see_submission known;
    struct see_map_node by_content, by_exchange;
    struct submitter *client;
    TAILQ_ENTRY(submission) in_order, of_client;
};

void see_submissions_init(struct see_submissions *submissions, const struct see_limits *limits,
                          const struct see_hash_key *key)
{
    memset(submissions, 0, sizeof(*submissions));
    submissions->key = *key;
    submissions->limit = limits->submissions;
    submissions->client_limit = limits->submissions_client;
    see_map_init(&submissions->by_content);
    see_map_init(&submissions->by_exchange);
    see_map_init(&submissions->clients);
    TAILQ_INIT(&submissions->in_order);
    see_text_init(&submissions->scratch);
}

static void forget(struct see_submissions *submissions, struct submission *submission)
{
    struct submitter *client = submission->client;
    see_map_remove(&submissions->by_content, &submission->by_content);
    see_map_remove(&submissions->by_exchange, &submission->by_exchange);
    TAILQ_REMOVE(&submissions->in_order, submission, in_order);
    TAILQ_REMOVE(&client->in_order, submission, of_client);
    free(submission);
    if (--client->count == 0) {
        see_map_remove(&submissions->clients, &client->node);
        free(client);
    }
}

void see_submissions_finish(struct see_submissions *submissions)
{
    while (!TAILQ_EMPTY(&submissions->in_order)) {
        forget(submissions, TAILQ_FIRST(&submissions->in_order));
    }
    see_map_finish(&submissions->by_content);
    see_map_finish(&submissions->by_exchange);
    see_map_finish(&submissions->clients);
    see_text_finish(&submissions->scratch);
}

static uint64_t hash_of(const struct see_submissions *submissions, struct see_view view)
{
    return see_hash(&submissions->key, view.ptr, view.len);
}

/* Who submits: the client, behind which peer. */
static uint64_t hash_client(const struct see_submissions *submissions,
                            const struct see_exchange *exchange)
{
    const struct see_connection *connection = exchange->connection;
    const struct see_address *peer = &connection->ends[exchange->client_end].address;
    uint64_t hash = see_hash(&submissions->key, peer, sizeof(*peer));
    hash = see_hash_join(hash,
                         see_hash_number(&submissions->key, see_network_id(connection->network)));
    return see_hash_join(hash, hash_of(submissions, exchange->client));
}

static uint64_t hash_content(const struct see_submissions *submissions,
                             const struct see_exchange *exchange, uint64_t client)
{
    const struct see_message *request = &exchange->request;
    struct see_view digest = {(const char *)request->bare_digest.octets,
                              sizeof(request->bare_digest.octets)};
    struct see_view agent = see_message_field(request, SEE_LITERAL("User-Agent"), NULL);
    uint64_t hash = see_hash_join(client, hash_of(submissions, agent));
    hash = see_hash_join(hash, hash_of(submissions, exchange->uri));
    return see_hash_join(hash, hash_of(submissions, digest));
}

static uint64_t hash_of_cookies(const struct see_submissions *submissions,
                                const struct see_message *request)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < request->field_count; i++) {
        struct see_view name = request->fields[i].name;
        if (name.len == 6 && see_view_eq_nocase(name, SEE_LITERAL("Cookie"))) {
            hash = see_hash_join(hash + 1, hash_of(submissions, request->fields[i].value));
        }
    }
    return hash;
}

/*
 * The client's node (64 bits of SipHash under a key of our own stand for who it is), made where
 * there is none; NULL when memory ran out.
 */
static struct submitter *client_of(struct see_submissions *submissions, uint64_t hash)
{
    struct see_map_node *node = see_map_first(&submissions->clients, hash);
    if (node != NULL) {
        return SEE_MAP_RECORD(node, struct submitter, node);
    }
    struct submitter *client = calloc(1, sizeof(*client));
    if (client == NULL || see_map_add(&submissions->clients, &client->node, hash) != SEE_OK) {
        free(client);
        return NULL;
    }
    TAILQ_INIT(&client->in_order);
    return client;
}

static void make_room(struct see_submissions *submissions, see_time_ns now, uint64_t client_hash)
{
    struct submission *oldest;
    while ((oldest = TAILQ_FIRST(&submissions->in_order)) != NULL &&
           oldest->known.time + SEE_SUBMISSIONS_WINDOW < now) {
        forget(submissions, oldest);
    }
    struct see_map_node *node = see_map_first(&submissions->clients, client_hash);
    struct submitter *client = node != NULL ? SEE_MAP_RECORD(node, struct submitter, node) : NULL;
    if (client != NULL && client->count >= submissions->client_limit) {
        submissions->evicted++;
        forget(submissions, TAILQ_FIRST(&client->in_order));
    } else if (submissions->by_exchange.count >= submissions->limit && oldest != NULL) {
        submissions->evicted++;
        forget(submissions, oldest);
    }
}

static int remember(struct see_submissions *submissions, const struct see_submission *known,
                    uint64_t content_hash, uint64_t client_hash)
{
    struct submitter *client = client_of(submissions, client_hash);
    if (client == NULL) {
        return SEE_ENOMEM;
    }
    struct submission *submission = calloc(1, sizeof(*submission));
    uint64_t id_hash = see_hash_number(&submissions->key, known->exchange);
    if (submission == NULL ||
        see_map_add(&submissions->by_content, &submission->by_content, content_hash) != SEE_OK) {
        goto out;
    }
    if (see_map_add(&submissions->by_exchange, &submission->by_exchange, id_hash) != SEE_OK) {
        see_map_remove(&submissions->by_content, &submission->by_content);
        goto out;
    }
    submission->known = *known;
    submission->client = client;
    client->count++;
    TAILQ_INSERT_TAIL(&submissions->in_order, submission, in_order);
    TAILQ_INSERT_TAIL(&client->in_order, submission, of_client);
    return SEE_OK;
out:
    free(submission);
    if (client->count == 0) {
        see_map_remove(&submissions->clients, &client->node);
        free(client);
    }
    return SEE_ENOMEM;
}

/*
 * Whether `before`, not answered so far, has come to a proxy whose request to the next server is
 * `exchange`: it comes from the host of the first server, and goes elsewhere.
 */
static bool is_passed_on(const struct see_submission *before, const struct see_exchange *exchange)
{
    const struct see_endpoint *ends = exchange->connection->ends;
    const struct see_endpoint *server = &ends[1 - exchange->client_end];
    return before->status == 0 && !before->is_over &&
           see_address_eq(&before->server.address, &ends[exchange->client_end].address) &&
           (before->server.port != server->port ||
            !see_address_eq(&before->server.address, &server->address));
}

int see_submissions_add(struct see_submissions *submissions, const struct see_exchange *exchange,
                        const struct see_submission **ret_before)
{
    struct see_submission known = {
        .exchange = exchange->id,
        .time = exchange->request.first.time_ns,
        .content_len = exchange->request.content_len,
        .server = exchange->connection->ends[1 - exchange->client_end],
        .is_form = see_check_is_form(exchange),
        .cookies = hash_of_cookies(submissions, &exchange->request),
    };
    *ret_before = NULL;
    uint64_t client_hash = hash_client(submissions, exchange);
    uint64_t content_hash = hash_content(submissions, exchange, client_hash);
    make_room(submissions, known.time, client_hash);
    int status = remember(submissions, &known, content_hash, client_hash);
    if (status != SEE_OK) {
        return status;
    }
    /* The newest is this one. */
    struct see_map_node *node = see_map_next(see_map_first(&submissions->by_content, content_hash));
    if (node != NULL) {
        struct submission *before = SEE_MAP_RECORD(node, struct submission, by_content);
        before->known.is_other_user = before->known.cookies != 0 && known.cookies != 0 &&
                                      before->known.cookies != known.cookies &&
                                      !before->known.sets_cookie;
        before->known.is_passed_on = is_passed_on(&before->known, exchange);
        bool is_recent = known.time - before->known.time <= SEE_SUBMISSIONS_WINDOW;
        *ret_before = is_recent ? &before->known : NULL;
    }
    return SEE_OK;
}

/* Whether the answer sends the client back to the URI that it comes from. */
static bool leads_back(struct see_text *scratch, const struct see_exchange *exchange)
{
    struct see_view location =
        see_message_field(&exchange->response, SEE_LITERAL("Location"), NULL);
    if (!see_exchange_is_redirect(exchange) || location.ptr == NULL) {
        return false;
    }
    see_text_clear(scratch);
    if (!see_uri_resolve_plain(exchange->uri, location, scratch)) {
        see_uri_resolve(exchange->uri, location, scratch);
    }
    return see_check_same_uri(exchange->uri, see_text_view(scratch), &scratch->is_broken);
}

int see_submissions_note(struct see_submissions *submissions, const struct see_exchange *exchange)
{
    uint64_t hash = see_hash_number(&submissions->key, exchange->id);
    struct see_map_node *node = see_map_first(&submissions->by_exchange, hash);
    if (node == NULL) {
        return SEE_OK;
    }
    struct submission *submission = SEE_MAP_RECORD(node, struct submission, by_exchange);
    see_text_clear(&submissions->scratch);
    submission->known.is_over = exchange->is_over;
    if (submission->known.status == 0 && exchange->status != 0) {
        submission->known.status = exchange->status;
        submission->known.leads_back = leads_back(&submissions->scratch, exchange);
        submission->known.is_page = see_check_is_type(&exchange->response, "text/html");
        submission->known.sets_cookie =
            see_message_field(&exchange->response, SEE_LITERAL("Set-Cookie"), NULL).ptr != NULL;
    }
    return see_text_status(&submissions->scratch);
}
