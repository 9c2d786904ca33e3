/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/cutter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/recent.h"
#include "report/unearth.h"

/* Findings that one slice tells of; later ones get another. */
#define FINDINGS_MAX 16

/* How long a finding waits for its exchanges to be over. */
#define WAIT (10 * SEE_NS_PER_S)

/* Slices written at one tick. */
#define AT_ONCE 16

#define TIDY_EVERY (60 * SEE_NS_PER_S)

enum counter {
    FRAMES,
    FRAMES_USELESS,
    FRAMES_HELD,
    FRAMES_FORGOTTEN,
    FRAMES_EXPIRED,
    FINDINGS,
    FINDINGS_WITH,
    FINDINGS_WITHOUT,
    FINDINGS_WAITING,
    SLICES,
    SLICES_LACKING,
    SLICES_FAILED,
    COUNTERS
};

static const struct see_count counters[COUNTERS] = {
    [FRAMES] = {"frames", "frames", SEE_COUNT_IN, 0},
    /* What is not kept was analysed all the same, so nothing of this is dropped. */
    [FRAMES_USELESS] = {"frames_of_no_use", "frames", SEE_COUNT_OUT, 0},
    [FRAMES_HELD] = {"frames_held", "frames", SEE_COUNT_LEVEL, 0},
    [FRAMES_FORGOTTEN] = {"frames_forgotten", "frames", SEE_COUNT_OUT, 0},
    [FRAMES_EXPIRED] = {"frames_expired", "frames", SEE_COUNT_OUT, 0},
    [FINDINGS] = {"findings", "findings", SEE_COUNT_IN, 0},
    [FINDINGS_WITH] = {"findings_with_slice", "findings", SEE_COUNT_OUT, 0},
    [FINDINGS_WITHOUT] = {"findings_without_slice", "findings", SEE_COUNT_DROPPED, 0},
    [FINDINGS_WAITING] = {"findings_waiting", "findings", SEE_COUNT_LEVEL, 0},
    [SLICES] = {"slices", "slices", SEE_COUNT_NOTE, 0},
    [SLICES_LACKING] = {"slices_lacking", "slices", SEE_COUNT_NOTE, 0},
    [SLICES_FAILED] = {"slices_failed", "slices", SEE_COUNT_NOTE, 0},
};

/* Findings about one redirect or exchange; references are held. */
struct waiting {
    struct see_exchange *exchange, *followup; /* F may be NULL */
    int64_t findings[FINDINGS_MAX];
    size_t count;
    see_time_ns since; /* 0 until the next tick */
};

struct see_cutter {
    struct see_cutter_options options;
    struct see_hash_key key;
    struct see_cutter_sources sources;
    struct see_contain *contain; /* makes the files, or: */
    struct see_slices *slices;   /* opened when it is needed first */
    struct see_recent *recent;
    uint64_t flow; /* of the frame that is being dealt with */
    bool has_flow;
    struct waiting *list; /* in the order in which they came */
    size_t count;
    see_time_ns next_tidy;
    char error[256];
    struct see_count counts[COUNTERS];
};

struct see_cutter *see_cutter_new(const struct see_cutter_options *options,
                                  const struct see_hash_key *key, struct see_cutter_sources sources)
{
    struct see_cutter *cutter = calloc(1, sizeof(*cutter));
    if (cutter == NULL) {
        return NULL;
    }
    cutter->options = *options;
    cutter->key = *key;
    cutter->sources = sources;
    memcpy(cutter->counts, counters, sizeof(counters));
    cutter->recent = see_recent_new(options->limits.recent_octets);
    cutter->list = calloc(options->limits.slices_waiting + 1, sizeof(*cutter->list));
    if (cutter->recent == NULL || cutter->list == NULL) {
        see_cutter_free(cutter);
        return NULL;
    }
    return cutter;
}

static void forget(struct waiting *waiting)
{
    see_exchange_unref(waiting->exchange);
    see_exchange_unref(waiting->followup);
}

void see_cutter_free(struct see_cutter *cutter)
{
    if (cutter == NULL) {
        return;
    }
    for (size_t i = 0; cutter->list != NULL && i < cutter->count; i++) {
        forget(&cutter->list[i]);
    }
    see_slices_close(cutter->slices);
    see_recent_free(cutter->recent);
    free(cutter->list);
    free(cutter);
}

void see_cutter_contained(struct see_cutter *cutter, struct see_contain *contain)
{
    cutter->contain = contain;
}

void see_cutter_window(struct see_cutter *cutter, see_time_ns window_ns)
{
    cutter->options.window_ns = window_ns;
}

/* Time has come this far: what is older than frames may be goes. */
static void expire(struct see_cutter *cutter, see_time_ns now)
{
    see_time_ns grace = (see_time_ns)cutter->options.limits.recent_seconds * SEE_NS_PER_S;
    see_recent_expire(cutter->recent, now - cutter->options.window_ns - grace);
}

void see_cutter_frame(struct see_cutter *cutter, const struct see_frame *frame)
{
    cutter->counts[FRAMES].value++;
    cutter->has_flow = false;
    expire(cutter, frame->stamp.time_ns);
    see_recent_add(cutter->recent, frame);
}

/* One that aggregates segments of several connections is looked at for each. */
void see_cutter_segment(struct see_cutter *cutter, const struct see_segment *segment)
{
    uint64_t flow = see_unearth_flow(&cutter->key, &segment->source, &segment->destination);
    cutter->flow = cutter->has_flow && cutter->flow != flow ? SEE_UNEARTH_SHARED : flow;
    cutter->has_flow = true;
}

void see_cutter_settle(struct see_cutter *cutter, bool is_read, bool is_fragment)
{
    if (is_fragment) {
        see_recent_keep(cutter->recent, SEE_UNEARTH_SHARED);
    } else if (cutter->has_flow && is_read) {
        see_recent_keep(cutter->recent, cutter->flow);
    } else {
        see_recent_drop(cutter->recent);
    }
}

static struct see_exchange *share(const struct see_exchange *exchange)
{
    /* Only the count changes, which is not what `const` promises. */
    return exchange != NULL ? see_exchange_ref((struct see_exchange *)(uintptr_t)exchange) : NULL;
}

/* One that tells of the same exchanges, and has room. */
static struct waiting *find(struct see_cutter *cutter, const struct see_exchange *exchange,
                            const struct see_exchange *followup)
{
    for (size_t i = cutter->count; i > 0; i--) {
        struct waiting *waiting = &cutter->list[i - 1];
        if (waiting->exchange == exchange && waiting->count < FINDINGS_MAX &&
            (followup == NULL || waiting->followup == NULL || waiting->followup == followup)) {
            return waiting;
        }
    }
    return NULL;
}

void see_cutter_finding(struct see_cutter *cutter, const struct see_finding *finding, int64_t id)
{
    const struct see_exchange *followup =
        finding->redirect != NULL ? finding->redirect->followup : NULL;
    struct waiting *waiting = find(cutter, finding->exchange, followup);
    cutter->counts[FINDINGS].value++;
    if (waiting == NULL && cutter->count == cutter->options.limits.slices_waiting) {
        cutter->counts[FINDINGS_WITHOUT].value++;
        return;
    }
    if (waiting == NULL) {
        waiting = &cutter->list[cutter->count++];
        *waiting = (struct waiting){.exchange = share(finding->exchange)};
    }
    if (waiting->followup == NULL) {
        waiting->followup = share(followup);
    }
    waiting->findings[waiting->count++] = id;
    cutter->counts[FINDINGS_WAITING].value++;
}

static int failed(struct see_cutter *cutter)
{
    if (errno == ENOMEM) {
        return SEE_ENOMEM;
    }
    snprintf(cutter->error, sizeof(cutter->error), "%s: %s", cutter->options.directory,
             strerror(errno));
    return SEE_EIO;
}

/* A file for so many octets, by ourselves or through the parent. */
static int make_file(struct see_cutter *cutter, uint64_t number, size_t octets)
{
    if (cutter->contain != NULL) {
        return see_contain_make_slice(cutter->contain, number, octets);
    }
    if (cutter->slices == NULL) {
        cutter->slices = see_slices_open(cutter->options.directory, &cutter->options.bounds);
    }
    return cutter->slices != NULL ? see_slices_make(cutter->slices, number, octets, time(NULL))
                                  : -1;
}

static int keep_file(struct see_cutter *cutter, char ret_name[SEE_SLICE_NAME])
{
    return cutter->contain != NULL ? see_contain_keep_slice(cutter->contain, ret_name)
                                   : see_slices_keep(cutter->slices, ret_name);
}

static void drop_file(struct see_cutter *cutter)
{
    int why = errno;
    if (cutter->contain == NULL) {
        see_slices_drop(cutter->slices);
    } else if (see_contain_drop_slice(cutter->contain) < 0) {
        /* Then the next one takes its place. */
    }
    errno = why;
}

static bool write_all(int fd, struct see_view octets)
{
    while (octets.len > 0) {
        ssize_t written = write(fd, octets.ptr, octets.len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        octets = see_view_cut(octets, (size_t)written, octets.len);
    }
    return true;
}

static int write_file(struct see_cutter *cutter, uint64_t number, struct see_view octets,
                      char ret_name[SEE_SLICE_NAME])
{
    int fd = make_file(cutter, number, octets.len);
    if (fd < 0) {
        return failed(cutter);
    }
    bool is_written = write_all(fd, octets);
    int why = errno;
    bool is_closed = close(fd) == 0;
    errno = is_written ? errno : why;
    if (!is_written || !is_closed) {
        drop_file(cutter);
        return failed(cutter);
    }
    if (keep_file(cutter, ret_name) != 0) {
        return failed(cutter);
    }
    cutter->error[0] = '\0';
    return SEE_OK;
}

static int name_in_store(struct see_store *store, const struct waiting *waiting, const char *name)
{
    int status = SEE_OK;
    for (size_t i = 0; i < waiting->count && status == SEE_OK; i++) {
        status = see_store_evidence_file(store, waiting->findings[i], name);
    }
    return status;
}

/* SEE_EIO when there is no slice to be had, or it cannot be written. */
static int cut(struct see_cutter *cutter, struct see_store *store, const struct waiting *waiting)
{
    struct see_unearthed slice;
    char name[SEE_SLICE_NAME];
    struct see_unearth_place where = {
        .recent = cutter->recent,
        .key = &cutter->key,
        .limits = &cutter->options.limits,
        .store = store,
        .sources_ctx = cutter->sources.ctx,
        .source_name = cutter->sources.name,
    };
    int status = see_unearth(&slice, &where, waiting->findings, waiting->count);
    if (status == SEE_OK) {
        status =
            write_file(cutter, (uint64_t)waiting->findings[0], see_text_view(&slice.octets), name);
        cutter->counts[SLICES_LACKING].value += status == SEE_OK && slice.is_lacking;
    }
    see_text_finish(&slice.octets);
    return status == SEE_OK ? name_in_store(store, waiting, name) : status;
}

/* Writes the slice of the one at the place, which then waits no more. */
static int settle_one(struct see_cutter *cutter, struct see_store *store, size_t at)
{
    struct waiting waiting = cutter->list[at];
    cutter->count--;
    memmove(&cutter->list[at], &cutter->list[at + 1], (cutter->count - at) * sizeof(*cutter->list));
    int status = cut(cutter, store, &waiting);
    cutter->counts[FINDINGS_WAITING].value -= waiting.count;
    cutter->counts[status == SEE_OK ? FINDINGS_WITH : FINDINGS_WITHOUT].value += waiting.count;
    cutter->counts[status == SEE_OK ? SLICES : SLICES_FAILED].value++;
    forget(&waiting);
    return status == SEE_ENOMEM ? status : SEE_OK;
}

static bool is_due(const struct waiting *waiting, see_time_ns now)
{
    bool is_over =
        waiting->exchange->is_over && (waiting->followup == NULL || waiting->followup->is_over);
    return is_over || now - waiting->since >= WAIT || now < waiting->since;
}

static void tidy(struct see_cutter *cutter, see_time_ns now)
{
    expire(cutter, now);
    if (cutter->options.bounds.days == 0 || now < cutter->next_tidy) {
        return;
    }
    cutter->next_tidy = now + TIDY_EVERY;
    if (cutter->contain == NULL && cutter->slices != NULL) {
        see_slices_tidy(cutter->slices, time(NULL));
    } else if (cutter->contain != NULL && see_contain_tidy_slices(cutter->contain) < 0) {
        /* Then they stay a minute longer. */
        return;
    }
}

int see_cutter_tick(struct see_cutter *cutter, struct see_store *store, see_time_ns now)
{
    int status = SEE_OK;
    size_t done = 0;
    for (size_t i = 0; i < cutter->count && done < AT_ONCE && status == SEE_OK;) {
        if (cutter->list[i].since == 0) {
            cutter->list[i].since = now;
        }
        if (is_due(&cutter->list[i], now)) {
            status = settle_one(cutter, store, i);
            done++;
        } else {
            i++;
        }
    }
    tidy(cutter, now);
    return status;
}

int see_cutter_flush(struct see_cutter *cutter, struct see_store *store)
{
    int status = SEE_OK;
    while (cutter->count > 0 && status == SEE_OK) {
        status = settle_one(cutter, store, 0);
    }
    return status;
}

void see_cutter_give_up(struct see_cutter *cutter)
{
    for (size_t i = 0; i < cutter->count; i++) {
        cutter->counts[FINDINGS_WITHOUT].value += cutter->list[i].count;
        forget(&cutter->list[i]);
    }
    cutter->count = 0;
    cutter->counts[FINDINGS_WAITING].value = 0;
}

const char *see_cutter_error(const struct see_cutter *cutter)
{
    return cutter->error[0] != '\0' ? cutter->error : NULL;
}

struct see_counts see_cutter_counts(struct see_cutter *cutter)
{
    struct see_recent_counts recent = see_recent_counts(cutter->recent);
    cutter->counts[FRAMES_HELD].value = recent.held;
    cutter->counts[FRAMES_USELESS].value = recent.useless;
    cutter->counts[FRAMES_FORGOTTEN].value = recent.forgotten;
    cutter->counts[FRAMES_EXPIRED].value = recent.expired;
    return (struct see_counts){"evidence", cutter->counts, COUNTERS};
}
