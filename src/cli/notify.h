/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * notify - tells a service manager how we are (sd_notify(3)): lines such as "READY=1" in datagrams
 * to the Unix socket that NOTIFY_SOCKET names.
 */
#ifndef SEE_CLI_NOTIFY_H
#define SEE_CLI_NOTIFY_H

#include "core/time.h"

/* The connected socket, or -1 where nobody wants to know. */
int see_notify_open(void);

/* How often the manager wants a sign of life, at least twice that often; 0: never. */
see_time_ns see_notify_watchdog(void);

/* That the configuration is being read again; READY=1 ends it. */
void see_notify_reloading(int socket);

/* Sends and forgets; nothing happens when `socket` is -1. */
void see_notify(int socket, const char *state);

#endif
