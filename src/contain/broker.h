/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * broker - the parent's side: opens what its table allows, for a child that is not trusted.
 *
 * A question is one datagram of fixed size, and so is its answer, with a
 * descriptor where there is one.  Nothing in a question is a path, but where an
 * input is named: then its octets follow.
 */
#ifndef SEE_CONTAIN_BROKER_H
#define SEE_CONTAIN_BROKER_H

#include <stdint.h>
#include <sys/stat.h>

#include "contain/contain.h"

enum see_ask {
    SEE_ASK_ENTER, /* from here on the child is contained */
    SEE_ASK_OPEN,
    SEE_ASK_MAKE, /* open, or make it first */
    SEE_ASK_REMOVE,
    SEE_ASK_LOOK,
    SEE_ASK_ROTATE, /* the name of the database comes to mean another file */
    SEE_ASK_NAME,   /* one more input, by its path */
    SEE_ASK_KEEP,   /* what was made is whole */
    SEE_ASK_TIDY,   /* slices that are too old go */
    SEE_ASK_COUNT
};

/* Of a database that is looked at: through the link that the user may have named. */
#define SEE_BY_NAME 1

struct see_question {
    uint32_t ask, file;
    uint64_t number; /* of an input, of a slice */
    uint64_t octets; /* of a slice that is to be made */
};

struct see_answer {
    int32_t error;             /* errno, or 0 */
    uint64_t number;           /* of the input that was named */
    char name[SEE_SLICE_NAME]; /* of the slice that is kept */
    struct stat info;
};

/* Opens a regular file to read it, without ever waiting.  -1 with errno. */
SEE_MUST_CHECK int see_broker_open_regular(const char *path);

/* Answers until the child has closed its end. */
void see_broker_serve(int socket, const struct see_contain_job *job);

/* From the child: asks and waits.  The descriptor, 0 where there is none, or -1 with errno. */
SEE_MUST_CHECK int see_broker_ask(int socket, const struct see_question *question,
                                  struct see_answer *ret_answer);

/* The same for a question that a path belongs to. */
SEE_MUST_CHECK int see_broker_ask_about(int socket, const struct see_question *question,
                                        const char *path, struct see_answer *ret_answer);

#endif
