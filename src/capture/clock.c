/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/clock.h"

#define SECONDS_MAX (SEE_STAMP_MAX / SEE_NS_PER_S)

#define RESOLUTION_BINARY 0x80u

/* 10^19 is the highest power that fits in 64 bits. */
#define EXPONENT_MAX 19

see_time_ns see_clock_time(int64_t seconds, int64_t fraction_ns, bool *ret_is_clamped)
{
    *ret_is_clamped = true;
    if (seconds >= SECONDS_MAX) {
        return SEE_STAMP_MAX;
    }
    if (seconds <= -SECONDS_MAX) {
        return -SEE_STAMP_MAX;
    }
    /* A fraction of more than a second is a lie, but no reason to lose the frame. */
    if (fraction_ns < 0 || fraction_ns >= SEE_NS_PER_S) {
        return seconds * SEE_NS_PER_S + SEE_NS_PER_S - 1;
    }
    *ret_is_clamped = false;
    return seconds * SEE_NS_PER_S + fraction_ns;
}

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0) {
        power *= 10;
    }
    return power;
}

/* Units of 10^-exponent seconds. */
static void split_decimal(uint64_t units, unsigned exponent, uint64_t *ret_seconds,
                          uint64_t *ret_fraction_ns)
{
    uint64_t per_second = exponent <= EXPONENT_MAX ? power_of_ten(exponent) : 0;
    uint64_t fraction = per_second > 0 ? units % per_second : units;
    *ret_seconds = per_second > 0 ? units / per_second : 0;
    if (exponent <= 9) {
        *ret_fraction_ns = fraction * power_of_ten(9 - exponent);
    } else {
        *ret_fraction_ns = exponent - 9 <= EXPONENT_MAX ? fraction / power_of_ten(exponent - 9) : 0;
    }
}

/* Units of 2^-exponent seconds. */
static void split_binary(uint64_t units, unsigned exponent, uint64_t *ret_seconds,
                         uint64_t *ret_fraction_ns)
{
    uint64_t fraction = exponent < 64 ? units & (((uint64_t)1 << exponent) - 1) : units;
    *ret_seconds = exponent < 64 ? units >> exponent : 0;
    /* 34 bits of a fraction tell nanoseconds apart, and times 10^9 they still fit. */
    if (exponent > 34) {
        fraction = exponent - 34 < 64 ? fraction >> (exponent - 34) : 0;
        exponent = 34;
    }
    *ret_fraction_ns = fraction * (uint64_t)SEE_NS_PER_S >> exponent;
}

see_time_ns see_clock_units(uint64_t units, uint8_t resolution, int64_t offset,
                            bool *ret_is_clamped)
{
    uint64_t seconds, fraction_ns;
    unsigned exponent = resolution & ~RESOLUTION_BINARY;
    if (resolution & RESOLUTION_BINARY) {
        split_binary(units, exponent, &seconds, &fraction_ns);
    } else {
        split_decimal(units, exponent, &seconds, &fraction_ns);
    }
    int64_t sum = seconds > INT64_MAX ? INT64_MAX : (int64_t)seconds;
    /* `seconds` is not negative, so only the upper end can be passed. */
    if (__builtin_add_overflow(sum, offset, &sum)) {
        sum = INT64_MAX;
    }
    return see_clock_time(sum, (int64_t)fraction_ns, ret_is_clamped);
}
