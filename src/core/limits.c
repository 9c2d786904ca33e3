/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/limits.h"

struct see_limits see_limits_default(void)
{
    return (struct see_limits){
#define SEE_LIMIT(field, value, what, then, counter) .field = (value),
        SEE_LIMITS(SEE_LIMIT)
#undef SEE_LIMIT
    };
}
