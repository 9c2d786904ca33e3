/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "core/uri.h"
#include "hostile.h"
#include "pair/targets.h"
#include "pair/whatwg.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define BASE "http://a.test:8001/b/c/d?q=1"

static struct see_targets targets_of(const char *base, const char *const *locations, size_t count)
{
    struct see_view views[8];
    struct see_targets targets;
    for (size_t i = 0; i < count; i++) {
        views[i] = see_view_of(locations[i]);
    }
    assert_int_equal(see_targets_init(&targets, see_view_of(base), views, count), SEE_OK);
    return targets;
}

/* The set as text: "T0 uri|T3 uri (repair)". */
static void describe(const struct see_targets *targets, struct see_text *out)
{
    for (size_t i = 0; i < targets->count; i++) {
        const struct see_target *target = &targets->list[i];
        see_text_printf(out, "%sT%d ", i > 0 ? "|" : "", (int)target->tier);
        see_text_add(out, target->uri);
        if (target->repair != NULL) {
            see_text_printf(out, " (%s)", target->repair);
        }
    }
}

static void check_set(const char *base, const char *const *locations, size_t count,
                      const char *wanted)
{
    struct see_text text;
    struct see_targets targets = targets_of(base, locations, count);
    see_text_init(&text);
    describe(&targets, &text);
    if (!see_view_eq(see_text_view(&text), see_view_of(wanted))) {
        fail_msg("%s:\n  %s\n  not\n  %s", locations[0], text.ptr, wanted);
    }
    see_text_finish(&text);
    see_targets_finish(&targets);
    assert_int_equal(targets.count, 0);
}

static void test_one_location(void **state)
{
    static const struct {
        const char *base, *location, *wanted;
    } cases[] = {
        /* Plain ones have one target. */
        {BASE, "/p", "T0 http://a.test:8001/p"},
        {BASE, "p", "T0 http://a.test:8001/b/c/p"},
        {BASE, "../p", "T0 http://a.test:8001/b/p"},
        {BASE, "http://H.test:80", "T0 http://h.test/"},
        {BASE, "https://h.test:443/?q", "T0 https://h.test/?q"},
        {BASE, "http://h.test?q", "T0 http://h.test/?q"},
        {BASE, " /p\t", "T0 http://a.test:8001/p"},
        {NULL, "http://h.test/p", "T0 http://h.test/p"},
        /* What never comes back on the wire. */
        {BASE, "http://u:p@h.test/p", "T0 http://h.test/p"},
        {BASE, "http://u@v:p@h.test/p", "T0 http://h.test/p"},
        {BASE, "/p#f",
         "T0 http://a.test:8001/p|T3 http://a.test:8001/p%23f (fragment sent with the request)"},
        /* Other schemes. */
        {BASE, "FTP://h.test:21/p", "T0 ftp://h.test:21/p"},
        {BASE, "mailto:u@h.test", "T0 mailto:u@h.test"},
        {BASE, "data:,x y", "T0 data:,x y|T3 data:,x (cut at a space)"},
        {BASE, "/a b?c=d e",
         "T0 http://a.test:8001/a b?c=d e|T1 http://a.test:8001/a%20b?c=d%20e|"
         "T3 http://a.test:8001/a (cut at a space)|"
         "T3 http://a.test:8001/a b?c=d+e (spaces of the query sent as plus signs)"},
        /* Browsers differ. */
        {BASE, "/a\\b", "T0 http://a.test:8001/a\\b|T1 http://a.test:8001/a/b"},
        {BASE, "/\\h.test/p", "T0 http://a.test:8001/\\h.test/p|T1 http://h.test/p"},
        {BASE, "\\\\h.test\\p", "T0 http://a.test:8001/b/c/\\\\h.test\\p|T1 http://h.test/p"},
        {BASE, "/x/%2e%2E/p", "T0 http://a.test:8001/x/%2e%2E/p|T1 http://a.test:8001/p"},
        {BASE, "1:2", "T1 http://a.test:8001/b/c/1:2"},
        {BASE, "/a\x01", "T0 http://a.test:8001/a\x01|T1 http://a.test:8001/a"},
        {BASE, "/a\tb",
         "T0 http://a.test:8001/a\tb|T1 http://a.test:8001/ab|"
         "T3 http://a.test:8001/a (cut at a space)"},
        {BASE, "/a b",
         "T0 http://a.test:8001/a b|T1 http://a.test:8001/a%20b|"
         "T3 http://a.test:8001/a (cut at a space)"},
        /* No host where one should be. */
        {BASE, "http:/h.test/p",
         "T1 http://a.test:8001/h.test/p|"
         "T3 http://h.test/p (host taken from the path)|"
         "T3 http://a.test:8001/b/c/http:/h.test/p (scheme taken as part of the path)"},
        {"https://a.test/b/c", "http:/h.test/p",
         "T1 http://h.test/p|"
         "T3 https://a.test/h.test/p (scheme left out)|"
         "T3 https://a.test/b/http:/h.test/p (scheme taken as part of the path)"},
        {BASE, "http:///h.test/p",
         "T1 http://h.test/p|"
         "T3 http://a.test:8001/h.test/p (scheme left out)|"
         "T3 http://a.test:8001/b/c/http:///h.test/p (scheme taken as part of the path)"},
        {BASE, "http:p",
         "T1 http://a.test:8001/b/c/p|"
         "T3 http://p/ (host taken from the path)|"
         "T3 http://a.test:8001/p (scheme left out, path taken from the root)|"
         "T3 http://a.test:8001/b/c/http:p (scheme taken as part of the path)"},
        {BASE, "http//h.test/p",
         "T0 http://a.test:8001/b/c/http//h.test/p|"
         "T3 http://h.test/p (colon put after the scheme)|"
         "T3 http://a.test:8001/b/c/http/h.test/p (runs of slashes collapsed)"},
        {BASE, "//h.test/p",
         "T0 http://h.test/p|"
         "T3 http://a.test:8001/h.test/p (host taken as part of the path)|"
         "T3 http://a.test:8001//h.test/p (host taken as part of the path)"},
        /* The other repairs. */
        {BASE, "",
         "T0 http://a.test:8001/b/c/d?q=1|"
         "T3 http://a.test:8001/b/c/ (last path segment left out)"},
        {BASE, "?q",
         "T0 http://a.test:8001/b/c/d?q|"
         "T3 http://a.test:8001/b/c/?q (last path segment left out)"},
        {BASE, "http://h.test//a///b//?c//d",
         "T0 http://h.test//a///b//?c//d|"
         "T3 http://h.test/a/b/?c//d (runs of slashes collapsed)"},
        {BASE, "/\xE9",
         "T0 http://a.test:8001/\xE9|T1 http://a.test:8001/%E9|"
         "T3 http://a.test:8001/%C3%A9 (Latin-1 sent as UTF-8)"},
        {BASE, "/a%2Fb%2fc?%2f",
         "T0 http://a.test:8001/a%2Fb%2fc?%2f|"
         "T3 http://a.test:8001/a/b/c?%2f (encoded slashes decoded)"},
        {BASE, "/p?", "T0 http://a.test:8001/p?|T3 http://a.test:8001/p (empty query left out)"},
        /* Nothing to be resolved. */
        {NULL, "/p", ""},
        {NULL, "", ""},
        {NULL, "//h.test/p", ""},
        {NULL, "http:/h.test/p", "T1 http://h.test/p"},
        {BASE, "http://", ""},
        {BASE, "http://:80/", ""},
        {BASE, "http://u@/", ""},
        {BASE, "http:///", ""},
        {BASE, "http://?q", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_set(cases[i].base, &cases[i].location, 1, cases[i].wanted);
    }
}

static void test_several_locations(void **state)
{
    static const char *const different[] = {"/a", "/b", "/c"};
    static const char *const equal[] = {"/a", "/a "};
    static const char *const with_space[] = {"/a b", "/c"};
    (void)state;
    check_set(BASE, different, 3,
              "T3 http://a.test:8001/a (the first of several Location lines)|"
              "T3 http://a.test:8001/c (the last of several Location lines)|"
              "T3 http://a.test:8001/a, /b, /c (Location lines joined by a comma)|"
              "T3 http://a.test:8001/a,/b,/c (Location lines joined by a comma)");
    check_set(BASE, equal, 2,
              "T0 http://a.test:8001/a|"
              "T3 http://a.test:8001/a, /a (Location lines joined by a comma)|"
              "T3 http://a.test:8001/a,/a (Location lines joined by a comma)");
    check_set(BASE, with_space, 2,
              "T3 http://a.test:8001/a b (the first of several Location lines)|"
              "T3 http://a.test:8001/c (the last of several Location lines)|"
              "T3 http://a.test:8001/a b, /c (Location lines joined by a comma)|"
              "T3 http://a.test:8001/a b,/c (Location lines joined by a comma)|"
              "T3 http://a.test:8001/a (cut at a space)");
}

/* What unmodified clients of Debian 12 asked for after a Location, and what else might be asked. */
static void test_match(void **state)
{
    static const struct {
        const char *location, *second, *uri, *wanted;
    } cases[] = {
        {"/p", NULL, "http://a.test:8001/p", "T0"},
        {"/p", NULL, "http://a.test:8001/P", NULL},
        {"/p", NULL, "http://a.test/p", NULL},
        {"/p", NULL, "http://a.test:8001/p?", NULL},
        {"/p", NULL, "https://a.test:8001/p", NULL},
        {"/p", NULL, "http://a.test:8001/p#f", "T2"},
        {"HTTP://A.TEST:8001/p", NULL, "http://a.test:8001/p", "T0"},
        {"http://u:p@a.test:8001/p", NULL, "http://a.test:8001/p", "T0"},
        {"/x/../p/./q", NULL, "http://a.test:8001/p/q", "T0"},
        {"/x/../p/./q", NULL, "http://a.test:8001/x/../p/./q", "T2"},
        {"/a b", NULL, "http://a.test:8001/a%20b", "T1"},
        {"/a b", NULL, "http://a.test:8001/a b", "T0"},
        {"/a b", NULL, "http://a.test:8001/a", "T3"},
        {"/p\\x", NULL, "http://a.test:8001/p\\x", "T0"},
        {"/p\\x", NULL, "http://a.test:8001/p/x", "T1"},
        {"/p\\x", NULL, "http://a.test:8001/p%5Cx", "T2"},
        {"/p/\tx", NULL, "http://a.test:8001/p/x", "T1"},
        {"/p/\tx", NULL, "http://a.test:8001/p/%09x", "T2"},
        {"/p/\tx", NULL, "http://a.test:8001/p/", "T3"},
        {"/\xC3\xA9", NULL, "http://a.test:8001/\xC3\xA9", "T0"},
        {"/\xC3\xA9", NULL, "http://a.test:8001/%C3%A9", "T1"},
        {"/\xC3\xA9", NULL, "http://a.test:8001/%c3%a9", "T2"},
        {"/\xC3\xA9", NULL, "http://a.test:8001/%C3%83%C2%A9", "T3"},
        {"/\xC3\xA9", NULL, "http://a.test:8001/\xC3\x83\xC2\xA9", "T3"},
        {"/%7Eu%2f%41", NULL, "http://a.test:8001/%7Eu%2f%41", "T0"},
        {"/%7Eu%2f%41", NULL, "http://a.test:8001/%7Eu%2F%41", "T2"},
        {"/%7Eu%2f%41", NULL, "http://a.test:8001/~u%2FA", "T2"},
        {"/%7Eu%2f%41", NULL, "http://a.test:8001/~u/A", "T3"},
        {"/;p=1?x=<y>|z\"q", NULL, "http://a.test:8001/;p=1?x=%3Cy%3E%7Cz%22q", "T2"},
        {"/;p=1?x=<y>|z\"q", NULL, "http://a.test:8001/;p=1?x=%3Cy%3E|z%22q", "T1"},
        {"http://a.test:8001//p", NULL, "http://a.test:8001//p", "T0"},
        {"http://a.test:8001//p", NULL, "http://a.test:8001/p", "T3"},
        {"", NULL, "http://a.test:8001/b/c/d?q=1", "T0"},
        {"#f", NULL, "http://a.test:8001/b/c/", "T3"},
        {"?case", NULL, "http://a.test:8001/b/c/?case", "T3"},
        {"http:/a.test:8001/p", NULL, "http://a.test:8001/a.test:8001/p", "T1"},
        {"http:/a.test:8001/p", NULL, "http://a.test:8001/p", "T3"},
        {"http:///a.test:8001/p", NULL, "http://a.test:8001/p", "T1"},
        {"http:///a.test:8001/p", NULL, "http://a.test:8001/a.test:8001/p", "T3"},
        {"http:p", NULL, "http://a.test:8001/b/c/p", "T1"},
        {"http:p", NULL, "http://a.test:8001/p", "T3"},
        {"/first", "/second", "http://a.test:8001/first", "T3"},
        {"/first", "/second", "http://a.test:8001/second", "T3"},
        {"/first", "/second", "http://a.test:8001/first,%20/second", "T3"},
        {"/first", "/second", "http://a.test:8001/first,/second", "T3"},
        {"ftp://h.test/p", NULL, "http://h.test/p", NULL},
    };
    struct see_text scratch;
    (void)state;
    see_text_init(&scratch);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *locations[2] = {cases[i].location, cases[i].second};
        struct see_targets targets = targets_of(BASE, locations, cases[i].second != NULL ? 2 : 1);
        enum see_tier tier = SEE_T0;
        const struct see_target *target =
            see_targets_match(&targets, see_view_of(cases[i].uri), &scratch, &tier);
        bool is_right = cases[i].wanted == NULL
                            ? target == NULL
                            : target != NULL && (int)tier == cases[i].wanted[1] - '0';
        if (!is_right) {
            fail_msg("\"%s\" and \"%s\": %s%d", cases[i].location, cases[i].uri,
                     target != NULL ? "T" : "no match ", (int)tier);
        }
        assert_true(target == NULL || (tier == SEE_T3) == (target->repair != NULL));
        see_targets_finish(&targets);
    }
    see_text_finish(&scratch);
}

/* Checked against another implementation of the standard. */
static void test_whatwg(void **state)
{
    static const struct {
        const char *base, *reference, *wanted;
    } cases[] = {
        {BASE, "  /p\x01 ", "http://a.test:8001/p"},
        {BASE, "ht\ntp:\r//h\t.test/p", "http://h.test/p"},
        {BASE, "", "http://a.test:8001/b/c/d?q=1"},
        {BASE, "?x y'", "http://a.test:8001/b/c/d?x%20y%27"},
        {BASE, "#f", "http://a.test:8001/b/c/d?q=1"},
        {BASE, "http:", "http://a.test:8001/b/c/d?q=1"},
        {BASE, "http:p", "http://a.test:8001/b/c/p"},
        {BASE, "http:/p", "http://a.test:8001/p"},
        {BASE, "http:\\\\h.test", "http://h.test/"},
        {BASE, "https:p", "https://p/"},
        {BASE, "https:/h.test", "https://h.test/"},
        {BASE, "/\\//h.test/p", "http://h.test/p"},
        {BASE, "///h.test/p", "http://h.test/p"},
        {BASE, "http://U:P@H.TEST:0080/", "http://h.test/"},
        {BASE, "http://u@v@h.test/", "http://h.test/"},
        {BASE, "http://h%2Etest/", "http://h.test/"},
        {BASE, "http://h.test:/", "http://h.test/"},
        {BASE, "http://h.test:0081/", "http://h.test:81/"},
        {BASE, "http://[0:0:0:0:0:0:0:1]:81/", "http://[::1]:81/"},
        {BASE, "http://h.test\\p?a\\b", "http://h.test/p?a\\b"},
        {BASE, "/a/./b/../../../c/.", "http://a.test:8001/c/"},
        {BASE, "/a/%2e/b/.%2E", "http://a.test:8001/a/"},
        {BASE, "/a/...", "http://a.test:8001/a/..."},
        {BASE, "/a//../b", "http://a.test:8001/a/b"},
        {BASE, "/\"<>`{}|[]'", "http://a.test:8001/%22%3C%3E%60%7B%7D|[]'"},
        {BASE, "/?\"<>`{}|[]'", "http://a.test:8001/?%22%3C%3E`{}|[]%27"},
        {BASE, "/%zz%", "http://a.test:8001/%zz%"},
        {BASE, "1http://h.test/", "http://a.test:8001/b/c/1http://h.test/"},
        {"http://h.test", "p", "http://h.test/p"},
        {"http://h.test/a b/../c?d", "e", "http://h.test/e"},
        {NULL, "http:h.test", "http://h.test/"},
        {NULL, "p", NULL},
        {NULL, "//h.test", NULL},
        {"ftp://h.test/", "p", NULL},
        {"http://h.test:x/", "p", NULL},
        {BASE, "ftp://h.test/", NULL},
        {BASE, "javascript:x", NULL},
        {BASE, "http://", NULL},
        {BASE, "http://u@/p", NULL},
        {BASE, "http://:80/", NULL},
        {BASE, "http://h.test:x/", NULL},
        {BASE, "http://h.test:65536/", NULL},
        {BASE, "http://h test/", NULL},
        {BASE, "http://h%00test/", NULL},
        {BASE, "http://h%25/", NULL},
        {BASE, "http://h|/", NULL},
        {BASE, "http://[::1/", NULL},
        {BASE, "http://[::1]x/", NULL},
        {BASE, "http://[a]/", NULL},
        {BASE, "http://[]/", NULL},
        {BASE,
         "http://B\xC3\xBC"
         "cher.TEST/p",
         "http://xn--bcher-kva.test/p"},
        {BASE, "http://b%C3%BCcher.test/p", "http://xn--bcher-kva.test/p"},
        {BASE, "http://fa\xC3\x9F.test", "http://xn--fa-hia.test/"},
        {BASE, "http://h\xE3\x80\x82test/", "http://h.test/"},
        {BASE, "http://\xEF\xBC\xA8.test/", "http://h.test/"},
        {BASE, "http://\xEF\xBC\x91\xEF\xBC\x92/", "http://0.0.0.12/"},
        {BASE, "http://h\xEF\xBC\x8Ftest/", NULL},
        {BASE, "http://h\xFCtest/", NULL},
        {BASE, "http://\xC2\xAD/", NULL},
        {BASE, "http://2130706433/p", "http://127.0.0.1/p"},
        {BASE, "http://0x7F.1/", "http://127.0.0.1/"},
        {BASE, "http://0177.0.0.0x1./", "http://127.0.0.1/"},
        {BASE, "http://10.1.65535/", "http://10.1.255.255/"},
        {BASE, "http://0x/", "http://0.0.0.0/"},
        {BASE, "http://1.2.3.4.test/", "http://1.2.3.4.test/"},
        {BASE, "http://4294967295/", "http://255.255.255.255/"},
        {BASE, "http://4294967296/", NULL},
        {BASE, "http://1.2.3.4.5/", NULL},
        {BASE, "http://1.2.3.256/", NULL},
        {BASE, "http://256.1/", NULL},
        {BASE, "http://1..2/", NULL},
        {BASE, "http://08/", NULL},
        {BASE, "http://h.09/", NULL},
        {BASE, "http://h.0xg/", "http://h.0xg/"},
        {BASE, "http://99999999999999999999/", NULL},
    };
    struct see_text out;
    (void)state;
    see_text_init(&out);
    for (size_t i = 0; i < COUNT(cases); i++) {
        see_text_clear(&out);
        bool is_resolved =
            see_whatwg_resolve(see_view_of(cases[i].base), see_view_of(cases[i].reference), &out);
        if (is_resolved != (cases[i].wanted != NULL) ||
            (is_resolved && strcmp(out.ptr, cases[i].wanted) != 0)) {
            fail_msg("\"%s\": %s", cases[i].reference, is_resolved ? out.ptr : "refused");
        }
    }
    see_text_finish(&out);
}

/* What holds for every set, whatever it was made from. */
static void check_promises(const struct see_targets *targets, struct see_text *scratch)
{
    struct see_text text;
    see_text_init(&text);
    assert_true(targets->count <= SEE_TARGETS_MAX);
    for (size_t i = 0; i < targets->count; i++) {
        const struct see_target *target = &targets->list[i];
        enum see_tier tier = SEE_T2;
        assert_int_not_equal(target->tier, SEE_T2);
        assert_int_equal(target->tier == SEE_T3, target->repair != NULL);
        assert_true(i == 0 || targets->list[i - 1].tier <= target->tier);
        assert_non_null(see_uri_split(target->uri).scheme.ptr);
        assert_null(see_uri_split(target->uri).fragment.ptr);
        see_text_clear(&text);
        see_uri_promise(target->uri, &text);
        assert_true(see_view_eq(see_text_view(&text), target->uri));
        see_text_clear(&text);
        see_uri_normal(target->uri, &text);
        assert_true(see_view_eq(see_text_view(&text), target->normal));
        assert_ptr_equal(see_targets_match(targets, target->uri, scratch, &tier), target);
        assert_int_equal(tier, target->tier);
        for (size_t j = 0; j < i; j++) {
            assert_false(see_view_eq(targets->list[j].uri, target->uri));
        }
    }
    see_text_finish(&text);
}

static void test_hostile(void **state)
{
    struct page pages[3] = {page_new(256), page_new(256), page_new(256)};
    struct see_text scratch;
    uint32_t seed = 9110;
    size_t most = 0;
    (void)state;
    see_text_init(&scratch);
    for (int i = 0; i < 10000; i++) {
        struct see_view base = page_random(&pages[0], 200, &seed);
        struct see_view locations[2] = {page_random(&pages[1], 200, &seed),
                                        page_random(&pages[2], 200, &seed)};
        struct see_targets targets;
        base = i % 3 == 0 ? see_view_of(BASE) : base;
        assert_int_equal(see_targets_init(&targets, base, locations, 1 + (size_t)i % 2), SEE_OK);
        check_promises(&targets, &scratch);
        most = targets.count > most ? targets.count : most;
        see_targets_finish(&targets);
    }
    assert_true(most > 6);
    see_text_finish(&scratch);
    for (size_t i = 0; i < COUNT(pages); i++) {
        page_free(&pages[i]);
    }
}

/* As many repairs at a time as there can be. */
static void test_most(void **state)
{
    static const char *const locations[] = {"//h.test//b c%2f\xE9\\?", "//h.test/b\xE9\\x?"};
    struct see_text scratch;
    struct see_targets targets = targets_of(BASE, locations, 2);
    (void)state;
    see_text_init(&scratch);
    assert_int_equal(targets.count, 13);
    check_promises(&targets, &scratch);
    see_targets_finish(&targets);
    see_text_finish(&scratch);
}

static void test_linear(void **state)
{
    static const char *const patterns[] = {"../", "//",   "%",   "%2e/", "/\\",   "?", "#",
                                           " ",   "\xFF", "%2F", "a",    "http:", "@", ":"};
    const size_t size = 1U << 17;
    struct page page = page_new(size);
    struct see_text scratch;
    double start = cpu_seconds();
    (void)state;
    see_text_init(&scratch);
    for (size_t i = 0; i < COUNT(patterns); i++) {
        struct see_view location = page_repeat(&page, patterns[i], size);
        struct see_view locations[2] = {SEE_LITERAL("/a"), location};
        struct see_targets targets;
        enum see_tier tier;
        assert_int_equal(see_targets_init(&targets, location, locations, 2), SEE_OK);
        see_targets_finish(&targets);
        assert_int_equal(see_targets_init(&targets, see_view_of(BASE), &location, 1), SEE_OK);
        assert_true(targets.text.len <= 12 * size);
        (void)see_targets_match(&targets, location, &scratch, &tier);
        see_targets_finish(&targets);
    }
    /* A few seconds under sanitizers; many minutes if the time were quadratic. */
    assert_true(cpu_seconds() - start < 30);
    see_text_finish(&scratch);
    page_free(&page);
}

/* Past SEE_TARGETS_REPAIR_MAX no repair is thought of. */
static void test_repair_limit(void **state)
{
    static const size_t base_len = sizeof(BASE) - 1;
    struct page page = page_new(SEE_TARGETS_REPAIR_MAX + 1);
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        char *start = page.start;
        size_t size = SEE_TARGETS_REPAIR_MAX - base_len + over;
        memset(start, 'a', size);
        memcpy(start, "/b%2F", 5);
        struct see_view location = {start, size};
        struct see_targets targets;
        assert_int_equal(see_targets_init(&targets, see_view_of(BASE), &location, 1), SEE_OK);
        assert_int_equal(targets.count, over == 0 ? 2 : 1);
        see_targets_finish(&targets);
    }
    page_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_location), cmocka_unit_test(test_several_locations),
        cmocka_unit_test(test_match),        cmocka_unit_test(test_whatwg),
        cmocka_unit_test(test_hostile),      cmocka_unit_test(test_most),
        cmocka_unit_test(test_linear),       cmocka_unit_test(test_repair_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
