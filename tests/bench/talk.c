/* SPDX-License-Identifier: BSD-3-Clause */
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_OF_CLIENT 4
#define SERVERS 64

/* Mean time between two segments of one connection: half a round trip across a country. */
#define PACE_NS 20000000u

enum step {
    STEP_SYN,
    STEP_SYN_ACK,
    STEP_SYN_ACK_ACK,
    STEP_REQUEST,
    STEP_RESPONSE,
    STEP_ACK,
    STEP_FIN,
    STEP_FIN_ACK,
    STEP_FIN_ACK_ACK,
};

struct line {
    struct bench_end ends[2]; /* the client, the server */
    uint32_t seq[2];
    enum step step;
    uint32_t exchanges_left;
    uint32_t server;
    uint32_t segments; /* of the response so far */
    bool is_redirecting;
    struct bench_visit visit; /* what is being fetched */
    struct bench_visit next;  /* where it leads, or has led */
    struct bench_message message;
    bool has_late;
    struct bench_segment late;
};

struct client {
    uint16_t port;            /* the last one used */
    struct bench_visit visit; /* to follow on any of its connections to `server` */
    uint32_t server;
};

struct talk {
    const struct bench_scene *scene;
    struct bench_file *file;
    struct bench_dice dice;
    struct line *lines;
    struct client *clients;
    uint32_t live;
    uint64_t left; /* connections to come */
    struct bench_truth truth;
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        perror("bench");
        exit(EXIT_FAILURE);
    }
    return memory;
}

static uint32_t client_number(const struct talk *talk, const struct line *line)
{
    return (uint32_t)(line - talk->lines) / CONNECTIONS_OF_CLIENT;
}

static struct client *client_of(const struct talk *talk, const struct line *line)
{
    return &talk->clients[client_number(talk, line)];
}

static struct bench_voice voice_of(struct talk *talk, const struct line *line)
{
    return (struct bench_voice){&talk->dice, client_number(talk, line), line->server};
}

/* Puts a segment into the file, as the tap saw it: perhaps twice, or after the next one. */
static void show(struct talk *talk, struct line *line, const struct bench_segment *segment)
{
    const struct bench_scene *scene = talk->scene;
    bool is_late = bench_chance(&talk->dice, scene->late_percent);
    bool is_lost = bench_chance(&talk->dice, scene->lost_percent);
    bool is_lost_behind = is_lost && bench_chance(&talk->dice, 50);
    if (bench_chance(&talk->dice, scene->unseen_percent)) {
        return;
    }
    if ((is_late || is_lost) && !is_lost_behind && !line->has_late) {
        line->late = *segment;
        line->has_late = true;
        return;
    }
    bench_file_put(talk->file, segment);
    if (line->has_late) {
        bench_file_put(talk->file, &line->late);
        line->has_late = false;
    }
    if (is_lost_behind) {
        line->late = *segment;
        line->has_late = true;
    }
}

static void send(struct talk *talk, struct line *line, unsigned from, uint8_t flags,
                 struct bench_segment *segment)
{
    segment->from = line->ends[from];
    segment->to = line->ends[!from];
    segment->flags = flags;
    segment->seq = line->seq[from];
    segment->ack = line->seq[!from];
    line->seq[from] += (uint32_t)segment->len + ((flags & (BENCH_SYN | BENCH_FIN)) != 0);
    show(talk, line, segment);
}

static void send_empty(struct talk *talk, struct line *line, unsigned from, uint8_t flags)
{
    struct bench_segment segment;
    segment.len = 0;
    send(talk, line, from, flags, &segment);
}

/* The next piece of the message that is under way. */
static void send_piece(struct talk *talk, struct line *line, unsigned from)
{
    struct bench_segment segment;
    segment.len = bench_message_send(&line->message, segment.payload, BENCH_SEGMENT_MAX);
    send(talk, line, from, BENCH_ACK | BENCH_PUSH, &segment);
}

static uint64_t content_len(struct talk *talk)
{
    const struct bench_scene *scene = talk->scene;
    uint64_t range = scene->content_most - scene->content_least + 1;
    return scene->content_least + bench_roll(&talk->dice) % range;
}

/* What the client fetches next: the end of a redirect if there is one. */
static void begin_request(struct talk *talk, struct line *line)
{
    struct bench_voice voice = voice_of(talk, line);
    struct client *client = client_of(talk, line);
    line->is_redirecting = false;
    if (line->next.is_set) {
        line->visit = line->next;
        talk->truth.followed++;
    } else if (client->visit.is_set && client->server == line->server) {
        line->visit = client->visit;
        client->visit.is_set = false;
        talk->truth.followed++;
    } else {
        /* A redirect needs another exchange to be followed in. */
        bool has_more = line->exchanges_left > 1 || (talk->scene->exchanges == 1 && talk->left > 0);
        line->is_redirecting =
            has_more && bench_chance(&talk->dice, talk->scene->redirects_percent);
        bench_visit_new(&voice, line->is_redirecting, &line->visit);
    }
    line->next.is_set = false;
    bench_request(&voice, &line->visit, &line->message);
}

static void begin_response(struct talk *talk, struct line *line)
{
    struct bench_voice voice = voice_of(talk, line);
    line->segments = 0;
    if (!line->is_redirecting) {
        bench_response(&voice, content_len(talk),
                       bench_chance(&talk->dice, talk->scene->chunked_percent), &line->message);
        return;
    }
    talk->truth.redirects++;
    bench_redirect(&voice, &line->visit, &line->message, &line->next);
}

/* Now that the client has the redirect, any of its connections may follow it. */
static void pass_on(struct talk *talk, struct line *line)
{
    struct client *client = client_of(talk, line);
    bool is_elsewhere = talk->scene->exchanges == 1 || bench_chance(&talk->dice, 20);
    if (is_elsewhere && !client->visit.is_set) {
        client->visit = line->next;
        client->server = line->server;
        line->next.is_set = false;
    }
}

/* What is not HTTP: both sides send something of their own. */
static void begin_noise(struct talk *talk, struct line *line)
{
    bench_noise(&talk->dice, content_len(talk), &line->message);
}

static void begin_message(struct talk *talk, struct line *line, enum step step)
{
    line->step = step;
    if (talk->scene->exchanges == 0) {
        begin_noise(talk, line);
    } else if (step == STEP_REQUEST) {
        begin_request(talk, line);
    } else {
        begin_response(talk, line);
    }
}

static void open_line(struct talk *talk, struct line *line)
{
    struct client *client = client_of(talk, line);
    uint32_t number = client_number(talk, line);
    if (client->port < 10000) {
        client->port = 10000;
    }
    /* Where a connection has one exchange a client must stay with its server to follow. */
    line->server =
        talk->scene->exchanges == 1 ? number % SERVERS : bench_below(&talk->dice, SERVERS);
    line->ends[0] = (struct bench_end){0x0A000000 + number + 1, client->port++};
    line->ends[1] = (struct bench_end){0xC6336400 + line->server, 80};
    line->seq[0] = (uint32_t)bench_roll(&talk->dice);
    line->seq[1] = (uint32_t)bench_roll(&talk->dice);
    line->exchanges_left = talk->scene->exchanges;
    line->step = STEP_SYN;
    line->next.is_set = false;
    talk->left--;
    talk->truth.connections++;
}

/* One after the other, so that a late segment still comes. */
static void end_line(struct talk *talk, struct line *line)
{
    if (line->has_late) {
        bench_file_put(talk->file, &line->late);
        line->has_late = false;
    }
    if (talk->left > 0) {
        open_line(talk, line);
    } else {
        line->exchanges_left = UINT32_MAX;
        talk->live--;
    }
}

static void after_response(struct talk *talk, struct line *line)
{
    if (line->exchanges_left > 0) {
        line->exchanges_left--;
        talk->truth.exchanges++;
    }
    if (line->is_redirecting) {
        pass_on(talk, line);
    }
    send_empty(talk, line, 0, BENCH_ACK);
    if (line->exchanges_left > 0) {
        begin_message(talk, line, STEP_REQUEST);
    } else {
        line->step = STEP_FIN;
    }
}

/* An ACK for every other segment of a long response, and one at its end. */
static void take_response(struct talk *talk, struct line *line)
{
    send_piece(talk, line, 1);
    if (bench_message_is_sent(&line->message)) {
        line->step = STEP_ACK;
    } else if (++line->segments % 2 == 0) {
        send_empty(talk, line, 0, BENCH_ACK);
    }
}

static void take_turn(struct talk *talk, struct line *line)
{
    switch (line->step) {
    case STEP_SYN:
        send_empty(talk, line, 0, BENCH_SYN);
        line->step = STEP_SYN_ACK;
        break;
    case STEP_SYN_ACK:
        send_empty(talk, line, 1, BENCH_SYN | BENCH_ACK);
        line->step = STEP_SYN_ACK_ACK;
        break;
    case STEP_SYN_ACK_ACK:
        send_empty(talk, line, 0, BENCH_ACK);
        begin_message(talk, line, STEP_REQUEST);
        break;
    case STEP_REQUEST:
        send_piece(talk, line, 0);
        if (bench_message_is_sent(&line->message)) {
            begin_message(talk, line, STEP_RESPONSE);
        }
        break;
    case STEP_RESPONSE:
        take_response(talk, line);
        break;
    case STEP_ACK:
        after_response(talk, line);
        break;
    case STEP_FIN:
        send_empty(talk, line, 0, BENCH_FIN | BENCH_ACK);
        line->step = STEP_FIN_ACK;
        break;
    case STEP_FIN_ACK:
        send_empty(talk, line, 1, BENCH_FIN | BENCH_ACK);
        line->step = STEP_FIN_ACK_ACK;
        break;
    case STEP_FIN_ACK_ACK:
        send_empty(talk, line, 0, BENCH_ACK);
        end_line(talk, line);
        break;
    }
}

struct bench_truth bench_talk(const struct bench_scene *scene, double scale, uint64_t seed,
                              struct bench_file *file)
{
    struct talk talk = {.scene = scene, .file = file, .dice = {seed}};
    talk.left = (uint64_t)((double)scene->connections * scale);
    talk.left = talk.left > 0 ? talk.left : 1;
    uint32_t count = talk.left < scene->at_a_time ? (uint32_t)talk.left : scene->at_a_time;
    talk.live = count;
    talk.lines = allocate(count, sizeof(struct line));
    talk.clients = allocate(count / CONNECTIONS_OF_CLIENT + 1, sizeof(struct client));
    bench_messages_init(&talk.dice);
    for (uint32_t i = 0; i < count; i++) {
        open_line(&talk, &talk.lines[i]);
    }
    while (talk.live > 0) {
        struct line *line = &talk.lines[bench_below(&talk.dice, count)];
        file->time_ns += bench_below(&talk.dice, 2 * PACE_NS / count);
        if (line->exchanges_left != UINT32_MAX) {
            take_turn(&talk, line);
        }
    }
    free(talk.lines);
    free(talk.clients);
    return talk.truth;
}
