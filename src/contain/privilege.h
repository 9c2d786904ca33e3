/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * privilege - being nobody in particular.
 */
#ifndef SEE_CONTAIN_PRIVILEGE_H
#define SEE_CONTAIN_PRIVILEGE_H

#include <stddef.h>
#include <sys/types.h>

struct see_privilege_user {
    char name[64];
    uid_t uid;
    gid_t gid;
};

/* Whom root becomes: `_seeother` where an administrator made that user, else `nobody`. */
void see_privilege_find(struct see_privilege_user *ret_user);

/* Becomes the user, in no other group, with no way back.  -1 with errno; then nothing is changed.
 */
int see_privilege_become(const struct see_privilege_user *user);

/* Gives up every capability, also those that the file of the program brought.  -1 with errno. */
int see_privilege_drop_capabilities(void);

#endif
