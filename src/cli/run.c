/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/run.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"

/* What comes in so short a time is one wish: Ctrl-C reaches both processes, and one tells the
 * other.
 */
#define ONE_WISH (500 * SEE_NS_PER_MS)

volatile sig_atomic_t see_cli_is_stopping;
static see_time_ns stopping_since; /* touched by the handler only */

static void on_signal(int number)
{
    int saved = errno;
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    see_time_ns time = (see_time_ns)now.tv_sec * SEE_NS_PER_S + now.tv_nsec;
    if (see_cli_is_stopping == 0) {
        see_cli_is_stopping = 1;
        stopping_since = time;
    } else if (time - stopping_since > ONE_WISH) {
        signal(number, SIG_DFL);
        raise(number);
    }
    errno = saved;
}

static void end_on(int number)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(number, &action, NULL);
}

void see_cli_catch_hangup(void)
{
    struct sigaction before;
    sigaction(SIGHUP, NULL, &before);
    if (before.sa_handler != SIG_IGN) {
        end_on(SIGHUP);
    }
}

void see_cli_catch_signals(void)
{
    end_on(SIGINT);
    end_on(SIGTERM);
    /* A reader that goes away is an error of writing, not the end. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

void see_cli_choose_rules(const struct see_cli_options *options, struct see_run *run)
{
    see_run_all_rules(run);
    for (size_t i = 0; i < options->only_count; i++) {
        see_run_only(run, options->only[i]);
    }
    for (size_t i = 0; i < options->disabled_count; i++) {
        see_run_disable(run, options->disabled[i]);
    }
}

int see_cli_run_open(struct see_cli_options *options, struct see_run **ret_run)
{
    char error[512];
    if (see_run_open(ret_run, &options->settings, error, sizeof(error)) != SEE_OK) {
        see_cli_say(error, NULL);
        return SEE_EXIT_FAILED;
    }
    see_cli_choose_rules(options, *ret_run);
    return -1;
}

static bool has_matched(const struct see_cli_options *options, const uint64_t *findings)
{
    switch (options->fail_on) {
    case SEE_FAIL_NEVER:
        return false;
    case SEE_FAIL_WARNING:
        return findings[SEE_SEVERITY_WARNING] + findings[SEE_SEVERITY_VIOLATION] > 0;
    case SEE_FAIL_VIOLATION:
        return findings[SEE_SEVERITY_VIOLATION] > 0;
    }
    return false;
}

int see_cli_run_close(const struct see_cli_options *options, struct see_run *run, bool has_failed)
{
    char error[512];
    if (has_failed) {
        see_run_has_failed(run);
    }
    bool is_flushed = see_run_flush(run) == SEE_OK;
    if (see_run_error(run)[0] != '\0') {
        see_cli_say(see_run_error(run), NULL);
    }
    has_failed |= !is_flushed || see_run_error(run)[0] != '\0';
    bool is_matched = has_matched(options, see_run_findings(run));
    if (see_run_close(run, error, sizeof(error)) != SEE_OK) {
        see_cli_say(error, NULL);
        has_failed = true;
    }
    if (has_failed && is_matched) {
        see_cli_say("--fail-on matched as well", "findings of that severity were stored");
    }
    return has_failed ? SEE_EXIT_FAILED : is_matched ? SEE_EXIT_FOUND : SEE_EXIT_DONE;
}
