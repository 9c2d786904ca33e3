/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/input.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/ahead.h"
#include "capture/windows.h"

#define PACKED_SIZE ((size_t)64 * 1024)

/* The first reads are small: often only the first packet is wanted, to put files in order. */
#define FIRST_READ ((size_t)4096)

/* A packed file is worth a thread when so much of it was read and there is more. */
#define AHEAD_FROM SEE_INPUT_WINDOW

static void set_why(struct see_input *input, enum see_input_state state, const char *why)
{
    input->state = state;
    snprintf(input->why, sizeof(input->why), "%s", why);
}

/* As read(), but it ends with EINTR when nothing comes in time. */
static ssize_t read_in_time(struct see_input *input, uint8_t *out, size_t size)
{
    struct pollfd ready = {.fd = input->fd, .events = POLLIN};
    if (input->wait_ms >= 0) {
        int count = poll(&ready, 1, input->wait_ms);
        if (count == 0) {
            errno = EINTR;
        }
        if (count <= 0) {
            return -1;
        }
    }
    return read(input->fd, out, size);
}

/* Reads what there is, waiting for the first octet.  0: `state` says why, or the file has ended. */
static size_t read_some(struct see_input *input, uint8_t *out, size_t size)
{
    for (;;) {
        ssize_t got = read_in_time(input, out, size);
        if (got >= 0) {
            input->read += (uint64_t)got;
            return (size_t)got;
        }
        struct pollfd ready = {.fd = input->fd, .events = POLLIN};
        if ((errno == EAGAIN || errno == EWOULDBLOCK) && poll(&ready, 1, -1) >= 0) {
            continue;
        }
        if (errno == EINTR) {
            input->state = SEE_INPUT_INTERRUPTED;
        } else {
            char why[sizeof(input->why)];
            snprintf(why, sizeof(why), "reading failed: %s", strerror(errno));
            set_why(input, SEE_INPUT_BROKEN, why);
        }
        return 0;
    }
}

static void pull_plain(struct see_input *input)
{
    if (input->fd < 0) {
        input->state = SEE_INPUT_ENDED;
        return;
    }
    size_t room = input->size - input->end;
    size_t size = input->read < FIRST_READ && room > FIRST_READ ? FIRST_READ : room;
    size_t got = read_some(input, input->own + input->end, size);
    input->end += got;
    if (got == 0 && input->state == SEE_INPUT_OPEN) {
        input->state = SEE_INPUT_ENDED;
    }
}

static void refill_packed(struct see_input *input)
{
    input->packed_start = 0;
    input->packed_end = read_some(input, input->packed_own, PACKED_SIZE);
    input->packed_is_over = input->packed_end == 0 && input->state == SEE_INPUT_OPEN;
}

static void pull_packed(struct see_input *input)
{
    if (input->packed_start == input->packed_end && !input->packed_is_over && !input->has_more) {
        refill_packed(input);
        if (input->state != SEE_INPUT_OPEN) {
            return;
        }
    }
    struct see_unpack_step step = {
        .in = input->packed + input->packed_start,
        .in_len = input->packed_end - input->packed_start,
        .is_last = input->packed_is_over,
        .out = input->own + input->end,
        .out_len = input->size - input->end,
    };
    int status = input->unpacker->step(input->unpacking, &step);
    input->packed_start += step.used;
    input->end += step.made;
    input->has_more = step.made == step.out_len;
    if (status == SEE_ENOMEM) {
        input->state = SEE_INPUT_NO_MEMORY;
    } else if (status != SEE_OK) {
        set_why(input, SEE_INPUT_BROKEN, step.why);
    } else if (step.made == 0 && step.used == 0 && input->packed_is_over) {
        bool is_whole = input->unpacker->is_whole(input->unpacking);
        input->state = is_whole ? SEE_INPUT_ENDED : SEE_INPUT_CUT;
    }
}

void see_input_pull(struct see_input *input)
{
    if (input->unpacker != NULL) {
        pull_packed(input);
    } else {
        pull_plain(input);
    }
}

/* The thread gets the file, and what unpacks it. */
static void read_ahead(struct see_input *input)
{
    input->may_read_ahead = false;
    input->ahead = see_ahead_start(input);
    if (input->ahead != NULL) {
        input->closes_fd = false;
        input->unpacking = NULL;
        input->packed_own = NULL;
        input->packed_start = input->packed_end = 0;
        input->own_size = input->size;
    }
}

/* What lies ready goes on in another window, which has room for `wanted` octets in all. */
static bool move_on(struct see_input *input, size_t wanted)
{
    size_t ready = see_input_ready(input);
    size_t size = wanted > SEE_INPUT_WINDOW ? SEE_INPUT_MAX : SEE_INPUT_WINDOW;
    uint8_t *own = see_windows_next(input->windows, &size);
    if (own == NULL) {
        input->state = SEE_INPUT_NO_MEMORY;
        return false;
    }
    memcpy(own, see_input_at(input), ready);
    input->octets = input->own = own;
    input->start = 0;
    input->end = ready;
    input->size = size;
    return true;
}

/* Makes room behind what lies ready, for `wanted` octets in all. */
static bool make_room(struct see_input *input, size_t wanted)
{
    assert(wanted <= SEE_INPUT_MAX);
    if (input->own == NULL) {
        return true;
    }
    if (input->windows != NULL) {
        return input->end < input->size && wanted <= input->size - input->start
                   ? true
                   : move_on(input, wanted);
    }
    if (input->start > 0) {
        memmove(input->own, input->own + input->start, see_input_ready(input));
        input->end -= input->start;
        input->start = 0;
    }
    if (wanted <= input->size) {
        return true;
    }
    size_t size = input->size;
    while (size < wanted) {
        size *= 2;
    }
    uint8_t *own = realloc(input->own, size);
    if (own == NULL) {
        input->state = SEE_INPUT_NO_MEMORY;
        return false;
    }
    input->octets = input->own = own;
    input->size = size;
    return true;
}

size_t see_input_fill(struct see_input *input, size_t wanted)
{
    if (input->state == SEE_INPUT_INTERRUPTED) {
        input->state = SEE_INPUT_OPEN;
    }
    while (input->state == SEE_INPUT_OPEN &&
           (input->to_skip > 0 || see_input_ready(input) < wanted)) {
        if (input->may_read_ahead && input->unpacker != NULL && input->read >= AHEAD_FROM) {
            read_ahead(input);
        }
        if (input->ahead != NULL) {
            see_ahead_pull(input->ahead, input, wanted);
        } else if (make_room(input, wanted)) {
            see_input_pull(input);
        } else {
            break;
        }
        uint64_t to_skip = input->to_skip;
        input->to_skip = 0;
        see_input_skip(input, to_skip);
    }
    return see_input_ready(input);
}

/* What lies in the window is packed: it becomes what is to be unpacked. */
static int begin_unpacking(struct see_input *input, const struct see_unpacker *unpacker)
{
    size_t len = see_input_ready(input);
    assert(len <= PACKED_SIZE || input->own == NULL);
    if (input->own != NULL) {
        input->packed = input->packed_own = malloc(PACKED_SIZE);
        if (input->packed == NULL) {
            return SEE_ENOMEM;
        }
        memcpy(input->packed_own, input->own, len);
    } else {
        input->packed = input->octets;
        input->own = malloc(SEE_INPUT_WINDOW);
        if (input->own == NULL) {
            return SEE_ENOMEM;
        }
        input->octets = input->own;
        input->size = SEE_INPUT_WINDOW;
        input->packed_is_over = true;
    }
    input->packed_end = len;
    input->start = input->end = 0;
    input->unpacker = unpacker;
    input->state = input->state == SEE_INPUT_ENDED ? SEE_INPUT_OPEN : input->state;
    return unpacker->open(&input->unpacking);
}

/* Looks whether the octets are packed. */
static int recognise(struct see_input *input)
{
    size_t len = see_input_want(input, SEE_UNPACK_MAGIC_MAX);
    const struct see_unpacker *unpacker = see_unpacker_of(see_input_at(input), len);
    return unpacker != NULL ? begin_unpacking(input, unpacker) : SEE_OK;
}

int see_input_init_file(struct see_input *input, int fd, bool closes_fd)
{
    *input = (struct see_input){
        .fd = fd, .closes_fd = closes_fd, .wait_ms = -1, .size = SEE_INPUT_WINDOW};
    input->octets = input->own = malloc(SEE_INPUT_WINDOW);
    return input->own != NULL ? recognise(input) : SEE_ENOMEM;
}

int see_input_init_memory(struct see_input *input, struct see_view octets)
{
    *input = (struct see_input){
        .fd = -1,
        .wait_ms = -1,
        .octets = (const uint8_t *)octets.ptr,
        .end = octets.len,
        .size = octets.len,
        .read = octets.len,
    };
    return recognise(input);
}

int see_input_keep(struct see_input *input, struct see_windows_owner owner)
{
    assert(input->own != NULL && input->unpacker == NULL && input->ahead == NULL);
    input->windows = see_windows_new(input->own, input->size, owner);
    return input->windows != NULL ? SEE_OK : SEE_ENOMEM;
}

void see_input_keep_not(struct see_input *input)
{
    see_windows_undo(input->windows);
    input->windows = NULL;
}

void see_input_finish(struct see_input *input)
{
    see_ahead_free(input->ahead);
    if (input->unpacker != NULL) {
        input->unpacker->close(input->unpacking);
    }
    if (input->closes_fd) {
        close(input->fd);
    }
    free(input->packed_own);
    if (input->windows == NULL) {
        free(input->own);
    }
    see_windows_free(input->windows);
    *input = (struct see_input){.fd = -1};
}

uint64_t see_input_position(const struct see_input *input)
{
    size_t unused =
        input->unpacker != NULL ? input->packed_end - input->packed_start : see_input_ready(input);
    return input->read - unused;
}
