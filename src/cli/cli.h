/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli - the subcommands, one file each.
 *
 * Only this room prints and exits.  Results go to standard output, messages to
 * standard error as `seeother: what: why`.
 */
#ifndef SEE_CLI_CLI_H
#define SEE_CLI_CLI_H

#include <stddef.h>

enum see_exit {
    SEE_EXIT_DONE = 0,
    SEE_EXIT_FAILED = 1, /* something failed: what, why, and what is nevertheless there */
    SEE_EXIT_USAGE = 2,  /* the command line was wrong */
    SEE_EXIT_FOUND = 3,  /* --fail-on matched */
};

/* Each takes its own name as argv[0] and returns the exit status. */
int see_cli_analyze(int argc, char **argv);
int see_cli_monitor(int argc, char **argv);
int see_cli_query(int argc, char **argv);
int see_cli_extract(int argc, char **argv);
int see_cli_merge(int argc, char **argv);
int see_cli_rules(int argc, char **argv);

/* `monitor --list-interfaces`; the exit status. */
int see_cli_list_interfaces(void);

/* `seeother: what: why`, hostile octets escaped; `why` may be NULL. */
void see_cli_say(const char *what, const char *why);

/*
 * Says what getopt_long found wrong when it returned `option`, '?' or ':': its own words would hand
 * the octets of the argument on as they are.  SEE_EXIT_USAGE.
 */
int see_cli_wrong_option(const char *command, int option, char **argv);

/* Points at the help of a command, after a message; SEE_EXIT_USAGE. */
int see_cli_usage(const char *command);

#endif
