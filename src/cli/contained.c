/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/contained.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* Whoever asked the child to end asked us: we end as it did, so that a shell knows. */
static int end_by(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
    raise(number);
    return SEE_EXIT_FAILED;
}

/* What is left of the work. */
static const char *rest_of(enum see_contain_role role)
{
    switch (role) {
    case SEE_ROLE_EXTRACT:
        return "nothing is written";
    case SEE_ROLE_MERGE:
        return "nothing is merged";
    case SEE_ROLE_ANALYZE:
    case SEE_ROLE_MONITOR:
    case SEE_ROLE_QUERY:
        break;
    }
    return "what was stored up to its last second is in the database";
}

static int died(int number, enum see_contain_role role)
{
    char why[256];
    switch (number) {
    case SIGINT:
    case SIGTERM:
    case SIGHUP:
    case SIGQUIT:
    case SIGUSR1:
    case SIGUSR2:
        return end_by(number);
    case SIGSYS:
        snprintf(why, sizeof(why),
                 "made a system call that it has no business with, and was stopped: its input may "
                 "be an attack");
        break;
    case SIGKILL:
        snprintf(why, sizeof(why), "was killed");
        break;
    default:
        snprintf(why, sizeof(why), "crashed (%s)", strsignal(number));
        break;
    }
    see_cli_say(role == SEE_ROLE_MERGE ? "the process that reads databases"
                                       : "the process that reads packets",
                why);
    see_cli_say(rest_of(role), NULL);
    return SEE_EXIT_FAILED;
}

int see_cli_contain(bool is_contained, const struct see_contain_job *job)
{
    struct see_contain_end end;
    if (!is_contained) {
        return job->work(job->ctx, NULL);
    }
    if (see_contain_run(job, &end) != SEE_OK) {
        see_cli_say("no second process can be started", strerror(errno));
        return SEE_EXIT_FAILED;
    }
    return end.signal != 0 ? died(end.signal, job->role) : end.status;
}

static void say_contained(const struct see_contain_report *report)
{
    if (report->held.len > 0) {
        see_cli_say("contained", report->held.ptr);
    }
    if (report->missing.len > 0) {
        see_cli_say("not contained, as this system does not allow it", report->missing.ptr);
    }
}

void see_cli_give_up(struct see_contain *contain, enum see_contain_role role,
                     struct see_contain_range interfaces, const char *database, bool is_verbose)
{
    struct see_contain_report report;
    see_contain_enter(contain, role, interfaces, database, &report);
    if (is_verbose) {
        say_contained(&report);
    }
    see_contain_report_finish(&report);
}

int see_cli_enter(const struct see_cli_options *options, struct see_run *run,
                  struct see_contain *contain, enum see_contain_role role,
                  struct see_contain_range interfaces)
{
    if (contain == NULL) {
        return SEE_OK;
    }
    int status = see_run_contained(run, contain);
    if (status == SEE_OK) {
        see_cli_give_up(contain, role, interfaces, options->settings.database,
                        options->verbosity > 0);
    }
    return status;
}
