/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * file - a small file that the user wrote, as a whole.
 */
#ifndef SEE_CLI_FILE_H
#define SEE_CLI_FILE_H

#include "core/text.h"

/*
 * Appends the octets of the file, at most 4 MiB.  -1: read; else the exit status, after a message:
 * SEE_EXIT_USAGE when there is no such file.
 */
int see_cli_file_read(struct see_text *text, const char *path);

#endif
