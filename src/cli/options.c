/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/redact.h"

enum option_value {
    OPTION_FORMAT = 256,
    OPTION_FAIL_ON,
    OPTION_DISABLE,
    OPTION_ONLY,
    OPTION_SUPPRESS,
    OPTION_SHARD,
    OPTION_WINDOW,
    OPTION_CLIENT,
    OPTION_TRUSTED_PROXY,
    OPTION_VXLAN_PORT,
    OPTION_SNAP_LENGTH,
    OPTION_BUFFER_SIZE,
    OPTION_PROMISCUOUS,
    OPTION_IMMEDIATE_MODE,
    OPTION_LIST_INTERFACES,
    OPTION_DURATION,
    OPTION_COUNT,
    OPTION_ROTATE_SIZE,
    OPTION_ROTATE_TIME,
    OPTION_KEEP,
    OPTION_KEEP_DAYS,
    OPTION_METRICS,
    OPTION_ALL_EXCHANGES,
    OPTION_REDACT,
    OPTION_NO_REDACT,
    OPTION_PROGRESS,
    OPTION_NO_SANDBOX,
    OPTION_HELP,
};

/* One row an option: its getopt entry, and its line of help; `only` names the command it is for. */
static const struct {
    struct option entry;
    const char *argument;
    const char *help;
    const char *only;
} table[] = {
    {{"db", required_argument, NULL, 'd'}, "FILE", "the database (default seeother.db)", NULL},
    {{"interface", required_argument, NULL, 'i'},
     "IFACE",
     "an interface to watch, or any; repeatable",
     "monitor"},
    {{"list-interfaces", no_argument, NULL, OPTION_LIST_INTERFACES},
     NULL,
     "say which there are",
     "monitor"},
    {{"filter", required_argument, NULL, 'f'}, "BPF", "a pcap filter, applied first", NULL},
    {{"format", required_argument, NULL, OPTION_FORMAT},
     "text|jsonl|sarif|junit|none",
     "what standard output shows (default text)",
     NULL},
    {{"fail-on", required_argument, NULL, OPTION_FAIL_ON},
     "violation|warning|never",
     "exit with 3 when one was stored (default never)",
     NULL},
    {{"disable", required_argument, NULL, OPTION_DISABLE},
     "RULE",
     "leave a rule out; repeatable",
     NULL},
    {{"only", required_argument, NULL, OPTION_ONLY},
     "RULE",
     "check this rule only; repeatable",
     NULL},
    {{"suppress", required_argument, NULL, OPTION_SUPPRESS},
     "FILE",
     "findings that are known: stored, and fail nothing",
     NULL},
    {{"shard", required_argument, NULL, OPTION_SHARD},
     "I/N",
     "keep every Nth client only; see: seeother merge",
     "analyze"},
    {{"window", required_argument, NULL, OPTION_WINDOW},
     "SECONDS",
     "how long a redirect waits for its follow-up (default 30)",
     NULL},
    {{"client", required_argument, NULL, OPTION_CLIENT},
     "auto|ip|HEADER",
     "what tells clients apart (default auto: see --trusted-proxy)",
     NULL},
    {{"trusted-proxy", required_argument, NULL, OPTION_TRUSTED_PROXY},
     "CIDR",
     "whose forwarding fields are believed; repeatable (default:\n"
     "                                           loopback, private and link-local addresses)",
     NULL},
    {{"vxlan-port", required_argument, NULL, OPTION_VXLAN_PORT},
     "PORT",
     "a UDP port of VXLAN beside 4789 and 8472; repeatable",
     NULL},
    {{"all-exchanges", no_argument, NULL, OPTION_ALL_EXCHANGES},
     NULL,
     "store every exchange, not only those of redirects",
     NULL},
    {{"redact", no_argument, NULL, OPTION_REDACT},
     NULL,
     "replace secrets in URIs (the default)",
     NULL},
    {{"no-redact", no_argument, NULL, OPTION_NO_REDACT}, NULL, "store URIs as they are", NULL},
    {{"progress", required_argument, NULL, OPTION_PROGRESS},
     "auto|always|never",
     "a line with rates (default: on a terminal)",
     NULL},
    {{"no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX},
     NULL,
     "one process with all its rights, to debug it",
     NULL},
    {{"snap-length", required_argument, NULL, OPTION_SNAP_LENGTH},
     "OCTETS",
     "what is kept of a frame (default 262144)",
     "monitor"},
    {{"buffer-size", required_argument, NULL, OPTION_BUFFER_SIZE},
     "MIB",
     "the kernel's buffer for each interface (default 16)",
     "monitor"},
    {{"promiscuous", no_argument, NULL, OPTION_PROMISCUOUS},
     NULL,
     "also take frames that are for others",
     "monitor"},
    {{"immediate-mode", no_argument, NULL, OPTION_IMMEDIATE_MODE},
     NULL,
     "be woken for each frame, not for many at a time",
     "monitor"},
    {{"duration", required_argument, NULL, OPTION_DURATION},
     "SECONDS",
     "stop after so long",
     "monitor"},
    {{"count", required_argument, NULL, OPTION_COUNT}, "N", "stop after so many frames", "monitor"},
    {{"rotate-size", required_argument, NULL, OPTION_ROTATE_SIZE},
     "MIB",
     "begin another database at this size",
     "monitor"},
    {{"rotate-time", required_argument, NULL, OPTION_ROTATE_TIME},
     "SECONDS",
     "begin another database after so long",
     "monitor"},
    {{"keep", required_argument, NULL, OPTION_KEEP},
     "N",
     "how many rotated databases stay (default all)",
     "monitor"},
    {{"keep-days", required_argument, NULL, OPTION_KEEP_DAYS},
     "N",
     "how old they may become (default as old as they like)",
     "monitor"},
    {{"metrics", required_argument, NULL, OPTION_METRICS},
     "ADDRESS",
     "serve counters for Prometheus: 127.0.0.1:PORT, or a path",
     "monitor"},
    {{"quiet", no_argument, NULL, 'q'}, NULL, "no totals, no notes", NULL},
    {{"verbose", no_argument, NULL, 'v'}, NULL, "say more", NULL},
    {{"help", no_argument, NULL, OPTION_HELP}, NULL, "this text", NULL},
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))

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

void see_cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A reader that goes away is an error of writing, not the end. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

static void print_help(const char *command)
{
    bool is_monitor = strcmp(command, "monitor") == 0;
    printf("Usage: seeother %s [options] %s\n\n%s\n\n", command,
           is_monitor ? "-i IFACE [BPF filter]" : "FILE...",
           is_monitor ? "Watches interfaces until SIGINT or SIGTERM; everything is then stored."
                      : "Reads captures (pcap, pcapng; - is standard input; a directory stands for "
                        "the\ncaptures in it), in the order of their first packet.");
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option *entry = &table[i].entry;
        char left[64];
        if (table[i].only != NULL && strcmp(table[i].only, command) != 0) {
            continue;
        }
        bool is_short = entry->val < 256;
        snprintf(left, sizeof(left), "%c%c%s --%s %s", is_short ? '-' : ' ',
                 is_short ? entry->val : ' ', is_short ? "," : " ", entry->name,
                 table[i].argument != NULL ? table[i].argument : "");
        printf("  %-40s %s\n", left, table[i].help);
    }
    printf("\nSEEOTHER_DIGEST_KEY in the environment: the key of the stored digests of request\n"
           "contents; without it none are stored.\n");
}

static int wrong(const struct see_cli_options *options, const char *what, const char *why)
{
    see_cli_say(what, why);
    return see_cli_usage(options->command);
}

/* The index of `word` in `words`, or -1. */
static int choose(const char *word, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static int read_window(struct see_cli_options *options)
{
    char *end;
    double seconds = strtod(optarg, &end);
    if (end == optarg || *end != '\0' || !(seconds >= 0.001) || seconds > 86400) {
        return wrong(options, optarg, "--window takes seconds, 0.001 to 86400");
    }
    options->settings.window_ns = (see_time_ns)(seconds * (double)SEE_NS_PER_S);
    return -1;
}

/* A name that no header section can hold would never be found. */
static bool is_field_name(struct see_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!see_ascii_is_digit(c) && !see_ascii_is_alpha(c) &&
            strchr("!#$%&'*+-.^_`|~", c) == NULL) {
            return false;
        }
    }
    return name.len > 0;
}

static int read_client(struct see_cli_options *options)
{
    struct see_client_options *clients = &options->settings.clients;
    if (strcmp(optarg, "auto") == 0) {
        clients->by = SEE_CLIENT_AUTO;
        return -1;
    }
    if (strcmp(optarg, "ip") == 0) {
        clients->by = SEE_CLIENT_IP;
        return -1;
    }
    if (!is_field_name(see_view_of(optarg))) {
        return wrong(options, optarg, "--client takes auto, ip, or the name of a header field");
    }
    /* The client is stored and shown. */
    if (see_redact_is_secret_field(see_view_of(optarg))) {
        return wrong(options, optarg,
                     "the values of this field are secrets: it can name no client");
    }
    clients->by = SEE_CLIENT_HEADER;
    clients->header = optarg;
    return -1;
}

static int read_trusted(struct see_cli_options *options)
{
    struct see_client_options *clients = &options->settings.clients;
    if (clients->trusted_count == SEE_TRUSTED_MAX) {
        return wrong(options, optarg, "too many trusted proxies are named");
    }
    if (!see_cidr_parse(see_view_of(optarg), &options->trusted[clients->trusted_count])) {
        return wrong(options, optarg, "--trusted-proxy takes an address, or one with /BITS");
    }
    options->trusted_names[clients->trusted_count++] = optarg;
    clients->trusted = options->trusted;
    return -1;
}

static int read_vxlan_port(struct see_cli_options *options)
{
    char *end;
    unsigned long port = strtoul(optarg, &end, 10);
    if (!see_ascii_is_digit(*optarg) || *end != '\0' || port == 0 || port > UINT16_MAX) {
        return wrong(options, optarg, "--vxlan-port takes a port, 1 to 65535");
    }
    struct see_decode_options *decode = &options->settings.decode;
    if (decode->vxlan_port_count == SEE_VXLAN_PORTS_MAX) {
        return wrong(options, optarg, "too many ports of VXLAN are named");
    }
    options->vxlan_ports[decode->vxlan_port_count++] = (uint16_t)port;
    decode->vxlan_ports = options->vxlan_ports;
    return -1;
}

static int read_rule(struct see_cli_options *options, const char **list, size_t *count)
{
    if (see_rule_find(see_view_of(optarg)) == NULL) {
        return wrong(options, optarg, "there is no such rule; see: seeother rules");
    }
    if (*count == SEE_RULE_CHOICES_MAX) {
        return wrong(options, optarg, "too many rules are named");
    }
    list[(*count)++] = optarg;
    return -1;
}

static int read_shard(struct see_cli_options *options)
{
    char *end;
    unsigned long shard = strtoul(optarg, &end, 10);
    unsigned long shards =
        *end == '/' && see_ascii_is_digit(end[1]) ? strtoul(end + 1, &end, 10) : 0;
    if (!see_ascii_is_digit(*optarg) || *end != '\0' || shard < 1 || shard > shards ||
        shards > SEE_SHARDS_MAX) {
        return wrong(options, optarg, "--shard takes I/N, from 1/1 to N/N");
    }
    options->settings.shard = (unsigned)shard - 1;
    options->settings.shards = (unsigned)shards;
    return -1;
}

static int read_suppress(struct see_cli_options *options)
{
    if (options->suppress_path != NULL) {
        return wrong(options, optarg, "--suppress takes one file");
    }
    int exit_status = see_cli_suppress_read(&options->suppress, optarg, options->command);
    if (exit_status == -1) {
        options->suppress_path = optarg;
        options->settings.suppressions = &options->suppress.list;
    }
    return exit_status;
}

static int read_choice(struct see_cli_options *options, int value)
{
    static const char *const formats[] = {"text", "jsonl", "sarif", "junit", "none"};
    static const char *const failures[] = {"never", "warning", "violation"};
    static const char *const progress[] = {"auto", "always", "never"};
    int choice = -1;
    if (value == OPTION_FORMAT && (choice = choose(optarg, formats, 5)) >= 0) {
        options->settings.report.format = (enum see_report_format)choice;
    } else if (value == OPTION_FAIL_ON && (choice = choose(optarg, failures, 3)) >= 0) {
        options->fail_on = (enum see_fail_on)choice;
    } else if (value == OPTION_PROGRESS && (choice = choose(optarg, progress, 3)) >= 0) {
        options->progress = choice == 0   ? SEE_PROGRESS_AUTO
                            : choice == 1 ? SEE_PROGRESS_ALWAYS
                                          : SEE_PROGRESS_NEVER;
    } else {
        return wrong(options, optarg, "not one of the words that this option takes");
    }
    return -1;
}

/* A whole number from 1 to `most`; 0 when it is none. */
static uint64_t read_number(uint64_t most)
{
    char *end;
    unsigned long long number = strtoull(optarg, &end, 10);
    return see_ascii_is_digit(*optarg) && *end == '\0' && number <= most ? number : 0;
}

/* What `monitor` alone has. */
static int take_live(struct see_cli_options *options, int value)
{
    switch (value) {
    case OPTION_LIST_INTERFACES:
        options->lists_interfaces = true;
        return -1;
    case OPTION_PROMISCUOUS:
        options->is_promiscuous = true;
        return -1;
    case OPTION_IMMEDIATE_MODE:
        options->is_immediate = true;
        return -1;
    case OPTION_METRICS:
        options->metrics = optarg;
        return -1;
    case OPTION_SNAP_LENGTH:
        options->snap_len = (uint32_t)read_number(SEE_CAPTURE_SNAP);
        return options->snap_len > 0
                   ? -1
                   : wrong(options, optarg, "--snap-length takes octets, 1 to 262144");
    case OPTION_BUFFER_SIZE:
        options->buffer = (size_t)read_number(2047) << 20;
        return options->buffer > 0 ? -1
                                   : wrong(options, optarg, "--buffer-size takes MiB, 1 to 2047");
    case OPTION_DURATION:
        options->duration = (see_time_ns)read_number(UINT32_MAX) * SEE_NS_PER_S;
        return options->duration > 0 ? -1
                                     : wrong(options, optarg, "--duration takes whole seconds");
    case OPTION_ROTATE_SIZE:
        options->rotate_octets = (int64_t)read_number(INT32_MAX) << 20;
        return options->rotate_octets > 0 ? -1 : wrong(options, optarg, "--rotate-size takes MiB");
    case OPTION_ROTATE_TIME:
        options->rotate_every = (see_time_ns)read_number(UINT32_MAX) * SEE_NS_PER_S;
        return options->rotate_every > 0
                   ? -1
                   : wrong(options, optarg, "--rotate-time takes whole seconds");
    case OPTION_KEEP:
        options->rotation.keep = (size_t)read_number(UINT32_MAX);
        return options->rotation.keep > 0
                   ? -1
                   : wrong(options, optarg, "--keep takes a number of files");
    case OPTION_KEEP_DAYS:
        options->rotation.keep_days = (size_t)read_number(UINT16_MAX);
        return options->rotation.keep_days > 0
                   ? -1
                   : wrong(options, optarg, "--keep-days takes a number of days");
    case OPTION_COUNT:
        options->frame_count = read_number(UINT64_MAX);
        return options->frame_count > 0
                   ? -1
                   : wrong(options, optarg, "--count takes a number of frames");
    default:
        return read_choice(options, value);
    }
}

static int take(struct see_cli_options *options, int value)
{
    switch (value) {
    case 'd':
        options->settings.database = optarg;
        return -1;
    case 'f':
        options->filter = optarg;
        return -1;
    case 'i':
        if (options->interface_count == SEE_INTERFACES_MAX) {
            return wrong(options, optarg, "too many interfaces");
        }
        options->interfaces[options->interface_count++] = optarg;
        return -1;
    case 'q':
        options->verbosity = -1;
        options->settings.is_quiet = true;
        return -1;
    case 'v':
        options->verbosity = 1;
        return -1;
    case OPTION_DISABLE:
        return read_rule(options, options->disabled, &options->disabled_count);
    case OPTION_ONLY:
        return read_rule(options, options->only, &options->only_count);
    case OPTION_SUPPRESS:
        return read_suppress(options);
    case OPTION_SHARD:
        return read_shard(options);
    case OPTION_WINDOW:
        return read_window(options);
    case OPTION_CLIENT:
        return read_client(options);
    case OPTION_TRUSTED_PROXY:
        return read_trusted(options);
    case OPTION_VXLAN_PORT:
        return read_vxlan_port(options);
    case OPTION_ALL_EXCHANGES:
        options->settings.stores_all = true;
        return -1;
    case OPTION_REDACT:
    case OPTION_NO_REDACT:
        options->settings.is_redacting = value == OPTION_REDACT;
        options->settings.report.is_redacting = value == OPTION_REDACT;
        return -1;
    case OPTION_NO_SANDBOX:
        options->is_contained = false;
        return -1;
    case OPTION_HELP:
        print_help(options->command);
        return SEE_EXIT_DONE;
    default:
        return take_live(options, value);
    }
}

static void add_names(struct see_text *json, const char *key, const char *const *names,
                      size_t count)
{
    see_text_printf(json, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        see_text_add_string(json, i > 0 ? "," : "");
        see_text_add_json(json, see_view_of(names[i]));
    }
    see_text_add_char(json, ']');
}

static void describe(struct see_cli_options *options)
{
    struct see_text *json = &options->json;
    const struct see_settings *settings = &options->settings;
    see_text_printf(json, "{\"window_seconds\":%g,\"all_exchanges\":%s,\"redact\":%s,\"filter\":",
                    (double)settings->window_ns / (double)SEE_NS_PER_S,
                    settings->stores_all ? "true" : "false",
                    settings->is_redacting ? "true" : "false");
    if (options->filter != NULL) {
        see_text_add_json(json, see_view_of(options->filter));
    } else {
        see_text_add_string(json, "null");
    }
    add_names(json, "disable", options->disabled, options->disabled_count);
    add_names(json, "only", options->only, options->only_count);
    if (settings->shards > 0) {
        see_text_printf(json, ",\"shard\":\"%u/%u\"", settings->shard + 1, settings->shards);
    }
    see_text_add_string(json, ",\"suppress\":");
    if (options->suppress_path != NULL) {
        see_text_add_json(json, see_view_of(options->suppress_path));
    } else {
        see_text_add_string(json, "null");
    }
    see_text_add_string(json, ",\"client\":");
    see_text_add_json(json, see_view_of(settings->clients.by == SEE_CLIENT_AUTO ? "auto"
                                        : settings->clients.by == SEE_CLIENT_IP
                                            ? "ip"
                                            : settings->clients.header));
    add_names(json, "trusted_proxies", options->trusted_names, settings->clients.trusted_count);
    see_text_add_string(json, ",\"vxlan_ports\":[");
    for (size_t i = 0; i < settings->decode.vxlan_port_count; i++) {
        see_text_printf(json, "%s%u", i > 0 ? "," : "", options->vxlan_ports[i]);
    }
    see_text_add_string(json, "]}");
    options->settings.options_json = json->is_broken ? "{}" : json->ptr;
}

static bool wants_colour(void)
{
    const char *term = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

int see_cli_options_read(struct see_cli_options *ret_options, int argc, char **argv)
{
    struct option entries[OPTIONS + 1] = {0};
    size_t count = 0;
    bool is_monitor = strcmp(argv[0], "monitor") == 0;
    *ret_options = (struct see_cli_options){
        .command = argv[0],
        .is_contained = true,
        .settings =
            {
                .database = "seeother.db",
                .limits = see_limits_default(),
                .window_ns = 30 * SEE_NS_PER_S,
                .digest_key = getenv("SEEOTHER_DIGEST_KEY"),
                .is_redacting = true,
                .tool_version = SEE_VERSION,
                .report = {.out = stdout, .has_colour = wants_colour(), .is_redacting = true},
            },
    };
    for (size_t i = 0; i < OPTIONS; i++) {
        if (table[i].only == NULL || strcmp(table[i].only, argv[0]) == 0) {
            entries[count++] = table[i].entry;
        }
    }
    opterr = 0;
    optind = 1;
    int value;
    const char *letters = is_monitor ? ":d:f:i:qv" : ":d:f:qv";
    while ((value = getopt_long(argc, argv, letters, entries, NULL)) != -1) {
        bool is_wrong = value == '?' || value == ':';
        int status = is_wrong ? see_cli_wrong_option(ret_options->command, value, argv)
                              : take(ret_options, value);
        if (status != -1) {
            see_cli_options_finish(ret_options);
            return status;
        }
    }
    if (ret_options->suppress_path != NULL && ret_options->verbosity >= 0) {
        see_cli_suppress_tell(&ret_options->suppress, ret_options->suppress_path);
    }
    describe(ret_options);
    return -1;
}

void see_cli_options_finish(struct see_cli_options *options)
{
    see_text_finish(&options->json);
    see_cli_suppress_finish(&options->suppress);
}

int see_cli_run_open(struct see_cli_options *options, struct see_run **ret_run)
{
    char error[512];
    if (see_run_open(ret_run, &options->settings, error, sizeof(error)) != SEE_OK) {
        see_cli_say(error, NULL);
        return SEE_EXIT_FAILED;
    }
    for (size_t i = 0; i < options->only_count; i++) {
        see_run_only(*ret_run, options->only[i]);
    }
    for (size_t i = 0; i < options->disabled_count; i++) {
        see_run_disable(*ret_run, options->disabled[i]);
    }
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
