/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * catalogue - the rules, one file each, in the order in which they are listed.
 */
#ifndef SEE_RULES_CATALOGUE_H
#define SEE_RULES_CATALOGUE_H

#include "rules/rule.h"

/* About the client. */
extern const struct see_rule see_rule_307_method_changed;
extern const struct see_rule see_rule_303_method_not_get;
extern const struct see_rule see_rule_308_method_changed;
extern const struct see_rule see_rule_307_body_changed;
extern const struct see_rule see_rule_301_302_method_rewritten;
extern const struct see_rule see_rule_301_302_body_lost;
extern const struct see_rule see_rule_content_on_rewritten_get;
extern const struct see_rule see_rule_authorization_cross_origin;
extern const struct see_rule see_rule_cycle_not_broken;
extern const struct see_rule see_rule_chain_too_long;

/* About the server. */
extern const struct see_rule see_rule_location_missing;
extern const struct see_rule see_rule_location_multiple;
extern const struct see_rule see_rule_location_malformed;
extern const struct see_rule see_rule_self_redirect;

#endif
