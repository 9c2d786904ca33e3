/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "core/uri.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_check(void **state)
{
    static const struct {
        const char *string;
        enum see_uri_flaw flaw;
        size_t at;
    } cases[] = {
        {"http://a/b?c#d", SEE_URI_OK, 0},
        {"", SEE_URI_OK, 0},
        {"/", SEE_URI_OK, 0},
        {"../a;b=c,d/e:f@g?h/?i#j/?k", SEE_URI_OK, 0},
        {"http:/host/p", SEE_URI_OK, 0},
        {"http//host/p", SEE_URI_OK, 0},
        {"http:p", SEE_URI_OK, 0},
        {"data:,x", SEE_URI_OK, 0},
        {"file:///etc", SEE_URI_OK, 0},
        {"http://u:p@a:65535/", SEE_URI_OK, 0},
        {"http://a:/", SEE_URI_OK, 0},
        {"http://[::1]:80/", SEE_URI_OK, 0},
        {"http://[::ffff:192.0.2.1]/", SEE_URI_OK, 0},
        {"http://[v1.a:b]/", SEE_URI_OK, 0},
        {"http://a%20b/", SEE_URI_OK, 0},
        {"/%e9%AF", SEE_URI_OK, 0},
        {"/a b", SEE_URI_SPACE, 2},
        {"/a\tb", SEE_URI_SPACE, 2},
        {" /a", SEE_URI_SPACE, 0},
        {"http://a b/", SEE_URI_SPACE, 8},
        {"/a\nb", SEE_URI_CONTROL, 2},
        {"/a\x7f", SEE_URI_CONTROL, 2},
        {"?a\x01", SEE_URI_CONTROL, 2},
        {"/\xC3\xA9", SEE_URI_NON_ASCII, 1},
        {"#\xE9", SEE_URI_NON_ASCII, 1},
        {"http://\xE9/", SEE_URI_NON_ASCII, 7},
        {"/\"", SEE_URI_DELIMITER, 1},
        {"/<", SEE_URI_DELIMITER, 1},
        {"?>", SEE_URI_DELIMITER, 1},
        {"/a\\b", SEE_URI_DELIMITER, 2},
        {"/^", SEE_URI_DELIMITER, 1},
        {"/{", SEE_URI_DELIMITER, 1},
        {"/}", SEE_URI_DELIMITER, 1},
        {"/`", SEE_URI_DELIMITER, 1},
        {"/a|b", SEE_URI_DELIMITER, 2},
        {"/a#b#c", SEE_URI_DELIMITER, 4},
        {"http://u@v@a/", SEE_URI_DELIMITER, 8},
        {"/[", SEE_URI_BRACKET, 1},
        {"?a[]=b", SEE_URI_BRACKET, 2},
        {"http://[a]/", SEE_URI_BRACKET, 7},
        {"http://[::1]x/", SEE_URI_BRACKET, 7},
        {"http://[::1/", SEE_URI_BRACKET, 7},
        {"http://[]/", SEE_URI_BRACKET, 7},
        {"http://[v1.]/", SEE_URI_BRACKET, 7},
        {"http://[vz.a]/", SEE_URI_BRACKET, 7},
        {"http://[::1%25eth0]/", SEE_URI_BRACKET, 7},
        {"http://[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]/", SEE_URI_BRACKET, 7},
        {"/%", SEE_URI_PERCENT, 1},
        {"/%4", SEE_URI_PERCENT, 1},
        {"/%4g", SEE_URI_PERCENT, 1},
        {"/%%41", SEE_URI_PERCENT, 1},
        {"/%4?1", SEE_URI_PERCENT, 1},
        {"http://%/", SEE_URI_PERCENT, 7},
        {"http:///x", SEE_URI_EMPTY_HOST, 7},
        {"HTTPS://:80/", SEE_URI_EMPTY_HOST, 8},
        {"http://user@/", SEE_URI_EMPTY_HOST, 12},
        {"http://", SEE_URI_EMPTY_HOST, 7},
        {"///x", SEE_URI_EMPTY_HOST, 2},
        {"http://a:x/", SEE_URI_PORT, 9},
        {"http://a:8x/", SEE_URI_PORT, 9},
        {"http://a:65536/", SEE_URI_PORT, 9},
        {"http://a:4294967376/", SEE_URI_PORT, 9},
        {"http://a:b:80/", SEE_URI_PORT, 9},
        {"http://a:-1/", SEE_URI_PORT, 9},
        {":a", SEE_URI_SCHEME, 0},
        {"1:2", SEE_URI_SCHEME, 0},
        {"a_b:c", SEE_URI_SCHEME, 0},
        {"a b:c", SEE_URI_SPACE, 1},
        {"/a b|c", SEE_URI_SPACE, 2},
        {"/a|b c", SEE_URI_DELIMITER, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t at = 0;
        enum see_uri_flaw flaw = see_uri_check(see_view_of(cases[i].string), &at);
        if (flaw != cases[i].flaw || at != cases[i].at) {
            fail_msg("\"%s\": %s at %zu", cases[i].string, see_uri_flaw_text(flaw), at);
        }
        assert_int_equal(see_uri_check(see_view_of(cases[i].string), NULL), flaw);
    }
    assert_int_equal(see_uri_check((struct see_view){"/a\0b", 4}, NULL), SEE_URI_CONTROL);
    assert_int_equal(see_uri_check((struct see_view){"http://[::1\0]/", 14}, NULL),
                     SEE_URI_BRACKET);
    assert_int_equal(see_uri_check((struct see_view){NULL, 0}, NULL), SEE_URI_OK);
}

static void test_flaw_text(void **state)
{
    (void)state;
    for (int a = SEE_URI_OK; a <= SEE_URI_SCHEME; a++) {
        for (int b = SEE_URI_OK; b < a; b++) {
            assert_string_not_equal(see_uri_flaw_text((enum see_uri_flaw)a),
                                    see_uri_flaw_text((enum see_uri_flaw)b));
        }
    }
    assert_string_equal(see_uri_flaw_text(SEE_URI_SPACE), "a space");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_flaw_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
