/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gather_test - segments that are gathered are those that the decoder hands on, each with its
 * frame, and stay what they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "decode/gather.h"

#define FRAME_MAX 256
#define IP 14
#define TCP 34
#define PAYLOAD 54

struct desk {
    struct see_decode *decode;
    struct see_gathered gathered;
    uint8_t octets[SEE_DECODE_AHEAD][FRAME_MAX];
    struct see_frame frames[SEE_DECODE_AHEAD];
    size_t count;
    uint64_t number;
};

/* A frame with `len` octets of IP behind its header, at `place` of their datagram. */
static uint8_t *add_frame(struct desk *desk, uint16_t ip_id, size_t place, bool has_more,
                          const void *octets, size_t len)
{
    uint8_t *frame = desk->octets[desk->count];
    uint16_t offset = (uint16_t)(place / 8 | (has_more ? 0x2000 : 0));
    const uint8_t ip[] = {0x45,
                          0,
                          0,
                          (uint8_t)(20 + len),
                          (uint8_t)(ip_id >> 8),
                          (uint8_t)ip_id,
                          (uint8_t)(offset >> 8),
                          (uint8_t)offset,
                          64,
                          6,
                          0,
                          0,
                          192,
                          0,
                          2,
                          1,
                          198,
                          51,
                          100,
                          2};
    memset(frame, 0, FRAME_MAX);
    frame[12] = 8;
    memcpy(frame + IP, ip, sizeof(ip));
    memcpy(frame + TCP, octets, len);
    desk->number++;
    desk->frames[desk->count++] = (struct see_frame){
        .stamp = see_stamp_make((see_time_ns)desk->number * 1000, desk->number, 1),
        .link_type = 1,
        .data = frame,
        .len = TCP + len,
        .wire_len = TCP + len};
    return frame;
}

/* The TCP header and the payload of a segment. */
static size_t write_tcp(uint8_t octets[FRAME_MAX], uint8_t seq, const char *payload)
{
    const uint8_t tcp[20] = {0xd4, 0x31, 0, 80, 0, 0, 0, seq, 0, 0, 0, 2, 0x50, 0x18, 1, 0};
    memcpy(octets, tcp, sizeof(tcp));
    memcpy(octets + sizeof(tcp), payload, strlen(payload));
    return sizeof(tcp) + strlen(payload);
}

static void add_segment(struct desk *desk, uint8_t seq, const char *payload)
{
    uint8_t octets[FRAME_MAX];
    size_t len = write_tcp(octets, seq, payload);
    add_frame(desk, seq, 0, false, octets, len);
}

/* Two frames, the second one first. */
static void add_fragments(struct desk *desk, uint8_t seq, const char *payload)
{
    uint8_t octets[FRAME_MAX];
    size_t len = write_tcp(octets, seq, payload);
    add_frame(desk, seq, 24, false, octets + 24, len - 24);
    add_frame(desk, seq, 0, true, octets, 24);
}

static int desk_open(struct desk *desk)
{
    struct see_limits limits = see_limits_default();
    struct see_hash_key key = {1, 2};
    memset(desk, 0, sizeof(*desk));
    desk->decode =
        see_decode_new(&limits, &key, NULL, (struct see_decode_sink){NULL, NULL, NULL, NULL});
    return desk->decode != NULL ? SEE_OK : SEE_ENOMEM;
}

static void desk_close(struct desk *desk)
{
    see_gathered_finish(&desk->gathered);
    see_decode_free(desk->decode);
}

/* "frame:seq=payload" for each segment, with the number of its frame in the lot. */
static const char *draw(const struct see_gathered *gathered)
{
    static char drawn[1024];
    size_t at = 0, segment = 0;
    drawn[0] = '\0';
    for (size_t i = 0; i < gathered->frame_count; i++) {
        for (; segment < gathered->frames[i].end; segment++) {
            const struct see_segment *one = &gathered->segments[segment];
            at += (size_t)snprintf(drawn + at, sizeof(drawn) - at, "%zu:%u=%.*s%s ", i,
                                   (unsigned)one->seq, (int)one->len, (const char *)one->payload,
                                   one->part_count > 1 ? "+" : "");
        }
    }
    assert_int_equal(segment, gathered->count);
    return drawn;
}

static int gather_all(void *ctx)
{
    struct desk *desk = ctx;
    int status = desk_open(desk);
    if (status == SEE_OK) {
        add_segment(desk, 1, "one");
        add_fragments(desk, 2, "in two frames");
        add_segment(desk, 3, "three");
        add_segment(desk, 3, "three");               /* the same packet at another place */
        add_frame(desk, 9, 0, false, "", 0)[12] = 0; /* no IP */
        add_segment(desk, 4, "");
        add_fragments(desk, 5, "and again in two");
        status = see_gather_frames(&desk->gathered, desk->decode, desk->frames, desk->count);
    }
    if (status == SEE_OK) {
        assert_string_equal(draw(&desk->gathered),
                            "0:1=one 2:2=in two frames+ 3:3=three 6:4= 8:5=and again in two+ ");
        for (size_t i = 0; i < desk->count; i++) {
            assert_true(desk->gathered.frames[i].time_ns == desk->frames[i].stamp.time_ns);
        }
        const struct see_segment *parted = &desk->gathered.segments[1];
        assert_true(parted->parts[0].frame == 3 && parted->parts[1].frame == 2);
        /* The next lot, from the same memory. */
        desk->count = 0;
        add_segment(desk, 6, "six");
        status = see_gather_frames(&desk->gathered, desk->decode, desk->frames, desk->count);
    }
    if (status == SEE_OK) {
        assert_string_equal(draw(&desk->gathered), "0:6=six ");
    }
    desk_close(desk);
    return status;
}

static void test_gathered(void **state)
{
    static struct desk desk;
    (void)state;
    assert_int_equal(gather_all(&desk), SEE_OK);
}

static void test_no_memory(void **state)
{
    static struct desk desk;
    (void)state;
    alloc_fail_each(gather_all, &desk, SEE_ENOMEM);
}

/* An aggregated frame (802.11, A-MSDU) of segments, numbered from `seq`; its length. */
static size_t write_aggregated(uint8_t *frame, struct desk *desk, size_t seq, size_t count)
{
    static const uint8_t head[] = {0x88, 0x02, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0,    0,
                                   0,    0,    2, 2, 0, 0, 0, 0, 3, 0, 0, 0x80, 0};
    static const uint8_t snap[] = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0};
    size_t len = sizeof(head);
    memcpy(frame, head, sizeof(head));
    for (size_t i = 0; i < count; i++) {
        desk->count = 0;
        add_segment(desk, (uint8_t)(seq + i), "hi");
        size_t packet = desk->frames[0].len - IP, body = packet + sizeof(snap);
        memset(frame + len, 0, 14);
        frame[len + 13] = (uint8_t)body;
        memcpy(frame + len + 14, snap, sizeof(snap));
        memcpy(frame + len + 14 + sizeof(snap), desk->octets[0] + IP, packet);
        len += 14 + body;
        len += (4 - (len - sizeof(head)) % 4) % 4;
    }
    return len;
}

/* There may be more segments than frames. */
static void test_aggregated(void **state)
{
    static struct desk desk;
    static uint8_t octets[3][2048];
    struct see_frame frames[3];
    (void)state;
    assert_int_equal(desk_open(&desk), SEE_OK);
    for (size_t i = 0; i < 3; i++) {
        size_t len = write_aggregated(octets[i], &desk, 1 + i * 12, 12);
        frames[i] = (struct see_frame){.stamp = see_stamp_make(1, i + 1, 1),
                                       .link_type = 105,
                                       .data = octets[i],
                                       .len = len,
                                       .wire_len = len};
    }
    assert_int_equal(see_gather_frames(&desk.gathered, desk.decode, frames, 3), SEE_OK);
    assert_int_equal(desk.gathered.frame_count, 3);
    assert_int_equal(desk.gathered.count, 36);
    for (size_t i = 0; i < 36; i++) {
        assert_int_equal(desk.gathered.segments[i].seq, i + 1);
        assert_memory_equal(desk.gathered.segments[i].payload, "hi", 2);
    }
    assert_int_equal(desk.gathered.frames[0].end, 12);
    assert_int_equal(desk.gathered.frames[2].end, 36);
    desk_close(&desk);
}

/* The same in a tunnel (TZSP) whose datagram came in two fragments: it outlives its subframes. */
static void test_aggregated_in_fragments(void **state)
{
    static struct desk desk;
    uint8_t datagram[2048];
    const size_t cut = 120;
    const uint8_t head[13] = {4, 0, 37008 >> 8, 37008 & 0xFF, 0, 0, 0, 0, 1, 0, 0, 18, 1};
    (void)state;
    assert_int_equal(desk_open(&desk), SEE_OK);
    memcpy(datagram, head, sizeof(head));
    size_t len = sizeof(head) + write_aggregated(datagram + sizeof(head), &desk, 1, 3);
    datagram[4] = (uint8_t)(len >> 8);
    datagram[5] = (uint8_t)len;
    desk.count = 0;
    add_frame(&desk, 77, 0, true, datagram, cut)[IP + 9] = 17;
    add_frame(&desk, 77, cut, false, datagram + cut, len - cut)[IP + 9] = 17;
    assert_int_equal(see_gather_frames(&desk.gathered, desk.decode, desk.frames, 2), SEE_OK);
    assert_string_equal(draw(&desk.gathered), "1:1=hi+ 1:2=hi+ 1:3=hi+ ");
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gathered),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_aggregated),
        cmocka_unit_test(test_aggregated_in_fragments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
