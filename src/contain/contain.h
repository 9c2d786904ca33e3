/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * contain - whoever parses strangers' octets has given up what it does not need.
 *
 *     parent                          child
 *     see_contain_run  --- fork --->  work: opens the database, an interface
 *       opens what is asked for         see_contain_enter: no way back
 *       <-------- socketpair -------->  see_contain_open, ...
 *       waits                           parses, returns
 *
 * The parent reads no packet.  It opens what the table in broker.c lists, and
 * passes the descriptor over: an input by its number, the files of a database,
 * the output.  Only captures that a database names come as paths, and that list
 * is closed before the first of them is read.  The child may do what the table
 * in sandbox.c lists.
 *
 * When either ends, so does the other.
 */
#ifndef SEE_CONTAIN_CONTAIN_H
#define SEE_CONTAIN_CONTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "contain/output.h"
#include "contain/rotate.h"
#include "contain/slices.h"
#include "core/status.h"
#include "core/text.h"

/* What a process is for decides what it may do: a column of the table in sandbox.c. */
enum see_contain_role {
    SEE_ROLE_ANALYZE = 1 << 0,
    SEE_ROLE_MONITOR = 1 << 1,
    SEE_ROLE_EXTRACT = 1 << 2,
    SEE_ROLE_MERGE = 1 << 3,
    SEE_ROLE_QUERY = 1 << 4, /* has no parent */
};

/* What can be opened in the end: rows of the table in broker.c. */
enum see_contain_file {
    SEE_FILE_INPUT,     /* by its number */
    SEE_FILE_DATABASE,  /* the main file */
    SEE_FILE_LOG,       /* beside it: -wal */
    SEE_FILE_INDEX,     /* -shm */
    SEE_FILE_JOURNAL,   /* -journal */
    SEE_FILE_DIRECTORY, /* the one that they are in, so that its changes can be synced */
    SEE_FILE_TEMPORARY, /* a file without a name in there */
    SEE_FILE_CONFIG,    /* what the user wrote, to be read again: the configuration */
    SEE_FILE_KNOWN,     /* and the findings that are known */
    /* Beside an input that is a database, by its number: */
    SEE_FILE_INPUT_LOG,
    SEE_FILE_INPUT_INDEX,
    SEE_FILE_INPUT_JOURNAL,
    SEE_FILE_OUTPUT, /* what is written besides: see contain/output.h */
    SEE_FILE_SLICE,  /* of evidence, in a directory of its own: see contain/slices.h */
    SEE_FILE_COUNT
};

/* The child's end; NULL wherever a process is not contained. */
struct see_contain;

struct see_contain_job {
    enum see_contain_role role;
    const char *database; /* as the user named it */
    bool is_new;          /* it was not there before: a child that fails may take it away again */

    /*
     * The path of an input, NULL past the last one.  Asked in the parent.  Without it the child
     * names the inputs, in `names_octets` octets at most.
     */
    const char *(*input)(void *ctx, size_t number);
    size_t names_octets;

    struct see_output *output; /* NULL: there is none */

    /* What the child does; its exit status. */
    int (*work)(void *ctx, struct see_contain *contain);
    void *ctx;

    struct see_rotation rotation; /* what becomes of databases that are full */
    const char *config, *known;   /* what can be read again; NULL: there is none */

    const char *evidence; /* the directory of evidence, or NULL */
    struct see_slices_bounds slices;
};

struct see_contain_end {
    int status; /* what `work` returned */
    int signal; /* or what killed the child; 0 when nothing did */
};

/*
 * Does the work in a child, and returns twice: in the child when the work is done, in the parent
 * when the child has ended.  Signals that ask to stop are passed on to the child.  SEE_EIO, with
 * errno, when there can be no child.
 */
SEE_MUST_CHECK int see_contain_run(const struct see_contain_job *job,
                                   struct see_contain_end *ret_end);

/* Descriptors from `first` to `last`. */
struct see_contain_range {
    int first, last;
};

#define SEE_CONTAIN_NO_RANGE ((struct see_contain_range){-1, -1})

/* What took hold and what did not, each in words for people. */
struct see_contain_report {
    struct see_text held, missing;
};

/*
 * Gives up what the role does not need; what the system does not allow is missing, and no failure.
 * `contain` may be NULL for a process that has no parent to ask: it can then open files in
 * the directory of `database`, and in those for temporary ones.  Nothing is ever sent through
 * `interfaces`.
 */
void see_contain_enter(struct see_contain *contain, enum see_contain_role role,
                       struct see_contain_range interfaces, const char *database,
                       struct see_contain_report *ret_report);
void see_contain_report_finish(struct see_contain_report *report);

/* From the child, to the parent.  -1 with errno on failure. */
SEE_MUST_CHECK int see_contain_open_input(struct see_contain *contain, size_t number);
SEE_MUST_CHECK int see_contain_open(struct see_contain *contain, enum see_contain_file file,
                                    bool makes);
SEE_MUST_CHECK int see_contain_remove(struct see_contain *contain, enum see_contain_file file);
SEE_MUST_CHECK int see_contain_look(struct see_contain *contain, enum see_contain_file file,
                                    struct stat *ret_info);
SEE_MUST_CHECK int see_contain_rotate(struct see_contain *contain);

/* The database by the name that the user gave: ENOENT where that leads to another file by now. */
SEE_MUST_CHECK int see_contain_look_by_name(struct see_contain *contain, struct stat *ret_info);

/* Likewise, of a slice of evidence: see slices.h. */
SEE_MUST_CHECK int see_contain_make_slice(struct see_contain *contain, uint64_t number,
                                          uint64_t octets);
SEE_MUST_CHECK int see_contain_keep_slice(struct see_contain *contain,
                                          char ret_name[SEE_SLICE_NAME]);
SEE_MUST_CHECK int see_contain_drop_slice(struct see_contain *contain);
SEE_MUST_CHECK int see_contain_tidy_slices(struct see_contain *contain);

/*
 * Adds to the inputs what a database names, if it is there, and tells about it.  Once an input was
 * opened no more can be named: what is in them must not choose what is read next.
 */
SEE_MUST_CHECK int see_contain_name_input(struct see_contain *contain, const char *path,
                                          size_t *ret_number, struct stat *ret_info);

/* The same for an input that is a database, and what lies beside it. */
SEE_MUST_CHECK int see_contain_open_source(struct see_contain *contain, size_t number,
                                           enum see_contain_file file, bool makes);
SEE_MUST_CHECK int see_contain_look_source(struct see_contain *contain, size_t number,
                                           enum see_contain_file file, struct stat *ret_info);

/* The output is whole and gets its name. */
SEE_MUST_CHECK int see_contain_keep_output(struct see_contain *contain);

#endif
