/* SPDX-License-Identifier: BSD-3-Clause */
#include "serve/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATH "/metrics"
#define BACKLOG 16
#define CLIENT_SECONDS 10u
#define CLIENT_MEMORY ((size_t)16 << 10)
#define SOCKET_MODE 0660

struct see_serve {
    struct MHD_Daemon *daemon;
    struct see_serve_page page;
    struct see_text text;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)]; /* of our socket, or empty */
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

static int failed(const char *what, char *error, size_t error_size)
{
    int reason = errno;
    snprintf(error, error_size, "%s: %s", what, strerror(reason));
    return reason == EACCES || reason == EPERM ? SEE_EACCES : SEE_EIO;
}

static bool read_port(const char *text, in_port_t *ret_port)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || port == 0 || port > UINT16_MAX) {
        return false;
    }
    *ret_port = htons((uint16_t)port);
    return true;
}

/* "127.0.0.1:9303", "[::1]:9303", "localhost:9303" or ":9303". */
static bool read_loopback(const char *text, union address *ret_address, socklen_t *ret_len)
{
    const char *colon = strrchr(text, ':');
    in_port_t port;
    if (colon == NULL || !read_port(colon + 1, &port)) {
        return false;
    }
    char host[INET_ADDRSTRLEN] = "";
    size_t len = (size_t)(colon - text);
    if (len == 5 && memcmp(text, "[::1]", 5) == 0) {
        ret_address->v6 = (struct sockaddr_in6){
            .sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = in6addr_loopback};
        *ret_len = sizeof(ret_address->v6);
        return true;
    }
    if (len == 0 || (len == 9 && memcmp(text, "localhost", 9) == 0)) {
        memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
    } else if (len < sizeof(host)) {
        memcpy(host, text, len);
    }
    ret_address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    *ret_len = sizeof(ret_address->v4);
    return inet_pton(AF_INET, host, &ret_address->v4.sin_addr) == 1 &&
           ntohl(ret_address->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* A socket that nobody listens at any more is taken away; anything else stays. */
static int clear_path(const struct sockaddr_un *address, char *error, size_t error_size)
{
    struct stat stat;
    if (lstat(address->sun_path, &stat) != 0) {
        return SEE_OK;
    }
    if (!S_ISSOCK(stat.st_mode)) {
        snprintf(error, error_size, "there is something else at that path already");
        return SEE_EINVAL;
    }
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return failed("socket", error, error_size);
    }
    bool is_alive =
        connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EACCES;
    close(probe);
    if (is_alive) {
        snprintf(error, error_size, "another program listens there");
        return SEE_EIO;
    }
    return unlink(address->sun_path) == 0 ? SEE_OK : failed("unlink", error, error_size);
}

static int read_address(struct see_serve *serve, const char *text, union address *ret_address,
                        socklen_t *ret_len, char *error, size_t error_size)
{
    if (strchr(text, '/') == NULL) {
        if (read_loopback(text, ret_address, ret_len)) {
            return SEE_OK;
        }
        snprintf(
            error, error_size,
            "neither a loopback address with a port (127.0.0.1:9303) nor the path of a socket");
        return SEE_EINVAL;
    }
    if (strlen(text) >= sizeof(serve->path)) {
        snprintf(error, error_size, "the path is too long for a socket");
        return SEE_EINVAL;
    }
    ret_address->local = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret_address->local.sun_path, text, strlen(text) + 1);
    *ret_len = sizeof(ret_address->local);
    return clear_path(&ret_address->local, error, error_size);
}

static int listen_at(struct see_serve *serve, const char *text, int *ret_socket, char *error,
                     size_t error_size)
{
    union address address;
    socklen_t len;
    memset(&address, 0, sizeof(address));
    int status = read_address(serve, text, &address, &len, error, error_size);
    if (status != SEE_OK) {
        return status;
    }
    int listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) {
        return failed("socket", error, error_size);
    }
    bool is_local = address.any.sa_family == AF_UNIX;
    int on = 1;
    if (!is_local) {
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    }
    if (bind(listener, &address.any, len) != 0) {
        status = failed("bind", error, error_size);
        close(listener);
        return status;
    }
    if (is_local) {
        memcpy(serve->path, text, strlen(text) + 1);
    }
    if ((is_local && chmod(text, SOCKET_MODE) != 0) || listen(listener, BACKLOG) != 0) {
        status = failed("listen", error, error_size);
        close(listener);
        return status;
    }
    *ret_socket = listener;
    return SEE_OK;
}

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *type,
                             struct see_view body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        result &= MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result reply_text(struct MHD_Connection *connection, unsigned status,
                                  const char *text)
{
    return reply(connection, status, "text/plain; charset=utf-8", see_view_of(text));
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the library's choice. */
static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **per_request)
{
    struct see_serve *serve = ctx;
    (void)version;
    (void)upload;
    if (*per_request == NULL) {
        /* The head alone is there; answering now would close the connection. */
        *per_request = serve;
        return MHD_YES;
    }
    if (*upload_len > 0) {
        *upload_len = 0;
        return MHD_YES;
    }
    if (strcmp(url, PATH) != 0) {
        return reply_text(connection, MHD_HTTP_NOT_FOUND, "The page is " PATH ".\n");
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return reply_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD.\n");
    }
    see_text_clear(&serve->text);
    if (serve->page.make(serve->page.ctx, &serve->text) != SEE_OK ||
        see_text_status(&serve->text) != SEE_OK) {
        return reply_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "Out of memory.\n");
    }
    return reply(connection, MHD_HTTP_OK, serve->page.type, see_text_view(&serve->text));
}

int see_serve_open(struct see_serve **ret_serve, const char *address, struct see_serve_page page,
                   char *error, size_t error_size)
{
    *ret_serve = NULL;
    struct see_serve *serve = calloc(1, sizeof(*serve));
    if (serve == NULL) {
        snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
        return SEE_ENOMEM;
    }
    serve->page = page;
    see_text_init(&serve->text);
    int listener = -1;
    int status = listen_at(serve, address, &listener, error, error_size);
    if (status == SEE_OK) {
        serve->daemon = MHD_start_daemon(
            MHD_USE_EPOLL, 0, NULL, NULL, answer, serve, MHD_OPTION_LISTEN_SOCKET, listener,
            MHD_OPTION_CONNECTION_LIMIT, (unsigned)SEE_SERVE_CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT,
            CLIENT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CLIENT_MEMORY, MHD_OPTION_END);
        if (serve->daemon == NULL) {
            snprintf(error, error_size, "the server did not start");
            status = SEE_EIO;
            close(listener);
        }
    }
    if (status != SEE_OK) {
        see_serve_close(serve);
        return status;
    }
    *ret_serve = serve;
    return SEE_OK;
}

void see_serve_tick(struct see_serve *serve)
{
    MHD_run(serve->daemon);
}

void see_serve_close(struct see_serve *serve)
{
    if (serve == NULL) {
        return;
    }
    if (serve->daemon != NULL) {
        MHD_stop_daemon(serve->daemon);
    }
    if (serve->path[0] != '\0') {
        unlink(serve->path);
    }
    see_text_finish(&serve->text);
    free(serve);
}
