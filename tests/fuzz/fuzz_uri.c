/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_uri - references of any octets through all that is made of them.
 *
 * The input: a base and Locations, a line each.  What must hold: parts compose to what was split;
 * normal forms and redaction change nothing the second time; a resolved reference resolves to
 * itself; the targets are in order of tier, none twice, each in its promised form, and T0 is what
 * RFC 3986 says.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/redact.h"
#include "core/uri.h"
#include "pair/targets.h"
#include "pair/whatwg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES_MAX 5

typedef void transform(struct see_view in, struct see_text *out);

static struct see_text make(transform *apply, struct see_view in)
{
    struct see_text out;
    see_text_init(&out);
    apply(in, &out);
    assert(see_text_status(&out) == SEE_OK);
    return out;
}

/* What `apply` has made stays as it is. */
static void check_idempotent(transform *apply, struct see_view in)
{
    struct see_text once = make(apply, in);
    struct see_text twice = make(apply, see_text_view(&once));
    assert(see_view_eq(see_text_view(&once), see_text_view(&twice)));
    see_text_finish(&once);
    see_text_finish(&twice);
}

static bool holds(struct see_view whole, struct see_view part)
{
    return part.ptr == NULL ||
           (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_parts(struct see_view string)
{
    struct see_uri uri = see_uri_split(string);
    struct see_text out;
    assert(holds(string, uri.scheme) && holds(string, uri.authority) && holds(string, uri.path) &&
           holds(string, uri.query) && holds(string, uri.fragment));
    see_text_init(&out);
    see_uri_compose(&uri, &out);
    assert(see_view_eq(see_text_view(&out), string));
    see_text_finish(&out);
    size_t at = 0;
    assert(see_uri_check(string, &at) == SEE_URI_OK || at <= string.len);
    struct see_authority parts = see_authority_split(uri.authority);
    size_t len = (parts.userinfo.ptr != NULL ? parts.userinfo.len + 1 : 0) + parts.host.len +
                 (parts.port.ptr != NULL ? parts.port.len + 1 : 0);
    assert(len == uri.authority.len);
    (void)len;
}

/*
 * A resolved reference is absolute, as its base is, and so resolves to itself.  The base is
 * resolved first: its dot segments stay where a reference has no path (RFC 3986, 5.2.2).
 */
static void check_resolved(struct see_view given, struct see_view reference)
{
    struct see_text plain, once, twice;
    see_text_init(&plain);
    see_text_init(&once);
    see_text_init(&twice);
    see_uri_resolve(given, given, &plain);
    struct see_view base = see_text_view(&plain);
    see_uri_resolve(base, reference, &once);
    assert(see_uri_split(see_text_view(&once)).scheme.ptr != NULL);
    see_uri_resolve(base, see_text_view(&once), &twice);
    assert(see_view_eq(see_text_view(&once), see_text_view(&twice)));
    see_text_finish(&plain);
    see_text_finish(&once);
    see_text_finish(&twice);
}

static void check_browser(struct see_view base, struct see_view reference)
{
    struct see_text once, twice;
    see_text_init(&once);
    see_text_init(&twice);
    if (see_whatwg_resolve(base, reference, &once)) {
        bool is_taken = see_whatwg_resolve(base, see_text_view(&once), &twice);
        assert(is_taken);
        (void)is_taken;
        assert(see_view_eq(see_text_view(&once), see_text_view(&twice)));
    }
    see_text_finish(&once);
    see_text_finish(&twice);
}

/* What RFC 3986 says of a valid reference, in the form in which a target is kept. */
static struct see_text expected(struct see_view base, struct see_view reference)
{
    struct see_text resolved, bare, out;
    see_text_init(&resolved);
    see_text_init(&bare);
    see_text_init(&out);
    see_uri_resolve(base, reference, &resolved);
    struct see_uri uri = see_uri_split(see_text_view(&resolved));
    struct see_authority authority = see_authority_split(uri.authority);
    size_t skipped = authority.userinfo.ptr != NULL ? authority.userinfo.len + 1 : 0;
    if (see_scheme_is_http(uri.scheme) && uri.authority.ptr != NULL) {
        uri.authority = see_view_cut(uri.authority, skipped, uri.authority.len);
    }
    uri.fragment = (struct see_view){NULL, 0};
    see_uri_compose(&uri, &bare);
    see_uri_promise(see_text_view(&bare), &out);
    see_text_finish(&resolved);
    see_text_finish(&bare);
    return out;
}

static void check_target(const struct see_targets *targets, size_t i)
{
    const struct see_target *target = &targets->list[i];
    struct see_text normal = make(see_uri_normal, target->uri);
    struct see_text promised = make(see_uri_promise, target->uri);
    struct see_text scratch;
    enum see_tier tier = SEE_T3;
    assert(see_view_eq(see_text_view(&normal), target->normal));
    assert(see_view_eq(see_text_view(&promised), target->uri));
    assert((target->repair != NULL) == (target->tier == SEE_T3));
    for (size_t j = 0; j < i; j++) {
        assert(targets->list[j].tier <= target->tier);
        assert(!see_view_eq(targets->list[j].uri, target->uri));
    }
    see_text_init(&scratch);
    const struct see_target *found = see_targets_match(targets, target->uri, &scratch, &tier);
    assert(found != NULL && found <= target);
    (void)found;
    see_text_finish(&scratch);
    see_text_finish(&normal);
    see_text_finish(&promised);
}

static void check_targets(struct see_view base, const struct see_view *locations, size_t count)
{
    struct see_targets targets;
    int status = see_targets_init(&targets, base, locations, count);
    assert(status == SEE_OK && targets.count <= SEE_TARGETS_MAX);
    (void)status;
    for (size_t i = 0; i < targets.count; i++) {
        check_target(&targets, i);
    }
    if (count == 1 && base.ptr != NULL && targets.count > 0 && targets.list[0].tier == SEE_T0) {
        struct see_text wanted = expected(base, see_view_trim(locations[0]));
        assert(see_view_eq(see_text_view(&wanted), targets.list[0].uri));
        see_text_finish(&wanted);
    }
    see_targets_finish(&targets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* To the octet, so that a sanitizer sees one too many. */
    struct see_view lines[LINES_MAX];
    struct see_view rest = {(const char *)data, size};
    size_t count = 0;
    while (count < LINES_MAX && rest.len > 0) {
        size_t len = see_view_find(rest, '\n');
        char *copy = malloc(len > 0 ? len : 1);
        assert(copy != NULL);
        memcpy(copy, rest.ptr, len);
        lines[count++] = (struct see_view){copy, len};
        rest = see_view_cut(rest, len + (len < rest.len), rest.len);
    }
    for (size_t i = 0; i < count; i++) {
        check_parts(lines[i]);
        check_idempotent(see_redact_uri, lines[i]);
        check_idempotent(see_uri_promise, lines[i]);
        check_idempotent(see_uri_normal, lines[i]);
        check_idempotent(see_uri_remove_dots, lines[i]);
    }
    if (count >= 2) {
        bool is_absolute = see_uri_split(lines[0]).scheme.ptr != NULL;
        if (is_absolute) {
            check_resolved(lines[0], lines[1]);
        }
        check_browser(lines[0], lines[1]);
        check_targets(is_absolute ? lines[0] : (struct see_view){NULL, 0}, lines + 1, count - 1);
        check_targets((struct see_view){NULL, 0}, lines + 1, count - 1);
    }
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)lines[i].ptr);
    }
    return 0;
}
