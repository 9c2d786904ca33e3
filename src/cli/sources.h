/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sources - the captures that a database names, found again.
 *
 *     find   looks for all of them: where they were, or beside the database
 *     open   one of them; from the first time on, nothing is looked for any more
 *
 * By ourselves, or through the parent when this process is contained.
 */
#ifndef SEE_CLI_SOURCES_H
#define SEE_CLI_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "capture/capture.h"
#include "contain/contain.h"
#include "store/evidence.h"

struct see_source;

struct see_sources {
    const struct see_evidence *evidence; /* borrowed, as are the others */
    const char *database;
    struct see_contain *contain; /* NULL when it is not contained */
    struct see_source *list;     /* one for each capture of the evidence */
};

/* SEE_ENOMEM; SEE_EIO when the parent takes no more names, with errno. */
SEE_MUST_CHECK int see_sources_find(struct see_sources *ret_sources,
                                    const struct see_evidence *evidence, const char *database,
                                    struct see_contain *contain);
void see_sources_finish(struct see_sources *sources);

/*
 * On failure `error` gets what kept us from opening it.  Where it was taken from instead of its own
 * place, `ret_instead` tells; it is to be finished either way.
 */
SEE_MUST_CHECK int see_sources_open(const struct see_sources *sources,
                                    const struct see_evidence_capture *capture,
                                    struct see_capture **ret_capture, struct see_text *ret_instead,
                                    char *error, size_t error_size);

/* Whether a file is one of them, by whatever name. */
bool see_sources_has(const struct see_sources *sources, const struct stat *file);

#endif
