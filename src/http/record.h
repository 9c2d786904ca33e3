/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record - the whole of an exchange: its public face, and what this room notes
 * beside it to tell which response answers which request.
 */
#ifndef SEE_HTTP_RECORD_H
#define SEE_HTTP_RECORD_H

#include "core/status.h"
#include "http/exchange.h"
#include "http/pool.h"

/* Where and when something begins in its direction. */
struct see_mark {
    struct see_stamp stamp;
    uint64_t offset;
    uint64_t acknowledged; /* octets of the other direction that its sender had then; 0: unknown */
};

/* Memory that lives as long as the exchange; what it holds follows. */
struct see_block {
    struct see_block *next;
    size_t size; /* of what follows */
};

struct see_record {
    struct see_exchange exchange; /* first, so that a pointer to one is a pointer to the other */
    struct see_record *next;      /* of those waiting for their response, the next younger */
    struct see_mark begin;        /* of the request */
    bool is_hidden;               /* stands for requests that a gap has swallowed; never shown */
    bool is_hidden_certain;       /* there is at least one */
    uint32_t hidden_answers;      /* responses that may have been theirs */
    uint64_t hidden_had;   /* octets of requests that the server had with the last of these */
    bool is_head;          /* the method is HEAD */
    bool is_no_head;       /* it is not known which request this answers, but no HEAD */
    bool is_connect;       /* the method is CONNECT */
    bool expects_continue; /* Expect: 100-continue */
    bool is_overtaken;     /* the response came before the request's head was complete */
    bool is_request_over;
    bool is_response_over;
    struct see_pool *pool; /* where its memory is from; NULL: malloc */
    struct see_block *blocks;
    size_t room, taken; /* octets behind the record, and those of them that are in use */
    size_t *held;       /* where this room sums up what its records hold; NULL once it has let go */
    char client[SEE_ADDRESS_TEXT];
};

/*
 * One reference, for the caller; one on `connection` is taken, and one on `pool`, which may be
 * NULL. It comes with `room` octets for what will be asked of it.  NULL when memory ran out.
 */
struct see_record *see_record_new(struct see_pool *pool, struct see_connection *connection,
                                  uint8_t client_end, size_t room);

/* A block with room for `size` octets, for see_record_keep or free; or NULL. */
struct see_block *see_block_take(struct see_pool *pool, size_t size);

/* Memory of `size` octets with the life of the record, or NULL. */
void *see_record_alloc(struct see_record *record, size_t size);

/* Gives `block` the life of the record. */
void see_record_keep(struct see_record *record, struct see_block *block);

#endif
