/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slice - the frames behind findings, out of their captures and into one pcapng.
 *
 *     new -> find (reads the captures once) -> write (reads them again) -> free
 *
 * Of each connection: what opens it, and every frame of either direction from the
 * first octet of an exchange's request to the last one of its response, fragments
 * included; before the first exchange of a connection everything, since that is
 * its handshake.  Frames stay as captured, secrets and tunnels and all.
 *
 * What was captured is only believed to be what was analysed when each key frame
 * has the time and the addresses that the database knows.  Of a capture that is no
 * file there are only the frames that came last, and what is missing is missing.
 */
#ifndef SEE_REPORT_SLICE_H
#define SEE_REPORT_SLICE_H

#include <stdio.h>

#include "capture/capture.h"
#include "core/limits.h"
#include "store/evidence.h"

/* Where the frames of a capture come from, in their order. */
struct see_slice_source {
    void *ctx;
    /* 1: *ret_frame is the next one; 0: there are no more; negative: it failed. */
    int (*next)(void *ctx, struct see_frame *ret_frame);
    /* What there was, once all is read; NULL: nothing that can be compared. */
    const struct see_capture_info *(*info)(void *ctx);
    /* What an interface is called; NULL: the number and the capture tell. */
    const char *(*interface)(void *ctx, uint32_t interface);
    void (*close)(void *ctx);
};

/* That of a capture, which is closed with it. */
struct see_slice_source see_slice_source_of(struct see_capture *capture);

struct see_slice_host {
    void *ctx;
    /* False when it cannot be opened, which was said.  Called twice for each capture. */
    bool (*open)(void *ctx, const struct see_evidence_capture *capture,
                 struct see_slice_source *ret_source);
    /* Something is not as it should be. */
    void (*tell)(void *ctx, const char *what, const char *why);
    const char *why_lacking; /* a sentence for the file, where frames are missing; or NULL */
};

struct see_slice;

/* `evidence` is borrowed.  NULL when memory ran out. */
struct see_slice *see_slice_new(const struct see_evidence *evidence,
                                const struct see_limits *limits, struct see_slice_host host);

/* Looks for the frames.  SEE_ENOMEM, or what reading a capture failed with. */
SEE_MUST_CHECK int see_slice_find(struct see_slice *slice);

/* How many frames there are to write, and whether something was told that the slice lacks. */
uint64_t see_slice_frames(const struct see_slice *slice);
bool see_slice_is_lacking(const struct see_slice *slice);

/* Writes them.  SEE_EIO when it cannot be written. */
SEE_MUST_CHECK int see_slice_write(struct see_slice *slice, FILE *out);

void see_slice_free(struct see_slice *slice); /* takes NULL */

#endif
