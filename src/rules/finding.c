/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/finding.h"

#include <stddef.h>

const char *see_severity_name(enum see_severity severity)
{
    switch (severity) {
    case SEE_SEVERITY_INFO:
        return "info";
    case SEE_SEVERITY_WARNING:
        return "warning";
    case SEE_SEVERITY_VIOLATION:
        return "violation";
    }
    return NULL;
}

const char *see_strength_name(enum see_strength strength)
{
    switch (strength) {
    case SEE_STRENGTH_NONE:
        return "none";
    case SEE_STRENGTH_SHOULD:
        return "SHOULD";
    case SEE_STRENGTH_MUST:
        return "MUST";
    }
    return NULL;
}

const char *see_party_name(enum see_party party)
{
    switch (party) {
    case SEE_PARTY_CLIENT:
        return "client";
    case SEE_PARTY_SERVER:
        return "server";
    }
    return NULL;
}
