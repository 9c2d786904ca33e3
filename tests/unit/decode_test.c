/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decode_test - frames in, segments out, each layer cut at every octet.
 *
 * The frames are in decode_cases.h.  With --seeds FOLDER they are written there, for the fuzzer.
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
#include "decode/decode.h"
#include "decode/duplicates.h"
#include "decode_cases.h"
#include "hostile.h"

struct seen {
    struct see_segment segment;
    char network[64];
    char payload[64];
    size_t count;
    int answer; /* what the sink returns */
};

static int on_segment(void *ctx, const struct see_segment *segment)
{
    struct seen *seen = ctx;
    seen->segment = *segment;
    seen->count++;
    snprintf(seen->network, sizeof(seen->network), "%s",
             segment->network != NULL ? segment->network->text : "-");
    size_t len = segment->len < sizeof(seen->payload) - 1 ? segment->len : 0;
    memcpy(seen->payload, segment->payload, len);
    seen->payload[len] = '\0';
    return seen->answer;
}

static struct see_decode *decode_new(struct seen *seen)
{
    static const uint16_t ports[] = {0x1234};
    struct see_decode_options options = {ports, 1};
    struct see_limits limits = see_limits_default();
    struct see_hash_key key = {1, 2};
    limits.networks = 20;
    limits.recent_segments = 16;
    memset(seen, 0, sizeof(*seen));
    return see_decode_new(&limits, &key, &options,
                          (struct see_decode_sink){seen, on_segment, NULL, NULL});
}

/* The books balance; returns the reason with the highest count, or "segments". */
static const char *check_books(struct see_decode *decode)
{
    struct see_counts counts = see_decode_counts(decode);
    const struct see_count *most = NULL;
    uint64_t rest = 0;
    for (size_t i = 0; i < counts.count; i++) {
        const struct see_count *count = &counts.list[i];
        if (count->kind == SEE_COUNT_IN) {
            rest += count->value;
        } else if (count->kind != SEE_COUNT_NOTE) {
            rest -= count->value;
            most = most == NULL || count->value > most->value ? count : most;
        }
    }
    assert_int_equal(rest, 0);
    assert_non_null(most);
    return most != NULL ? most->counter : "";
}

/* Decodes one frame that lies flush against forbidden memory. */
static const char *decode_once(struct page *page, int link_type, const uint8_t *data, size_t len,
                               size_t wire_len, struct seen *seen)
{
    struct see_decode *decode = decode_new(seen);
    assert_non_null(decode);
    struct see_view view = page_put(page, (struct see_view){(const char *)data, len});
    struct see_frame frame = {.stamp = {.frame = 1},
                              .link_type = link_type,
                              .data = (const uint8_t *)view.ptr,
                              .len = len,
                              .wire_len = wire_len};
    assert_int_equal(see_decode_feed(decode, &frame), SEE_OK);
    const char *reason = check_books(decode);
    see_decode_free(decode);
    return reason;
}

static void layers(void **state)
{
    (void)state;
    struct page page = page_new(DECODE_OCTETS_MAX);
    for (size_t i = 0; i < DECODE_CASES; i++) {
        const struct decode_case *c = &decode_cases[i];
        uint8_t data[DECODE_OCTETS_MAX];
        struct seen seen;
        size_t len = decode_from_hex(c->hex, data);
        const char *reason = decode_once(&page, c->link_type, data, len, len, &seen);
        if (strcmp(reason, c->counter) != 0) {
            fail_msg("%s: %s, expected %s", c->name, reason, c->counter);
        }
        if (strcmp(reason, "segments") != 0) {
            continue;
        }
        const char *network = c->network != NULL ? c->network : "-";
        if (strcmp(seen.network, network) != 0) {
            fail_msg("%s: network %s, expected %s", c->name, seen.network, network);
        }
        if (strcmp(seen.payload, "hi") != 0 || seen.segment.wire_len != 2) {
            fail_msg("%s: payload \"%s\"", c->name, seen.payload);
        }
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.segment.source.port, 0xd431);
        assert_int_equal(seen.segment.destination.port, 80);
        assert_int_equal(seen.segment.seq, 1);
        assert_int_equal(seen.segment.ack, 2);
        assert_int_equal(seen.segment.flags, SEE_TCP_ACK | SEE_TCP_PSH);
        assert_int_equal(seen.segment.window, 256);
    }
    page_free(&page);
}

static void same_segment(const struct seen *a, const struct seen *b)
{
    const struct see_segment *one = &a->segment;
    const struct see_segment *other = &b->segment;
    assert_int_equal(a->count, b->count);
    assert_memory_equal(&one->source.address, &other->source.address, sizeof(struct see_address));
    assert_memory_equal(&one->destination.address, &other->destination.address,
                        sizeof(struct see_address));
    assert_int_equal(one->source.port, other->source.port);
    assert_int_equal(one->destination.port, other->destination.port);
    assert_int_equal(one->seq, other->seq);
    assert_int_equal(one->ack, other->ack);
    assert_int_equal(one->flags, other->flags);
    assert_int_equal(one->window, other->window);
    assert_int_equal(one->len, other->len);
    assert_int_equal(one->wire_len, other->wire_len);
    assert_string_equal(a->payload, b->payload);
}

/* Almost all frames are read at fixed places.  The layers, which know nothing of it, say the same.
 */
static void usual_frames(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        int link_type; /* of the same without Ethernet */
    } frames[] = {
        {ETHERNET TYPE_IPV4 INNER "00000000", 228},
        {ETHERNET TYPE_IPV6 IPV6_TO("06", "0016") TCP PAYLOAD "00", 229},
    };
    struct page page = page_new(DECODE_OCTETS_MAX);
    for (size_t i = 0; i < 2; i++) {
        uint8_t data[DECODE_OCTETS_MAX];
        size_t len = decode_from_hex(frames[i].hex, data);
        for (size_t at = 14; at < len; at++) {
            for (unsigned value = 0; value < 256; value++) {
                struct seen seen, expected;
                uint8_t before = data[at];
                data[at] = (uint8_t)value;
                /* What was captured of a longer one ends there, or behind this octet. */
                for (size_t cut = 0; cut < (value < 2 ? 2 : 1); cut++) {
                    size_t here = cut == 0 ? len : at + 1;
                    const char *reason = decode_once(&page, 1, data, here, len + 3, &seen);
                    const char *why = decode_once(&page, frames[i].link_type, data + 14, here - 14,
                                                  len + 3 - 14, &expected);
                    assert_string_equal(reason, why);
                    same_segment(&seen, &expected);
                }
                data[at] = before;
            }
        }
    }
    page_free(&page);
}

/* Looking ahead changes nothing, whatever the frames are. */
static void frames_looked_at_ahead(void **state)
{
    (void)state;
    struct seen seen[2];
    struct see_decode *decode[2] = {decode_new(&seen[0]), decode_new(&seen[1])};
    static uint8_t data[SEE_DECODE_AHEAD][DECODE_OCTETS_MAX];
    for (size_t first = 0; first < DECODE_CASES; first += 7) {
        struct see_frame frames[SEE_DECODE_AHEAD];
        size_t count = first % (SEE_DECODE_AHEAD + 1);
        for (size_t i = 0; i < count; i++) {
            const struct decode_case *c = &decode_cases[(first + i) % DECODE_CASES];
            size_t len = decode_from_hex(c->hex, data[i]);
            frames[i] = (struct see_frame){.stamp = {.time_ns = (see_time_ns)first * SEE_NS_PER_S,
                                                     .frame = (first + i + 1) & SEE_STAMP_FRAMES},
                                           .link_type = c->link_type,
                                           .data = data[i],
                                           .len = len,
                                           .wire_len = len};
        }
        struct see_look looks[SEE_DECODE_AHEAD];
        see_decode_expect(decode[0], frames, looks, count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(see_decode_feed(decode[0], &frames[i]), SEE_OK);
            assert_int_equal(see_decode_feed(decode[1], &frames[i]), SEE_OK);
            same_segment(&seen[0], &seen[1]);
        }
    }
    assert_true(seen[0].count > 20);
    struct see_counts counts[2] = {see_decode_counts(decode[0]), see_decode_counts(decode[1])};
    for (size_t i = 0; i < counts[0].count; i++) {
        assert_int_equal(counts[0].list[i].value, counts[1].list[i].value);
    }
    see_decode_free(decode[0]);
    see_decode_free(decode[1]);
}

/* A snap length may cut anywhere: then there is no segment, or one with less payload. */
static void cut_at_every_octet(void **state)
{
    (void)state;
    struct page page = page_new(DECODE_OCTETS_MAX);
    for (size_t i = 0; i < DECODE_CASES; i++) {
        uint8_t data[DECODE_OCTETS_MAX];
        size_t whole = decode_from_hex(decode_cases[i].hex, data);
        for (size_t len = 0; len < whole; len++) {
            struct seen seen;
            decode_once(&page, decode_cases[i].link_type, data, len, whole, &seen);
            if (seen.count > 0) {
                assert_true(seen.segment.len <= 2);
                assert_memory_equal(seen.payload, "hi", seen.segment.len);
            }
        }
    }
    page_free(&page);
}

/* Any octet may be any other. */
static void changed_octets(void **state)
{
    (void)state;
    struct page page = page_new(DECODE_OCTETS_MAX);
    uint32_t seed = 1;
    for (size_t i = 0; i < 40 * DECODE_CASES; i++) {
        const struct decode_case *c = &decode_cases[i % DECODE_CASES];
        uint8_t data[DECODE_OCTETS_MAX];
        struct seen seen;
        size_t len = decode_from_hex(c->hex, data);
        for (uint32_t changes = 1 + next_random(&seed) % 4; changes > 0; changes--) {
            data[next_random(&seed) % len] = (uint8_t)next_random(&seed);
        }
        decode_once(&page, c->link_type, data, len, len + next_random(&seed) % 3, &seen);
    }
    page_free(&page);
}

static void random_octets(void **state)
{
    (void)state;
    static const int links[] = {0,   1,   6,   7,   8,   9,   10,  50,  51,  100, 101,
                                104, 105, 107, 109, 113, 117, 119, 122, 123, 127, 129,
                                138, 149, 166, 178, 179, 180, 181, 192, 204, 205, 206,
                                219, 226, 239, 240, 241, 258, 276, 281, 282, 284, 285};
    const int count = (int)(sizeof(links) / sizeof(links[0]));
    struct page page = page_new(DECODE_OCTETS_MAX);
    uint32_t seed = 1;
    for (int i = 0; i < 60000; i++) {
        uint8_t data[96];
        struct seen seen;
        for (size_t j = 0; j < sizeof(data); j++) {
            data[j] = (uint8_t)next_random(&seed);
        }
        size_t len = next_random(&seed) % sizeof(data);
        decode_once(&page, links[i % count], data, len, len, &seen);
    }
    page_free(&page);
}

static int feed_hex(struct see_decode *decode, int link_type, const char *hex, see_time_ns time_ns,
                    uint64_t number)
{
    uint8_t data[DECODE_OCTETS_MAX];
    size_t len = decode_from_hex(hex, data);
    struct see_frame frame = {.stamp = see_stamp_make(time_ns, number, 1),
                              .link_type = link_type,
                              .data = data,
                              .len = len,
                              .wire_len = len};
    return see_decode_feed(decode, &frame);
}

static uint64_t counted(struct see_decode *decode, const char *counter)
{
    struct see_counts counts = see_decode_counts(decode);
    return see_counts_value(&counts, counter);
}

/* Two packets in one A-MSDU are two frames in the books. */
static void aggregated(void **state)
{
    (void)state;
    struct seen seen;
    struct see_decode *decode = decode_new(&seen);
    /* 14 + 51 octets, then three of padding; the second differs in its IP id. */
    assert_int_equal(feed_hex(decode, 105,
                              "8802 " WLAN_ADDRESSES "1000 8000 " ETHERNET
                              "0033 " SNAP TYPE_IPV4 INNER "00 000000 " ETHERNET
                              "0032 " SNAP TYPE_IPV4
                              "45 00 002a 0002 4000 40 06 0000 c0000201 c6336402 " TCP PAYLOAD,
                              0, 1),
                     SEE_OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(counted(decode, "frames"), 1);
    assert_int_equal(counted(decode, "frames_aggregated"), 1);
    assert_int_equal(counted(decode, "segments"), 2);
    assert_string_equal(check_books(decode), "segments");
    see_decode_free(decode);
}

/* The first 24 octets of TCP and the rest, in a VLAN, in GRE: one segment, of the first frame. */
static void fragments_in_tunnel(void **state)
{
    (void)state;
#define IN_TUNNEL ETHERNET VLAN_7 TYPE_IPV4 IPV4_TO("2f", "0000") "0000 0800 "
    static const char first[] = IN_TUNNEL "45 00 0024 0009 2000 40 06 0000 c0000201 c6336402 "
                                          "d431 0050 00000001 00000002 5018 0100 ";
    static const char last[] =
        IN_TUNNEL "45 00 001a 0009 0002 40 06 0000 c0000201 c6336402 0000 0000 6869 ";
    struct seen seen;
    struct see_decode *decode = decode_new(&seen);
    assert_int_equal(feed_hex(decode, 1, last, 5, 1), SEE_OK);
    assert_int_equal(seen.count, 0);
    assert_int_equal(feed_hex(decode, 1, first, 6, 2), SEE_OK);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.payload, "hi");
    assert_string_equal(seen.network, "vlan 7");
    assert_int_equal(seen.segment.stamp.frame, 2);
    assert_int_equal(feed_hex(decode, 1, first, SEE_NS_PER_S, 3), SEE_OK);
    assert_int_equal(feed_hex(decode, 1, last, SEE_NS_PER_S, 4), SEE_OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.segment.stamp.frame, 3);
    assert_int_equal(counted(decode, "frames_ip_fragment"), 2);
    assert_int_equal(counted(decode, "datagrams_reassembled"), 2);
    check_books(decode);
    see_decode_free(decode);
}

/* What is seen of a packet before and after it was tagged, and of one in two networks. */
static void same_packet_twice(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        see_time_ns later;
        bool is_duplicate;
    } pairs[] = {
        {ETHERNET TYPE_IPV4 INNER, ETHERNET TYPE_IPV4 INNER, 0, true},
        {ETHERNET TYPE_IPV4 INNER, ETHERNET TYPE_IPV4 INNER, 100 * SEE_NS_PER_MS, true},
        {ETHERNET TYPE_IPV4 INNER, ETHERNET TYPE_IPV4 INNER, 101 * SEE_NS_PER_MS, false},
        {ETHERNET TYPE_IPV4 INNER, ETHERNET TYPE_IPV4 INNER, -SEE_NS_PER_MS, true},
        {ETHERNET TYPE_IPV4 INNER, ETHERNET VLAN_7 TYPE_IPV4 INNER, 1, true},
        {UDP("12b5") "08000000 00002a00 " INNER_ETHERNET, INNER_ETHERNET, 1, true},
        {ETHERNET VLAN_7 TYPE_IPV4 INNER, ETHERNET VLAN_9 TYPE_IPV4 INNER, 1, false},
        /* Routed from one to the other: the TTL is one less. */
        {ETHERNET VLAN_7 TYPE_IPV4 INNER,
         ETHERNET VLAN_9 TYPE_IPV4 "45 00 002a 0001 4000 3f 06 0000 c0000201 c6336402 " TCP PAYLOAD,
         1, true},
        /* A retransmission has another IP id. */
        {ETHERNET TYPE_IPV4 INNER,
         ETHERNET TYPE_IPV4 "45 00 002a 0002 4000 40 06 0000 c0000201 c6336402 " TCP PAYLOAD, 1,
         false},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct seen seen;
        struct see_decode *decode = decode_new(&seen);
        assert_int_equal(feed_hex(decode, 1, pairs[i].first, SEE_NS_PER_S, 1), SEE_OK);
        assert_int_equal(feed_hex(decode, 1, pairs[i].second, SEE_NS_PER_S + pairs[i].later, 2),
                         SEE_OK);
        if (counted(decode, "frames_duplicate") != pairs[i].is_duplicate) {
            fail_msg("pair %zu", i);
        }
        check_books(decode);
        see_decode_free(decode);
    }
}

struct known {
    uint32_t seq;
    see_time_ns time_ns;
    const struct see_network *network;
    uint8_t ttl;
};

/* What the ring of the latest `limit` packets says by looking at all of them. */
static bool is_known(const struct known *list, size_t count, size_t limit, const struct known *one)
{
    size_t copies = 0;
    for (size_t i = count; i-- > 0 && count - i <= limit && copies < 16;) {
        const struct known *known = &list[i];
        if (known->seq != one->seq) {
            continue;
        }
        bool is_place = known->network == one->network || known->network == NULL ||
                        one->network == NULL || known->ttl != one->ttl;
        if (is_place && llabs(known->time_ns - one->time_ns) <= 100 * SEE_NS_PER_MS) {
            return true;
        }
        copies++;
    }
    return false;
}

/* Whatever the key and however full the buckets are, the latest packets are known, and no others.
 */
static void packets_are_remembered(void **state)
{
    (void)state;
    static const size_t limits[] = {1, 3, 16, 100, 500};
    static struct known list[20000];
    /* Their texts, which nobody looks at here, would follow each of them. */
    static _Alignas(struct see_network) uint8_t networks[32][sizeof(struct see_network)];
    uint32_t dice = 1;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct see_hash_key key = {i, 7};
        struct see_duplicates *duplicates = see_duplicates_new(&key, limits[i]);
        size_t count = 0;
        for (uint32_t n = 0; n < 20000; n++) {
            dice = dice * 1664525 + 1013904223;
            uint32_t number = dice >> 8 & 31;
            struct see_network *network = (struct see_network *)(void *)networks[number];
            network->id = number + 1;
            struct known one = {.seq = (dice >> 16) % (n % 3 == 0 ? 4 : 400),
                                .time_ns = n * (dice >> 30) * SEE_NS_PER_MS,
                                .network = (dice >> 14) % 4 == 0 ? NULL : network,
                                .ttl = n % 50 == 0};
            struct see_segment segment = {
                .seq = one.seq, .network = one.network, .stamp = {.time_ns = one.time_ns}};
            bool is_seen = see_duplicates_seen(
                duplicates, &segment, see_duplicates_print(duplicates, &segment, 0), one.ttl);
            if (is_seen != is_known(list, count, limits[i], &one)) {
                fail_msg("limit %zu, packet %u", limits[i], n);
            }
            if (!is_seen) {
                list[count++] = one;
            }
        }
        see_duplicates_free(duplicates);
    }
}

/* The whole stack of tags names a network, not the last one. */
static void networks_by_parent(void **state)
{
    (void)state;
    static const char *const stacks[][2] = {
        {ETHERNET VLAN_9 VLAN_7 TYPE_IPV4 INNER, "vlan 9.7"},
        {ETHERNET VLAN_7 TYPE_IPV4 INNER, "vlan 7"},
        {ETHERNET VLAN_7 VLAN_7 TYPE_IPV4 INNER, "vlan 7.7"},
        {ETHERNET VLAN_7 VLAN_9 TYPE_IPV4 INNER, "vlan 7.9"},
        {ETHERNET VLAN_9 VLAN_7 TYPE_IPV4 INNER, "vlan 9.7"},
    };
    struct seen seen;
    struct see_decode *decode = decode_new(&seen);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(feed_hex(decode, 1, stacks[i][0], SEE_NS_PER_S * i, i + 1), SEE_OK);
        assert_string_equal(seen.network, stacks[i][1]);
    }
    assert_int_equal(seen.segment.network->id, 2); /* 1 is vlan 9 */
    see_decode_free(decode);
}

/* A stranger makes up tags: those past the limit share one network, and the rest stays as it was.
 */
static void networks_flood(void **state)
{
    (void)state;
    struct seen seen;
    struct see_decode *decode = decode_new(&seen);
    uint32_t other = 0;
    for (unsigned i = 1; i <= 30; i++) {
        char hex[256];
        snprintf(hex, sizeof(hex), ETHERNET "8100 %04x " TYPE_IPV4 INNER, i);
        assert_int_equal(feed_hex(decode, 1, hex, SEE_NS_PER_S * i, i), SEE_OK);
        char expected[16];
        snprintf(expected, sizeof(expected), i <= 20 ? "vlan %u" : "other", i);
        assert_string_equal(seen.network, expected);
        other = i == 21 ? seen.segment.network->id : other;
    }
    assert_int_equal(seen.segment.network->id, other);
    assert_int_equal(counted(decode, "networks_other"), 10);
    assert_int_equal(feed_hex(decode, 1, ETHERNET VLAN_7 TYPE_IPV4 INNER, 0, 31), SEE_OK);
    assert_string_equal(seen.network, "vlan 7");
    assert_int_equal(seen.segment.network->id, 7);
    see_decode_free(decode);
}

/* Each allocation fails once: that is said, nothing is lost, and the books still balance. */
static void out_of_memory(void **state)
{
    (void)state;
    for (size_t fail_at = 1;; fail_at++) {
        struct seen seen;
        alloc_start(fail_at);
        struct see_decode *decode = decode_new(&seen);
        int status = decode != NULL ? SEE_OK : SEE_ENOMEM;
        for (size_t i = 0; i < DECODE_CASES && status == SEE_OK; i++) {
            status = feed_hex(decode, decode_cases[i].link_type, decode_cases[i].hex, 1, i + 1);
        }
        if (decode != NULL) {
            check_books(decode);
        }
        see_decode_free(decode);
        assert_int_equal(alloc.live, 0);
        if (!alloc.has_failed) {
            break;
        }
        /* The map of networks may miss a growth without harm; all else must be told. */
        assert_true(status == SEE_ENOMEM || fail_at > 4);
    }
    alloc_start(0);
}

static void sink_fails(void **state)
{
    (void)state;
    struct seen seen;
    struct see_decode *decode = decode_new(&seen);
    seen.answer = SEE_EIO;
    assert_int_equal(feed_hex(decode, 1, INNER_ETHERNET, 0, 1), SEE_EIO);
    see_decode_free(decode);
    see_decode_free(NULL);
}

/* Writes each case as an input of fuzz_decode. */
static int write_seeds(const char *folder)
{
    static const int link_types[] = {1,  113, 276, 0,   108, 101, 12,  14,  228, 229, 9,  50,
                                     51, 104, 239, 105, 127, 192, 119, 163, 7,   129, 147};
    for (size_t i = 0; i < DECODE_CASES; i++) {
        uint8_t data[5 + DECODE_OCTETS_MAX] = {0};
        char path[4096];
        size_t len = decode_from_hex(decode_cases[i].hex, data + 5);
        while (link_types[data[0]] != decode_cases[i].link_type) {
            data[0]++;
        }
        data[1] = (uint8_t)(len >> 8);
        data[2] = (uint8_t)len;
        snprintf(path, sizeof(path), "%s/case-%03zu", folder, i);
        FILE *file = fopen(path, "wb");
        if (file == NULL || fwrite(data, 5 + len, 1, file) != 1 || fclose(file) != 0) {
            perror(path);
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
        return write_seeds(argv[2]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers),
        cmocka_unit_test(cut_at_every_octet),
        cmocka_unit_test(changed_octets),
        cmocka_unit_test(random_octets),
        cmocka_unit_test(aggregated),
        cmocka_unit_test(fragments_in_tunnel),
        cmocka_unit_test(usual_frames),
        cmocka_unit_test(frames_looked_at_ahead),
        cmocka_unit_test(same_packet_twice),
        cmocka_unit_test(packets_are_remembered),
        cmocka_unit_test(networks_by_parent),
        cmocka_unit_test(networks_flood),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(sink_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
