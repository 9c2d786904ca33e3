/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bare - what reading a capture with the same libraries costs when nothing is asked of it.
 *
 * usage: bare walk FILE            record by record, through a buffer of 256 KiB
 *        bare heads FILE           and every TCP payload to llhttp, as it comes
 *        bare rows FILE DATABASE   and three rows for every redirect, as long as seeother's
 *
 * No reassembly, no pairing, no rule, no limit, nothing that may be missing: it reads what
 * `generate` writes, and no more.  What seeother takes is held against it, since what the kernel
 * and the libraries cost in terms of tcpdump differs from machine to machine.
 */
#include <fcntl.h>
#include <llhttp.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_LEN (256 * 1024)
#define FILE_HEAD_LEN 24
#define RECORD_HEAD_LEN 16
#define ETHERNET_LEN 14
#define SLOTS 65536
#define FIELDS_MAX 32

struct span {
    const char *ptr;
    size_t len;
};

/* A message while its head lies in the buffer. */
struct head {
    struct span url, names[FIELDS_MAX], values[FIELDS_MAX];
    size_t count;
};

struct flow {
    struct flow *next;
    unsigned char key[12]; /* addresses and ports, of who sent first */
    unsigned fins;
    llhttp_t parsers[2]; /* of who sent first, and of the other */
};

struct bare {
    bool has_heads, has_rows;
    struct flow *slots[SLOTS];
    struct flow *unused;
    llhttp_settings_t settings;
    struct head head;
    sqlite3 *db;
    sqlite3_stmt *exchange, *redirect;
    sqlite3_int64 exchanges, redirects;
    unsigned long long records, messages;
};

static void fail(const char *what)
{
    fprintf(stderr, "bare: %s\n", what);
    exit(EXIT_FAILURE);
}

static unsigned of_16(const unsigned char *octets)
{
    return (unsigned)octets[0] << 8 | octets[1];
}

/* As a row of `exchange` and one of `redirect` are, in number of columns and in octets. */
static const char schema[] =
    "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
    "CREATE TABLE exchange (id INTEGER PRIMARY KEY, a1 INTEGER, a2 INTEGER, a3 INTEGER, a4 INTEGER,"
    " client TEXT, b1 TEXT, a5 INTEGER, b2 TEXT, a6 INTEGER, b3 TEXT, b4 TEXT, b5 TEXT, b6 TEXT,"
    " b7 TEXT, b8 TEXT, b9 TEXT, b10 TEXT, a7 INTEGER, b11 TEXT, a8 INTEGER, a9 INTEGER,"
    " a10 INTEGER, a11 INTEGER, b12 TEXT, b13 TEXT, a12 INTEGER, a13 INTEGER, a14 INTEGER,"
    " a15 INTEGER, a16 INTEGER, a17 INTEGER, a18 INTEGER, b14 TEXT, b15 TEXT);"
    "CREATE TABLE redirect (id INTEGER PRIMARY KEY, exchange_id INTEGER, followup_id INTEGER,"
    " time_ns INTEGER, uri TEXT, a1 INTEGER, a2 INTEGER, c1 REAL, a3 INTEGER, chain_id INTEGER,"
    " hop INTEGER, a4 INTEGER, a5 INTEGER); BEGIN";
static const char indexes[] =
    "CREATE INDEX i1 ON exchange (client, a4);"
    "CREATE INDEX i3 ON redirect (exchange_id); CREATE INDEX i4 ON redirect (followup_id);"
    "CREATE INDEX i5 ON redirect (time_ns); CREATE INDEX i6 ON redirect (chain_id, hop); COMMIT;"
    "PRAGMA journal_mode = DELETE";

static void execute(struct bare *bare, const char *sql)
{
    if (sqlite3_exec(bare->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail(sqlite3_errmsg(bare->db));
    }
}

static sqlite3_stmt *prepare(struct bare *bare, const char *table, int count)
{
    char sql[256];
    int len = snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", table);
    for (int i = 1; i < count; i++) {
        len += snprintf(sql + len, sizeof(sql) - (size_t)len, ", ?");
    }
    snprintf(sql + len, sizeof(sql) - (size_t)len, ")");
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(bare->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail(sqlite3_errmsg(bare->db));
    }
    return statement;
}

static void open_database(struct bare *bare, const char *path)
{
    if (sqlite3_open(path, &bare->db) != SQLITE_OK) {
        fail(path);
    }
    execute(bare, schema);
    bare->exchange = prepare(bare, "exchange", 35);
    bare->redirect = prepare(bare, "redirect", 13);
}

static void text(sqlite3_stmt *row, int column, const char *ptr, size_t len)
{
    sqlite3_bind_text(row, column, ptr, (int)len, SQLITE_STATIC);
}

static void step(struct bare *bare, sqlite3_stmt *row)
{
    if (sqlite3_step(row) != SQLITE_DONE) {
        fail(sqlite3_errmsg(bare->db));
    }
    sqlite3_reset(row);
}

static void add_exchange(struct bare *bare)
{
    static const char address[] = "198.51.100.47", word[] = "http";
    static const char uri[] = "http://www47.example.com/news/35860762383/old?from=menu";
    static const int integers[] = {2,  3,  4,  5,  8,  10, 19, 21, 22,
                                   23, 24, 27, 28, 29, 30, 31, 32, 33};
    sqlite3_stmt *row = bare->exchange;
    char client[16];
    int len = snprintf(client, sizeof(client), "10.0.0.%d", (int)(bare->exchanges % 500));
    sqlite3_bind_int64(row, 1, ++bare->exchanges);
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        sqlite3_bind_int64(row, integers[i], bare->exchanges / 20);
    }
    sqlite3_bind_int64(row, 5, 1700000000000000000 + bare->exchanges);
    text(row, 6, client, (size_t)len);
    text(row, 7, client, (size_t)len);
    text(row, 9, address, sizeof(address) - 1);
    text(row, 11, "1.1", 3);
    text(row, 12, word, sizeof(word) - 1);
    text(row, 13, word, sizeof(word) - 1);
    text(row, 14, uri + 7, 17);
    text(row, 15, uri + 24, 30);
    text(row, 16, uri, sizeof(uri) - 1);
    text(row, 17, uri, 11);
    text(row, 25, uri + 24, 30);
    text(row, 26, uri, 9);
    step(bare, row);
}

static void add_redirect(struct bare *bare)
{
    static const char uri[] = "http://www47.example.com/moved/35860762383/here";
    sqlite3_stmt *row = bare->redirect;
    add_exchange(bare);
    add_exchange(bare);
    sqlite3_bind_int64(row, 1, ++bare->redirects);
    sqlite3_bind_int64(row, 2, bare->exchanges - 1);
    sqlite3_bind_int64(row, 3, bare->exchanges);
    sqlite3_bind_int64(row, 4, 1700000000000000000 + bare->exchanges);
    text(row, 5, uri, sizeof(uri) - 1);
    sqlite3_bind_int64(row, 6, 1);
    sqlite3_bind_int64(row, 7, 1);
    sqlite3_bind_double(row, 8, 32.8);
    sqlite3_bind_int64(row, 9, 1);
    sqlite3_bind_int64(row, 10, bare->redirects);
    sqlite3_bind_int64(row, 11, 1);
    sqlite3_bind_int64(row, 12, 0);
    sqlite3_bind_int64(row, 13, 0);
    step(bare, row);
}

static struct bare *of(llhttp_t *parser)
{
    return parser->data;
}

static int on_message_begin(llhttp_t *parser)
{
    of(parser)->head.count = 0;
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    of(parser)->head.url = (struct span){at, len};
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
    struct head *head = &of(parser)->head;
    if (head->count < FIELDS_MAX) {
        head->names[head->count] = (struct span){at, len};
    }
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    struct head *head = &of(parser)->head;
    if (head->count < FIELDS_MAX) {
        head->values[head->count++] = (struct span){at, len};
    }
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct bare *bare = of(parser);
    bare->messages++;
    if (bare->has_rows && parser->status_code / 100 == 3) {
        add_redirect(bare);
    }
    return 0;
}

/* A flow by who sends: *ret_side is 0 for who sent first. */
static struct flow *flow_of(struct bare *bare, const unsigned char *addresses,
                            const unsigned char *ports, struct flow ***ret_at, size_t *ret_side)
{
    unsigned char there[12], back[12];
    memcpy(there, addresses, 8);
    memcpy(there + 8, ports, 4);
    memcpy(back, addresses + 4, 4);
    memcpy(back + 4, addresses, 4);
    memcpy(back + 8, ports + 2, 2);
    memcpy(back + 10, ports, 2);
    unsigned long long hash = 0;
    for (size_t i = 0; i < 12; i++) {
        hash += (unsigned long long)(there[i] + 1) * (back[i] + 1) << (i % 2 * 8);
    }
    hash *= 0x9E3779B97F4A7C15;
    struct flow **at = &bare->slots[hash >> 48];
    for (; *at != NULL; at = &(*at)->next) {
        *ret_side = memcmp((*at)->key, there, 12) == 0 ? 0 : 1;
        if (*ret_side == 0 || memcmp((*at)->key, back, 12) == 0) {
            *ret_at = at;
            return *at;
        }
    }
    struct flow *flow = bare->unused;
    if (flow != NULL) {
        bare->unused = flow->next;
    } else if ((flow = malloc(sizeof(*flow))) == NULL) {
        fail("out of memory");
    }
    flow->next = NULL;
    flow->fins = 0;
    memcpy(flow->key, there, 12);
    for (size_t side = 0; side < 2; side++) {
        llhttp_init(&flow->parsers[side], side == 0 ? HTTP_REQUEST : HTTP_RESPONSE,
                    &bare->settings);
        flow->parsers[side].data = bare;
    }
    *at = flow;
    *ret_at = at;
    *ret_side = 0;
    return flow;
}

static void read_frame(struct bare *bare, const unsigned char *frame, size_t len)
{
    const unsigned char *ip = frame + ETHERNET_LEN;
    if (len < ETHERNET_LEN + 40 || ip[0] >> 4 != 4 || ip[9] != 6) {
        return;
    }
    const unsigned char *tcp = ip + (size_t)(ip[0] & 15) * 4;
    const unsigned char *payload = tcp + (size_t)(tcp[12] >> 4) * 4;
    const unsigned char *end = ip + of_16(ip + 2);
    struct flow **at;
    size_t side;
    struct flow *flow = flow_of(bare, ip + 12, tcp, &at, &side);
    if (payload < end && llhttp_get_errno(&flow->parsers[side]) == HPE_OK) {
        llhttp_execute(&flow->parsers[side], (const char *)payload, (size_t)(end - payload));
    }
    flow->fins += tcp[13] & 1;
    if (flow->fins == 2) {
        *at = flow->next;
        flow->next = bare->unused;
        bare->unused = flow;
    }
}

static void read_file(struct bare *bare, int fd)
{
    static unsigned char buffer[BUFFER_LEN];
    size_t len = 0, at = FILE_HEAD_LEN;
    for (;;) {
        ssize_t got = read(fd, buffer + len, sizeof(buffer) - len);
        if (got <= 0) {
            return;
        }
        len += (size_t)got;
        while (len - at >= RECORD_HEAD_LEN) {
            unsigned size;
            memcpy(&size, buffer + at + 8, sizeof(size));
            if (size > sizeof(buffer) / 2) {
                fail("not a capture that generate wrote");
            }
            if (len - at - RECORD_HEAD_LEN < size) {
                break;
            }
            bare->records++;
            if (bare->has_heads) {
                read_frame(bare, buffer + at + RECORD_HEAD_LEN, size);
            }
            at += RECORD_HEAD_LEN + size;
        }
        memmove(buffer, buffer + at, len - at);
        len -= at;
        at = 0;
    }
}

int main(int argc, char **argv)
{
    static struct bare bare;
    bool is_walk = argc == 3 && strcmp(argv[1], "walk") == 0;
    bare.has_rows = argc == 4 && strcmp(argv[1], "rows") == 0;
    bare.has_heads = bare.has_rows || (argc == 3 && strcmp(argv[1], "heads") == 0);
    if (!is_walk && !bare.has_heads) {
        fprintf(stderr, "usage: bare walk FILE | bare heads FILE | bare rows FILE DATABASE\n");
        return 2;
    }
    int fd = open(argv[2], O_RDONLY);
    if (fd < 0) {
        fail(argv[2]);
    }
    llhttp_settings_init(&bare.settings);
    bare.settings.on_message_begin = on_message_begin;
    bare.settings.on_url = on_url;
    bare.settings.on_header_field = on_header_field;
    bare.settings.on_header_value = on_header_value;
    bare.settings.on_headers_complete = on_headers_complete;
    if (bare.has_rows) {
        open_database(&bare, argv[3]);
    }
    read_file(&bare, fd);
    if (bare.has_rows) {
        sqlite3_finalize(bare.exchange);
        sqlite3_finalize(bare.redirect);
        execute(&bare, indexes);
        sqlite3_close(bare.db);
    }
    close(fd);
    printf("{\"records\": %llu, \"messages\": %llu, \"redirects\": %lld}\n", bare.records,
           bare.messages, bare.redirects);
    return 0;
}
