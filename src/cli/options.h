/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options - the options of `analyze` and `monitor`.
 */
#ifndef SEE_CLI_OPTIONS_H
#define SEE_CLI_OPTIONS_H

#include "cli/suppress.h"
#include "seeother.h"

enum see_fail_on { SEE_FAIL_NEVER, SEE_FAIL_WARNING, SEE_FAIL_VIOLATION };
enum see_progress { SEE_PROGRESS_AUTO, SEE_PROGRESS_ALWAYS, SEE_PROGRESS_NEVER };

#define SEE_RULE_CHOICES_MAX 128
#define SEE_INTERFACES_MAX 16
#define SEE_SHARDS_MAX 1024
#define SEE_TRUSTED_MAX 128
#define SEE_VXLAN_PORTS_MAX 16
#define SEE_GIVEN_MAX 512

/* The limit `past_connections` where one capture is read: only its own packets can come again. */
#define SEE_PAST_OF_ONE 1024

struct see_cli_option;

/* An option as it was given. */
struct see_cli_given {
    const struct see_cli_option *option;
    const char *value; /* NULL: it takes none */
    size_t line;       /* of the configuration file; 0: on the command line */
    bool is_taken;     /* the command line does not say otherwise */
};

/* The first does what the others are not there for: one writes rows, one reads or unpacks. */
#define SEE_THREADS_MAX 3

struct see_cli_options {
    const char *command;
    int argc;
    char **argv;
    const char *config_path;     /* NULL: none */
    struct see_text config;      /* the file, which values point into */
    struct see_text reread;      /* the file as it was read last, where that was later */
    bool is_again;               /* files are read again: see reread.h */
    struct see_contain *contain; /* and who opens them then, or NULL */
    const char *first_suppress;  /* which file of suppressions can be read again, or NULL */
    struct see_cli_given given[SEE_GIVEN_MAX];
    size_t given_count;
    const struct see_cli_given *taking; /* the one that is being looked at, or NULL */
    struct see_settings settings;
    struct see_text json; /* the options as given, for the database */
    const char *filter;
    struct see_text filter_words; /* the filter as the rest of the command line */
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
    enum see_progress progress;
    unsigned threads;  /* at most so many */
    bool is_contained; /* unless --no-sandbox */
    int verbosity;     /* -1 quiet, 0, 1 verbose */
};

/*
 * Reads the options of `argv`, and of the configuration file that they name; the operands start at
 * `optind`.  What the command line gives is not taken from the file.  -1: go on; else the exit
 * status.  Messages are printed.
 */
int see_cli_options_read(struct see_cli_options *ret_options, int argc, char **argv);
/* Reads them once more, from the same arguments; `contain` opens the files, unless it is NULL. */
int see_cli_options_read_again(struct see_cli_options *ret_options,
                               const struct see_cli_options *first, struct see_contain *contain);

void see_cli_options_finish(struct see_cli_options *options);

#endif
