/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packed_test - captures by gzip, zstd, xz and lz4: whole, in parts, cut, damaged, slow, bombs.
 */
#include "savefile.h"

#include <lz4frame.h>
#include <lzma.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

#include "alloc.h"
#include "hostile.h"

#define PACKED_MAX ((size_t)1 << 20)
#define FRAMES 40

static size_t by_gzip(uint8_t *out, const uint8_t *in, size_t len)
{
    z_stream stream = {.avail_out = PACKED_MAX, .next_out = out, .avail_in = (uInt)len};
    stream.next_in = (z_const Bytef *)(uintptr_t)in;
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t made = PACKED_MAX - stream.avail_out;
    deflateEnd(&stream);
    return made;
}

static size_t by_zstd(uint8_t *out, const uint8_t *in, size_t len)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t made = ZSTD_compress2(context, out, PACKED_MAX, in, len);
    assert_false(ZSTD_isError(made));
    ZSTD_freeCCtx(context);
    return made;
}

static size_t by_xz(uint8_t *out, const uint8_t *in, size_t len)
{
    size_t made = 0;
    assert_int_equal(
        lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, in, len, out, &made, PACKED_MAX),
        LZMA_OK);
    return made;
}

static size_t by_lz4(uint8_t *out, const uint8_t *in, size_t len)
{
    LZ4F_preferences_t preferences = {
        .frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled}};
    size_t made = LZ4F_compressFrame(out, PACKED_MAX, in, len, &preferences);
    assert_false(LZ4F_isError(made));
    return made;
}

static const struct packer {
    const char *name;
    size_t (*pack)(uint8_t *out, const uint8_t *in, size_t len);
} packers[] = {{"gzip", by_gzip}, {"zstd", by_zstd}, {"xz", by_xz}, {"lz4", by_lz4}};

#define PACKERS (sizeof(packers) / sizeof(packers[0]))

static uint8_t packed[PACKED_MAX];

static void put_capture(struct savefile *file)
{
    memset(file, 0, sizeof(*file));
    put_pcap(file, 0xA1B2C3D4, 262144, 1);
    for (uint32_t i = 0; i < FRAMES; i++) {
        put_record(file, 1000 + i, 0, (uint8_t)i, 100 + i, 100 + i);
    }
}

static void assert_whole(const struct outcome *outcome)
{
    assert_int_equal(outcome->status, SEE_OK);
    assert_string_equal(outcome->detail, "");
    assert_int_equal(outcome->info.state, SEE_CAPTURE_COMPLETE);
    assert_int_equal(outcome->count, FRAMES);
    assert_int_equal(outcome->first[FRAMES - 1], FRAMES - 1);
    assert_int_equal(outcome->info.position, outcome->info.size);
}

static void whole_and_in_parts(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome;
    put_capture(&file);
    for (size_t i = 0; i < PACKERS; i++) {
        size_t len = packers[i].pack(packed, file.octets, file.len);
        read_octets((struct see_view){(const char *)packed, len}, NULL, &outcome);
        assert_whole(&outcome);
        assert_int_equal(outcome.info.size, len);
        /* Two members, or frames, cut where it hurts: inside a record. */
        len = packers[i].pack(packed, file.octets, 1003);
        len += packers[i].pack(packed + len, file.octets + 1003, file.len - 1003);
        read_octets((struct see_view){(const char *)packed, len}, NULL, &outcome);
        assert_whole(&outcome);
    }
}

static void padding_and_rubbish(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome;
    put_capture(&file);
    for (size_t i = 0; i < PACKERS; i++) {
        size_t len = packers[i].pack(packed, file.octets, file.len);
        memcpy(packed + len, "rubbish, all of it", 18);
        read_octets((struct see_view){(const char *)packed, len + 18}, NULL, &outcome);
        assert_int_equal(outcome.count, FRAMES);
        assert_int_equal(outcome.info.state, SEE_CAPTURE_CORRUPT);
        assert_non_null(strstr(outcome.detail, packers[i].name));
        memset(packed + len, 0, 8);
        read_octets((struct see_view){(const char *)packed, len + 8}, NULL, &outcome);
        assert_int_equal(outcome.count, FRAMES);
        bool is_padding = i == 0 || i == 2; /* gzip and xz know of such */
        assert_int_equal(outcome.info.state,
                         is_padding ? SEE_CAPTURE_COMPLETE : SEE_CAPTURE_CORRUPT);
    }
}

/* What is there is read; then the cut is said, in the terms of the packing. */
static void cut_at_every_octet(void **state)
{
    (void)state;
    struct savefile file;
    struct outcome outcome;
    put_capture(&file);
    struct page page = page_new(PACKED_MAX);
    for (size_t i = 0; i < PACKERS; i++) {
        size_t whole = packers[i].pack(packed, file.octets, file.len);
        for (size_t len = 8; len < whole; len++) {
            struct see_view view = {(const char *)packed, len};
            read_octets(page_put(&page, view), NULL, &outcome);
            const char *said = outcome.status == SEE_OK ? outcome.detail : outcome.error;
            assert_true(outcome.status == SEE_OK || outcome.status == SEE_ETRUNC);
            assert_non_null(strstr(said, "data is cut short"));
            assert_int_equal(outcome.status == SEE_OK ? outcome.info.state : SEE_CAPTURE_TRUNCATED,
                             SEE_CAPTURE_TRUNCATED);
            assert_true(outcome.count <= FRAMES);
        }
    }
    page_free(&page);
}

static bool reads_as_whole(struct see_view view)
{
    struct see_capture_options options = {.number = 1};
    struct see_capture *capture;
    struct see_frame frame;
    char error[256];
    int status = see_capture_open_memory(&capture, view, &options, error, sizeof(error));
    while (status == SEE_OK && see_capture_next(capture, &frame) == 1) {
    }
    bool is_whole = status == SEE_OK && see_capture_state(capture) == SEE_CAPTURE_COMPLETE;
    see_capture_free(capture);
    return is_whole;
}

static void every_octet_changed(void **state)
{
    (void)state;
    struct savefile file;
    put_capture(&file);
    for (size_t i = 0; i < PACKERS; i++) {
        size_t len = packers[i].pack(packed, file.octets, file.len);
        size_t unseen = 0;
        for (size_t at = 0; at < len; at++) {
            packed[at] ^= 0xFF;
            unseen += reads_as_whole((struct see_view){(const char *)packed, len}) ? 1 : 0;
            packed[at] ^= 0xFF;
        }
        /* All but a few octets of headers, such as the time in that of gzip, are under a check. */
        assert_true(unseen <= 8);
    }
}

/* Damage far into a file does not take what was unpacked before it. */
static void damage_at_the_end(void **state)
{
    (void)state;
    struct outcome outcome;
    size_t size = (size_t)200 * 1024;
    uint8_t *octets = malloc(size);
    uint32_t random = 1;
    struct savefile head = {.len = 0};
    assert_non_null(octets);
    for (size_t i = 0; i < size; i++) {
        octets[i] = (uint8_t)next_random(&random);
    }
    put_pcap(&head, 0xA1B2C3D4, 262144, 1);
    memcpy(octets, head.octets, head.len);
    /* Records of 40 octets, whatever is in them. */
    for (size_t at = head.len; at + 40 <= size; at += 40) {
        struct savefile record = {.len = 0};
        put(&record, 1, 8);
        put(&record, 24, 4);
        put(&record, 24, 4);
        memcpy(octets + at, record.octets, record.len);
        memset(octets + at + record.len, octets[at + 20], 24);
    }
    for (size_t i = 0; i < PACKERS; i++) {
        size_t len = packers[i].pack(packed, octets, size);
        packed[len - 3] ^= 0xFF; /* the check at the end, or near it */
        read_octets((struct see_view){(const char *)packed, len}, NULL, &outcome);
        assert_int_equal(outcome.status, SEE_OK);
        assert_int_equal(outcome.info.state, SEE_CAPTURE_CORRUPT);
        assert_non_null(strstr(outcome.detail, "of the unpacked data"));
        assert_true(outcome.count > 5000);
    }
    free(octets);
}

/* An octet at a time through a pipe, as slow as it gets: each frame comes as soon as it is there.
 */
static void slow_pipe(void **state)
{
    (void)state;
    struct savefile file;
    put_capture(&file);
    for (size_t i = 0; i <= PACKERS; i++) {
        bool is_plain = i == PACKERS;
        size_t len = is_plain ? file.len : packers[i].pack(packed, file.octets, file.len);
        const uint8_t *octets = is_plain ? file.octets : packed;
        int ends[2];
        char path[64];
        struct outcome outcome;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            for (size_t at = 0; at < len; at++) {
                if (write(ends[1], octets + at, 1) != 1) {
                    _exit(1);
                }
            }
            _exit(0);
        }
        close(ends[1]);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
        read_path(path, &outcome);
        close(ends[0]);
        waitpid(child, NULL, 0);
        assert_int_equal(outcome.count, FRAMES);
        assert_int_equal(outcome.info.state, SEE_CAPTURE_COMPLETE);
        assert_int_equal(outcome.info.size, 0);
    }
}

/* A frame is handed on while the writer still holds the pipe open. */
static void waits_for_nothing(void **state)
{
    (void)state;
    struct savefile file;
    struct see_capture_options options = {.number = 1};
    struct see_capture *capture;
    struct see_frame frame;
    char path[64], error[256];
    int ends[2];
    put_capture(&file);
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    /* The header and one record, to the octet. */
    assert_int_equal(write(ends[1], file.octets, 24 + 16 + 100), 24 + 16 + 100);
    assert_int_equal(see_capture_open_file(&capture, path, &options, error, 256), SEE_OK);
    assert_int_equal(see_capture_next(capture, &frame), 1);
    assert_int_equal(frame.len, 100);
    close(ends[1]);
    assert_int_equal(see_capture_next(capture, &frame), 0);
    assert_int_equal(see_capture_state(capture), SEE_CAPTURE_COMPLETE);
    see_capture_free(capture);
    close(ends[0]);
}

/* A pipe that stays silent lets go after a while: nothing of what has come in part is lost. */
static void a_silence(void **state)
{
    (void)state;
    struct savefile file;
    struct see_capture_options options = {.number = 1};
    struct see_capture *capture;
    struct see_frame frame;
    char path[64], error[256];
    int ends[2];
    put_capture(&file);
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    assert_int_equal(write(ends[1], file.octets, 24 + 50), 24 + 50);
    assert_int_equal(see_capture_open_file(&capture, path, &options, error, 256), SEE_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(see_capture_next(capture, &frame), 0);
        assert_int_equal(see_capture_state(capture), SEE_CAPTURE_RUNNING);
    }
    assert_int_equal(write(ends[1], file.octets + 24 + 50, 66), 66);
    assert_int_equal(see_capture_next(capture, &frame), 1);
    assert_int_equal(frame.len, 100);
    see_capture_free(capture);
    close(ends[0]);
    close(ends[1]);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A signal ends the waiting, and nothing of the record that has come in part is lost. */
static void a_signal(void **state)
{
    (void)state;
    struct savefile file;
    struct see_capture_options options = {.number = 1};
    struct see_capture *capture;
    struct see_frame frame;
    char path[64], error[256];
    int ends[2];
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval soon = {.it_value = {.tv_usec = 20000}};
    put_capture(&file);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    assert_int_equal(write(ends[1], file.octets, 24 + 50), 24 + 50);
    assert_int_equal(see_capture_open_file(&capture, path, &options, error, 256), SEE_OK);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_int_equal(see_capture_next(capture, &frame), 0);
    assert_int_equal(see_capture_state(capture), SEE_CAPTURE_RUNNING);
    assert_int_equal(write(ends[1], file.octets + 24 + 50, 66), 66);
    assert_int_equal(see_capture_next(capture, &frame), 1);
    assert_int_equal(frame.len, 100);
    see_capture_free(capture);
    close(ends[0]);
    close(ends[1]);
}

/* A window of 2 GiB, as a header may ask for: refused, with what can be done. */
static void hungry(void **state)
{
    (void)state;
    static const uint8_t zstd[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 0x01, 0, 0,
                                   0,    0,    0,    0,    0,    0,       0,    0, 0};
    struct outcome outcome;
    read_octets((struct see_view){(const char *)zstd, sizeof(zstd)}, NULL, &outcome);
    assert_int_equal(outcome.status, SEE_EFORMAT);
    assert_non_null(strstr(outcome.error, "needs more than 128 MiB"));

    lzma_options_lzma options;
    size_t len = 0;
    struct savefile file;
    put_capture(&file);
    assert_false(lzma_lzma_preset(&options, 0));
    options.dict_size = (uint32_t)1 << 30;
    options.mf = LZMA_MF_HC3;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    /* The encoder allocates as much as it says, so the dictionary is only named. */
    lzma_stream_flags flags = {.check = LZMA_CHECK_CRC32};
    assert_int_equal(lzma_stream_header_encode(&flags, packed), LZMA_OK);
    len = LZMA_STREAM_HEADER_SIZE;
    lzma_block block = {.check = LZMA_CHECK_CRC32, .filters = filters};
    block.compressed_size = block.uncompressed_size = LZMA_VLI_UNKNOWN;
    assert_int_equal(lzma_block_header_size(&block), LZMA_OK);
    assert_int_equal(lzma_block_header_encode(&block, packed + len), LZMA_OK);
    len += block.header_size;
    read_octets((struct see_view){(const char *)packed, len}, NULL, &outcome);
    assert_int_equal(outcome.status, SEE_EFORMAT);
    assert_non_null(strstr(outcome.error, "needs more than 128 MiB"));
}

/* 400 MiB of nothing in 400 KiB: as many records as there are, and no memory for it. */
static void a_bomb(void **state)
{
    (void)state;
    size_t size = (size_t)16 * 1024 * 1024, len;
    uint8_t *zeros = calloc(1, size);
    struct rusage before, after;
    struct outcome outcome;
    struct savefile head = {.len = 0};
    assert_non_null(zeros);
    put_pcap(&head, 0xA1B2C3D4, 262144, 1);
    len = by_zstd(packed, head.octets, head.len);
    uint8_t one[8192];
    size_t one_len = by_zstd(packed + len, zeros, size);
    assert_true(one_len <= sizeof(one));
    memcpy(one, packed + len, one_len);
    free(zeros);
    for (size_t i = 0; i < 25; i++) {
        memcpy(packed + len, one, one_len);
        len += one_len;
    }
    getrusage(RUSAGE_SELF, &before);
    read_octets((struct see_view){(const char *)packed, len}, NULL, &outcome);
    getrusage(RUSAGE_SELF, &after);
    assert_int_equal(outcome.count, 25 * size / 16);
    assert_true(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
}

static void packed_twice(void **state)
{
    (void)state;
    static uint8_t once[PACKED_MAX];
    struct savefile file;
    struct outcome outcome;
    put_capture(&file);
    for (size_t i = 0; i < PACKERS; i++) {
        size_t len = packers[i].pack(once, file.octets, file.len);
        len = packers[(i + 1) % PACKERS].pack(packed, once, len);
        read_octets((struct see_view){(const char *)packed, len}, NULL, &outcome);
        assert_int_equal(outcome.status, SEE_EFORMAT);
        assert_string_equal(outcome.error, "the file is packed twice; unpack it once first");
    }
}

static int read_octets_once(void *ctx)
{
    const struct see_view *view = ctx;
    struct see_capture_options options = {.number = 1};
    struct see_capture *capture;
    char error[256];
    int status = see_capture_open_memory(&capture, *view, &options, error, sizeof(error));
    return read_through(capture, status);
}

static void without_memory(void **state)
{
    (void)state;
    struct savefile file;
    put_capture(&file);
    for (size_t i = 0; i < PACKERS; i++) {
        size_t len = packers[i].pack(packed, file.octets, file.len);
        struct see_view view = {(const char *)packed, len};
        alloc_fail_each(read_octets_once, &view, SEE_ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_and_in_parts),
        cmocka_unit_test(padding_and_rubbish),
        cmocka_unit_test(cut_at_every_octet),
        cmocka_unit_test(every_octet_changed),
        cmocka_unit_test(damage_at_the_end),
        cmocka_unit_test(slow_pipe),
        cmocka_unit_test(waits_for_nothing),
        cmocka_unit_test(a_silence),
        cmocka_unit_test(a_signal),
        cmocka_unit_test(hungry),
        cmocka_unit_test(a_bomb),
        cmocka_unit_test(packed_twice),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
