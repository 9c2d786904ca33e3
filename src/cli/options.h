/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options - what `analyze` and `monitor` have in common: their options, and a run
 * made from them.
 */
#ifndef SEE_CLI_OPTIONS_H
#define SEE_CLI_OPTIONS_H

#include <getopt.h>
#include <signal.h>

#include "cli/suppress.h"
#include "seeother.h"

enum see_fail_on { SEE_FAIL_NEVER, SEE_FAIL_WARNING, SEE_FAIL_VIOLATION };

#define SEE_RULE_CHOICES_MAX 128
#define SEE_INTERFACES_MAX 16
#define SEE_SHARDS_MAX 1024
#define SEE_TRUSTED_MAX 128
#define SEE_VXLAN_PORTS_MAX 16

/* The limit `past_connections` where one capture is read: only its own packets can come again. */
#define SEE_PAST_OF_ONE 1024

struct see_cli_options {
    const char *command;
    struct see_settings settings;
    struct see_text json; /* the options as given, for the database */
    const char *filter;
    enum see_fail_on fail_on;
    const char *disabled[SEE_RULE_CHOICES_MAX];
    const char *only[SEE_RULE_CHOICES_MAX];
    size_t disabled_count, only_count;
    const char *suppress_path; /* NULL: none */
    struct see_cli_suppress suppress;
    const char *interfaces[SEE_INTERFACES_MAX];
    size_t interface_count;
    uint32_t snap_len; /* 0: the default */
    size_t buffer;     /* of the kernel, in octets; 0: the default */
    bool is_promiscuous, is_immediate, lists_interfaces;
    see_time_ns duration;     /* 0: until told to stop */
    uint64_t frame_count;     /* 0: likewise */
    int64_t rotate_octets;    /* a database is closed at this size; 0: at any */
    see_time_ns rotate_every; /* or when it is as old; 0: at any age */
    struct see_rotation rotation;
    const char *metrics; /* where to serve them, or NULL */
    struct see_cidr trusted[SEE_TRUSTED_MAX];
    const char *trusted_names[SEE_TRUSTED_MAX];
    uint16_t vxlan_ports[SEE_VXLAN_PORTS_MAX];
    enum { SEE_PROGRESS_AUTO, SEE_PROGRESS_ALWAYS, SEE_PROGRESS_NEVER } progress;
    bool is_contained; /* unless --no-sandbox */
    int verbosity;     /* -1 quiet, 0, 1 verbose */
};

/*
 * Reads the options of `argv`; the operands start at `optind`.  -1: go on; else the exit status.
 * Messages are printed.
 */
int see_cli_options_read(struct see_cli_options *ret_options, int argc, char **argv);
void see_cli_options_finish(struct see_cli_options *options);

/* Opens the run, with rules chosen.  -1: *ret_run is there; else the exit status.  Messages are
 * printed. */
int see_cli_run_open(struct see_cli_options *options, struct see_run **ret_run);

/* Ends the run and closes it; `has_failed`: something failed before.  The exit status. */
int see_cli_run_close(const struct see_cli_options *options, struct see_run *run, bool has_failed);

/* SIGINT and SIGTERM end the run in order: set when one came.  A second one ends the process. */
extern volatile sig_atomic_t see_cli_is_stopping;
void see_cli_catch_signals(void);

#endif
