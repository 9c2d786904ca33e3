/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother merge - several databases into one.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/contained.h"
#include "cli/run.h"
#include "cli/suppress.h"
#include "store/merge.h"

static const char usage[] =
    "Usage: seeother merge [options] DB...\n"
    "\n"
    "Puts several databases into one, all or nothing; it is created, or appended to.  The\n"
    "same capture in two databases stays two captures, but for the shards of one run\n"
    "(analyze --shard I/N), which become that run again.\n"
    "\n"
    "  -d, --db FILE        where to (default seeother.db)\n"
    "      --suppress FILE  findings that are known, for the rules over all captures, which\n"
    "                       are asked anew; what was merged keeps what it had\n"
    "      --no-sandbox     keep all rights, to debug it\n"
    "  -q, --quiet          do not say what was merged\n"
    "  -v, --verbose        say what it is contained by\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 done; 1 something failed, and no row is changed (though a database of an\n"
    "older version is one of this version then); 2 the command line was wrong.\n";

struct job {
    const char *target;
    const char *const *sources;
    size_t count;
    const char *suppress_path; /* NULL: none */
    struct see_cli_suppress suppress;
    bool is_quiet, is_verbose, is_contained;
};

static void say_merged(const struct job *job, const struct see_merge_counts *counts)
{
    char why[128];
    if (!job->is_quiet) {
        snprintf(why, sizeof(why), "%lld capture%s and %lld finding%s of %zu database%s",
                 (long long)counts->captures, counts->captures == 1 ? "" : "s",
                 (long long)counts->findings, counts->findings == 1 ? "" : "s", job->count,
                 job->count == 1 ? "" : "s");
        see_cli_say(job->target, why);
    }
}

static int failed(int status, const char *error)
{
    see_cli_say(error, NULL);
    return status == SEE_EINVAL ? SEE_EXIT_USAGE : SEE_EXIT_FAILED;
}

/* In the process that reads databases, once the target is open. */
static int merge(void *ctx, struct see_contain *contain)
{
    const struct job *job = ctx;
    struct see_merge *merge;
    struct see_merge_counts counts = {0, 0};
    char error[512] = "";
    int status =
        see_merge_open(&merge, job->target, job->sources, job->count, error, sizeof(error));
    if (status != SEE_OK) {
        return failed(status, error);
    }
    see_cli_catch_signals();
    see_cli_catch_hangup();
    see_merge_until(merge, &see_cli_is_stopping);
    if (contain != NULL && (status = see_merge_contained(merge, contain)) == SEE_OK) {
        see_cli_give_up(contain, SEE_ROLE_MERGE, SEE_CONTAIN_NO_RANGE, job->target,
                        job->is_verbose);
    }
    if (status == SEE_OK) {
        see_merge_know(merge, job->suppress_path != NULL ? &job->suppress.list : NULL);
        status = see_merge_run(merge, &counts, error, sizeof(error));
    }
    int closed = see_merge_close(merge);
    if (status != SEE_OK || closed != SEE_OK) {
        status = status != SEE_OK ? status : closed;
        return failed(status, error[0] != '\0' ? error : see_status_text(status));
    }
    say_merged(job, &counts);
    return SEE_EXIT_DONE;
}

static const char *source_path(void *ctx, size_t number)
{
    const struct job *job = ctx;
    return number < job->count ? job->sources[number] : NULL;
}

static bool is_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Mostly a slip of the hand, and seldom seen in what comes of it. */
static void tell_twice(const struct job *job)
{
    for (size_t i = 1; i < job->count && !job->is_quiet; i++) {
        for (size_t j = 0; j < i; j++) {
            if (is_same(job->sources[i], job->sources[j])) {
                see_cli_say(job->sources[i],
                            "is named twice: all that is in it will be there twice");
                break;
            }
        }
    }
}

static int merge_contained(struct job *job)
{
    struct see_contain_job contained = {
        .role = SEE_ROLE_MERGE,
        .database = job->target,
        .is_new = access(job->target, F_OK) != 0,
        .input = source_path,
        .work = merge,
        .ctx = job,
    };
    return see_cli_contain(job->is_contained, &contained);
}

/* Before anything is made or changed: a wrong file is a wrong command line. */
static int read_suppressions(struct job *job)
{
    const struct see_cli_file file = {.path = job->suppress_path, .which = SEE_FILE_KNOWN};
    if (job->suppress_path == NULL) {
        return -1;
    }
    int exit_status = see_cli_suppress_read(&job->suppress, &file, "merge");
    if (exit_status == -1 && !job->is_quiet) {
        see_cli_suppress_tell(&job->suppress, job->suppress_path);
    }
    return exit_status;
}

int see_cli_merge(int argc, char **argv)
{
    static const struct option options[] = {
        {"db", required_argument, NULL, 'd'},
        {"no-sandbox", no_argument, NULL, 'n'},
        {"suppress", required_argument, NULL, 's'},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct job job = {.target = "seeother.db", .is_contained = true};
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":d:hqv", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            job.target = optarg;
            break;
        case 'n':
            job.is_contained = false;
            break;
        case 's':
            job.suppress_path = optarg;
            break;
        case 'q':
            job.is_quiet = true;
            break;
        case 'v':
            job.is_verbose = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return SEE_EXIT_DONE;
        default:
            return see_cli_wrong_option("merge", option, argv);
        }
    }
    if (optind == argc) {
        see_cli_say("no database is named", NULL);
        return see_cli_usage("merge");
    }
    job.sources = (const char *const *)(argv + optind);
    job.count = (size_t)(argc - optind);
    int exit_status = read_suppressions(&job);
    if (exit_status != -1) {
        return exit_status;
    }
    tell_twice(&job);
    exit_status = merge_contained(&job);
    if (job.suppress_path != NULL) {
        see_cli_suppress_finish(&job.suppress);
    }
    return exit_status;
}
