/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * redact - takes secrets out of what is stored or shown.
 *
 * It rather hides too much than too little, and does not trust that what it reads
 * is well-formed: a secret in a broken URI is a secret still.
 */
#ifndef SEE_CORE_REDACT_H
#define SEE_CORE_REDACT_H

#include "core/text.h"
#include "core/view.h"

/*
 * Names of parameters whose values are secrets; sorted, an absent one at the end.  A "*" in front
 * stands for any beginning.  Letter case, "-" and "_" make no difference, percent-encoding is
 * undone, and of a compound name such as "user[password]" or "openid.sig" the last part counts.
 */
extern const struct see_view see_redact_parameters[];

/* Names of header fields whose values are secrets, in the same notation. */
extern const struct see_view see_redact_fields[];

/*
 * Appends `uri`, which may be any reference or request-target, with "[redacted]" for userinfo and
 * for the values of secret parameters in path, query and fragment.  A value that holds such secrets
 * percent-encoded, once or twice, is replaced as a whole.  Linear; redacting twice changes nothing.
 * `uri` must not be a view into `out`.
 */
void see_redact_uri(struct see_view uri, struct see_text *out);

/* A cheap question before that: false where it would certainly replace nothing. */
bool see_redact_may_change(struct see_view uri);

/* Whether the value of the header field of this name is a secret. */
bool see_redact_is_secret_field(struct see_view name);

#endif
