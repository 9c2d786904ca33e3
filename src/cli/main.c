/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/text.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"analyze", see_cli_analyze, "read captures, store and show findings"},
    {"monitor", see_cli_monitor, "watch interfaces"},
    {"query", see_cli_query, "ask the database"},
    {"extract", see_cli_extract, "evidence back out as pcapng"},
    {"merge", see_cli_merge, "several databases into one"},
    {"rules", see_cli_rules, "what is checked, why, and who says so"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Where there is no memory to write it more nicely. */
static void say_plainly(const char *text)
{
    for (; *text != '\0'; text++) {
        fputc(*text >= ' ' && *text <= '~' ? *text : '?', stderr);
    }
}

void see_cli_say(const char *what, const char *why)
{
    struct see_text line;
    see_text_init(&line);
    see_text_add_string(&line, "seeother: ");
    see_text_add_safe(&line, see_view_of(what));
    if (why != NULL) {
        see_text_add_string(&line, ": ");
        see_text_add_safe(&line, see_view_of(why));
    }
    if (see_text_status(&line) == SEE_OK) {
        fprintf(stderr, "%s\n", line.ptr);
    } else {
        fputs("seeother: ", stderr);
        say_plainly(what);
        fputs(why != NULL ? ": " : "", stderr);
        say_plainly(why != NULL ? why : "");
        fputc('\n', stderr);
    }
    see_text_finish(&line);
}

int see_cli_usage(const char *command)
{
    fprintf(stderr, "Try: seeother %s%s--help\n", command, command[0] != '\0' ? " " : "");
    return SEE_EXIT_USAGE;
}

int see_cli_wrong_option(const char *command, int option, char **argv)
{
    char letter[] = {'-', (char)optopt, '\0'};
    if (option == ':') {
        see_cli_say(argv[optind - 1], "this option wants a value");
    } else if (strncmp(argv[optind - 1], "--", 2) == 0) {
        see_cli_say(argv[optind - 1], "there is no such option, or it takes no value");
    } else {
        see_cli_say(letter, "there is no such option");
    }
    return see_cli_usage(command);
}

static void print_help(FILE *out)
{
    fprintf(out, "seeother - catches HTTP clients and servers that mishandle redirects\n\n"
                 "Usage: seeother COMMAND [options] ...\n\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(
        out,
        "\n  seeother help COMMAND     the options of a command, as seeother COMMAND --help\n"
        "  seeother --version\n\n"
        "Example: seeother analyze capture.pcap && seeother query violations\n\n"
        "Exit status: 0 done, 1 something failed, 2 wrong command line, 3 --fail-on matched.\n");
}

/*
 * Where one of the standard descriptors is closed, the next file that is opened would take its
 * place: results would be written into the database.
 */
static bool has_standard_descriptors(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC); /* writing to it fails, as it did */
    } while (fd >= 0 && fd <= STDERR_FILENO);
    return fd >= 0 && close(fd) == 0;
}

static int run_command(int argc, char **argv)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[0], commands[i].name) == 0) {
            return commands[i].run(argc, argv);
        }
    }
    see_cli_say(argv[0], "there is no such command");
    return see_cli_usage("");
}

int main(int argc, char **argv)
{
    /* A file that may not grow (ulimit -f) is an error of writing, not the end. */
    signal(SIGXFSZ, SIG_IGN);
    if (!has_standard_descriptors()) {
        return SEE_EXIT_FAILED;
    }
    if (argc < 2) {
        print_help(stderr);
        return SEE_EXIT_USAGE;
    }
    bool wants_help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                      strcmp(argv[1], "help") == 0;
    if (wants_help && argc > 2) {
        char *asked[] = {argv[2], "--help", NULL};
        return run_command(2, asked);
    }
    if (wants_help) {
        print_help(stdout);
        return SEE_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("seeother %s\n", SEE_VERSION);
        return SEE_EXIT_DONE;
    }
    return run_command(argc - 1, argv + 1);
}
