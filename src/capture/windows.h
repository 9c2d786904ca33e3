/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * windows - the memory of a file that one thread reads while another one looks at what is in it.
 *
 *     number     6          7          8          9
 *            [ free ]   [looked at] [looked at] [being filled]
 *
 * A record lies whole in one window: the beginning of one that does not fit is copied to the front
 * of the next, for which a free one is waited for.
 */
#ifndef SEE_CAPTURE_WINDOWS_H
#define SEE_CAPTURE_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

struct see_windows;

/* How many there are. */
#define SEE_WINDOWS 8

/*
 * Asked by the filling thread before it begins window `number`: comes back when nobody looks at
 * windows before `number` - SEE_WINDOWS + 1 any more.
 */
struct see_windows_owner {
    void (*wait)(void *ctx, uint64_t number);
    void *ctx;
};

/* Begins with window 0, which is `octets`, of `size`, and is owned from here on.  NULL: no memory.
 */
struct see_windows *see_windows_new(uint8_t *octets, size_t size, struct see_windows_owner owner);

/* Begins the next window, of *size octets or more, and says of how many; NULL: no memory. */
uint8_t *see_windows_next(struct see_windows *windows, size_t *size);

/* The number of the window that is being filled. */
uint64_t see_windows_number(const struct see_windows *windows);

void see_windows_free(struct see_windows *windows); /* takes NULL */

/* The same while there is only window 0, whose octets are the caller's again. */
void see_windows_undo(struct see_windows *windows);

#endif
