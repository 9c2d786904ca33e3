/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "capture/foreign.h"

/* Enough to tell any format from another. */
#define HEAD_LEN 24

void see_reader_frame(struct see_reader *reader, struct see_frame *ret_frame, int link_type,
                      see_time_ns time, const uint8_t *data, uint32_t captured, uint32_t wire)
{
    bool is_cut = captured > SEE_FRAME_MAX;
    reader->number++;
    reader->last_time = time;
    reader->notes[SEE_READ_FRAMES_CUT] += is_cut ? 1 : 0;
    *ret_frame = (struct see_frame){
        .stamp = see_stamp_make(time, reader->number, 0),
        .link_type = link_type,
        .data = data,
        .len = is_cut ? SEE_FRAME_MAX : captured,
        .wire_len = wire > captured ? wire : captured,
    };
}

/* Where octets are counted: not in the file itself when that is packed. */
static const char *of_what(const struct see_reader *reader)
{
    return reader->input.unpacker != NULL ? " of the unpacked data" : "";
}

static void say(struct see_reader *reader, enum see_capture_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct see_reader *reader, enum see_capture_state state, const char *format, ...)
{
    va_list args;
    reader->state = state;
    va_start(args, format);
    vsnprintf(reader->detail, sizeof(reader->detail), format, args);
    va_end(args);
}

enum see_read see_reader_corrupt(struct see_reader *reader, const char *format, ...)
{
    char why[160];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    say(reader, SEE_CAPTURE_CORRUPT, "%s, behind frame %llu, at octet %llu%s", why,
        (unsigned long long)reader->number, (unsigned long long)reader->begins_at, of_what(reader));
    return SEE_READ_OVER;
}

static void say_cut(struct see_reader *reader, const char *ended, const char *what)
{
    if (what == NULL) {
        say(reader, SEE_CAPTURE_TRUNCATED, "%s behind frame %llu", ended,
            (unsigned long long)reader->number);
    } else {
        say(reader, SEE_CAPTURE_TRUNCATED, "%s inside %s, which begins at octet %llu%s", ended,
            what, (unsigned long long)reader->begins_at, of_what(reader));
    }
}

enum see_read see_reader_ended(struct see_reader *reader, const char *what)
{
    struct see_input *input = &reader->input;
    char ended[64];
    switch (input->state) {
    case SEE_INPUT_OPEN:
    case SEE_INPUT_ENDED:
        if (what == NULL) {
            reader->state = SEE_CAPTURE_COMPLETE;
        } else {
            say_cut(reader, "the file ends", what);
        }
        return SEE_READ_OVER;
    case SEE_INPUT_CUT:
        snprintf(ended, sizeof(ended), "the %s data is cut short", input->unpacker->name);
        say_cut(reader, ended, what);
        return SEE_READ_OVER;
    case SEE_INPUT_BROKEN:
        return see_reader_corrupt(reader, "%s", input->why);
    case SEE_INPUT_INTERRUPTED:
        return SEE_READ_WAIT;
    case SEE_INPUT_NO_MEMORY:
        break;
    }
    return SEE_READ_FAILED;
}

/* The file is no capture, or not even a whole header of one. */
static int refuse(struct see_reader *reader, size_t len)
{
    const uint8_t *head = see_input_at(&reader->input);
    enum see_input_state state = reader->input.state;
    if (state == SEE_INPUT_CUT || (state == SEE_INPUT_ENDED && len == 0)) {
        say(reader, SEE_CAPTURE_TRUNCATED, "%s",
            state == SEE_INPUT_CUT ? "the packed data is cut short before the first record"
                                   : "the file is empty");
        return SEE_ETRUNC;
    }
    const char *name = see_foreign_name(head, len);
    if (name == NULL && (see_pcap_begins(head, len) || see_pcapng_begins(head, len))) {
        say(reader, SEE_CAPTURE_TRUNCATED, "the file ends inside its header");
        return SEE_ETRUNC;
    }
    say(reader, SEE_CAPTURE_CORRUPT, "%s",
        name != NULL ? name : "the file is neither pcap nor pcapng, plain or packed");
    return SEE_EFORMAT;
}

static int open_format(struct see_reader *reader)
{
    struct see_input *input = &reader->input;
    /* After a signal it is not even known whether the file is packed. */
    size_t len = input->state == SEE_INPUT_INTERRUPTED ? 0 : see_input_want(input, HEAD_LEN);
    const uint8_t *head = see_input_at(input);
    switch (input->state) {
    case SEE_INPUT_INTERRUPTED:
        say(reader, SEE_CAPTURE_STOPPED, "interrupted before the first packet");
        return SEE_EIO;
    case SEE_INPUT_BROKEN:
        if (len < HEAD_LEN) {
            say(reader, SEE_CAPTURE_CORRUPT, "%s", input->why);
            return input->unpacker != NULL ? SEE_EFORMAT : SEE_EIO;
        }
        break;
    case SEE_INPUT_NO_MEMORY:
        return SEE_ENOMEM;
    case SEE_INPUT_OPEN:
    case SEE_INPUT_ENDED:
    case SEE_INPUT_CUT:
        break;
    }
    if (len >= HEAD_LEN && see_pcap_begins(head, len)) {
        reader->format = SEE_FORMAT_PCAP;
        return see_pcap_open(reader);
    }
    if (len >= HEAD_LEN && see_pcapng_begins(head, len)) {
        reader->format = SEE_FORMAT_PCAPNG;
        return see_pcapng_open(reader);
    }
    return refuse(reader, len);
}

int see_reader_open(struct see_reader *reader)
{
    reader->pcapng.dropped = -1;
    int status = open_format(reader);
    if (status == SEE_ENOMEM) {
        say(reader, SEE_CAPTURE_RUNNING, "%s", see_status_text(status));
    }
    return status;
}

enum see_read see_reader_next(struct see_reader *reader, struct see_frame *ret_frame)
{
    if (reader->format == SEE_FORMAT_PCAP) {
        return see_pcap_next(reader, ret_frame);
    }
    enum see_read result;
    do {
        result = see_pcapng_next(reader, ret_frame);
    } while (result == SEE_READ_PASSED);
    return result;
}

bool see_reader_is_ready(const struct see_reader *reader)
{
    if (reader->input.to_skip > 0) {
        return false;
    }
    return reader->format == SEE_FORMAT_PCAP ? see_pcap_is_ready(reader)
                                             : see_pcapng_is_ready(reader);
}

size_t see_reader_more(struct see_reader *reader, struct see_frame *frames, size_t max)
{
    return reader->format == SEE_FORMAT_PCAP ? see_pcap_more(reader, frames, max) : 0;
}

void see_reader_finish(struct see_reader *reader)
{
    see_pcapng_finish(&reader->pcapng);
    see_input_finish(&reader->input);
}
