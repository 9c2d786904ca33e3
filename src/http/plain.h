/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plain - reads a head that is as nearly all are, in one pass over its octets.
 *
 * A shortcut and nothing else: what it takes llhttp takes too, with the same fields
 * and the same framing, and about whatever it does not know it is silent.  Lines
 * end in CR LF, values are printable ASCII, and how the content is framed is said
 * once, or not at all.
 */
#ifndef SEE_HTTP_PLAIN_H
#define SEE_HTTP_PLAIN_H

#include "http/parser.h"

/* A part of the octets that were read: where it begins in them, and its length. */
struct see_part {
    uint16_t at;
    uint16_t len;
};

struct see_plain_field {
    struct see_part name, value;
};

/* Where everything is in a head, in octets from its beginning. */
struct see_plain {
    struct see_plain_field *fields; /* the caller's, */
    uint16_t room;                  /* for so many */
    uint16_t field_count;
    uint16_t len;         /* of the head, its empty line included */
    struct see_part host; /* of the first Host; nowhere when there is none */
    uint16_t method_len;  /* of a request: the method, at the beginning, */
    struct see_part target;
    uint16_t status; /* of a response */
    uint8_t minor;   /* of HTTP/1.x */
    bool has_length;
    bool has_transfer_encoding; /* chunked, then */
    uint64_t length;
    struct see_field_index index;
};

/*
 * Reads the head that `octets` begin with: a message of `kind`, or OTHER: of either; which one it
 * is is returned.  OTHER when it has to be read in full, is not whole, or has more fields than
 * `room`.
 */
enum see_sniff see_plain_read(struct see_view octets, enum see_sniff kind, struct see_plain *plain);

/* How many octets a request needs for its head and its URI. */
size_t see_plain_room(const struct see_plain *plain);

/* Copies the head from `octets`, where it was read, to `text`, and its fields to `ret_head`. */
void see_plain_take(const struct see_plain *plain, struct see_view octets, char *text,
                    struct see_head *ret_head);

/*
 * As see_head_parse for a head whose end was seen.  `*ret_is_plain` is false, and `ret_head`
 * untouched, when it has to be read in full.  Fails with SEE_ENOMEM only.
 */
SEE_MUST_CHECK int see_head_parse_plainly(struct see_view octets, enum see_sniff kind,
                                          struct see_head *ret_head, bool *ret_is_plain);

#endif
