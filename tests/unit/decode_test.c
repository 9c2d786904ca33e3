/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decode_test - frames in, segments out, each layer cut at every octet.
 *
 * Frames are written as hexadecimal, a layer a string, so that they can be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

#define ETHERNET "020000000001 020000000002 "
#define VLAN_7 "8100 0007 "
#define QINQ_9 "88a8 0009 "
#define TYPE_IPV4 "0800 "
#define TYPE_IPV6 "86dd "
#define SLL "0000 0001 0006 020000000002 0000 "
#define SLL2_IPV4 "0800 0000 00000001 0001 00 06 020000000002 0000 "
/* 20 octets of IPv4, 20 of TCP, 2 of payload. */
#define IPV4 "45 00 002a 0001 4000 40 06 0000 c0000201 c6336402 "
#define IPV4_OPTIONS "46 00 002e 0001 4000 40 06 0000 c0000201 c6336402 01010100 "
#define IPV4_FRAGMENT "45 00 002a 0001 2000 40 06 0000 c0000201 c6336402 "
#define IPV4_TSO "45 00 0000 0001 4000 40 06 0000 c0000201 c6336402 "
#define IPV4_UDP "45 00 002a 0001 4000 40 11 0000 c0000201 c6336402 "
#define IPV6_TO(next, len)                                           \
    "60000000 " len " " next " 40 20010db8000000000000000000000001 " \
    "20010db8000000000000000000000002 "
#define TCP "d431 0050 00000001 00000002 5018 0100 0000 0000 "
#define TCP_OPTIONS "d431 0050 00000001 00000002 6018 0100 0000 0000 01010101 "
#define TCP_BAD_OFFSET "d431 0050 00000001 00000002 4018 0100 0000 0000 "
#define PAYLOAD "6869 "

struct seen {
    struct see_segment segment;
    char payload[64];
    size_t count;
};

static int on_segment(void *ctx, const struct see_segment *segment)
{
    struct seen *seen = ctx;
    seen->segment = *segment;
    seen->count++;
    assert_true(segment->len < sizeof(seen->payload));
    memcpy(seen->payload, segment->payload, segment->len);
    seen->payload[segment->len] = '\0';
    return SEE_OK;
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t len = 0;
    while (*hex != '\0') {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        out[len++] = (uint8_t)(see_ascii_hex(hex[0]) << 4 | see_ascii_hex(hex[1]));
        hex += 2;
    }
    return len;
}

/* Decodes `len` octets at the very end of an allocation, so that one too many is caught. */
static void decode(int link_type, const uint8_t *data, size_t len, size_t wire_len,
                   struct seen *seen, const char **ret_reason)
{
    struct see_decode *decode = see_decode_new((struct see_decode_sink){seen, on_segment});
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(decode);
    assert_non_null(copy);
    memcpy(copy, data, len);
    memset(seen, 0, sizeof(*seen));
    struct see_frame frame = {.stamp = {.frame = 1},
                              .link_type = link_type,
                              .data = copy,
                              .len = len,
                              .wire_len = wire_len};
    assert_int_equal(see_decode_feed(decode, &frame), SEE_OK);
    struct see_counts counts = see_decode_counts(decode);
    uint64_t in = 0;
    uint64_t out = 0;
    for (size_t i = 0; i < counts.count; i++) {
        const struct see_count *count = &counts.list[i];
        in += count->kind == SEE_COUNT_IN ? count->value : 0;
        out += count->kind != SEE_COUNT_IN ? count->value : 0;
        if (count->kind != SEE_COUNT_IN && count->value > 0) {
            *ret_reason = count->counter;
        }
    }
    assert_int_equal(in, 1);
    assert_int_equal(out, 1);
    free(copy);
    see_decode_free(decode);
}

static const struct {
    const char *name;
    int link_type;
    const char *hex;
    const char *counter; /* "segments", or why there is none */
    uint32_t network;
} cases[] = {
    {"ethernet", 1, ETHERNET TYPE_IPV4 IPV4 TCP PAYLOAD, "segments", 0},
    {"padding is no payload", 1, ETHERNET TYPE_IPV4 IPV4 TCP PAYLOAD "00000000", "segments", 0},
    {"vlan", 1, ETHERNET VLAN_7 TYPE_IPV4 IPV4 TCP PAYLOAD, "segments", 7},
    {"qinq", 1, ETHERNET QINQ_9 VLAN_7 TYPE_IPV4 IPV4 TCP PAYLOAD, "segments", 9 << 12 | 7},
    {"sll", 113, SLL TYPE_IPV4 IPV4 TCP PAYLOAD, "segments", 0},
    {"sll2", 276, SLL2_IPV4 IPV4 TCP PAYLOAD, "segments", 0},
    {"null", 0, "02000000" IPV4 TCP PAYLOAD, "segments", 0},
    {"null, big-endian", 0, "00000002" IPV4 TCP PAYLOAD, "segments", 0},
    {"loop", 108, "00000002" IPV4 TCP PAYLOAD, "segments", 0},
    {"raw", 101, IPV4 TCP PAYLOAD, "segments", 0},
    {"raw, as libpcap names it", 12, IPV4 TCP PAYLOAD, "segments", 0},
    {"ipv4 link", 228, IPV4 TCP PAYLOAD, "segments", 0},
    {"ipv4 options", 1, ETHERNET TYPE_IPV4 IPV4_OPTIONS TCP PAYLOAD, "segments", 0},
    {"ipv4 length left to the card", 1, ETHERNET TYPE_IPV4 IPV4_TSO TCP PAYLOAD, "segments", 0},
    {"tcp options", 101, "45 00 002e 0001 4000 40 06 0000 c0000201 c6336402" TCP_OPTIONS PAYLOAD,
     "segments", 0},
    {"ipv6", 1, ETHERNET TYPE_IPV6 IPV6_TO("06", "0016") TCP PAYLOAD, "segments", 0},
    {"ipv6 link", 229, IPV6_TO("06", "0016") TCP PAYLOAD, "segments", 0},
    {"ipv6 hop-by-hop, destination", 101,
     IPV6_TO("00", "0026") "3c00 000000000000 0600 000000000000" TCP PAYLOAD, "segments", 0},
    {"ipv6 atomic fragment", 101, IPV6_TO("2c", "001e") "0600 0000 00000001" TCP PAYLOAD,
     "segments", 0},
    {"ipv6 fragment", 101, IPV6_TO("2c", "001e") "0600 0001 00000001" TCP PAYLOAD,
     "frames_ip_fragment", 0},
    {"ipv4 fragment", 1, ETHERNET TYPE_IPV4 IPV4_FRAGMENT TCP PAYLOAD, "frames_ip_fragment", 0},
    {"udp", 1, ETHERNET TYPE_IPV4 IPV4_UDP TCP PAYLOAD, "frames_not_tcp", 0},
    {"arp", 1, ETHERNET "0806 0001", "frames_not_ip", 0},
    {"unknown link", 147, IPV4 TCP PAYLOAD, "frames_link_type_unknown", 0},
    {"data offset below 20", 1, ETHERNET TYPE_IPV4 IPV4 TCP_BAD_OFFSET PAYLOAD, "frames_malformed",
     0},
    {"ipv4 header of 16 octets", 101, "44 00 002a 0001 4000 40 06 0000 c0000201 c6336402" TCP,
     "frames_malformed", 0},
    {"ipv4 shorter than its header", 101, "45 00 0010 0001 4000 40 06 0000 c0000201 c6336402" TCP,
     "frames_malformed", 0},
    {"nine tags", 1,
     ETHERNET VLAN_7 VLAN_7 VLAN_7 VLAN_7 VLAN_7 VLAN_7 VLAN_7 VLAN_7 VLAN_7 TYPE_IPV4 IPV4 TCP,
     "frames_malformed", 0},
    {"neither IPv4 nor IPv6", 101, "10", "frames_not_ip", 0},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void layers(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        uint8_t data[256];
        struct seen seen;
        const char *reason = "";
        size_t len = from_hex(cases[i].hex, data);
        decode(cases[i].link_type, data, len, len, &seen, &reason);
        if (strcmp(reason, cases[i].counter) != 0) {
            fail_msg("%s: %s, expected %s", cases[i].name, reason, cases[i].counter);
        }
        if (strcmp(reason, "segments") == 0) {
            assert_int_equal(seen.count, 1);
            assert_string_equal(seen.payload, "hi");
            assert_int_equal(seen.segment.source.port, 0xd431);
            assert_int_equal(seen.segment.destination.port, 80);
            assert_int_equal(seen.segment.seq, 1);
            assert_int_equal(seen.segment.ack, 2);
            assert_int_equal(seen.segment.flags, SEE_TCP_ACK | SEE_TCP_PSH);
            assert_int_equal(seen.segment.window, 256);
            assert_int_equal(seen.segment.network, cases[i].network);
        }
    }
}

/* A snap length may cut anywhere: then there is no segment, or one with less payload. */
static void cut_at_every_octet(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        uint8_t data[256];
        size_t whole = from_hex(cases[i].hex, data);
        for (size_t len = 0; len < whole; len++) {
            struct seen seen;
            const char *reason = "";
            decode(cases[i].link_type, data, len, whole, &seen, &reason);
            if (seen.count > 0) {
                assert_true(seen.segment.len <= 2);
                assert_int_equal(seen.segment.wire_len, 2);
                assert_memory_equal(seen.payload, "hi", seen.segment.len);
            }
        }
    }
}

/* Hostile octets in an allocation of their own: nothing past them is read. */
static void random_octets(void **state)
{
    (void)state;
    static const int links[] = {0, 1, 12, 101, 108, 113, 228, 229, 276, 9999};
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        uint8_t data[64];
        struct seen seen;
        const char *reason = "";
        for (size_t j = 0; j < sizeof(data); j++) {
            seed = seed * 1664525u + 1013904223u;
            data[j] = (uint8_t)(seed >> 24);
        }
        /* Towards the interesting: an EtherType and a version where Ethernet has them. */
        memcpy(data + 12, i % 2 == 0 ? "\x08\x00\x45" : "\x86\xdd\x60", 3);
        size_t len = (seed >> 8) % sizeof(data);
        decode(links[i % 10], data, len, len, &seen, &reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers),
        cmocka_unit_test(cut_at_every_octet),
        cmocka_unit_test(random_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
