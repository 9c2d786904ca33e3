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
    &see_rule_secret_header_cross_origin,
    &see_rule_cookie_cross_site,
    &see_rule_referer_userinfo,
    &see_rule_stale_header_forwarded,
    &see_rule_cycle_not_broken,
    &see_rule_chain_too_long,
    &see_rule_location_repaired,
    &see_rule_retry_after_ignored,
    &see_rule_temporary_treated_as_permanent,
    &see_rule_authorization_dropped_then_401,
    &see_rule_method_not_allowed_after_rewrite,
    &see_rule_location_missing,
    &see_rule_location_empty,
    &see_rule_location_multiple,
    &see_rule_location_malformed,
    &see_rule_location_no_authority,
    &see_rule_location_userinfo,
    &see_rule_location_on_non_redirect,
    &see_rule_303_without_note,
    &see_rule_redirect_body_too_big,
    &see_rule_self_redirect,
    &see_rule_302_where_303_meant,
    &see_rule_ambiguous_redirect,
    &see_rule_status_unknown_to_http10,
    &see_rule_scheme_lost_behind_proxy,
    &see_rule_hsts_over_http,
    &see_rule_temporary_persists,
    &see_rule_permanent_flaps,
    &see_rule_redirect_cacheable_with_cookie,
    &see_rule_deprecated_status,
    &see_rule_refresh_redirect,
    &see_rule_307_on_credentials,
    &see_rule_body_cross_origin,
    &see_rule_scheme_downgrade,
    &see_rule_open_redirect,
    &see_rule_secret_in_location,
    &see_rule_header_injection,
    &see_rule_non_http_location,
    &see_rule_redirect_to_private,
    &see_rule_duplicate_submission,
    &see_rule_post_without_redirect,
    &see_rule_followup_failed,
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
