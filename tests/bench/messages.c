/* SPDX-License-Identifier: BSD-3-Clause */
#include "messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 16384
#define CHUNK_HEAD "4000\r\n"
#define CHUNK_TAIL "\r\n"
#define LAST_CHUNK "0\r\n\r\n"
#define BLOCK (sizeof(CHUNK_HEAD) - 1 + CHUNK + sizeof(CHUNK_TAIL) - 1)
#define LITERAL_LEN(text) (sizeof(text) - 1)

/* As content that is one block over and over, plain and chunked. */
static uint8_t plain_block[BLOCK];
static uint8_t chunk_block[BLOCK];

uint64_t bench_roll(struct bench_dice *dice)
{
    uint64_t x = dice->state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

uint32_t bench_below(struct bench_dice *dice, uint32_t bound)
{
    return (uint32_t)((bench_roll(dice) >> 32) * bound >> 32);
}

bool bench_chance(struct bench_dice *dice, double percent)
{
    return bench_below(dice, 1000000) < (uint32_t)(percent * 10000);
}

void bench_messages_init(struct bench_dice *dice)
{
    for (size_t i = 0; i < BLOCK; i++) {
        plain_block[i] = (uint8_t)bench_roll(dice);
    }
    memcpy(chunk_block, plain_block, BLOCK);
    memcpy(chunk_block, CHUNK_HEAD, LITERAL_LEN(CHUNK_HEAD));
    memcpy(chunk_block + BLOCK - LITERAL_LEN(CHUNK_TAIL), CHUNK_TAIL, LITERAL_LEN(CHUNK_TAIL));
}

__attribute__((format(printf, 2, 3))) static void say(struct bench_message *message,
                                                      const char *format, ...)
{
    va_list arguments;
    size_t room = sizeof(message->head) - message->head_len;
    va_start(arguments, format);
    int len = vsnprintf(message->head + message->head_len, room, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= room) {
        fprintf(stderr, "a head is longer than %d octets\n", BENCH_HEAD_MAX);
        exit(EXIT_FAILURE);
    }
    message->head_len += (size_t)len;
}

/* The field that says how long content is, and the end of the head. */
static void say_content(struct bench_message *message, uint64_t len, bool is_chunked)
{
    message->is_chunked = is_chunked;
    message->content_len = len;
    if (is_chunked) {
        message->content_len = (len + CHUNK - 1) / CHUNK * BLOCK + LITERAL_LEN(LAST_CHUNK);
        say(message, "Transfer-Encoding: chunked\r\n\r\n");
    } else {
        say(message, "Content-Length: %llu\r\n\r\n", (unsigned long long)len);
    }
}

void bench_visit_new(const struct bench_voice *voice, bool is_redirected,
                     struct bench_visit *ret_visit)
{
    static const char *const places[] = {"catalogue/items", "assets/images", "api/v2/orders",
                                         "account/settings", "news"};
    unsigned long long number = bench_roll(voice->dice) >> 24;
    bool is_post = bench_chance(voice->dice, is_redirected ? 40 : 10);
    *ret_visit = (struct bench_visit){.is_set = true};
    snprintf(ret_visit->method, sizeof(ret_visit->method), "%s", is_post ? "POST" : "GET");
    if (is_post) {
        ret_visit->content_len = 40 + bench_below(voice->dice, 200);
    }
    snprintf(ret_visit->path, sizeof(ret_visit->path), "/%s/%llu%s",
             places[bench_below(voice->dice, 5)], number, is_redirected ? "/old?from=menu" : "");
}

void bench_request(const struct bench_voice *voice, const struct bench_visit *visit,
                   struct bench_message *ret_message)
{
    static const char *const agents[] = {
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36",
        "curl/8.8.0",
        "okhttp/4.12.0",
    };
    *ret_message = (struct bench_message){.head_len = 0};
    say(ret_message, "%s %s HTTP/1.1\r\nHost: www%u.example.com\r\nUser-Agent: %s\r\n",
        visit->method, visit->path, (unsigned)voice->server, agents[voice->client % 4]);
    say(ret_message,
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
        "Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\nAccept-Encoding: gzip, deflate, br\r\n"
        "Connection: keep-alive\r\nReferer: http://www%u.example.com/start\r\n"
        "Cookie: session=%08x%08x; theme=light\r\n",
        (unsigned)voice->server, (unsigned)voice->client * 2654435761u,
        (unsigned)voice->client * 40503u);
    if (visit->content_len > 0) {
        say(ret_message, "Content-Type: application/x-www-form-urlencoded\r\n");
        say_content(ret_message, visit->content_len, false);
    } else {
        say(ret_message, "\r\n");
    }
}

void bench_response(const struct bench_voice *voice, uint64_t content_len, bool is_chunked,
                    struct bench_message *ret_message)
{
    unsigned long long tag = bench_roll(voice->dice) >> 8;
    *ret_message = (struct bench_message){.head_len = 0};
    say(ret_message,
        "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
        "Content-Type: image/webp\r\nConnection: keep-alive\r\nCache-Control: max-age=3600\r\n"
        "ETag: \"%014llx\"\r\nX-Request-Id: %014llx\r\nVary: Accept-Encoding\r\n",
        tag, tag ^ 0xABCDEF);
    say_content(ret_message, content_len, is_chunked);
}

/* What a conforming client does after `status` (RFC 9110, 15.4). */
static void follow(const struct bench_visit *visit, int status, bool is_conforming,
                   struct bench_visit *next)
{
    bool is_kept = (status == 307 || status == 308) == is_conforming;
    snprintf(next->method, sizeof(next->method), "%s", is_kept ? visit->method : "GET");
    next->content_len = is_kept ? visit->content_len : 0;
    next->is_set = true;
}

void bench_redirect(const struct bench_voice *voice, const struct bench_visit *visit,
                    struct bench_message *ret_message, struct bench_visit *ret_next)
{
    static const struct {
        int status;
        const char *reason;
    } kinds[] = {{301, "Moved Permanently"},
                 {302, "Found"},
                 {302, "Found"},
                 {303, "See Other"},
                 {307, "Temporary Redirect"},
                 {308, "Permanent Redirect"}};
    uint32_t kind = bench_below(voice->dice, 6);
    unsigned long long number = bench_roll(voice->dice) >> 24;
    *ret_message = (struct bench_message){.head_len = 0};
    *ret_next = (struct bench_visit){.is_set = false};
    follow(visit, kinds[kind].status, !bench_chance(voice->dice, 2), ret_next);
    snprintf(ret_next->path, sizeof(ret_next->path), "/moved/%llu/here", number);
    say(ret_message,
        "HTTP/1.1 %d %s\r\nServer: nginx/1.22.1\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
        "Content-Type: text/html\r\nConnection: keep-alive\r\n",
        kinds[kind].status, kinds[kind].reason);
    if (bench_chance(voice->dice, 50)) {
        say(ret_message, "Location: http://www%u.example.com%s\r\n", (unsigned)voice->server,
            ret_next->path);
    } else {
        say(ret_message, "Location: %s\r\n", ret_next->path);
    }
    say_content(ret_message, 145, false);
}

void bench_noise(struct bench_dice *dice, uint64_t len, struct bench_message *ret_message)
{
    static const char *const openings[] = {"SSH-2.0-OpenSSH_9.2\r\n", "\x16\x03\x01\x02\x01",
                                           "*3\r\n$3\r\nSET\r\n", "\x7F\x80\x81",
                                           "EHLO example\r\n"};
    *ret_message = (struct bench_message){.content_len = len};
    say(ret_message, "%s", openings[bench_below(dice, 5)]);
}

bool bench_message_is_sent(const struct bench_message *message)
{
    return message->sent >= message->head_len + message->content_len;
}

/* The octets of content from `place` on that can be had in one piece. */
static size_t content_at(const struct bench_message *message, uint64_t place, const void **ret_from)
{
    uint64_t left = message->content_len - place;
    if (message->is_chunked && left <= LITERAL_LEN(LAST_CHUNK)) {
        *ret_from = LAST_CHUNK + LITERAL_LEN(LAST_CHUNK) - left;
        return left;
    }
    if (message->is_chunked) {
        left -= LITERAL_LEN(LAST_CHUNK);
    }
    size_t in_block = place % BLOCK;
    *ret_from = (message->is_chunked ? chunk_block : plain_block) + in_block;
    return left < BLOCK - in_block ? left : BLOCK - in_block;
}

size_t bench_message_send(struct bench_message *message, uint8_t *octets, size_t size)
{
    size_t done = 0;
    while (done < size && !bench_message_is_sent(message)) {
        const void *from = message->head + message->sent;
        size_t len = message->head_len - (size_t)message->sent;
        if (message->sent >= message->head_len) {
            len = content_at(message, message->sent - message->head_len, &from);
        }
        len = len < size - done ? len : size - done;
        memcpy(octets + done, from, len);
        message->sent += len;
        done += len;
    }
    return done;
}
