/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother_feed - what goes into a run: frames, or segments that another thread has made of them,
 * and time.
 */
#include "core/prefetch.h"
#include "seeother_run.h"

/* Octets of a head that are fetched ahead: all that most have. */
#define FETCHED_MAX ((size_t)1024)

/* A failure that no room has put in words is a lack of memory. */
int see_run_told(struct see_run *run, int status)
{
    if (status != SEE_OK && run->error[0] == '\0') {
        run_say(run, see_status_text(status));
    }
    return status;
}

/* After whatever went in: what is due is written, and a failure told. */
static int settle(struct see_run *run, int status)
{
    if (status == SEE_OK) {
        status = run_failed_in_store(run, see_store_tick(run->store));
    }
    return see_run_told(run, status);
}

/* The frame is kept as well, as far as evidence may want it. */
static int feed_and_keep(struct see_run *run, const struct see_frame *frame)
{
    uint64_t fragments = see_decode_fragments(run->decode);
    uint64_t ignored = see_stream_ignored(run->stream);
    see_cutter_frame(run->cutter, frame);
    int status = see_decode_feed(run->decode, frame);
    see_cutter_settle(run->cutter, see_stream_ignored(run->stream) == ignored,
                      see_decode_fragments(run->decode) != fragments);
    return status;
}

static int feed(struct see_run *run, const struct see_frame *frame)
{
    int status = see_pair_tick(run->pair, frame->stamp.time_ns);
    if (status == SEE_OK) {
        status =
            run->cutter != NULL ? feed_and_keep(run, frame) : see_decode_feed(run->decode, frame);
    }
    return settle(run, status);
}

int run_end_prelude(struct see_run *run)
{
    see_time_ns time;
    int status = SEE_OK;
    if (see_prelude_is_misled(&run->prelude, &time)) {
        status = see_stream_tick(run->stream, time);
        if (status == SEE_OK) {
            status = see_pair_tick(run->pair, time);
        }
    }
    for (size_t i = 0; i < run->prelude.count && status == SEE_OK; i++) {
        status = feed(run, &run->prelude.frames[i]);
    }
    if (run->prelude.count > 0) {
        see_prelude_finish(&run->prelude);
    }
    return see_run_told(run, status);
}

int see_run_feed(struct see_run *run, const struct see_frame *frame)
{
    if (run->prelude.is_over) {
        return feed(run, frame);
    }
    int status = see_prelude_hold(&run->prelude, frame);
    if (status == SEE_OK &&
        (see_prelude_is_told(&run->prelude) || run->prelude.count == SEE_PRELUDE_MAX)) {
        return run_end_prelude(run);
    }
    return see_run_told(run, status);
}

void see_run_expect(struct see_run *run, const struct see_frame *frames, struct see_look *looks,
                    size_t count)
{
    if (run->prelude.is_over) { /* before that, what is fed now is decoded later */
        see_decode_expect(run->decode, frames, looks, count);
    }
}

struct see_decode *see_run_decode_begin(struct see_run *run)
{
    return run->prelude.is_over && run->cutter == NULL ? run->decode : NULL;
}

void see_run_decode_end(struct see_run *run)
{
    see_http_looked(run->http, NULL, 0);
    see_decode_sink_to(run->decode, run_segments(run));
}

void see_run_expect_segments(struct see_run *run, const struct see_segment *segments, size_t count,
                             const struct see_http_look *heads, size_t head_count)
{
    for (size_t i = 0; i < count; i++) {
        see_stream_expect(run->stream, &segments[i]);
    }
    for (size_t i = 0; i < head_count; i++) {
        /* Another processor has read it. */
        size_t len = heads[i].kind != SEE_SNIFF_OTHER ? heads[i].plain.len : 0;
        see_prefetch(heads[i].data, len < FETCHED_MAX ? len : FETCHED_MAX);
    }
    see_stream_expected(run->stream);
    see_http_looked(run->http, heads, head_count);
}

int see_run_feed_segments(struct see_run *run, see_time_ns time_ns,
                          const struct see_segment *segments, size_t count)
{
    int status = see_pair_tick(run->pair, time_ns);
    for (size_t i = 0; i < count && status == SEE_OK; i++) {
        status = see_stream_feed(run->stream, &segments[i]);
    }
    return settle(run, status);
}

int see_run_tick(struct see_run *run, see_time_ns now)
{
    int status = run_end_prelude(run);
    if (status == SEE_OK) {
        status = see_stream_tick(run->stream, now);
    }
    if (status == SEE_OK) {
        status = see_pair_tick(run->pair, now);
    }
    return settle(run, status);
}

int see_run_idle(struct see_run *run)
{
    return run_failed_in_store(run, see_store_tick(run->store));
}
