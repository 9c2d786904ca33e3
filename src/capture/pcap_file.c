/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/pcap_file.h"

#include <stdio.h>

#include "capture/clock.h"
#include "capture/link_type.h"
#include "capture/octets.h"
#include "capture/reader.h"

#define FILE_HEAD_LEN 24
#define FILE_HEAD_LEN_IXIA 28 /* the octets of all records, behind the rest */
#define RECORD_HEAD_LEN 16
#define RECORD_HEAD_LEN_KUZNETZOV 24

#define MAGIC_MICRO 0xA1B2C3D4u
#define MAGIC_NANO 0xA1B23C4Du
#define MAGIC_KUZNETZOV 0xA1B2CD34u
#define MAGIC_IXIA_MICRO 0x1C0001ABu
#define MAGIC_IXIA_NANO 0x1C0001ACu

/*
 * Some writers put more into a record than the snap length says, up to what they may capture at
 * all, so only a length beyond both is a lie.
 */
#define SNAP_LEN_USUAL ((uint32_t)256 * 1024)

/* DG/UX numbered its format so. */
#define VERSION_DG_UX 543

bool see_pcap_begins(const uint8_t *head, size_t len)
{
    static const uint8_t magics[][4] = {
        {0xA1, 0xB2, 0xC3, 0xD4}, {0xD4, 0xC3, 0xB2, 0xA1}, {0xA1, 0xB2, 0x3C, 0x4D},
        {0x4D, 0x3C, 0xB2, 0xA1}, {0xA1, 0xB2, 0xCD, 0x34}, {0x34, 0xCD, 0xB2, 0xA1},
        {0x1C, 0x00, 0x01, 0xAB}, {0xAB, 0x01, 0x00, 0x1C}, {0x1C, 0x00, 0x01, 0xAC},
        {0xAC, 0x01, 0x00, 0x1C},
    };
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (len > 0 && memcmp(head, magics[i], len < 4 ? len : 4) == 0) {
            return true;
        }
    }
    return false;
}

static int set_version(struct see_reader *reader, unsigned major, unsigned minor)
{
    struct see_pcap_file *pcap = &reader->pcap;
    if (major != 2 && major != VERSION_DG_UX) {
        snprintf(reader->detail, sizeof(reader->detail), "version %u.%u of pcap is not read", major,
                 minor);
        return SEE_EFORMAT;
    }
    if (major == VERSION_DG_UX || minor < 3) {
        pcap->lengths = SEE_PCAP_LENGTHS_SWAPPED;
    } else if (minor == 3) {
        /* Version 2.3 was written both ways. */
        pcap->lengths = SEE_PCAP_LENGTHS_MAYBE;
    }
    return SEE_OK;
}

/*
 * AIX writes version 2.2, nanoseconds, and the type of the interface (RFC 1573) in place of a link
 * type.  Others wrote that version long ago, with link types of small numbers, hardly any of these.
 */
static void allow_for_aix(struct see_pcap_file *pcap)
{
    static const struct {
        int interface, link_type;
    } types[] = {{6, 1 /* Ethernet */}, {9, 6 /* token ring */}, {15, 10 /* FDDI */}, {24, 0}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (pcap->link_type == types[i].interface) {
            pcap->link_type = types[i].link_type;
            pcap->is_nano = true;
            break;
        }
    }
}

static bool is_magic(uint32_t magic)
{
    return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_KUZNETZOV ||
           magic == MAGIC_IXIA_MICRO || magic == MAGIC_IXIA_NANO;
}

int see_pcap_open(struct see_reader *reader)
{
    struct see_pcap_file *pcap = &reader->pcap;
    const uint8_t *head = see_input_at(&reader->input);
    uint32_t magic = see_octets_32(head, false);
    pcap->is_swapped = !is_magic(magic);
    magic = see_octets_32(head, pcap->is_swapped);
    bool is_ixia = magic == MAGIC_IXIA_MICRO || magic == MAGIC_IXIA_NANO;
    pcap->is_nano = magic == MAGIC_NANO || magic == MAGIC_IXIA_NANO;
    pcap->head_len = magic == MAGIC_KUZNETZOV ? RECORD_HEAD_LEN_KUZNETZOV : RECORD_HEAD_LEN;
    uint32_t snap_len = see_octets_32(head + 16, pcap->is_swapped);
    pcap->snap_len = snap_len;
    pcap->len_max = snap_len == 0 || snap_len > SEE_RECORD_MAX ? SEE_RECORD_MAX
                    : snap_len < SNAP_LEN_USUAL                ? SNAP_LEN_USUAL
                                                               : snap_len;
    pcap->link_type = see_link_type_of_file(see_octets_32(head + 20, pcap->is_swapped));
    unsigned major = see_octets_16(head + 4, pcap->is_swapped);
    unsigned minor = see_octets_16(head + 6, pcap->is_swapped);
    int status = set_version(reader, major, minor);
    if (magic == MAGIC_MICRO && major == 2 && minor == 2) {
        allow_for_aix(pcap);
    }
    see_input_skip(&reader->input, is_ixia ? FILE_HEAD_LEN_IXIA : FILE_HEAD_LEN);
    return status;
}

static bool are_swapped(const struct see_pcap_file *pcap, uint32_t captured, uint32_t wire)
{
    return pcap->lengths == SEE_PCAP_LENGTHS_SWAPPED ||
           (pcap->lengths == SEE_PCAP_LENGTHS_MAYBE && captured > wire);
}

static enum see_read ended(struct see_reader *reader, uint64_t frame)
{
    char what[40];
    snprintf(what, sizeof(what), "frame %llu", (unsigned long long)frame);
    return see_reader_ended(reader, what);
}

bool see_pcap_is_ready(const struct see_reader *reader)
{
    const struct see_pcap_file *pcap = &reader->pcap;
    size_t ready = see_input_ready(&reader->input);
    if (ready < pcap->head_len || pcap->lengths != SEE_PCAP_LENGTHS) {
        return false;
    }
    size_t captured = see_octets_32(see_input_at(&reader->input) + 8, pcap->is_swapped);
    return captured <= SEE_FRAME_MAX && captured <= ready - pcap->head_len;
}

static see_time_ns read_time(const struct see_pcap_file *pcap, const uint8_t *head,
                             bool *ret_is_clamped)
{
    int64_t fraction = see_octets_32(head + 4, pcap->is_swapped);
    return see_clock_time(see_octets_32(head, pcap->is_swapped),
                          pcap->is_nano ? fraction : fraction * SEE_NS_PER_US, ret_is_clamped);
}

enum see_read see_pcap_next(struct see_reader *reader, struct see_frame *ret_frame)
{
    const struct see_pcap_file *pcap = &reader->pcap;
    struct see_input *input = &reader->input;
    size_t ready = see_input_want(input, pcap->head_len);
    if (ready < pcap->head_len && input->to_skip > 0) {
        return ended(reader, reader->number);
    }
    reader->begins_at = input->offset;
    if (ready < pcap->head_len) {
        return ready == 0 ? see_reader_ended(reader, NULL) : ended(reader, reader->number + 1);
    }
    const uint8_t *head = see_input_at(input);
    uint32_t captured = see_octets_32(head + 8, pcap->is_swapped);
    uint32_t wire = see_octets_32(head + 12, pcap->is_swapped);
    if (are_swapped(pcap, captured, wire)) {
        uint32_t other = captured;
        captured = wire;
        wire = other;
    }
    if (captured > pcap->len_max) {
        return see_reader_corrupt(reader, "the record claims to hold %u octets", captured);
    }
    size_t kept = captured < SEE_FRAME_MAX ? captured : SEE_FRAME_MAX;
    if (see_input_want(input, pcap->head_len + kept) < pcap->head_len + kept) {
        return ended(reader, reader->number + 1);
    }
    head = see_input_at(input);
    bool is_clamped;
    see_time_ns time = read_time(pcap, head, &is_clamped);
    reader->notes[SEE_READ_TIMESTAMPS_CLAMPED] += is_clamped ? 1 : 0;
    see_reader_frame(reader, ret_frame, pcap->link_type, time, head + pcap->head_len, captured,
                     wire);
    ret_frame->snap_len = pcap->snap_len;
    see_input_skip(input, pcap->head_len + captured);
    return SEE_READ_FRAME;
}

size_t see_pcap_more(struct see_reader *reader, struct see_frame *frames, size_t max)
{
    const struct see_pcap_file *pcap = &reader->pcap;
    struct see_input *input = &reader->input;
    const uint8_t *begin = see_input_at(input), *end = begin + see_input_ready(input),
                  *head = begin;
    size_t len_max = pcap->len_max < SEE_FRAME_MAX ? pcap->len_max : SEE_FRAME_MAX;
    size_t count = 0;
    if (pcap->lengths != SEE_PCAP_LENGTHS || input->to_skip > 0) {
        return 0;
    }
    while (count < max && (size_t)(end - head) >= pcap->head_len) {
        const uint8_t *data = head + pcap->head_len;
        uint32_t captured = see_octets_32(head + 8, pcap->is_swapped);
        bool is_odd = captured > len_max || captured > (size_t)(end - data);
        see_time_ns time = is_odd ? 0 : read_time(pcap, head, &is_odd);
        if (is_odd) {
            break;
        }
        struct see_frame *frame = &frames[count++];
        see_reader_frame(reader, frame, pcap->link_type, time, data, captured,
                         see_octets_32(head + 12, pcap->is_swapped));
        frame->snap_len = pcap->snap_len;
        head = data + captured;
    }
    see_input_skip(input, (uint64_t)(head - begin));
    return count;
}
