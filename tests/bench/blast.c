/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blast - sends the frames of a capture through an interface, at a rate.
 *
 * usage: blast FILE INTERFACE FRAMES-A-SECOND
 *
 * The capture is one that `generate` wrote (pcap, Ethernet).  Rate 0: as fast as possible.  Prints,
 * as JSON, how many frames and octets went out, and in how many seconds.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_HEAD 24
#define FRAME_HEAD 16
#define AT_A_TIME 64
#define NS_PER_S INT64_C(1000000000)

struct capture {
    const uint8_t *octets;
    size_t len;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void sleep_until(int64_t time)
{
    struct timespec until = {time / NS_PER_S, time % NS_PER_S};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* All of it in memory, so that no disk is waited for. */
static struct capture map_capture(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        fail(path);
    }
    size_t len = (size_t)info.st_size;
    void *octets = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (octets == MAP_FAILED || len < FILE_HEAD) {
        fail(path);
    }
    close(fd);
    return (struct capture){octets, len};
}

static int open_interface(const char *name)
{
    int on = 1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_ifindex = (int)if_nametoindex(name)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        fail(name);
    }
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
    return fd;
}

/* The next frames, at most AT_A_TIME. */
static size_t next_frames(const struct capture *capture, size_t *at, struct iovec *frames)
{
    size_t count = 0;
    while (count < AT_A_TIME && capture->len - *at > FRAME_HEAD) {
        uint32_t len;
        memcpy(&len, capture->octets + *at + 8, sizeof(len));
        *at += FRAME_HEAD;
        if (len > capture->len - *at) {
            *at = capture->len;
            break;
        }
        /* The system only reads it. */
        frames[count++] = (struct iovec){(void *)(uintptr_t)(capture->octets + *at), len};
        *at += len;
    }
    return count;
}

/* How many octets went out; a frame that the system has no room for is tried again. */
static uint64_t send_frames(int fd, struct iovec *frames, size_t count)
{
    struct mmsghdr messages[AT_A_TIME];
    uint64_t octets = 0;
    memset(messages, 0, sizeof(messages));
    for (size_t i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = &frames[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        octets += frames[i].iov_len;
    }
    for (size_t sent = 0; sent < count;) {
        int result = sendmmsg(fd, messages + sent, (unsigned)(count - sent), 0);
        sent += result > 0 ? (size_t)result : 0;
    }
    return octets;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: blast FILE INTERFACE FRAMES-A-SECOND\n");
        return 2;
    }
    struct capture capture = map_capture(argv[1]);
    int fd = open_interface(argv[2]);
    int64_t rate = strtoll(argv[3], NULL, 10);
    int64_t began = now_ns();
    struct iovec frames[AT_A_TIME];
    uint64_t sent = 0, octets = 0;
    size_t count, at = FILE_HEAD;
    while ((count = next_frames(&capture, &at, frames)) > 0) {
        octets += send_frames(fd, frames, count);
        sent += count;
        if (rate > 0) {
            sleep_until(began + (int64_t)sent * NS_PER_S / rate);
        }
    }
    printf("{\"frames\": %" PRIu64 ", \"octets\": %" PRIu64 ", \"seconds\": %.6f}\n", sent, octets,
           (double)(now_ns() - began) / (double)NS_PER_S);
    return 0;
}
