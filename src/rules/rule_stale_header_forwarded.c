/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule stale-header-forwarded - what was said about one target is not said about
 * another.
 *
 * RFC 9110, 15.4, item 2: conditions and Host belong to the resource that was asked
 * for, and are to be made anew for the target. Dates alone are weak: what was put in
 * place together has the same date. A range is what the caller wants of whatever is
 * found. A target that answers 304 knows the condition for its own.
 */
#include "core/uri.h"
#include "pair/origin.h"
#include "rules/catalogue.h"
#include "rules/check.h"

static const char *const conditions[] = {
    "If-None-Match", "If-Match", "If-Range", "Range", "If-Modified-Since", "If-Unmodified-Since"};
#define RANGE 3

/* Most requests have none of them. */
static bool may_have_any(const struct see_message *message)
{
    return see_message_may_have(message, SEE_LITERAL("If-None-Match")) ||
           see_message_may_have(message, SEE_LITERAL("If-Match")) ||
           see_message_may_have(message, SEE_LITERAL("If-Range")) ||
           see_message_may_have(message, SEE_LITERAL("Range")) ||
           see_message_may_have(message, SEE_LITERAL("If-Modified-Since")) ||
           see_message_may_have(message, SEE_LITERAL("If-Unmodified-Since"));
}

/* The index of the first field that F repeats, or the number of fields. */
static size_t find_repeated(const struct see_redirect *redirect)
{
    size_t count = sizeof(conditions) / sizeof(conditions[0]);
    for (size_t i = 0; i < count && may_have_any(&redirect->followup->request); i++) {
        struct see_view name = see_view_of(conditions[i]);
        struct see_view before = see_message_field(&redirect->exchange->request, name, NULL);
        struct see_view after = see_message_field(&redirect->followup->request, name, NULL);
        /* "*" asks whether there is anything at all, which can be asked of any target. */
        if (before.len > 0 && see_view_eq(before, after) &&
            !see_view_eq(before, SEE_LITERAL("*"))) {
            return i;
        }
    }
    return count;
}

/* The host of R, though F's target names another one in full. */
static bool has_old_host(const struct see_redirect *redirect)
{
    const struct see_exchange *f = redirect->followup;
    if (f->target.len > 0 && f->target.ptr[0] == '/') {
        return false; /* it names no host */
    }
    struct see_view name = SEE_LITERAL("Host");
    struct see_view before = see_message_field(&redirect->exchange->request, name, NULL);
    struct see_view after = see_message_field(&f->request, name, NULL);
    struct see_uri target = see_uri_split(f->target);
    if (target.scheme.ptr == NULL || target.authority.ptr == NULL || after.len == 0) {
        return false;
    }
    struct see_view asked = see_authority_split(target.authority).host;
    return see_view_eq_nocase(before, after) &&
           !see_view_eq_nocase(see_authority_split(after).host, asked);
}

/*
 * The same resource, found elsewhere: the path is the same, on the same host, or the target itself
 * has said that the condition fits.
 */
static bool is_still_about(const struct see_redirect *redirect)
{
    const struct see_exchange *r = redirect->exchange;
    const struct see_exchange *f = redirect->followup;
    return f->status == 304 ||
           (see_origin_same_host(r, f) &&
            see_view_eq(see_uri_split(r->uri).path, see_uri_split(f->uri).path));
}

static bool check(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    size_t which = find_repeated(redirect);
    bool is_condition =
        which < sizeof(conditions) / sizeof(conditions[0]) && !is_still_about(redirect);
    if (!is_condition && !has_old_host(redirect)) {
        return false;
    }
    if (is_condition && which >= RANGE) {
        verdict->severity = SEE_SEVERITY_INFO;
    }
    const char *name = is_condition ? conditions[which] : "Host";
    see_text_printf(verdict->message, "%s was repeated for another target", name);
    see_text_printf(verdict->evidence, "\"field\":\"%s\"", name);
    return true;
}

const struct see_rule see_rule_stale_header_forwarded = {
    .id = "stale-header-forwarded",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_CLIENT,
    .title = "a condition, range or Host was repeated for another target",
    .condition = "The follow-up repeats a condition (If-...), a Range or a Host that was about the "
                 "redirected request, for another target that does not answer 304; worth knowing "
                 "only of dates and of a Range.",
    .citation = "RFC 9110, 15.4",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.4",
    .meaning = "The client asked for one resource on a condition, was sent to another, and asked "
               "for that one with the condition that it had for the first.",
    .impact = "A server that finds the condition met answers 304 for something the client never "
              "had, or sends a part of a file that does not fit the rest.",
    .advice = "The client has to make such fields anew for each target, or leave them out. A "
              "caller that sets them by hand has to follow redirects itself.",
    .known = "wget -c and curl -r repeat Range.",
    .subject = SEE_SUBJECT_FOLLOWED,
    .is_late = true,
    .check = check,
};
