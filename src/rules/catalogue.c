/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/catalogue.h"

const struct see_rule *const see_rules_all[] = {
    &see_rule_307_method_changed,
    &see_rule_303_method_not_get,
    &see_rule_308_method_changed,
    &see_rule_307_body_changed,
    &see_rule_301_302_method_rewritten,
    &see_rule_301_302_body_lost,
    &see_rule_content_on_rewritten_get,
    &see_rule_authorization_cross_origin,
    &see_rule_cycle_not_broken,
    &see_rule_chain_too_long,
    &see_rule_location_missing,
    &see_rule_location_multiple,
    &see_rule_location_malformed,
    &see_rule_self_redirect,
    NULL,
};

const struct see_rule *see_rule_find(struct see_view id)
{
    for (size_t i = 0; see_rules_all[i] != NULL; i++) {
        if (see_view_eq(see_view_of(see_rules_all[i]->id), id)) {
            return see_rules_all[i];
        }
    }
    return NULL;
}
