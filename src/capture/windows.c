/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/windows.h"

#include <assert.h>
#include <stdlib.h>

struct window {
    uint8_t *octets;
    size_t size;
};

struct see_windows {
    struct see_windows_owner owner;
    struct window windows[SEE_WINDOWS];
    uint64_t number; /* of the window that is being filled */
};

struct see_windows *see_windows_new(uint8_t *octets, size_t size, struct see_windows_owner owner)
{
    struct see_windows *windows = calloc(1, sizeof(*windows));
    if (windows != NULL) {
        windows->owner = owner;
        windows->windows[0] = (struct window){octets, size};
    }
    return windows;
}

uint8_t *see_windows_next(struct see_windows *windows, size_t *size)
{
    uint64_t number = windows->number + 1;
    struct window *window = &windows->windows[number % SEE_WINDOWS];
    windows->owner.wait(windows->owner.ctx, number);
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
    for (size_t i = 0; i < SEE_WINDOWS; i++) {
        free(windows->windows[i].octets);
    }
    free(windows);
}
