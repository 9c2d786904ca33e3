/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Content codings: each undone, in their order, whole, cut anywhere, corrupt anywhere, and as
 * bombs; then with every allocation failing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <brotli/encode.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "alloc.h"
#include "http/decoded.h"

#define NOTE "<p>See <a href=\"https://b.test/next\">the next page</a>, the next page.</p>"

#define PACKED_MAX 65536

struct packed {
    uint8_t octets[PACKED_MAX];
    size_t len;
};

static struct see_view view_of(const struct packed *packed)
{
    return (struct see_view){(const char *)packed->octets, packed->len};
}

static void pack_zlib(struct see_view plain, int bits, struct packed *packed)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (z_const Bytef *)(uintptr_t)plain.ptr;
    stream.avail_in = (uInt)plain.len;
    stream.next_out = packed->octets;
    stream.avail_out = PACKED_MAX;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed->len = stream.total_out;
    deflateEnd(&stream);
}

static void pack_gzip(struct see_view plain, struct packed *packed)
{
    pack_zlib(plain, 15 + 16, packed);
}

static void pack_deflate(struct see_view plain, struct packed *packed)
{
    pack_zlib(plain, 15, packed);
}

static void pack_raw(struct see_view plain, struct packed *packed)
{
    pack_zlib(plain, -15, packed);
}

static void pack_brotli(struct see_view plain, struct packed *packed)
{
    packed->len = PACKED_MAX;
    assert_true(BrotliEncoderCompress(9, 22, BROTLI_MODE_TEXT, plain.len,
                                      (const uint8_t *)plain.ptr, &packed->len, packed->octets));
}

static void pack_zstd(struct see_view plain, struct packed *packed)
{
    packed->len = ZSTD_compress(packed->octets, PACKED_MAX, plain.ptr, plain.len, 3);
    assert_false(ZSTD_isError(packed->len));
}

static const struct codec {
    const char *name;
    void (*pack)(struct see_view plain, struct packed *packed);
    bool has_check; /* a flipped bit is noticed */
} codecs[] = {
    {"gzip", pack_gzip, true},    {"X-Gzip", pack_gzip, true}, {"deflate", pack_deflate, true},
    {"deflate", pack_raw, false}, {"br", pack_brotli, false},  {"zstd", pack_zstd, false},
};

#define CODECS (sizeof(codecs) / sizeof(codecs[0]))

/* Decodes from a copy of its own size, so that reading past it is seen. */
static enum see_decoded_end decode(struct see_view octets, const char *codings,
                                   const struct see_limits *limits, struct see_text *out)
{
    enum see_decoded_end end;
    char *copy = malloc(octets.len > 0 ? octets.len : 1);
    assert_non_null(copy);
    memcpy(copy, octets.ptr != NULL ? octets.ptr : "", octets.len);
    see_text_init(out);
    int status = see_content_decode((struct see_view){copy, octets.len}, see_view_of(codings),
                                    limits, out, &end);
    assert_int_equal(status, SEE_OK);
    free(copy);
    return end;
}

static void check(struct see_view octets, const char *codings, enum see_decoded_end end,
                  struct see_view expected)
{
    struct see_limits limits = see_limits_default();
    struct see_text out;
    assert_string_equal(see_decoded_end_name(decode(octets, codings, &limits, &out)),
                        see_decoded_end_name(end));
    assert_true(see_view_eq(see_text_view(&out), expected) || (out.len == 0 && expected.len == 0));
    see_text_finish(&out);
}

static void test_each(void **state)
{
    struct packed packed;
    (void)state;
    for (size_t i = 0; i < CODECS; i++) {
        codecs[i].pack(SEE_LITERAL(NOTE), &packed);
        check(view_of(&packed), codecs[i].name, SEE_DECODED_WHOLE, SEE_LITERAL(NOTE));
        codecs[i].pack(SEE_LITERAL(""), &packed);
        check(view_of(&packed), codecs[i].name, SEE_DECODED_WHOLE, SEE_LITERAL(""));
    }
}

static void test_none(void **state)
{
    (void)state;
    check(SEE_LITERAL(NOTE), NULL, SEE_DECODED_WHOLE, SEE_LITERAL(NOTE));
    check(SEE_LITERAL(NOTE), "", SEE_DECODED_WHOLE, SEE_LITERAL(NOTE));
    check(SEE_LITERAL(NOTE), " identity ,, Identity,", SEE_DECODED_WHOLE, SEE_LITERAL(NOTE));
    check(SEE_LITERAL(""), "gzip", SEE_DECODED_WHOLE, SEE_LITERAL(""));
}

static void test_unknown(void **state)
{
    struct packed packed;
    (void)state;
    pack_gzip(SEE_LITERAL(NOTE), &packed);
    check(view_of(&packed), "compress", SEE_DECODED_UNKNOWN, SEE_LITERAL(""));
    check(view_of(&packed), "aes128gcm, gzip", SEE_DECODED_UNKNOWN, SEE_LITERAL(""));
    check(view_of(&packed), "gzip; q=1", SEE_DECODED_UNKNOWN, SEE_LITERAL(""));
}

/* The codings are named in the order in which they were applied. */
static void test_order(void **state)
{
    struct packed inner, outer;
    (void)state;
    pack_gzip(SEE_LITERAL(NOTE), &inner);
    pack_brotli(view_of(&inner), &outer);
    check(view_of(&outer), "gzip, br", SEE_DECODED_WHOLE, SEE_LITERAL(NOTE));
    check(view_of(&outer), "gzip,identity , br", SEE_DECODED_WHOLE, SEE_LITERAL(NOTE));
    struct see_limits limits = see_limits_default();
    struct see_text out;
    assert_int_equal(decode(view_of(&outer), "br, gzip", &limits, &out), SEE_DECODED_CORRUPT);
    see_text_finish(&out);
}

static void test_layers(void **state)
{
    static struct packed packed[2];
    struct see_view content = SEE_LITERAL(NOTE);
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        pack_gzip(content, &packed[i % 2]);
        content = view_of(&packed[i % 2]);
        if (i == 3) {
            check(content, "gzip,gzip,gzip,gzip", SEE_DECODED_WHOLE, SEE_LITERAL(NOTE));
        }
    }
    check(content, "gzip,gzip,gzip,gzip,gzip", SEE_DECODED_TOO_DEEP, SEE_LITERAL(""));
}

/* Two in a row are one content, and so are three with an empty one. */
static void test_members(void **state)
{
    static const struct codec rows[] = {{"gzip", pack_gzip, true}, {"zstd", pack_zstd, true}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct packed first, second;
        rows[i].pack(SEE_LITERAL("one "), &first);
        rows[i].pack(SEE_LITERAL("two"), &second);
        memcpy(first.octets + first.len, second.octets, second.len);
        first.len += second.len;
        check(view_of(&first), rows[i].name, SEE_DECODED_WHOLE, SEE_LITERAL("one two"));
    }
}

/* Cut anywhere, what comes out is the beginning, and it is never called whole. */
static void test_cut(void **state)
{
    struct see_limits limits = see_limits_default();
    struct packed packed;
    (void)state;
    for (size_t i = 0; i < CODECS; i++) {
        codecs[i].pack(SEE_LITERAL(NOTE), &packed);
        for (size_t len = 1; len < packed.len; len++) {
            struct see_text out;
            struct see_view part = see_view_cut(view_of(&packed), 0, len);
            assert_int_equal(decode(part, codecs[i].name, &limits, &out), SEE_DECODED_CUT);
            assert_true(see_view_starts(SEE_LITERAL(NOTE), see_text_view(&out)) || out.len == 0);
            see_text_finish(&out);
        }
    }
}

/* Any octet changed to any other value: an end of some kind, and where a check sum is, the truth.
 */
static void test_corrupt(void **state)
{
    struct see_limits limits = see_limits_default();
    struct packed packed;
    (void)state;
    for (size_t i = 0; i < CODECS; i++) {
        codecs[i].pack(SEE_LITERAL(NOTE), &packed);
        for (size_t at = 0; at < packed.len; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                struct see_text out;
                packed.octets[at] ^= (uint8_t)(1u << bit);
                enum see_decoded_end end = decode(view_of(&packed), codecs[i].name, &limits, &out);
                bool is_true = see_view_eq(see_text_view(&out), SEE_LITERAL(NOTE));
                assert_true(end != SEE_DECODED_WHOLE || !codecs[i].has_check || is_true);
                see_text_finish(&out);
                packed.octets[at] ^= (uint8_t)(1u << bit);
            }
        }
    }
    check(SEE_LITERAL("<html>not packed at all</html>"), "gzip", SEE_DECODED_CORRUPT,
          SEE_LITERAL(""));
    check(SEE_LITERAL("<html>not packed at all</html>"), "zstd", SEE_DECODED_CORRUPT,
          SEE_LITERAL(""));
}

/* A megabyte of nothing, once and again. */
static void test_bombs(void **state)
{
    static char zeros[1 << 20];
    static struct packed packed, again;
    struct see_limits limits = see_limits_default();
    struct see_text out;
    (void)state;
    for (size_t i = 0; i < CODECS; i++) {
        codecs[i].pack((struct see_view){zeros, sizeof(zeros)}, &packed);
        limits.decoded_ratio = 1 << 20;
        assert_int_equal(decode(view_of(&packed), codecs[i].name, &limits, &out),
                         SEE_DECODED_TOO_LARGE);
        assert_int_equal(out.len, limits.decoded_octets);
        see_text_finish(&out);
        limits.decoded_ratio = 10;
        packed.len = packed.len < 1000 ? packed.len : 1000;
        assert_int_equal(decode(view_of(&packed), codecs[i].name, &limits, &out),
                         SEE_DECODED_TOO_DENSE);
        assert_int_equal(out.len, packed.len * 10);
        see_text_finish(&out);
        codecs[i].pack((struct see_view){zeros, sizeof(zeros)}, &packed);
        pack_gzip(view_of(&packed), &again);
        limits.decoded_ratio = 16;
        char codings[32];
        snprintf(codings, sizeof(codings), "%s, gzip", codecs[i].name);
        assert_int_equal(decode(view_of(&again), codings, &limits, &out), SEE_DECODED_TOO_DENSE);
        see_text_finish(&out);
    }
}

/* As much as may come out, and one octet more. */
static void test_to_the_octet(void **state)
{
    struct see_limits limits = see_limits_default();
    struct packed packed;
    struct see_text out;
    (void)state;
    for (size_t i = 0; i < CODECS; i++) {
        codecs[i].pack(SEE_LITERAL(NOTE), &packed);
        limits.decoded_octets = sizeof(NOTE) - 1;
        assert_int_equal(decode(view_of(&packed), codecs[i].name, &limits, &out),
                         SEE_DECODED_WHOLE);
        assert_int_equal(out.len, sizeof(NOTE) - 1);
        see_text_finish(&out);
        limits.decoded_octets--;
        assert_int_equal(decode(view_of(&packed), codecs[i].name, &limits, &out),
                         SEE_DECODED_TOO_LARGE);
        assert_int_equal(out.len, sizeof(NOTE) - 2);
        see_text_finish(&out);
    }
}

/* A window of 16 MiB is more than RFC 9659 allows. */
static void test_zstd_window(void **state)
{
    static const char frame[] = "\x28\xB5\x2F\xFD\x00\x70\x09\x00\x00x";
    (void)state;
    check(SEE_LITERAL("\x28\xB5\x2F\xFD\x00\x68\x09\x00\x00x"), "zstd", SEE_DECODED_WHOLE,
          SEE_LITERAL("x"));
    check((struct see_view){frame, sizeof(frame) - 1}, "zstd", SEE_DECODED_CORRUPT,
          SEE_LITERAL(""));
}

static void test_message(void **state)
{
    struct packed packed;
    struct see_limits limits = see_limits_default();
    struct see_field fields[] = {{SEE_LITERAL("content-encoding"), SEE_LITERAL("identity, gzip")},
                                 {SEE_LITERAL("X"), SEE_LITERAL("br")},
                                 {SEE_LITERAL("Content-Encoding"), SEE_LITERAL("identity")}};
    struct see_text out;
    enum see_decoded_end end;
    (void)state;
    pack_gzip(SEE_LITERAL(NOTE), &packed);
    struct see_message message = {.fields = fields,
                                  .field_count = 3,
                                  .is_complete = true,
                                  .content_len = packed.len,
                                  .content_kept = view_of(&packed)};
    see_text_init(&out);
    assert_int_equal(see_message_decode(&message, &limits, &out, &end), SEE_OK);
    assert_int_equal(end, SEE_DECODED_WHOLE);
    assert_true(see_view_eq(see_text_view(&out), SEE_LITERAL(NOTE)));
    message.content_is_cut = true;
    assert_int_equal(see_message_decode(&message, &limits, &out, &end), SEE_OK);
    assert_int_equal(end, SEE_DECODED_CUT);
    message.content_is_cut = false;
    message.content_kept = (struct see_view){0};
    assert_int_equal(see_message_decode(&message, &limits, &out, &end), SEE_OK);
    assert_int_equal(end, SEE_DECODED_CUT);
    assert_int_equal(out.len, 0);
    message.content_len = 0;
    assert_int_equal(see_message_decode(&message, &limits, &out, &end), SEE_OK);
    assert_int_equal(end, SEE_DECODED_WHOLE);
    see_text_finish(&out);
}

static int decode_failing(const struct packed *packed, const char *codings, size_t fail_at)
{
    struct see_limits limits = see_limits_default();
    enum see_decoded_end end;
    struct see_text out;
    see_text_init(&out);
    alloc_start(fail_at);
    int status = see_content_decode(view_of(packed), see_view_of(codings), &limits, &out, &end);
    see_text_finish(&out);
    assert_int_equal(alloc.live, 0);
    alloc.fail_at = 0;
    return status;
}

/* zstd allocates where we cannot make it fail. */
static void test_no_memory(void **state)
{
    struct packed packed;
    (void)state;
    for (size_t i = 0; i < CODECS; i++) {
        codecs[i].pack(SEE_LITERAL(NOTE), &packed);
        size_t nth = 0;
        do {
            int status = decode_failing(&packed, codecs[i].name, ++nth);
            assert_int_equal(status, alloc.has_failed ? SEE_ENOMEM : SEE_OK);
        } while (alloc.has_failed);
        assert_true(nth > 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),        cmocka_unit_test(test_none),
        cmocka_unit_test(test_unknown),     cmocka_unit_test(test_order),
        cmocka_unit_test(test_layers),      cmocka_unit_test(test_members),
        cmocka_unit_test(test_cut),         cmocka_unit_test(test_corrupt),
        cmocka_unit_test(test_bombs),       cmocka_unit_test(test_to_the_octet),
        cmocka_unit_test(test_zstd_window), cmocka_unit_test(test_message),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
