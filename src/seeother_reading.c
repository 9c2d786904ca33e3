/* SPDX-License-Identifier: BSD-3-Clause */
#include "seeother_reading.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/thread.h"

/*
 * How many lots there are.  To be woken takes long: who waits for room waits until few are left,
 * and who waits for lots until there are as many, or until they take several windows.
 */
#define LOTS 256
#define LOTS_FEW (LOTS / 4)
#define WINDOWS_FEW 3

/* So many change hands at a time. */
#define HANDFUL 8

/* A filter may leave out one frame after the other: after so many there is an empty lot. */
#define TRIES 1024

struct see_reading {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t has_lots, has_room, has_window;
    struct see_capture *capture;
    struct see_run *run;
    struct see_decode *decode;                 /* the thread's own, as are... */
    struct see_frame frames[SEE_DECODE_AHEAD]; /* ... those of the lot that is being made */
    uint64_t handed;                           /* lots that were handed over so far; `lock` */
    uint64_t returned;                         /* and that came back; `lock` */
    uint64_t freed;   /* windows before this one are free; the feeder writes it with `lock` */
    uint64_t wanted;  /* the window that is waited for, or 0; `lock` */
    uint64_t made;    /* whole lots; the thread's own */
    bool is_full;     /* the reader waits for room; `lock` */
    bool is_asked;    /* and is to write rows meanwhile; `lock` */
    bool writes_rows; /* where there are any */
    bool is_empty;    /* the other one waits for lots; `lock` */
    bool is_stopped;  /* `lock` */

    uint64_t known; /* what `handed` was when it was looked at last */
    uint64_t taken; /* lots that are done with */
    bool is_out;    /* a lot is: that of the number `taken` */

    struct see_lot lots[LOTS];
};

static struct see_lot *lot_at(struct see_reading *reading, uint64_t number)
{
    return &reading->lots[number % LOTS];
}

/* Reads the heads of the messages that may begin with these segments. */
static void read_heads(struct see_lot *lot)
{
    lot->head_count = 0;
    for (size_t i = 0; i < lot->gathered.count && lot->head_count < SEE_DECODE_AHEAD; i++) {
        const struct see_segment *segment = &lot->gathered.segments[i];
        if (segment->len > 0 && segment->payload[0] >= 'A' && segment->payload[0] <= 'Z') {
            see_http_look(segment->payload, segment->len, &lot->heads[lot->head_count++]);
        }
    }
}

static void read_lot(struct see_reading *reading, struct see_lot *lot, bool is_stopped)
{
    struct see_capture *capture = reading->capture;
    int result = 0;
    for (int i = 0; i < TRIES && result == 0 && !is_stopped; i++) {
        result = see_capture_some(capture, reading->frames, SEE_DECODE_AHEAD);
    }
    size_t count = result > 0 ? (size_t)result : 0;
    int status = see_gather_frames(&lot->gathered, reading->decode, reading->frames, count);
    read_heads(lot);
    lot->result = result < 0 ? result : status;
    lot->is_last =
        lot->result != SEE_OK || is_stopped || see_capture_state(capture) != SEE_CAPTURE_RUNNING;
    lot->window = see_capture_window(capture);
    lot->position = see_capture_position(capture);
}

/* Whether the reader can begin this window, or, having waited for it, should; with `lock`. */
static bool is_window_free(const struct see_reading *reading, uint64_t number, uint64_t in_use)
{
    bool is_all_back = reading->returned == reading->handed;
    return is_all_back || number - reading->freed < in_use;
}

/* The other one lets go of windows, or of lots; with `lock`. */
static void tell_of_windows(struct see_reading *reading)
{
    if (reading->wanted > 0 && is_window_free(reading, reading->wanted, WINDOWS_FEW + 2)) {
        reading->wanted = 0;
        pthread_cond_signal(&reading->has_window);
    }
}

/* The other one has lots to take; with `lock`. */
static void tell_of_lots(struct see_reading *reading)
{
    if (reading->is_empty) {
        reading->is_empty = false;
        pthread_cond_signal(&reading->has_lots);
    }
}

/*
 * Before the reader begins a window.  The lot that is being made has nothing in those before; the
 * whole ones are handed over first, or the other one might wait for them for ever.
 */
static void wait_for_window(void *ctx, uint64_t number)
{
    struct see_reading *reading = ctx;
    pthread_mutex_lock(&reading->lock);
    if (number - reading->freed >= SEE_WINDOWS) {
        reading->handed = reading->made;
        if (reading->handed > reading->returned) {
            tell_of_lots(reading);
        }
        reading->wanted = is_window_free(reading, number, SEE_WINDOWS) ? 0 : number;
        while (reading->wanted > 0) {
            pthread_cond_wait(&reading->has_window, &reading->lock);
        }
    }
    pthread_mutex_unlock(&reading->lock);
}

/* Hands over what was made, `lot` being the last of it, and waits for room; whether to stop. */
static bool hand_over(struct see_reading *reading, const struct see_lot *lot)
{
    pthread_mutex_lock(&reading->lock);
    reading->handed = reading->made;
    uint64_t out = reading->handed - reading->returned;
    if (lot->is_last || out >= LOTS_FEW || lot->window - reading->freed >= WINDOWS_FEW) {
        tell_of_lots(reading);
    }
    reading->is_full = out > LOTS - HANDFUL;
    while (reading->is_full) {
        pthread_cond_wait(&reading->has_room, &reading->lock);
        if (reading->is_asked) {
            reading->is_asked = false;
            pthread_mutex_unlock(&reading->lock);
            see_run_help(reading->run);
            pthread_mutex_lock(&reading->lock);
        }
    }
    bool is_stopped = reading->is_stopped;
    pthread_mutex_unlock(&reading->lock);
    if (reading->writes_rows) {
        see_run_help(reading->run);
    }
    return is_stopped;
}

static void *read_lots(void *ctx)
{
    struct see_reading *reading = ctx;
    bool is_stopped = false, is_last = false;
    uint64_t window = 0;
    while (!is_last) {
        struct see_lot *lot = lot_at(reading, reading->made);
        read_lot(reading, lot, is_stopped);
        reading->made++;
        is_last = lot->is_last;
        if (is_last || reading->made % HANDFUL == 0 || lot->window != window) {
            is_stopped = hand_over(reading, lot);
        }
        window = lot->window;
    }
    return NULL;
}

static void reading_free(struct see_reading *reading)
{
    for (size_t i = 0; i < LOTS; i++) {
        see_gathered_finish(&reading->lots[i].gathered);
    }
    pthread_cond_destroy(&reading->has_lots);
    pthread_cond_destroy(&reading->has_room);
    pthread_cond_destroy(&reading->has_window);
    pthread_mutex_destroy(&reading->lock);
    free(reading);
}

static struct see_reading *reading_new(struct see_capture *capture, struct see_run *run)
{
    struct see_reading *reading = calloc(1, sizeof(*reading));
    if (reading == NULL) {
        return NULL;
    }
    pthread_mutex_init(&reading->lock, NULL);
    pthread_cond_init(&reading->has_lots, NULL);
    pthread_cond_init(&reading->has_room, NULL);
    pthread_cond_init(&reading->has_window, NULL);
    reading->capture = capture;
    reading->run = run;
    return reading;
}

/* False when there is no thread to be had: then the run decodes itself, as before. */
static bool start(struct see_reading *reading)
{
    reading->decode = see_run_decode_begin(reading->run);
    if (reading->decode == NULL) {
        return false;
    }
    if (!see_thread_start(&reading->thread, read_lots, reading)) {
        see_run_decode_end(reading->run);
        return false;
    }
    return true;
}

struct see_reading *see_reading_start(struct see_capture *capture, struct see_run *run,
                                      bool writes_rows)
{
    struct see_reading *reading = reading_new(capture, run);
    if (reading == NULL) {
        return NULL;
    }
    reading->writes_rows = writes_rows;
    if (see_capture_keep(capture, (struct see_windows_owner){wait_for_window, reading})) {
        if (start(reading)) {
            return reading;
        }
        see_capture_keep_not(capture);
    }
    reading_free(reading);
    return NULL;
}

/* Waits for lots, and writes the rows meanwhile that the reader does not come to; with `lock`. */
static void wait_for_lots(struct see_reading *reading)
{
    while (reading->handed == reading->taken && reading->writes_rows &&
           see_run_has_rows(reading->run)) {
        pthread_mutex_unlock(&reading->lock);
        see_run_help(reading->run);
        pthread_mutex_lock(&reading->lock);
    }
    reading->is_empty = reading->handed == reading->taken;
    while (reading->is_empty) {
        pthread_cond_wait(&reading->has_lots, &reading->lock);
    }
}

/* Returns what is done with, and waits until there is more. */
static void trade(struct see_reading *reading)
{
    pthread_mutex_lock(&reading->lock);
    reading->returned = reading->taken;
    tell_of_windows(reading);
    bool is_room = reading->is_full && reading->handed - reading->returned <= LOTS_FEW;
    reading->is_asked = reading->is_full && reading->writes_rows && see_run_has_rows(reading->run);
    reading->is_full = reading->is_full && !is_room;
    if (is_room || reading->is_asked) {
        pthread_cond_signal(&reading->has_room);
    }
    wait_for_lots(reading);
    reading->known = reading->handed;
    pthread_mutex_unlock(&reading->lock);
}

/* Nothing before this window is looked at any more. */
static void let_go(struct see_reading *reading, uint64_t window)
{
    pthread_mutex_lock(&reading->lock);
    reading->freed = window;
    tell_of_windows(reading);
    pthread_mutex_unlock(&reading->lock);
}

struct see_lot *see_reading_next(struct see_reading *reading)
{
    reading->taken += reading->is_out;
    if (reading->taken == reading->known || reading->taken % HANDFUL == 0) {
        trade(reading);
    }
    struct see_lot *lot = lot_at(reading, reading->taken);
    if (lot->window > reading->freed) {
        let_go(reading, lot->window);
    }
    reading->is_out = true;
    return lot;
}

void see_reading_stop(struct see_reading *reading)
{
    pthread_mutex_lock(&reading->lock);
    reading->is_stopped = true;
    pthread_mutex_unlock(&reading->lock);
}

void see_reading_free(struct see_reading *reading)
{
    if (reading != NULL) {
        pthread_join(reading->thread, NULL);
        see_run_decode_end(reading->run);
        reading_free(reading);
    }
}
