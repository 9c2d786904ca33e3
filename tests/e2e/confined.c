/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * confined - runs a command with the filter of system calls that a service manager would set.
 *
 * usage: confined CALL[,CALL...] FAMILY[,FAMILY...] COMMAND...
 *
 * All other calls fail with EPERM, sockets of other families (by number) too; memory is never
 * writable and executable (MemoryDenyWriteExecute).
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WRITE_EXECUTE (PROT_WRITE | PROT_EXEC)

static int allow_masked(scmp_filter_ctx filter, int call, scmp_datum_t value)
{
    struct scmp_arg_cmp compare = {
        .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = WRITE_EXECUTE, .datum_b = value};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &compare);
}

static int allow(scmp_filter_ctx filter, int call)
{
    if (call == SCMP_SYS(socket)) {
        return 0;
    }
    if (call == SCMP_SYS(mmap)) {
        return allow_masked(filter, call, 0) | allow_masked(filter, call, PROT_WRITE) |
               allow_masked(filter, call, PROT_EXEC);
    }
    if (call == SCMP_SYS(mprotect)) {
        return allow_masked(filter, call, 0) | allow_masked(filter, call, PROT_WRITE);
    }
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
}

static int allow_family(scmp_filter_ctx filter, const char *family)
{
    struct scmp_arg_cmp compare = {.arg = 0, .op = SCMP_CMP_EQ};
    compare.datum_a = strtoul(family, NULL, 10);
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, &compare);
}

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int result = argc < 4 || filter == NULL ? -EINVAL : 0;
    for (char *name = result == 0 ? strtok(argv[1], ",") : NULL; name != NULL && result == 0;
         name = strtok(NULL, ",")) {
        int call = seccomp_syscall_resolve_name(name);
        result = call >= 0 ? allow(filter, call) : 0; /* else this machine does not have it */
    }
    for (char *family = result == 0 ? strtok(argv[2], ",") : NULL; family != NULL && result == 0;
         family = strtok(NULL, ",")) {
        result = allow_family(filter, family);
    }
    if (result != 0 || seccomp_load(filter) != 0) {
        fprintf(stderr, "confined: no such filter can be set here\n");
        return 77;
    }
    seccomp_release(filter);
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 127;
}
