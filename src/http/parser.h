/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * parser - llhttp, strict, for the two things that want a grammar: a head, and
 * the framing of chunked content.  What it refuses is read again leniently.
 *
 * A head is parsed when it lies complete in one piece, so the answer cannot
 * depend on how its octets came in.  Content of known length or until the close
 * is arithmetic, and not done here.
 */
#ifndef SEE_HTTP_PARSER_H
#define SEE_HTTP_PARSER_H

#include "core/status.h"
#include "http/leniency.h"
#include "http/record.h"
#include "http/sniff.h"

struct see_head {
    struct see_block *block; /* holds all that the views below point into */
    struct see_start_line line;
    struct see_field *fields; /* up to the first that is not sound */
    size_t field_count;
    struct see_field_index index;
    bool is_sound;              /* the parser accepts the whole */
    bool has_length;            /* Content-Length */
    bool has_transfer_encoding; /* the last coding being chunked or not */
    bool is_chunked;
    bool is_unframed; /* where its content would end cannot be told */
    uint64_t length;
    see_leniencies leniency; /* what it was forgiven */
};

/* How the content of a message is told from what follows it (RFC 9112, 6.3). */
enum see_framing {
    SEE_FRAMING_NONE, /* there is no content */
    SEE_FRAMING_LENGTH,
    SEE_FRAMING_CHUNKED,
    SEE_FRAMING_CLOSE,   /* until the connection closes */
    SEE_FRAMING_TUNNEL,  /* 2xx to CONNECT: what follows is not ours */
    SEE_FRAMING_SWITCH,  /* 101: another protocol follows */
    SEE_FRAMING_UNKNOWN, /* nobody can tell */
};

/*
 * Parses `octets`: a start-line that `see_start_line_read` takes for `kind`, and the field lines
 * after it, whole lines only.  When the empty line has not been seen (`has_end` is false) it is
 * added: what is known of a head that was cut.  Any method is taken.  The caller frees
 * `ret_head->block`, or gives it to a record.  Fails with SEE_ENOMEM only.
 */
SEE_MUST_CHECK int see_head_parse(struct see_view octets, enum see_sniff kind, bool has_end,
                                  struct see_head *ret_head);

/* The same, by llhttp alone: not sound is what it refuses. */
SEE_MUST_CHECK int see_head_parse_strictly(struct see_view octets, enum see_sniff kind,
                                           bool has_end, struct see_head *ret_head);

/*
 * One block for all of a head, freed by the caller:  [ links ][ fields ... ][ octets, two more ]
 * As many fields as there are lines; the copy of the octets is returned, or NULL.
 */
char *see_head_block(struct see_view octets, struct see_head *head);

enum see_chunked_result {
    SEE_CHUNKED_MORE,
    SEE_CHUNKED_DONE,   /* the last chunk and the trailer section have ended */
    SEE_CHUNKED_BROKEN, /* this is no chunked coding */
};

/* Where the content goes, without its framing. */
struct see_chunked_sink {
    void *ctx;
    void (*content)(void *ctx, struct see_view octets);
};

struct see_chunked;

/* NULL when memory ran out. */
struct see_chunked *see_chunked_new(struct see_chunked_sink sink);

/* Takes octets; `ret_taken` tells how many, less than `octets.len` unless it says MORE. */
enum see_chunked_result see_chunked_feed(struct see_chunked *chunked, struct see_view octets,
                                         size_t *ret_taken);

/* What its content was forgiven so far. */
see_leniencies see_chunked_leniency(const struct see_chunked *chunked);

/* Octets that the chunk in progress still needs; 0 between chunks. */
uint64_t see_chunked_remaining(const struct see_chunked *chunked);

/* Passes over `len` octets that were not seen; at most `see_chunked_remaining`. */
void see_chunked_skip(struct see_chunked *chunked, uint64_t len);

void see_chunked_free(struct see_chunked *chunked); /* takes NULL */

#endif
