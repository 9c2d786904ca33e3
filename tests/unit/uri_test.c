/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "core/uri.h"
#include "hostile.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef void (*rewrite_fn)(struct see_view in, struct see_text *out);

static void check_view(struct see_view got, const char *wanted)
{
    if (wanted == NULL) {
        assert_null(got.ptr);
        return;
    }
    assert_non_null(got.ptr);
    if (got.len != strlen(wanted) || memcmp(got.ptr, wanted, got.len) != 0) {
        fail_msg("\"%.*s\", not \"%s\"", (int)got.len, got.ptr, wanted);
    }
}

/* Runs `rewrite` on `in` and compares; what was in the text before must stay. */
static void check_rewrite(rewrite_fn rewrite, const char *in, const char *wanted)
{
    struct see_text out;
    see_text_init(&out);
    see_text_add_string(&out, "/before/");
    rewrite(see_view_of(in), &out);
    assert_int_equal(see_text_status(&out), SEE_OK);
    struct see_view all = see_text_view(&out);
    assert_true(see_view_starts(all, SEE_LITERAL("/before/")));
    check_view(see_view_cut(all, 8, all.len), wanted);
    see_text_finish(&out);
}

static void test_split(void **state)
{
    static const struct {
        const char *string, *scheme, *authority, *path, *query, *fragment;
    } cases[] = {
        {"http://a/b?c#d", "http", "a", "/b", "c", "d"},
        {"http://a", "http", "a", "", NULL, NULL},
        {"http://a?", "http", "a", "", "", NULL},
        {"http://a#", "http", "a", "", NULL, ""},
        {"http:///b", "http", "", "/b", NULL, NULL},
        {"http:/b", "http", NULL, "/b", NULL, NULL},
        {"http:b", "http", NULL, "b", NULL, NULL},
        {"http:", "http", NULL, "", NULL, NULL},
        {"//a/b", NULL, "a", "/b", NULL, NULL},
        {"//", NULL, "", "", NULL, NULL},
        {"/b", NULL, NULL, "/b", NULL, NULL},
        {"b/c:d", NULL, NULL, "b/c:d", NULL, NULL},
        {"?q:r", NULL, NULL, "", "q:r", NULL},
        {"?a?b#c?d#e", NULL, NULL, "", "a?b", "c?d#e"},
        {"#", NULL, NULL, "", NULL, ""},
        {"", NULL, NULL, "", NULL, NULL},
        {":b", NULL, NULL, ":b", NULL, NULL},
        {"1 2:b", "1 2", NULL, "b", NULL, NULL},
        {"http//a/b", NULL, NULL, "http//a/b", NULL, NULL},
        {"mailto:a@b", "mailto", NULL, "a@b", NULL, NULL},
        {"http://a\\b/c", "http", "a\\b", "/c", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct see_uri uri = see_uri_split(see_view_of(cases[i].string));
        check_view(uri.scheme, cases[i].scheme);
        check_view(uri.authority, cases[i].authority);
        check_view(uri.path, cases[i].path);
        check_view(uri.query, cases[i].query);
        check_view(uri.fragment, cases[i].fragment);
    }
    struct see_uri uri = see_uri_split((struct see_view){NULL, 0});
    check_view(uri.path, "");
    assert_null(uri.scheme.ptr);
}

static void test_split_authority(void **state)
{
    static const struct {
        const char *authority, *userinfo, *host, *port;
    } cases[] = {
        {"a", NULL, "a", NULL},
        {"a:80", NULL, "a", "80"},
        {"a:", NULL, "a", ""},
        {"", NULL, "", NULL},
        {":80", NULL, "", "80"},
        {"u@a", "u", "a", NULL},
        {"@a", "", "a", NULL},
        {"u:p@a:80", "u:p", "a", "80"},
        {"u@v@a", "u@v", "a", NULL},
        {"u@", "u", "", NULL},
        {"[::1]", NULL, "[::1]", NULL},
        {"[::1]:80", NULL, "[::1]", "80"},
        {"u:p@[::1]:80", "u:p", "[::1]", "80"},
        {"[::1]x:80", NULL, "[::1]x", "80"},
        {"[::1", NULL, "[", ":1"},
        {"a:b:c", NULL, "a", "b:c"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct see_authority parts = see_authority_split(see_view_of(cases[i].authority));
        check_view(parts.userinfo, cases[i].userinfo);
        check_view(parts.host, cases[i].host);
        check_view(parts.port, cases[i].port);
    }
    assert_null(see_authority_split((struct see_view){NULL, 0}).host.ptr);
}

static void test_scheme(void **state)
{
    (void)state;
    assert_int_equal(see_scheme_port(SEE_LITERAL("http")), 80);
    assert_int_equal(see_scheme_port(SEE_LITERAL("WSS")), 443);
    assert_int_equal(see_scheme_port(SEE_LITERAL("ftp")), 0);
    assert_int_equal(see_scheme_port((struct see_view){NULL, 0}), 0);
    assert_true(see_scheme_is_http(SEE_LITERAL("HTTPS")));
    assert_false(see_scheme_is_http(SEE_LITERAL("httpx")));
    assert_true(see_scheme_is_valid(SEE_LITERAL("a+1-.")));
    assert_false(see_scheme_is_valid(SEE_LITERAL("1a")));
    assert_false(see_scheme_is_valid(SEE_LITERAL("")));
    assert_false(see_scheme_is_valid((struct see_view){NULL, 0}));
}

static void test_remove_dots(void **state)
{
    static const char *const cases[][2] = {
        {"/a/b/c/./../../g", "/a/g"}, /* RFC 3986, 5.2.4 */
        {"mid/content=5/../6", "mid/6"},
        {"", ""},
        {"/", "/"},
        {".", ""},
        {"..", ""},
        {"./", ""},
        {"../", ""},
        {"../../a", "a"},
        {"/.", "/"},
        {"/..", "/"},
        {"/../", "/"},
        {"/a/.", "/a/"},
        {"/a/..", "/"},
        {"/a/../", "/"},
        {"/a/b/..", "/a/"},
        {"/..a/.b./c..", "/..a/.b./c.."},
        {"/...", "/..."},
        {"a/..", "/"},
        {"a/../b", "/b"},
        {"/a//../b", "/a/b"},
        {"//a/..", "//"},
        {"/../../../../a", "/a"},
        {"/a/%2e%2e/b", "/a/%2e%2e/b"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_rewrite(see_uri_remove_dots, cases[i][0], cases[i][1]);
    }
}

static void check_resolve(const char *base, const char *reference, const char *wanted)
{
    struct see_text out;
    see_text_init(&out);
    see_uri_resolve(see_view_of(base), see_view_of(reference), &out);
    check_view(see_text_view(&out), wanted);
    see_text_finish(&out);
}

/* All of RFC 3986, 5.4.1 and 5.4.2, in their order. */
static void test_resolve_rfc(void **state)
{
    static const char *const cases[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_resolve("http://a/b/c/d;p?q", cases[i][0], cases[i][1]);
    }
}

static void test_resolve_more(void **state)
{
    static const char *const cases[][3] = {
        {"http://a", "b", "http://a/b"},
        {"http://a", "?b", "http://a?b"},
        {"http://a?q", "", "http://a?q"},
        {"http://a/b?q#f", "", "http://a/b?q"},
        {"http://a/b?q", "?", "http://a/b?"},
        {"http://a/b/../c", "?x", "http://a/b/../c?x"},
        {"http://a/b/../c", "d", "http://a/d"},
        {"http://a/b", "//g/../h", "http://g/h"},
        {"http://a/b", "///g", "http:///g"},
        {"http://a/b", "/.//g", "http://a//g"},
        {"http://a/b", "http://c/../d", "http://c/d"},
        {"http://a/b", "c d", "http://a/c d"},
        {"x:/a", "/.//g", "x:/.//g"},
        {"x:a", "b", "x:b"},
        {"x:", "..", "x:"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_resolve(cases[i][0], cases[i][1], cases[i][2]);
    }
}

static void test_promise(void **state)
{
    static const char *const cases[][2] = {
        {"HTTP://A.Test:8001/B?C#D", "http://a.test:8001/B?C"},
        {"http://a:80/", "http://a/"},
        {"http://a:0080/", "http://a/"},
        {"http://a:/", "http://a/"},
        {"https://a:443", "https://a/"},
        {"https://a:80", "https://a:80/"},
        {"http://a:443/", "http://a:443/"},
        {"http://a:x/", "http://a:x/"},
        {"http://a", "http://a/"},
        {"http://a?q", "http://a/?q"},
        {"http://a?", "http://a/?"},
        {"http://U:P@A:80/", "http://U:P@a/"},
        {"http://[FE80::A]:80/", "http://[fe80::a]/"},
        {"http:/A/b", "http:/A/b"},
        {"ftp://A:21", "ftp://a:21/"},
        {"ftp://A:", "ftp://a/"},
        {"DATA:,X#f", "data:,X"},
        {"//A:80", "//a:80/"},
        {"/A/../%7e b", "/A/../%7e b"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_rewrite(see_uri_promise, cases[i][0], cases[i][1]);
    }
}

static void test_normal(void **state)
{
    static const char *const cases[][2] = {
        {"HTTP://A:80/%7Eu%2f%41?%7e%c3#f", "http://a/~u%2FA?~%C3"},
        {"http://a/a b", "http://a/a%20b"},
        {"http://a/\xC3\xA9", "http://a/%C3%A9"},
        {"http://a/b/../c/./d", "http://a/c/d"},
        {"http://a/b/%2e%2E/c", "http://a/c"},
        {"http://a/..", "http://a/"},
        {"http://a", "http://a/"},
        {"http://a/%", "http://a/%25"},
        {"http://a/%4", "http://a/%254"},
        {"http://a/%zz", "http://a/%25zz"},
        {"http://a/x?<y>|z\"q", "http://a/x?%3Cy%3E%7Cz%22q"},
        {"http://a/x?a[]=b", "http://a/x?a%5B%5D=b"},
        {"http://a/x?b/../c", "http://a/x?b/../c"},
        {"http://a/;p=1,2'(!)*$&+:@", "http://a/;p=1,2'(!)*$&+:@"},
        {"http://%41.B%2Ec/", "http://a.b.c/"},
        {"http://a%c3%a9/", "http://a%C3%A9/"},
        {"http://[FE80::A]:0081/", "http://[fe80::a]:81/"},
        {"http://a:x y/", "http://a:x%20y/"},
        {"http://a:000/", "http://a:0/"},
        {"http://u%3a@v@a/", "http://u%3A%40v@a/"},
        {"x:/.//c", "x:/.//c"},
        {"../%7e", "../~"},
        {"//A/b/../c", "//a/c"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_rewrite(see_uri_normal, cases[i][0], cases[i][1]);
    }
    /* An encoded delimiter is another octet than the delimiter (RFC 3986, 2.2). */
    check_rewrite(see_uri_normal, "http://a/%3F%23%26", "http://a/%3F%23%26");
}

static void check_same(rewrite_fn rewrite, struct see_view in)
{
    struct see_text once, twice;
    see_text_init(&once);
    see_text_init(&twice);
    rewrite(in, &once);
    rewrite(see_text_view(&once), &twice);
    if (!see_view_eq(see_text_view(&once), see_text_view(&twice))) {
        fail_msg("not the same when done twice: \"%s\" \"%s\"", once.ptr, twice.ptr);
    }
    see_text_finish(&once);
    see_text_finish(&twice);
}

/* The parts of a string, composed, are that string. */
static void check_round_trip(struct see_view in)
{
    struct see_text out;
    struct see_uri uri = see_uri_split(in);
    see_text_init(&out);
    see_uri_compose(&uri, &out);
    assert_true(see_view_eq(see_text_view(&out), in));
    see_text_finish(&out);
}

/* Said to be normal is only what stays as it is; and of what is made normal, the ordinary. */
static void check_normal(struct see_view in, bool expected)
{
    struct see_text out;
    see_text_init(&out);
    see_uri_normal(in, &out);
    assert_true(see_uri_is_normal(in) == expected);
    assert_true(!expected || see_view_eq(see_text_view(&out), in));
    see_text_finish(&out);
}

static void test_is_normal(void **state)
{
    static const char *const normal[] = {"http://a.example/",
                                         "https://a.example:8080/b/c.d?e=f&g/h?i=@",
                                         "http://[::1]/", "http://a/b;c=d/e%20f", "ftp://a/"};
    static const char *const not_normal[] = {"http://A/",
                                             "http://a",
                                             "http://a:80/",
                                             "http://a:/",
                                             "http://a:080/",
                                             "http://a:8x/",
                                             "http://a/./b",
                                             "http://a/.b/c",
                                             "http://a/%7e",
                                             "http://a/ b",
                                             "http://u@a/",
                                             "http://a/#b",
                                             "http://a?b",
                                             "http://a?b/c",
                                             "http://a/b?c#d",
                                             "http://a:443:1/",
                                             "HTTP://a/",
                                             "/b",
                                             "",
                                             "http://",
                                             "http://a/b?\xFF",
                                             "https://a:443/"};
    struct page page = page_new(256);
    uint32_t seed = 80;
    (void)state;
    check_normal(see_view_of(normal[0]), true);
    check_normal(see_view_of(normal[1]), true);
    for (size_t i = 2; i < COUNT(normal); i++) {
        check_normal(see_view_of(normal[i]), false); /* the ordinary only */
    }
    for (size_t i = 0; i < COUNT(not_normal); i++) {
        check_normal(see_view_of(not_normal[i]), false);
    }
    for (int i = 0; i < 20000; i++) {
        struct see_text uri;
        see_text_init(&uri);
        see_text_add_string(&uri, "http://a");
        see_text_add(&uri, page_random(&page, 12, &seed));
        check_normal(see_text_view(&uri), see_uri_is_normal(see_text_view(&uri)));
        see_text_finish(&uri);
    }
    page_free(&page);
}

/* Where an authority ends is where the parts have its end. */
static void check_origin_len(struct see_view in)
{
    struct see_uri parts = see_uri_split(in);
    const char *end =
        parts.authority.ptr != NULL ? parts.authority.ptr + parts.authority.len : NULL;
    assert_int_equal(see_uri_origin_len(in), end != NULL ? (size_t)(end - in.ptr) : 0);
}

/* An absolute URI in normal form resolves to itself, against whatever base. */
static void check_absolute(struct see_view base, struct see_view in)
{
    struct see_text uri, out;
    see_text_init(&uri);
    see_text_init(&out);
    see_text_add_string(&uri, "http://a/");
    see_text_add(&uri, in);
    see_text_init(&out);
    see_uri_normal(see_text_view(&uri), &out);
    see_text_clear(&uri);
    see_text_add(&uri, see_text_view(&out));
    see_text_clear(&out);
    see_uri_resolve(base, see_text_view(&uri), &out);
    assert_true(see_view_eq(see_text_view(&out), see_text_view(&uri)));
    assert_int_equal(see_uri_check(see_text_view(&uri), NULL), SEE_URI_OK);
    see_text_finish(&uri);
    see_text_finish(&out);
}

static void test_hostile(void **state)
{
    struct page page = page_new(256);
    struct page base_page = page_new(256);
    uint32_t seed = 3986;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct see_view in = page_random(&page, 200, &seed);
        struct see_view base = page_random(&base_page, 200, &seed);
        size_t at = 0;
        check_round_trip(in);
        check_origin_len(in);
        check_same(see_uri_promise, in);
        check_same(see_uri_normal, in);
        check_absolute(base, in);
        if (see_uri_check(in, &at) != SEE_URI_OK) {
            assert_true(at <= in.len);
        }
        struct see_text out;
        see_text_init(&out);
        see_uri_resolve(base, in, &out);
        assert_true(out.len <= base.len + in.len + 4);
        see_text_clear(&out);
        see_uri_remove_dots(in, &out);
        assert_true(out.len <= in.len);
        see_text_finish(&out);
    }
    page_free(&page);
    page_free(&base_page);
}

static void test_linear(void **state)
{
    static const char *const patterns[] = {"../", "/..", "/../a", "a/", "//", "%", "%2e/", ":",
                                           "@",   "[",   "]",     "?",  "#",  " ", "\xFF", "./"};
    const size_t size = 1U << 19;
    struct page page = page_new(size);
    double start = cpu_seconds();
    (void)state;
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct see_view in = page_repeat(&page, patterns[i], size);
        struct see_text out;
        see_text_init(&out);
        see_uri_resolve(SEE_LITERAL("http://a/b"), in, &out);
        see_uri_resolve(in, in, &out);
        assert_true(out.len <= 3 * size + 64);
        see_text_clear(&out);
        see_uri_normal(in, &out);
        assert_true(out.len <= 3 * size + 64);
        see_uri_promise(in, &out);
        (void)see_uri_check(in, NULL);
        assert_int_equal(see_text_status(&out), SEE_OK);
        see_text_finish(&out);
    }
    /* A few seconds under sanitizers; half an hour if the time were quadratic. */
    assert_true(cpu_seconds() - start < 30);
    page_free(&page);
}

static void test_broken_text(void **state)
{
    struct see_text out;
    (void)state;
    see_text_init(&out);
    see_text_add_string(&out, "a/b");
    out.is_broken = true;
    see_uri_resolve(SEE_LITERAL("http://a/b/c"), SEE_LITERAL("../../d"), &out);
    see_uri_normal(SEE_LITERAL("http://a/../b"), &out);
    see_uri_remove_dots(SEE_LITERAL("/../../.."), &out);
    assert_string_equal(out.ptr, "a/b");
    assert_int_equal(see_text_status(&out), SEE_ENOMEM);
    see_text_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),       cmocka_unit_test(test_split_authority),
        cmocka_unit_test(test_scheme),      cmocka_unit_test(test_remove_dots),
        cmocka_unit_test(test_resolve_rfc), cmocka_unit_test(test_resolve_more),
        cmocka_unit_test(test_promise),     cmocka_unit_test(test_normal),
        cmocka_unit_test(test_is_normal),   cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_linear),      cmocka_unit_test(test_broken_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
