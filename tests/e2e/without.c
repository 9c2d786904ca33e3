/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * without - runs a command on a system that lacks something.
 *
 * usage: without WHAT[,WHAT...] COMMAND...
 *
 *     landlock   a kernel without Landlock
 *     seccomp    one without filters of system calls, or a container that forbids them
 *     setuid     a container in which root cannot become anybody else
 *     nnp        one that does not let new privileges be given up
 *     capset     one that does not let capabilities be given up
 *     fork       no further process
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int deny_prctl(scmp_filter_ctx filter, unsigned long option)
{
    struct scmp_arg_cmp is_option = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = option};
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &is_option);
}

static int deny(scmp_filter_ctx filter, const char *what)
{
    if (strcmp(what, "landlock") == 0) {
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset),
                                0);
    }
    if (strcmp(what, "seccomp") == 0) {
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) |
               deny_prctl(filter, PR_SET_SECCOMP);
    }
    if (strcmp(what, "setuid") == 0) {
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(setresuid), 0);
    }
    if (strcmp(what, "nnp") == 0) {
        return deny_prctl(filter, PR_SET_NO_NEW_PRIVS);
    }
    if (strcmp(what, "capset") == 0) {
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(capset), 0);
    }
    if (strcmp(what, "fork") == 0) {
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAGAIN), SCMP_SYS(clone), 0);
    }
    return -EINVAL;
}

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int result = argc < 3 || filter == NULL ? -EINVAL : 0;
    for (char *what = result == 0 ? strtok(argv[1], ",") : NULL; what != NULL && result == 0;
         what = strtok(NULL, ",")) {
        result = deny(filter, what);
    }
    /* As root, this process may set a filter without giving up new privileges: `nnp` needs that. */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, geteuid() == 0 ? 0 : 1);
    if (result != 0 || seccomp_load(filter) != 0) {
        fprintf(stderr, "without: this cannot be taken away here\n");
        return 77;
    }
    seccomp_release(filter);
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
