/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/options.h"

#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/option.h"

static see_cli_take print_help;

#define R SEE_REPEATS
#define L SEE_LINE_ONLY
#define C SEE_AT_RUN_TIME

/* One row an option, in the order of the help. */
static const struct see_cli_option table[] = {
    {"db", "FILE", "the database (default seeother.db)", NULL, 'd', 0, see_take_db},
    {"config", "FILE", "options from a file, one a line: window = 10", NULL, 0, L, see_take_config},
    {"interface", "IFACE", "an interface to watch, or any; repeatable", "monitor", 'i', R,
     see_take_interface},
    {"list-interfaces", NULL, "say which there are", "monitor", 0, L, see_take_list_interfaces},
    {"filter", "BPF", "a pcap filter, applied first", NULL, 'f', 0, see_take_filter},
    {"format", "text|jsonl|sarif|junit|none", "what standard output shows (default text)", NULL, 0,
     C, see_take_format},
    {"fail-on", "violation|warning|never", "exit with 3 when one was stored (default never)", NULL,
     0, C, see_take_fail_on},
    {"disable", "RULE", "leave a rule out; repeatable", NULL, 0, R | C, see_take_disable},
    {"only", "RULE", "check this rule only; repeatable", NULL, 0, R | C, see_take_only},
    {"suppress", "FILE", "findings that are known: stored, and fail nothing", NULL, 0, 0,
     see_take_suppress},
    {"shard", "I/N", "keep every Nth client only; see: seeother merge", "analyze", 0, 0,
     see_take_shard},
    {"window", "SECONDS", "how long a redirect waits for its follow-up (default 30)", NULL, 0, C,
     see_take_window},
    {"client", "auto|ip|HEADER", "what tells clients apart (default auto: see --trusted-proxy)",
     NULL, 0, C, see_take_client},
    {"trusted-proxy", "CIDR",
     "whose forwarding fields are believed; repeatable (default:\n"
     "                                           loopback, private and link-local addresses)",
     NULL, 0, R | C, see_take_trusted_proxy},
    {"vxlan-port", "PORT", "a UDP port of VXLAN beside 4789 and 8472; repeatable", NULL, 0, R,
     see_take_vxlan_port},
    {"all-exchanges", NULL, "store every exchange, not only those of redirects", NULL, 0, 0,
     see_take_all_exchanges},
    {"redact", NULL, "replace secrets in URIs (the default)", NULL, 0, 0, see_take_redact},
    {"no-redact", NULL, "store URIs as they are", NULL, 0, 0, see_take_no_redact},
    {"progress", "auto|always|never", "a line with rates (default: on a terminal)", NULL, 0, C,
     see_take_progress},
    {"threads", "N",
     "2: one reads files or writes rows; 3: one each (default: as many\n"
     "                                           as there are processors)",
     "analyze", 0, 0, see_take_threads},
    {"no-sandbox", NULL, "one process with all its rights, to debug it", NULL, 0, 0,
     see_take_no_sandbox},
    {"snap-length", "OCTETS", "what is kept of a frame (default 262144)", "monitor", 0, 0,
     see_take_snap_length},
    {"buffer-size", "MIB", "the kernel's buffer for each interface (default 16)", "monitor", 0, 0,
     see_take_buffer_size},
    {"promiscuous", NULL, "also take frames that are for others", "monitor", 0, 0,
     see_take_promiscuous},
    {"immediate-mode", NULL, "be woken for each frame, not for many at a time", "monitor", 0, 0,
     see_take_immediate_mode},
    {"duration", "SECONDS", "stop after so long", "monitor", 0, C, see_take_duration},
    {"count", "N", "stop after so many frames", "monitor", 0, C, see_take_count},
    {"rotate-size", "MIB", "begin another database at this size", "monitor", 0, C,
     see_take_rotate_size},
    {"rotate-time", "SECONDS", "begin another database after so long", "monitor", 0, C,
     see_take_rotate_time},
    {"keep", "N", "how many rotated databases stay (default all)", "monitor", 0, 0, see_take_keep},
    {"keep-days", "N", "how old they may become (default as old as they like)", "monitor", 0, 0,
     see_take_keep_days},
    {"evidence", "DIR", "write the frames behind findings, secrets included", "monitor", 0, 0,
     see_take_evidence},
    {"evidence-size", "MIB", "how much of it there may be (default 1024)", "monitor", 0, 0,
     see_take_evidence_size},
    {"evidence-keep", "N", "how many files of it (default 10000)", "monitor", 0, 0,
     see_take_evidence_keep},
    {"evidence-days", "N", "how old they may become (default as old as they like)", "monitor", 0, 0,
     see_take_evidence_days},
    {"evidence-buffer", "MIB", "memory for the frames that came last (default 64)", "monitor", 0, 0,
     see_take_evidence_buffer},
    {"metrics", "ADDRESS", "serve counters for Prometheus: 127.0.0.1:PORT, or a path", "monitor", 0,
     0, see_take_metrics},
    {"quiet", NULL, "no totals, no notes", NULL, 'q', C, see_take_quiet},
    {"verbose", NULL, "say more", NULL, 'v', C, see_take_verbose},
    {"help", NULL, "this text", NULL, 'h', L, print_help},
};

#undef R
#undef L
#undef C

#define OPTIONS (sizeof(table) / sizeof(table[0]))

/* What getopt_long returns for an option without a letter: past all letters, by its row. */
#define FIRST_ROW 256

bool see_cli_option_is_for(const struct see_cli_option *option, const char *command)
{
    return option->only == NULL || strcmp(option->only, command) == 0;
}

const struct see_cli_option *see_cli_option_at(size_t row)
{
    return row < OPTIONS ? &table[row] : NULL;
}

const struct see_cli_option *see_cli_option_find(struct see_view name)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (see_view_eq(see_view_of(table[i].name), name)) {
            return &table[i];
        }
    }
    return NULL;
}

static bool is_monitor(const struct see_cli_options *options)
{
    return strcmp(options->command, "monitor") == 0;
}

static int print_help(struct see_cli_options *options, const char *value)
{
    (void)value;
    printf("Usage: seeother %s [options] %s\n\n%s\n\n", options->command,
           is_monitor(options) ? "-i IFACE [BPF filter]" : "FILE...",
           is_monitor(options)
               ? "Watches interfaces until SIGINT or SIGTERM; everything is then stored."
               : "Reads captures (pcap, pcapng; - is standard input; a directory stands for "
                 "the\ncaptures in it), in the order of their first packet.");
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct see_cli_option *option = &table[i];
        char left[64];
        if (!see_cli_option_is_for(option, options->command)) {
            continue;
        }
        bool is_short = option->letter != 0;
        snprintf(left, sizeof(left), "%c%c%s --%s %s", is_short ? '-' : ' ',
                 is_short ? option->letter : ' ', is_short ? "," : " ", option->name,
                 option->argument != NULL ? option->argument : "");
        printf("  %-40s %s\n", left, option->help);
    }
    printf("\nSEEOTHER_DIGEST_KEY in the environment: the key of the stored digests of request\n"
           "contents; without it none are stored.\n");
    return SEE_EXIT_DONE;
}

int see_cli_give(struct see_cli_options *options, const struct see_cli_option *option,
                 const char *value, size_t line)
{
    if (options->given_count == SEE_GIVEN_MAX) {
        return see_cli_refuse(options, option->name, "too many options are given");
    }
    options->given[options->given_count++] = (struct see_cli_given){option, value, line, false};
    return -1;
}

/* The table as getopt_long wants it. */
struct grammar {
    struct option entries[OPTIONS + 1];
    char letters[2 * OPTIONS + 2];
};

static void make_grammar(struct grammar *grammar, const char *command)
{
    size_t count = 0, len = 0;
    memset(grammar, 0, sizeof(*grammar));
    grammar->letters[len++] = ':';
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct see_cli_option *option = &table[i];
        int has_value = option->argument != NULL ? required_argument : no_argument;
        if (!see_cli_option_is_for(option, command)) {
            continue;
        }
        grammar->entries[count++] =
            (struct option){option->name, has_value, NULL, FIRST_ROW + (int)i};
        if (option->letter != 0) {
            grammar->letters[len++] = option->letter;
            grammar->letters[len] = ':';
            len += has_value == required_argument;
        }
    }
    grammar->letters[len] = '\0';
}

static const struct see_cli_option *option_of(int value)
{
    size_t row = value >= FIRST_ROW ? (size_t)(value - FIRST_ROW) : 0;
    while (value < FIRST_ROW && row < OPTIONS - 1 && table[row].letter != value) {
        row++;
    }
    return &table[row];
}

static int read_command_line(struct see_cli_options *options)
{
    struct grammar grammar;
    int exit_status = -1;
    int value;
    make_grammar(&grammar, options->command);
    opterr = 0;
    optind = 0; /* from the beginning, whatever was read before */
    while (exit_status == -1 && (value = getopt_long(options->argc, options->argv, grammar.letters,
                                                     grammar.entries, NULL)) != -1) {
        if (value == '?' || value == ':') {
            return see_cli_wrong_option(options->command, value, options->argv);
        }
        const struct see_cli_option *option = option_of(value);
        exit_status = option->take == print_help ? print_help(options, NULL)
                                                 : see_cli_give(options, option, optarg, 0);
    }
    return exit_status;
}

/* Whether the command line gives it. */
static bool is_on_line(const struct see_cli_options *options, see_cli_take *take)
{
    for (size_t i = 0; i < options->given_count; i++) {
        if (options->given[i].line == 0 && options->given[i].option->take == take) {
            return true;
        }
    }
    return false;
}

static int take_one(struct see_cli_options *options, struct see_cli_given *given)
{
    given->is_taken = true;
    options->taking = given;
    int exit_status = given->option->take(options, given->value);
    options->taking = NULL;
    return exit_status;
}

/* The file first, but for what the command line says: so that wins, and lists are not mixed. */
static int take_all(struct see_cli_options *options)
{
    int exit_status = -1;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < options->given_count && exit_status == -1; i++) {
            struct see_cli_given *given = &options->given[i];
            bool is_wanted = pass == 0
                                 ? given->line > 0 && !is_on_line(options, given->option->take)
                                 : given->line == 0;
            exit_status = is_wanted ? take_one(options, given) : -1;
        }
    }
    return exit_status;
}

static int read_file(struct see_cli_options *options)
{
    int exit_status = -1;
    for (size_t i = 0; i < options->given_count && exit_status == -1; i++) {
        if (options->given[i].option->take == see_take_config) {
            exit_status = take_one(options, &options->given[i]);
        }
    }
    return exit_status == -1 && options->config_path != NULL ? see_cli_config_read(options)
                                                             : exit_status;
}

/* What stands behind the options is the filter of `monitor`, and the captures of `analyze`. */
static int read_operands(struct see_cli_options *options)
{
    if (!is_monitor(options) || optind == options->argc) {
        return -1;
    }
    if (is_on_line(options, see_take_filter)) {
        return see_cli_refuse(options, options->argv[optind],
                              "a filter is given already with --filter");
    }
    return see_take_filter_words(options, options->argv + optind, (size_t)(options->argc - optind));
}

static int read_suppressions(struct see_cli_options *options)
{
    const char *path = options->suppress_path;
    /* Nobody opens another one than that of the beginning. */
    bool is_other = options->is_again && path != NULL &&
                    (options->first_suppress == NULL || strcmp(path, options->first_suppress) != 0);
    if (path == NULL || is_other) {
        return -1;
    }
    struct see_cli_file file = {path, SEE_FILE_KNOWN, options->is_again, options->contain};
    int exit_status = see_cli_suppress_read(&options->suppress, &file, options->command);
    if (exit_status == -1) {
        options->settings.suppressions = &options->suppress.list;
    }
    if (exit_status == -1 && options->verbosity >= 0) {
        see_cli_suppress_tell(&options->suppress, path);
    }
    return exit_status;
}

static bool wants_colour(void)
{
    const char *term = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

/* As many as there are processors for this process: a container may have fewer than the machine. */
static unsigned default_threads(void)
{
    cpu_set_t allowed;
    int processors =
        sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? CPU_COUNT(&allowed) : get_nprocs();
    return processors < 1                 ? 1
           : processors < SEE_THREADS_MAX ? (unsigned)processors
                                          : SEE_THREADS_MAX;
}

static void set_defaults(struct see_cli_options *options, int argc, char **argv)
{
    *options = (struct see_cli_options){
        .command = argv[0],
        .argc = argc,
        .argv = argv,
        .threads = default_threads(),
        .is_contained = true,
        .settings =
            {
                .database = "seeother.db",
                .limits = see_limits_default(),
                .window_ns = 30 * SEE_NS_PER_S,
                .slices = {.octets = (uint64_t)1 << 30, .count = 10000},
                .digest_key = getenv("SEEOTHER_DIGEST_KEY"),
                .is_redacting = true,
                .tool_version = SEE_VERSION,
                .report = {.out = stdout, .has_colour = wants_colour(), .is_redacting = true},
            },
    };
}

static int read_options(struct see_cli_options *ret_options)
{
    int exit_status = read_command_line(ret_options);
    if (exit_status == -1) {
        exit_status = read_file(ret_options);
    }
    if (exit_status == -1) {
        exit_status = take_all(ret_options);
    }
    if (exit_status == -1) {
        exit_status = read_operands(ret_options);
    }
    if (exit_status == -1) {
        exit_status = read_suppressions(ret_options);
    }
    if (exit_status != -1) {
        see_cli_options_finish(ret_options);
        return exit_status;
    }
    see_cli_describe(ret_options);
    return -1;
}

int see_cli_options_read(struct see_cli_options *ret_options, int argc, char **argv)
{
    set_defaults(ret_options, argc, argv);
    return read_options(ret_options);
}

int see_cli_options_read_again(struct see_cli_options *ret_options,
                               const struct see_cli_options *first, struct see_contain *contain)
{
    set_defaults(ret_options, first->argc, first->argv);
    ret_options->is_again = true;
    ret_options->contain = contain;
    ret_options->first_suppress = first->suppress_path;
    return read_options(ret_options);
}

void see_cli_options_finish(struct see_cli_options *options)
{
    see_text_finish(&options->config);
    see_text_finish(&options->reread);
    see_text_finish(&options->filter_words);
    see_text_finish(&options->json);
    see_cli_suppress_finish(&options->suppress);
}
