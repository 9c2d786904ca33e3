/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * measure - runs a command and says what it took, with all its children.
 *
 * usage: measure FILE COMMAND [ARGUMENT...]
 *
 * Writes one line of JSON to FILE: seconds of user, system and wall time, the
 * largest resident set of one process in KiB, and the exit status.  A small
 * program of its own, since a process begins with the peak memory of the one that
 * it was forked from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: measure FILE COMMAND [ARGUMENT...]\n");
        return 2;
    }
    double begin = now();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror(argv[2]);
        return EXIT_FAILURE;
    }
    double wall = now() - begin;
    FILE *file = fopen(argv[1], "w");
    if (file == NULL) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    fprintf(file,
            "{\"user\": %.6f, \"system\": %.6f, \"wall\": %.6f, \"peak_kib\": %ld, "
            "\"status\": %d}\n",
            seconds(usage.ru_utime), seconds(usage.ru_stime), wall, usage.ru_maxrss,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
