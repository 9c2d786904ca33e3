/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * whatwg - what a browser makes of a reference (URL Standard, 4.4).
 *
 * For http and https only.
 */
#ifndef SEE_PAIR_WHATWG_H
#define SEE_PAIR_WHATWG_H

#include "core/text.h"
#include "core/view.h"

/*
 * Appends `reference` resolved against `base` (may be absent), without userinfo and fragment.
 * False when a browser would refuse it, or when it is not http or https; `out` then holds nothing
 * of use.
 */
bool see_whatwg_resolve(struct see_view base, struct see_view reference, struct see_text *out);

#endif
