/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fragments_test - datagrams out of fragments, drawn.
 *
 * A fragment is written as its place, in units of eight octets, and one letter a unit; "!" after it
 * says that it is the last one, "-" that its last unit was cut off by the snap length, "+" that the
 * clock moves by ten seconds before it.  The result is what was put together, a letter a unit.
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
#include "decode/fragments.h"

#define UNIT 8

struct desk {
    struct see_fragments *fragments;
    struct see_limits limits;
    see_time_ns now;
    uint64_t frame;
    uint32_t id;
    int status;
    char out[256];
};

static int desk_open(struct desk *desk)
{
    struct see_hash_key key = {1, 2};
    memset(desk, 0, sizeof(*desk));
    desk->limits = see_limits_default();
    desk->limits.fragment_datagrams = 3;
    desk->fragments = see_fragments_new(&desk->limits, &key);
    return desk->fragments != NULL ? SEE_OK : SEE_ENOMEM;
}

/* Draws the datagram: "[ABC@2]" with the frame of its first octet, "~" where octets are missing. */
static void draw(struct desk *desk, const struct see_datagram *datagram)
{
    size_t at = strlen(desk->out);
    desk->out[at++] = '[';
    for (size_t i = 0; i < datagram->wire_len; i += UNIT) {
        desk->out[at++] = i < datagram->len ? (char)datagram->octets[i] : '~';
    }
    assert_in_range(datagram->part_count, 1, 256);
    bool has_first = false;
    for (size_t i = 0; i < datagram->part_count; i++) {
        has_first |= datagram->parts[i].frame == datagram->stamp.frame;
    }
    assert_true(has_first);
    snprintf(desk->out + at, sizeof(desk->out) - at, "@%u]", (unsigned)datagram->stamp.frame);
}

static void add(struct desk *desk, size_t place, const char *letters, size_t count, bool is_last,
                bool is_cut)
{
    uint8_t octets[UNIT * 64];
    struct see_datagram *datagram;
    for (size_t i = 0; i < count; i++) {
        memset(octets + i * UNIT, letters[i], UNIT);
    }
    struct see_fragment fragment = {
        .source = {{10, 0, 0, 1}, 4},
        .destination = {{10, 0, 0, 2}, 4},
        .id = desk->id,
        .protocol = 6,
        .is_last = is_last,
        .offset = place * UNIT,
        .octets = octets,
        .len = (count - is_cut) * UNIT,
        .wire_len = count * UNIT,
        .stamp = see_stamp_make(desk->now, ++desk->frame, 1),
    };
    desk->status = see_fragments_add(desk->fragments, &fragment, &datagram);
    if (datagram != NULL) {
        draw(desk, datagram);
        free(datagram);
    }
}

/* Plays a script such as "0AB 2C!": returns the result. */
static const char *play(struct desk *desk, const char *script)
{
    while (*script != '\0' && desk->status == SEE_OK) {
        if (*script == ' ') {
            script++;
            continue;
        }
        if (*script == '+') {
            desk->now += 10 * SEE_NS_PER_S;
            script++;
            continue;
        }
        char *letters;
        size_t place = strtoul(script, &letters, 10);
        size_t count = strcspn(letters, " !-+");
        bool is_cut = letters[count] == '-';
        bool is_last = letters[count + is_cut] == '!';
        add(desk, place, letters, count, is_last, is_cut);
        script = letters + count + is_cut + is_last;
    }
    return desk->out;
}

static const struct {
    const char *name, *script, *out;
    int overlapping, conflicting, impossible, expired;
} cases[] = {
    {"in order", "0AB 2CD 4E!", "[ABCDE@1]", 0, 0, 0, 0},
    {"backwards", "4E! 2CD 0AB", "[ABCDE@3]", 0, 0, 0, 0},
    {"the middle last", "0AB 4E! 2CD", "[ABCDE@1]", 0, 0, 0, 0},
    {"a hole", "0AB 4E!", "", 0, 0, 0, 0},
    {"no end", "0AB 2CD", "", 0, 0, 0, 0},
    {"no beginning", "2CD 4E!", "", 0, 0, 0, 0},
    {"twice the same", "0AB 0AB 2C!", "[ABC@1]", 1, 0, 0, 0},
    {"every one twice", "0AB 0AB 2C! 2C!", "[ABC@1]", 2, 0, 0, 0},
    {"the first copy wins", "0AB 0XY 2C!", "[ABC@1]", 1, 1, 0, 0},
    {"overlaps before", "2CD 1BX 0A 4E!", "[ABCDE@3]", 1, 1, 0, 0},
    {"overlaps after", "0AB 1BC 3D!", "[ABCD@1]", 1, 0, 0, 0},
    {"fills two holes", "1B 3D 0ABCDE 5F!", "[ABCDEF@3]", 1, 0, 0, 0},
    {"fills two holes, in conflict", "1b 3d 0ABCDE 5F!", "[AbCdEF@3]", 1, 1, 0, 0},
    {"within another one", "0ABCD 1xy 4E!", "[ABCDE@1]", 1, 1, 0, 0},
    {"past the end", "2C! 3D 0AB", "[ABC@3]", 0, 0, 1, 0},
    {"two ends", "2C! 3D! 0AB", "[ABC@3]", 0, 0, 1, 0},
    {"an end before what is there", "0A 3D 1B! 1BC 4E!", "[ABCDE@1]", 0, 0, 1, 0},
    {"cut by the snap length", "0AB- 2C!", "[A~~@1]", 0, 0, 0, 0},
    {"cut at the end", "0AB 2CD-!", "[ABC~@1]", 0, 0, 0, 0},
    {"cut, then whole: the first copy wins", "0AB- 0AB 2C!", "[A~~@1]", 1, 0, 0, 0},
    {"in time", "0AB ++ 2C!", "[ABC@1]", 0, 0, 0, 0},
    {"too late", "0AB +++ 2C!", "", 0, 0, 0, 1},
    {"the same id again, at once", "0AB 2C! 0XY 2Z!", "[ABC@1]", 2, 0, 0, 0},
    {"the same id again, later", "0AB 2C! + 0XY 2Z!", "[ABC@1][XYZ@3]", 0, 0, 0, 0},
};

static void drawn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct desk desk;
        assert_int_equal(desk_open(&desk), SEE_OK);
        const char *out = play(&desk, cases[i].script);
        const uint64_t *notes = see_fragments_notes(desk.fragments);
        if (strcmp(out, cases[i].out) != 0) {
            fail_msg("%s: %s, expected %s", cases[i].name, out, cases[i].out);
        }
        if ((int)notes[SEE_FRAGMENTS_OVERLAPPING] != cases[i].overlapping ||
            (int)notes[SEE_FRAGMENTS_CONFLICTING] != cases[i].conflicting ||
            (int)notes[SEE_FRAGMENTS_IMPOSSIBLE] != cases[i].impossible ||
            (int)notes[SEE_FRAGMENTS_EXPIRED] != cases[i].expired) {
            fail_msg("%s: notes %d %d %d %d", cases[i].name, (int)notes[SEE_FRAGMENTS_OVERLAPPING],
                     (int)notes[SEE_FRAGMENTS_CONFLICTING], (int)notes[SEE_FRAGMENTS_IMPOSSIBLE],
                     (int)notes[SEE_FRAGMENTS_EXPIRED]);
        }
        see_fragments_free(desk.fragments);
    }
}

/* The oldest datagram makes room. */
static void too_many(void **state)
{
    (void)state;
    struct desk desk;
    assert_int_equal(desk_open(&desk), SEE_OK);
    for (desk.id = 0; desk.id < 4; desk.id++) {
        play(&desk, "0AB");
    }
    const uint64_t *notes = see_fragments_notes(desk.fragments);
    assert_int_equal(notes[SEE_FRAGMENTS_EVICTED], 1);
    desk.id = 1;
    assert_string_equal(play(&desk, "2C!"), "[ABC@2]");
    desk.out[0] = '\0';
    desk.id = 0;
    assert_string_equal(play(&desk, "2C!"), "");
    see_fragments_free(desk.fragments);
}

/* A flood of octets is held up to the limit only, and so are pieces of one datagram. */
static void too_much(void **state)
{
    (void)state;
    struct see_limits limits = see_limits_default();
    struct see_hash_key key = {1, 2};
    limits.fragment_octets = 20000;
    struct see_fragments *fragments = see_fragments_new(&limits, &key);
    static uint8_t octets[1000];
    struct see_fragment fragment = {.octets = octets, .len = 1000, .wire_len = 1000};
    struct see_datagram *datagram;
    alloc_start(0);
    for (uint32_t i = 0; i < 100; i++) {
        fragment.id = i;
        assert_int_equal(see_fragments_add(fragments, &fragment, &datagram), SEE_OK);
        assert_true(alloc.live <= 2 * 20 + 2);
    }
    assert_true(see_fragments_notes(fragments)[SEE_FRAGMENTS_EVICTED] >= 80);
    fragment.id = 1000;
    fragment.len = fragment.wire_len = 1;
    for (size_t i = 0; i < 1000; i++) {
        fragment.offset = i * 8;
        assert_int_equal(see_fragments_add(fragments, &fragment, &datagram), SEE_OK);
    }
    assert_true(see_fragments_notes(fragments)[SEE_FRAGMENTS_IMPOSSIBLE] >= 700);
    fragment.id = 1001;
    fragment.offset = 65528;
    fragment.len = fragment.wire_len = 1000;
    assert_int_equal(see_fragments_add(fragments, &fragment, &datagram), SEE_OK);
    assert_null(datagram);
    see_fragments_free(fragments);
}

/* Networks, ids, protocols and ends keep datagrams apart. */
static void kept_apart(void **state)
{
    (void)state;
    static const struct see_fragment others[] = {
        {.source = {{1}, 4}, .protocol = 6, .network = 1},
        {.source = {{1}, 4}, .protocol = 6, .id = 1},
        {.source = {{1}, 4}, .protocol = 17},
        {.source = {{2}, 4}, .protocol = 6},
        {.source = {{1}, 6}, .protocol = 6},
    };
    struct desk desk;
    assert_int_equal(desk_open(&desk), SEE_OK);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct see_fragment fragment = others[i];
        struct see_datagram *datagram;
        fragment.octets = (const uint8_t *)"12345678";
        fragment.len = fragment.wire_len = 8;
        fragment.offset = 8;
        fragment.is_last = true;
        assert_int_equal(see_fragments_add(desk.fragments, &fragment, &datagram), SEE_OK);
        fragment = (struct see_fragment){
            .source = {{1}, 4}, .protocol = 6, .octets = fragment.octets, .len = 8, .wire_len = 8};
        assert_int_equal(see_fragments_add(desk.fragments, &fragment, &datagram), SEE_OK);
        assert_null(datagram);
    }
    see_fragments_free(desk.fragments);
}

static void out_of_memory(void **state)
{
    (void)state;
    for (size_t fail_at = 1;; fail_at++) {
        struct desk desk;
        alloc_start(fail_at);
        int status = desk_open(&desk);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) && status == SEE_OK; i++) {
            desk.id++;
            desk.out[0] = '\0';
            play(&desk, cases[i].script);
            status = desk.status;
        }
        see_fragments_free(desk.fragments);
        assert_int_equal(alloc.live, 0);
        if (!alloc.has_failed) {
            break;
        }
        assert_int_equal(status, SEE_ENOMEM);
    }
    alloc_start(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn),      cmocka_unit_test(too_many),      cmocka_unit_test(too_much),
        cmocka_unit_test(kept_apart), cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
