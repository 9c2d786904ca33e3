/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/exchanges.h"

#include <stdio.h>

#include "store/batch.h"
#include "store/row.h"

struct see_stamp see_exchanges_first(const struct see_exchange *exchange)
{
    return see_stamp_is_set(exchange->request.first) ? exchange->request.first
                                                     : exchange->response.first;
}

/* Client and server, as the connections and exchanges tables have them. */
static void bind_ends(struct see_row *row, const struct see_exchange *exchange)
{
    const struct see_endpoint *client = &exchange->connection->ends[exchange->client_end & 1];
    const struct see_endpoint *server = &exchange->connection->ends[(exchange->client_end & 1) ^ 1];
    see_row_address(row, &client->address);
    see_row_integer(row, client->port);
    see_row_address(row, &server->address);
    see_row_integer(row, server->port);
}

static void bind_missing(struct see_row *row, const struct see_connection *connection)
{
    uint64_t sum = connection->octets_missing[0] + connection->octets_missing[1];
    see_row_count(row, sum < connection->octets_missing[0] ? UINT64_MAX : sum);
}

static int remember(struct see_store *store, struct see_ids *ids, uint64_t id)
{
    return see_ids_add(ids, id) == SEE_OK ? SEE_OK : see_batch_failed(store, SQLITE_NOMEM);
}

static int store_connection(struct see_store *store, const struct see_exchange *exchange)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO connection (id, capture_id, client_ip, client_port, server_ip,"
        " server_port, opened_ns, closed_ns, bytes_missing, how_ended, opening_seen, opened_frame,"
        " closed_frame, closed_capture_id, network)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const struct see_connection *connection = exchange->connection;
    if (see_ids_is_final(&store->closed, connection->id) ||
        see_ids_has(&store->connections, connection->id) == SEE_IDS_YES) {
        return store->failed;
    }
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_CONNECTION, sql);
    see_row_integer(&row, store->bases.connection + (int64_t)connection->id);
    see_row_capture(&row, connection->opened);
    bind_ends(&row, exchange);
    see_row_time(&row, connection->opened);
    see_row_time(&row, connection->closed);
    bind_missing(&row, connection);
    see_row_string(&row, see_connection_end_name(connection->ended));
    see_row_integer(&row, connection->is_opening_seen);
    see_row_frame(&row, connection->opened);
    see_row_frame(&row, connection->closed);
    see_row_capture(&row, connection->closed);
    see_row_string(&row, connection->network != NULL ? connection->network->text : NULL);
    int status = see_row_end(&row);
    if (status != SEE_OK) {
        return status;
    }
    if (see_stamp_is_set(connection->closed)) {
        see_ids_note_final(&store->closed, connection->id);
        return SEE_OK;
    }
    return remember(store, &store->connections, connection->id);
}

int see_store_connection(struct see_store *store, const struct see_connection *connection)
{
    static const char sql[] =
        "UPDATE connection SET closed_ns = ?, bytes_missing = ?, how_ended = ?, closed_frame = ?,"
        " closed_capture_id = ? WHERE id = ?";
    enum see_ids_answer answer = see_ids_take(&store->connections, connection->id);
    if (answer == SEE_IDS_NO) {
        return store->failed;
    }
    if (answer == SEE_IDS_YES) {
        see_ids_note_final(&store->closed, connection->id);
    }
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_CONNECTION_END, sql);
    see_row_time(&row, connection->closed);
    bind_missing(&row, connection);
    see_row_string(&row, see_connection_end_name(connection->ended));
    see_row_frame(&row, connection->closed);
    see_row_capture(&row, connection->closed);
    see_row_integer(&row, store->bases.connection + (int64_t)connection->id);
    return see_row_end(&row);
}

static void bind_version(struct see_row *row, const struct see_exchange *exchange)
{
    const struct see_message *message =
        exchange->request.is_seen ? &exchange->request : &exchange->response;
    char text[16];
    if (!message->is_seen) {
        see_row_null(row);
    } else if (message->http_major == 1 && message->http_minor <= 1) {
        see_row_string(row, message->http_minor == 1 ? "1.1" : "1.0");
    } else {
        snprintf(text, sizeof(text), "%u.%u", (unsigned)message->http_major,
                 (unsigned)message->http_minor);
        see_row_string(row, text);
    }
}

static void bind_field(struct see_row *row, const struct see_message *message, const char *name)
{
    see_row_text(row, see_message_field(message, see_view_of(name), NULL));
}

static void bind_length(struct see_row *row, const struct see_message *message)
{
    if (message->is_seen && message->is_complete) {
        see_row_count(row, message->content_len);
    } else {
        see_row_null(row);
    }
}

static void bind_digest(struct see_row *row, const struct see_message *message)
{
    char hex[2 * sizeof(message->content_digest.octets) + 1];
    if (!message->has_digest || !row->store->options.has_digest_key) {
        see_row_null(row);
        return;
    }
    for (size_t i = 0; i < sizeof(message->content_digest.octets); i++) {
        snprintf(hex + 2 * i, 3, "%02x", (unsigned)message->content_digest.octets[i]);
    }
    see_row_string(row, hex);
}

/* The first frame, and the one that completes the message, wherever that is. */
static void bind_frames(struct see_row *row, const struct see_message *message)
{
    struct see_stamp last = message->is_complete ? message->last : (struct see_stamp){0};
    see_row_frame(row, message->first);
    see_row_frame(row, last);
    see_row_capture(row, last);
}

/* A path, a whole URI, or an authority, which is the rest that can have userinfo. */
static void bind_target(struct see_row *row, struct see_view target)
{
    size_t at = see_view_find(target, '@');
    struct see_view before = see_view_cut(target, 0, at);
    bool is_usual = at == target.len || target.ptr[0] == '/' ||
                    see_view_search(before, SEE_LITERAL("://")) < at;
    if (is_usual) {
        see_row_uri(row, target);
    } else {
        see_row_authority(row, target);
    }
}

static void bind_request(struct see_row *row, const struct see_exchange *exchange)
{
    const struct see_message *request = &exchange->request;
    see_row_text(row, exchange->method);
    see_row_text(row, exchange->scheme);
    see_row_authority(row, exchange->authority);
    bind_target(row, exchange->target);
    see_row_uri(row, exchange->uri);
    bind_field(row, request, "User-Agent");
    bind_field(row, request, "Content-Type");
    bind_length(row, request);
    bind_digest(row, request);
    bind_frames(row, request);
}

static void bind_response(struct see_row *row, const struct see_exchange *exchange)
{
    const struct see_message *response = &exchange->response;
    if (exchange->status != 0) {
        see_row_integer(row, exchange->status);
    } else {
        see_row_null(row);
    }
    see_row_uri(row, see_message_field(response, SEE_LITERAL("Location"), NULL));
    bind_field(row, response, "Content-Type");
    bind_length(row, response);
    bind_frames(row, response);
    see_row_time(row, response->first);
}

/* Who asked; without a request that says more, the peer. */
static void bind_client(struct see_row *row, const struct see_exchange *exchange)
{
    if (exchange->client.ptr != NULL) {
        see_row_text(row, exchange->client);
    } else {
        see_row_address(row, &exchange->connection->ends[exchange->client_end & 1].address);
    }
}

static void bind_leniency(struct see_row *row, const struct see_message *message)
{
    if (message->leniency == 0) {
        see_row_null(row);
        return;
    }
    see_text_clear(&row->store->draft);
    see_leniencies_write(message->leniency, &row->store->draft);
    see_row_draft(row);
}

/* Writes the row, or what is known now over what was known then: facts only ever come in. */
static int store_exchange(struct see_store *store, const struct see_exchange *exchange)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO exchange (id, capture_id, response_capture_id, connection_id,"
        " time_ns, client, client_ip, client_port, server_ip, server_port, http_version, method,"
        " scheme, authority, target, uri, user_agent, request_content_type, request_body_length,"
        " request_body_digest, request_frame, request_last_frame, request_last_capture_id, status,"
        " location, response_content_type, response_body_length, response_frame,"
        " response_last_frame, response_last_capture_id, response_time_ns, has_gap, place,"
        " request_leniency, response_leniency)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, ?, ?, ?, ?, ?, ?)";
    int status = store_connection(store, exchange);
    if (status != SEE_OK) {
        return status;
    }
    struct see_row row;
    see_row_begin(&row, store, SEE_SLOT_EXCHANGE, sql);
    see_row_integer(&row, see_store_exchange_id(store, exchange->id));
    see_row_capture(&row, see_exchanges_first(exchange));
    see_row_capture(&row, exchange->response.first);
    see_row_integer(&row, store->bases.connection + (int64_t)exchange->connection->id);
    see_row_time(&row, exchange->request.first);
    bind_client(&row, exchange);
    bind_ends(&row, exchange);
    bind_version(&row, exchange);
    bind_request(&row, exchange);
    bind_response(&row, exchange);
    see_row_integer(&row, exchange->request.has_gap || exchange->response.has_gap);
    if (exchange->request.is_seen) {
        see_row_integer(&row, (int64_t)exchange->index + 1);
    } else {
        see_row_null(&row);
    }
    bind_leniency(&row, &exchange->request);
    bind_leniency(&row, &exchange->response);
    store->has_exchange = true;
    return see_row_end(&row);
}

int see_exchanges_touch(struct see_store *store, const struct see_exchange *exchange)
{
    int status = store_exchange(store, exchange);
    if (status != SEE_OK || (exchange->request.is_complete && exchange->response.is_complete)) {
        return status;
    }
    return remember(store, &store->exchanges, exchange->id);
}

/* Whether the exchange has a row, asked of the database: only for those that `ids` forgot. */
static int has_row(struct see_store *store, const struct see_exchange *exchange, bool *ret_has)
{
    struct see_row row;
    see_row_ask(&row, store, SEE_SLOT_HAS_EXCHANGE, "SELECT 1 FROM exchange WHERE id = ?");
    see_row_integer(&row, see_store_exchange_id(store, exchange->id));
    return see_row_exists(&row, ret_has);
}

int see_store_exchange(struct see_store *store, const struct see_exchange *exchange)
{
    enum see_ids_answer answer = see_ids_take(&store->exchanges, exchange->id);
    bool is_wanted = (store->options.stores_all && !store->is_lean) || answer == SEE_IDS_YES;
    if (!is_wanted && answer == SEE_IDS_MAYBE) {
        is_wanted = true; /* unless the database says otherwise */
        int status = has_row(store, exchange, &is_wanted);
        if (status != SEE_OK) {
            return status;
        }
    }
    return is_wanted ? store_exchange(store, exchange) : store->failed;
}
