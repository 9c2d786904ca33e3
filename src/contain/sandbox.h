/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sandbox - what a process gives up, for good.
 */
#ifndef SEE_CONTAIN_SANDBOX_H
#define SEE_CONTAIN_SANDBOX_H

#include "contain/contain.h"

/*
 * New privileges, core dumps, the file system (Landlock), root (an unprivileged user, no
 * capabilities), and all system calls but those of the table (seccomp).  `socket` leads to the
 * parent, `interfaces` is where frames come from.
 */
void see_sandbox_enter(enum see_contain_role role, int socket, struct see_contain_range interfaces,
                       const char *database, struct see_contain_report *report);

/* Being killed together with the parent; a change of user forgets it. */
void see_sandbox_die_with_parent(void);

/* Adds to the report. */
void see_sandbox_holds(struct see_contain_report *report, const char *what);
void see_sandbox_lacks(struct see_contain_report *report, const char *what, int error);

/* Built with a sanitizer, which looks at /proc and, for leaks, traces us from a second thread. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SEE_HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(leak_sanitizer)
#define SEE_HAS_SANITIZER 1
#endif
#endif
#ifndef SEE_HAS_SANITIZER
#define SEE_HAS_SANITIZER 0
#endif

#endif
