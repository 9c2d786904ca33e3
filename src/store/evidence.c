/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/evidence.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "store/fault.h"
#include "store/query.h"
#include "store/state.h"

/* The redirects and exchanges that are asked for; one of the three parameters is bound. */
#define CHOSEN                                                                            \
    "WITH chosen (redirect, exchange, finding) AS ("                                      \
    " SELECT f.redirect_id, ifnull(r.exchange_id, f.exchange_id), f.id FROM finding AS f" \
    "   LEFT JOIN redirect AS r ON r.id = f.redirect_id WHERE f.id = :finding"            \
    " UNION SELECT id, exchange_id, NULL FROM redirect WHERE chain_id = :chain"           \
    " UNION SELECT r.id, r.exchange_id, NULL FROM redirect AS r"                          \
    "   JOIN exchange AS e ON e.id = r.exchange_id WHERE e.client = :client"              \
    " UNION SELECT NULL, f.exchange_id, f.id FROM finding AS f"                           \
    "   JOIN exchange AS e ON e.id = f.exchange_id"                                       \
    "   WHERE f.redirect_id IS NULL AND e.client = :client) "

static const char exchanges_sql[] =
    CHOSEN "SELECT e.id, e.connection_id, e.client_ip, e.client_port, e.server_ip, e.server_port,"
           " c.network, e.place, c.capture_id, c.opened_frame, c.closed_capture_id, c.closed_frame,"
           " e.capture_id, e.request_frame, e.request_last_capture_id, e.request_last_frame,"
           " e.response_capture_id, e.response_frame, e.response_last_capture_id,"
           " e.response_last_frame"
           "  FROM exchange AS e LEFT JOIN connection AS c ON c.id = e.connection_id"
           " WHERE e.id IN (SELECT exchange FROM chosen UNION SELECT r.followup_exchange_id"
           "                  FROM redirect AS r JOIN chosen ON r.id = chosen.redirect)";

/* What the findings of a party are called: those that were asked for, or all of the redirect. */
#define RULES_OF(party)                                                                 \
    "ifnull((SELECT ' \xE2\x80\x94 ' || group_concat(rule, ', ') FROM"                  \
    " (SELECT v.rule FROM finding AS v"                                                 \
    "   WHERE (v.id = x.finding OR (v.redirect_id = x.redirect AND x.finding IS NULL))" \
    "     AND v.party IN (" party ") ORDER BY v.id)), '')"

#define ALL_RULES RULES_OF("'client', 'server'")
#define SERVER_RULES RULES_OF("'server'")
#define CLIENT_RULES RULES_OF("'client'")

static const char marks_sql[] = CHOSEN
    "SELECT e.id, e.connection_id, e.capture_id, e.request_frame, e.time_ns,"
    "       'R: ' || ifnull(e.method, '?') || ' ' || ifnull(e.target, '?')"
    "  FROM chosen AS x JOIN exchange AS e ON e.id = x.exchange WHERE e.request_frame > 0 "
    "UNION ALL "
    "SELECT e.id, e.connection_id, e.response_capture_id, e.response_frame, e.response_time_ns,"
    "       'S: ' || ifnull(e.status, '?') || ifnull(' to ' || e.location, '')"
    "       || CASE WHEN r.followup_exchange_id IS NULL"
    "               THEN " ALL_RULES " ELSE " SERVER_RULES " END"
    "  FROM chosen AS x JOIN exchange AS e ON e.id = x.exchange"
    "  LEFT JOIN redirect AS r ON r.id = x.redirect WHERE e.response_frame > 0 "
    "UNION ALL "
    "SELECT e.id, e.connection_id, e.capture_id, e.request_frame, e.time_ns,"
    "       'F: ' || ifnull(e.method, '?') || ' ' || ifnull(e.target, '?') || " CLIENT_RULES
    "  FROM chosen AS x JOIN redirect AS r ON r.id = x.redirect"
    "  JOIN exchange AS e ON e.id = r.followup_exchange_id WHERE e.request_frame > 0";

static const char captures_sql[] =
    "SELECT id, source, kind = 'file', status IN ('complete', 'truncated', 'corrupt'),"
    " first_time_ns, last_time_ns, packets, bytes FROM captures ORDER BY id";

static const char ports_sql[] =
    "SELECT DISTINCT j.value FROM captures AS c, json_each("
    "  CASE WHEN json_valid(c.options) THEN c.options ELSE '{}' END, '$.vxlan_ports') AS j";

int see_place_compare(struct see_place a, struct see_place b)
{
    if (a.capture != b.capture) {
        return a.capture < b.capture ? -1 : 1;
    }
    return a.frame == b.frame ? 0 : a.frame < b.frame ? -1 : 1;
}

struct see_place see_evidence_start(const struct see_evidence_exchange *exchange)
{
    return exchange->request.frame != 0 ? exchange->request : exchange->response;
}

void see_evidence_finish(struct see_evidence *evidence)
{
    for (size_t i = 0; i < evidence->exchange_count; i++) {
        free(evidence->exchanges[i].network);
    }
    for (size_t i = 0; i < evidence->mark_count; i++) {
        free(evidence->marks[i].text);
    }
    for (size_t i = 0; i < evidence->capture_count; i++) {
        free(evidence->captures[i].source);
    }
    free(evidence->exchanges);
    free(evidence->marks);
    free(evidence->captures);
    *evidence = (struct see_evidence){.exchanges = NULL};
}

/* Makes room for one more record, of `len` octets more, in an array of them. */
static int grow(struct see_evidence *evidence, void **list, size_t count, size_t *size, size_t each,
                size_t len)
{
    if (each + len > evidence->octets_left) {
        evidence->is_too_much = true;
        return SEE_EINVAL;
    }
    evidence->octets_left -= each + len;
    if (count < *size) {
        return SEE_OK;
    }
    size_t wanted = *size > 0 ? *size * 2 : 64;
    void *more = realloc(*list, wanted * each);
    if (more == NULL) {
        return SEE_ENOMEM;
    }
    *list = more;
    *size = wanted;
    return SEE_OK;
}

static int64_t number_of(const struct see_cell *cell)
{
    char text[24] = "";
    size_t len = cell->text.len < sizeof(text) - 1 ? cell->text.len : sizeof(text) - 1;
    if (cell->kind != SEE_CELL_INTEGER) {
        return 0;
    }
    memcpy(text, cell->text.ptr, len);
    return strtoll(text, NULL, 10);
}

/* Two cells: the capture and the frame. */
static struct see_place place_of(const struct see_cell *cells)
{
    int64_t frame = number_of(&cells[1]);
    return (struct see_place){number_of(&cells[0]), frame > 0 ? (uint64_t)frame : 0};
}

/* Two cells: the address, which may be no address at all, and the port. */
static struct see_endpoint endpoint_of(const struct see_cell *cells)
{
    char text[SEE_ADDRESS_TEXT] = "";
    uint8_t octets[16];
    struct see_endpoint end = {.port = (uint16_t)number_of(&cells[1])};
    if (cells[0].kind == SEE_CELL_TEXT && cells[0].text.len < sizeof(text)) {
        memcpy(text, cells[0].text.ptr, cells[0].text.len);
    }
    if (inet_pton(AF_INET, text, octets) == 1) {
        end.address = see_address_v4(octets);
    } else if (inet_pton(AF_INET6, text, octets) == 1) {
        end.address = see_address_v6(octets);
    }
    return end;
}

/* What the cell says, so that it can drive nothing; NULL for NULL, and when memory ran out. */
static char *text_of(const struct see_cell *cell, bool is_shown)
{
    struct see_text text;
    if (cell->kind == SEE_CELL_NULL) {
        return NULL;
    }
    see_text_init(&text);
    if (is_shown) {
        see_text_add_tame(&text, cell->text);
    } else {
        see_text_add(&text, cell->text);
    }
    if (see_text_status(&text) != SEE_OK) {
        see_text_finish(&text);
        return NULL;
    }
    return text.ptr;
}

static int ignore_columns(void *ctx, const struct see_view *names, size_t count)
{
    (void)ctx;
    (void)names;
    (void)count;
    return SEE_OK;
}

static int add_exchange(void *ctx, const struct see_cell *cells, size_t count)
{
    struct see_evidence *evidence = ctx;
    (void)count;
    int status = grow(evidence, (void **)&evidence->exchanges, evidence->exchange_count,
                      &evidence->exchange_size, sizeof(*evidence->exchanges), cells[6].text.len);
    if (status != SEE_OK) {
        return status;
    }
    struct see_evidence_exchange *exchange = &evidence->exchanges[evidence->exchange_count];
    *exchange = (struct see_evidence_exchange){
        .id = number_of(&cells[0]),
        .connection = number_of(&cells[1]),
        .client = endpoint_of(&cells[2]),
        .server = endpoint_of(&cells[4]),
        .network = text_of(&cells[6], false),
        .is_first = number_of(&cells[7]) == 1,
        .opened = place_of(&cells[8]),
        .closed = place_of(&cells[10]),
        .request = place_of(&cells[12]),
        .request_last = place_of(&cells[14]),
        .response = place_of(&cells[16]),
        .response_last = place_of(&cells[18]),
    };
    if (exchange->network == NULL && cells[6].kind != SEE_CELL_NULL) {
        return SEE_ENOMEM;
    }
    evidence->exchange_count++;
    return SEE_OK;
}

static int add_mark(void *ctx, const struct see_cell *cells, size_t count)
{
    struct see_evidence *evidence = ctx;
    (void)count;
    int status = grow(evidence, (void **)&evidence->marks, evidence->mark_count,
                      &evidence->mark_size, sizeof(*evidence->marks), cells[5].text.len);
    if (status != SEE_OK) {
        return status;
    }
    char *text = text_of(&cells[5], true);
    if (text == NULL) {
        return SEE_ENOMEM;
    }
    evidence->marks[evidence->mark_count++] = (struct see_evidence_mark){
        .place = place_of(&cells[2]),
        .time = number_of(&cells[4]),
        .exchange = number_of(&cells[0]),
        .connection = number_of(&cells[1]),
        .text = text,
    };
    return SEE_OK;
}

static int add_capture(void *ctx, const struct see_cell *cells, size_t count)
{
    struct see_evidence *evidence = ctx;
    (void)count;
    int status = grow(evidence, (void **)&evidence->captures, evidence->capture_count,
                      &evidence->capture_size, sizeof(*evidence->captures), cells[1].text.len);
    if (status != SEE_OK) {
        return status;
    }
    char *source = text_of(&cells[1], false);
    if (source == NULL) {
        return SEE_ENOMEM;
    }
    evidence->captures[evidence->capture_count++] = (struct see_evidence_capture){
        .id = number_of(&cells[0]),
        .source = source,
        .is_file = number_of(&cells[2]) == 1,
        .is_whole = number_of(&cells[3]) == 1,
        .first_time = number_of(&cells[4]),
        .last_time = number_of(&cells[5]),
        .packets = (uint64_t)number_of(&cells[6]),
        .bytes = (uint64_t)number_of(&cells[7]),
    };
    return SEE_OK;
}

static int add_port(void *ctx, const struct see_cell *cells, size_t count)
{
    struct see_evidence *evidence = ctx;
    int64_t port = number_of(&cells[0]);
    (void)count;
    if (port > 0 && port <= UINT16_MAX && evidence->vxlan_port_count < SEE_EVIDENCE_PORTS_MAX) {
        evidence->vxlan_ports[evidence->vxlan_port_count++] = (uint16_t)port;
    }
    return SEE_OK;
}

static int compare_exchanges(const void *one, const void *other)
{
    const struct see_evidence_exchange *a = one, *b = other;
    if (a->connection != b->connection) {
        return a->connection < b->connection ? -1 : 1;
    }
    int order = see_place_compare(see_evidence_start(a), see_evidence_start(b));
    if (order != 0) {
        return order;
    }
    return a->id == b->id ? 0 : a->id < b->id ? -1 : 1;
}

/* A follow-up that is redirected again is F first, then R. */
static int compare_marks(const void *one, const void *other)
{
    const struct see_evidence_mark *a = one, *b = other;
    int order = see_place_compare(a->place, b->place);
    if (order == 0) {
        order = a->exchange == b->exchange ? 0 : a->exchange < b->exchange ? -1 : 1;
    }
    return order != 0 ? order : strcmp(a->text, b->text);
}

static void sort_exchanges(struct see_evidence *evidence)
{
    struct see_evidence_exchange *list = evidence->exchanges;
    size_t kept = 0;
    if (evidence->exchange_count == 0) {
        return;
    }
    qsort(list, evidence->exchange_count, sizeof(*list), compare_exchanges);
    for (size_t i = 0; i < evidence->exchange_count; i++) {
        if (kept > 0 && compare_exchanges(&list[kept - 1], &list[i]) == 0) {
            free(list[i].network);
        } else {
            list[kept++] = list[i];
        }
    }
    evidence->exchange_count = kept;
}

static void sort_marks(struct see_evidence *evidence)
{
    struct see_evidence_mark *list = evidence->marks;
    size_t kept = 0;
    if (evidence->mark_count > 0) {
        qsort(list, evidence->mark_count, sizeof(*list), compare_marks);
    }
    for (size_t i = 0; i < evidence->mark_count; i++) {
        if (kept > 0 && compare_marks(&list[kept - 1], &list[i]) == 0) {
            free(list[i].text);
        } else {
            list[kept++] = list[i];
        }
    }
    evidence->mark_count = kept;
}

void see_evidence_sort(struct see_evidence *evidence)
{
    sort_exchanges(evidence);
    sort_marks(evidence);
}

static int failed(const struct see_evidence *evidence, struct see_query *query, int status,
                  char *error, size_t error_size)
{
    const char *why = see_query_error(query);
    if (evidence->is_too_much) {
        return see_fault_say(status, error, error_size,
                             "what is asked for takes too much memory; ask for less at once");
    }
    return see_fault_say(status, error, error_size, "%s",
                         why[0] != '\0' ? why : see_status_text(status));
}

static int ask(struct see_query *query, struct see_evidence *evidence,
               const struct see_evidence_wish *wish, char *error, size_t error_size)
{
    static const char *const names[] = {"finding", "chain", "client"};
    static const char *const words[] = {"finding", "chain", "redirects of the client"};
    struct see_query_param param = {names[wish->of], wish->value};
    struct see_query_sink exchanges = {evidence, ignore_columns, add_exchange};
    struct see_query_sink marks = {evidence, ignore_columns, add_mark};
    size_t before = evidence->exchange_count;
    int status = see_query_run(query, exchanges_sql, &param, 1, exchanges);
    if (status == SEE_OK && evidence->exchange_count == before) {
        return see_fault_say(SEE_EINVAL, error, error_size, "there is no %s %s", words[wish->of],
                             wish->value);
    }
    if (status == SEE_OK) {
        status = see_query_run(query, marks_sql, &param, 1, marks);
    }
    return status == SEE_OK ? SEE_OK : failed(evidence, query, status, error, error_size);
}

static int read_all(struct see_evidence *evidence, struct see_query *query,
                    const struct see_evidence_wish *wishes, size_t count, char *error,
                    size_t error_size)
{
    struct see_query_sink captures = {evidence, ignore_columns, add_capture};
    struct see_query_sink ports = {evidence, ignore_columns, add_port};
    int status = SEE_OK;
    for (size_t i = 0; i < count && status == SEE_OK; i++) {
        status = ask(query, evidence, &wishes[i], error, error_size);
    }
    if (status != SEE_OK) {
        return status;
    }
    status = see_query_run(query, captures_sql, NULL, 0, captures);
    if (status == SEE_OK) {
        status = see_query_run(query, ports_sql, NULL, 0, ports);
    }
    return status == SEE_OK ? SEE_OK : failed(evidence, query, status, error, error_size);
}

int see_evidence_read(struct see_evidence *ret_evidence, struct see_query *query,
                      const struct see_evidence_wish *wishes, size_t count, size_t octets,
                      char *error, size_t error_size)
{
    struct see_evidence evidence = {.octets_left = octets};
    int status = read_all(&evidence, query, wishes, count, error, error_size);
    if (status != SEE_OK) {
        see_evidence_finish(&evidence);
        return status;
    }
    see_evidence_sort(&evidence);
    *ret_evidence = evidence;
    return SEE_OK;
}

int see_evidence_read_store(struct see_evidence *ret_evidence, struct see_store *store,
                            const struct see_evidence_wish *wishes, size_t count, size_t octets,
                            char *error, size_t error_size)
{
    see_writer_settle(store);
    struct see_query *query = see_query_borrow(store->database.db, store->path);
    if (query == NULL) {
        return see_fault_say(SEE_ENOMEM, error, error_size, "%s", see_status_text(SEE_ENOMEM));
    }
    int status = see_evidence_read(ret_evidence, query, wishes, count, octets, error, error_size);
    see_query_close(query);
    return status;
}
