/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * status - how a call that can fail says so.
 *
 * Zero is success, negative is one of these.  Bad traffic is never an error:
 * it is counted and flows on.  These are for the machine: memory, disk,
 * device, database.
 */
#ifndef SEE_CORE_STATUS_H
#define SEE_CORE_STATUS_H

enum see_status {
    SEE_OK = 0,
    SEE_ENOMEM = -1,  /* memory ran out */
    SEE_EIO = -2,     /* reading or writing failed */
    SEE_EFORMAT = -3, /* the file is not what it should be */
    SEE_ETRUNC = -4,  /* the file ends before it should */
    SEE_EINVAL = -5,  /* an argument that the user gave cannot be used */
    SEE_EBUSY = -6,   /* someone else holds it */
    SEE_EACCES = -7,  /* no permission */
    SEE_ENEWER = -8,  /* made by a newer program than this one */
};

#define SEE_MUST_CHECK __attribute__((warn_unused_result))

/* A sentence fragment for `status`, without a full stop; static storage. */
const char *see_status_text(int status);

#endif
