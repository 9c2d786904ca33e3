/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * suppress - the file of findings that are known.
 */
#ifndef SEE_CLI_SUPPRESS_H
#define SEE_CLI_SUPPRESS_H

#include "cli/file.h"
#include "core/text.h"
#include "rules/suppress.h"

struct see_cli_suppress {
    struct see_text file;
    struct see_suppressions list;
};

/* -1: read; else the exit status, and what is wrong was said. */
int see_cli_suppress_read(struct see_cli_suppress *ret_suppress, const struct see_cli_file *file,
                          const char *command);

/* Says which lines have expired. */
void see_cli_suppress_tell(const struct see_cli_suppress *suppress, const char *path);

void see_cli_suppress_finish(struct see_cli_suppress *suppress);

#endif
