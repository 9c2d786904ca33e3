/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng_test - sections, interfaces, clocks, packets of three kinds, and blocks that lie.
 */
#include "savefile.h"

#include <stdlib.h>

#include "alloc.h"
#include "hostile.h"

#define US 1000
#define HUGE_LEN ((size_t)3 * 1024 * 1024)

static void starts(struct savefile *file, bool is_big)
{
    memset(file, 0, sizeof(*file));
    file->is_big = is_big;
    put_section(file);
    put_interface(file, 1, 0, 0, 0);
}

/* A whole file: two sections of different byte order, all packet blocks, all others between. */
static void put_everything(struct savefile *file)
{
    starts(file, false);
    put_interface(file, 101, 0, 9, 0);
    put_packet(file, 0, 1000000, 'a', 61, 100);
    put_block(file, 4, "\0\0\0\0", 4); /* names */
    put_packet(file, 1, 2000000000, 'b', 60, 60);
    block_begin(file, 0xA); /* secrets */
    put(file, 0x544C534B, 4);
    put(file, 9, 4);
    put_octets(file, "CLIENT_R ", 9);
    block_end(file);
    put_packet_simple(file, 'c', 40, 40);
    put_packet_obsolete(file, 0, 3000000, 'd', 33);
    put_block(file, 0xBAD, "\0\0\x7E\xD9 what", 9);
    put_block(file, 0x4711, "", 0);
    file->is_big = true;
    put_section(file);
    put_interface(file, 113, 50, 0x80 | 10, -5);
    put_packet(file, 0, (uint64_t)10 << 10 | 512, 'e', 50, 1500);
    put_packet_simple(file, 'f', 50, 99);
    block_begin(file, 5); /* statistics */
    put(file, 0, 4);
    put(file, 0, 8);
    put_option_64(file, 4, 1000);
    put_option_64(file, 5, 3);
    put_option_64(file, 7, 4);
    block_end(file);
}

static void everything(void **state)
{
    (void)state;
    static const struct {
        uint64_t number;
        see_time_ns time;
        int link_type;
        uint8_t first;
        size_t len, wire_len;
    } expected[] = {
        {1, SEE_NS_PER_S, 1, 'a', 61, 100},
        {2, 2 * SEE_NS_PER_S, 101, 'b', 60, 60},
        {3, 2 * SEE_NS_PER_S, 1, 'c', 40, 40},
        {4, 3 * SEE_NS_PER_S, 1, 'd', 33, 33},
        /* Wireshark gives the custom block a number. */
        {6, 5 * SEE_NS_PER_S + SEE_NS_PER_S / 2, 113, 'e', 50, 1500},
        {7, 5 * SEE_NS_PER_S + SEE_NS_PER_S / 2, 113, 'f', 50, 99},
    };
    struct savefile file;
    struct outcome outcome;
    put_everything(&file);
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.status, SEE_OK);
    assert_int_equal(outcome.info.state, SEE_CAPTURE_COMPLETE);
    assert_string_equal(outcome.detail, "");
    assert_int_equal(outcome.count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct see_frame *frame = &outcome.frames[i];
        assert_int_equal(frame->stamp.frame, expected[i].number);
        assert_int_equal(frame->stamp.capture, 7);
        assert_int_equal(frame->stamp.time_ns, expected[i].time);
        assert_int_equal(frame->link_type, expected[i].link_type);
        assert_int_equal(outcome.first[i], expected[i].first);
        assert_int_equal(frame->len, expected[i].len);
        assert_int_equal(frame->wire_len, expected[i].wire_len);
    }
    assert_int_equal(outcome.info.kernel_dropped, 7);
    assert_int_equal(outcome.info.first_time, SEE_NS_PER_S);
    assert_int_equal(outcome.missing, 2);
    assert_int_equal(outcome.skipped, 3);
    assert_int_equal(outcome.secrets_blocks, 1);
    assert_string_equal(outcome.secrets, "CLIENT_R ");
}

static void clocks(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        int64_t offset;
        uint64_t units;
        see_time_ns time;
        uint64_t clamped;
    } cases[] = {
        {6, 0, 1500000, 1500000000, 0},
        {9, 0, 1500000001, 1500000001, 0},
        {3, 0, 1500, 1500000000, 0},
        {0x80, 0, 3, 3000000000, 0}, /* 2^0: seconds */
        {12, 0, 1500000000999, 1500000000, 0},
        {19, 0, 15000000000000000000u, 1500000000, 0},
        {20, 0, 15000000000000000000u, 150000000, 0},
        {28, 0, UINT64_MAX, 1, 0},
        {29, 0, UINT64_MAX, 0, 0},
        {127, 0, UINT64_MAX, 0, 0},
        {0x80 | 1, 0, 3, 1500000000, 0},
        {0x80 | 10, 0, 1536, 1500000000, 0},
        {0x80 | 34, 0, (uint64_t)3 << 33, 1500000000, 0},
        {0x80 | 63, 0, (uint64_t)3 << 62, 1500000000, 0},
        {0x80 | 64, 0, (uint64_t)1 << 63, 500000000, 0},
        {0x80 | 98, 0, UINT64_MAX, 0, 0},
        {0x80 | 127, 0, UINT64_MAX, 0, 0},
        {6, 100, 1500000, 101500000000, 0},
        {6, -100, 1500000, -98500000000, 0},
        {6, INT64_MAX, 1500000, INT64_MAX / 2, 1},
        {6, INT64_MIN, 1500000, -(INT64_MAX / 2), 1},
        {6, 0, UINT64_MAX, INT64_MAX / 2, 1},
        {0x80, 0, UINT64_MAX, INT64_MAX / 2, 1},
        {0x80, INT64_MIN, UINT64_MAX, -1000000000, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct savefile file = {.len = 0};
        struct outcome outcome;
        file.is_big = i % 2 == 1;
        put_section(&file);
        put_interface(&file, 1, 0, cases[i].resolution, cases[i].offset);
        put_packet(&file, 0, cases[i].units, 'x', 1, 1);
        read_savefile(&file, &outcome);
        assert_int_equal(outcome.count, 1);
        assert_int_equal(outcome.frames[0].stamp.time_ns, cases[i].time);
        assert_int_equal(outcome.clamped, cases[i].clamped);
    }
}

static void drops(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome;
    starts(&file, false);
    put_packet(&file, 0, 1, 'a', 4, 4);
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.info.kernel_dropped, -1);
    /* The last block of an interface counts, and sections add up, as far as numbers go. */
    for (int section = 0; section < 2; section++) {
        for (uint64_t dropped = 5; dropped <= 10; dropped += 5) {
            block_begin(&file, 5);
            put(&file, 0, 12);
            put_option_64(&file, 7, dropped);
            block_end(&file);
        }
        if (section == 0) {
            put_section(&file);
            put_interface(&file, 1, 0, 0, 0);
        }
    }
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.info.kernel_dropped, 20);
    block_begin(&file, 5);
    put(&file, 0, 12);
    put_option_64(&file, 5, UINT64_MAX);
    put_option_64(&file, 7, UINT64_MAX);
    block_end(&file);
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.info.kernel_dropped, INT64_MAX);
    assert_int_equal(outcome.info.state, SEE_CAPTURE_COMPLETE);
}

/* What is wrong, where, and how much of the file is read before it. */
static void damage(void **state)
{
    (void)state;
    enum { PACKET, TWO_PACKETS, OTHER };
    static const struct {
        int what;
        size_t at; /* in the last block, where `value` is put */
        size_t len;
        uint32_t value;
        size_t frames;
        const char *says;
    } cases[] = {
        {PACKET, 4, 4, 0, 1, "a block claims to have 0 octets"},
        {PACKET, 4, 4, 8, 1, "a block claims to have 8 octets"},
        {PACKET, 4, 4, 13, 1, "a block claims to have 13 octets"},
        {PACKET, 4, 4, 0xFFFFFFFC, 1, "a block claims to have 4294967292 octets"},
        {PACKET, 4, 4, 12, 1, "the two lengths of a block disagree"},
        {PACKET, 8, 4, 2, 1, "a packet block names interface 2, of 1"},
        {PACKET, 8, 4, 0xFFFFFFFF, 1, "a packet block names interface 4294967295, of 1"},
        {PACKET, 20, 4, 0xFFFFFFFF, 1, "a packet block of 40 octets claims to hold 4294967295"},
        {PACKET, 20, 4, 25, 1, "a packet block of 40 octets claims to hold 25"},
        {PACKET, 48, 4, 60, 1, "the two lengths of a block disagree"},
        {OTHER, 0, 4, 6, 1, "a packet block is too short"},
        {OTHER, 0, 4, 1, 1, "an interface block makes no sense"},
        {OTHER, 0, 4, 0xA, 1, "a secrets block makes no sense"},
        {OTHER, 0, 4, 0x0A0D0D0A, 1, "a section header has no byte-order magic"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct savefile file;
        struct outcome outcome;
        char where[128];
        starts(&file, i % 2 == 1);
        put_packet(&file, 0, 1, 'a', 9, 9);
        if (cases[i].what == PACKET) {
            put_packet(&file, 0, 2, 'b', 8, 8);
        } else {
            put_block(&file, 0x4711, "\1\0\0\0", 4);
        }
        patch(&file, file.block + cases[i].at, cases[i].value, cases[i].len);
        snprintf(where, sizeof(where), "%s, behind frame 1, at octet %zu", cases[i].says,
                 file.block);
        read_savefile(&file, &outcome);
        assert_int_equal(outcome.status, SEE_OK);
        assert_int_equal(outcome.count, cases[i].frames);
        assert_int_equal(outcome.info.state, SEE_CAPTURE_CORRUPT);
        assert_string_equal(outcome.detail, where);
    }
}

static void damaged_sections(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome;
    starts(&file, false);
    put_packet(&file, 0, 1, 'a', 9, 9);
    put_section(&file);
    put_packet(&file, 0, 1, 'b', 9, 9);
    read_savefile(&file, &outcome); /* the interface belongs to the other section */
    assert_int_equal(outcome.count, 1);
    assert_non_null(strstr(outcome.detail, "names interface 0, of 0"));

    memset(&file, 0, sizeof(file));
    put_section(&file);
    put_packet_simple(&file, 'a', 9, 9);
    read_savefile(&file, &outcome);
    assert_non_null(strstr(outcome.detail, "before any interface"));

    memset(&file, 0, sizeof(file));
    put_section(&file);
    patch(&file, 12, 2, 2);
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.status, SEE_EFORMAT);
    assert_non_null(strstr(outcome.error, "version 2.0 of pcapng is not read"));

    memset(&file, 0, sizeof(file));
    put_interface(&file, 1, 0, 0, 0);
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.status, SEE_EFORMAT);
    assert_non_null(strstr(outcome.error, "does not begin with a section header"));

    memset(&file, 0, sizeof(file));
    put_section(&file);
    patch(&file, 8, 0x12345678, 4);
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.status, SEE_EFORMAT);
}

static void options_that_lie(void **state)
{
    (void)state;
    struct savefile file = {.len = 0};
    struct outcome outcome;
    put_section(&file);
    block_begin(&file, 1);
    put(&file, 1, 4);
    put(&file, 0, 4);
    put(&file, 9, 2);
    put(&file, 5, 2); /* eight octets with padding, and there are four */
    put(&file, 0, 4);
    block_end(&file);
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.info.state, SEE_CAPTURE_CORRUPT);
    /* No end-of-options is no lie. */
    memset(&file, 0, sizeof(file));
    put_section(&file);
    block_begin(&file, 1);
    put(&file, 1, 4);
    put(&file, 0, 4);
    put_option(&file, 9, "\x03", 1);
    block_end(&file);
    put_packet(&file, 0, 1500, 'a', 1, 1);
    read_savefile(&file, &outcome);
    assert_int_equal(outcome.frames[0].stamp.time_ns, 1500 * SEE_NS_PER_MS);
}

/* Secrets are kept up to a bound, only those of TLS, and never more than the block has. */
static void secrets(void **state)
{
    (void)state;
    static const struct {
        uint32_t kind, len;
        const char *kept;
        enum see_capture_state state;
    } cases[] = {
        {0x544C534B, 8, "12345678", SEE_CAPTURE_COMPLETE},
        {0x544C534B, 5, "12345", SEE_CAPTURE_COMPLETE},
        {0x544C534B, 0, "", SEE_CAPTURE_COMPLETE},
        {0x57474B4C, 8, "", SEE_CAPTURE_COMPLETE}, /* of WireGuard */
        {0x544C534B, 9, "", SEE_CAPTURE_CORRUPT},
        {0x544C534B, UINT32_MAX, "", SEE_CAPTURE_CORRUPT},
    };
    struct savefile file;
    struct outcome outcome;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        starts(&file, i % 2 == 1);
        block_begin(&file, 0xA);
        put(&file, cases[i].kind, 4);
        put(&file, cases[i].len, 4);
        put_octets(&file, "12345678", 8);
        block_end(&file);
        read_savefile(&file, &outcome);
        assert_int_equal(outcome.info.state, cases[i].state);
        assert_string_equal(outcome.secrets, cases[i].kept);
        assert_int_equal(outcome.secrets_blocks, 1);
    }
}

/* Ends of blocks; a cut there leaves a whole file. */
static bool is_boundary(const struct savefile *file, size_t len)
{
    struct savefile part = *file;
    size_t at = 0;
    bool is_big = false;
    while (at < len) {
        const uint8_t *block = part.octets + at;
        if (block[0] == 0x0A) {
            is_big = block[8] == 0x1A;
        }
        at += is_big ? (size_t)(block[6] << 8 | block[7]) : (size_t)(block[5] << 8 | block[4]);
    }
    return at == len;
}

/* Against a page that must not be touched, so that one octet too many is seen. */
static void cut_at_every_octet(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome whole, outcome;
    put_everything(&file);
    read_savefile(&file, &whole);
    struct page page = page_new(file.len);
    for (size_t len = 0; len < file.len; len++) {
        read_octets(page_put(&page, (struct see_view){(const char *)file.octets, len}), NULL,
                    &outcome);
        if (len < 28) {
            assert_int_equal(outcome.status, SEE_ETRUNC);
            continue;
        }
        bool is_whole = is_boundary(&file, len);
        assert_int_equal(outcome.status, SEE_OK);
        assert_int_equal(outcome.info.state,
                         is_whole ? SEE_CAPTURE_COMPLETE : SEE_CAPTURE_TRUNCATED);
        assert_int_equal(outcome.detail[0] == '\0', is_whole);
        for (size_t i = 0; i < outcome.count; i++) {
            assert_int_equal(outcome.frames[i].stamp.time_ns, whole.frames[i].stamp.time_ns);
            assert_int_equal(outcome.frames[i].stamp.frame, whole.frames[i].stamp.frame);
            assert_int_equal(outcome.first[i], whole.first[i]);
        }
    }
    page_free(&page);
}

/* Each octet becomes each of a few values that tend to hurt. */
static void every_octet_changed(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0x01, 0x0A, 0x7F, 0x80, 0xFF};
    struct savefile file;
    struct outcome outcome;
    put_everything(&file);
    struct page page = page_new(file.len);
    for (size_t at = 0; at < file.len; at++) {
        for (size_t i = 0; i < sizeof(values); i++) {
            struct savefile other = file;
            other.octets[at] = values[i];
            struct see_view view = {(const char *)other.octets, other.len};
            struct see_capture_options options = {.number = 1};
            struct see_capture *capture;
            struct see_frame frame;
            int status = see_capture_open_memory(&capture, page_put(&page, view), &options,
                                                 outcome.error, 512);
            while (status == SEE_OK && see_capture_next(capture, &frame) == 1) {
                assert_true(frame.len <= file.len);
            }
            see_capture_free(capture);
        }
    }
    page_free(&page);
}

/* Larger than what is kept of a frame: its beginning is handed on, and the file read on. */
static void huge_blocks(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome;
    starts(&file, false);
    uint8_t *octets = calloc(1, 2 * HUGE_LEN + sizeof(file.octets));
    assert_non_null(octets);
    block_begin(&file, 6);
    put(&file, 0, 12);
    put(&file, HUGE_LEN, 4);
    put(&file, HUGE_LEN, 4);
    patch(&file, file.block + 4, HUGE_LEN + 32, 4);
    memcpy(octets, file.octets, file.len);
    size_t len = file.len + HUGE_LEN;
    struct savefile rest = {.len = 0};
    put(&rest, HUGE_LEN + 32, 4);
    put(&rest, 0x4711, 4); /* a large block of another kind */
    put(&rest, HUGE_LEN, 4);
    memcpy(octets + len, rest.octets, rest.len);
    len += rest.len + HUGE_LEN - 12;
    rest.len = 0;
    put(&rest, HUGE_LEN, 4);
    put_packet(&rest, 0, 5, 'z', 5, 5);
    memcpy(octets + len, rest.octets, rest.len);
    len += rest.len;
    read_octets((struct see_view){(const char *)octets, len}, NULL, &outcome);
    assert_string_equal(outcome.detail, "");
    assert_int_equal(outcome.count, 2);
    assert_int_equal(outcome.frames[0].len, 1024 * 1024);
    assert_int_equal(outcome.frames[0].wire_len, HUGE_LEN);
    assert_int_equal(outcome.first[1], 'z');
    assert_int_equal(outcome.cut, 1);
    for (size_t cut = 1; cut < 60; cut++) { /* inside the end of the last, and of the large one */
        read_octets((struct see_view){(const char *)octets, len - cut}, NULL, &outcome);
        assert_int_equal(outcome.count, 1);
        bool is_whole = cut == rest.len - 4;
        assert_int_equal(outcome.info.state,
                         is_whole ? SEE_CAPTURE_COMPLETE : SEE_CAPTURE_TRUNCATED);
    }
    octets[len - rest.len] ^= 4; /* the length behind the large block */
    read_octets((struct see_view){(const char *)octets, len}, NULL, &outcome);
    assert_int_equal(outcome.info.state, SEE_CAPTURE_CORRUPT);
    free(octets);
}

/* Only what is left of a section's interfaces by a filter that not all of them understand. */
static void filter_by_link_type(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome;
    starts(&file, false);
    put_interface(&file, 147, 0, 0, 0);
    put_packet(&file, 0, 1, 0, 60, 60);
    put_packet(&file, 1, 2, 'b', 60, 60);
    put_packet(&file, 0, 3, 'c', 60, 60);
    struct see_view view = {(const char *)file.octets, file.len};
    read_octets(view, "not ip and ether[0] = 99", &outcome);
    assert_int_equal(outcome.count, 1);
    assert_int_equal(outcome.frames[0].stamp.frame, 3);
    assert_int_equal(outcome.info.frames, 3);
    assert_int_equal(outcome.info.frames_filtered, 2);
    assert_non_null(strstr(outcome.detail, "link type 147 (USER0)"));
    read_octets(view, "no filter at all", &outcome);
    assert_int_equal(outcome.status, SEE_EINVAL);
}

static void links(void **state)
{
    (void)state;
    struct savefile file;
    char error[256];
    struct see_capture *capture;
    struct see_frame frame;
    struct see_capture_options options = {.number = 1};
    const struct see_capture_link *list;
    starts(&file, false);
    put_interface(&file, 147, 0, 0, 0);
    put_interface(&file, 12, 0, 0, 0);
    for (uint32_t i = 0; i < 6; i++) {
        put_packet(&file, i > 2 ? 2 : i % 2, i, 'a', 4, 4);
    }
    struct see_view view = {(const char *)file.octets, file.len};
    assert_int_equal(see_capture_open_memory(&capture, view, &options, error, 256), SEE_OK);
    while (see_capture_next(capture, &frame) == 1) {
    }
    assert_int_equal(see_capture_links(capture, &list), 3);
    assert_int_equal(list[0].link_type, 1);
    assert_int_equal(list[0].frames, 2);
    assert_int_equal(list[1].link_type, 147);
    assert_int_equal(list[1].frames, 1);
    assert_int_equal(list[2].link_type, 101); /* 12, as old writers had it */
    assert_int_equal(list[2].frames, 3);
    see_capture_note(capture, "one");
    see_capture_note(capture, "two");
    assert_string_equal(see_capture_info(capture)->detail, "one; two");
    see_capture_free(capture);
}

static int read_filtered(void *ctx)
{
    const struct savefile *file = ctx;
    struct see_view view = {(const char *)file->octets, file->len};
    struct see_capture_options options = {.filter = "ip or not ip", .number = 1};
    struct see_capture *capture;
    char error[256];
    int status = see_capture_open_memory(&capture, view, &options, error, sizeof(error));
    return read_through(capture, status);
}

/* Without memory: SEE_ENOMEM, and nothing is left behind. */
static void without_memory(void **state)
{
    (void)state;
    struct savefile file;
    put_everything(&file);
    alloc_fail_each(read_filtered, &file, SEE_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything),
        cmocka_unit_test(clocks),
        cmocka_unit_test(drops),
        cmocka_unit_test(damage),
        cmocka_unit_test(damaged_sections),
        cmocka_unit_test(options_that_lie),
        cmocka_unit_test(secrets),
        cmocka_unit_test(cut_at_every_octet),
        cmocka_unit_test(every_octet_changed),
        cmocka_unit_test(huge_blocks),
        cmocka_unit_test(filter_by_link_type),
        cmocka_unit_test(links),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
