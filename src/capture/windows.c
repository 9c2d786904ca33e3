/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/windows.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* How many there are, and how many may be in use when a wait for one is over: waking costs. */
#define WINDOWS 8
#define WINDOWS_FEW 4

struct window {
    uint8_t *octets;
    size_t size;
};

struct see_windows {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct window windows[WINDOWS];
    uint64_t number;   /* of the window that is being filled; the filling thread's alone */
    uint64_t released; /* those before are free; `lock` */
    uint64_t wanted;   /* the window that is waited for; `lock` */
};

struct see_windows *see_windows_new(uint8_t *octets, size_t size)
{
    struct see_windows *windows = calloc(1, sizeof(*windows));
    if (windows == NULL) {
        return NULL;
    }
    pthread_mutex_init(&windows->lock, NULL);
    pthread_cond_init(&windows->moved, NULL);
    windows->windows[0] = (struct window){octets, size};
    return windows;
}

static void wait_for(struct see_windows *windows, uint64_t number)
{
    pthread_mutex_lock(&windows->lock);
    if (number - windows->released >= WINDOWS) {
        windows->wanted = number;
        while (number - windows->released > WINDOWS_FEW) {
            pthread_cond_wait(&windows->moved, &windows->lock);
        }
    }
    pthread_mutex_unlock(&windows->lock);
}

uint8_t *see_windows_next(struct see_windows *windows, size_t *size)
{
    uint64_t number = windows->number + 1;
    struct window *window = &windows->windows[number % WINDOWS];
    wait_for(windows, number);
    if (window->size < *size) {
        free(window->octets);
        window->octets = malloc(*size);
        window->size = window->octets != NULL ? *size : 0;
    }
    windows->number = number;
    *size = window->size;
    return window->octets;
}

uint64_t see_windows_number(const struct see_windows *windows)
{
    return windows->number;
}

void see_windows_release(struct see_windows *windows, uint64_t number)
{
    pthread_mutex_lock(&windows->lock);
    assert(number >= windows->released);
    if (number > windows->released) {
        windows->released = number;
        if (windows->wanted <= number + WINDOWS_FEW) {
            pthread_cond_signal(&windows->moved);
        }
    }
    pthread_mutex_unlock(&windows->lock);
}

void see_windows_undo(struct see_windows *windows)
{
    assert(windows->number == 0);
    windows->windows[0].octets = NULL;
    see_windows_free(windows);
}

void see_windows_free(struct see_windows *windows)
{
    if (windows == NULL) {
        return;
    }
    for (size_t i = 0; i < WINDOWS; i++) {
        free(windows->windows[i].octets);
    }
    pthread_cond_destroy(&windows->moved);
    pthread_mutex_destroy(&windows->lock);
    free(windows);
}
