/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Later kernels know more than the header of an older one names. */
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_CONNECT UINT64_C(3)
#define SCOPE_ABSTRACT_SOCKET_SIGNAL UINT64_C(3)

struct ruleset {
    uint64_t fs, net, scoped;
};

/* All that a version can forbid, and how long the structure was when it came. */
static const struct {
    uint64_t fs, net, scoped;
    size_t size;
} versions[] = {
    {FS_REFER - 1, 0, 0, 8},
    {FS_TRUNCATE - 1, 0, 0, 8},
    {FS_IOCTL_DEV - 1, 0, 0, 8},
    {FS_IOCTL_DEV - 1, NET_BIND_CONNECT, 0, 16},
    {2 * FS_IOCTL_DEV - 1, NET_BIND_CONNECT, 0, 16},
    {2 * FS_IOCTL_DEV - 1, NET_BIND_CONNECT, SCOPE_ABSTRACT_SOCKET_SIGNAL, 24},
};
#define VERSIONS (int)(sizeof(versions) / sizeof(versions[0]))

#define READING (uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                              \
    (READING | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE)

/* The C library has no names for these calls. */
static int landlock_version(void)
{
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static int add_place(int ruleset, const struct see_landlock_place *place, uint64_t known)
{
    int directory = open(place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return 0;
    }
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = (place->is_writable ? WRITING : READING) & known,
        .parent_fd = directory,
    };
    int result =
        (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    int why = errno;
    close(directory);
    errno = why;
    return result;
}

int see_landlock_enter(const struct see_landlock_place *places, size_t count)
{
    int version = landlock_version();
    if (version <= 0) {
        return 0;
    }
    int known = version < VERSIONS ? version : VERSIONS;
    struct ruleset attributes = {versions[known - 1].fs, versions[known - 1].net,
                                 versions[known - 1].scoped};
    int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attributes, versions[known - 1].size, 0);
    if (ruleset < 0) {
        return 0;
    }
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        result = add_place(ruleset, &places[i], attributes.fs);
    }
    if (result == 0) {
        result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    }
    int why = errno;
    close(ruleset);
    errno = why;
    return result == 0 ? version : 0;
}
