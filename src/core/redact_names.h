/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * redact_names - what secrets are called.
 */
#ifndef SEE_CORE_REDACT_NAMES_H
#define SEE_CORE_REDACT_NAMES_H

#include "core/view.h"

/*
 * Names of parameters whose values are secrets; sorted, an absent one at the end.  A "*" in front
 * stands for any beginning.  Letter case, "-" and "_" make no difference, percent-encoding is
 * undone, and of a compound name such as "user[password]" or "openid.sig" the last part counts.
 */
extern const struct see_view see_redact_parameters[];

/*
 * Those of them that mean the same with a number, a version, or a word such as "value" or "id"
 * behind: "token1", "login_token_v2", "password_confirmation".
 */
extern const struct see_view see_redact_stems[];

/* Names of header fields whose values are secrets, in the same notation. */
extern const struct see_view see_redact_fields[];

/* Whether the value of the parameter of this name is a secret. */
bool see_redact_is_secret_parameter(struct see_view name);

/* Whether the value of the header field of this name is a secret. */
bool see_redact_is_secret_field(struct see_view name);

#endif
