/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * repair - what clients were seen to make of a Location that is not plain.
 *
 * A repair rewrites the reference; what comes out is then resolved strictly.
 */
#ifndef SEE_PAIR_REPAIR_H
#define SEE_PAIR_REPAIR_H

#include "core/uri.h"

struct see_repair {
    const char *name; /* a sentence fragment that names what the client did */
    /* Appends the reference rewritten; false when there is nothing to mend. */
    bool (*rewrite)(struct see_view reference, const struct see_uri *parts, struct see_text *out);
};

/* The likely ones first; a NULL name at the end. */
extern const struct see_repair see_repairs[];

#endif
