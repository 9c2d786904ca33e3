/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evidence - where the frames are that findings rest on, as the database says.
 *
 * For each finding, chain or client that is asked for: the exchanges involved, the
 * captures they lie in, and a word for each key frame:
 *
 *     R: POST /order    S: 307 to /v2/order    F: GET /v2/order — 307-method-changed
 *
 * The database may be a stranger's: ids and frames are numbers that may lead nowhere.
 */
#ifndef SEE_STORE_EVIDENCE_H
#define SEE_STORE_EVIDENCE_H

#include <stdbool.h>

#include "core/address.h"
#include "core/status.h"
#include "core/time.h"
#include "store/query.h"

struct see_store;

/* A frame of a capture, by the capture's id in the database; frame 0 is "not known". */
struct see_place {
    int64_t capture;
    uint64_t frame;
};

/* Negative, zero or positive, in the order in which frames were read. */
int see_place_compare(struct see_place a, struct see_place b);

struct see_evidence_exchange {
    int64_t id, connection;
    struct see_endpoint client, server;
    char *network; /* NULL: none */
    bool is_first; /* the first of its connection */
    struct see_place opened, closed;
    struct see_place request, request_last;
    struct see_place response, response_last;
};

/* Where it begins: its request, or its response where that was not seen. */
struct see_place see_evidence_start(const struct see_evidence_exchange *exchange);

/* A key frame, and what stands there. */
struct see_evidence_mark {
    struct see_place place;
    see_time_ns time;
    int64_t exchange, connection;
    char *text; /* UTF-8 that can drive nothing */
};

struct see_evidence_capture {
    int64_t id;
    char *source;
    bool is_file;
    bool is_whole; /* the counts below are those of all of it */
    see_time_ns first_time, last_time;
    uint64_t packets, bytes;
};

/* Ports of VXLAN that runs were told of, by all captures of a database. */
#define SEE_EVIDENCE_PORTS_MAX 64

struct see_evidence {
    struct see_evidence_exchange *exchanges; /* by connection, then by start; each once */
    size_t exchange_count, exchange_size;
    struct see_evidence_mark *marks; /* by place, then in the order of the story; each once */
    size_t mark_count, mark_size;
    struct see_evidence_capture *captures; /* all of the database, by id */
    size_t capture_count, capture_size;
    uint16_t vxlan_ports[SEE_EVIDENCE_PORTS_MAX];
    size_t vxlan_port_count;
    size_t octets_left; /* of what it may hold */
    bool is_too_much;
};

enum see_evidence_of { SEE_EVIDENCE_FINDING, SEE_EVIDENCE_CHAIN, SEE_EVIDENCE_CLIENT };

struct see_evidence_wish {
    enum see_evidence_of of;
    const char *value; /* an id, or the client */
};

/*
 * Asks the database, for what can be held in `octets`.  On failure there is nothing to finish, and
 * `error` gets a sentence: SEE_EINVAL when a wish leads to no exchange, or is more than that.
 */
SEE_MUST_CHECK int see_evidence_read(struct see_evidence *ret_evidence, struct see_query *query,
                                     const struct see_evidence_wish *wishes, size_t count,
                                     size_t octets, char *error, size_t error_size);

/* Likewise, of what a store has written, committed or not. */
SEE_MUST_CHECK int see_evidence_read_store(struct see_evidence *ret_evidence,
                                           struct see_store *store,
                                           const struct see_evidence_wish *wishes, size_t count,
                                           size_t octets, char *error, size_t error_size);

/* Puts exchanges and marks in order again, when their places were changed. */
void see_evidence_sort(struct see_evidence *evidence);

void see_evidence_finish(struct see_evidence *evidence);

#endif
