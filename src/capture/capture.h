/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture - reads frames off a file, standard input or an interface.
 *
 *     new -> next, next, ... until no more -> free
 *
 * Files are pcap or pcapng, plain or packed by gzip, zstd, xz or lz4; what they are
 * is told by their content.  Memory stays flat, whatever they hold.
 *
 * Frame numbers count from 1 within the capture, as Wireshark's do, frames that
 * the filter leaves out included.  A file that is cut or damaged yields every
 * frame up to the damage, and then says what is wrong.
 */
#ifndef SEE_CAPTURE_CAPTURE_H
#define SEE_CAPTURE_CAPTURE_H

#include <stdbool.h>

#include "capture/frame.h"
#include "capture/windows.h"
#include "core/address.h"
#include "core/counts.h"
#include "core/status.h"
#include "core/view.h"

enum see_capture_kind { SEE_CAPTURE_FILE, SEE_CAPTURE_STDIN, SEE_CAPTURE_INTERFACE };

enum see_capture_state {
    SEE_CAPTURE_RUNNING,
    SEE_CAPTURE_COMPLETE,  /* read to its end */
    SEE_CAPTURE_TRUNCATED, /* ends inside a header, a record or a block */
    SEE_CAPTURE_CORRUPT,   /* what follows cannot be read */
    SEE_CAPTURE_STOPPED,   /* told to stop */
};

/* What an interface is captured with, unless told otherwise: octets. */
#define SEE_CAPTURE_SNAP 262144
#define SEE_CAPTURE_BUFFER ((size_t)16 << 20)

struct see_capture_options {
    const char *filter; /* a pcap filter expression, or NULL */
    uint32_t number;    /* the capture's number in the run, for its stamps; may be set later */
    bool reads_ahead;   /* a packed file is read and unpacked in a thread of its own */

    /* For interfaces only. */
    uint32_t snap_len;   /* what is kept of a frame; 0: SEE_CAPTURE_SNAP */
    size_t buffer;       /* of the kernel; 0: SEE_CAPTURE_BUFFER */
    bool is_promiscuous; /* also frames for others */
    bool is_gathering;   /* the kernel wakes us for many frames at a time, not for each */
};

/* Whether an interface is there; a file always is. */
enum see_capture_presence {
    SEE_PRESENCE_UP,
    SEE_PRESENCE_DOWN,
    SEE_PRESENCE_GONE, /* there is none of that name and kind */
};

/* What is known of a capture so far. */
struct see_capture_info {
    const char *source; /* as given */
    enum see_capture_kind kind;
    enum see_capture_state state;
    const char *detail;                /* what is wrong, a sentence without a full stop, or "" */
    see_time_ns first_time, last_time; /* smallest and largest stamp; 0 without frames */
    uint64_t frames;                   /* read, filtered ones included */
    uint64_t frames_filtered;          /* left out by the filter */
    uint64_t octets;                   /* captured octets of all frames read */
    uint64_t position, size;           /* octets of the file read so far and in all; 0: not known */
    int64_t kernel_dropped;            /* by kernel and interface; -1: not known */
};

/* Frames of one link type that were handed on. */
struct see_capture_link {
    int link_type;
    uint64_t frames;
};

struct see_capture;

/*
 * Opens a file ("-": standard input) or an interface.  On failure *ret_capture is
 * NULL and `error` gets a sentence without a full stop: SEE_EIO, SEE_EACCES,
 * SEE_EFORMAT (no capture), SEE_ETRUNC (empty, or cut in its header), SEE_EINVAL
 * (the filter), SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_capture_open_file(struct see_capture **ret_capture, const char *path,
                                         const struct see_capture_options *options, char *error,
                                         size_t error_size);
SEE_MUST_CHECK int see_capture_open_interface(struct see_capture **ret_capture, const char *name,
                                              const struct see_capture_options *options,
                                              char *error, size_t error_size);

/* Likewise, of a file that is open, which is then the capture's, also on failure; 0: standard
 * input. */
SEE_MUST_CHECK int see_capture_open_fd(struct see_capture **ret_capture, int fd, const char *path,
                                       const struct see_capture_options *options, char *error,
                                       size_t error_size);

/* Likewise, of a file that lies in memory and stays the caller's: for tests. */
SEE_MUST_CHECK int see_capture_open_memory(struct see_capture **ret_capture, struct see_view octets,
                                           const struct see_capture_options *options, char *error,
                                           size_t error_size);

/* The number that the capture's stamps carry from here on. */
void see_capture_number(struct see_capture *capture, uint32_t number);

/* Whether a filter can be used at all (on Ethernet); SEE_EINVAL with a sentence when not. */
SEE_MUST_CHECK int see_capture_check_filter(const char *filter, char *error, size_t error_size);

/*
 * The next frame that passes the filter; its octets are valid until the next call.
 * 1: *ret_frame is filled; 0: no more, or nothing now while `state` is still running; negative:
 * SEE_EIO when a device failed, SEE_ENOMEM.  A file comes back after 100 ms without a frame, after
 * a signal, and after each frame that the filter leaves out, so that the caller can do what time
 * asks for; an interface does not wait (watch.h does), nor does it fail when it goes down or away.
 */
SEE_MUST_CHECK int see_capture_next(struct see_capture *capture, struct see_frame *ret_frame);

/*
 * Likewise, as many frames as lie ready beside the first, at most `max`; their octets are all valid
 * until the next call.  Returns how many, 0 or negative as above.
 */
SEE_MUST_CHECK int see_capture_some(struct see_capture *capture, struct see_frame *frames,
                                    size_t max);

/*
 * From here on frames are valid until the memory of their window is needed again, for which `owner`
 * is asked, so that another thread can look at them; only one calls what is above.  False, and
 * nothing has changed, where that does not pay, or memory ran out: of a plain file alone, and a
 * large one, frames are not copied for it.
 */
bool see_capture_keep(struct see_capture *capture, struct see_windows_owner owner);

/* Takes that back, before another frame is read. */
void see_capture_keep_not(struct see_capture *capture);

/* Whether the file is packed: then it may be unpacked in a thread of its own (`reads_ahead`). */
bool see_capture_is_packed(const struct see_capture *capture);

/* In which window the frames of the last call lie. */
uint64_t see_capture_window(const struct see_capture *capture);

/* Readable when an interface has a frame; -1 for a file. */
int see_capture_fd(const struct see_capture *capture);

/* Looks whether the interface is there; one that comes back is taken up again. */
enum see_capture_presence see_capture_look(struct see_capture *capture);

/* How far the file has been used, in its own octets; 0 for an interface. */
uint64_t see_capture_position(const struct see_capture *capture);

/* No more frames are wanted. */
void see_capture_stop(struct see_capture *capture);

enum see_capture_state see_capture_state(const struct see_capture *capture);

/* Adds a sentence to the `detail` of the capture. */
void see_capture_note(struct see_capture *capture, const char *text);

/* The link types of the frames so far, the first 64 in the order in which they came. */
size_t see_capture_links(const struct see_capture *capture,
                         const struct see_capture_link **ret_links);

/*
 * TLS secrets that the file has brought along so far, as lines of SSLKEYLOGFILE.  They are for use
 * in memory only, and wiped when the capture is freed.
 */
struct see_view see_capture_secrets(const struct see_capture *capture);

/* Valid until the next call. */
const struct see_capture_info *see_capture_info(struct see_capture *capture);
struct see_counts see_capture_counts(struct see_capture *capture);

/* One interface of this machine that can be captured on. */
struct see_capture_interface {
    const char *name, *description; /* the description may be NULL */
    bool is_up, is_running, is_loopback;
    const struct see_address *addresses;
    size_t address_count;
};

/* Calls `each` for all of them; SEE_EIO with a sentence in `error`, or what `each` returned. */
SEE_MUST_CHECK int see_capture_interfaces(int (*each)(void *ctx,
                                                      const struct see_capture_interface *one),
                                          void *ctx, char *error, size_t error_size);

/* The name of a link type in the tcpdump registry, or "unknown"; static storage. */
const char *see_link_type_name(int link_type);

const char *see_capture_kind_name(enum see_capture_kind kind);    /* "file", ... */
const char *see_capture_state_name(enum see_capture_state state); /* "complete", ... */

void see_capture_free(struct see_capture *capture); /* takes NULL */

#endif
