/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/cookie.h"

static const struct see_view cookie_name = {"Cookie", 6};

static bool split_pair(struct see_view pair, struct see_cookie *ret_cookie)
{
    size_t equals = see_view_find(pair, '=');
    if (equals == pair.len) {
        return false;
    }
    ret_cookie->name = see_view_trim(see_view_cut(pair, 0, equals));
    ret_cookie->value = see_view_trim(see_view_cut(pair, equals + 1, pair.len));
    return true;
}

bool see_cookie_next(const struct see_message *request, struct see_cookie_walk *walk,
                     struct see_cookie *ret_cookie)
{
    struct see_view pair;
    for (;;) {
        while (see_view_next(&walk->rest, ';', &pair)) {
            if (split_pair(pair, ret_cookie)) {
                return true;
            }
        }
        while (walk->field < request->field_count &&
               !see_view_eq_nocase(request->fields[walk->field].name, cookie_name)) {
            walk->field++;
        }
        if (walk->field == request->field_count) {
            return false;
        }
        walk->rest = request->fields[walk->field++].value;
    }
}

bool see_cookie_find(const struct see_message *request, struct see_view name,
                     struct see_cookie *ret_cookie)
{
    struct see_cookie_walk walk = {0};
    while (see_cookie_next(request, &walk, ret_cookie)) {
        if (see_view_eq(ret_cookie->name, name)) {
            return true;
        }
    }
    return false;
}

/* A year long past, as servers write it to delete: "Thu, 01 Jan 1970" or "01-Jan-70". */
static bool is_long_past(struct see_view date)
{
    for (size_t at = 0; at + 4 <= date.len; at++) {
        struct see_view year = see_view_cut(date, at, date.len);
        if (see_view_starts(year, SEE_LITERAL("19")) && see_ascii_is_digit(year.ptr[2]) &&
            see_ascii_is_digit(year.ptr[3])) {
            return true;
        }
    }
    return see_view_search(date, SEE_LITERAL("-70 ")) < date.len;
}

bool see_cookie_parse_set(struct see_view value, struct see_cookie *ret_cookie,
                          struct see_view *ret_domain, struct see_view *ret_path, bool *ret_deletes)
{
    struct see_view part;
    bool has_age = false; /* it goes before Expires (RFC 6265, 5.3) */
    *ret_domain = *ret_path = (struct see_view){NULL, 0};
    *ret_deletes = false;
    if (!see_view_next(&value, ';', &part) || !split_pair(part, ret_cookie)) {
        return false;
    }
    while (see_view_next(&value, ';', &part)) {
        struct see_cookie attribute;
        if (!split_pair(part, &attribute)) {
            continue;
        }
        if (see_view_eq_nocase(attribute.name, SEE_LITERAL("Domain"))) {
            bool has_dot = attribute.value.len > 0 && attribute.value.ptr[0] == '.';
            *ret_domain = see_view_cut(attribute.value, has_dot ? 1 : 0, attribute.value.len);
        } else if (see_view_eq_nocase(attribute.name, SEE_LITERAL("Path"))) {
            *ret_path = attribute.value;
        } else if (see_view_eq_nocase(attribute.name, SEE_LITERAL("Expires"))) {
            *ret_deletes = has_age ? *ret_deletes : is_long_past(attribute.value);
        } else if (see_view_eq_nocase(attribute.name, SEE_LITERAL("Max-Age"))) {
            has_age = true;
            *ret_deletes =
                attribute.value.len > 0 &&
                (attribute.value.ptr[0] == '-' || see_view_eq(attribute.value, SEE_LITERAL("0")));
        }
    }
    /* Servers delete by an empty value and a date in the past; nobody sends an empty one back. */
    if (ret_cookie->value.len == 0) {
        *ret_deletes = true;
    }
    return true;
}
