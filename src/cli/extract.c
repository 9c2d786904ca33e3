/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother extract - writes the frames behind findings, out of their captures, as pcapng.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/contained.h"
#include "cli/sources.h"
#include "contain/output.h"
#include "core/limits.h"
#include "core/text.h"
#include "report/slice.h"

#define WISHES_MAX 1024

struct settings {
    const char *database;
    const char *output; /* NULL: standard output */
    struct see_evidence_wish wishes[WISHES_MAX];
    size_t wish_count;
    bool is_quiet, is_verbose, is_contained;
};

/* What is done; in the process that reads packets there is whom to ask for files. */
struct job {
    const struct settings *settings;
    struct see_limits limits;
    struct see_output output;
    struct stat database;        /* so that it is not written over */
    struct see_contain *contain; /* NULL when it is not */
};

static const char usage[] =
    "Usage: seeother extract [options] --finding N | --chain N | --of-client C ...\n"
    "\n"
    "Writes the frames of the exchanges involved, handshake included, from the original\n"
    "captures, as pcapng with a comment on each key frame.  Several may be asked for at\n"
    "once.  Packets are as captured, secrets included.\n"
    "\n"
    "      --finding N         the exchanges that this finding rests on\n"
    "      --chain N           those of a chain of redirects\n"
    "      --of-client C       those of all redirects of a client\n"
    "  -o, --output FILE       where to (default: standard output)\n"
    "  -d, --db FILE           the database (default seeother.db)\n"
    "      --no-sandbox        keep all rights, to debug it\n"
    "  -q, --quiet             only say what is wrong\n"
    "  -v, --verbose           say where captures are taken from\n"
    "  -h, --help              this text\n"
    "\n"
    "A capture that is not where it was is looked for beside the database.  Exit status:\n"
    "0 done; 1 something is missing: what, and what was written nevertheless; 2 the command\n"
    "line was wrong.\n";

enum long_option { OPTION_FINDING = 256, OPTION_CHAIN, OPTION_CLIENT, OPTION_NO_SANDBOX };

static const struct option options[] = {
    {"db", required_argument, NULL, 'd'},
    {"output", required_argument, NULL, 'o'},
    {"finding", required_argument, NULL, OPTION_FINDING},
    {"chain", required_argument, NULL, OPTION_CHAIN},
    {"of-client", required_argument, NULL, OPTION_CLIENT},
    {"no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int wrong(const char *what, const char *why)
{
    see_cli_say(what, why);
    return see_cli_usage("extract");
}

static bool is_id(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len < 19 && strspn(text, "0123456789") == len;
}

static int add_wish(struct settings *settings, enum see_evidence_of of)
{
    if (of != SEE_EVIDENCE_CLIENT && !is_id(optarg)) {
        return wrong(optarg, "not an id, as `seeother query` shows them");
    }
    if (settings->wish_count == WISHES_MAX) {
        return wrong(optarg, "too many are asked for at once");
    }
    settings->wishes[settings->wish_count++] = (struct see_evidence_wish){of, optarg};
    return -1;
}

static int take(struct settings *settings, int option)
{
    switch (option) {
    case 'd':
        settings->database = optarg;
        return -1;
    case 'o':
        settings->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
        return -1;
    case 'q':
        settings->is_quiet = true;
        return -1;
    case 'v':
        settings->is_verbose = true;
        return -1;
    case OPTION_FINDING:
        return add_wish(settings, SEE_EVIDENCE_FINDING);
    case OPTION_CHAIN:
        return add_wish(settings, SEE_EVIDENCE_CHAIN);
    case OPTION_CLIENT:
        return add_wish(settings, SEE_EVIDENCE_CLIENT);
    case OPTION_NO_SANDBOX:
        settings->is_contained = false;
        return -1;
    case 'h':
        fputs(usage, stdout);
        return SEE_EXIT_DONE;
    default:
        return -1;
    }
}

static int take_arguments(struct settings *settings, int argc, char **argv)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":d:ho:qv", options, NULL)) != -1) {
        bool is_wrong = option == '?' || option == ':';
        int status =
            is_wrong ? see_cli_wrong_option("extract", option, argv) : take(settings, option);
        if (status != -1) {
            return status;
        }
    }
    if (optind < argc) {
        return wrong(argv[optind], "not understood");
    }
    if (settings->wish_count == 0) {
        return wrong("nothing is asked for", "name a --finding, a --chain or a client");
    }
    if (settings->output == NULL && isatty(STDOUT_FILENO)) {
        return wrong("a capture is no text for a terminal", "name a file with -o");
    }
    return -1;
}

/* What the slice needs of us. */
struct host {
    const struct settings *settings;
    const struct see_sources *sources;
    bool is_writing; /* the second time round everything was said already */
};

static void tell(void *ctx, const char *what, const char *why)
{
    (void)ctx;
    see_cli_say(what, why);
}

static void say_taken(const struct host *host, const char *source, const struct see_text *instead)
{
    if (instead->len > 0 && !host->settings->is_quiet) {
        struct see_text why;
        see_text_init(&why);
        see_text_printf(&why, "is not there any more; taken from %s instead", instead->ptr);
        see_cli_say(source, see_text_status(&why) == SEE_OK ? why.ptr : NULL);
        see_text_finish(&why);
    } else if (instead->len == 0 && host->settings->is_verbose) {
        see_cli_say(source, "read again");
    }
}

static struct see_capture *open_capture(const struct host *host,
                                        const struct see_evidence_capture *source)
{
    struct see_capture *capture;
    struct see_text instead;
    char error[256];
    if (!source->is_file) {
        if (!host->is_writing) {
            see_cli_say(source->source, "was not read from a file, so its frames are gone");
        }
        return NULL;
    }
    int status = see_sources_open(host->sources, source, &capture, &instead, error, sizeof(error));
    if (!host->is_writing && status == SEE_OK) {
        say_taken(host, source->source, &instead);
    } else if (!host->is_writing) {
        see_cli_say(source->source, error);
    }
    see_text_finish(&instead);
    return capture;
}

static bool open_source(void *ctx, const struct see_evidence_capture *evidence,
                        struct see_slice_source *ret_source)
{
    struct see_capture *capture = open_capture(ctx, evidence);
    if (capture != NULL) {
        *ret_source = see_slice_source_of(capture);
    }
    return capture != NULL;
}

/* The file that is written: by ourselves, or through the parent when this process is contained. */
static int make_output(struct job *job)
{
    return job->contain != NULL ? see_contain_open(job->contain, SEE_FILE_OUTPUT, true)
                                : see_output_make(&job->output);
}

static int keep_output(struct job *job)
{
    return job->contain != NULL ? see_contain_keep_output(job->contain)
                                : see_output_keep(&job->output);
}

static bool look_at_output(struct job *job, struct stat *ret_info)
{
    return job->contain != NULL ? see_contain_look(job->contain, SEE_FILE_OUTPUT, ret_info) == 0
                                : stat(job->output.path, ret_info) == 0;
}

/* A file of that name is only replaced when the new one is whole; it is for its owner's eyes. */
static int write_to_file(struct job *job, struct see_slice *slice)
{
    int fd = make_output(job);
    FILE *out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    int status = out != NULL ? see_slice_write(slice, out) : SEE_EIO;
    if (out == NULL && fd >= 0) {
        close(fd);
    }
    if (out != NULL && fclose(out) != 0 && status == SEE_OK) {
        status = SEE_EIO;
    }
    if (status == SEE_OK && keep_output(job) != 0) {
        status = SEE_EIO;
    }
    if (status == SEE_EIO) {
        see_cli_say(job->output.path, strerror(errno));
    }
    return status;
}

static int write_out(struct job *job, const struct see_sources *sources, struct see_slice *slice)
{
    struct stat file;
    if (job->settings->output == NULL) {
        int status = see_slice_write(slice, stdout);
        if (status == SEE_EIO) {
            see_cli_say("standard output", strerror(errno));
        }
        return status;
    }
    /* A slip of the hand must not write over what the evidence is taken from. */
    bool exists = look_at_output(job, &file);
    if (exists && (see_sources_has(sources, &file) ||
                   (file.st_dev == job->database.st_dev && file.st_ino == job->database.st_ino))) {
        see_cli_say(job->settings->output, "is what the evidence is taken from; name another file");
        return SEE_EINVAL;
    }
    return write_to_file(job, slice);
}

static void say_done(const struct settings *settings, const struct see_slice *slice)
{
    char why[128];
    if (settings->is_quiet) {
        return;
    }
    snprintf(why, sizeof(why), "%llu frame%s as captured, secrets included",
             (unsigned long long)see_slice_frames(slice), see_slice_frames(slice) == 1 ? "" : "s");
    see_cli_say(settings->output != NULL ? settings->output : "standard output", why);
}

static int cut(struct job *job, const struct see_evidence *evidence, struct see_sources *sources)
{
    struct host host = {.settings = job->settings, .sources = sources};
    struct see_slice_host hooks = {&host, open_source, tell, NULL};
    struct see_slice *slice = see_slice_new(evidence, &job->limits, hooks);
    int status = slice != NULL ? see_slice_find(slice) : SEE_ENOMEM;
    if (status == SEE_OK && see_slice_frames(slice) == 0) {
        see_cli_say("nothing is written", "none of the frames could be had");
        see_slice_free(slice);
        return SEE_EXIT_FAILED;
    }
    if (status == SEE_OK) {
        host.is_writing = true;
        status = write_out(job, sources, slice);
    }
    if (status == SEE_OK) {
        say_done(job->settings, slice);
    } else if (status != SEE_EIO && status != SEE_EINVAL) {
        see_cli_say(see_status_text(status), NULL);
    }
    bool is_whole = status == SEE_OK && !see_slice_is_lacking(slice);
    see_slice_free(slice);
    return is_whole ? SEE_EXIT_DONE : status == SEE_EINVAL ? SEE_EXIT_USAGE : SEE_EXIT_FAILED;
}

/* All captures that the database names are looked for before the first one is read. */
static int cut_from_sources(struct job *job, const struct see_evidence *evidence)
{
    struct see_sources sources;
    int status = see_sources_find(&sources, evidence, job->settings->database, job->contain);
    if (status != SEE_OK) {
        see_cli_say("the captures cannot be looked for",
                    status == SEE_EIO ? strerror(errno) : see_status_text(status));
        return SEE_EXIT_FAILED;
    }
    int exit_status = cut(job, evidence, &sources);
    see_sources_finish(&sources);
    return exit_status;
}

static int ask(struct job *job, struct see_query *query)
{
    const struct settings *settings = job->settings;
    struct see_evidence evidence;
    char error[512];
    if (see_evidence_read(&evidence, query, settings->wishes, settings->wish_count,
                          job->limits.evidence_octets, error, sizeof(error)) != SEE_OK) {
        see_cli_say(error, NULL);
        return SEE_EXIT_FAILED;
    }
    int exit_status = cut_from_sources(job, &evidence);
    see_evidence_finish(&evidence);
    return exit_status;
}

/* In the process that reads the database and packets, once the database is open. */
static int extract(void *ctx, struct see_contain *contain)
{
    struct job *job = ctx;
    const char *database = job->settings->database;
    struct see_query *query;
    char error[512];
    if (see_query_open(&query, database, error, sizeof(error)) != SEE_OK) {
        see_cli_say(error, NULL);
        return SEE_EXIT_FAILED;
    }
    job->contain = contain;
    int exit_status = -1;
    if (stat(database, &job->database) != 0) {
        see_cli_say(database, strerror(errno));
        exit_status = SEE_EXIT_FAILED;
    } else if (contain != NULL && see_query_contained(query, contain) != SEE_OK) {
        see_cli_say(see_status_text(SEE_ENOMEM), NULL);
        exit_status = SEE_EXIT_FAILED;
    } else if (contain != NULL) {
        see_cli_give_up(contain, SEE_ROLE_EXTRACT, SEE_CONTAIN_NO_RANGE, database,
                        job->settings->is_verbose);
    }
    if (exit_status == -1) {
        exit_status = ask(job, query);
    }
    see_query_close(query);
    see_output_drop(&job->output);
    return exit_status;
}

int see_cli_extract(int argc, char **argv)
{
    struct settings settings = {.database = "seeother.db", .is_contained = true};
    int exit_status = take_arguments(&settings, argc, argv);
    if (exit_status != -1) {
        return exit_status;
    }
    struct job job = {
        .settings = &settings,
        .limits = see_limits_default(),
        .output = {.path = settings.output},
    };
    job.limits.slice_octets = SIZE_MAX; /* whoever asks can have all of it */
    struct see_contain_job contained = {
        .role = SEE_ROLE_EXTRACT,
        .database = settings.database,
        .names_octets = job.limits.evidence_octets,
        .output = settings.output != NULL ? &job.output : NULL,
        .work = extract,
        .ctx = &job,
    };
    return see_cli_contain(settings.is_contained, &contained);
}
