/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother merge - several databases into one.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/cli.h"
#include "store/merge.h"

static const char usage[] =
    "Usage: seeother merge [options] DB...\n"
    "\n"
    "Puts several databases into one, all or nothing; it is created, or appended to.  The\n"
    "same capture in two databases stays two captures, but for the shards of one run\n"
    "(analyze --shard I/N), which become that run again.\n"
    "\n"
    "  -d, --db FILE   where to (default seeother.db)\n"
    "  -q, --quiet     do not say what was merged\n"
    "  -v, --verbose   accepted for symmetry\n"
    "      --help      this text\n"
    "\n"
    "Exit status: 0 done; 1 something failed, and nothing is changed; 2 the command line was\n"
    "wrong.\n";

static int merge(const char *target, const char *const *sources, size_t count, bool is_quiet)
{
    struct see_merge_counts counts = {0, 0};
    char error[512] = "", why[128];
    int status = see_merge(target, sources, count, &counts, error, sizeof(error));
    if (status != SEE_OK) {
        see_cli_say(error, NULL);
        return status == SEE_EINVAL ? SEE_EXIT_USAGE : SEE_EXIT_FAILED;
    }
    if (!is_quiet) {
        snprintf(why, sizeof(why), "%lld capture%s and %lld finding%s of %zu database%s",
                 (long long)counts.captures, counts.captures == 1 ? "" : "s",
                 (long long)counts.findings, counts.findings == 1 ? "" : "s", count,
                 count == 1 ? "" : "s");
        see_cli_say(target, why);
    }
    return SEE_EXIT_DONE;
}

int see_cli_merge(int argc, char **argv)
{
    static const struct option options[] = {
        {"db", required_argument, NULL, 'd'},
        {"quiet", no_argument, NULL, 'q'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *target = "seeother.db";
    bool is_quiet = false;
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":d:qv", options, NULL)) != -1) {
        switch (option) {
        case 'd':
            target = optarg;
            break;
        case 'q':
            is_quiet = true;
            break;
        case 'v':
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
    const char *const *sources = (const char *const *)(argv + optind);
    return merge(target, sources, (size_t)(argc - optind), is_quiet);
}
