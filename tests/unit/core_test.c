/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * core_test - views, text, time, addresses, the hash and the map.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/hash.h"
#include "core/heap.h"
#include "core/limits.h"
#include "core/map.h"
#include "core/stamp.h"
#include "core/text.h"
#include "core/time.h"
#include "core/timeline.h"

/* Any two octets, where they are compared eight at a time and where one by one. */
static void case_is_told_from_all_else(void **state)
{
    char a[11] = "0123456789", b[11] = "0123456789";
    (void)state;
    for (unsigned at = 0; at < sizeof(a); at += 5) {
        for (unsigned pair = 0; pair < 0x10000; pair++) {
            a[at] = (char)(pair & 0xFF);
            b[at] = (char)(pair >> 8);
            bool is_same = see_ascii_lower(a[at]) == see_ascii_lower(b[at]);
            struct see_view x = {a, sizeof(a)}, y = {b, sizeof(b)};
            if (see_view_eq_nocase(x, y) != is_same) {
                fail_msg("%x and %x at %u", pair & 0xFF, pair >> 8, at);
            }
        }
        b[at] = a[at];
    }
}

static void views(void **state)
{
    (void)state;
    struct see_view view = SEE_LITERAL("  a, b ,,c");
    struct see_view element;
    assert_true(see_view_eq(see_view_trim(SEE_LITERAL(" \t x \r\n")), SEE_LITERAL("x")));
    const char *const expected[] = {"a", "b", "", "c"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(see_view_next(&view, ',', &element));
        assert_true(see_view_eq(element, see_view_of(expected[i])));
    }
    assert_false(see_view_next(&view, ',', &element));
    assert_true(see_view_eq_nocase(SEE_LITERAL("LoCation"), SEE_LITERAL("location")));
    assert_false(see_view_eq_nocase(SEE_LITERAL("a"), SEE_LITERAL("ab")));
    assert_true(see_view_starts(SEE_LITERAL("http://"), SEE_LITERAL("http")));
    assert_false(see_view_starts(SEE_LITERAL("ht"), SEE_LITERAL("http")));
    assert_int_equal(see_view_search(SEE_LITERAL("abcabd"), SEE_LITERAL("abd")), 3);
    assert_int_equal(see_view_search(SEE_LITERAL("abc"), SEE_LITERAL("abd")), 3);
    assert_true(see_view_compare(SEE_LITERAL("a"), SEE_LITERAL("ab")) < 0);
    assert_int_equal(see_view_cut(SEE_LITERAL("abc"), 2, 9).len, 1);
    assert_int_equal(see_view_cut(SEE_LITERAL("abc"), 9, 9).len, 0);
    assert_null(see_view_of(NULL).ptr);
}

static void check_text(void (*add)(struct see_text *, struct see_view), struct see_view in,
                       const char *expected)
{
    struct see_text text;
    see_text_init(&text);
    add(&text, in);
    assert_int_equal(see_text_status(&text), SEE_OK);
    assert_string_equal(see_text_view(&text).ptr, expected);
    see_text_finish(&text);
}

/* Several octets are looked at together: each at each place is written as it is alone. */
static void json_is_the_same_at_each_place(void **state)
{
    (void)state;
    for (int octet = 0; octet < 0x80; octet++) {
        char c = (char)octet, around[20];
        struct see_text alone, together, expected;
        see_text_init(&alone);
        see_text_init(&together);
        see_text_init(&expected);
        see_text_add_json(&alone, (struct see_view){&c, 1});
        for (size_t at = 0; at < sizeof(around); at++) {
            memset(around, '~', sizeof(around));
            around[at] = c;
            see_text_clear(&together);
            see_text_add_json(&together, (struct see_view){around, sizeof(around)});
            around[at] = '~';
            see_text_clear(&expected);
            see_text_add_char(&expected, '"');
            see_text_add(&expected, (struct see_view){around, at});
            see_text_add(&expected, see_view_cut(see_text_view(&alone), 1, alone.len - 1));
            see_text_add(&expected, (struct see_view){around, sizeof(around) - 1 - at});
            see_text_add_char(&expected, '"');
            assert_string_equal(together.ptr, expected.ptr);
        }
        see_text_finish(&alone);
        see_text_finish(&together);
        see_text_finish(&expected);
    }
}

static void json_is_valid_whatever_comes(void **state)
{
    (void)state;
    check_text(see_text_add_json, SEE_LITERAL("a\"b\\c\n\x01\x7f"),
               "\"a\\\"b\\\\c\\n\\u0001\\u007f\"");
    check_text(see_text_add_json, SEE_LITERAL("gr\xC3\xBC\xC3\x9F"), "\"gr\xC3\xBC\xC3\x9F\"");
    check_text(see_text_add_json, SEE_LITERAL("\xFF\xC3"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_text(see_text_add_json, SEE_LITERAL("\xED\xA0\x80"),
               "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_text(see_text_add_json, SEE_LITERAL("a\0b"), "\"a\\u0000b\"");
    /* What could drive a terminal that shows JSON Lines: C1 controls, bidirectional overrides. */
    check_text(see_text_add_json, SEE_LITERAL("\xC2\x9B\xE2\x80\xAE"), "\"\\u009b\\u202e\"");
}

static void nothing_drives_the_terminal(void **state)
{
    (void)state;
    check_text(see_text_add_safe, SEE_LITERAL("a\033[2Jb"), "a\\x1b[2Jb");
    check_text(see_text_add_safe, SEE_LITERAL("a\rb\nc\td"), "a\\x0db\\x0ac\\x09d");
    check_text(see_text_add_safe, SEE_LITERAL("p\xE2\x80\x8B\xC2\xADq"),
               "p\\xe2\\x80\\x8b\\xc2\\xadq");
    check_text(see_text_add_safe, SEE_LITERAL("\xF4\x8F\xBF\xBF"), "\\xf4\\x8f\\xbf\\xbf");
    check_text(see_text_add_json, SEE_LITERAL("\xF3\xA0\x84\x80\xE3\x85\xA4"),
               "\"\\udb40\\udd00\\u3164\"");
    check_text(see_text_add_safe, SEE_LITERAL("\xE1\x85\x9E\xEF\xBF\xBC\xEF\xBF\xBD"),
               "\xE1\x85\x9E\xEF\xBF\xBC\xEF\xBF\xBD");
    check_text(see_text_add_safe, SEE_LITERAL("\xC2\x9B"), "\\xc2\\x9b");
    check_text(see_text_add_safe, SEE_LITERAL("\xE2\x80\xAE"), "\\xe2\\x80\\xae");
    check_text(see_text_add_safe, SEE_LITERAL("\xFF"), "\\xff");
    check_text(see_text_add_safe, SEE_LITERAL("\\x1b"), "\\\\x1b");
    check_text(see_text_add_safe, SEE_LITERAL("\xE2\x82\xAC"), "\xE2\x82\xAC");
}

static void numbers_are_written(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {7, "7"},
        {-10, "-10"},
        {1234567890, "1234567890"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct see_text text;
        see_text_init(&text);
        see_text_add_number(&text, cases[i].number);
        assert_string_equal(text.ptr, cases[i].text);
        see_text_finish(&text);
    }
}

static void text_grows(void **state)
{
    (void)state;
    struct see_text text;
    see_text_init(&text);
    for (int i = 0; i < 10000; i++) {
        see_text_printf(&text, "%d,", i % 10);
    }
    assert_int_equal(see_text_view(&text).len, 20000);
    assert_int_equal(strlen(text.ptr), 20000);
    see_text_clear(&text);
    assert_int_equal(see_text_view(&text).len, 0);
    see_text_finish(&text);
    assert_string_equal(see_text_view(&text).ptr, "");
}

static void times(void **state)
{
    (void)state;
    static const struct {
        see_time_ns time;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1795181045123456789, "2026-11-20T13:24:05.123456Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {951782400 * SEE_NS_PER_S, "2000-02-29T00:00:00.000000Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[SEE_TIME_TEXT];
        see_time_format(cases[i].time, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void times_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        see_time_ns time;
    } cases[] = {
        {"1970", 0},
        {"1970-01", 0},
        {"1970-01-02", 86400 * SEE_NS_PER_S},
        {"1970-01-01T00", 0},
        {"1970-01-01 00:01", 60 * SEE_NS_PER_S},
        {"1970-01-01t00:00:01z", SEE_NS_PER_S},
        {"1970-01-01T00:00:00.000000001", 1},
        {"1970-01-01T00:00:00,0000000019Z", 1},
        {"1970-01-01T00:00+01:30", -5400 * SEE_NS_PER_S},
        {"1969-12-31T23:00:00.5-0100", SEE_NS_PER_S / 2},
        {"1969-12-31T23-01", 0},
        {"2026-11-20T13:24:05.123456789Z", 1795181045123456789},
        {"2000-02-29", 951782400 * SEE_NS_PER_S},
        {"2262-04-11T23:47:16.854775807Z", INT64_MAX},
        {"2262-04-11T23:47:16.9", INT64_MAX},
        {"9999-12-31", INT64_MAX},
        {"0000-01-01T00:00+23:59", INT64_MIN},
    };
    static const char *const others[] = {
        "",
        "x",
        "197",
        "19700101",
        "1970-",
        "1970-1-1",
        "1970-00-01",
        "1970-13-01",
        "1970-01-00",
        "1970-02-29",
        "1900-02-29",
        "1970-01-01T",
        "1970-01-01T24:00",
        "1970-01-01T00:60",
        "1970-01-01T00:00:60",
        "1970-01-01T00:00:",
        "1970-01-01T00:00:00.",
        "1970-01-01T0000",
        "1970-01-01T00:00+1",
        "1970-01-01T00:00+01:",
        "1970-01-01T00:00+24:00",
        "1970-01-01T00:00+01:60",
        "1970-01-01T00:00ZZ",
        "1970-01-01Z",
        "1970-01T00:00",
        "1970-01-01  00:00",
        " 1970-01-01",
        "1970-01-01 ",
        "-1970-01-01",
        "+970-01-01",
        "now",
    };
    see_time_ns time = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!see_time_parse(see_view_of(cases[i].text), &time) || time != cases[i].time) {
            fail_msg("%s: %lld", cases[i].text, (long long)time);
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        time = 7;
        if (see_time_parse(see_view_of(others[i]), &time) || time != 7) {
            fail_msg("'%s' is taken for a time", others[i]);
        }
    }
}

static void addresses(void **state)
{
    (void)state;
    char text[SEE_ADDRESS_TEXT];
    struct see_address v4 = see_address_v4((const uint8_t[]){192, 0, 2, 1});
    struct see_address v6 =
        see_address_v6((const uint8_t[]){0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    struct see_address none = {.family = 0};
    see_address_format(&v4, text);
    assert_string_equal(text, "192.0.2.1");
    see_address_format(&v6, text);
    assert_string_equal(text, "2001:db8::1");
    see_address_format(&none, text);
    assert_string_equal(text, "");
    assert_false(see_address_eq(&v4, &v6));
}

static void addresses_are_read(void **state)
{
    static const struct {
        const char *text, *read; /* NULL: it is none */
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:DB8:0::1", "2001:db8::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::FFFF:c000:0201", "192.0.2.1"},
        {"::192.0.2.1", "::192.0.2.1"},
        {"fe80::1%eth0", "fe80::1"},
        {"fe80::1%", NULL},
        {"192.0.2.1%eth0", NULL},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"192.0.02.1", NULL},
        {"192.0.2.1 ", NULL},
        {"192.0.2.1:80", NULL},
        {"[2001:db8::1]", NULL},
        {"1234567:1234567:1234567:1234567:1234567:1234567", NULL},
        {"unknown", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct see_address address;
        char text[SEE_ADDRESS_TEXT] = "";
        bool is_read = see_address_parse(see_view_of(cases[i].text), &address);
        assert_int_equal(is_read, cases[i].read != NULL);
        if (is_read) {
            see_address_format(&address, text);
            assert_string_equal(text, cases[i].read);
        }
    }
    struct see_address address;
    assert_false(see_address_parse((struct see_view){"192.0.2.1\0", 10}, &address));
    assert_false(see_address_parse((struct see_view){NULL, 0}, &address));
}

static void prefixes(void **state)
{
    static const struct {
        const char *cidr, *in, *out; /* NULL: the CIDR is none */
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
        {"192.0.2.77/24", "192.0.2.1", "192.0.3.1"},
        {"192.0.2.128/25", "192.0.2.129", "192.0.2.127"},
        {"0.0.0.0/0", "203.0.113.9", "2001:db8::1"},
        {"192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"},
        {"::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9"},
        {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"},
        {"::/0", "2001:db8::1", "192.0.2.1"},
        {"fe80::/10", "febf::1", "fec0::1"},
        {"2001:db8::1/128", "2001:db8::1", "2001:db8::2"},
        {"10.0.0.0/33", NULL, NULL},
        {"2001:db8::/129", NULL, NULL},
        {"::ffff:192.0.2.0/24", NULL, NULL},
        {"10.0.0.0/", NULL, NULL},
        {"10.0.0.0/-1", NULL, NULL},
        {"10.0.0.0/0008", NULL, NULL},
        {"10.0.0/8", NULL, NULL},
        {"/8", NULL, NULL},
        {"", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct see_cidr cidr;
        struct see_address address;
        assert_int_equal(see_cidr_parse(see_view_of(cases[i].cidr), &cidr), cases[i].in != NULL);
        if (cases[i].in != NULL) {
            assert_true(see_address_parse(see_view_of(cases[i].in), &address));
            assert_true(see_cidr_has(&cidr, &address));
            assert_true(see_address_parse(see_view_of(cases[i].out), &address));
            assert_false(see_cidr_has(&cidr, &address));
        }
    }
}

static void stamps(void **state)
{
    (void)state;
    struct see_stamp a = {.frame = 9, .capture = 1};
    struct see_stamp b = {.frame = 1, .capture = 2};
    assert_true(see_stamp_before(a, b));
    assert_false(see_stamp_before(b, a));
    assert_false(see_stamp_before(a, a));
}

/* Values of SipHash-1-3 with the key 00 01 .. 0f, as other implementations give them. */
static void hash_is_siphash_1_3(void **state)
{
    (void)state;
    struct see_hash_key key = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    uint8_t input[16];
    for (uint8_t i = 0; i < sizeof(input); i++) {
        input[i] = i;
    }
    static const uint64_t expected[] = {
        0xabac0158050fc4dcu, 0xc9f49bf37d57ca93u, 0x82cb9b024dc7d44du, 0x8bf80ab8e7ddf7fbu,
        0xcf75576088d38328u, 0xdef9d52f49533b67u, 0xc50d2b50c59f22a7u, 0xd3927d989bb11140u,
    };
    for (size_t i = 0; i < 8; i++) {
        assert_true(see_hash(&key, input, i) == expected[i]);
    }
}

/* Words count in their place, zeros at the end do not, and another key gives another sum. */
static void hash_sums_words(void **state)
{
    (void)state;
    struct see_hash_key keys[2] = {{1, 2}, {1, 3}};
    struct see_hash_weights weights = see_hash_weights_of(&keys[0]);
    struct see_hash_weights others = see_hash_weights_of(&keys[1]);
    uint64_t words[SEE_HASH_WORDS] = {0};
    uint64_t none = see_hash_words(&weights, words, 0);
    assert_true(see_hash_words(&weights, words, SEE_HASH_WORDS) == none);
    uint64_t sums[SEE_HASH_WORDS];
    for (size_t i = 0; i < SEE_HASH_WORDS; i++) {
        words[i] = 1;
        sums[i] = see_hash_words(&weights, words, SEE_HASH_WORDS);
        assert_true(see_hash_words(&weights, words, i + 1) == sums[i]);
        assert_false(see_hash_words(&others, words, i + 1) == sums[i]);
        words[i] = 0;
        for (size_t j = 0; j < i; j++) {
            assert_false(sums[i] == sums[j]);
        }
    }
    /* (2^64 a + b) 2^63 / 2^64, by hand */
    uint64_t word = (uint64_t)1 << 63;
    weights.low[0] = weights.high[0] = 0;
    uint64_t half = weights.high[1] << 63 | weights.low[1] >> 1;
    assert_true(see_hash_words(&weights, &word, 1) == half);
}

/* Each length and each octet counts, wherever the text lies; a long text has another hash. */
static void hash_sums_texts(void **state)
{
    (void)state;
    struct see_hash_key key = {1, 2};
    struct see_hash_weights weights = see_hash_weights_of(&key);
    char zeros[SEE_HASH_TEXT + 17] = "", copy[SEE_HASH_TEXT + 17];
    uint64_t sums[SEE_HASH_TEXT + 17];
    for (size_t len = 0; len < sizeof(zeros); len++) {
        sums[len] = see_hash_text(&weights, &key, zeros, len);
        for (size_t i = 0; i < len; i++) {
            assert_false(sums[i] == sums[len]);
            zeros[i] = 1;
            assert_false(see_hash_text(&weights, &key, zeros, len) == sums[len]);
            zeros[i] = 0;
        }
        memset(copy, 'x', sizeof(copy));
        memset(copy + len % 16, 0, len < sizeof(copy) - 16 ? len : 0);
        if (len < sizeof(copy) - 16) {
            assert_true(see_hash_text(&weights, &key, copy + len % 16, len) == sums[len]);
        }
        assert_int_equal(sums[len] == see_hash(&key, zeros, len), len > SEE_HASH_TEXT);
    }
}

struct record {
    int value;
    struct see_map_node node;
};

static void count_node(struct see_map_node *node, void *ctx)
{
    (void)node;
    ++*(size_t *)ctx;
}

static void map_holds_and_lets_go(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static struct record records[COUNT];
    struct see_map map;
    see_map_init(&map);
    assert_null(see_map_first(&map, 1));
    for (int i = 0; i < COUNT; i++) {
        records[i].value = i;
        /* Ten of each hash, and hashes that differ only above the slots. */
        assert_int_equal(see_map_add(&map, &records[i].node, (uint64_t)(i / 10) << 40), SEE_OK);
    }
    struct see_map_node *node = see_map_first(&map, (uint64_t)7 << 40);
    for (int i = 79; i >= 70; i--) {
        assert_non_null(node);
        assert_int_equal(SEE_MAP_RECORD(node, struct record, node)->value, i);
        node = see_map_next(node);
    }
    assert_null(node);
    for (int i = 0; i < COUNT; i += 2) {
        see_map_remove(&map, &records[i].node);
    }
    assert_int_equal(map.count, COUNT / 2);
    size_t visited = 0;
    see_map_drain(&map, count_node, &visited);
    assert_int_equal(visited, COUNT / 2);
    assert_null(see_map_first(&map, (uint64_t)7 << 40));
    see_map_finish(&map);
}

/* Of every eighth of all hashes, four slots and what comes of them when the map grows. */
static uint64_t spread_hash(int i)
{
    return (uint64_t)(i % 8) << 61 | (uint64_t)(i / 8) % 4 | (uint64_t)(i / 32) << 7;
}

static bool has_record(const struct see_map *map, const struct record *record, uint64_t hash)
{
    struct see_map_node *node = see_map_first(map, hash);
    while (node != NULL && node != &record->node) {
        node = see_map_next(node);
    }
    return node != NULL;
}

/* What shares a slot goes and comes, and nothing else is lost or made up by its mask. */
static void map_finds_whatever_shares_its_slot(void **state)
{
    (void)state;
    enum { COUNT = 1024 };
    static struct record records[COUNT];
    struct record stand_in;
    struct see_map map;
    see_map_init(&map);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(see_map_add(&map, &records[i].node, spread_hash(i)), SEE_OK);
        for (int j = 0; j <= i; j++) {
            assert_true(has_record(&map, &records[j], spread_hash(j)));
        }
    }
    see_map_replace(&map, &records[COUNT - 1].node, &stand_in.node);
    assert_true(has_record(&map, &stand_in, spread_hash(COUNT - 1)));
    for (int i = 0; i < COUNT - 1; i++) {
        see_map_remove(&map, &records[i].node);
        assert_null(see_map_first(&map, spread_hash(i)));
        for (int j = i + 1; j < COUNT - 1; j++) {
            assert_true(has_record(&map, &records[j], spread_hash(j)));
        }
    }
    see_map_remove(&map, &stand_in.node);
    assert_null(see_map_first(&map, spread_hash(COUNT - 1)));
    assert_int_equal(see_map_add(&map, &stand_in.node, spread_hash(0)), SEE_OK);
    assert_true(has_record(&map, &stand_in, spread_hash(0)));
    see_map_finish(&map);
}

/* Stamps in hours, and where the clock stands after each. */
static void clock_believes_no_lone_leap(void **state)
{
    static const struct {
        int stamps[8], clock[8];
        uint64_t doubted;
    } cases[] = {
        {{10, 11, 11, 10, 12}, {10, 11, 11, 11, 12}, 0},       /* backwards */
        {{10, 99, 10, 11}, {10, 10, 10, 11}, 1},               /* one damaged stamp */
        {{10, 99, 50, 11}, {10, 10, 10, 11}, 2},               /* two of them */
        {{10, 99, 99, 100, 10}, {10, 10, 99, 100, 100}, 0},    /* a pause */
        {{10, 99, 98, 99}, {10, 10, 98, 99}, 0},               /* a pause, then disorder */
        {{10, 99, 9, 99, 9, 99}, {10, 10, 10, 10, 10, 10}, 2}, /* two clocks by turns */
        {{99, 10, 11}, {99, 99, 99}, 0},                       /* nothing to compare with */
        {{-99, 10, 10, 11, 11}, {-99, -99, 10, 11, 11}, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct see_timeline clock;
        see_timeline_init(&clock);
        for (size_t j = 0; j < 8 && cases[i].stamps[j] != 0; j++) {
            see_time_ns before = clock.now;
            bool is_moved =
                see_timeline_move(&clock, (see_time_ns)cases[i].stamps[j] * 3600 * SEE_NS_PER_S);
            assert_int_equal(clock.now, (see_time_ns)cases[i].clock[j] * 3600 * SEE_NS_PER_S);
            assert_int_equal(is_moved, clock.now != before);
        }
        assert_int_equal(clock.doubted, cases[i].doubted);
    }
    struct see_timeline clock;
    see_timeline_init(&clock);
    assert_true(see_timeline_move(&clock, INT64_MIN / 2));
    assert_false(see_timeline_move(&clock, INT64_MAX / 2));
    assert_true(see_timeline_move(&clock, INT64_MAX / 2));
}

static void limits_are_set(void **state)
{
    (void)state;
    struct see_limits limits = see_limits_default();
#define SEE_LIMIT(field, value, what, then, counter) assert_true(limits.field > 0);
    SEE_LIMITS(SEE_LIMIT)
#undef SEE_LIMIT
}

/* What is allocated before, while and after the heap is asked for is what it would be without. */
static void heap_holds(void **state)
{
    struct see_heap heap = {NULL};
    uint8_t *blocks[64];
    (void)state;
    see_heap_follow(&heap);
    assert_null(heap.end);
    see_heap_begin(&heap);
#ifdef __GLIBC__
    assert_non_null(heap.end);
#endif
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < 64; i++) {
            blocks[i] = malloc(1 << 20);
            assert_non_null(blocks[i]);
            memset(blocks[i], (int)i, 1 << 20);
            see_heap_follow(&heap);
        }
        see_heap_begin(&heap);
        for (size_t i = 0; i < 64; i++) {
            assert_int_equal(blocks[i][0], i);
            assert_int_equal(blocks[i][(1 << 20) - 1], i);
            free(blocks[i]);
            see_heap_follow(&heap);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views),
        cmocka_unit_test(case_is_told_from_all_else),
        cmocka_unit_test(json_is_valid_whatever_comes),
        cmocka_unit_test(json_is_the_same_at_each_place),
        cmocka_unit_test(nothing_drives_the_terminal),
        cmocka_unit_test(numbers_are_written),
        cmocka_unit_test(text_grows),
        cmocka_unit_test(times),
        cmocka_unit_test(times_as_people_write_them),
        cmocka_unit_test(addresses),
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(stamps),
        cmocka_unit_test(hash_is_siphash_1_3),
        cmocka_unit_test(hash_sums_words),
        cmocka_unit_test(hash_sums_texts),
        cmocka_unit_test(map_holds_and_lets_go),
        cmocka_unit_test(map_finds_whatever_shares_its_slot),
        cmocka_unit_test(clock_believes_no_lone_leap),
        cmocka_unit_test(limits_are_set),
        cmocka_unit_test(heap_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
