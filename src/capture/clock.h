/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clock - stamps out of what a file or a device says about time.
 *
 * Stamps are held within 146 years of 1970, which is all that pcap can say, so that
 * the difference of any two of them, and the sum of a stamp and a timeout, can be
 * reckoned with everywhere.  One that cannot be is bent to the nearest that can.
 */
#ifndef SEE_CAPTURE_CLOCK_H
#define SEE_CAPTURE_CLOCK_H

#include <stdbool.h>

#include "core/time.h"

#define SEE_STAMP_MAX (INT64_MAX / 2)

/* A stamp of seconds and a fraction. */
see_time_ns see_clock_time(int64_t seconds, int64_t fraction_ns, bool *ret_is_clamped);

/*
 * A stamp of pcapng: `units` of a resolution as if_tsresol says it (10^-n seconds, or 2^-n with the
 * highest bit set), and `offset` seconds more.
 */
see_time_ns see_clock_units(uint64_t units, uint8_t resolution, int64_t offset,
                            bool *ret_is_clamped);

#endif
