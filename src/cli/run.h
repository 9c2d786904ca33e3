/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run - a run made from options, and what ends it.
 */
#ifndef SEE_CLI_RUN_H
#define SEE_CLI_RUN_H

#include <signal.h>

#include "cli/options.h"

/* Opens the run, with rules chosen.  -1: *ret_run is there; else the exit status.  Messages are
 * printed. */
int see_cli_run_open(struct see_cli_options *options, struct see_run **ret_run);

/* The rules that the options choose are on, and no others. */
void see_cli_choose_rules(const struct see_cli_options *options, struct see_run *run);

/* Ends the run and closes it; `has_failed`: something failed before.  The exit status. */
int see_cli_run_close(const struct see_cli_options *options, struct see_run *run, bool has_failed);

/* SIGINT and SIGTERM end the run in order: set when one came.  A second one ends the process. */
extern volatile sig_atomic_t see_cli_is_stopping;
void see_cli_catch_signals(void);

/* For who reads no settings again: SIGHUP is one of them, unless it is ignored (nohup). */
void see_cli_catch_hangup(void);

#endif
