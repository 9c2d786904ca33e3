/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * contained - the commands that parse do it in a process that has given up what it does not need.
 */
#ifndef SEE_CLI_CONTAINED_H
#define SEE_CLI_CONTAINED_H

#include "cli/options.h"
#include "contain/contain.h"

/*
 * Does the work; when it is not contained, `work` is given NULL.  The exit status, in both
 * processes. Messages are printed.
 */
int see_cli_contain(bool is_contained, const struct see_contain_job *job);

/*
 * No way back from here; nothing happens when `contain` is NULL.  With -v it is said what was given
 * up and what could not be.  Nothing is sent through `interfaces`.  SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_cli_enter(const struct see_cli_options *options, struct see_run *run,
                                 struct see_contain *contain, enum see_contain_role role,
                                 struct see_contain_range interfaces);

/* The same for a process without a run, which is ready.  `contain` may be NULL: see there. */
void see_cli_give_up(struct see_contain *contain, enum see_contain_role role,
                     struct see_contain_range interfaces, const char *database, bool is_verbose);

#endif
