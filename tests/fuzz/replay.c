/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay - gives each file of some folders to a fuzz target, without a fuzzer.
 *
 * usage: replay FOLDER...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX 65536

static int replay(const char *folder, const char *name)
{
    char path[4096];
    struct stat info;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return 0;
    }
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    if (file == NULL || data == NULL) {
        perror(path);
        exit(1);
    }
    size_t size = fread(data, 1, INPUT_MAX, file);
    fclose(file);
    /* To the octet, so that a sanitizer sees one too many. */
    uint8_t *exact = realloc(data, size > 0 ? size : 1);
    if (exact == NULL) {
        exit(1);
    }
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

static int replay_all(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;
    if (folder == NULL) {
        perror(path);
        exit(1);
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.' ? replay(path, entry->d_name) : 0;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;
    if (argc < 2) {
        fprintf(stderr, "usage: replay FOLDER...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        count += replay_all(argv[i]);
    }
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
