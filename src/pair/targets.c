/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/targets.h"

#include <string.h>

#include "core/uri.h"
#include "pair/repair.h"
#include "pair/whatwg.h"

static const char first_line[] = "the first of several Location lines";
static const char last_line[] = "the last of several Location lines";
static const char joined_lines[] = "Location lines joined by a comma";

/* Where an entry stands in the text, which moves while it grows. */
struct entry {
    size_t uri, uri_len;
    size_t normal, normal_len;
};

struct builder {
    struct see_view base;
    struct see_targets *targets;
    struct entry entries[SEE_TARGETS_MAX];
    struct see_text reference; /* one that was mended or joined */
    struct see_text resolved;  /* by RFC 3986 */
    struct see_text browsed;   /* the same reference by a browser */
    struct see_text plain;     /* the same without userinfo */
    struct see_text uri;
    struct see_text normal;
    bool is_broken; /* memory ran out */
};

static void builder_finish(struct builder *builder)
{
    see_text_finish(&builder->reference);
    see_text_finish(&builder->resolved);
    see_text_finish(&builder->browsed);
    see_text_finish(&builder->plain);
    see_text_finish(&builder->uri);
    see_text_finish(&builder->normal);
}

static struct see_view stored(const struct builder *builder, size_t at, size_t len)
{
    return see_view_cut(see_text_view(&builder->targets->text), at, at + len);
}

/*
 * Whether what is to be added would never be matched.  A repair has to lead elsewhere than all
 * before it; T1 may be another spelling of T0: a client that spells so shows whom it follows.
 */
static bool is_known(const struct builder *builder, enum see_tier tier)
{
    for (size_t i = 0; i < builder->targets->count; i++) {
        const struct entry *entry = &builder->entries[i];
        struct see_view uri = stored(builder, entry->uri, entry->uri_len);
        struct see_view normal = stored(builder, entry->normal, entry->normal_len);
        bool is_equal = tier == SEE_T3 ? see_view_eq(normal, see_text_view(&builder->normal))
                                       : see_view_eq(uri, see_text_view(&builder->uri));
        if (is_equal) {
            return true;
        }
    }
    return false;
}

/* Stores what `builder->uri` and `builder->normal` hold. */
static void store(struct builder *builder, enum see_tier tier, const char *repair)
{
    struct see_targets *targets = builder->targets;
    struct see_view uri = see_text_view(&builder->uri);
    struct see_view normal = see_text_view(&builder->normal);
    struct entry entry = {targets->text.len, uri.len, targets->text.len, normal.len};
    see_text_add(&targets->text, uri);
    if (!see_view_eq(uri, normal)) {
        entry.normal = targets->text.len;
        see_text_add(&targets->text, normal);
    }
    builder->is_broken = builder->is_broken || targets->text.is_broken;
    builder->entries[targets->count] = entry;
    targets->list[targets->count] = (struct see_target){.tier = tier, .repair = repair};
    targets->count++;
}

/* Whether no client finds a host there: a port that cannot be, or half an IP literal. */
static bool has_no_place(struct see_view uri)
{
    enum see_uri_flaw flaw = see_uri_check(see_view_cut(uri, 0, see_uri_origin_len(uri)), NULL);
    return flaw == SEE_URI_PORT || flaw == SEE_URI_BRACKET;
}

/* Adds the URI in `builder->resolved` when it can be asked for and is new. */
static void add_resolved(struct builder *builder, enum see_tier tier, const char *repair)
{
    struct see_uri uri = see_uri_split(see_text_view(&builder->resolved));
    struct see_authority authority = see_authority_split(uri.authority);
    bool is_http = see_scheme_is_http(uri.scheme);
    if (!see_scheme_is_valid(uri.scheme) ||
        (is_http && (authority.host.len == 0 || has_no_place(see_text_view(&builder->resolved))))) {
        return;
    }
    if (is_http && authority.userinfo.ptr != NULL) {
        size_t from = authority.userinfo.len + 1;
        uri.authority = see_view_cut(uri.authority, from, uri.authority.len);
    }
    see_text_clear(&builder->plain);
    see_text_clear(&builder->uri);
    see_text_clear(&builder->normal);
    see_uri_compose(&uri, &builder->plain);
    see_uri_promise(see_text_view(&builder->plain), &builder->uri);
    see_uri_normal(see_text_view(&builder->plain), &builder->normal);
    builder->is_broken = builder->is_broken || builder->resolved.is_broken ||
                         builder->plain.is_broken || builder->uri.is_broken ||
                         builder->normal.is_broken;
    if (!builder->is_broken && builder->targets->count < SEE_TARGETS_MAX &&
        !is_known(builder, tier)) {
        store(builder, tier, repair);
    }
}

/* Adds what RFC 3986 says. */
static void add_strict(struct builder *builder, struct see_view reference, enum see_tier tier,
                       const char *repair)
{
    see_text_clear(&builder->resolved);
    see_uri_resolve(builder->base, reference, &builder->resolved);
    builder->is_broken = builder->is_broken || builder->resolved.is_broken;
    add_resolved(builder, tier, repair);
}

/* Adds what a browser does, where that differs: after `add_strict` of the same reference. */
static void add_browser(struct builder *builder, struct see_view reference, enum see_tier tier,
                        const char *repair)
{
    see_text_clear(&builder->browsed);
    bool is_resolved = see_whatwg_resolve(builder->base, reference, &builder->browsed);
    builder->is_broken = builder->is_broken || builder->browsed.is_broken;
    if (is_resolved &&
        !see_view_eq(see_text_view(&builder->browsed), see_text_view(&builder->resolved))) {
        struct see_text strict = builder->resolved;
        builder->resolved = builder->browsed;
        builder->browsed = strict;
        add_resolved(builder, tier, repair);
    }
}

static void add_repairs(struct builder *builder, struct see_view reference)
{
    struct see_uri parts = see_uri_split(reference);
    if (builder->base.len + reference.len > SEE_TARGETS_REPAIR_MAX) {
        return;
    }
    for (const struct see_repair *repair = see_repairs; repair->name != NULL; repair++) {
        see_text_clear(&builder->reference);
        bool is_mended = repair->rewrite(reference, &parts, &builder->reference);
        builder->is_broken = builder->is_broken || builder->reference.is_broken;
        if (is_mended) {
            add_strict(builder, see_text_view(&builder->reference), SEE_T3, repair->name);
        }
    }
}

/* All lines as one, as libraries do with any field that comes twice (RFC 9110, 5.3). */
static void add_joined(struct builder *builder, const struct see_view *locations, size_t count,
                       const char *separator)
{
    see_text_clear(&builder->reference);
    for (size_t i = 0; i < count; i++) {
        see_text_add_string(&builder->reference, i > 0 ? separator : "");
        see_text_add(&builder->reference, see_view_trim(locations[i]));
    }
    builder->is_broken = builder->is_broken || builder->reference.is_broken;
    add_strict(builder, see_text_view(&builder->reference), SEE_T3, joined_lines);
}

static bool are_equal(const struct see_view *locations, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!see_view_eq(see_view_trim(locations[0]), see_view_trim(locations[i]))) {
            return false;
        }
    }
    return true;
}

static void add_all(struct builder *builder, const struct see_view *locations, size_t count)
{
    struct see_view first = see_view_trim(locations[0]);
    if (are_equal(locations, count)) {
        add_strict(builder, first, SEE_T0, NULL);
        add_browser(builder, first, SEE_T1, NULL);
    } else {
        struct see_view last = see_view_trim(locations[count - 1]);
        add_strict(builder, first, SEE_T3, first_line);
        add_browser(builder, first, SEE_T3, first_line);
        add_strict(builder, last, SEE_T3, last_line);
        add_browser(builder, last, SEE_T3, last_line);
    }
    if (count > 1) {
        add_joined(builder, locations, count, ", ");
        add_joined(builder, locations, count, ",");
    }
    add_repairs(builder, first);
}

/* Adds the one target of a reference that is as plain as most are. */
static bool add_plain(struct see_targets *targets, struct see_view base, struct see_view reference)
{
    if (!see_uri_resolve_plain(base, reference, &targets->text)) {
        return false;
    }
    struct see_view uri = see_text_view(&targets->text);
    targets->list[0] = (struct see_target){.uri = uri, .normal = uri, .tier = SEE_T0};
    targets->count = 1;
    targets->is_plain = true;
    return true;
}

int see_targets_init(struct see_targets *ret_targets, struct see_view base,
                     const struct see_view *locations, size_t count)
{
    struct builder builder;
    ret_targets->count = 0;
    ret_targets->is_plain = false;
    see_text_init(&ret_targets->text);
    if (count == 1 && add_plain(ret_targets, base, locations[0])) {
        int status = see_text_status(&ret_targets->text);
        if (status != SEE_OK) {
            see_targets_finish(ret_targets);
        }
        return status;
    }
    memset(&builder, 0, sizeof(builder));
    builder.base = base;
    builder.targets = ret_targets;
    add_all(&builder, locations, count);
    builder_finish(&builder);
    if (builder.is_broken) {
        see_targets_finish(ret_targets);
        return SEE_ENOMEM;
    }
    for (size_t i = 0; i < ret_targets->count; i++) {
        const struct entry *entry = &builder.entries[i];
        ret_targets->list[i].uri = stored(&builder, entry->uri, entry->uri_len);
        ret_targets->list[i].normal = stored(&builder, entry->normal, entry->normal_len);
    }
    return SEE_OK;
}

void see_targets_finish(struct see_targets *targets)
{
    see_text_finish(&targets->text);
    targets->count = 0;
}

const struct see_target *see_targets_match(const struct see_targets *targets, struct see_view uri,
                                           struct see_text *scratch, enum see_tier *ret_tier)
{
    for (size_t i = 0; i < targets->count; i++) {
        if (see_view_eq(targets->list[i].uri, uri)) {
            *ret_tier = targets->list[i].tier;
            return &targets->list[i];
        }
    }
    see_text_clear(scratch);
    if (targets->count == 0) {
        return NULL;
    }
    see_uri_normal(uri, scratch);
    for (size_t i = 0; i < targets->count && !scratch->is_broken; i++) {
        if (see_view_eq(targets->list[i].normal, see_text_view(scratch))) {
            *ret_tier = targets->list[i].tier == SEE_T3 ? SEE_T3 : SEE_T2;
            return &targets->list[i];
        }
    }
    return NULL;
}
