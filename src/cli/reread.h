/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reread - the files that the user wrote are read again while all goes on.
 */
#ifndef SEE_CLI_REREAD_H
#define SEE_CLI_REREAD_H

#include "cli/options.h"

/*
 * Reads the configuration and the suppressions again, through `contain` unless that is NULL, and
 * takes over into `options` what can change.  What needs a restart is said, and stays.  False where
 * something is wrong: this was said, and all stays as it was.
 */
bool see_cli_reread(struct see_cli_options *options, struct see_contain *contain);

#endif
