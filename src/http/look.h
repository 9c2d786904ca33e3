/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * look - what the octets of a segment say by themselves, should a message begin with them.
 *
 * Nothing but the octets is needed for that, so another thread may read them before it is known
 * whose they are.  Whoever begins a message there finds its head read; else nothing comes of it.
 */
#ifndef SEE_HTTP_LOOK_H
#define SEE_HTTP_LOOK_H

#include "http/plain.h"

/* As many fields as nearly all heads have; where there are more, the head is read in its turn. */
#define SEE_HTTP_LOOK_FIELDS 24

struct see_http_look {
    const uint8_t *data; /* where the octets lie */
    enum see_sniff kind; /* OTHER: it has to be read in its turn */
    struct see_plain plain;
    struct see_plain_field fields[SEE_HTTP_LOOK_FIELDS];
};

/* Reads `len` octets at `data`, which are borrowed; the look stays where it is. */
void see_http_look(const uint8_t *data, size_t len, struct see_http_look *ret_look);

#endif
