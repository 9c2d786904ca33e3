/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * read - what comes of an attempt to read the next record of a savefile.
 */
#ifndef SEE_CAPTURE_READ_H
#define SEE_CAPTURE_READ_H

enum see_read {
    SEE_READ_FRAME,  /* a frame, but for the number of its capture */
    SEE_READ_PASSED, /* something else: read on */
    SEE_READ_OVER,   /* no more: the reader's `state` says whether the file was whole */
    SEE_READ_WAIT,   /* a signal came while waiting: ask again, or stop */
    SEE_READ_FAILED, /* memory ran out */
};

#endif
