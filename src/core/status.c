/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/status.h"

const char *see_status_text(int status)
{
    switch ((enum see_status)status) {
    case SEE_OK:
        return "done";
    case SEE_ENOMEM:
        return "out of memory";
    case SEE_EIO:
        return "reading or writing failed";
    case SEE_EFORMAT:
        return "not in a known format";
    case SEE_ETRUNC:
        return "cut short";
    case SEE_EINVAL:
        return "not usable";
    case SEE_EBUSY:
        return "in use by another program";
    case SEE_EACCES:
        return "permission denied";
    case SEE_ENEWER:
        return "made by a newer version of seeother";
    }
    return "unknown failure";
}
