/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/caching.h"

/* Ten years and more: longer than anything means, and far from where numbers end. */
#define SECONDS_MAX INT64_C(4000000000)

static bool read_seconds(struct see_view digits, int64_t *ret_seconds)
{
    int64_t seconds = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!see_ascii_is_digit(digits.ptr[i])) {
            return false;
        }
        seconds = seconds * 10 + (digits.ptr[i] - '0');
        seconds = seconds > SECONDS_MAX ? SECONDS_MAX : seconds;
    }
    *ret_seconds = seconds;
    return digits.len > 0;
}

static bool read_month(struct see_view name, int64_t *ret_month)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t at = see_view_search(see_view_of(months), name);
    *ret_month = (int64_t)at / 3 + 1;
    return name.len == 3 && at < sizeof(months) - 1 && at % 3 == 0;
}

/* Days since 1970-01-01 in the Gregorian calendar, months counted from March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month > 2 ? month - 3 : month + 9;
    int64_t from = month > 2 ? year : year - 1;
    return 365 * from + from / 4 - from / 100 + from / 400 + (153 * shifted + 2) / 5 + day - 1 -
           719468;
}

/*     Sun, 06 Nov 1994 08:49:37 GMT
 *     0    5  8   12   17 20 23       */
bool see_caching_date(struct see_view value, int64_t *ret_seconds)
{
    int64_t day, month, year, hour, minute, second;
    if (value.len != 29 || !read_seconds(see_view_cut(value, 5, 7), &day) ||
        !read_month(see_view_cut(value, 8, 11), &month) ||
        !read_seconds(see_view_cut(value, 12, 16), &year) ||
        !read_seconds(see_view_cut(value, 17, 19), &hour) ||
        !read_seconds(see_view_cut(value, 20, 22), &minute) ||
        !read_seconds(see_view_cut(value, 23, 25), &second)) {
        return false;
    }
    *ret_seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return true;
}

/* How far behind Date the date of another field is; false without either. */
static bool behind_date(const struct see_message *response, struct see_view value,
                        int64_t *ret_seconds)
{
    struct see_view date = see_message_field(response, SEE_LITERAL("Date"), NULL);
    int64_t then, now;
    if (!see_caching_date(value, &then) || !see_caching_date(date, &now)) {
        return false;
    }
    *ret_seconds = then - now;
    return true;
}

bool see_caching_retry_after(const struct see_message *response, int64_t *ret_seconds)
{
    struct see_view value = see_message_field(response, SEE_LITERAL("Retry-After"), NULL);
    return value.ptr != NULL &&
           (read_seconds(value, ret_seconds) || behind_date(response, value, ret_seconds));
}

static bool is_directive(struct see_view directive, const char *name, struct see_view *ret_value)
{
    size_t equals = see_view_find(directive, '=');
    *ret_value = see_view_trim(see_view_cut(directive, equals + 1, directive.len));
    if (ret_value->len >= 2 && ret_value->ptr[0] == '"') {
        *ret_value = see_view_cut(*ret_value, 1, ret_value->len - 1);
    }
    return see_view_eq_nocase(see_view_trim(see_view_cut(directive, 0, equals)), see_view_of(name));
}

/* For a shared cache s-maxage goes before max-age (RFC 9111, 4.2.1). */
static void take_directive(struct see_caching *caching, struct see_view directive, bool *has_shared)
{
    struct see_view value;
    int64_t seconds = 0;
    if (is_directive(directive, "no-store", &value) ||
        is_directive(directive, "no-cache", &value)) {
        caching->is_forbidden = caching->is_momentary = true;
    } else if (is_directive(directive, "private", &value)) {
        caching->is_forbidden = true;
    } else if (is_directive(directive, "public", &value)) {
        caching->is_public = true;
    } else if (is_directive(directive, "s-maxage", &value)) {
        *has_shared = read_seconds(value, &seconds);
        caching->has_lifetime = caching->is_public = true;
        caching->lifetime_s = seconds;
    } else if (is_directive(directive, "max-age", &value) && !*has_shared) {
        caching->has_lifetime = true;
        /* What cannot be read counts as stale (RFC 9111, 4.2.1). */
        caching->lifetime_s = read_seconds(value, &seconds) ? seconds : 0;
    }
}

/* Expires counts where no max-age does; one that is no date is in the past (RFC 9111, 5.3). */
static void take_expires(struct see_caching *caching, const struct see_message *response)
{
    struct see_view expires = see_message_field(response, SEE_LITERAL("Expires"), NULL);
    int64_t seconds;
    if (expires.ptr != NULL && !caching->has_lifetime) {
        caching->has_lifetime = true;
        caching->lifetime_s = behind_date(response, expires, &seconds) ? seconds : 0;
    }
}

/* A coding does not tell where to go, and who asks again has the same name. */
static void take_vary(struct see_caching *caching, struct see_view field)
{
    if (see_view_eq(field, SEE_LITERAL("*"))) {
        caching->is_forbidden = true;
    }
    if (field.len > 0 && !see_view_eq_nocase(field, SEE_LITERAL("Accept-Encoding")) &&
        !see_view_eq_nocase(field, SEE_LITERAL("User-Agent"))) {
        caching->is_momentary = true;
    }
}

struct see_caching see_caching_of(const struct see_message *response)
{
    struct see_caching caching = {0};
    bool has_shared = false;
    for (size_t i = 0; i < response->field_count; i++) {
        struct see_view rest = response->fields[i].value;
        struct see_view name = response->fields[i].name;
        struct see_view element;
        if (see_view_eq_nocase(name, SEE_LITERAL("Cache-Control"))) {
            while (see_view_next(&rest, ',', &element)) {
                take_directive(&caching, element, &has_shared);
            }
        } else if (see_view_eq_nocase(name, SEE_LITERAL("Vary"))) {
            while (see_view_next(&rest, ',', &element)) {
                take_vary(&caching, see_view_trim(element));
            }
        } else if (see_view_eq_nocase(name, SEE_LITERAL("Pragma"))) {
            /* Means nothing in a response by the letter; those who send it mean no-cache. */
            caching.is_forbidden |= see_view_eq_nocase(rest, SEE_LITERAL("no-cache"));
        }
    }
    take_expires(&caching, response);
    return caching;
}
