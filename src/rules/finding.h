/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * finding - what a rule has to say about a redirect or an exchange.
 *
 * Borrowed by the sink.
 */
#ifndef SEE_RULES_FINDING_H
#define SEE_RULES_FINDING_H

#include "pair/redirect.h"

enum see_severity { SEE_SEVERITY_INFO, SEE_SEVERITY_WARNING, SEE_SEVERITY_VIOLATION };
enum see_strength { SEE_STRENGTH_NONE, SEE_STRENGTH_SHOULD, SEE_STRENGTH_MUST };
enum see_party { SEE_PARTY_CLIENT, SEE_PARTY_SERVER };

struct see_rule;

struct see_finding {
    const struct see_rule *rule;
    enum see_severity severity;
    enum see_strength strength;
    enum see_confidence confidence;
    const struct see_redirect *redirect; /* NULL when the finding is about an exchange alone */
    const struct see_exchange *exchange; /* the exchange it is about; R and S of a redirect */
    struct see_stamp stamp;              /* of the latest message that it rests on */
    struct see_view message;             /* one sentence without secrets */
    struct see_view evidence;            /* a JSON object without secrets */
    struct see_view suppressed;          /* why it is known and fails nothing; absent: it is not */
};

const char *see_severity_name(enum see_severity severity); /* "violation", ... */
const char *see_strength_name(enum see_strength strength); /* "MUST", "SHOULD", "none" */
const char *see_party_name(enum see_party party);          /* "client", "server" */

#endif
