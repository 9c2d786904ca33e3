/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/usual.h"

#include <string.h>

#define LINK_ETHERNET 1
#define ETHERNET_LEN 14
#define IPV4_LEN 20
#define IPV6_LEN 40
#define TCP_LEN 20
#define PROTOCOL_TCP 6

static uint16_t number_16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t number_32(const uint8_t *at)
{
    return (uint32_t)number_16(at) << 16 | number_16(at + 2);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* `len` octets of TCP are here, `wire_len` were on the wire. */
static bool read_tcp(const uint8_t *tcp, size_t len, size_t wire_len, struct see_segment *segment)
{
    size_t header_len = len >= TCP_LEN ? (size_t)(tcp[12] >> 4) * 4 : 0;
    if (header_len < TCP_LEN || header_len > len) {
        return false;
    }
    segment->source.port = number_16(tcp);
    segment->destination.port = number_16(tcp + 2);
    segment->seq = number_32(tcp + 4);
    segment->ack = number_32(tcp + 8);
    segment->flags = tcp[13];
    segment->window = number_16(tcp + 14);
    segment->payload = tcp + header_len;
    segment->len = len - header_len;
    segment->wire_len = wire_len - header_len;
    return true;
}

/* Without options, whole, and of a length that is said. */
static bool read_ipv4(const uint8_t *ip, size_t len, size_t wire_len, struct see_usual *usual)
{
    if (len < IPV4_LEN || ip[0] != 0x45 || ip[9] != PROTOCOL_TCP ||
        (number_16(ip + 6) & 0x3FFF) != 0 || number_16(ip + 2) < IPV4_LEN) {
        return false;
    }
    struct see_segment *segment = &usual->segment;
    memcpy(segment->source.address.octets, ip + 12, 4);
    memcpy(segment->destination.address.octets, ip + 16, 4);
    segment->source.address.family = 4;
    segment->destination.address.family = 4;
    usual->ip_id = number_16(ip + 4);
    usual->ttl = ip[8];
    size_t inside = (size_t)number_16(ip + 2) - IPV4_LEN;
    return read_tcp(ip + IPV4_LEN, least(len - IPV4_LEN, inside),
                    least(wire_len - IPV4_LEN, inside), segment);
}

/* Without extension headers. */
static bool read_ipv6(const uint8_t *ip, size_t len, size_t wire_len, struct see_usual *usual)
{
    if (len < IPV6_LEN || ip[0] >> 4 != 6 || ip[6] != PROTOCOL_TCP || number_16(ip + 4) == 0) {
        return false;
    }
    struct see_segment *segment = &usual->segment;
    memcpy(segment->source.address.octets, ip + 8, 16);
    memcpy(segment->destination.address.octets, ip + 24, 16);
    segment->source.address.family = 6;
    segment->destination.address.family = 6;
    usual->ttl = ip[7];
    size_t inside = number_16(ip + 4);
    return read_tcp(ip + IPV6_LEN, least(len - IPV6_LEN, inside),
                    least(wire_len - IPV6_LEN, inside), segment);
}

bool see_usual_read(const struct see_frame *frame, struct see_usual *ret_usual)
{
    if (frame->link_type != LINK_ETHERNET || frame->len < ETHERNET_LEN ||
        frame->wire_len < frame->len) {
        return false;
    }
    *ret_usual = (struct see_usual){.segment = {.stamp = frame->stamp}};
    const uint8_t *ip = frame->data + ETHERNET_LEN;
    size_t len = frame->len - ETHERNET_LEN;
    size_t wire_len = frame->wire_len - ETHERNET_LEN;
    switch (number_16(frame->data + ETHERNET_LEN - 2)) {
    case 0x0800:
        return read_ipv4(ip, len, wire_len, ret_usual);
    case 0x86DD:
        return read_ipv6(ip, len, wire_len, ret_usual);
    default:
        return false;
    }
}
