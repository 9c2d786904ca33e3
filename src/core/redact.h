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
 * Appends `uri`, which may be any reference or request-target, with "[redacted]" for userinfo and
 * for the values of secret parameters in path, query and fragment, in JSON as well.  So is what is
 * a secret by its shape: a JSON Web Token, and a session of ASP.NET in a path, "/(S(...))/".  A
 * value that holds such secrets percent-encoded, up to four times, is replaced as a whole.  Linear;
 * redacting twice changes nothing.  `uri` must not be a view into `out`.
 */
void see_redact_uri(struct see_view uri, struct see_text *out);

/* A cheap question before that: false where it would certainly replace nothing. */
bool see_redact_may_change(struct see_view uri);

#endif
