/* SPDX-License-Identifier: BSD-3-Clause */
#include "segments.h"

#include <stdlib.h>
#include <string.h>

#define HEADERS (14 + 20 + 20)
#define BUFFER (1024 * 1024)
#define BEGIN_NS 1700000000000000000u

static void fail(const struct bench_file *file)
{
    perror(file->path);
    exit(EXIT_FAILURE);
}

static void write_octets(struct bench_file *file, const void *octets, size_t len)
{
    if (fwrite(octets, 1, len, file->file) != len) {
        fail(file);
    }
    file->octets += len;
}

/* The heads of both formats, in the order of this machine's octets. */
static void write_file_head(struct bench_file *file)
{
    static const uint32_t pcap[6] = {0xA1B2C3D4, 2 | 4 << 16, 0, 0, 262144, 1};
    static const uint32_t pcapng[12] = {0x0A0D0D0A, 28, 0x1A2B3C4D, 1, UINT32_MAX, UINT32_MAX,
                                        28,         1,  20,         1, 262144,     20};
    if (file->is_pcapng) {
        write_octets(file, pcapng, sizeof(pcapng));
    } else {
        write_octets(file, pcap, sizeof(pcap));
    }
}

void bench_file_open(struct bench_file *file, const char *path, bool is_pcapng)
{
    *file = (struct bench_file){.path = path, .is_pcapng = is_pcapng, .time_ns = BEGIN_NS};
    file->file = fopen(path, "wb");
    if (file->file == NULL || setvbuf(file->file, NULL, _IOFBF, BUFFER) != 0) {
        fail(file);
    }
    write_file_head(file);
}

static void put_16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_32(uint8_t *at, uint32_t value)
{
    put_16(at, value >> 16);
    put_16(at + 2, value & 0xFFFF);
}

/* RFC 1071. */
static uint16_t checksum(const uint8_t *octets, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += (uint32_t)octets[i] << 8 | octets[i + 1];
    }
    while (sum >> 16 != 0) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void write_headers(struct bench_file *file, const struct bench_segment *segment,
                          uint8_t headers[HEADERS])
{
    static const uint8_t ethernet[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    memset(headers, 0, HEADERS);
    memcpy(headers, ethernet, sizeof(ethernet));
    uint8_t *ip = headers + 14;
    ip[0] = 0x45;
    put_16(ip + 2, (uint32_t)(40 + segment->len));
    put_16(ip + 4, ++file->ip_id);
    put_16(ip + 6, 0x4000);
    ip[8] = 64;
    ip[9] = 6;
    put_32(ip + 12, segment->from.address);
    put_32(ip + 16, segment->to.address);
    put_16(ip + 10, checksum(ip, 20));
    uint8_t *tcp = ip + 20;
    put_16(tcp, segment->from.port);
    put_16(tcp + 2, segment->to.port);
    put_32(tcp + 4, segment->seq);
    put_32(tcp + 8, (segment->flags & BENCH_ACK) != 0 ? segment->ack : 0);
    tcp[12] = 5 << 4;
    tcp[13] = segment->flags;
    put_16(tcp + 14, 65535);
}

static void write_record_head(struct bench_file *file, uint32_t len)
{
    uint64_t micros = file->time_ns / 1000;
    if (file->is_pcapng) {
        uint32_t whole = 32 + ((len + 3) & ~3u);
        uint32_t head[7] = {6, whole, 0, (uint32_t)(micros >> 32), (uint32_t)micros, len, len};
        write_octets(file, head, sizeof(head));
    } else {
        uint32_t head[4] = {(uint32_t)(micros / 1000000), (uint32_t)(micros % 1000000), len, len};
        write_octets(file, head, sizeof(head));
    }
}

static void write_record_tail(struct bench_file *file, uint32_t len)
{
    static const uint8_t zeros[4] = {0};
    if (file->is_pcapng) {
        uint32_t padded = (len + 3) & ~3u;
        uint32_t whole = 32 + padded;
        write_octets(file, zeros, padded - len);
        write_octets(file, &whole, sizeof(whole));
    }
}

void bench_file_put(struct bench_file *file, const struct bench_segment *segment)
{
    uint8_t headers[HEADERS];
    uint32_t len = (uint32_t)(HEADERS + segment->len);
    write_headers(file, segment, headers);
    write_record_head(file, len);
    write_octets(file, headers, HEADERS);
    write_octets(file, segment->payload, segment->len);
    write_record_tail(file, len);
    file->segments++;
}

void bench_file_close(struct bench_file *file)
{
    if (fclose(file->file) != 0) {
        fail(file);
    }
}
