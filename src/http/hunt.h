/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hunt - finds the start-line that the next octets are expected to be, or, when
 * they are not, the next one there is.
 *
 * In step, the next octet that is no CR or LF begins a start-line, and any method
 * will do.  When that fails the hunt is lost: a start-line may then begin behind a
 * line end, with a new frame, or behind a gap.  Such a guess has to be a plain
 * one, of a method that is known, and the line after it a field line or empty:
 *
 *     ...}GET / HTTP/1.1        not looked at: the frame goes on
 *     GET /a HTTP/1.1           behind a line end, so it is a guess
 *     Host: a                   and this confirms it
 *
 * The octets of a candidate are held; a place in it where another may begin is
 * remembered, so a guess that fails costs nothing but itself.  Every octet is
 * looked at a bounded number of times.
 */
#ifndef SEE_HTTP_HUNT_H
#define SEE_HTTP_HUNT_H

#include "core/text.h"
#include "http/record.h"
#include "http/sniff.h"

/* Octets of one frame that are still to be read. */
struct see_input {
    struct see_view octets;
    struct see_mark mark; /* of the first of them */
    bool is_frame_start;  /* and whether that is the first of its frame, or follows a gap */
};

/* Steps over the first `len` octets. */
void see_input_skip(struct see_input *input, size_t len);

struct see_hunt {
    struct see_text octets;  /* the candidate; once found, the head that grows from it */
    struct see_mark begin;   /* of its first octet */
    struct see_stamp latest; /* the latest of its frames: octets may come late */
    enum see_sniff expected; /* what is due when in step: REQUEST, RESPONSE, or OTHER: who knows */
    bool is_first; /* the octets are the first that a client may have sent; who knows what is due */
    bool is_middle; /* what comes before them was not seen */
    bool is_guess;
    bool is_content; /* the octets may be content instead, so no CR or LF is stepped over */
    bool is_lost;    /* no candidate: on the way to where one can begin */
    bool is_line_start;
    bool is_likely;        /* it was said what the candidate is likely to be */
    bool is_unjudged;      /* the candidate was not judged as it stands */
    size_t first_line;     /* length of the first line with its LF; 0: not whole yet */
    enum see_sniff line;   /* what the whole first line is; MORE: not judged yet */
    struct see_mark again; /* a later place in `octets` where a start-line may begin, */
    size_t again_at;       /* and where that is; 0: none */
    uint64_t skipped;      /* octets given up since the caller last looked */
};

void see_hunt_init(struct see_hunt *hunt);
void see_hunt_finish(struct see_hunt *hunt);

/* Whether it holds nothing and knows nothing: it is as after `see_hunt_init`. */
bool see_hunt_is_idle(const struct see_hunt *hunt);

/* In step again: the next octets are a start-line.  The memory is kept when it is little. */
void see_hunt_start(struct see_hunt *hunt);

/*
 * Reads on, and says what the candidate is so far.  `*ret_found`: its line is whole, and so is all
 * that a guess needs; before that REQUEST and RESPONSE are likely only.  TLS, HTTP2 and OTHER: it
 * is no start-line, and one of `see_hunt_drop` and `see_hunt_lose` comes next.  A line has `limit`
 * octets at most.  `octets.is_broken` afterwards: memory ran out.
 */
enum see_sniff see_hunt_read(struct see_hunt *hunt, struct see_input *input, size_t limit,
                             bool *ret_found);

/* The same for a guess that gets no more octets: found when what is there of it will do. */
enum see_sniff see_hunt_settle(const struct see_hunt *hunt);

/* Gives up the candidate; the hunt goes on inside of it where it can, else it is lost. */
void see_hunt_drop(struct see_hunt *hunt);

/* Gives up all octets: what comes next can be a start-line, as behind a gap. */
void see_hunt_lose(struct see_hunt *hunt);

/* Lost behind octets that were someone else's, at the start of a line or not. */
void see_hunt_stray(struct see_hunt *hunt, bool is_line_start);

#endif
