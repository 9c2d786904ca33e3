/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * beat - what `monitor` does several times a second beside reading frames.
 *
 * Looks whether interfaces are there and what the kernel dropped, stores that by
 * minute, answers the metrics' server, tells the service manager that all is
 * well, moves the status line, and prints the counters when SIGUSR1 asks.
 */
#ifndef SEE_CLI_BEAT_H
#define SEE_CLI_BEAT_H

#include <signal.h>

#include "capture/watch.h"
#include "cli/options.h"
#include "serve/serve.h"

/* What is kept of one interface. */
struct see_source {
    struct see_capture *capture;
    uint32_t number; /* the run's number of it */
    enum see_capture_presence presence;
    int64_t dropped;                       /* at the last look */
    struct see_capture_info before;        /* what earlier databases have of it */
    uint64_t minute_frames, minute_octets; /* when the minute began */
    int64_t minute_dropped;                /* likewise */
};

struct see_beat {
    struct see_cli_options *options; /* a hang-up changes them */
    struct see_contain *contain;     /* who opens files for us, or NULL */
    struct see_run *run;
    struct see_source sources[SEE_WATCH_MAX];
    size_t source_count;
    struct see_serve *serve; /* NULL: nobody asked for it */
    int notify;              /* the service manager's socket, or -1 */
    see_time_ns started, last, minute;
    see_time_ns rotated, next_try; /* when the database was begun; when to try it again */
    bool is_away;                  /* it cannot be written now */
    bool has_said_away;            /* and that was said */
    bool is_lean;                  /* findings and counters alone are stored */
    see_time_ns next_room;         /* when to look how full the disk is */
    see_time_ns kept_waiting;      /* since when another program holds the database; 0: none does */
    bool has_said_kept_waiting;    /* and that was said */
    bool is_put_off;               /* it is begun anew when nobody else has it open */
    bool is_hung_up;               /* it is to be opened by its name, SIGHUP said */
    bool lacks_evidence;           /* nor can slices be */
    see_time_ns next_serve, next_line, next_look, next_watchdog, watchdog_every;
    uint64_t line_frames, line_octets; /* at the last status line */
    uint64_t drops_said;
    bool has_line; /* a status line stands on the terminal */
};

/* Before the process is contained: opens what needs a right.  -1, or the exit status after a
 * message.
 */
int see_beat_init(struct see_beat *beat, struct see_cli_options *options,
                  struct see_contain *contain);
void see_beat_finish(struct see_beat *beat);

/* The interfaces have been opened and the run begun: the first minute begins. */
void see_beat_start(struct see_beat *beat, struct see_run *run, see_time_ns now);

/* Call often; does something several times a second. */
SEE_MUST_CHECK int see_beat(struct see_beat *beat, see_time_ns now);

/* What the last minute had, and that all ends. */
SEE_MUST_CHECK int see_beat_stop(struct see_beat *beat, see_time_ns now);

/* Takes the status line away, so that something can be printed. */
void see_beat_clear_line(struct see_beat *beat);

/* SIGHUP came: the configuration is to be read again, and the database wanted anew. */
extern volatile sig_atomic_t see_beat_is_hung_up;

/* SIGUSR1 came: the counters are wanted. */
extern volatile sig_atomic_t see_beat_is_asked;

#endif
