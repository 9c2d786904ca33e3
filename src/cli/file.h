/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * file - a small file that the user wrote, as a whole.
 */
#ifndef SEE_CLI_FILE_H
#define SEE_CLI_FILE_H

#include "contain/contain.h"
#include "core/text.h"

struct see_cli_file {
    const char *path;
    enum see_contain_file which;
    bool is_again;               /* has been read before: nothing may be waited for */
    struct see_contain *contain; /* who opens it then; NULL: we do */
};

/*
 * Appends the octets of the file, at most 4 MiB.  -1: read; else the exit status, after a message:
 * SEE_EXIT_USAGE when there is no such file.
 */
int see_cli_file_read(struct see_text *text, const struct see_cli_file *file);

#endif
