/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/redirect.h"

#include <stddef.h>

const char *see_outcome_name(enum see_outcome outcome)
{
    switch (outcome) {
    case SEE_OUTCOME_FOLLOWED:
        return "followed";
    case SEE_OUTCOME_NOT_FOLLOWED:
        return "not-followed";
    case SEE_OUTCOME_UNOBSERVABLE:
        return "unobservable";
    case SEE_OUTCOME_NO_LOCATION:
        return "no-location";
    case SEE_OUTCOME_PENDING:
        return "pending";
    case SEE_OUTCOME_EVICTED:
        return "evicted";
    }
    return NULL;
}

const char *see_confidence_name(enum see_confidence confidence)
{
    switch (confidence) {
    case SEE_CONFIDENCE_NONE:
        return NULL;
    case SEE_CONFIDENCE_LOW:
        return "low";
    case SEE_CONFIDENCE_MEDIUM:
        return "medium";
    case SEE_CONFIDENCE_HIGH:
        return "high";
    }
    return NULL;
}

const char *see_tier_name(enum see_tier tier)
{
    switch (tier) {
    case SEE_T0:
        return "T0";
    case SEE_T1:
        return "T1";
    case SEE_T2:
        return "T2";
    case SEE_T3:
        return "T3";
    }
    return NULL;
}
