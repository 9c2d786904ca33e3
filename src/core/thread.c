/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/thread.h"

#include <signal.h>

bool see_thread_start(pthread_t *ret_thread, void *(*work)(void *ctx), void *ctx)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool is_started = pthread_create(ret_thread, NULL, work, ctx) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}
