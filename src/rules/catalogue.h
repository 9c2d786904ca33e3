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
extern const struct see_rule see_rule_secret_header_cross_origin;
extern const struct see_rule see_rule_cookie_cross_site;
extern const struct see_rule see_rule_referer_userinfo;
extern const struct see_rule see_rule_stale_header_forwarded;
extern const struct see_rule see_rule_cycle_not_broken;
extern const struct see_rule see_rule_chain_too_long;
extern const struct see_rule see_rule_location_repaired;
extern const struct see_rule see_rule_retry_after_ignored;
extern const struct see_rule see_rule_temporary_treated_as_permanent;
extern const struct see_rule see_rule_authorization_dropped_then_401;
extern const struct see_rule see_rule_method_not_allowed_after_rewrite;

/* About the server. */
extern const struct see_rule see_rule_location_missing;
extern const struct see_rule see_rule_location_empty;
extern const struct see_rule see_rule_location_multiple;
extern const struct see_rule see_rule_location_malformed;
extern const struct see_rule see_rule_location_no_authority;
extern const struct see_rule see_rule_location_userinfo;
extern const struct see_rule see_rule_location_on_non_redirect;
extern const struct see_rule see_rule_303_without_note;
extern const struct see_rule see_rule_redirect_body_too_big;
extern const struct see_rule see_rule_self_redirect;
extern const struct see_rule see_rule_302_where_303_meant;
extern const struct see_rule see_rule_ambiguous_redirect;
extern const struct see_rule see_rule_status_unknown_to_http10;
extern const struct see_rule see_rule_scheme_lost_behind_proxy;
extern const struct see_rule see_rule_hsts_over_http;
extern const struct see_rule see_rule_temporary_persists;
extern const struct see_rule see_rule_permanent_flaps;
extern const struct see_rule see_rule_redirect_cacheable_with_cookie;
extern const struct see_rule see_rule_deprecated_status;
extern const struct see_rule see_rule_refresh_redirect;

/* About security, on the side of the server. */
extern const struct see_rule see_rule_307_on_credentials;
extern const struct see_rule see_rule_body_cross_origin;
extern const struct see_rule see_rule_scheme_downgrade;
extern const struct see_rule see_rule_open_redirect;
extern const struct see_rule see_rule_secret_in_location;
extern const struct see_rule see_rule_header_injection;
extern const struct see_rule see_rule_non_http_location;
extern const struct see_rule see_rule_redirect_to_private;

/* About post/redirect/get. */
extern const struct see_rule see_rule_duplicate_submission;
extern const struct see_rule see_rule_post_without_redirect;
extern const struct see_rule see_rule_followup_failed;

#endif
