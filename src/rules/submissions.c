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

static uint64_t hash_of(const struct see_submissions *submissions)
{
    const struct see_text *text = &submissions->scratch;
    return see_hash(&submissions->key, text->ptr, text->len);
}

/* Two different lines never read the same, since each is told with its length. */
static void add_line(struct see_text *text, struct see_view line)
{
    see_text_printf(text, "%zu:", line.len);
    see_text_add(text, line);
}

/* Who submits: the client, behind which peer. */
static void draft_client(struct see_text *text, const struct see_exchange *exchange)
{
    char peer[SEE_ADDRESS_TEXT];
    see_address_format(&exchange->connection->ends[exchange->client_end].address, peer);
    see_text_rewind(text);
    see_text_printf(text, "%u ", see_network_id(exchange->connection->network));
    add_line(text, see_view_of(peer));
    add_line(text, exchange->client);
}

static void draft_content(struct see_text *text, const struct see_exchange *exchange)
{
    const struct see_message *request = &exchange->request;
    draft_client(text, exchange);
    add_line(text, see_message_field(request, SEE_LITERAL("User-Agent"), NULL));
    add_line(text, exchange->uri);
    add_line(text, (struct see_view){(const char *)request->bare_digest.octets,
                                     sizeof(request->bare_digest.octets)});
}

static uint64_t hash_of_cookies(struct see_submissions *submissions,
                                const struct see_message *request)
{
    struct see_text *text = &submissions->scratch;
    see_text_rewind(text);
    for (size_t i = 0; i < request->field_count; i++) {
        if (see_view_eq_nocase(request->fields[i].name, SEE_LITERAL("Cookie"))) {
            add_line(text, request->fields[i].value);
        }
    }
    return text->len > 0 ? hash_of(submissions) : 0;
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
    uint64_t id_hash = see_hash(&submissions->key, &known->exchange, sizeof(known->exchange));
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

int see_submissions_add(struct see_submissions *submissions, const struct see_exchange *exchange,
                        const struct see_submission **ret_before)
{
    see_text_clear(&submissions->scratch);
    struct see_submission known = {
        .exchange = exchange->id,
        .time = exchange->request.first.time_ns,
        .content_len = exchange->request.content_len,
        .is_form = see_check_is_form(exchange),
        .cookies = hash_of_cookies(submissions, &exchange->request),
    };
    *ret_before = NULL;
    draft_client(&submissions->scratch, exchange);
    uint64_t client_hash = hash_of(submissions);
    draft_content(&submissions->scratch, exchange);
    uint64_t content_hash = hash_of(submissions);
    if (see_text_status(&submissions->scratch) != SEE_OK) {
        return SEE_ENOMEM;
    }
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
    see_uri_resolve(exchange->uri, location, scratch);
    size_t resolved = scratch->len;
    see_uri_normal(exchange->uri, scratch);
    struct see_view own = see_view_cut(see_text_view(scratch), resolved, scratch->len);
    struct see_text normal;
    see_text_init(&normal);
    see_uri_normal(see_view_cut(see_text_view(scratch), 0, resolved), &normal);
    bool is_same = see_view_eq(see_text_view(&normal), own);
    scratch->is_broken |= normal.is_broken;
    see_text_finish(&normal);
    return is_same;
}

int see_submissions_note(struct see_submissions *submissions, const struct see_exchange *exchange)
{
    uint64_t hash = see_hash(&submissions->key, &exchange->id, sizeof(exchange->id));
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
