/* SPDX-License-Identifier: BSD-3-Clause */
/* serve_test - asks the little server, over loopback and over a socket of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/serve.h"

#define TICKS 2000

static int made;

static int make(void *ctx, struct see_text *out)
{
    made++;
    see_text_printf(out, "page %d of %s\n", made, (const char *)ctx);
    return SEE_OK;
}

static const struct see_serve_page page = {(void *)(uintptr_t) "test", "text/plain; x=y", make};

/* Sends `request` and ticks until the server closes or says no more. */
static void ask(struct see_serve *serve, int client, const char *request, char *answer, size_t size)
{
    size_t len = 0;
    assert_int_equal(send(client, request, strlen(request), 0), (ssize_t)strlen(request));
    for (int i = 0; i < TICKS && len + 1 < size; i++) {
        see_serve_tick(serve);
        ssize_t got = recv(client, answer + len, size - len - 1, MSG_DONTWAIT);
        if (got == 0) {
            break;
        }
        len += got > 0 ? (size_t)got : 0;
        usleep(got > 0 ? 0 : 500);
    }
    answer[len] = '\0';
    close(client);
}

static int connect_local(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

struct directory {
    char name[64], path[96];
};

static void make_directory(struct directory *directory)
{
    snprintf(directory->name, sizeof(directory->name), "/tmp/seeother-serve-XXXXXX");
    assert_non_null(mkdtemp(directory->name));
    snprintf(directory->path, sizeof(directory->path), "%s/m.sock", directory->name);
}

static void test_local(void **state)
{
    struct directory directory;
    struct see_serve *serve;
    struct stat stat;
    char error[256], answer[1024];
    (void)state;
    make_directory(&directory);
    made = 0;
    assert_int_equal(see_serve_open(&serve, directory.path, page, error, sizeof(error)), SEE_OK);
    assert_int_equal(lstat(directory.path, &stat), 0);
    assert_int_equal(stat.st_mode & 0777, 0660);
    ask(serve, connect_local(directory.path),
        "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: "
        "close\r\n\r\n",
        answer, sizeof(answer));
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "Content-Type: text/plain; x=y\r\n"));
    assert_non_null(strstr(answer, "\r\n\r\npage 1 of test\n"));
    ask(serve, connect_local(directory.path), "GET / HTTP/1.0\r\n\r\n", answer, sizeof(answer));
    assert_non_null(strstr(answer, " 404 "));
    ask(serve, connect_local(directory.path),
        "POST /metrics HTTP/1.0\r\nContent-Length: "
        "2\r\n\r\nab",
        answer, sizeof(answer));
    assert_non_null(strstr(answer, " 405 "));
    ask(serve, connect_local(directory.path), "\1\2 nonsense\r\n\r\n", answer, sizeof(answer));
    assert_null(strstr(answer, " 200 "));
    assert_int_equal(made, 1);
    see_serve_close(serve);
    assert_int_not_equal(lstat(directory.path, &stat), 0);
    assert_int_equal(rmdir(directory.name), 0);
}

/* What a killed process left is taken over; a living one, or a file, is not. */
static void test_taken(void **state)
{
    struct directory directory;
    struct see_serve *serve, *second;
    char error[256];
    (void)state;
    make_directory(&directory);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, directory.path, strlen(directory.path) + 1);
    int left = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(left, (struct sockaddr *)&address, sizeof(address)), 0);
    close(left);
    assert_int_equal(see_serve_open(&serve, directory.path, page, error, sizeof(error)), SEE_OK);
    assert_int_equal(see_serve_open(&second, directory.path, page, error, sizeof(error)), SEE_EIO);
    assert_null(second);
    assert_string_equal(error, "another program listens there");
    see_serve_close(serve);
    FILE *file = fopen(directory.path, "w");
    fclose(file);
    assert_int_equal(see_serve_open(&serve, directory.path, page, error, sizeof(error)),
                     SEE_EINVAL);
    assert_int_equal(unlink(directory.path), 0);
    assert_int_equal(rmdir(directory.name), 0);
}

static void test_addresses(void **state)
{
    static const char *const wrong[] = {
        "",
        "9303",
        ":0",
        ":65536",
        ":x",
        "0.0.0.0:9303",
        "192.0.2.1:9303",
        "example.com:80",
        "[::]:80",
        "127.0.0.1:",
        "127.0.0.1:-1",
        "127.0.0.1.example.com:80",
    };
    struct see_serve *serve;
    char error[256];
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(see_serve_open(&serve, wrong[i], page, error, sizeof(error)), SEE_EINVAL);
        assert_null(serve);
    }
    assert_int_equal(see_serve_open(&serve, "/nowhere/at/all", page, error, sizeof(error)),
                     SEE_EIO);
}

/* A free port of loopback, as far as one can be sure. */
static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(probe, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &len), 0);
    close(probe);
    return ntohs(address.sin_port);
}

static void test_loopback(void **state)
{
    struct see_serve *serve;
    char error[256], answer[1024], name[64];
    unsigned port = free_port();
    (void)state;
    snprintf(name, sizeof(name), "127.0.0.1:%u", port);
    assert_int_equal(see_serve_open(&serve, name, page, error, sizeof(error)), SEE_OK);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    ask(serve, client, "GET /metrics HTTP/1.0\r\n\r\n", answer, sizeof(answer));
    assert_non_null(strstr(answer, " 200 "));
    see_serve_close(serve);
    see_serve_close(NULL);
}

/* Nobody can hold more connections than there is room for, nor for ever. */
static void test_crowd(void **state)
{
    struct directory directory;
    struct see_serve *serve;
    char error[256], answer[1024];
    int crowd[SEE_SERVE_CLIENTS];
    (void)state;
    make_directory(&directory);
    assert_int_equal(see_serve_open(&serve, directory.path, page, error, sizeof(error)), SEE_OK);
    for (int i = 0; i < SEE_SERVE_CLIENTS; i++) {
        crowd[i] = connect_local(directory.path);
        see_serve_tick(serve);
    }
    int late = connect_local(directory.path);
    see_serve_tick(serve);
    close(crowd[0]);
    ask(serve, late, "GET /metrics HTTP/1.0\r\n\r\n", answer, sizeof(answer));
    assert_non_null(strstr(answer, " 200 "));
    for (int i = 1; i < SEE_SERVE_CLIENTS; i++) {
        close(crowd[i]);
    }
    see_serve_close(serve);
    assert_int_equal(rmdir(directory.name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local),     cmocka_unit_test(test_taken),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
