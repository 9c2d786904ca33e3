/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/foreign.h"

#include <string.h>

#include "capture/octets.h"

#define CONVERT ", which is not read; convert it with: editcap -F pcap IN OUT"
#define UNPACK ", which is not read; unpack it first"
#define TWICE "the file is packed twice; unpack it once first"

static const struct {
    size_t len;
    const char *magic;
    const char *name;
} magics[] = {
    {8, "snoop\0\0\0", "a Solaris snoop file" CONVERT},
    {8, "btsnoop\0", "a Bluetooth snoop file, which is not read"},
    {4, "GMBU", "a Network Monitor file" CONVERT},
    {4, "RTSS", "a Network Monitor file" CONVERT},
    {16, "TRSNIFF data    ", "a Sniffer file" CONVERT},
    {4, "XCP\0", "a NetXRay or Windows Sniffer file" CONVERT},
    {4, "\x05VNF", "a Visual Networks file" CONVERT},
    {12, "iptrace 1.0\0", "an AIX iptrace file" CONVERT},
    {11, "iptrace 2.0", "an AIX iptrace file" CONVERT},
    {4, "\xA1\xB2\x34\xCD", "a variant of pcap" CONVERT},
    {4, "\xCD\x34\xB2\xA1", "a variant of pcap" CONVERT},
    {4, "\xA1\x2B\x3C\x4D", "a variant of pcap" CONVERT},
    {4, "\x4D\x3C\x2B\xA1", "a variant of pcap" CONVERT},
    {16, "SQLite format 3\0", "an SQLite database, and no capture"},
    {4, "PK\x03\x04", "a zip archive" UNPACK},
    {3, "BZh", "a bzip2 file" UNPACK},
    {6, "7z\xBC\xAF\x27\x1C", "a 7z archive" UNPACK},
    {2, "\x1F\x9D", "a file of compress" UNPACK},
    {4, "\x02\x21\x4C\x18", "an lz4 file of the legacy format" UNPACK},
    {3, "\x1F\x8B\x08", TWICE},
    {4, "\x28\xB5\x2F\xFD", TWICE},
    {6, "\xFD\x37zXZ\0", TWICE},
    {4, "\x04\x22\x4D\x18", TWICE},
};

/* A block of pcapng, but no section header: the file begins in the middle of one. */
static bool is_inner_block(const uint8_t *head, size_t len, bool is_swapped)
{
    if (len < 8) {
        return false;
    }
    uint32_t type = see_octets_32(head, is_swapped);
    uint32_t block_len = see_octets_32(head + 4, is_swapped);
    return type >= 1 && type <= 6 && block_len % 4 == 0 && block_len >= 20 && block_len < 65536;
}

const char *see_foreign_name(const uint8_t *head, size_t len)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (len >= magics[i].len && memcmp(head, magics[i].magic, magics[i].len) == 0) {
            return magics[i].name;
        }
    }
    if (is_inner_block(head, len, false) || is_inner_block(head, len, true)) {
        return "the file has blocks of pcapng, but does not begin with a section header";
    }
    return NULL;
}
