/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void see_time_format(see_time_ns time, char text[SEE_TIME_TEXT])
{
    see_time_ns seconds = time / SEE_NS_PER_S;
    see_time_ns rest = time % SEE_NS_PER_S;
    if (rest < 0) {
        rest += SEE_NS_PER_S;
        seconds--;
    }
    struct tm parts = {0};
    time_t when = (time_t)seconds;
    gmtime_r(&when, &parts);
    snprintf(text, SEE_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900,
             parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
             (int)(rest / SEE_NS_PER_US));
}

/* Takes one of these octets off the front. */
static bool take_any(struct see_view *rest, const char *octets)
{
    bool has = rest->len > 0 && rest->ptr[0] != '\0' && strchr(octets, rest->ptr[0]) != NULL;
    *rest = see_view_cut(*rest, has, rest->len);
    return has;
}

/* Takes so many digits. */
static bool take_number(struct see_view *rest, size_t digits, int *ret_number)
{
    *ret_number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (i == rest->len || !see_ascii_is_digit(rest->ptr[i])) {
            return false;
        }
        *ret_number = *ret_number * 10 + (rest->ptr[i] - '0');
    }
    *rest = see_view_cut(*rest, digits, rest->len);
    return true;
}

/* Takes digits behind a point; those that make no nanoseconds count for nothing. */
static bool take_fraction(struct see_view *rest, see_time_ns *ret_ns)
{
    see_time_ns unit = SEE_NS_PER_S;
    size_t digits = 0;
    for (; digits < rest->len && see_ascii_is_digit(rest->ptr[digits]); digits++) {
        unit /= 10;
        *ret_ns += (rest->ptr[digits] - '0') * unit;
    }
    *rest = see_view_cut(*rest, digits, rest->len);
    return digits > 0;
}

/* Z, +02:00, +0200, +02, or nothing, which is Z. */
static bool take_offset(struct see_view *rest, int *ret_seconds)
{
    int hours = 0, minutes = 0;
    bool is_west = rest->len > 0 && rest->ptr[0] == '-';
    if (take_any(rest, "Zz") || !take_any(rest, "+-")) {
        return true;
    }
    if (!take_number(rest, 2, &hours) ||
        ((take_any(rest, ":") || rest->len > 0) && !take_number(rest, 2, &minutes)) || hours > 23 ||
        minutes > 59) {
        return false;
    }
    *ret_seconds = (is_west ? -60 : 60) * (hours * 60 + minutes);
    return true;
}

/* Takes the time of day, from the hour on. */
static bool take_clock(struct see_view *rest, struct tm *parts, see_time_ns *ret_fraction,
                       int *ret_offset)
{
    bool ok = take_number(rest, 2, &parts->tm_hour);
    if (ok && take_any(rest, ":")) {
        ok = take_number(rest, 2, &parts->tm_min);
        if (ok && take_any(rest, ":")) {
            ok = take_number(rest, 2, &parts->tm_sec) &&
                 (!take_any(rest, ".,") || take_fraction(rest, ret_fraction));
        }
    }
    return ok && take_offset(rest, ret_offset);
}

/* Whether there is such a day, and such a time in it: what there is not becomes another one. */
static bool read_seconds(const struct tm *parts, int64_t *ret_seconds)
{
    struct tm normal = *parts;
    *ret_seconds = timegm(&normal);
    return normal.tm_year == parts->tm_year && normal.tm_mon == parts->tm_mon &&
           normal.tm_mday == parts->tm_mday && normal.tm_hour == parts->tm_hour &&
           normal.tm_min == parts->tm_min && normal.tm_sec == parts->tm_sec;
}

bool see_time_parse(struct see_view text, see_time_ns *ret_time)
{
    struct tm parts = {0};
    see_time_ns fraction = 0;
    int year = 0, month = 1, day = 1, offset = 0;
    int64_t seconds = 0;
    bool ok = take_number(&text, 4, &year);
    if (ok && take_any(&text, "-")) {
        ok = take_number(&text, 2, &month);
        if (ok && take_any(&text, "-")) {
            ok = take_number(&text, 2, &day) &&
                 (!take_any(&text, "Tt ") || take_clock(&text, &parts, &fraction, &offset));
        }
    }
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    parts.tm_mday = day;
    if (!ok || text.len > 0 || !read_seconds(&parts, &seconds)) {
        return false;
    }
    seconds -= offset;
    if (__builtin_mul_overflow(seconds, SEE_NS_PER_S, ret_time) ||
        __builtin_add_overflow(*ret_time, fraction, ret_time)) {
        *ret_time = seconds < 0 ? INT64_MIN : INT64_MAX;
    }
    return true;
}
