/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule permanent-flaps - permanent, but each time elsewhere.
 *
 * RFC 9110, 15.4.2, 15.4.9: clients ought to use the new URI from then on, and caches
 * may answer for years. From the database, over all captures: asked by one client,
 * since users may have targets of their own. An answer that asks not to be kept for
 * other requests (no-store, no-cache, Vary) proves nothing, nor does a target that
 * changed once after the time for which it was to hold (RFC 9111, 4.2.1).
 */
#include "rules/catalogue.h"

const struct see_rule see_rule_permanent_flaps = {
    .id = "permanent-flaps",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a permanent redirect that changes its target",
    .condition =
        "A 301 or 308 for the same URI gave the same client different targets. Answers with "
        "no-store, no-cache or Vary do not count, nor does a single change after the "
        "lifetime that the answer before gave itself.",
    .citation = "RFC 9110, 15.4.2, 15.4.9",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4.2",
    .meaning = "The server says \"for good, over there\" and means another place each time.",
    .impact = "Browsers and caches keep the first target for as long as they like; who came early "
              "stays there.",
    .advice = "The server should answer 302 or 307 where the target depends on anything that "
              "changes, or send Cache-Control: no-store with the 301.",
    .subject = SEE_SUBJECT_CAPTURES,
};
