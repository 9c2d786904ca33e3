/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int see_notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = path != NULL ? strlen(path) : 0;
    if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@')) {
        return -1;
    }
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* an abstract one */
    }
    int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (notify >= 0 && connect(notify, (const struct sockaddr *)&address, size) != 0) {
        close(notify);
        return -1;
    }
    return notify;
}

see_time_ns see_notify_watchdog(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    char *end;
    long long micros = text != NULL ? strtoll(text, &end, 10) : 0;
    return text != NULL && *end == '\0' && micros > 1 && micros < INT64_MAX / SEE_NS_PER_US
               ? micros * SEE_NS_PER_US / 2
               : 0;
}

void see_notify_reloading(int socket)
{
    char text[64];
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    see_notify(socket, text);
}

void see_notify(int socket, const char *state)
{
    if (socket >= 0) {
        /* A manager that does not listen is no reason to stop. */
        (void)!write(socket, state, strlen(state));
    }
}
