/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * thread - a second pair of hands.
 */
#ifndef SEE_CORE_THREAD_H
#define SEE_CORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Starts one that no signal comes to: they are for the thread that can tell what they mean.  False
 * when there is none to be had.
 */
bool see_thread_start(pthread_t *ret_thread, void *(*work)(void *ctx), void *ctx);

#endif
