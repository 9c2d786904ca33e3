/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother extract - writes the frames behind findings, out of their captures, as pcapng.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/text.h"
#include "report/slice.h"

#define WISHES_MAX 1024

struct settings {
    const char *database;
    const char *output; /* NULL: standard output */
    struct see_evidence_wish wishes[WISHES_MAX];
    size_t wish_count;
    bool is_quiet, is_verbose;
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
    "  -q, --quiet             only say what is wrong\n"
    "  -v, --verbose           say where captures are taken from\n"
    "      --help              this text\n"
    "\n"
    "A capture that is not where it was is looked for beside the database.  Exit status:\n"
    "0 done; 1 something is missing: what, and what was written nevertheless; 2 the command\n"
    "line was wrong.\n";

enum long_option { OPTION_FINDING = 256, OPTION_CHAIN, OPTION_CLIENT, OPTION_HELP };

static const struct option options[] = {
    {"db", required_argument, NULL, 'd'},
    {"output", required_argument, NULL, 'o'},
    {"finding", required_argument, NULL, OPTION_FINDING},
    {"chain", required_argument, NULL, OPTION_CHAIN},
    {"of-client", required_argument, NULL, OPTION_CLIENT},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, OPTION_HELP},
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
    case OPTION_HELP:
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
    while ((option = getopt_long(argc, argv, ":d:o:qv", options, NULL)) != -1) {
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
    bool is_writing; /* the second time round everything was said already */
};

static void tell(void *ctx, const char *what, const char *why)
{
    (void)ctx;
    see_cli_say(what, why);
}

/* `source`, or its last part alone, in the folder of the database. */
static void beside(struct see_text *path, const char *database, const char *source, bool is_base)
{
    const char *slash = strrchr(database, '/');
    const char *base = strrchr(source, '/');
    see_text_init(path);
    if (slash != NULL) {
        see_text_add(path, (struct see_view){database, (size_t)(slash - database) + 1});
    }
    see_text_add_string(path, is_base && base != NULL ? base + 1 : source);
}

static struct see_capture *open_beside(const struct host *host, const char *source, bool is_base)
{
    const struct see_capture_options how = {.number = 1};
    struct see_capture *capture = NULL;
    struct see_text path;
    char error[256];
    beside(&path, host->settings->database, source, is_base);
    if (see_text_status(&path) == SEE_OK &&
        see_capture_open_file(&capture, path.ptr, &how, error, sizeof(error)) == SEE_OK &&
        !host->is_writing && !host->settings->is_quiet) {
        struct see_text why;
        see_text_init(&why);
        see_text_printf(&why, "is not there any more; taken from %s instead", path.ptr);
        see_cli_say(source, see_text_status(&why) == SEE_OK ? why.ptr : NULL);
        see_text_finish(&why);
    }
    see_text_finish(&path);
    return capture;
}

static struct see_capture *open_capture(void *ctx, const struct see_evidence_capture *source)
{
    const struct host *host = ctx;
    const struct see_capture_options how = {.number = 1};
    struct see_capture *capture = NULL;
    char error[256];
    if (!source->is_file) {
        if (!host->is_writing) {
            see_cli_say(source->source, "was not read from a file, so its frames are gone");
        }
        return NULL;
    }
    if (see_capture_open_file(&capture, source->source, &how, error, sizeof(error)) == SEE_OK) {
        if (host->settings->is_verbose && !host->is_writing) {
            see_cli_say(source->source, "read again");
        }
        return capture;
    }
    if (access(source->source, F_OK) != 0) {
        capture = source->source[0] != '/' ? open_beside(host, source->source, false) : NULL;
        capture = capture != NULL ? capture : open_beside(host, source->source, true);
    }
    if (capture == NULL && !host->is_writing) {
        struct see_text why;
        see_text_init(&why);
        see_text_printf(&why, "%s; the capture has moved, and is not beside the database either",
                        error);
        see_cli_say(source->source,
                    access(source->source, F_OK) != 0 && see_text_status(&why) == SEE_OK ? why.ptr
                                                                                         : error);
        see_text_finish(&why);
    }
    return capture;
}

static bool is_same_file(const struct stat *file, const char *path)
{
    struct stat other;
    return stat(path, &other) == 0 && other.st_dev == file->st_dev && other.st_ino == file->st_ino;
}

/* A slip of the hand must not write over what the evidence is taken from. */
static bool is_precious(const struct settings *settings, const struct see_evidence *evidence,
                        const struct stat *file)
{
    bool is_found = is_same_file(file, settings->database);
    for (size_t i = 0; i < evidence->capture_count && !is_found; i++) {
        struct see_text path;
        const struct see_evidence_capture *capture = &evidence->captures[i];
        beside(&path, settings->database, capture->source, true);
        is_found = capture->is_file &&
                   (is_same_file(file, capture->source) ||
                    (see_text_status(&path) == SEE_OK && is_same_file(file, path.ptr)));
        see_text_finish(&path);
    }
    return is_found;
}

/* A file of that name is only replaced when the new one is whole; it is for its owner's eyes. */
static int write_to_file(const struct settings *settings, struct see_slice *slice, bool is_special)
{
    struct see_text part;
    see_text_init(&part);
    see_text_printf(&part, "%s%s", settings->output, is_special ? "" : ".part");
    if (see_text_status(&part) != SEE_OK) {
        return SEE_ENOMEM;
    }
    int flags = O_WRONLY | O_CLOEXEC | (is_special ? 0 : O_CREAT | O_EXCL);
    int fd = open(part.ptr, flags, S_IRUSR | S_IWUSR);
    FILE *out = fd >= 0 ? fdopen(fd, "wb") : NULL;
    int status = out != NULL ? see_slice_write(slice, out) : SEE_EIO;
    if (out == NULL && fd >= 0) {
        close(fd);
    }
    if (out != NULL && fclose(out) != 0 && status == SEE_OK) {
        status = SEE_EIO;
    }
    if (status == SEE_OK && !is_special && rename(part.ptr, settings->output) != 0) {
        status = SEE_EIO;
    }
    int why = errno;
    if (status != SEE_OK && !is_special && fd >= 0) {
        unlink(part.ptr);
    }
    if (status == SEE_EIO) {
        see_cli_say(fd >= 0 ? settings->output : part.ptr, strerror(why));
    }
    see_text_finish(&part);
    errno = why;
    return status;
}

static int write_out(const struct settings *settings, const struct see_evidence *evidence,
                     struct see_slice *slice)
{
    struct stat file;
    if (settings->output == NULL) {
        int status = see_slice_write(slice, stdout);
        if (status == SEE_EIO) {
            see_cli_say("standard output", strerror(errno));
        }
        return status;
    }
    bool exists = stat(settings->output, &file) == 0;
    if (exists && is_precious(settings, evidence, &file)) {
        see_cli_say(settings->output, "is what the evidence is taken from; name another file");
        return SEE_EINVAL;
    }
    return write_to_file(settings, slice, exists && !S_ISREG(file.st_mode));
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

static int cut(const struct settings *settings, const struct see_evidence *evidence)
{
    struct host host = {.settings = settings};
    struct see_slice_host hooks = {&host, open_capture, tell};
    struct see_limits limits = see_limits_default();
    struct see_slice *slice = see_slice_new(evidence, &limits, hooks);
    int status = slice != NULL ? see_slice_find(slice) : SEE_ENOMEM;
    if (status == SEE_OK && see_slice_frames(slice) == 0) {
        see_cli_say("nothing is written", "none of the frames could be had");
        see_slice_free(slice);
        return SEE_EXIT_FAILED;
    }
    if (status == SEE_OK) {
        host.is_writing = true;
        status = write_out(settings, evidence, slice);
    }
    if (status == SEE_OK) {
        say_done(settings, slice);
    } else if (status != SEE_EIO && status != SEE_EINVAL) {
        see_cli_say(see_status_text(status), NULL);
    }
    bool is_whole = status == SEE_OK && !see_slice_is_lacking(slice);
    see_slice_free(slice);
    return is_whole ? SEE_EXIT_DONE : status == SEE_EINVAL ? SEE_EXIT_USAGE : SEE_EXIT_FAILED;
}

static int extract(const struct settings *settings)
{
    struct see_evidence evidence;
    char error[512];
    if (see_evidence_read(&evidence, settings->database, settings->wishes, settings->wish_count,
                          error, sizeof(error)) != SEE_OK) {
        see_cli_say(error, NULL);
        return SEE_EXIT_FAILED;
    }
    int exit_status = cut(settings, &evidence);
    see_evidence_finish(&evidence);
    return exit_status;
}

int see_cli_extract(int argc, char **argv)
{
    struct settings settings = {.database = "seeother.db"};
    int exit_status = take_arguments(&settings, argc, argv);
    return exit_status == -1 ? extract(&settings) : exit_status;
}
