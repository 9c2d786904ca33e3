/* SPDX-License-Identifier: BSD-3-Clause */
/* SOCKS and PROXY headers as pure functions of their octets; what lanes do has transcripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/handshake.h"

/* A view of a literal, which may hold NUL. */
#define OCTETS(s)          \
    {                      \
        (s), sizeof(s) - 1 \
    }

/* Whole handshakes with an octet of what follows: before their end they ask for more, no further.
 */
static void test_handshake(void **state)
{
    static const struct {
        enum see_handshake_kind other, kind;
        struct see_view octets;
        enum see_handshake_result result;
    } rows[] = {
        {0, SEE_HANDSHAKE_SOCKS4_CLIENT, OCTETS("\4\1\0\x50\xc0\0\2\1me\0G"), SEE_HANDSHAKE_DONE},
        {0, SEE_HANDSHAKE_SOCKS4_CLIENT, OCTETS("\4\1\0\x50\0\0\0\1\0a.b\0G"), SEE_HANDSHAKE_DONE},
        {SEE_HANDSHAKE_SOCKS4_CLIENT, SEE_HANDSHAKE_SOCKS4_PROXY, OCTETS("\0\x5a\0\0\0\0\0\0H"),
         SEE_HANDSHAKE_DONE},
        {SEE_HANDSHAKE_SOCKS4_CLIENT, SEE_HANDSHAKE_SOCKS4_PROXY, OCTETS("\0\x5d\0\0\0\0\0\0H"),
         SEE_HANDSHAKE_REFUSED},
        {0, SEE_HANDSHAKE_SOCKS5_CLIENT, OCTETS("\5\2\0\2\5\1\0\1\xc0\0\2\1\0\x50G"),
         SEE_HANDSHAKE_DONE},
        {0, SEE_HANDSHAKE_SOCKS5_CLIENT, OCTETS("\5\1\2\1\1u\0\5\1\0\3\1a\0\x50G"),
         SEE_HANDSHAKE_DONE},
        {0, SEE_HANDSHAKE_SOCKS5_CLIENT,
         OCTETS("\5\1\0\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x50G"), SEE_HANDSHAKE_DONE},
        {0, SEE_HANDSHAKE_SOCKS5_PROXY, OCTETS("\5\0\5\0\0\1\0\0\0\0\0\0H"), SEE_HANDSHAKE_DONE},
        {SEE_HANDSHAKE_SOCKS5_CLIENT, SEE_HANDSHAKE_SOCKS5_PROXY, OCTETS("\5\2\1\0\5\0\0\3\0\0\0H"),
         SEE_HANDSHAKE_DONE},
        {SEE_HANDSHAKE_SOCKS5_CLIENT, SEE_HANDSHAKE_SOCKS5_PROXY,
         OCTETS("\5\0\5\x08\0\1\0\0\0\0\0\0H"), SEE_HANDSHAKE_REFUSED},
        {0, SEE_HANDSHAKE_PROXY_HEADER, OCTETS("PROXY UNKNOWN\r\nG"), SEE_HANDSHAKE_DONE},
        {0, SEE_HANDSHAKE_PROXY_HEADER, OCTETS("PROXY UNKNOWN \r\nG"), SEE_HANDSHAKE_DONE},
        {0, SEE_HANDSHAKE_PROXY_HEADER, OCTETS("PROXY TCP6 ::1 ::2 1 65535\r\nG"),
         SEE_HANDSHAKE_DONE},
        {0, SEE_HANDSHAKE_PROXY_HEADER, OCTETS("\r\n\r\n\0\r\nQUIT\n\x20\0\0\2xxG"),
         SEE_HANDSHAKE_DONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct see_handshake handshake;
        size_t whole = rows[i].octets.len - 1;
        for (size_t len = 0; len < whole; len++) {
            enum see_handshake_result result =
                see_handshake_read(see_view_cut(rows[i].octets, 0, len), rows[i].other, &handshake);
            if (result != SEE_HANDSHAKE_MORE || handshake.len <= len || handshake.len > whole) {
                fail_msg("row %zu at %zu: %d %zu", i, len, (int)result, handshake.len);
            }
        }
        enum see_handshake_result result =
            see_handshake_read(rows[i].octets, rows[i].other, &handshake);
        if (result != rows[i].result || handshake.kind != rows[i].kind || handshake.len != whole) {
            fail_msg("row %zu: %d, kind %d", i, (int)result, (int)handshake.kind);
        }
    }
}

static void test_no_handshake(void **state)
{
    static const struct {
        enum see_handshake_kind other;
        struct see_view octets;
    } rows[] = {
        {0, OCTETS("\4\2\0\x50\xc0\0\2\1\0")},
        {0, OCTETS("\4\1\0\0")},
        {0, OCTETS("\4\1\0\x50\0\0\0\0")},
        {0, OCTETS("\4\1\0\x50\xc0\0\2\1m\1")},
        {0, OCTETS("\4\1\0\x50\0\0\0\1\0a/b\0")},
        {0, OCTETS("\4\1\0\x50\0\0\0\1\0\0")},
        {SEE_HANDSHAKE_SOCKS5_CLIENT, OCTETS("\4\1")},
        {SEE_HANDSHAKE_SOCKS4_CLIENT, OCTETS("\0\x59")},
        {SEE_HANDSHAKE_SOCKS4_CLIENT, OCTETS("\0\x5e")},
        {SEE_HANDSHAKE_SOCKS5_CLIENT, OCTETS("\0\x5a\0\0\0\0\0\0")},
        {0, OCTETS("\0\x5a\0\0\0\0\0\0\0")},
        {0, OCTETS("\5\1\xff")},
        {0, OCTETS("\5\1\0\2")},
        {0, OCTETS("\5\1\0\5\3\0")},
        {0, OCTETS("\5\1\0\5\1\1")},
        {0, OCTETS("\5\1\0\5\1\0\2")},
        {0, OCTETS("\5\1\0\5\1\0\1\xc0\0\2\1\0\0")},
        {0, OCTETS("\5\1\0\5\1\0\3\0\0\x50")},
        {0, OCTETS("\5\1\2\1\0")},
        {SEE_HANDSHAKE_SOCKS5_CLIENT, OCTETS("\5\1")},
        {SEE_HANDSHAKE_SOCKS5_CLIENT, OCTETS("\5\0\5\x09\0")},
        {SEE_HANDSHAKE_SOCKS5_CLIENT, OCTETS("\5\0\5\0\1")},
        {SEE_HANDSHAKE_SOCKS5_PROXY, OCTETS("\5\0")},
        {0, OCTETS("PROXX")},
        {0, OCTETS("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n")},
        {0, OCTETS("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n")},
        {0, OCTETS("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n")},
        {0, OCTETS("PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n")},
        {0, OCTETS("PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n")},
        {0, OCTETS("PROXY TCP4 ::1 192.0.2.2 1 2\r\n")},
        {0, OCTETS("PROXY TCP6 192.0.2.1 ::2 1 2\r\n")},
        {0, OCTETS("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n")},
        {0, OCTETS("\r\n\r\n\0\r\nQUIT\r")},
        {0, OCTETS("\r\n\r\n\0\r\nQUIT\n\x11\x11\0\0")},
        {0, OCTETS("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0b...........")},
        {0, OCTETS("\r\n\r\n\0\r\nQUIT\n\x21\x13\0\x0c............")},
        {0, OCTETS("GET")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct see_handshake handshake;
        if (see_handshake_read(rows[i].octets, rows[i].other, &handshake) != SEE_HANDSHAKE_OTHER) {
            fail_msg("row %zu", i);
        }
    }
}

static void assert_address(const struct see_address *address, const char *expected)
{
    char text[SEE_ADDRESS_TEXT];
    see_address_format(address, text);
    assert_string_equal(text, expected);
}

/* What a PROXY header says, and what a client of SOCKS asks for. */
static void test_handshake_says(void **state)
{
    const enum see_handshake_kind none = SEE_HANDSHAKE_NONE;
    struct see_handshake said;
    const struct see_proxy_header *header = &said.header;
    (void)state;
    assert_int_equal(
        see_handshake_read(SEE_LITERAL("PROXY TCP4 198.51.100.7 192.0.2.80 4 80\r\n"), none, &said),
        SEE_HANDSHAKE_DONE);
    assert_address(&header->source.address, "198.51.100.7");
    assert_address(&header->destination.address, "192.0.2.80");
    assert_int_equal(header->source.port, 4);
    assert_int_equal(header->destination.port, 80);
    assert_int_equal(
        see_handshake_read(
            SEE_LITERAL("\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x27\x20\1\xd\xb8\0\0\0\0\0\0\0\0"
                        "\0\0\0\7\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\x08\1\2\0\x50\4\0\0"),
            none, &said),
        SEE_HANDSHAKE_DONE);
    assert_address(&header->source.address, "2001:db8::7");
    assert_address(&header->destination.address, "2001:db8::8");
    assert_int_equal(header->source.port, 258);
    assert_int_equal(header->destination.port, 80);
    assert_int_equal(see_handshake_read(SEE_LITERAL("PROXY UNKNOWN ?\r\n"), none, &said),
                     SEE_HANDSHAKE_DONE);
    assert_int_equal(header->source.address.family, 0);
    assert_int_equal(see_handshake_read(SEE_LITERAL("\4\1\x1f\x90\0\0\0\1\0a.b\0"), none, &said),
                     SEE_HANDSHAKE_DONE);
    assert_true(see_view_eq(said.host, SEE_LITERAL("a.b")));
    assert_int_equal(said.destination.port, 8080);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_no_handshake),
        cmocka_unit_test(test_handshake_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
