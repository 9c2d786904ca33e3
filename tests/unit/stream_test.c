/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_test - draws what becomes of segments in and out of order.
 *
 * Linked with --wrap for malloc, calloc, realloc and free: every case runs again for each
 * of its allocations, which fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hostile.h"
#include "stream_script.h"

static struct {
    size_t live;    /* allocations that are not freed */
    size_t count;   /* allocations so far */
    size_t fail_at; /* this one fails; 0: none */
} machine;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static void *noted(void *memory)
{
    machine.live += memory != NULL ? 1 : 0;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return ++machine.count == machine.fail_at ? NULL : noted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return ++machine.count == machine.fail_at ? NULL : noted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (++machine.count == machine.fail_at) {
        return NULL;
    }
    return memory != NULL ? __real_realloc(memory, size) : noted(__real_malloc(size));
}

void __wrap_free(void *memory)
{
    machine.live -= memory != NULL ? 1 : 0;
    __real_free(memory);
}

struct drawing {
    const char *what;
    const char *script;
    const char *drawn;
    const char *counts; /* "counter=value ..."; NULL: not looked at */
};

#define HELLO ">S <S^0 >^0 "

static const struct drawing drawings[] = {
    {"in order", HELLO ">0:GET <0^3:OK >3F^2 <2F^4 >4^3", ">GET<OK>.<.|fin",
     "octets_in_order=5 gaps=0 connections_opened=1 connections_finished=1"},
    {"a FIN with octets", HELLO ">0F:GET <0F^4:OK", ">GET.<OK.|fin", NULL},
    {"a FIN before any octet", HELLO ">0F <0^1:BANNER <6F^1", ">.<BANNER.|fin", NULL},
    {"nothing but FINs", HELLO ">0F <0F^1 >1^1", "", "connections_finished=1"},
    {"the other side goes on after a FIN", HELLO ">0F:GET <0^4:ONE <3^4:TWO <6F^4",
     ">GET.<ONETWO.|fin", NULL},
    {"the capture ends", HELLO ">0:GET #", ">GET|capture-end", "connections_capture_end=1"},

    {"two swapped", HELLO ">3:DEF >0:ABC #", ">ABCDEF|capture-end", "gaps=0 octets_in_order=6"},
    {"backwards", HELLO ">4:E >3:D >2:C >1:B >0:A #", ">ABCDE|capture-end", "gaps=0"},
    {"a FIN before its octets", HELLO ">3F >0:ABC #", ">ABC.|capture-end", NULL},
    {"a hole filled by a longer one", HELLO ">2:CC >0:AABBDD #", ">AACCDD|capture-end",
     "octets_conflicting=2"},
    {"a hole filled bit by bit", HELLO ">5:FG >0:A >3:D >1:BC >4:E #", ">ABCDEFG|capture-end", NULL},

    {"sent again", HELLO ">0:ABC >0:ABC >3:D #", ">ABCD|capture-end", "octets_retransmitted=3"},
    {"sent again with more", HELLO ">0:ABC >0:ABCDE #", ">ABCDE|capture-end",
     "octets_retransmitted=3"},
    {"sent again differently, too late", HELLO ">0:ABC >0:XYZ #", ">ABC|capture-end",
     "octets_retransmitted=3"},
    {"overlaps the end of a held piece", HELLO ">3:DEF >5:FGH >0:ABC #", ">ABCDEFGH|capture-end",
     "octets_retransmitted=1"},
    {"overlaps the beginning of a held piece", HELLO ">3:DEF >1:BCDE >0:A #", ">ABCDEF|capture-end",
     "octets_retransmitted=2"},
    {"lies inside a held piece", HELLO ">2:CDEFG >4:EF >0:AB #", ">ABCDEFG|capture-end",
     "octets_retransmitted=2"},
    {"surrounds held pieces", HELLO ">3:D >5:F >2:CDEFG >0:AB #", ">ABCDEFG|capture-end",
     "octets_retransmitted=2"},
    {"the first copy wins", HELLO ">1:AAA >5:BB >3:JJJJJ >8:CCC <0^11 >0:-", ">-AAAJBBJCCC",
     "octets_conflicting=3"},
    {"sent again while held", HELLO ">3:DEF >3:DEF >0:ABC #", ">ABCDEF|capture-end",
     "octets_retransmitted=3"},

    {"a keep-alive", HELLO ">0:ABC >2 >2:C <0^3 >3:D #", ">ABCD|capture-end",
     "keep_alives=2 octets_retransmitted=1 gaps=0"},
    {"a keep-alive before any octet", HELLO ">-1:X >0:ABC #", ">ABC|capture-end", "keep_alives=1"},
    {"Fast Open", ">S:GET <S^3 >3:MORE #", ">GETMORE|capture-end", "octets_retransmitted=0"},
    {"Fast Open, refused and sent again", ">S:GET <S^0 >0:GETMORE #", ">GETMORE|capture-end",
     "octets_retransmitted=3"},
    {"a SYN sent again", ">S >S <S^0 <S^0 >0:A #", ">A|capture-end",
     "connections_opened=1 connections_reused=0"},
    {"a SYN-ACK before its SYN", "<S^0 >S >0:A <0^1:B #", ">A<B|capture-end",
     "connections_opened=1"},
    {"a SYN after the octets", ">0:ABC >S <S^0 >3:D #", ">ABCD|capture-end", "connections_reused=0"},
    {"both open at once", ">S <S >0:A <0^1:B #", ">A<B|capture-end", "connections_opened=1"},

    {"cut by the snap length", HELLO ">0+4:AB >6:CD #", ">AB{4}CD|capture-end",
     "gaps=1 octets_missing=4"},
    {"cut, and out of order", HELLO ">6:CD >0+4:AB #", ">AB{4}CD|capture-end", "octets_missing=4"},
    {"cut while held", HELLO ">2+4:CD >0:AB >8:E #", ">ABCD{4}E|capture-end", "octets_missing=4"},
    {"nothing captured of it", HELLO ">0+4 >4:E #", ">{4}E|capture-end", "octets_missing=4"},
    {"cut, sent again whole", HELLO ">0+2:AB >0:ABCD >4:E #", ">AB{2}E|capture-end",
     "octets_retransmitted=4"},
    {"cut with a FIN", HELLO ">0F+2:AB #", ">AB{2}.|capture-end", NULL},

    {"a hole acknowledged, after 50 ms", HELLO ">0:AB >4:E <0^5 *49 *1 <0^5:x", ">AB{2}E<x", NULL},
    {"filled in time", HELLO ">0:AB >4:E <0^5 *49 >2:CD <0^5:x", ">ABCDE<x", "gaps=0"},
    {"filled too late", HELLO ">0:AB >4:E <0^5 *50 >2:CD <0^5:x", ">AB{2}E<x",
     "octets_retransmitted=2"},
    {"acknowledged, then 31 segments",
     HELLO ">0:B >2:D <0^3"
           " >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0"
           " >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >1:C"
           " >3^0 >3:E",
     ">BCDE", "gaps=0"},
    {"acknowledged, then 32 segments",
     HELLO ">0:B >2:D <0^3"
           " >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0"
           " >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0 >3^0"
           " >1:C >3:E",
     ">B{1}DE", "gaps=1"},
    {"not acknowledged, it waits", HELLO ">0:AB >4:E <0^2 *100000 >2:CD", ">ABCDE", "gaps=0"},
    {"acknowledged up to the hole only", HELLO ">0:AB >4:E <0^2 *100 <0^3 *100 >2:CD", ">ABCDE",
     "gaps=0"},
    {"several holes, acknowledged at once", HELLO ">1:B >3:D >5:F <0^6 *50 <0^6:x",
     ">{1}B{1}D{1}F<x", "gaps=3"},
    {"the second hole not acknowledged", HELLO ">1:B >3:D <0^2 *100 >2:C", ">{1}BCD", "gaps=1"},
    {"one-sided, after three seconds", ">5:AB >9:E *2999 *1 >10:F", ">AB{2}EF", "gaps=1"},
    {"one-sided, filled in time", ">5:AB >9:E *2999 >7:CD", ">ABCDE", "gaps=0"},
    {"one-sided, at the end", ">5:AB >9:E #", ">AB{2}E|capture-end", "gaps=1"},
    {"never acknowledged, at the limit of a direction",
     "[connection_held=16] " HELLO ">0:AB >4:E >6:GGGGGGGGGGGGGGGGGGGG >2:CD", ">AB{2}E{1}GGGGGGGGGGGGGGGGGGGG", "gaps=2"},
    {"never acknowledged, at the limit of all", "[held_total=16] " HELLO ">0:AB >4:E 2>0:x 2>4:y", ">AB{2}E2>x{3}y",
     "gaps=2"},
    {"what the end shows as missing", HELLO ">0:AB <0^9 #", ">AB{7}|capture-end", "gaps=1"},
    {"one too many may be a FIN", HELLO ">0:AB <0^3 #", ">AB|capture-end", "gaps=0"},

    {"the response was captured before the request", HELLO "<0^3:OK >0:GET", ">GET<OK", NULL},
    {"and the request in two", HELLO "<0^3:OK >2:T >0:GE", ">GET<OK", NULL},
    {"and the response's end with it", HELLO "<2F^3 <0^3:OK >0:GET >3^3", ">GET<OK.", NULL},
    {"responses to two requests", HELLO "<0^2:a >0:AA <1^4:b >2^1:BB", ">AA<a>BB<b", NULL},
    {"the request never comes", HELLO "<0^3:OK *49 *1 <2^3:ok", ">{3}<OKok", "octets_missing=3"},
    {"half of the request never comes", HELLO "<0^4:OK >0:GE *50", ">GE{2}<OK", NULL},
    {"the request comes too late", HELLO "<0^3:OK *50 >0:GET >3:A", ">{3}<OK>A",
     "octets_retransmitted=3"},
    {"the FIN of the request was not captured", HELLO ">0:GET <0^4:OK", ">GET<OK", NULL},
    {"an ACK of a FIN", HELLO ">0F:GET <0^4:OK", ">GET.<OK", NULL},
    {"each waits for the other", HELLO ">0^2:AB <0^2:xy *49 *1", "<xy>AB", NULL},
    {"each waits for the other, at the end", HELLO ">0^2:AB <0^2:xy #", "<xy>AB|capture-end", NULL},
    {"the other side was never seen", "<0^3:OK <2^3:ok #", ">OKok|capture-end", NULL},

    {"RST", HELLO ">0:AB <0R >2:CD", ">AB|reset", "octets_after_close=2 connections_reset=1"},
    {"RST after what was acknowledged", HELLO ">0:A >2:C <0^3 >3R", ">A{1}C|reset", "gaps=1"},
    {"RST before what was not", HELLO ">0:A >2:C >3R", ">A|reset", "octets_unacknowledged=1"},
    {"RST within the window", HELLO ">0:A >60000R", ">A|reset", NULL},
    {"RST that answers an old ACK", HELLO ">0:AAAA <0^2 >2R", ">AAAA|reset", NULL},
    {"a blind RST", HELLO ">0:A >700000R >-5R >1:B #", ">AB|capture-end", "resets_implausible=2"},
    {"a connection refused", ">S <0R", "", "connections_reset=1 resets_implausible=0"},
    {"a RST without its connection", ">0R", "", "connections_midstream=0"},
    {"octets in a RST", HELLO ">0:A >1R:because", ">A|reset", "octets_in_reset=7"},

    {"the ports are used again", HELLO ">0:A ~ >S <S^0 >0:B <0^1:C", ">A|reused2>B2<C",
     "connections_reused=1 connections_opened=2"},
    {"used again after the end", HELLO ">0F:A <0F^2 ~ >S <S^0 >0:B", ">A.<.|fin2>B",
     "connections_reused=0 connections_opened=2"},
    {"used again, without its SYN", HELLO ">0F:A <0F^2:B >33333333:C", ">A.<B.|fin2>C",
     "connections_midstream=1"},
    {"late segments after the end", HELLO ">0F:A <0F^2:B >0F:A >2^2 <0F^2:B", ">A.<B.|fin",
     "connections_opened=1 connections_midstream=0 octets_after_close=2"},
    {"long after the end", HELLO ">0F:A <0F^2:B *60000 >2:C", ">A.<B.|fin2>C",
     "connections_midstream=1"},

    {"in mid-stream", ">7:AB <0^9:x", ">AB<x", "connections_midstream=1"},
    {"in mid-stream, by the other's ACK", "<0^7 >9:C >7:AB", "<ABC", "gaps=0"},
    {"in mid-stream, swapped", "<0^9 >7:AB >9:C", "<ABC", "octets_before_start=0"},
    {"in mid-stream, too early", ">7:AB >3:x >9:C", ">ABC", "octets_before_start=1"},

    {"a wild segment", HELLO ">0:A >1000000000:JUNK >1:B #", ">AB|capture-end",
     "octets_implausible=4 gaps=0"},
    {"a wild segment that is real", HELLO ">0:A >1000000000:B <0^1000000001 *50", ">A{999999999}B",
     "octets_implausible=0"},
    {"a wild ACK", HELLO ">0:A <0^1000000000:x >1:B", ">A<x>B", "acks_implausible=1 gaps=0"},
    {"a wild old segment", HELLO ">0:A >-1000000000:JUNK >1:B", ">AB", "octets_before_start=4"},
    {"a wild FIN", HELLO ">0:A >1000000000F >5F >1:BCDEFGH <0^8 #", ">ABCDEFGH|capture-end",
     "finishes_implausible=2"},
    {"octets after a FIN", HELLO ">0F:AB >1:BCD >2:C", ">AB.", "octets_after_finish=3"},
    {"another FIN", HELLO ">0F:AB >7F #", ">AB.|capture-end", NULL},
    {"wild at the limit", "[connection_held=4] " HELLO ">0:A >1000000000:JUNKJUNK >1:B #", ">AB|capture-end",
     "octets_implausible=8"},
    {"one-sided and wild", ">0:A >1000000000:J *3000 >1:B", ">AB", "octets_implausible=1"},
    {"one-sided and wild, but real", ">0:A >1000000000:B >1000000001:C *3000", ">A{999999999}BC",
     NULL},

    {"ignored", HELLO ">0:A! <0^2:x >2:more #", ">A!|capture-end", "octets_ignored=5"},
    {"ignored, with octets held", HELLO ">2:held <0^9:x >0:A! #", ">A!|capture-end",
     "octets_ignored=5"},
    {"ignored within a segment", HELLO ">2:h >0:A!xx #", ">A!|capture-end",
     "octets_ignored=3 octets_in_order=2"},
    {"ignored, then finished", HELLO ">0:A! <0F^2:x >2F:y", ">A!|fin", "connections_finished=1"},
    {"ignored, with a FIN held", HELLO ">2F:h >0:A! <0F^3", ">A!|fin", NULL},
    {"ignored, then reset", HELLO ">0:A! >2:more >6R", ">A!|reset", NULL},
    {"ignored from the hold", HELLO ">1:!B >0:A >3:C #", ">A!B|capture-end", "octets_ignored=1"},

    {"idle", HELLO ">0:A >2:C *599999 *1", ">A{1}C|idle", "connections_idle=1"},
    {"not idle", HELLO ">0:A *599999 >^0 *599999 >1:B #", ">AB|capture-end", "connections_idle=0"},
    {"idle, then again", HELLO ">0:A *600000 >1:B", ">A|idle2>B", "connections_midstream=1"},
    {"evicted", "[connections=2] " ">0:A 2>0:B >1:A 3>0:C >2:A", ">A2>B>A2|evicted3>C>A",
     "connections_evicted=1 connections_midstream=3"},
    {"the closed make room first", "[connections=2] " HELLO ">0:A >1R 2>0:B 3>0:C 2>1:B", ">A|reset2>B3>C2>B",
     "connections_evicted=0"},
    {"two connections", "2>0:B >0:A 2>1:B #", ">B2>A>B|capture-end2|capture-end", NULL},
};

/* Compares "counter=value ..." with what was counted. */
static void check_counts(struct script *script, const struct drawing *drawing)
{
    const char *at = drawing->counts != NULL ? drawing->counts : "";
    char counter[64];
    unsigned value;
    int len;
    while (sscanf(at, " %63[a-z_]=%u%n", counter, &value, &len) == 2) {
        if (script_count(script, counter) != value) {
            fail_msg("%s: %s is %llu, not %u", drawing->what, counter,
                     (unsigned long long)script_count(script, counter), value);
        }
        at += len;
    }
    assert_int_equal(*at, '\0');
}

static void check_drawing(const struct drawing *drawing, uint32_t client_isn, uint32_t server_isn)
{
    static struct script script;
    assert_true(script_init(&script, drawing->script, client_isn, server_isn));
    assert_int_equal(script_play(&script, drawing->script), SEE_OK);
    if (strcmp(script.drawn, drawing->drawn) != 0) {
        fail_msg("%s: %s, not %s", drawing->what, script.drawn, drawing->drawn);
    }
    check_counts(&script, drawing);
    assert_balanced(&script);
    assert_int_equal(see_stream_flush(script.stream), SEE_OK);
    assert_balanced(&script);
    assert_over(&script);
    see_stream_free(script.stream);
}

static const uint32_t isns[][2] = {
    {1000, 5000000},
    {UINT32_MAX, UINT32_MAX - 1}, /* the first octet wraps */
    {UINT32_MAX - 3, 0},          /* some octet does */
    {INT32_MAX, INT32_MAX - 2},   /* the sign does */
};

static void test_drawings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(drawings) / sizeof(drawings[0]); i++) {
        for (size_t j = 0; j < sizeof(isns) / sizeof(isns[0]); j++) {
            check_drawing(&drawings[i], isns[j][0], isns[j][1]);
        }
    }
}

/* The nth allocation fails, for each n: that is said, every connection is closed, nothing leaks. */
static void test_memory_runs_out(void **state)
{
    static struct script script;
    (void)state;
    for (size_t i = 0; i < sizeof(drawings) / sizeof(drawings[0]); i++) {
        bool has_failed = true;
        for (size_t n = 1; has_failed; n++) {
            size_t live = machine.live;
            machine.count = 0;
            machine.fail_at = n;
            int rc = SEE_ENOMEM;
            if (script_init(&script, drawings[i].script, 1000, 2000)) {
                rc = script_play(&script, drawings[i].script);
                int flushed = see_stream_flush(script.stream);
                rc = rc != SEE_OK ? rc : flushed;
                assert_int_equal(flushed, rc);
                assert_over(&script);
                see_stream_free(script.stream);
            }
            has_failed = machine.count >= n;
            machine.fail_at = 0;
            assert_int_equal(rc, has_failed ? SEE_ENOMEM : SEE_OK);
            assert_int_equal(machine.live, live);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawings),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
