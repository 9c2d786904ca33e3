/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * upkeep - the database of a running monitor: counters by minute, rotation, a new beginning
 * when SIGHUP asks for it, and waiting while it cannot be written.
 */
#ifndef SEE_CLI_UPKEEP_H
#define SEE_CLI_UPKEEP_H

#include "cli/beat.h"

#define SEE_UPKEEP_MINUTE (60 * SEE_NS_PER_S)

/* The minute is over, or all is: what each interface counted in it. */
SEE_MUST_CHECK int see_upkeep_minute(struct see_beat *beat, see_time_ns now);

/* Does what the database needs, several times a second. */
SEE_MUST_CHECK int see_upkeep(struct see_beat *beat, see_time_ns now);

#endif
