/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/parcel.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* The room for a descriptor. */
union control {
    struct cmsghdr header;
    char octets[CMSG_SPACE(sizeof(int))];
};

/* What is only sent is not written to. */
static struct iovec part(const void *octets, size_t len)
{
    return (struct iovec){(void *)(uintptr_t)octets, len};
}

int see_parcel_send(int socket, const void *octets, size_t len, const char *path, int fd)
{
    struct iovec parts[2] = {part(octets, len), part(path, path != NULL ? strlen(path) : 0)};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = path != NULL ? 2 : 1};
    union control room;
    if (fd >= 0) {
        memset(&room, 0, sizeof(room));
        message.msg_control = &room;
        message.msg_controllen = sizeof(room);
        struct cmsghdr *control = CMSG_FIRSTHDR(&message);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(control), &fd, sizeof(fd));
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

ssize_t see_parcel_receive(int socket, void *octets, size_t size, int *ret_fd)
{
    struct iovec into = {octets, size};
    union control room;
    struct msghdr message = {
        .msg_iov = &into, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof(room)};
    ssize_t got;
    *ret_fd = -1;
    do {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    struct cmsghdr *control = got >= 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (control != NULL && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
        control->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(ret_fd, CMSG_DATA(control), sizeof(*ret_fd));
    }
    return got;
}
