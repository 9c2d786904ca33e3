/* SPDX-License-Identifier: BSD-3-Clause */
#include "transcript.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/view.h"

struct reader {
    const char *path;
    unsigned line;
    struct transcript *list;
    size_t count;
    bool is_expecting; /* behind "===" */
    bool begins_frame; /* the next octets are a frame of their own */
    bool has_ack;
    size_t ack;
    size_t frame;
};

static void fail(const struct reader *reader, const char *what)
{
    fprintf(stderr, "%s:%u: %s\n", reader->path, reader->line, what);
    exit(1);
}

static void *grow(void *memory, size_t size)
{
    void *grown = realloc(memory, size);
    if (grown == NULL) {
        perror("realloc");
        exit(1);
    }
    return grown;
}

static void append(char **text, const char *more)
{
    size_t len = *text != NULL ? strlen(*text) : 0;
    *text = grow(*text, len + strlen(more) + 1);
    strcpy(*text + len, more);
}

static struct transcript *current(struct reader *reader)
{
    if (reader->count == 0) {
        fail(reader, "a case begins with ##");
    }
    return &reader->list[reader->count - 1];
}

static void begin_case(struct reader *reader, const char *title)
{
    reader->list = grow(reader->list, (reader->count + 1) * sizeof(*reader->list));
    struct transcript *transcript = &reader->list[reader->count++];
    *transcript = (struct transcript){.limits = see_limits_default()};
    const char *slash = strrchr(reader->path, '/');
    append(&transcript->title, slash != NULL ? slash + 1 : reader->path);
    append(&transcript->title, ": ");
    append(&transcript->title, title);
    append(&transcript->expected, "");
    append(&transcript->counters, "");
    reader->is_expecting = false;
    reader->begins_frame = true;
    reader->has_ack = false;
    reader->frame = 0;
}

static struct step *add_step(struct reader *reader, enum step_kind kind, unsigned side)
{
    struct transcript *transcript = current(reader);
    transcript->steps =
        grow(transcript->steps, (transcript->step_count + 1) * sizeof(*transcript->steps));
    struct step *step = &transcript->steps[transcript->step_count++];
    *step = (struct step){.kind = kind,
                          .side = side,
                          .has_ack = reader->has_ack,
                          .ack = reader->ack,
                          .frame = reader->frame};
    reader->has_ack = false;
    reader->frame = 0;
    reader->begins_frame = true;
    return step;
}

static void add_octets(struct step *step, const char *octets, size_t len)
{
    step->octets = grow(step->octets, step->len + len + 1);
    memcpy(step->octets + step->len, octets, len);
    step->len += len;
}

static size_t add_repeated(struct reader *reader, struct step *step, const char *text)
{
    char *rest;
    size_t times = strtoul(text, &rest, 10);
    const char *end = strchr(text, '}');
    if (*rest != ' ' || end == NULL) {
        fail(reader, "\\{N TEXT} expected");
    }
    for (size_t i = 0; i < times; i++) {
        add_octets(step, rest + 1, (size_t)(end - rest - 1));
    }
    return (size_t)(end - text) + 1;
}

static size_t add_escape(struct reader *reader, struct step *step, const char *text)
{
    static const char names[] = "rnt\\\"0", values[] = "\r\n\t\\\"\0";
    const char *at = strchr(names, text[0]);
    if (at != NULL && text[0] != '\0') {
        add_octets(step, &values[at - names], 1);
        return 1;
    }
    if (text[0] == '{') {
        return 1 + add_repeated(reader, step, text + 1);
    }
    int high = text[0] == 'x' ? see_ascii_hex(text[1]) : -1;
    int low = high >= 0 ? see_ascii_hex(text[2]) : -1;
    if (low < 0) {
        fail(reader, "no such escape");
    }
    char octet = (char)(high * 16 + low);
    add_octets(step, &octet, 1);
    return 3;
}

static void add_text(struct reader *reader, unsigned side, const char *text)
{
    struct transcript *transcript = current(reader);
    struct step *last =
        transcript->step_count > 0 ? &transcript->steps[transcript->step_count - 1] : NULL;
    bool goes_on = !reader->begins_frame && !reader->has_ack && last != NULL &&
                   last->kind == STEP_OCTETS && last->side == side;
    struct step *step = goes_on ? last : add_step(reader, STEP_OCTETS, side);
    reader->begins_frame = false;
    while (*text != '\0') {
        if (text[0] == '\\' && text[1] == '\0') {
            return;
        }
        if (text[0] == '\\') {
            text += 1 + add_escape(reader, step, text + 1);
        } else {
            add_octets(step, text++, 1);
        }
    }
    add_octets(step, "\r\n", 2);
}

static unsigned read_side(struct reader *reader, char c)
{
    if (c != '>' && c != '<') {
        fail(reader, "> or < expected");
    }
    return c == '>' ? 0 : 1;
}

static void set_limit(struct reader *reader, const char *text)
{
    char name[64];
    size_t value;
    struct see_limits *limits = &current(reader)->limits;
    if (sscanf(text, "%63s %zu", name, &value) != 2) {
        fail(reader, "limit NAME N expected");
    }
#define SEE_LIMIT(field, default_value, what, then, counter) \
    if (strcmp(name, #field) == 0) {                         \
        limits->field = value;                               \
    }
    SEE_LIMITS(SEE_LIMIT)
#undef SEE_LIMIT
}

static bool read_flag(struct reader *reader, const char *line)
{
    struct transcript *transcript = current(reader);
    bool *flag = strcmp(line, "opener server") == 0 ? &transcript->is_server_opener
                 : strcmp(line, "midstream") == 0   ? &transcript->is_midstream
                 : strcmp(line, "ipv6") == 0        ? &transcript->is_ipv6
                 : strcmp(line, "show fields") == 0 ? &transcript->shows_fields
                 : strcmp(line, "show kept") == 0   ? &transcript->shows_kept
                 : strcmp(line, "show client") == 0 ? &transcript->shows_client
                 : strcmp(line, "show unread") == 0 ? &transcript->shows_unread
                                                    : NULL;
    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

static void set_client(struct reader *reader, const char *text)
{
    struct transcript *transcript = current(reader);
    transcript->clients.by = strcmp(text, "auto") == 0 ? SEE_CLIENT_AUTO
                             : strcmp(text, "ip") == 0 ? SEE_CLIENT_IP
                                                       : SEE_CLIENT_HEADER;
    snprintf(transcript->header, sizeof(transcript->header), "%s", text);
}

static void add_trusted(struct reader *reader, const char *text)
{
    struct transcript *transcript = current(reader);
    size_t most = sizeof(transcript->trusted) / sizeof(transcript->trusted[0]);
    if (transcript->clients.trusted_count == most ||
        !see_cidr_parse(see_view_of(text),
                        &transcript->trusted[transcript->clients.trusted_count++])) {
        fail(reader, "trust CIDR expected");
    }
}

static void read_step(struct reader *reader, const char *line)
{
    if (strncmp(line, ">>>", 3) == 0 || strncmp(line, "<<<", 3) == 0) {
        add_text(reader, read_side(reader, line[0]), line[3] == ' ' ? line + 4 : line + 3);
    } else if (strncmp(line, "~~~ ", 4) == 0) {
        unsigned side = read_side(reader, line[4]);
        add_step(reader, STEP_GAP, side)->len = strtoul(line + 5, NULL, 10);
    } else if (strncmp(line, "fin ", 4) == 0) {
        add_step(reader, STEP_FIN, read_side(reader, line[4]));
    } else if (strcmp(line, "close") == 0) {
        add_step(reader, STEP_CLOSE, 0);
    } else if (strncmp(line, "ack ", 4) == 0) {
        reader->has_ack = true;
        reader->ack = strtoul(line + 4, NULL, 10);
    } else if (strncmp(line, "frame ", 6) == 0) {
        reader->begins_frame = true;
        reader->frame = strtoul(line + 6, NULL, 10);
    } else if (strncmp(line, "limit ", 6) == 0) {
        set_limit(reader, line + 6);
    } else if (strncmp(line, "count ", 6) == 0) {
        append(&current(reader)->counters, line + 6);
        append(&current(reader)->counters, " ");
    } else if (strncmp(line, "client ", 7) == 0) {
        set_client(reader, line + 7);
    } else if (strncmp(line, "trust ", 6) == 0) {
        add_trusted(reader, line + 6);
    } else if (line[0] == '\0') {
        reader->begins_frame = true;
    } else if (!read_flag(reader, line)) {
        fail(reader, "not understood");
    }
}

static void read_line(struct reader *reader, const char *line)
{
    if (strncmp(line, "## ", 3) == 0) {
        begin_case(reader, line + 3);
    } else if (line[0] == '#' && (line[1] == ' ' || line[1] == '\0')) {
        return;
    } else if (strcmp(line, "===") == 0) {
        current(reader)->expected[0] = '\0';
        reader->is_expecting = true;
    } else if (!reader->is_expecting && (reader->count > 0 || line[0] != '\0')) {
        read_step(reader, line);
    } else if (line[0] != '\0') {
        append(&current(reader)->expected, line);
        append(&current(reader)->expected, "\n");
    }
}

static void read_file(struct reader *reader)
{
    FILE *file = fopen(reader->path, "r");
    char *line = NULL;
    size_t size = 0;
    if (file == NULL) {
        fail(reader, strerror(errno));
        return;
    }
    reader->line = 0;
    for (ssize_t len; (len = getline(&line, &size, file)) >= 0;) {
        reader->line++;
        if (len > 0 && line[len - 1] == '\n') {
            line[len - 1] = '\0';
        }
        read_line(reader, line);
    }
    free(line);
    fclose(file);
}

static int is_transcript(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

struct transcript *transcripts_read(const char *directory, size_t *ret_count)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_transcript, alphasort);
    struct reader reader = {.path = directory};
    if (count <= 0) {
        fail(&reader, "no transcripts");
    }
    for (int i = 0; i < count; i++) {
        char *path = NULL;
        append(&path, directory);
        append(&path, "/");
        append(&path, entries[i]->d_name);
        reader.path = path;
        read_file(&reader);
        free(path);
        free(entries[i]);
    }
    free(entries);
    *ret_count = reader.count;
    return reader.list;
}

void transcripts_free(struct transcript *transcripts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < transcripts[i].step_count; k++) {
            free(transcripts[i].steps[k].octets);
        }
        free(transcripts[i].steps);
        free(transcripts[i].title);
        free(transcripts[i].counters);
        free(transcripts[i].expected);
    }
    free(transcripts);
}
