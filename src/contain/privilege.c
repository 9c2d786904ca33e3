/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where not even `nobody` is in the list of users, this number is nobody's all the same. */
#define NOBODY 65534

void see_privilege_find(struct see_privilege_user *ret_user)
{
    const struct passwd *entry = getpwnam("_seeother");
    entry = entry != NULL ? entry : getpwnam("nobody");
    bool is_usable = entry != NULL && entry->pw_uid != 0;
    *ret_user = (struct see_privilege_user){
        .uid = is_usable ? entry->pw_uid : NOBODY,
        .gid = is_usable ? entry->pw_gid : NOBODY,
    };
    snprintf(ret_user->name, sizeof(ret_user->name), "%s", is_usable ? entry->pw_name : "nobody");
}

int see_privilege_become(const struct see_privilege_user *user)
{
    gid_t group = getegid();
    if (setgroups(0, NULL) != 0 || setresgid(user->gid, user->gid, user->gid) != 0) {
        return -1;
    }
    if (setresuid(user->uid, user->uid, user->uid) != 0) {
        int why = errno;
        errno = setresgid(group, group, group) == 0 ? why : errno;
        return -1;
    }
    if (setresuid(0, 0, 0) == 0) {
        errno = EPERM; /* a way back means that nothing was given up */
        return -1;
    }
    return 0;
}

int see_privilege_drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return (int)syscall(SYS_capset, &header, none);
}
