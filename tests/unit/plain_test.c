/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever the shortcut takes, llhttp takes as well, with the same fields and the same framing;
 * and heads as clients and servers write them are taken by the shortcut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/limits.h"
#include "http/look.h"
#include "http/parser.h"

#define HEAD_MAX 1024

static const char *const requests[] = {
    "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
    "POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nContent-Type: text/plain\r\n\r\n",
    "PUT /a HTTP/1.1\r\nhost:a\r\ntransfer-encoding: chunked\r\nX-Empty:\r\nX-Blank:   \r\n\r\n",
    "GET http://a/b HTTP/1.0\r\nUser-Agent: x/1 (y; z)\r\nCookie: a=b; c=\"d\"\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "M-SEARCH /x HTTP/1.1\r\nProxy-Connection: keep-alive, close\r\n\r\n",
    "DELETE /x HTTP/1.1\r\n\r\n",
};

static const char *const responses[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: a\r\n\r\n",
    "HTTP/1.1 303 See Other\r\nLocation: /b?c#d\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.0 404 \r\nConnection: close\r\nContent-Length:  7  \r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "HTTP/1.1 204\r\nSet-Cookie: a=b; Path=/; Expires=Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\n",
};

static void assert_same_view(struct see_view a, struct see_view b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
}

static void assert_same(const struct see_head *plain, const struct see_head *full)
{
    assert_true(plain->is_sound && full->is_sound);
    assert_int_equal(plain->leniency, full->leniency);
    assert_int_equal(plain->line.status, full->line.status);
    assert_int_equal(plain->line.major, full->line.major);
    assert_int_equal(plain->line.minor, full->line.minor);
    assert_int_equal(plain->has_length, full->has_length);
    assert_int_equal(plain->has_transfer_encoding, full->has_transfer_encoding);
    assert_int_equal(plain->is_chunked, full->is_chunked);
    assert_int_equal(plain->is_unframed, full->is_unframed);
    assert_int_equal(plain->has_length ? plain->length : 0, full->has_length ? full->length : 0);
    assert_int_equal(plain->field_count, full->field_count);
    for (size_t i = 0; i < plain->field_count; i++) {
        assert_same_view(plain->fields[i].name, full->fields[i].name);
        assert_same_view(plain->fields[i].value, full->fields[i].value);
        assert_non_null(plain->fields[i].value.ptr);
    }
    assert_same_view(plain->line.method, full->line.method);
    assert_same_view(plain->line.target, full->line.target);
}

/* Whether the shortcut takes it; what it takes is held against llhttp. */
static bool compare(const char *octets, size_t len, enum see_sniff kind)
{
    struct see_head plain, full;
    struct see_view head = {octets, len};
    bool is_plain;
    assert_int_equal(see_head_parse_plainly(head, kind, &plain, &is_plain), SEE_OK);
    if (!is_plain) {
        return false;
    }
    assert_int_equal(see_head_parse_strictly(head, kind, true, &full), SEE_OK);
    assert_same(&plain, &full);
    free(plain.block);
    free(full.block);
    return true;
}

static void test_usual_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        assert_true(compare(requests[i], strlen(requests[i]), SEE_SNIFF_REQUEST));
    }
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        assert_true(compare(responses[i], strlen(responses[i]), SEE_SNIFF_RESPONSE));
    }
}

/* A head of `fields` fields, the last of which fills it up to `len` octets. */
static char *long_head(size_t fields, size_t len)
{
    char *head = malloc(len + 1);
    size_t at = (size_t)snprintf(head, len, "GET / HTTP/1.1\r\n");
    for (size_t i = 1; i < fields; i++) {
        at += (size_t)snprintf(head + at, len - at, "A: b\r\n");
    }
    at += (size_t)snprintf(head + at, len - at, "Z: ");
    memset(head + at, 'z', len - 4 - at);
    memcpy(head + len - 4, "\r\n\r\n", 5);
    return head;
}

/* Whether who looks at a segment with this head, and octets behind it, reads all of it. */
static bool is_looked_at(const char *octets, size_t len)
{
    static struct see_http_look look;
    char *more = malloc(len + 9);
    memcpy(more, octets, len);
    memcpy(more + len, "behind it", 9);
    see_http_look((const uint8_t *)more, len + 9, &look);
    bool is_read = look.kind == SEE_SNIFF_REQUEST;
    assert_true(!is_read || look.plain.len == len);
    free(more);
    return is_read;
}

/* Places are told in sixteen bits, and where there is no room for a field it is no shortcut. */
static void test_bounds(void **state)
{
    (void)state;
    for (size_t len = UINT16_MAX - 5; len <= UINT16_MAX + 5; len++) {
        char *head = long_head(3, len);
        assert_int_equal(compare(head, len, SEE_SNIFF_REQUEST), len <= UINT16_MAX);
        assert_int_equal(is_looked_at(head, len), len <= UINT16_MAX);
        free(head);
    }
    const size_t most = see_limits_default().fields;
    const size_t counts[] = {SEE_HTTP_LOOK_FIELDS, SEE_HTTP_LOOK_FIELDS + 1, most, most + 1};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        char *head = long_head(counts[i], 8000);
        assert_int_equal(compare(head, 8000, SEE_SNIFF_REQUEST), counts[i] <= most);
        assert_int_equal(is_looked_at(head, 8000), counts[i] <= SEE_HTTP_LOOK_FIELDS);
        free(head);
    }
}

/* The same for octets behind which nothing may be read. */
static bool compare_alone(const char *octets, size_t len, enum see_sniff kind)
{
    char *alone = malloc(len);
    memcpy(alone, octets, len);
    bool is_plain = compare(alone, len, kind);
    free(alone);
    return is_plain;
}

/* Wherever its lines end, a head is taken; and wherever one odd octet is in it, it is not. */
static void test_every_place(void **state)
{
    static const char odd[] = {'\r', '\n', '\t', '\0', '\x7F', '\x80', '\xFF'};
    (void)state;
    for (size_t len = 60; len < 330; len++) {
        char *head = long_head(3, len);
        assert_true(compare_alone(head, len, SEE_SNIFF_REQUEST));
        for (size_t at = 0; at < len; at++) {
            char whole = head[at];
            for (size_t i = 0; i < sizeof(odd); i++) {
                head[at] = odd[i];
                assert_int_equal(compare_alone(head, len, SEE_SNIFF_REQUEST), odd[i] == whole);
            }
            head[at] = whole;
            assert_false(compare_alone(head, at, SEE_SNIFF_REQUEST));
        }
        free(head);
    }
}

static void test_not_for_a_shortcut(void **state)
{
    static const char *const heads[] = {
        "CONNECT a:1 HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n",
        "GET / HTTP/1.1\r\nHost\r\n\r\n",
        "GET / HTTP/1.1\r\n: a\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\tc\r\n\r\n",
        "GET / HTTP/1.1\r\nA: \x80\r\n\r\n",
        "GET / HTTP/1.1\r\nA: \x7F\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.2\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1 2\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1234567890123456789\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        assert_false(compare(heads[i], strlen(heads[i]), SEE_SNIFF_REQUEST));
    }
}

/* splitmix64 */
static uint64_t roll(uint64_t *state)
{
    uint64_t x = *state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* Writes, doubles or takes out a few octets. */
static size_t mutate(uint64_t *dice, char *octets, size_t len)
{
    static const char likely[] = "\r\n\r\n :\tcC01,;x\x7F\x80\x1F~! /";
    for (uint64_t times = roll(dice) % 3 + 1; times > 0 && len > 2; times--) {
        size_t at = roll(dice) % len, span = roll(dice) % 8;
        span = span < len - at ? span : len - at;
        switch (roll(dice) % 3) {
        case 0:
            octets[at] = likely[roll(dice) % (sizeof(likely) - 1)];
            break;
        case 1:
            memmove(octets + at, octets + at + span, len - at - span);
            len -= span;
            break;
        default:
            if (len + span <= HEAD_MAX) {
                memmove(octets + at + span, octets + at, len - at);
                len += span;
            }
        }
    }
    return len;
}

static size_t test_mutated(const char *const *heads, size_t count, enum see_sniff kind)
{
    uint64_t dice = 1;
    size_t taken = 0;
    for (size_t i = 0; i < 100000; i++) {
        char octets[HEAD_MAX];
        const char *head = heads[i % count];
        size_t len = strlen(head);
        memcpy(octets, head, len);
        len = mutate(&dice, octets, len);
        taken += compare(octets, len, kind);
    }
    return taken;
}

static void test_mutations(void **state)
{
    (void)state;
    /* Most are refused; but a test of refusals alone would be none. */
    assert_true(test_mutated(requests, sizeof(requests) / sizeof(requests[0]), SEE_SNIFF_REQUEST) >
                10000);
    assert_true(test_mutated(responses, sizeof(responses) / sizeof(responses[0]),
                             SEE_SNIFF_RESPONSE) > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_heads), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_every_place), cmocka_unit_test(test_not_for_a_shortcut),
        cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
