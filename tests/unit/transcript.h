/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * transcript - a conversation on one connection, written down to be read.
 *
 * A file of tests/transcripts/ holds cases.  Each begins with "## " and a title, then come
 * directives and what is said, then "===" and the events that are expected.  "# " begins a comment.
 *
 *     >>> TEXT    octets of the client, and a CR LF behind them
 *     <<< TEXT    octets of the server
 *                 C escapes (\r \n \t \\ \" \0 \xNN) are understood, \{N TEXT} repeats TEXT N
 * times, and a backslash at the end of the line keeps the CR LF away
 *     ~~~ > N     N octets of the client (<: of the server) that were sent and not seen
 *     fin >       the client's (<: the server's) FIN
 *     close       the end of the connection; the end of the case is one too
 *
 * Lines of one side that follow one another are one frame; an empty line begins another, and so
 * does everything else.  Every frame acknowledges all that the other side has sent so far, gaps
 * included, unless an "ack N" says otherwise.
 *
 *     opener server     the server sent the SYN
 *     midstream         no SYN was seen
 *     ipv6              the ends have such addresses; and the server's port is 8080
 *     limit NAME N      a limit of core/limits.h
 *     ack N             what the next frame acknowledges; 0: unknown
 *     frame N           its number, where that is not the place of the step: it came late, or early
 *     show fields       the fields belong to the events
 *     show kept         so does the content that is kept, behind the end of the exchange
 *     show client       and so does the client of a request or of an answer without one
 *     show unread       and so do requests that could not be read
 *     client auto|ip|X  how clients are told apart
 *     trust CIDR        a trusted proxy; the client's address is 192.0.2.1
 *     count NAME...     these counters follow the events
 *
 * Events, a line each:
 *
 *     #1 request-head GET /a http://a.test/a
 *     #1 request-end complete 5 A           length and digest of the content: equal ones have equal
 *                                           letters; a second one is that without the boundary
 *     #1 response-head 303
 *     #1 exchange-end complete 5/0 1-1/2-2  the request: unseen, cut, incomplete or complete; the
 *                                           response, likewise; lengths; first and last frames
 *                                           then "interim=N", "gap=>", "gap=<" and "gap=><"
 *         lenient > bare-lf             what its request (<: its response) was forgiven
 *     gap > 100
 *     ignored                               no more octets of this connection are wanted
 */
#ifndef SEE_TEST_TRANSCRIPT_H
#define SEE_TEST_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/limits.h"
#include "http/forwarded.h"

enum step_kind { STEP_OCTETS, STEP_GAP, STEP_FIN, STEP_CLOSE };

struct step {
    enum step_kind kind;
    unsigned side; /* 0: the client, 1: the server */
    char *octets;
    size_t len; /* of octets, or of the gap */
    bool has_ack;
    size_t ack;
    size_t frame; /* 0: as many as the steps before, and this one */
};

struct transcript {
    char *title;
    struct see_limits limits;
    bool is_server_opener, is_midstream, is_ipv6, shows_fields, shows_kept, shows_client,
        shows_unread;
    struct see_client_options clients;
    struct see_cidr trusted[4];
    char header[32];
    char *counters; /* names, each with a space behind it */
    struct step *steps;
    size_t step_count;
    char *expected;
};

/* All cases of the files *.txt in `directory`, in the order of their names.  Exits on a mistake. */
struct transcript *transcripts_read(const char *directory, size_t *ret_count);
void transcripts_free(struct transcript *transcripts, size_t count);

#endif
