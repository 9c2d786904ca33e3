/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of the http room that are pure functions of their octets; the whole has transcripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "http/content.h"
#include "http/hunt.h"
#include "http/lane.h"
#include "http/lenient.h"
#include "http/method.h"
#include "http/parser.h"
#include "http/sniff.h"

/* A view of a literal, which may hold NUL. */
#define OCTETS(s)          \
    {                      \
        (s), sizeof(s) - 1 \
    }

static void test_sniff(void **state)
{
    static const struct {
        struct see_view octets;
        enum see_sniff kind;
    } rows[] = {
        {OCTETS(""), SEE_SNIFF_MORE},
        {OCTETS("G"), SEE_SNIFF_MORE},
        {OCTETS("GET / HTTP/1.1"), SEE_SNIFF_MORE},
        {OCTETS("GET / HTTP/1.1\r"), SEE_SNIFF_MORE},
        {OCTETS("GET / HTTP/1.1\r\n"), SEE_SNIFF_REQUEST},
        {OCTETS("GET / HTTP/1.0\n"), SEE_SNIFF_REQUEST},
        {OCTETS("x!#$%&'*+-.^_`|~ * HTTP/1.1\r\n"), SEE_SNIFF_REQUEST},
        {OCTETS("GET /a b HTTP/1.1\r\n"), SEE_SNIFF_REQUEST},
        {OCTETS("GET /\xc3\xa9 HTTP/1.1\r\n"), SEE_SNIFF_REQUEST},
        {OCTETS("GET /\x01"), SEE_SNIFF_OTHER},
        {OCTETS("GET /\x01 HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("GET /\r "), SEE_SNIFF_OTHER},
        {OCTETS("GET / HTTP/2.0\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("GET / HTTP/1.\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("GET HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("GET /\r\n"), SEE_SNIFF_OTHER},
        {OCTETS(" / HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("(GET / HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("HTTP/1.1 20"), SEE_SNIFF_MORE},
        {OCTETS("HTTP/1.1 200"), SEE_SNIFF_RESPONSE},
        {OCTETS("HTTP/1.x 200"), SEE_SNIFF_OTHER},
        {OCTETS("HTTP/2.0 200"), SEE_SNIFF_OTHER},
        {OCTETS("HTTP/2 200"), SEE_SNIFF_OTHER},
        {OCTETS("HTTP/1.1 2x0"), SEE_SNIFF_OTHER},
        {OCTETS("PRI * HTTP/2."), SEE_SNIFF_MORE},
        {OCTETS("PRI * HTTP/2.0"), SEE_SNIFF_HTTP2},
        {OCTETS("\x16\x03\x01\x02\x00"), SEE_SNIFF_MORE},
        {OCTETS("\x16\x03\x01\x02\x00\x01"), SEE_SNIFF_TLS},
        {OCTETS("\x16\x03\x03\x02\x00\x02"), SEE_SNIFF_TLS},
        {OCTETS("\x16\x03\x03\x02\x00\x0b"), SEE_SNIFF_OTHER},
        {OCTETS("\x16\x03\x05"), SEE_SNIFF_OTHER},
        {OCTETS("\x16\x02"), SEE_SNIFF_OTHER},
        {OCTETS("\x17\x03\x03\x02\x00\x99"), SEE_SNIFF_TLS},
        {OCTETS("SSH-2.0-x\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("220 a.test ESMTP\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("\0\0\0\x08"), SEE_SNIFF_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum see_sniff kind = see_sniff(rows[i].octets);
        if (kind != rows[i].kind) {
            fail_msg("row %zu: %d", i, (int)kind);
        }
    }
}

static void test_sniff_first(void **state)
{
    static const struct {
        struct see_view octets;
        enum see_sniff kind;
    } rows[] = {
        {OCTETS("G"), SEE_SNIFF_MORE},
        {OCTETS("GET /\0"), SEE_SNIFF_MORE},
        {OCTETS("GET /\0 HTTP/2.0"), SEE_SNIFF_MORE},
        {OCTETS("GET /\0 HTTP/2.0\n"), SEE_SNIFF_REQUEST},
        {OCTETS("\xef"), SEE_SNIFF_MORE},
        {OCTETS("\xef\xbb\xbfGET / HTTP/1.1\r\n"), SEE_SNIFF_REQUEST},
        {OCTETS("GE(T\t/\thttp/1.1\t \r\n"), SEE_SNIFF_REQUEST},
        {OCTETS("GET HTTP/1.1\r\n"), SEE_SNIFF_REQUEST},
        {OCTETS("GET / HTTP/1.1x\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("GET /HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("HTTP/1.1 200 HTTP/1.1"), SEE_SNIFF_MORE},
        {OCTETS("INVITE sip:b@b.test SIP/2.0\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("GE\x01T / HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("(GET / HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("{\"a\": 1"), SEE_SNIFF_OTHER},
        {OCTETS(" GET / HTTP/1.1\r\n"), SEE_SNIFF_OTHER},
        {OCTETS("\x03\0"), SEE_SNIFF_OTHER},
        {OCTETS("\n"), SEE_SNIFF_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum see_sniff kind = see_sniff_first(rows[i].octets);
        if (kind != rows[i].kind) {
            fail_msg("row %zu: %d", i, (int)kind);
        }
    }
}

static void test_known_methods(void **state)
{
    static const char *const known[] = {"GET", "VERSION-CONTROL", "M-SEARCH"};
    static const char *const unknown[] = {"", "ET", "OST", "MGET", "get", "GETS"};
    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        assert_true(see_method_is_known(see_view_of(known[i])));
    }
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_false(see_method_is_known(see_view_of(unknown[i])));
    }
}

/* What is said once is not taken back, whatever follows. */
static void test_sniff_is_final(void **state)
{
    static const struct see_view rows[] = {
        OCTETS("GET /index.html HTTP/1.1\r\nHost: a\r\n"),
        OCTETS("HTTP/1.1 200 OK\r\n"),
        OCTETS("PRI * HTTP/2.0\r\n\r\nSM\r\n"),
        OCTETS("\x16\x03\x01\x02\x00\x01\x00\x01"),
        OCTETS("220 smtp ready\r\n"),
        OCTETS("GET /\rx HTTP/1.1\r\n"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum see_sniff before = SEE_SNIFF_MORE;
        for (size_t len = 0; len <= rows[i].len; len++) {
            enum see_sniff kind = see_sniff(see_view_cut(rows[i], 0, len));
            assert_true(before == SEE_SNIFF_MORE || kind == before);
            before = kind;
        }
        assert_int_not_equal(before, SEE_SNIFF_MORE);
    }
}

static void test_sniff_long_line(void **state)
{
    char line[SEE_SNIFF_OCTETS + 50];
    (void)state;
    memset(line, 'x', sizeof(line));
    assert_int_equal(see_sniff((struct see_view){line, sizeof(line)}), SEE_SNIFF_OTHER);
    memcpy(line, "GET /", 5);
    assert_int_equal(see_sniff((struct see_view){line, SEE_SNIFF_OCTETS - 1}), SEE_SNIFF_MORE);
    assert_int_equal(see_sniff((struct see_view){line, sizeof(line)}), SEE_SNIFF_REQUEST);
    memcpy(line, "GET https://", 12);
    assert_int_equal(see_sniff((struct see_view){line, sizeof(line)}), SEE_SNIFF_REQUEST);
    memcpy(line, "GET ftp", 7);
    assert_int_equal(see_sniff((struct see_view){line, sizeof(line)}), SEE_SNIFF_OTHER);
}

static void test_start_line(void **state)
{
    struct see_start_line line;
    (void)state;
    assert_int_equal(see_start_line_read(SEE_LITERAL("get /a b HTTP/1.0\r\n"), &line),
                     SEE_SNIFF_REQUEST);
    assert_true(see_view_eq(line.method, SEE_LITERAL("get")));
    assert_true(see_view_eq(line.target, SEE_LITERAL("/a b")));
    assert_int_equal(line.major, 1);
    assert_int_equal(line.minor, 0);
    assert_int_equal(see_start_line_read(SEE_LITERAL("HTTP/1.1 307 Temporary Redirect"), &line),
                     SEE_SNIFF_RESPONSE);
    assert_int_equal(line.status, 307);
    assert_int_equal(line.minor, 1);
    assert_null(line.method.ptr);
    assert_int_equal(see_start_line_read(SEE_LITERAL("HTTP/1.1 3070"), &line), SEE_SNIFF_OTHER);
    assert_int_equal(see_start_line_read(SEE_LITERAL(""), &line), SEE_SNIFF_OTHER);
}

static void test_plain_start_line(void **state)
{
    (void)state;
    assert_true(see_start_line_is_plain(SEE_LITERAL("GET /a HTTP/1.1\r\n")));
    assert_true(see_start_line_is_plain(SEE_LITERAL("M-SEARCH * HTTP/1.1\r\n")));
    assert_true(see_start_line_is_plain(SEE_LITERAL("HTTP/1.1 200\r\n")));
    assert_false(see_start_line_is_plain(SEE_LITERAL("get /a HTTP/1.1\r\n")));
    assert_false(see_start_line_is_plain(SEE_LITERAL("GET /a b HTTP/1.1\r\n")));
    assert_false(see_start_line_is_plain(SEE_LITERAL("GET /a\tb HTTP/1.1\r\n")));
    assert_false(see_start_line_is_plain(SEE_LITERAL("HTTP/1.1 200 \x01\r\n")));
    assert_false(see_start_line_is_plain(SEE_LITERAL("a=1&b=2\r\n")));
    assert_true(see_start_line_may_be_plain(SEE_LITERAL("GE")));
    assert_true(see_start_line_may_be_plain(SEE_LITERAL("HTTP/1.1 ")));
    assert_false(see_start_line_may_be_plain(SEE_LITERAL("Ge")));
}

static void test_likely_field_line(void **state)
{
    (void)state;
    assert_true(see_field_line_is_likely(SEE_LITERAL("Host: a\r\n"), true));
    assert_true(see_field_line_is_likely(SEE_LITERAL("\r\n"), true));
    assert_true(see_field_line_is_likely(SEE_LITERAL("X:\r\n"), true));
    assert_false(see_field_line_is_likely(SEE_LITERAL("Host\r\n"), true));
    assert_false(see_field_line_is_likely(SEE_LITERAL(": a\r\n"), true));
    assert_false(see_field_line_is_likely(SEE_LITERAL("GET / HTTP/1.1\r\n"), true));
    assert_true(see_field_line_is_likely(SEE_LITERAL("Hos"), false));
    assert_true(see_field_line_is_likely(SEE_LITERAL("\r"), false));
    assert_true(see_field_line_is_likely(SEE_LITERAL(""), false));
    assert_false(see_field_line_is_likely(SEE_LITERAL("Hos "), false));
}

/* The digests of `octets`, handed over in pieces of `size`. */
static struct see_message digest(const char *key, const char *type, struct see_view octets,
                                 size_t size)
{
    struct see_message message = {.content_len = octets.len};
    struct see_content_key made = see_content_key_make(key);
    struct see_content *content = see_content_new(&made, see_view_of(type));
    assert_non_null(content);
    for (size_t at = 0; at < octets.len; at += size) {
        see_content_add(content, see_view_cut(octets, at, at + size));
    }
    see_content_end(content, &message);
    see_content_free(content);
    assert_true(message.has_digest);
    return message;
}

static bool is_same(struct see_digest a, struct see_digest b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static void test_bare_content(void **state)
{
    static const struct {
        const char *type;
        const char *content;
        const char *bare;
    } rows[] = {
        {"multipart/form-data; boundary=b", "--b\r\nx\r\n--b--", "\r\nx\r\n--"},
        {"multipart/form-data; boundary=b", "", ""},
        {"multipart/form-data; boundary=b", "---b", "-"},
        {"multipart/form-data; boundary=b", "--", "--"},
        {"multipart/form-data; boundary=b", "--c--b-", "--c-"},
        {"MULTIPART/mixed;a=b;Boundary = \"b c\" ;x=y", "1--b c2", "12"},
        {"multipart/mixed; x=\"a;boundary=n\"; boundary=b", "--n--b", "--n"},
        {"multipart/mixed; boundary=\"a\\\"b\"", "--a\"b!", "!"},
        {"multipart/mixed; boundary=\"open", "--open!", "!"},
        {"multipart/mixed; boundary=--a--b", "x----a----a--b-y", "x----a-y"},
        {"multipart/mixed; boundary=-", "------", ""},
        {"multipart/mixed; boundary=aab", "--aa--aab--aaab", "--aa--aaab"},
        {"multipart/mixed; boundary=", "--b", "--b"},
        {"multipart/mixed; boundary", "--b", "--b"},
        {"multipart/mixed", "--b", "--b"},
        {"text/plain; boundary=b", "--b", "--b"},
        {NULL, "--b", "--b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct see_view content = see_view_of(rows[i].content), bare = see_view_of(rows[i].bare);
        struct see_message expected = digest("key", NULL, bare, 1000);
        for (size_t size = 1; size < content.len + 2; size++) {
            struct see_message got = digest("key", rows[i].type, content, size);
            if (got.bare_len != bare.len || !is_same(got.bare_digest, expected.content_digest)) {
                fail_msg("row %zu by %zu: %zu octets", i, size, (size_t)got.bare_len);
            }
        }
    }
}

static void test_long_boundary(void **state)
{
    char type[400] = "multipart/mixed; boundary=";
    (void)state;
    memset(type + strlen(type), 'x', 256);
    struct see_view boundary = see_view_of(strchr(type, '=') + 1);
    char content[300] = "--";
    memcpy(content + 2, boundary.ptr, boundary.len);
    assert_int_equal(digest("key", type, see_view_of(content), 7).bare_len, 0);
    strcat(type, "x");
    assert_int_equal(digest("key", type, see_view_of(content), 7).bare_len, 258);
}

static void test_digest_key(void **state)
{
    char long_key[200] = "";
    const struct see_view octets = SEE_LITERAL("content");
    (void)state;
    memset(long_key, 'k', 100);
    struct see_digest a = digest("key", NULL, octets, 1).content_digest;
    assert_true(is_same(a, digest("key", NULL, octets, 7).content_digest));
    assert_false(is_same(a, digest("kez", NULL, octets, 7).content_digest));
    assert_false(is_same(a, digest(NULL, NULL, octets, 7).content_digest));
    assert_false(is_same(digest("", NULL, octets, 7).content_digest,
                         digest(NULL, NULL, octets, 7).content_digest));
    struct see_digest b = digest(long_key, NULL, octets, 7).content_digest;
    long_key[99] = 'l';
    assert_false(is_same(b, digest(long_key, NULL, octets, 7).content_digest));

    struct see_content_key key = see_content_key_make("key");
    assert_true(is_same(see_content_empty(&key),
                        digest("key", NULL, (struct see_view){NULL, 0}, 1).content_digest));
}

static void test_head(void **state)
{
    struct see_head head;
    const struct see_view octets =
        SEE_LITERAL("FOO /a HTTP/1.1\r\nA:\r\nB: 1 \r\n \t2\r\nContent-Length: 7\r\n\r\n");
    (void)state;
    assert_int_equal(see_head_parse(octets, SEE_SNIFF_REQUEST, true, &head), SEE_OK);
    assert_true(head.is_sound);
    assert_true(see_view_eq(head.line.method, SEE_LITERAL("FOO")));
    assert_int_equal(head.field_count, 3);
    assert_non_null(head.fields[0].value.ptr);
    assert_int_equal(head.fields[0].value.len, 0);
    assert_true(see_view_eq(head.fields[1].value, SEE_LITERAL("1 2")));
    assert_true(head.has_length && head.length == 7 && !head.is_chunked);
    free(head.block);
}

static void test_head_in_part(void **state)
{
    struct see_head head;
    (void)state;
    assert_int_equal(see_head_parse(SEE_LITERAL("HTTP/1.1 302 Found\r\nA: 1\r\nB: 2\r\n"),
                                    SEE_SNIFF_RESPONSE, false, &head),
                     SEE_OK);
    assert_int_equal(head.line.status, 302);
    assert_int_equal(head.field_count, 2);
    free(head.block);
    assert_int_equal(
        see_head_parse(SEE_LITERAL("HTTP/1.1 302 Found\r\nA: 1\r\nLocation /\r\nC: 3\r\n\r\n"),
                       SEE_SNIFF_RESPONSE, true, &head),
        SEE_OK);
    assert_false(head.is_sound);
    assert_int_equal(head.leniency, 0);
    assert_int_equal(head.field_count, 1);
    free(head.block);
}

#define SET(name) ((see_leniencies)1 << SEE_LENIENT_##name)

/* Each leniency alone, and beside others; whether llhttp takes the head as it stands. */
static void test_leniency(void **state)
{
    static const struct {
        struct see_view octets;
        see_leniencies leniency;
        bool is_taken;
        bool is_unframed;
    } rows[] = {
        {OCTETS("GET / HTTP/1.1\r\nA: b\r\n\r\n"), 0, true, false},
        {OCTETS("GET /\xc3 HTTP/1.1\r\nA: b\r\n\r\n"), SET(target), true, false},
        {OCTETS("GET / HTTP/1.1 \r\nA: b\r\n\r\n"), SET(start_line), false, false},
        {OCTETS("GET /  HTTP/1.1\r\nA: b\r\n\r\n"), SET(start_line), true, false},
        {OCTETS("GET\t/ HTTP/1.1\r\nA: b\r\n\r\n"), SET(start_line), true, false},
        {OCTETS("GET / http/1.1\r\nA: b\r\n\r\n"), SET(start_line), false, false},
        {OCTETS("GET / HTTP/1.2\r\nA: b\r\n\r\n"), SET(version), false, false},
        {OCTETS("GET / HTTP/0.9\r\nA: b\r\n\r\n"), SET(version), true, false},
        {OCTETS("GET / HTTP/1.1\nA: b\r\n\r\n"), SET(bare_lf), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\n\r\n"), SET(bare_lf), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\r\n\n"), SET(bare_lf), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n"), SET(bare_cr), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\r\r\n\r\n"), SET(bare_cr), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\r\r\n c\r\n\r\n"), SET(bare_cr) | SET(obs_fold), false,
         false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), SET(obs_fold), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA : b\r\n\r\n"), SET(blank_before_colon), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"), SET(control), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n"), SET(control), false, false},
        {OCTETS("GET / HTTP/1.1\r\nA: b\r\nB\r\n\r\n"), SET(no_field), false, false},
        {OCTETS("GET / HTTP/1.1\r\n X: y\r\nA: b\r\n\r\n"), SET(no_field), false, false},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length : 1\r\n\r\n"),
         SET(blank_before_colon) | SET(framing_field), false, false},
        {OCTETS("GET / HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"),
         SET(obs_fold) | SET(framing_field), false, false},
        {OCTETS("GET / HTTP/1.1\r\nTransfer-Encoding: \x0b"
                "chunked\r\n\r\n"),
         SET(control) | SET(framing_field) | SET(transfer_coding), false, true},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"),
         SET(length_repeated), false, false},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n"), SET(length_repeated), false,
         false},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
         SET(length_differs), false, true},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n"), SET(length_invalid), false, true},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n"), SET(length_invalid), false, true},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length: 1,\r\n\r\n"), SET(length_invalid), false, true},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length:\r\n\r\n"), SET(length_invalid), false, true},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n"),
         SET(length_invalid), false, true},
        {OCTETS("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"),
         SET(length_and_coding), false, false},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
         SET(length_and_coding) | SET(length_invalid), false, false},
        {OCTETS("GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 0, true, false},
        {OCTETS("GET / HTTP/1.1\r\nContent-Length:\t1\t \r\n\r\n"), 0, false, false},
        {OCTETS("GET / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"), SET(transfer_coding),
         false, true},
        {OCTETS("GET / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"),
         SET(transfer_coding), false, false},
        {OCTETS("GET / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n"), SET(transfer_coding),
         true, true},
        {OCTETS("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), SET(transfer_coding), true,
         false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct see_head head;
        assert_int_equal(see_head_parse_strictly(rows[i].octets, SEE_SNIFF_REQUEST, true, &head),
                         SEE_OK);
        if (head.is_sound != rows[i].is_taken) {
            fail_msg("row %zu: llhttp %s it", i, head.is_sound ? "takes" : "refuses");
        }
        free(head.block);
        assert_int_equal(see_head_parse(rows[i].octets, SEE_SNIFF_REQUEST, true, &head), SEE_OK);
        if (!head.is_sound || head.leniency != rows[i].leniency ||
            head.is_unframed != rows[i].is_unframed) {
            fail_msg("row %zu: leniency %x", i, (unsigned)head.leniency);
        }
        free(head.block);
    }
}

static void test_leniency_words(void **state)
{
    struct see_text text;
    (void)state;
    see_text_init(&text);
    see_leniencies_write(SET(bare_lf) | SET(length_differs), &text);
    assert_true(see_view_eq(see_text_view(&text), SEE_LITERAL("bare-lf length-differs")));
    assert_true(see_leniencies_touch_framing(SET(bare_lf) | SET(length_differs)));
    assert_false(see_leniencies_touch_framing(SET(bare_lf) | SET(length_repeated)));
    see_text_finish(&text);
}

static void test_head_not_sound(void **state)
{
    static const struct see_view rows[] = {
        OCTETS("GET / HTTP/1.1\r\n A: b\r\n\r\n"),
        OCTETS("GET / HTTP/1.1\r\nA\r\n\r\n"),
        OCTETS("GET / HTTP/1.1\r\nA: b\r\nHost c\r\n\r\n"),
        OCTETS("GET / HTTP/1.1\r\nA: b\r\nHost: c\0d\r\n\r\n"),
        OCTETS("GET / HTTP/1.1\r\nA: b\r\ncontent-length\x01: 5\r\n\r\n"),
        OCTETS("GET / HTTP/1.1\r\nA: b\r\nX Y\r\n Transfer-Encoding: chunked\r\n\r\n"),
        OCTETS("GET / HTTP/1.1\r\nA: b\r\nGET /2 HTTP/1.1\r\nB: c\r\n\r\n"),
        OCTETS("GET / HTTP/1.1\r\nA: b\r\nHTTP/1.1 200 OK\r\nB: c\r\n\r\n"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct see_head head;
        assert_int_equal(see_head_parse(rows[i], SEE_SNIFF_REQUEST, true, &head), SEE_OK);
        if (head.is_sound || head.leniency != 0) {
            fail_msg("row %zu", i);
        }
        free(head.block);
    }
}

static size_t random_below(uint32_t *seed, size_t count)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % count;
}

/* A head put together out of pieces, sound and less so. */
static void make_head(uint32_t *seed, enum see_sniff kind, struct see_text *text)
{
    static const char *const names[] = {
        "A", "Host", "Content-Length", "Transfer-Encoding", "X-\xc3", "Connection", "Upgrade",
        "",  "B C"};
    static const char *const values[] = {"",     "1",    "01",      "chunked", "gzip, chunked",
                                         "a b",  "\xe9", "5 ",      "\x01",    "close",
                                         "gzip", ",",    "chunked,"};
    static const char *const between[] = {":", ": ", ":\t", " :", ": \t ", ""};
    static const char *const ends[] = {"\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r\r\n", "\r\n "};
#define PICK(list) list[random_below(seed, sizeof(list) / sizeof(list[0]))]
    see_text_clear(text);
    see_text_add_string(text, kind == SEE_SNIFF_REQUEST ? "GET / HTTP/1." : "HTTP/1.");
    see_text_add_string(text, random_below(seed, 8) == 0 ? "0" : "1");
    see_text_add_string(text, kind == SEE_SNIFF_REQUEST ? "\r\n" : " 200 OK\r\n");
    for (size_t n = random_below(seed, 5); n > 0; n--) {
        see_text_add_string(text, PICK(names));
        see_text_add_string(text, PICK(between));
        see_text_add_string(text, PICK(values));
        see_text_add_string(text, PICK(ends));
    }
    see_text_add_string(text, "\r\n");
#undef PICK
}

/* A head ends with its first empty line. */
static struct see_view to_empty_line(struct see_view octets)
{
    for (size_t at = 1; at < octets.len; at++) {
        struct see_view rest = see_view_cut(octets, at, octets.len);
        if (octets.ptr[at - 1] == '\n' && rest.ptr[0] == '\n') {
            return see_view_cut(octets, 0, at + 1);
        }
        if (octets.ptr[at - 1] == '\n' && see_view_starts(rest, SEE_LITERAL("\r\n"))) {
            return see_view_cut(octets, 0, at + 2);
        }
    }
    return octets;
}

static bool is_same_head(const struct see_head *a, const struct see_head *b)
{
    bool is_odd = see_leniencies_has(b->leniency, SEE_LENIENT_transfer_coding);
    bool is_same = a->field_count == b->field_count && (is_odd || a->is_chunked == b->is_chunked) &&
                   a->has_transfer_encoding == b->has_transfer_encoding &&
                   a->has_length == b->has_length && (!a->has_length || a->length == b->length);
    for (size_t i = 0; is_same && i < a->field_count; i++) {
        is_same = see_view_eq(a->fields[i].name, b->fields[i].name) &&
                  see_view_eq(a->fields[i].value, b->fields[i].value);
    }
    return is_same;
}

/*
 * What llhttp takes the lenient reader reads alike, without leniency but for what is no matter of
 * grammar; what llhttp refuses is forgiven something, or is not sound.
 */
static void test_strict_and_lenient_agree(void **state)
{
    const see_leniencies no_grammar = SET(transfer_coding);
    struct see_text text;
    uint32_t seed = 1;
    size_t taken = 0;
    (void)state;
    see_text_init(&text);
    for (size_t i = 0; i < 50000; i++) {
        enum see_sniff kind = i % 2 == 0 ? SEE_SNIFF_REQUEST : SEE_SNIFF_RESPONSE;
        struct see_head strict, lenient;
        make_head(&seed, kind, &text);
        struct see_view octets = to_empty_line(see_text_view(&text));
        assert_int_equal(see_head_parse_strictly(octets, kind, true, &strict), SEE_OK);
        assert_int_equal(see_head_parse_leniently(octets, kind, &lenient), SEE_OK);
        bool is_right = strict.is_sound ? lenient.is_sound && is_same_head(&strict, &lenient) &&
                                              (lenient.leniency & ~no_grammar) == 0
                                        : !lenient.is_sound || lenient.leniency != 0;
        if (!is_right) {
            fail_msg("%s by llhttp, leniency %x:\n%s", strict.is_sound ? "taken" : "refused",
                     (unsigned)lenient.leniency, text.ptr);
        }
        taken += strict.is_sound ? 1 : 0;
        free(strict.block);
        free(lenient.block);
    }
    assert_in_range(taken, 5000, 45000);
    see_text_finish(&text);
}

struct taken {
    char octets[64];
    size_t len;
};

static void on_content(void *ctx, struct see_view octets)
{
    struct taken *taken = ctx;
    memcpy(taken->octets + taken->len, octets.ptr, octets.len);
    taken->len += octets.len;
}

/* Every stretch of a chunk can be passed over, to the end of the chunk and no further. */
static void test_chunked_skip(void **state)
{
    const struct see_view before = SEE_LITERAL("a\r\n"),
                          after = SEE_LITERAL("\r\n1\r\nx\r\n0\r\n\r\n");
    const struct see_view chunk = SEE_LITERAL("0123456789");
    (void)state;
    for (size_t from = 0; from <= chunk.len; from++) {
        for (size_t to = from; to <= chunk.len; to++) {
            struct taken taken = {.len = 0};
            size_t len;
            struct see_chunked *chunked =
                see_chunked_new((struct see_chunked_sink){&taken, on_content});
            assert_non_null(chunked);
            assert_int_equal(see_chunked_remaining(chunked), 0);
            assert_int_equal(see_chunked_feed(chunked, before, &len), SEE_CHUNKED_MORE);
            see_chunked_feed(chunked, see_view_cut(chunk, 0, from), &len);
            assert_int_equal(see_chunked_remaining(chunked), chunk.len - from);
            see_chunked_skip(chunked, to - from);
            see_chunked_feed(chunked, see_view_cut(chunk, to, chunk.len), &len);
            assert_int_equal(see_chunked_remaining(chunked), 0);
            assert_int_equal(see_chunked_feed(chunked, after, &len), SEE_CHUNKED_DONE);
            assert_int_equal(len, after.len);
            assert_int_equal(taken.len, chunk.len - (to - from) + 1);
            assert_memory_equal(taken.octets + from, chunk.ptr + to, chunk.len - to);
            see_chunked_free(chunked);
        }
    }
}

static void test_chunked_broken(void **state)
{
    static const struct see_view rows[] = {
        OCTETS("x\r\n"),
        OCTETS("1 x\r\n"),
        OCTETS("1\r\nax"),
        OCTETS("1\rb\r\n"),
        OCTETS("ffffffffffffffffff\r\n"),
        OCTETS("0\r\nno field\r\n"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct taken taken = {.len = 0};
        size_t len;
        struct see_chunked *chunked =
            see_chunked_new((struct see_chunked_sink){&taken, on_content});
        assert_non_null(chunked);
        if (see_chunked_feed(chunked, rows[i], &len) != SEE_CHUNKED_BROKEN || len > rows[i].len) {
            fail_msg("row %zu", i);
        }
        see_chunked_free(chunked);
    }
}

static void test_fields(void **state)
{
    const struct see_field fields[] = {
        {SEE_LITERAL("Location"), SEE_LITERAL("/1")},
        {SEE_LITERAL("X"), SEE_LITERAL("")},
        {SEE_LITERAL("LOCATION"), SEE_LITERAL("/2")},
    };
    const struct see_message message = {.fields = fields, .field_count = 3};
    size_t count;
    (void)state;
    struct see_view value = see_message_field(&message, SEE_LITERAL("location"), &count);
    assert_true(see_view_eq(value, SEE_LITERAL("/1")));
    assert_int_equal(count, 2);
    assert_non_null(see_message_field(&message, SEE_LITERAL("x"), NULL).ptr);
    assert_null(see_message_field(&message, SEE_LITERAL("y"), &count).ptr);
    assert_int_equal(count, 0);
}

static void test_is_redirect(void **state)
{
    (void)state;
    for (int status = 0; status < 1000; status++) {
        const struct see_exchange exchange = {.status = status};
        bool expected =
            status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
        assert_int_equal(see_exchange_is_redirect(&exchange), expected);
    }
}

/* A holder outlives the room, and what it holds stays readable. */
static void test_references(void **state)
{
    struct see_connection connection = {.refs = 1};
    (void)state;
    const uint8_t loopback[4] = {127, 0, 0, 1};
    connection.ends[1].address = see_address_v4(loopback);
    struct see_record *record = see_record_new(NULL, &connection, 1, 0);
    assert_non_null(record);
    assert_int_equal(connection.refs, 2);
    char *memory = see_record_alloc(record, 5);
    assert_non_null(memory);
    memcpy(memory, "/path", 5);
    record->exchange.target = (struct see_view){memory, 5};
    struct see_exchange *held = see_exchange_ref(&record->exchange);
    see_exchange_unref(&record->exchange);
    assert_true(see_view_eq(held->target, SEE_LITERAL("/path")));
    assert_true(see_view_eq(held->client, SEE_LITERAL("127.0.0.1")));
    see_exchange_unref(held);
    see_exchange_unref(NULL);
    assert_int_equal(connection.refs, 1);
}

/* splitmix64 */
static uint64_t roll(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* Looks at all of them, which the room does not. */
static struct see_talk *silent_longest(struct see_talk *all, size_t count)
{
    struct see_talk *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (all[i].held > 0 && (found == NULL || all[i].heard < found->heard)) {
            found = &all[i];
        }
    }
    return found;
}

static void who_is_silent_longest(void **state)
{
    enum { TALKS = 50 };
    struct see_talk all[TALKS] = {{.held = 0}};
    struct see_talks talks = {.list = NULL};
    uint64_t dice = 1;
    (void)state;
    for (size_t i = 0; i < TALKS; i++) {
        assert_int_equal(see_talks_add(&talks, &all[i]), SEE_OK);
    }
    for (size_t i = 0; i < 20000; i++) {
        struct see_talk *talk = &all[roll(&dice) % TALKS];
        /* Now and then many are asked for, one after the other. */
        uint64_t what = roll(&dice) % (i / 100 % 2 > 0 ? 4 : 16);
        if (what > 1) {
            see_talks_heard(&talks, talk, (size_t)(roll(&dice) % 4));
            continue;
        }
        struct see_talk *silent = talk;
        if (what == 1) {
            assert_int_equal(see_talks_silent(&talks, &silent), SEE_OK);
            assert_ptr_equal(silent, silent_longest(all, TALKS));
        }
        if (silent != NULL) {
            see_talks_remove(&talks, silent);
            *silent = (struct see_talk){.held = 0};
            assert_int_equal(see_talks_add(&talks, silent), SEE_OK);
        }
    }
    see_talks_finish(&talks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_silent_longest),
        cmocka_unit_test(test_sniff),
        cmocka_unit_test(test_sniff_first),
        cmocka_unit_test(test_known_methods),
        cmocka_unit_test(test_sniff_is_final),
        cmocka_unit_test(test_sniff_long_line),
        cmocka_unit_test(test_start_line),
        cmocka_unit_test(test_plain_start_line),
        cmocka_unit_test(test_likely_field_line),
        cmocka_unit_test(test_bare_content),
        cmocka_unit_test(test_long_boundary),
        cmocka_unit_test(test_digest_key),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_head_in_part),
        cmocka_unit_test(test_head_not_sound),
        cmocka_unit_test(test_leniency),
        cmocka_unit_test(test_leniency_words),
        cmocka_unit_test(test_strict_and_lenient_agree),
        cmocka_unit_test(test_chunked_skip),
        cmocka_unit_test(test_chunked_broken),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_is_redirect),
        cmocka_unit_test(test_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
