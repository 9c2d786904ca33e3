/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sequence - the one place where TCP sequence numbers are compared.
 *
 * They count octets modulo 2^32 (RFC 9293, 3.4), so "before" has a meaning only
 * within 2^31 of each other.  Everything else in this room counts in places:
 * 64-bit offsets from the first octet of a direction, which never wrap.
 */
#ifndef SEE_STREAM_SEQUENCE_H
#define SEE_STREAM_SEQUENCE_H

#include <stdint.h>

/* How far `to` lies past `from`; negative when it lies before. */
static inline int32_t see_sequence_distance(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from);
}

#endif
