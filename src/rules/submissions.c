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
    struct see_map_node by_content;
    struct submitter *client;
    TAILQ_ENTRY(submission) in_order, of_client;
};

_Static_assert(sizeof(struct submission) <= 104, "there may be very many");

/* What is needed of one as long as its exchange is not over. */
struct open {
    struct see_map_node node;
    struct submission *submission;
    struct see_endpoint server;
};

void see_submissions_init(struct see_submissions *submissions, const struct see_limits *limits,
                          const struct see_hash_key *key)
{
    memset(submissions, 0, sizeof(*submissions));
    submissions->key = *key;
    submissions->limit = limits->submissions;
    submissions->client_limit = limits->submissions_client;
    see_map_init(&submissions->by_content);
    see_map_init(&submissions->open);
    see_map_init(&submissions->clients);
    TAILQ_INIT(&submissions->in_order);
    see_text_init(&submissions->scratch);
}

const char *see_submission_way(const struct see_submission *submission)
{
    if (submission->status == 0 && submission->is_over) {
        return "since the first was never answered: a retry";
    }
    if (!submission->is_form) {
        return NULL;
    }
    if (submission->status == 0) {
        return "before the first was answered";
    }
    if (submission->status == 303) {
        return "after the 303 that answered the first";
    }
    if (submission->status == 301 || submission->status == 302) {
        return submission->leads_back ? NULL : "after the redirect that answered the first";
    }
    return submission->is_page ? "after the page that answered the first" : NULL;
}

/* The open record of an exchange, or NULL. */
static struct open *find_open(const struct see_submissions *submissions, uint64_t exchange)
{
    uint64_t hash = see_hash_number(&submissions->key, exchange);
    struct see_map_node *node = see_map_first(&submissions->open, hash);
    return node != NULL ? SEE_MAP_RECORD(node, struct open, node) : NULL;
}

/* No more will be known of it. */
static void close_open(struct see_submissions *submissions, struct open *open)
{
    if (open != NULL) {
        see_map_remove(&submissions->open, &open->node);
        free(open);
    }
}

static void forget(struct see_submissions *submissions, struct submission *submission)
{
    struct submitter *client = submission->client;
    close_open(submissions, find_open(submissions, submission->known.exchange));
    see_map_remove(&submissions->by_content, &submission->by_content);
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
    see_map_finish(&submissions->open);
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
    hash = see_hash_join(hash, hash_of(submissions, see_message_credentials(request)));
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
    } else if (submissions->by_content.count >= submissions->limit && oldest != NULL) {
        submissions->evicted++;
        forget(submissions, oldest);
    }
}

static int add_open(struct see_submissions *submissions, struct submission *submission,
                    const struct see_endpoint *server)
{
    struct open *open = malloc(sizeof(*open));
    uint64_t hash = see_hash_number(&submissions->key, submission->known.exchange);
    if (open == NULL || see_map_add(&submissions->open, &open->node, hash) != SEE_OK) {
        free(open);
        return SEE_ENOMEM;
    }
    open->submission = submission;
    open->server = *server;
    return SEE_OK;
}

static int remember(struct see_submissions *submissions, const struct see_submission *known,
                    const struct see_endpoint *server, uint64_t content_hash, uint64_t client_hash)
{
    struct submitter *client = client_of(submissions, client_hash);
    if (client == NULL) {
        return SEE_ENOMEM;
    }
    struct submission *submission = calloc(1, sizeof(*submission));
    if (submission == NULL ||
        see_map_add(&submissions->by_content, &submission->by_content, content_hash) != SEE_OK) {
        goto out;
    }
    submission->known = *known;
    if (add_open(submissions, submission, server) != SEE_OK) {
        see_map_remove(&submissions->by_content, &submission->by_content);
        goto out;
    }
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

/* A proxy that copies what it gets does so at once; a person is slower. */
#define AT_ONCE (20 * SEE_NS_PER_MS)

/*
 * Whether `before`, not answered so far, has come to a proxy whose request to the next server is
 * `exchange`: it goes elsewhere, and comes from the host of the first server, or at once from where
 * the first came from (a mirror).
 */
static bool is_passed_on(const struct see_submissions *submissions,
                         const struct see_submission *before, const struct see_exchange *exchange)
{
    const struct see_endpoint *ends = exchange->connection->ends;
    const struct see_endpoint *server = &ends[1 - exchange->client_end];
    see_time_ns now = exchange->request.first.time_ns;
    if (before->status != 0 && before->answered > now) {
        return now - before->time <= AT_ONCE; /* the later one was held back, and comes late */
    }
    const struct open *open = !before->is_over ? find_open(submissions, before->exchange) : NULL;
    return open != NULL && before->status == 0 &&
           (see_address_eq(&open->server.address, &ends[exchange->client_end].address) ||
            now - before->time <= AT_ONCE) &&
           (open->server.port != server->port ||
            !see_address_eq(&open->server.address, &server->address));
}

/* Moves the last one of this content, if there is one, to `submissions->before`. */
static bool take_before(struct see_submissions *submissions, const struct see_exchange *exchange,
                        const struct see_submission *known, uint64_t content_hash)
{
    struct see_map_node *node = see_map_first(&submissions->by_content, content_hash);
    if (node == NULL) {
        return false;
    }
    struct submission *last = SEE_MAP_RECORD(node, struct submission, by_content);
    struct see_submission *before = &submissions->before;
    *before = last->known;
    before->is_other_user = before->cookies != 0 && known->cookies != 0 &&
                            before->cookies != known->cookies && !before->sets_cookie;
    before->is_passed_on = is_passed_on(submissions, before, exchange);
    forget(submissions, last);
    return known->time - before->time <= SEE_SUBMISSIONS_WINDOW;
}

int see_submissions_add(struct see_submissions *submissions, const struct see_exchange *exchange,
                        const struct see_submission **ret_before)
{
    struct see_submission known = {
        .exchange = exchange->id,
        .time = exchange->request.first.time_ns,
        .frame = exchange->request.first.frame,
        .is_form = see_check_is_form(exchange),
        .cookies = hash_of_cookies(submissions, &exchange->request),
    };
    uint64_t client_hash = hash_client(submissions, exchange);
    uint64_t content_hash = hash_content(submissions, exchange, client_hash);
    bool is_again = take_before(submissions, exchange, &known, content_hash);
    *ret_before = is_again ? &submissions->before : NULL;
    make_room(submissions, known.time, client_hash);
    const struct see_endpoint *server = &exchange->connection->ends[1 - exchange->client_end];
    return remember(submissions, &known, server, content_hash, client_hash);
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

/* Whether an answer may be among what was never seen. */
static bool is_missing_octets(const struct see_exchange *exchange)
{
    const struct see_connection *connection = exchange->connection;
    return connection->octets_missing[0] > 0 || connection->octets_missing[1] > 0 ||
           exchange->request.has_gap || exchange->response.has_gap;
}

int see_submissions_note(struct see_submissions *submissions, const struct see_exchange *exchange)
{
    struct open *open = find_open(submissions, exchange->id);
    if (open == NULL) {
        return SEE_OK;
    }
    struct see_submission *known = &open->submission->known;
    see_text_clear(&submissions->scratch);
    known->is_over = exchange->is_over;
    if (known->status == 0 && exchange->status != 0) {
        known->status = (uint16_t)exchange->status;
        known->answered = exchange->response.first.time_ns;
        known->leads_back = leads_back(&submissions->scratch, exchange);
        known->is_page =
            exchange->status == 200 && see_check_is_type(&exchange->response, "text/html");
        known->sets_cookie =
            see_message_field(&exchange->response, SEE_LITERAL("Set-Cookie"), NULL).ptr != NULL;
    }
    bool is_unknown = known->status == 0 && known->is_over && is_missing_octets(exchange);
    if (is_unknown || (known->status != 0 && see_submission_way(known) == NULL)) {
        forget(submissions, open->submission);
    } else if (known->is_over) {
        close_open(submissions, open);
    }
    return see_text_status(&submissions->scratch);
}
