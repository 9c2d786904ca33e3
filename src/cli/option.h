/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * option - one option of `analyze` and `monitor`, wherever it is given: a row of the
 * table in options.c.
 */
#ifndef SEE_CLI_OPTION_H
#define SEE_CLI_OPTION_H

#include "cli/options.h"

/*
 * Takes over a value, NULL where the option has none, which stays valid as long as the options do.
 * -1: go on; else the exit status, after a message.
 */
typedef int see_cli_take(struct see_cli_options *options, const char *value);

enum see_cli_trait {
    SEE_REPEATS = 1 << 0,     /* may be given more than once */
    SEE_LINE_ONLY = 1 << 1,   /* means nothing in a configuration file */
    SEE_AT_RUN_TIME = 1 << 2, /* a running monitor takes another value over */
};

struct see_cli_option {
    const char *name;
    const char *argument; /* what it is called in the help; NULL: it takes none */
    const char *help;
    const char *only; /* the command that it is for; NULL: both */
    char letter;      /* of the short form; 0: none */
    unsigned traits;
    see_cli_take *take;
};

/* The table, by row; NULL: there are no more. */
const struct see_cli_option *see_cli_option_at(size_t row);

/* The table, by name; NULL: there is no such option. */
const struct see_cli_option *see_cli_option_find(struct see_view name);

bool see_cli_option_is_for(const struct see_cli_option *option, const char *command);

/* Notes that an option was given, in `line` of the configuration file or, 0, on the command line.
 */
int see_cli_give(struct see_cli_options *options, const struct see_cli_option *option,
                 const char *value, size_t line);

/* Notes what the configuration file gives.  -1, or the exit status after a message. */
int see_cli_config_read(struct see_cli_options *options);

/* Says what is wrong with a value, and where it stands; the exit status. */
int see_cli_refuse(const struct see_cli_options *options, const char *value, const char *why);

/* A whole number from 1 to `most`; 0 when it is none. */
uint64_t see_cli_number(const char *value, uint64_t most);

/* What both commands have. */
see_cli_take see_take_all_exchanges, see_take_client, see_take_config, see_take_db,
    see_take_disable, see_take_fail_on, see_take_filter, see_take_format, see_take_no_redact,
    see_take_no_sandbox, see_take_only, see_take_progress, see_take_quiet, see_take_redact,
    see_take_shard, see_take_suppress, see_take_threads, see_take_trusted_proxy, see_take_verbose,
    see_take_vxlan_port, see_take_window;

/* What `monitor` alone has. */
see_cli_take see_take_buffer_size, see_take_count, see_take_duration, see_take_evidence,
    see_take_evidence_buffer, see_take_evidence_days, see_take_evidence_keep,
    see_take_evidence_size, see_take_immediate_mode, see_take_interface, see_take_keep,
    see_take_keep_days, see_take_list_interfaces, see_take_metrics, see_take_promiscuous,
    see_take_rotate_size, see_take_rotate_time, see_take_snap_length;

/* The filter is the rest of the command line, as tcpdump has it. */
int see_take_filter_words(struct see_cli_options *options, char **words, size_t count);

/* Makes `options->json` of what was taken. */
void see_cli_describe(struct see_cli_options *options);

#endif
