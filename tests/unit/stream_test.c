/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream_test - draws what becomes of segments in and out of order.
 *
 * Every case runs again for each of its allocations, which fails (alloc.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alloc.h"
#include "hostile.h"
#include "stream_script.h"

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
    {"both FINs held at the end", HELLO ">1F:B <0F^3 #", ">{1}B.<.|fin", "connections_finished=1"},
    {"a hole filled by a longer one", HELLO ">2:CC >0:AABBDD #", ">AACCDD|capture-end",
     "octets_conflicting=2"},
    {"a hole filled bit by bit", HELLO ">5:FG >0:A >3:D >1:BC >4:E #", ">ABCDEFG|capture-end",
     NULL},

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
    {"sent again with one octet changed", HELLO ">1:ABC >1:AXC >0:-", ">-ABC",
     "octets_conflicting=1 octets_retransmitted=2"},

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
    {"an answer before all that it answers", "<S^0 <0^3:OK *49 >S >0:GET <2^3:x #",
     ">GET<OKx|capture-end", "connections_opened=1 gaps=0"},
    {"an answer, and nothing that it answers", "<S^0 <0^3:OK *49 *1 <2^3:x", "<OKx", "gaps=0"},
    {"a SYN-ACK of something else", ">S <S^77:no <S^0 <0^0:A", "<A",
     "acks_implausible=1 octets_implausible=2 connections_reused=0"},
    {"a SYN after the octets", ">0:ABC >S <S^0 >3:D #", ">ABCD|capture-end",
     "connections_reused=0"},
    {"both open at once", ">S <S >0:A <0^1:B #", ">A<B|capture-end", "connections_opened=1"},

    {"cut by the snap length", HELLO ">0+4:AB >6:CD #", ">AB{4}CD|capture-end",
     "gaps=1 octets_missing=4"},
    {"cut, and out of order", HELLO ">6:CD >0+4:AB #", ">AB{4}CD|capture-end", "octets_missing=4"},
    {"cut while held", HELLO ">2+4:CD >0:AB >8:E #", ">ABCD{4}E|capture-end", "octets_missing=4"},
    {"nothing captured of it", HELLO ">0+4 >4:E #", ">{4}E|capture-end", "octets_missing=4"},
    {"cut by more than can be", HELLO ">0+4000000:A >1:B", ">AB", "gaps=0"},
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
    {"holes filled, one acknowledged", HELLO ">2:C >4:E >6:G >0:AB >3:D <0^7 *50", ">ABCDE{1}G",
     "gaps=1"},
    {"the first hole acknowledged, found last", HELLO ">4:E >2:C <0^3 *50", ">{2}C", "gaps=1"},
    {"acknowledged before it is a hole", HELLO ">0:A <0^9 >2:C *50", ">A{1}C", "gaps=1"},
    {"one-sided, after three seconds", ">5:AB *50 >9:E *2999 *1 >10:F", ">AB{2}EF", "gaps=1"},
    {"one-sided, filled in time", ">5:AB *50 >9:E *2999 >7:CD", ">ABCDE", "gaps=0"},
    {"one-sided, at the end", ">5:AB >9:E #", ">AB{2}E|capture-end", "gaps=1"},
    {"one-sided, and moving", ">0:A >5:F *2000 >1:B *2000 >2:CDE", ">ABCDEF", "gaps=0"},
    {"one-sided no longer", ">0:A *50 >3:D *10 <0^4 *50", ">A{2}D", "gaps=1"},
    {"never acknowledged, at the limit of a direction",
     "[connection_held=16] " HELLO ">0:AB >4:E >6:GGGGGGGGGGGGGGGGGGGG >2:CD",
     ">AB{2}E{1}GGGGGGGGGGGGGGGGGGGG", "gaps=2"},
    {"never acknowledged, at the limit of all", "[held_total=16] " HELLO ">0:AB >4:E 2>0:x 2>4:y",
     ">AB{2}E2>x{3}y", "gaps=2"},
    {"what the end shows as missing", HELLO ">0:AB <0^9 #", ">AB{7}|capture-end", "gaps=1"},
    {"one too many may be a FIN", HELLO ">0:AB <0^3 #", ">AB|capture-end", "gaps=0"},

    {"the response was captured before the request", HELLO "<0^3:OK >0:GET", ">GET<OK", NULL},
    {"and the request in two", HELLO "<0^3:OK >2:T >0:GE", ">GET<OK", NULL},
    {"and the response's end with it", HELLO "<2F^3 <0^3:OK >0:GET >3^3", ">GET<OK.", NULL},
    {"responses to two requests", HELLO "<0^1:a >0:A <1^2:b >1^1:B", ">A<a>B<b", NULL},
    {"the request never comes", HELLO "<0^3:OK *49 *1 <2^3:ok", ">{3}<OKok", "octets_missing=3"},
    {"half of the request never comes", HELLO "<0^4:OK >0:GE *50", ">GE{2}<OK", NULL},
    {"the request comes too late", HELLO "<0^3:OK *50 >0:GET >3:A", ">{3}<OK>A",
     "octets_retransmitted=3"},
    {"the FIN of the request was not captured", HELLO ">0:GET <0^4:O *50 <1^4:K", ">GET<OK",
     "gaps=0"},
    {"one octet of the request comes late", HELLO ">0:GE <0^3:O >2:T", ">GET<O", "gaps=0"},
    {"one octet of the request comes much too late", HELLO ">0:GE <0^3:O *50 >2:TA", ">GE<O>TA",
     "gaps=0"},
    {"and is followed by others", HELLO ">0:GE <0^3:O *50 >2:T <1^4:K >3:A", ">GE<O>TA<K", NULL},
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
    {"used again, without its SYN", HELLO ">0F:A <0F^2:B >33333333:C *50", ">A.<B.|fin2>C",
     "connections_midstream=1"},
    {"used again, its octets before its SYN", HELLO ">0F:A <0F^2:B ~ >0:PUT >S <S^0 >3:x",
     ">A.<B.|fin2>PUTx", "octets_after_close=0 connections_reused=0"},
    {"used again with numbers nearby", ">5:A *50 >6R >S <S^0 >0:B", ">A|reset2>B",
     "connections_midstream=1 connections_opened=1"},
    {"late segments after the end", HELLO ">0F:A <0F^2:B >0F:A >2^2 <0F^2:B", ">A.<B.|fin",
     "connections_opened=1 connections_midstream=0 octets_after_close=2"},
    {"long after the end", HELLO ">0F:A <0F^2:B *60000 >2:C *50", ">A.<B.|fin2>C",
     "connections_midstream=1"},

    {"in mid-stream", ">7:AB <0^9:x *49 *1", ">AB<x", "connections_midstream=1"},
    {"in mid-stream, by the other's ACK", "<0^7 >9:C >7:AB *50", "<ABC", "gaps=0"},
    {"in mid-stream, swapped", "<0^9 >7:AB >9:C *50", "<ABC", "octets_before_start=0"},
    {"in mid-stream, before what was acknowledged", "<0^7 <0^12 >5:ABCDE *50", "<ABCDE",
     "octets_before_start=0"},
    {"in mid-stream, too early", ">7:AB *50 >3:x >9:C", ">ABC", "octets_before_start=1"},
    {"in mid-stream, too early for an ACK", "<0^7 <0^12 >7:A *50 >5:BCDE", "<AE",
     "octets_before_start=2"},
    {"in mid-stream, the response first", "<0^3:OK >0:GET <2^3:k *50", "<GET>OKk", "gaps=0"},
    {"in mid-stream, both responses first", "<2^6:ok <0^3:OK >3^2:PUT >0:GET *50", "<GET>OK<PUT>ok",
     "gaps=0"},
    {"in mid-stream, 32 segments",
     ">7:A >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0"
     " >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0 >8^0",
     ">A", NULL},
    {"in mid-stream, at the limit", "[connection_held=4] >7:ABCDE", ">ABCDE", NULL},
    {"in mid-stream, then ended", ">7:AB <0F^9:x >9F^2 *50", ">AB<x>.<.|fin", NULL},
    {"the response before the SYN", ">0^0 <0^3:OK >S >0:GET <S^0 >3F <2F^4", ">GET<OK>.<.|fin",
     "octets_before_start=0 connections_reused=0"},
    {"both responses before the SYN", ">3^2 <2^6:ok <0^3:OK >S <S^0 >0:GET >3^2:PUT",
     ">GET<OK>PUT<ok", "octets_before_start=0 connections_reused=0"},
    {"the FINs before the SYN", ">3F^2 <2F^4 <0^3:OK >S <S^0 >0:GET", ">GET<OK.>.|fin",
     "octets_before_start=0 connections_reused=0"},
    {"the response before the SYN-ACK", ">S >0^0 <0^3:OK >0:GET <S^0", ">GET<OK", "gaps=0"},

    {"a wild segment", HELLO ">0:A >1000000000:JUNK >1:B #", ">AB|capture-end",
     "octets_implausible=4 gaps=0"},
    {"a wild segment that is real", HELLO ">0:A >1000000000:B <0^1000000001 *50", ">A{999999999}B",
     "octets_implausible=0"},
    {"a wild ACK", HELLO ">0:A <0^1000000000:x >1:B", ">A<x>B", "acks_implausible=1 gaps=0"},
    {"a wild old segment", HELLO ">0:A >-1000000000:JUNK >1:B", ">AB", "octets_before_start=4"},
    {"a wild FIN", HELLO ">0:A >1000000000F >5F >1:BCDEFGH <0^8 #", ">ABCDEFGH|capture-end",
     "finishes_implausible=2"},
    {"octets after a FIN", HELLO ">0F:AB >1:BCD >2:C", ">AB.", "octets_after_finish=3"},
    {"octets after a FIN that is to come", HELLO ">0:A >3F:D <0^5 >4:XY >1:BC", ">ABCD.",
     "octets_after_finish=2"},
    {"another FIN", HELLO ">0F:AB >7F #", ">AB.|capture-end", NULL},
    {"wild at the limit", "[connection_held=4] " HELLO ">0:A >1000000000:JUNKJUNK >1:B #",
     ">AB|capture-end", "octets_implausible=8"},
    {"one-sided and wild", ">0:A *50 >1000000000:J *3000 >1:B", ">AB", "octets_implausible=1"},
    {"one-sided and wild, but real", ">0:A *50 >1000000000:B >1000000001:C *3000",
     ">A{999999999}BC", NULL},

    {"ignored", HELLO ">0:A! <0^2:x >2:more #", ">A!|capture-end", "octets_ignored=5"},
    {"ignored, with octets held", HELLO ">2:held <0^9:x >0:A! #", ">A!|capture-end",
     "octets_ignored=5"},
    {"ignored within a segment", HELLO ">2:h >0:A!xx #", ">A!|capture-end",
     "octets_ignored=3 octets_in_order=2"},
    {"ignored, then finished", HELLO ">0:A! <0F^2:x >2F:y", ">A!|fin", "connections_finished=1"},
    {"ignored, with a FIN held", HELLO ">2F:h >0:A! <0F^3", ">A!|fin", NULL},
    {"ignored, then reset", HELLO ">0:A! >2:more >6R", ">A!|reset", NULL},
    {"forgotten", HELLO ">0:A? <0^2:x >2:more #", ">A?",
     "octets_ignored=5 connections_capture_end=1"},
    {"forgotten, then finished", HELLO ">0:A? <0F^2:x >2F:y", ">A?", "connections_finished=1"},
    {"forgotten, then begun anew", HELLO ">0:A? >2:more ~ " HELLO ">0:B #", ">A?2>B2|capture-end",
     "connections_reused=1"},
    {"ignored from the hold", HELLO ">1:!B >0:A >3:C #", ">A!B|capture-end", "octets_ignored=1"},

    {"idle", HELLO ">0:A >2:C *599999 *1", ">A{1}C|idle", "connections_idle=1"},
    {"not idle", HELLO ">0:A *599999 >^0 *599999 >1:B #", ">AB|capture-end", "connections_idle=0"},
    {"idle, then again", HELLO ">0:A *600000 >1:B *50", ">A|idle2>B", "connections_midstream=1"},
    {"evicted",
     "[connections=2] "
     ">0:A 2>0:B *50 >1:A 3>0:C *50 >2:A",
     ">A2>B>A2|evicted3>C>A", "connections_evicted=1 connections_midstream=3"},
    {"the closed make room first", "[connections=2] " HELLO ">0:A >1R 2>0:B 3>0:C *50 2>1:B",
     ">A|reset2>B3>C2>B", "connections_evicted=0"},
    {"two connections", "2>0:B >0:A *50 2>1:B #", ">B2>A>B|capture-end2|capture-end", NULL},
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
            size_t live = alloc.live;
            alloc.count = 0;
            alloc.fail_at = n;
            int rc = SEE_ENOMEM;
            if (script_init(&script, drawings[i].script, 1000, 2000)) {
                rc = script_play(&script, drawings[i].script);
                int flushed = see_stream_flush(script.stream);
                rc = rc != SEE_OK ? rc : flushed;
                assert_int_equal(flushed, rc);
                assert_over(&script);
                see_stream_free(script.stream);
            }
            has_failed = alloc.count >= n;
            alloc.fail_at = 0;
            assert_int_equal(rc, has_failed ? SEE_ENOMEM : SEE_OK);
            assert_int_equal(alloc.live, live);
        }
    }
}

/* What a chunk says beside its octets, handed on at once or from the hold. */
static void test_chunk(void **state)
{
    static struct script script;
    (void)state;
    assert_true(script_init(&script, "", 1000, UINT32_MAX));
    assert_int_equal(script_play(&script, HELLO "*5 >0:GET <0^3:A"), SEE_OK);
    struct see_endpoint client = endpoint_of(1, 40001);
    struct see_connection *connection = script.last;
    assert_int_equal(script.last_acknowledged, 3);
    assert_int_equal(script.last_stamp.frame, 5);
    assert_int_equal(connection->id, 1);
    assert_int_equal(connection->ended, SEE_CONNECTION_OPEN);
    assert_true(connection->is_opening_seen);
    assert_int_equal(connection->opened.frame, 1);
    assert_false(see_stamp_is_set(connection->closed));
    assert_int_equal(connection->ends[0].port, client.port);
    assert_true(see_address_eq(&connection->ends[0].address, &client.address));
    assert_int_equal(connection->ends[1].port, SERVER_PORT);

    /* Frames 6 to 8: the octet handed on last came in frame 6, and knew of three octets. */
    assert_int_equal(script_play(&script, "<2^3:C >3^1:MORE <1^7:B"), SEE_OK);
    assert_string_equal(script.drawn, ">GET<A>MORE<BC");
    assert_int_equal(script.last_acknowledged, 3);
    assert_int_equal(script.last_stamp.frame, 6);

    /* An ACK of a FIN is not one of an octet. */
    assert_int_equal(script_play(&script, ">7F^3 <3^8:D"), SEE_OK);
    assert_int_equal(script.last_acknowledged, 7);

    see_connection_ref(connection);
    assert_int_equal(see_stream_flush(script.stream), SEE_OK);
    see_stream_free(script.stream);
    assert_int_equal(connection->ended, SEE_CONNECTION_CAPTURE_END);
    assert_int_equal(connection->closed.frame, 10);
    assert_int_equal(connection->closed.time_ns, 5 * SEE_NS_PER_MS);
    assert_int_equal(connection->refs, 1);
    see_stream_ignore(connection); /* too late, and harmless */
    see_connection_unref(connection);
    see_connection_unref(NULL);
}

/* Whoever keeps a connection that is forgotten keeps it as it was. */
static void test_forgotten_but_kept(void **state)
{
    static struct script script;
    (void)state;
    assert_true(script_init(&script, "", 1, 2));
    assert_int_equal(script_play(&script, HELLO ">0:A"), SEE_OK);
    struct see_connection *connection = see_connection_ref(script.last);
    assert_int_equal(connection->refs, 2);
    assert_int_equal(script_play(&script, ">1:? >2:B"), SEE_OK);
    assert_int_equal(connection->refs, 1);
    assert_null(connection->flow);
    see_stream_forget(connection); /* once more, and harmless */
    assert_int_equal(see_stream_flush(script.stream), SEE_OK);
    assert_int_equal(connection->ended, SEE_CONNECTION_OPEN);
    see_connection_unref(connection);
    see_stream_free(script.stream);
}

static struct see_connection *connection_after(struct script *script, const char *steps,
                                               const char *reset)
{
    assert_true(script_init(script, "", 1, 2));
    assert_int_equal(script_play(script, steps), SEE_OK);
    struct see_connection *connection = see_connection_ref(script->last);
    assert_int_equal(script_play(script, reset), SEE_OK);
    assert_int_equal(see_stream_flush(script->stream), SEE_OK);
    see_stream_free(script->stream);
    return connection;
}

/* Who resets has read what it acknowledged, by the RST itself too, and no more. */
static void test_reset(void **state)
{
    static struct script script;
    (void)state;
    struct see_connection *connection = connection_after(&script, HELLO ">0:A <0^1:BCD", ">1R");
    assert_true(connection->has_reset[0]);
    assert_false(connection->has_reset[1]);
    assert_int_equal(connection->octets_read[1], 0);
    see_connection_unref(connection);
    connection = connection_after(&script, HELLO ">0:A <0^1:BCD >1^2 <3^1:E", ">1R");
    assert_int_equal(connection->octets_read[1], 2);
    see_connection_unref(connection);
    connection = connection_after(&script, HELLO ">0:A <0^1:BCD", ">1R^3");
    assert_int_equal(connection->octets_read[1], 3);
    see_connection_unref(connection);
    connection = connection_after(&script, HELLO ">0:A <0^1:BCD", "<3R");
    assert_true(connection->has_reset[1]);
    assert_false(connection->has_reset[0]);
    see_connection_unref(connection);
}

/* What is missing is told by its sender's end, whichever that is in the key. */
static void test_missing(void **state)
{
    static struct script script;
    (void)state;
    assert_true(script_init(&script, "", 1, 2));
    assert_int_equal(script_play(&script, HELLO ">0+3:A <0^4:B <6^4:C"), SEE_OK);
    struct see_connection *connection = see_connection_ref(script.last);
    assert_int_equal(see_stream_flush(script.stream), SEE_OK);
    assert_string_equal(script.drawn, ">A{3}<B{5}C|capture-end");
    assert_int_equal(connection->octets_missing[0], 3);
    assert_int_equal(connection->octets_missing[1], 5);
    see_connection_unref(connection);
    see_stream_free(script.stream);
}

/* Equal ends in another network are another connection. */
static void test_networks(void **state)
{
    static const struct see_network network = {.id = 7};
    static struct script script;
    (void)state;
    assert_true(script_init(&script, "", 1, 2));
    assert_int_equal(script_play(&script, HELLO ">0:A"), SEE_OK);
    script.segment.network = &network;
    script.segment.seq += 5000;
    assert_int_equal(script_feed(&script), SEE_OK);
    assert_int_equal(script_play(&script, "*50"), SEE_OK);
    assert_string_equal(script.drawn, ">A2>A");
    assert_ptr_equal(script.last->network, &network);
    see_stream_free(script.stream); /* without a flush */
}

/* What a sink fails with comes back, now and ever after; the connections are closed nevertheless.
 */
static void test_sink_fails(void **state)
{
    static struct script script;
    (void)state;
    assert_true(script_init(&script, "", 1, 2));
    assert_int_equal(script_play(&script, HELLO "2>S 2>0:x >0:A >3:C"), SEE_OK);
    script.sink_fails_with = SEE_EIO;
    assert_int_equal(script_play(&script, ">1:B"), SEE_EIO);
    script.sink_fails_with = SEE_OK;
    assert_int_equal(script_play(&script, "3>S 3>0:D"), SEE_EIO);
    assert_int_equal(see_stream_tick(script.stream, INT64_MAX), SEE_EIO);
    assert_int_equal(see_stream_flush(script.stream), SEE_EIO);
    assert_string_equal(script.drawn, "2>x>AB|capture-end2|capture-end");
    assert_over(&script);
    see_stream_free(script.stream);
}

/* The names are in the database. */
static void test_end_names(void **state)
{
    static const char *const names[] = {"open",   "fin",     "reset",      "idle",
                                        "reused", "evicted", "capture-end"};
    (void)state;
    for (int i = SEE_CONNECTION_OPEN; i <= SEE_CONNECTION_CAPTURE_END; i++) {
        assert_string_equal(see_connection_end_name((enum see_connection_end)i), names[i]);
    }
}

/* A pause of years: the segment that ends it begins a connection, or goes on with one. */
static void test_pause(void **state)
{
    static struct script script;
    (void)state;
    assert_true(script_init(&script, "", 1, 2));
    assert_int_equal(script_play(&script, HELLO ">0:A 2>S 2<S^0 2>0:B"), SEE_OK);
    script.now += 1000000 * SEE_NS_PER_S;
    assert_int_equal(script_play(&script, "3>S 3<S^0 3>0:C 3<0^1:D"), SEE_OK);
    script.now += 1000000 * SEE_NS_PER_S;
    assert_int_equal(script_play(&script, "3>1:E 3<1^2:F"), SEE_OK);
    assert_string_equal(script.drawn, ">A2>B|idle2|idle3>C3<D3>E3<F");
    script.now += 1000000 * SEE_NS_PER_S;
    assert_int_equal(script_play(&script, "3>2R"), SEE_OK);
    assert_int_equal(see_stream_flush(script.stream), SEE_OK);
    see_stream_free(script.stream);
}

/* Time that runs backwards does not move the clock, nor does a lone leap; times at both ends of the
 * scale do no harm. */
static void test_clock(void **state)
{
    static struct script script;
    (void)state;
    assert_true(script_init(&script, "", 1, 2));
    script.now = INT64_MIN;
    assert_int_equal(script_play(&script, HELLO ">0:A >2:C <0^3"), SEE_OK);
    script.now = INT64_MIN + 49 * SEE_NS_PER_MS;
    assert_int_equal(script_play(&script, ">3:D"), SEE_OK);
    script.now = INT64_MIN;
    assert_int_equal(script_play(&script, ">4:E"), SEE_OK);
    assert_string_equal(script.drawn, ">A");
    assert_int_equal(see_stream_tick(script.stream, INT64_MIN + 50 * SEE_NS_PER_MS), SEE_OK);
    assert_string_equal(script.drawn, ">A{1}CDE");
    script.now = INT64_MAX;
    assert_int_equal(script_play(&script, ">5:F"), SEE_OK);
    assert_string_equal(script.drawn, ">A{1}CDEF"); /* a lone stamp is not believed */
    assert_int_equal(script_play(&script, ">6:G"), SEE_OK);
    assert_int_equal(see_stream_flush(script.stream), SEE_OK);
    assert_string_equal(script.drawn, ">A{1}CDEFG|capture-end");
    see_stream_free(script.stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawings),
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_chunk),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_sink_fails),
        cmocka_unit_test(test_end_names),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_forgotten_but_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
