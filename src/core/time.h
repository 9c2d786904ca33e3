/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * time - capture time, never the wall clock.
 *
 * Nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.  Signed:
 * a capture may claim any date.
 */
#ifndef SEE_CORE_TIME_H
#define SEE_CORE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/view.h"

typedef int64_t see_time_ns;

#define SEE_NS_PER_US ((see_time_ns)1000)
#define SEE_NS_PER_MS ((see_time_ns)1000000)
#define SEE_NS_PER_S ((see_time_ns)1000000000)

/* Room for `see_time_format`, NUL included. */
#define SEE_TIME_TEXT 88

/* Writes `2026-11-20T13:24:05.123456Z` (UTC, microseconds) into `text`. */
void see_time_format(see_time_ns time, char text[SEE_TIME_TEXT]);

/*
 * Reads a time of ISO 8601, extended format, as people write it: from the year alone to
 * `2026-11-20 13:24:05.123456789+02:00`, with T or a blank, and UTC where no offset is given.  What
 * is left out is the first of its kind; what no capture can claim becomes the nearest that it can.
 * False, and nothing changed, for what is no time.
 */
bool see_time_parse(struct see_view text, see_time_ns *ret_time);

#endif
