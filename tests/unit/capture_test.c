/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture_test - pcap as it comes: whole, cut at every octet, damaged, none at all; files that
 * are something else; and what becomes of a filter.
 */
#include "savefile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "alloc.h"
#include "hostile.h"

#define RECORDS 3
#define RECORD_LEN 60

static char path[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(path, "/tmp/seeother-capture-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

/* A pcap file of RECORDS frames, a second apart, in one of the magics. */
static void put_capture(struct savefile *file, uint32_t magic, bool is_big)
{
    memset(file, 0, sizeof(*file));
    file->is_big = is_big;
    put_pcap(file, magic, 262144, 1);
    put(file, RECORDS * (16 + RECORD_LEN), magic >> 16 == 0x1C00 ? 4 : 0); /* Ixia's */
    for (uint32_t i = 0; i < RECORDS; i++) {
        put(file, 1000 + i, 4);
        put(file, magic == 0xA1B23C4D || magic == 0x1C0001AC ? 500000001 : 500000, 4);
        put(file, RECORD_LEN, 4);
        put(file, RECORD_LEN + 40, 4);
        if (magic == 0xA1B2CD34) {
            put(file, 0x55, 8);
        }
        put_fill(file, (uint8_t)i, RECORD_LEN);
    }
}

static void write_file(const void *data, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void all_magics(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        bool is_big;
        see_time_ns fraction;
    } cases[] = {
        {0xA1B2C3D4, false, 500000000}, {0xA1B2C3D4, true, 500000000},
        {0xA1B23C4D, false, 500000001}, {0xA1B23C4D, true, 500000001},
        {0xA1B2CD34, false, 500000000}, {0xA1B2CD34, true, 500000000},
        {0x1C0001AB, false, 500000000}, {0x1C0001AB, true, 500000000},
        {0x1C0001AC, false, 500000001}, {0x1C0001AC, true, 500000001},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct savefile file;
        struct outcome outcome;
        put_capture(&file, cases[i].magic, cases[i].is_big);
        write_file(file.octets, file.len);
        read_path(path, &outcome);
        assert_int_equal(outcome.status, SEE_OK);
        assert_int_equal(outcome.count, RECORDS);
        for (size_t n = 0; n < RECORDS; n++) {
            const struct see_frame *frame = &outcome.frames[n];
            assert_int_equal(frame->stamp.frame, n + 1);
            assert_int_equal(frame->stamp.capture, 7);
            assert_int_equal(frame->stamp.time_ns,
                             (1000 + (see_time_ns)n) * SEE_NS_PER_S + cases[i].fraction);
            assert_int_equal(frame->len, RECORD_LEN);
            assert_int_equal(frame->wire_len, RECORD_LEN + 40);
            assert_int_equal(frame->link_type, 1);
            assert_int_equal(outcome.first[n], n);
        }
        assert_int_equal(outcome.info.state, SEE_CAPTURE_COMPLETE);
        assert_int_equal(outcome.info.frames, RECORDS);
        assert_int_equal(outcome.info.octets, RECORDS * RECORD_LEN);
        assert_int_equal(outcome.info.position, outcome.info.size);
        assert_int_equal(outcome.info.kernel_dropped, -1);
    }
}

/* What older and odd writers put into headers. */
static void headers(void **state)
{
    (void)state;
    static const struct {
        unsigned major, minor;
        uint32_t captured, wire; /* as they stand in the record */
        int status;
        size_t len, wire_len;
    } cases[] = {
        {2, 4, 8, 8, SEE_OK, 8, 8},      {2, 9, 8, 8, SEE_OK, 8, 8},
        {2, 4, 8, 4, SEE_OK, 8, 8}, /* less on the wire than was captured */
        {2, 3, 8, 20, SEE_OK, 8, 20},    {2, 3, 20, 8, SEE_OK, 8, 20},
        {2, 2, 20, 8, SEE_OK, 8, 20},    {543, 0, 20, 8, SEE_OK, 8, 20},
        {1, 0, 8, 8, SEE_EFORMAT, 0, 0}, {3, 0, 8, 8, SEE_EFORMAT, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct savefile file = {.is_big = i % 2 == 1};
        struct outcome outcome;
        put_pcap(&file, 0xA1B2C3D4, 65535, 1);
        patch(&file, 4, cases[i].major, 2);
        patch(&file, 6, cases[i].minor, 2);
        put_record(&file, 1, 0, 'x', 8, 8);
        patch(&file, 32, cases[i].captured, 4);
        patch(&file, 36, cases[i].wire, 4);
        read_savefile(&file, &outcome);
        assert_int_equal(outcome.status, cases[i].status);
        if (cases[i].status == SEE_OK) {
            assert_int_equal(outcome.count, 1);
            assert_int_equal(outcome.frames[0].len, cases[i].len);
            assert_int_equal(outcome.frames[0].wire_len, cases[i].wire_len);
        }
    }
}

/* Version 2.2 has nanoseconds and interface types when AIX wrote it. */
static void aix(void **state)
{
    (void)state;
    static const struct {
        uint32_t field;
        unsigned minor;
        int link_type;
        see_time_ns fraction;
    } cases[] = {
        {6, 2, 1, 999999999},  {9, 2, 6, 999999999}, {15, 2, 10, 999999999},
        {24, 2, 0, 999999999}, {1, 2, 1, 999000},    {6, 4, 6, 999000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct savefile file = {.is_big = true};
        struct outcome outcome;
        uint32_t fraction = cases[i].fraction == 999000 ? 999 : 999999999;
        put_pcap(&file, 0xA1B2C3D4, 65535, cases[i].field);
        patch(&file, 6, cases[i].minor, 2);
        put_record(&file, 1, fraction, 'x', 8, 8);
        read_savefile(&file, &outcome);
        assert_int_equal(outcome.status, SEE_OK);
        assert_int_equal(outcome.frames[0].link_type, cases[i].link_type);
        assert_int_equal(outcome.frames[0].stamp.time_ns, SEE_NS_PER_S + cases[i].fraction);
    }
}

static void link_types(void **state)
{
    (void)state;
    static const struct {
        uint32_t field;
        int link_type;
        const char *name;
    } cases[] = {
        {1, 1, "EN10MB"},          {12, 101, "RAW"},     {14, 101, "RAW"},    {101, 101, "RAW"},
        {113, 113, "LINUX_SLL"},   {104, 104, "C_HDLC"}, {147, 147, "USER0"}, {162, 162, "USER15"},
        {0xF4000001, 1, "EN10MB"}, /* with the length of the frame check sequence */
        {60000, 60000, "unknown"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct savefile file = {.len = 0};
        struct outcome outcome;
        put_pcap(&file, 0xA1B2C3D4, 65535, cases[i].field);
        put_record(&file, 1, 0, 'x', 8, 8);
        read_savefile(&file, &outcome);
        assert_int_equal(outcome.count, 1);
        assert_int_equal(outcome.frames[0].link_type, cases[i].link_type);
        assert_string_equal(see_link_type_name(cases[i].link_type), cases[i].name);
    }
}

static void times(void **state)
{
    (void)state;
    static const struct {
        uint32_t seconds, fraction;
        see_time_ns time;
        uint64_t clamped;
    } cases[] = {
        {0, 0, 0, 0},
        {1, 999999, 1999999000, 0},
        {1, 1000000, 1999999999, 1},
        {1, UINT32_MAX, 1999999999, 1},
        {UINT32_MAX, 0, UINT32_MAX * SEE_NS_PER_S, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct savefile file = {.len = 0};
        struct outcome outcome;
        put_pcap(&file, 0xA1B2C3D4, 65535, 1);
        put_record(&file, cases[i].seconds, cases[i].fraction, 'x', 8, 8);
        read_savefile(&file, &outcome);
        assert_int_equal(outcome.frames[0].stamp.time_ns, cases[i].time);
        assert_int_equal(outcome.clamped, cases[i].clamped);
    }
}

/* The number of a frame is its place in the file, whatever the filter leaves out. */
static void filter_keeps_the_numbers(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome;
    put_capture(&file, 0xA1B2C3D4, false);
    struct see_view view = {(const char *)file.octets, file.len};
    read_octets(view, "ether[0] != 1", &outcome);
    assert_int_equal(outcome.count, 2);
    assert_int_equal(outcome.frames[0].stamp.frame, 1);
    assert_int_equal(outcome.frames[1].stamp.frame, 3);
    assert_int_equal(outcome.info.frames, 3);
    assert_int_equal(outcome.info.frames_filtered, 1);
    read_octets(view, "no filter at all", &outcome);
    assert_int_equal(outcome.status, SEE_EINVAL);
    assert_non_null(strstr(outcome.error, "no filter at all"));
}

static void filters(void **state)
{
    (void)state;
    char error[256];
    assert_int_equal(see_capture_check_filter("tcp port 80", error, sizeof(error)), SEE_OK);
    assert_int_equal(see_capture_check_filter("tcp prt 80", error, sizeof(error)), SEE_EINVAL);
}

static void cut_at_every_octet(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome, of_file;
    put_capture(&file, 0xA1B2C3D4, false);
    struct page page = page_new(file.len);
    for (size_t len = 0; len < file.len; len++) {
        struct see_view view = {(const char *)file.octets, len};
        read_octets(page_put(&page, view), NULL, &outcome);
        write_file(file.octets, len);
        read_path(path, &of_file);
        assert_int_equal(of_file.status, outcome.status);
        assert_string_equal(of_file.detail, outcome.detail);
        if (len < 24) {
            assert_int_equal(outcome.status, SEE_ETRUNC);
            assert_string_equal(outcome.error,
                                len == 0 ? "the file is empty" : "the file ends inside its header");
            continue;
        }
        char detail[128] = "";
        size_t frames = (len - 24) / (16 + RECORD_LEN);
        bool is_whole = (len - 24) % (16 + RECORD_LEN) == 0;
        if (!is_whole) {
            snprintf(detail, sizeof(detail),
                     "the file ends inside frame %zu, which begins at octet %zu", frames + 1,
                     24 + frames * (16 + RECORD_LEN));
        }
        assert_int_equal(outcome.status, SEE_OK);
        assert_int_equal(outcome.count, frames);
        assert_int_equal(outcome.info.state,
                         is_whole ? SEE_CAPTURE_COMPLETE : SEE_CAPTURE_TRUNCATED);
        assert_string_equal(outcome.detail, detail);
    }
    page_free(&page);
}

/* What a record may claim depends on the snap length, and on nothing below what is usual. */
static void lengths_that_lie(void **state)
{
    (void)state;
    static const struct {
        uint32_t snap_len, captured;
        enum see_capture_state state;
    } cases[] = {
        {64, 262144, SEE_CAPTURE_TRUNCATED},
        {64, 262145, SEE_CAPTURE_CORRUPT},
        {96, 0xFFFFFFFF, SEE_CAPTURE_CORRUPT},
        {1 << 20, 1 << 20, SEE_CAPTURE_TRUNCATED},
        {1 << 20, (1 << 20) + 1, SEE_CAPTURE_CORRUPT},
        {0, 1 << 28, SEE_CAPTURE_TRUNCATED},
        {0, (1 << 28) + 1, SEE_CAPTURE_CORRUPT},
        {0xFFFFFFFF, 0xFFFFFFFF, SEE_CAPTURE_CORRUPT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct savefile file = {.len = 0};
        struct outcome outcome;
        put_pcap(&file, 0xA1B2C3D4, cases[i].snap_len, 1);
        put_record(&file, 1, 0, 'x', 64, 1500);
        put_record(&file, 1, 0, 'x', 64, 1500);
        patch(&file, 24 + 80 + 8, cases[i].captured, 4);
        read_savefile(&file, &outcome);
        assert_int_equal(outcome.count, 1);
        assert_int_equal(outcome.info.state, cases[i].state);
        if (cases[i].state == SEE_CAPTURE_CORRUPT) {
            char detail[128];
            snprintf(detail, sizeof(detail),
                     "the record claims to hold %u octets, behind frame 1, at octet 104",
                     cases[i].captured);
            assert_string_equal(outcome.detail, detail);
        }
    }
}

/* Frames as large as they come: over the window, over what is kept, and small ones between. */
static void large_frames(void **state)
{
    (void)state;
    static const uint32_t lens[] = {262144, 5, 600000, 1 << 20, (1 << 20) + 1, 0, 5000000, 7};
    struct savefile head = {.len = 0};
    struct outcome outcome;
    uint64_t octets = 0;
    put_pcap(&head, 0xA1B2C3D4, 1 << 24, 1);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        put(&head, 1, 8);
        put(&head, lens[i], 4);
        put(&head, lens[i], 4);
        fwrite(head.octets, 1, head.len, file);
        head.len = 0;
        for (uint32_t n = 0; n < lens[i]; n++) {
            fputc((int)i, file);
        }
        octets += lens[i] < 1 << 20 ? lens[i] : 1 << 20;
    }
    assert_int_equal(fclose(file), 0);
    read_path(path, &outcome);
    assert_string_equal(outcome.detail, "");
    assert_int_equal(outcome.count, 8);
    assert_int_equal(outcome.cut, 2);
    assert_int_equal(outcome.info.octets, octets);
    assert_int_equal(outcome.frames[6].wire_len, 5000000);
    assert_int_equal(outcome.first[7], 7);
    /* Cut inside of what is not kept: the frame was handed on, and the cut is said. */
    assert_int_equal(truncate(path, (off_t)outcome.info.size - 23 - 100), 0);
    read_path(path, &outcome);
    assert_int_equal(outcome.count, 7);
    assert_int_equal(outcome.info.state, SEE_CAPTURE_TRUNCATED);
    assert_non_null(strstr(outcome.detail, "inside frame 7"));
}

static void no_capture(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        size_t len;
        const char *says;
    } cases[] = {
        {"This is a text, and no capture at all.", 38, "neither pcap nor pcapng"},
        {"no", 2, "neither pcap nor pcapng"},
        {"snoop\0\0\0\0\0\0\2\0\0\0\4aaaaaaaa", 24,
         "a Solaris snoop file, which is not read; convert it with: editcap -F pcap IN OUT"},
        {"GMBU\1\3aaaaaaaaaaaaaaaaaa", 24, "Network Monitor"},
        {"TRSNIFF data    \x1A_______", 24, "Sniffer"},
        {"SQLite format 3\0________", 24, "SQLite"},
        {"PK\3\4____________________", 24, "unpack it first"},
        {"BZh9____________________", 24, "unpack it first"},
        {"\x1F\x8B\x08\0\0\0\0\0\0\xFF rubbish", 18, "the gzip data is damaged"},
        {"\x0A\x0D\x0D\x0A____________________", 24, "neither pcap nor pcapng"},
    };
    struct outcome outcome;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        read_octets((struct see_view){cases[i].octets, cases[i].len}, NULL, &outcome);
        assert_int_equal(outcome.status, SEE_EFORMAT);
        assert_non_null(strstr(outcome.error, cases[i].says));
    }
}

static void no_file(void **state)
{
    (void)state;
    char error[256];
    struct see_capture *capture;
    struct see_capture_options options = {.filter = NULL};
    assert_int_equal(see_capture_open_file(&capture, "/nonexistent/x", &options, error, 256),
                     SEE_EIO);
    assert_string_equal(error, strerror(ENOENT));
    assert_int_equal(see_capture_open_file(&capture, "/tmp", &options, error, 256), SEE_EINVAL);
    assert_int_equal(see_capture_open_file(&capture, "/proc/self/mem", &options, error, 256),
                     SEE_EIO);
    assert_non_null(strstr(error, "reading failed"));
    assert_true(see_capture_open_interface(&capture, "nosuchif0", &options, error, 256) < 0);
    assert_null(capture);
    if (geteuid() != 0) { /* whom no file is closed to */
        assert_int_equal(chmod(path, 0), 0);
        assert_int_equal(see_capture_open_file(&capture, path, &options, error, 256), SEE_EACCES);
    }
    see_capture_free(NULL);
}

static void stopped(void **state)
{
    (void)state;
    struct savefile file;
    char error[256];
    struct see_capture *capture;
    struct see_frame frame;
    struct see_capture_options options = {.number = 1};
    put_capture(&file, 0xA1B2C3D4, false);
    struct see_view view = {(const char *)file.octets, file.len};
    assert_int_equal(see_capture_open_memory(&capture, view, &options, error, 256), SEE_OK);
    assert_int_equal(see_capture_next(capture, &frame), 1);
    see_capture_number(capture, 9);
    assert_int_equal(see_capture_next(capture, &frame), 1);
    assert_int_equal(frame.stamp.capture, 9);
    see_capture_stop(capture);
    assert_int_equal(see_capture_next(capture, &frame), 0);
    assert_int_equal(see_capture_state(capture), SEE_CAPTURE_STOPPED);
    see_capture_free(capture);
}

static int read_file_filtered(void *ctx)
{
    (void)ctx;
    struct see_capture_options options = {.filter = "ether[0] < 9", .number = 1};
    struct see_capture *capture;
    char error[256];
    int status = see_capture_open_file(&capture, path, &options, error, sizeof(error));
    return read_through(capture, status);
}

static void without_memory(void **state)
{
    (void)state;
    struct savefile file;
    put_capture(&file, 0xA1B2C3D4, false);
    write_file(file.octets, file.len);
    alloc_fail_each(read_file_filtered, NULL, SEE_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_magics, set_up, tear_down),
        cmocka_unit_test(headers),
        cmocka_unit_test(aix),
        cmocka_unit_test(link_types),
        cmocka_unit_test(times),
        cmocka_unit_test(filter_keeps_the_numbers),
        cmocka_unit_test(filters),
        cmocka_unit_test_setup_teardown(cut_at_every_octet, set_up, tear_down),
        cmocka_unit_test(lengths_that_lie),
        cmocka_unit_test_setup_teardown(large_frames, set_up, tear_down),
        cmocka_unit_test(no_capture),
        cmocka_unit_test_setup_teardown(no_file, set_up, tear_down),
        cmocka_unit_test(stopped),
        cmocka_unit_test_setup_teardown(without_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
