/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * suppress - findings that are known, and shall fail no pipeline until a day.
 *
 * A file of lines, columns apart by blanks, `#` in front of a comment:
 *
 *     # rule              client      URI pattern                   expires     reason
 *     307-method-changed  10.0.0.0/8  http://shop.example/order*    2027-03-31  fixed in 4.2
 *     self-redirect       *           *                             never       a health check
 *
 * `rule` is an id or `*`; `client` an address, a network, the client as it is shown, or `*`.  In
 * the pattern `*` stands for any octets and everything else for itself, `?` too.  The day counts
 * to its end, in UTC.  Of several lines that match, the first one tells the reason.
 */
#ifndef SEE_RULES_SUPPRESS_H
#define SEE_RULES_SUPPRESS_H

#include <stdbool.h>

#include "core/address.h"
#include "core/status.h"
#include "core/view.h"

/* "2026-11-20", or NEVER, which is past any day. */
#define SEE_DAY_TEXT 11

struct see_suppression {
    struct see_view rule, client, pattern, reason; /* parts of the file */
    bool is_network;
    struct see_cidr network; /* of `client`, when it is one */
    char expires[SEE_DAY_TEXT];
    size_t line;
    bool is_expired;
};

struct see_suppressions {
    struct see_suppression *list;
    size_t count, size;
};

/*
 * Reads the octets of a file, which must outlive the list.  `today` is a day as above.  SEE_EINVAL:
 * *ret_line is wrong, and `error` gets a sentence; then there is nothing to finish.
 */
SEE_MUST_CHECK int see_suppressions_read(struct see_suppressions *ret_list, struct see_view file,
                                         const char *today, size_t *ret_line, char *error,
                                         size_t error_size);
void see_suppressions_finish(struct see_suppressions *list);

/* The first line that says so and has not expired, or NULL.  An absent URI matches `*` only. */
const struct see_suppression *see_suppressions_find(const struct see_suppressions *list,
                                                    const char *rule, struct see_view client,
                                                    struct see_view uri);

#endif
