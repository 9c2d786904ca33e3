/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/ahead.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/input.h"
#include "core/thread.h"

#define BLOCKS 3
#define HEADROOM ((size_t)128 * 1024)

struct block {
    uint8_t *octets; /* HEADROOM, and SEE_INPUT_WINDOW behind it */
    size_t len;
    uint64_t read;              /* octets off the file that it and those before it took */
    enum see_input_state state; /* as of its end */
    char why[sizeof(((struct see_input *)NULL)->why)];
};

struct see_ahead {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct see_input source; /* the thread's alone */
    struct block blocks[BLOCKS];
    uint64_t filled;   /* blocks so far; `lock` */
    uint64_t released; /* likewise; `lock` */
    bool is_stopped;   /* `lock` */
    bool is_held;      /* the window lies in the block after those released */
};

static struct block *block_at(struct see_ahead *ahead, uint64_t number)
{
    return &ahead->blocks[number % BLOCKS];
}

/* Until the block is full, or nothing follows. */
static void fill(struct see_input *source, struct block *block)
{
    source->octets = source->own = block->octets + HEADROOM;
    source->start = source->end = 0;
    source->size = SEE_INPUT_WINDOW;
    while (source->end < source->size &&
           (source->state == SEE_INPUT_OPEN || source->state == SEE_INPUT_INTERRUPTED)) {
        source->state = SEE_INPUT_OPEN;
        see_input_pull(source);
    }
    block->len = source->end;
    block->read = source->read;
    block->state = source->state;
    memcpy(block->why, source->why, sizeof(block->why));
}

/* The next block to fill; NULL: nobody wants more. */
static struct block *wait_for_room(struct see_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (!ahead->is_stopped && ahead->filled - ahead->released == BLOCKS) {
        pthread_cond_wait(&ahead->moved, &ahead->lock);
    }
    struct block *block = ahead->is_stopped ? NULL : block_at(ahead, ahead->filled);
    pthread_mutex_unlock(&ahead->lock);
    return block;
}

static void move(struct see_ahead *ahead, uint64_t *count)
{
    pthread_mutex_lock(&ahead->lock);
    (*count)++;
    pthread_cond_signal(&ahead->moved);
    pthread_mutex_unlock(&ahead->lock);
}

static void *read_blocks(void *ctx)
{
    struct see_ahead *ahead = ctx;
    enum see_input_state state = SEE_INPUT_OPEN;
    struct block *block;
    while (state == SEE_INPUT_OPEN && (block = wait_for_room(ahead)) != NULL) {
        fill(&ahead->source, block);
        state = block->state;
        move(ahead, &ahead->filled);
    }
    return NULL;
}

static void free_blocks(struct see_ahead *ahead)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        free(ahead->blocks[i].octets);
    }
    pthread_cond_destroy(&ahead->moved);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}

struct see_ahead *see_ahead_start(const struct see_input *input)
{
    struct see_ahead *ahead = calloc(1, sizeof(*ahead));
    bool has_all = ahead != NULL;
    if (!has_all) {
        return NULL;
    }
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->moved, NULL);
    for (size_t i = 0; i < BLOCKS; i++) {
        ahead->blocks[i].octets = malloc(HEADROOM + SEE_INPUT_WINDOW);
        has_all &= ahead->blocks[i].octets != NULL;
    }
    ahead->source = *input;
    ahead->source.wait_ms = -1;
    if (!has_all || !see_thread_start(&ahead->thread, read_blocks, ahead)) {
        free_blocks(ahead);
        return NULL;
    }
    return ahead;
}

static struct block *wait_for(struct see_ahead *ahead, uint64_t number)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->filled <= number) {
        pthread_cond_wait(&ahead->moved, &ahead->lock);
    }
    pthread_mutex_unlock(&ahead->lock);
    return block_at(ahead, number);
}

/* The window moves into the block, behind the rest of what lay ready. */
static void step_into(struct see_ahead *ahead, struct see_input *input, const struct block *block)
{
    size_t tail = see_input_ready(input);
    uint8_t *at = block->octets + HEADROOM - tail;
    memcpy(at, see_input_at(input), tail);
    if (ahead->is_held) {
        move(ahead, &ahead->released);
    }
    ahead->is_held = true;
    input->octets = at;
    input->start = 0;
    input->end = input->size = tail + block->len;
}

/* For a record that no block has room for: both go into the input's own memory. */
static void join(struct see_ahead *ahead, struct see_input *input, const struct block *block)
{
    size_t tail = see_input_ready(input);
    size_t len = tail + block->len;
    if (input->own_size < len) {
        uint8_t *own = malloc(len);
        if (own == NULL) {
            input->state = SEE_INPUT_NO_MEMORY;
            return;
        }
        memcpy(own, see_input_at(input), tail);
        free(input->own);
        input->own = own;
        input->own_size = len;
    } else {
        memmove(input->own, see_input_at(input), tail);
    }
    memcpy(input->own + tail, block->octets + HEADROOM, block->len);
    input->octets = input->own;
    input->start = 0;
    input->end = input->size = len;
    if (ahead->is_held) {
        move(ahead, &ahead->released);
    }
    ahead->is_held = false;
    move(ahead, &ahead->released);
}

void see_ahead_pull(struct see_ahead *ahead, struct see_input *input, size_t wanted)
{
    const struct block *block = wait_for(ahead, ahead->released + ahead->is_held);
    enum see_input_state state = block->state;
    size_t tail = see_input_ready(input);
    input->read = block->read;
    memcpy(input->why, block->why, sizeof(input->why));
    if (tail <= HEADROOM && (tail + block->len >= wanted || state != SEE_INPUT_OPEN)) {
        step_into(ahead, input, block);
    } else {
        join(ahead, input, block);
    }
    input->state = input->state == SEE_INPUT_NO_MEMORY ? input->state : state;
}

void see_ahead_free(struct see_ahead *ahead)
{
    if (ahead == NULL) {
        return;
    }
    pthread_mutex_lock(&ahead->lock);
    ahead->is_stopped = true;
    pthread_cond_signal(&ahead->moved);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    ahead->source.own = NULL;
    see_input_finish(&ahead->source);
    free_blocks(ahead);
}
