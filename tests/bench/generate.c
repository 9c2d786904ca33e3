/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * generate - writes the captures of the benchmark.
 *
 * usage: generate [--scale S] [--seed N] [--at-a-time N] [--pcapng] SCENE FILE
 *
 * The same arguments give the same file.  What is in it goes to standard output,
 * as JSON.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

#define MIB (1024u * 1024u)

static const struct bench_scene scenes[] = {
    {.name = "headers",
     .connections = 75000,
     .at_a_time = 2000,
     .exchanges = 20,
     .redirects_percent = 5,
     .content_least = 100,
     .content_most = 900,
     .chunked_percent = 0},
    {.name = "bodies",
     .connections = 170,
     .at_a_time = 50,
     .exchanges = 5,
     .redirects_percent = 0,
     .content_least = MIB,
     .content_most = 3 * MIB,
     .chunked_percent = 25},
    {.name = "flows",
     .connections = 500000,
     .at_a_time = 2000,
     .exchanges = 1,
     .redirects_percent = 5,
     .content_least = 100,
     .content_most = 900},
    {.name = "other",
     .connections = 1700,
     .at_a_time = 200,
     .content_least = 8192,
     .content_most = MIB / 2},
    {.name = "loss",
     .connections = 75000,
     .at_a_time = 2000,
     .exchanges = 20,
     .redirects_percent = 5,
     .content_least = 100,
     .content_most = 900,
     .late_percent = 2,
     .lost_percent = 1},
    {.name = "unseen",
     .connections = 75000,
     .at_a_time = 2000,
     .exchanges = 20,
     .redirects_percent = 5,
     .content_least = 100,
     .content_most = 900,
     .late_percent = 2,
     .unseen_percent = 1},
    {.name = "redirects",
     .connections = 30000,
     .at_a_time = 2000,
     .exchanges = 20,
     .redirects_percent = 100,
     .content_least = 100,
     .content_most = 900},
};

static int usage(void)
{
    fprintf(stderr, "usage: generate [--scale S] [--seed N] [--at-a-time N] [--pcapng] SCENE FILE\n"
                    "scenes:");
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        fprintf(stderr, " %s", scenes[i].name);
    }
    fprintf(stderr, "\n");
    return 2;
}

static const struct bench_scene *find_scene(const char *name)
{
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        if (strcmp(scenes[i].name, name) == 0) {
            return &scenes[i];
        }
    }
    return NULL;
}

static void print_truth(const struct bench_file *file, const struct bench_truth *truth)
{
    printf("{\"segments\": %" PRIu64 ", \"octets\": %" PRIu64 ", \"connections\": %" PRIu64
           ", \"exchanges\": %" PRIu64 ", \"redirects\": %" PRIu64 ", \"followed\": %" PRIu64 "}\n",
           file->segments, file->octets, truth->connections, truth->exchanges, truth->redirects,
           truth->followed);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"scale", required_argument, NULL, 's'},
                                            {"seed", required_argument, NULL, 'r'},
                                            {"at-a-time", required_argument, NULL, 'a'},
                                            {"pcapng", no_argument, NULL, 'n'},
                                            {0}};
    double scale = 1;
    uint64_t seed = 1;
    uint32_t at_a_time = 0;
    bool is_pcapng = false;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 's':
            scale = strtod(optarg, NULL);
            break;
        case 'r':
            seed = strtoull(optarg, NULL, 10);
            break;
        case 'a':
            at_a_time = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'n':
            is_pcapng = true;
            break;
        default:
            return usage();
        }
    }
    const struct bench_scene *named = optind + 2 == argc ? find_scene(argv[optind]) : NULL;
    if (named == NULL || !(scale > 0)) {
        return usage();
    }
    struct bench_scene scene = *named;
    scene.at_a_time = at_a_time > 0 ? at_a_time : scene.at_a_time;
    struct bench_file file;
    bench_file_open(&file, argv[optind + 1], is_pcapng);
    struct bench_truth truth = bench_talk(&scene, scale, seed, &file);
    bench_file_close(&file);
    print_truth(&file, &truth);
    return EXIT_SUCCESS;
}
