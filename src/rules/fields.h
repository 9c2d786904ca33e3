/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fields - the names of what a form or a query holds; values are passed over.
 *
 * Names are compared without regard to letter case, "-" and "_", decoded, and of
 * a compound one such as "user[password]" the last part counts.
 */
#ifndef SEE_RULES_FIELDS_H
#define SEE_RULES_FIELDS_H

#include "core/limits.h"
#include "core/text.h"
#include "http/exchange.h"

/*
 * Names of what a user logs in with, and of tokens, sessions and passwords; an absent one at the
 * end.  They are in lower case and without "-" and "_"; a "*" in front stands for any beginning.
 * Redaction, in core/, must know all of them.
 */
extern const struct see_view see_fields_credentials[];
extern const struct see_view see_fields_secrets[];

/* Whether a query (or a form) has a parameter of exactly this name. */
bool see_fields_has(struct see_view query, const char *name);

/*
 * Whether a field of the request's content is named like what a user logs in with: a form, in parts
 * or not, or JSON.  Only what was kept of the content is looked at.  `out` is overwritten: with the
 * name as sent; broken when memory ran out.
 */
bool see_fields_credential(const struct see_message *request, const struct see_limits *limits,
                           struct see_text *out);

/*
 * Whether a parameter of the query has a value and is named like a token, a session or a password.
 * `out` gets its name, as above, and `ret_value` points to its value in the query.
 */
bool see_fields_secret(struct see_view query, struct see_text *out, struct see_view *ret_value);

#endif
