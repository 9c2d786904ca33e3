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

static int died(int number)
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
    see_cli_say("the process that reads packets", why);
    see_cli_say("what was stored up to its last second is in the database", NULL);
    return SEE_EXIT_FAILED;
}

int see_cli_contain(const struct see_cli_options *options, const struct see_contain_job *job)
{
    struct see_contain_end end;
    if (!options->is_contained) {
        return job->work(job->ctx, NULL);
    }
    if (see_contain_run(job, &end) != SEE_OK) {
        see_cli_say("no second process can be started", strerror(errno));
        return SEE_EXIT_FAILED;
    }
    return end.signal != 0 ? died(end.signal) : end.status;
}

void see_cli_say_contained(const struct see_contain_report *report)
{
    if (report->held.len > 0) {
        see_cli_say("contained", report->held.ptr);
    }
    if (report->missing.len > 0) {
        see_cli_say("not contained, as this system does not allow it", report->missing.ptr);
    }
}

int see_cli_enter(const struct see_cli_options *options, struct see_run *run,
                  struct see_contain *contain, enum see_contain_role role,
                  struct see_contain_range interfaces)
{
    struct see_contain_report report;
    if (contain == NULL) {
        return SEE_OK;
    }
    int status = see_run_contained(run, contain);
    if (status == SEE_OK) {
        see_contain_enter(contain, role, interfaces, options->settings.database, &report);
        if (options->verbosity > 0) {
            see_cli_say_contained(&report);
        }
        see_contain_report_finish(&report);
    }
    return status;
}
