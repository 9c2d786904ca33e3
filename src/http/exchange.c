/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/exchange.h"

#include <assert.h>
#include <string.h>

#include "http/record.h"

struct see_record *see_record_new(struct see_pool *pool, struct see_connection *connection,
                                  uint8_t client_end, size_t room)
{
    struct see_record *record = see_pool_take(pool, sizeof(*record) + room);
    if (record == NULL) {
        return NULL;
    }
    memset(record, 0, sizeof(*record));
    record->room = room;
    record->pool = see_pool_ref(pool);
    record->exchange.refs = 1;
    record->exchange.connection = see_connection_ref(connection);
    record->exchange.client_end = client_end;
    size_t len = see_address_format(&connection->ends[client_end].address, record->client);
    record->exchange.client = (struct see_view){record->client, len};
    return record;
}

static void count_held(struct see_record *record, size_t size)
{
    record->exchange.held += size;
    if (record->held != NULL) {
        *record->held += size;
    }
}

/* Memory behind the record, where anything may begin; NULL when there is not so much left. */
static void *take_room(struct see_record *record, size_t size)
{
    size_t left = record->room - record->taken;
    if (size > left) {
        return NULL;
    }
    char *at = (char *)(record + 1) + record->taken;
    size_t rounded = (size + _Alignof(struct see_field) - 1) / _Alignof(struct see_field) *
                     _Alignof(struct see_field);
    record->taken += rounded < left ? rounded : left;
    count_held(record, size);
    return at;
}

void *see_record_alloc(struct see_record *record, size_t size)
{
    void *memory = take_room(record, size);
    if (memory != NULL) {
        return memory;
    }
    struct see_block *block = see_block_take(record->pool, size);
    if (block == NULL) {
        return NULL;
    }
    see_record_keep(record, block);
    return block + 1;
}

struct see_block *see_block_take(struct see_pool *pool, size_t size)
{
    struct see_block *block = see_pool_take(pool, sizeof(*block) + size);
    if (block != NULL) {
        block->next = NULL;
        block->size = size;
    }
    return block;
}

void see_record_keep(struct see_record *record, struct see_block *block)
{
    block->next = record->blocks;
    record->blocks = block;
    count_held(record, block->size);
}

struct see_exchange *see_exchange_ref(struct see_exchange *exchange)
{
    assert(exchange->refs > 0);
    exchange->refs++;
    return exchange;
}

void see_exchange_unref(struct see_exchange *exchange)
{
    if (exchange == NULL) {
        return;
    }
    assert(exchange->refs > 0);
    if (--exchange->refs > 0) {
        return;
    }
    struct see_record *record = (struct see_record *)exchange;
    struct see_pool *pool = record->pool;
    struct see_block *block = record->blocks;
    while (block != NULL) {
        struct see_block *next = block->next;
        see_pool_give(pool, block, sizeof(*block) + block->size);
        block = next;
    }
    see_connection_unref(exchange->connection);
    see_pool_give(pool, record, sizeof(*record) + record->room);
    see_pool_unref(pool);
}

struct see_view see_message_find(const struct see_message *message, struct see_view name,
                                 size_t *ret_count)
{
    struct see_view value = {NULL, 0};
    size_t count = 0;
    size_t from = message->index.is_taken != 0 ? message->index.first[see_field_slot(name)] : 0;
    for (size_t i = from; i < message->field_count; i++) {
        if (!see_view_eq_nocase(message->fields[i].name, name)) {
            continue;
        }
        if (count == 0) {
            value = message->fields[i].value;
        }
        count++;
        if (ret_count == NULL) {
            return value;
        }
    }
    if (ret_count != NULL) {
        *ret_count = count;
    }
    return value;
}

bool see_exchange_is_redirect(const struct see_exchange *exchange)
{
    switch (exchange->status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return true;
    default:
        return false;
    }
}

struct see_view see_message_credentials(const struct see_message *request)
{
    struct see_view value = see_message_field(request, SEE_LITERAL("Authorization"), NULL);
    bool is_constant = see_view_starts_nocase(value, SEE_LITERAL("Basic ")) ||
                       see_view_starts_nocase(value, SEE_LITERAL("Bearer "));
    return is_constant ? value : (struct see_view){NULL, 0};
}
