/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sniff - what the first octets of a direction, or of a line, speak.
 *
 * Pure functions of the octets.  Whatever says MORE may become anything else
 * with more octets; nothing else is ever taken back.
 */
#ifndef SEE_HTTP_SNIFF_H
#define SEE_HTTP_SNIFF_H

#include "core/view.h"
#include "http/leniency.h"

enum see_sniff {
    SEE_SNIFF_MORE,     /* too few octets to tell */
    SEE_SNIFF_REQUEST,  /* an HTTP/1 request-line (RFC 9112, 3) */
    SEE_SNIFF_RESPONSE, /* an HTTP/1 status-line (RFC 9112, 4) */
    SEE_SNIFF_HTTP2,    /* the client's preface (RFC 9113, 3.4) */
    SEE_SNIFF_TLS,      /* a record of a handshake, or of application data (RFC 8446, 5.1) */
    SEE_SNIFF_OTHER,
};

/* No more octets than these are looked at to tell one protocol from another. */
#define SEE_SNIFF_OCTETS 200

/* The parts of a start-line; what the other kind has is absent or zero. */
struct see_start_line {
    struct see_view method, target;
    int status;
    uint8_t major, minor;
    see_leniencies leniency; /* start_line, or nothing */
};

/*
 * What `octets` begin with.  A request-line is told by its end, " HTTP/1.x"; one that does not end
 * within SEE_SNIFF_OCTETS by a target that is a path or an http or https URI.
 */
enum see_sniff see_sniff(struct see_view octets);

/*
 * The same where a message of the kind `expected` is due, and for that kind only: blanks, letters
 * and versions may be others than they should be.  OTHER when that is neither kind of message.
 */
enum see_sniff see_sniff_loosely(struct see_view octets, enum see_sniff expected);

/*
 * The same for the first octets of a connection: REQUEST, MORE or OTHER.  A first line that ends in
 * a version of HTTP is one of a request, whether the rest of it can be read or not.
 */
enum see_sniff see_sniff_first(struct see_view octets);

/* Whether a whole line is a request of HTTP/0.9, "GET /path" (HTTP/1.0, RFC 1945, 4.1). */
bool see_is_simple_request(struct see_view line);

/*
 * Splits a whole line (with or without its CR LF): REQUEST, RESPONSE, or OTHER.  Tolerant of
 * blanks, and of what is in the target and the reason phrase: whether that is sound is for the
 * parser to say.
 */
enum see_sniff see_start_line_read(struct see_view line, struct see_start_line *ret_line);

/* How many octets `view` begins with that a token may have (RFC 9110, 5.6.2). */
size_t see_token_len(struct see_view view);

/* Whether `view` is a token (RFC 9110, 5.6.2). */
bool see_is_token(struct see_view view);

/*
 * Whether `line` is a start-line beyond reasonable doubt, for one that is found in the middle of
 * something: a method in capitals, no space in the target, no control character anywhere.
 */
bool see_start_line_is_plain(struct see_view line);

/* Whether what was seen of a start-line can still become a plain one; false early, true late. */
bool see_start_line_may_be_plain(struct see_view octets);

/* Whether `octets`, up to their end or their LF, can be a field line or the empty line. */
bool see_field_line_is_likely(struct see_view octets, bool is_whole);

#endif
