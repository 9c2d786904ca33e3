/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Live: the kernel's buffer, what is kept of a frame, and how long a read waits at most. */
#define LIVE_BUFFER_OCTETS (16 * 1024 * 1024)
#define LIVE_SNAP_OCTETS 262144
#define LIVE_WAIT_MS 100

/* Seconds that still fit in nanoseconds of 64 bits. */
#define SECONDS_MAX ((see_time_ns)(INT64_MAX / SEE_NS_PER_S) - 1)

enum counter { FRAMES, HANDED_ON, FILTERED, OCTETS, COUNTERS };

static const struct see_count counters[COUNTERS] = {
    [FRAMES] = {"frames", "frames", SEE_COUNT_IN, 0},
    [HANDED_ON] = {"frames_handed_on", "frames", SEE_COUNT_OUT, 0},
    [FILTERED] = {"frames_filtered", "frames", SEE_COUNT_DROPPED, 0},
    [OCTETS] = {"octets", "octets", SEE_COUNT_NOTE, 0},
};

struct see_capture {
    pcap_t *pcap;
    int link_type;
    uint32_t number;
    bool has_filter; /* of a file; an interface filters in the kernel */
    bool is_read;    /* at least one frame came */
    struct bpf_program filter;
    struct see_capture_info info;
    char *source;
    char detail[PCAP_ERRBUF_SIZE];
    struct see_count counts[COUNTERS];
};

const char *see_link_type_name(int link_type)
{
    const char *name = pcap_datalink_val_to_name(link_type);
    return name != NULL ? name : "unknown";
}

const char *see_capture_kind_name(enum see_capture_kind kind)
{
    switch (kind) {
    case SEE_CAPTURE_FILE:
        return "file";
    case SEE_CAPTURE_STDIN:
        return "stdin";
    case SEE_CAPTURE_INTERFACE:
        return "interface";
    }
    return NULL;
}

const char *see_capture_state_name(enum see_capture_state state)
{
    switch (state) {
    case SEE_CAPTURE_RUNNING:
        return "running";
    case SEE_CAPTURE_COMPLETE:
        return "complete";
    case SEE_CAPTURE_TRUNCATED:
        return "truncated";
    case SEE_CAPTURE_CORRUPT:
        return "corrupt";
    case SEE_CAPTURE_STOPPED:
        return "stopped";
    }
    return NULL;
}

static struct see_capture *capture_new(const char *source, enum see_capture_kind kind,
                                       const struct see_capture_options *options)
{
    struct see_capture *capture = calloc(1, sizeof(*capture));
    if (capture == NULL) {
        return NULL;
    }
    capture->source = strdup(source);
    if (capture->source == NULL) {
        free(capture);
        return NULL;
    }
    capture->number = options->number;
    memcpy(capture->counts, counters, sizeof(counters));
    capture->info = (struct see_capture_info){
        .source = capture->source,
        .kind = kind,
        .state = SEE_CAPTURE_RUNNING,
        .detail = capture->detail,
        .kernel_dropped = -1,
    };
    return capture;
}

void see_capture_free(struct see_capture *capture)
{
    if (capture == NULL) {
        return;
    }
    if (capture->has_filter) {
        pcap_freecode(&capture->filter);
    }
    if (capture->pcap != NULL) {
        pcap_close(capture->pcap);
    }
    free(capture->source);
    free(capture);
}

/* Opens the stream behind a path; a directory opens but cannot be read, so it is refused here. */
static int open_stream(const char *path, FILE **ret_file, char *error, size_t error_size)
{
    FILE *file = fopen(path, "rbe");
    struct stat status;
    if (file == NULL) {
        snprintf(error, error_size, "%s", strerror(errno));
        return errno == EACCES || errno == EPERM ? SEE_EACCES : SEE_EIO;
    }
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        fclose(file);
        snprintf(error, error_size, "is a directory");
        return SEE_EINVAL;
    }
    *ret_file = file;
    return SEE_OK;
}

/* libpcap tells what is wrong in words only. */
static bool says_truncated(const char *message)
{
    return strstr(message, "truncated") != NULL;
}

static int open_pcap(struct see_capture *capture, FILE *file, char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct stat status = {0};
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode)) {
        capture->info.size = (uint64_t)status.st_size;
    }
    capture->pcap =
        pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (capture->pcap != NULL) {
        capture->link_type = pcap_datalink(capture->pcap);
        return SEE_OK;
    }
    if (file != stdin) {
        fclose(file);
    }
    if (capture->info.kind == SEE_CAPTURE_FILE && status.st_size == 0 && S_ISREG(status.st_mode)) {
        snprintf(error, error_size, "the file is empty");
        return SEE_ETRUNC;
    }
    snprintf(error, error_size, "%s", reason);
    return says_truncated(reason) ? SEE_ETRUNC : SEE_EFORMAT;
}

static int compile(struct see_capture *capture, const char *expression,
                   struct bpf_program *ret_program, char *error, size_t error_size)
{
    if (pcap_compile(capture->pcap, ret_program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0) {
        return SEE_OK;
    }
    snprintf(error, error_size, "the filter '%s' cannot be used: %s", expression,
             pcap_geterr(capture->pcap));
    return SEE_EINVAL;
}

void see_capture_number(struct see_capture *capture, uint32_t number)
{
    capture->number = number;
}

int see_capture_check_filter(const char *filter, char *error, size_t error_size)
{
    struct see_capture capture = {.pcap = pcap_open_dead(DLT_EN10MB, LIVE_SNAP_OCTETS)};
    struct bpf_program program;
    if (capture.pcap == NULL) {
        snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
        return SEE_ENOMEM;
    }
    int status = compile(&capture, filter, &program, error, error_size);
    if (status == SEE_OK) {
        pcap_freecode(&program);
    }
    pcap_close(capture.pcap);
    return status;
}

int see_capture_open_file(struct see_capture **ret_capture, const char *path,
                          const struct see_capture_options *options, char *error, size_t error_size)
{
    *ret_capture = NULL;
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = stdin;
    int status = is_stdin ? SEE_OK : open_stream(path, &file, error, error_size);
    if (status != SEE_OK) {
        return status;
    }
    struct see_capture *capture =
        capture_new(path, is_stdin ? SEE_CAPTURE_STDIN : SEE_CAPTURE_FILE, options);
    if (capture == NULL) {
        if (!is_stdin) {
            fclose(file);
        }
        snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
        return SEE_ENOMEM;
    }
    status = open_pcap(capture, file, error, error_size);
    if (status == SEE_OK && options->filter != NULL) {
        status = compile(capture, options->filter, &capture->filter, error, error_size);
        capture->has_filter = status == SEE_OK;
    }
    if (status != SEE_OK) {
        see_capture_free(capture);
        return status;
    }
    *ret_capture = capture;
    return SEE_OK;
}

static int live_failed(pcap_t *pcap, const char *name, int result, char *error, size_t error_size)
{
    if (result == PCAP_ERROR_PERM_DENIED || result == PCAP_ERROR_PROMISC_PERM_DENIED) {
        snprintf(error, error_size,
                 "no permission to capture on %s; run as root, or grant the right once with: "
                 "setcap cap_net_raw+ep \"$(command -v seeother)\"",
                 name);
        return SEE_EACCES;
    }
    if (result == PCAP_ERROR_NO_SUCH_DEVICE) {
        snprintf(error, error_size, "there is no interface %s", name);
        return SEE_EIO;
    }
    const char *reason = pcap_geterr(pcap);
    snprintf(error, error_size, "%s", reason[0] != '\0' ? reason : pcap_statustostr(result));
    return SEE_EIO;
}

static int activate(struct see_capture *capture, const char *name, char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    capture->pcap = pcap_create(name, reason);
    if (capture->pcap == NULL) {
        snprintf(error, error_size, "%s", reason);
        return SEE_EIO;
    }
    pcap_set_snaplen(capture->pcap, LIVE_SNAP_OCTETS);
    pcap_set_timeout(capture->pcap, LIVE_WAIT_MS);
    pcap_set_buffer_size(capture->pcap, LIVE_BUFFER_OCTETS);
    pcap_set_immediate_mode(capture->pcap, 1);
    pcap_set_tstamp_precision(capture->pcap, PCAP_TSTAMP_PRECISION_NANO);
    int result = pcap_activate(capture->pcap);
    if (result < 0) {
        return live_failed(capture->pcap, name, result, error, error_size);
    }
    /* How long libpcap itself waits differs between kernels, so the waiting is ours. */
    if (pcap_setnonblock(capture->pcap, 1, reason) != 0) {
        snprintf(error, error_size, "%s", reason);
        return SEE_EIO;
    }
    capture->link_type = pcap_datalink(capture->pcap);
    return SEE_OK;
}

static int filter_live(struct see_capture *capture, const char *expression, char *error,
                       size_t error_size)
{
    struct bpf_program program;
    int status = compile(capture, expression, &program, error, error_size);
    if (status != SEE_OK) {
        return status;
    }
    if (pcap_setfilter(capture->pcap, &program) != 0) {
        snprintf(error, error_size, "%s", pcap_geterr(capture->pcap));
        status = SEE_EIO;
    }
    pcap_freecode(&program);
    return status;
}

int see_capture_open_interface(struct see_capture **ret_capture, const char *name,
                               const struct see_capture_options *options, char *error,
                               size_t error_size)
{
    *ret_capture = NULL;
    struct see_capture *capture = capture_new(name, SEE_CAPTURE_INTERFACE, options);
    if (capture == NULL) {
        snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
        return SEE_ENOMEM;
    }
    int status = activate(capture, name, error, error_size);
    if (status == SEE_OK && options->filter != NULL) {
        status = filter_live(capture, options->filter, error, error_size);
    }
    if (status != SEE_OK) {
        see_capture_free(capture);
        return status;
    }
    *ret_capture = capture;
    return SEE_OK;
}

static see_time_ns time_of(const struct see_capture *capture, const struct pcap_pkthdr *header)
{
    see_time_ns seconds = (see_time_ns)header->ts.tv_sec;
    if (seconds > SECONDS_MAX) {
        seconds = SECONDS_MAX;
    } else if (seconds < -SECONDS_MAX) {
        seconds = -SECONDS_MAX;
    }
    bool is_nano = pcap_get_tstamp_precision(capture->pcap) == PCAP_TSTAMP_PRECISION_NANO;
    see_time_ns rest = (see_time_ns)header->ts.tv_usec * (is_nano ? 1 : SEE_NS_PER_US);
    /* A fraction of more than a second is a lie, but no reason to lose the frame. */
    if (rest < 0 || rest >= SEE_NS_PER_S) {
        rest = SEE_NS_PER_S - 1;
    }
    return seconds * SEE_NS_PER_S + rest;
}

static void take_in(struct see_capture *capture, const struct pcap_pkthdr *header,
                    const uint8_t *data, struct see_frame *ret_frame)
{
    struct see_capture_info *info = &capture->info;
    info->frames++;
    info->octets += header->caplen;
    ret_frame->stamp = (struct see_stamp){
        .time_ns = time_of(capture, header), .frame = info->frames, .capture = capture->number};
    ret_frame->link_type = capture->link_type;
    ret_frame->data = data;
    ret_frame->len = header->caplen;
    ret_frame->wire_len = header->len > header->caplen ? header->len : header->caplen;
    see_time_ns time = ret_frame->stamp.time_ns;
    if (!capture->is_read || time < info->first_time) {
        info->first_time = time;
    }
    if (!capture->is_read || time > info->last_time) {
        info->last_time = time;
    }
    capture->is_read = true;
}

/* The file cannot be read on: says why, as `truncated` or `corrupt`. */
static int damaged(struct see_capture *capture)
{
    const char *reason = pcap_geterr(capture->pcap);
    snprintf(capture->detail, sizeof(capture->detail), "%s", reason);
    capture->info.state = says_truncated(reason) ? SEE_CAPTURE_TRUNCATED : SEE_CAPTURE_CORRUPT;
    if (capture->info.kind == SEE_CAPTURE_INTERFACE) {
        capture->info.state = SEE_CAPTURE_STOPPED;
        return SEE_EIO;
    }
    return 0;
}

/* The next packet; a live capture waits for one, but not for ever: then 0. */
static int next_packet(struct see_capture *capture, struct pcap_pkthdr **ret_header,
                       const uint8_t **ret_data)
{
    int result = pcap_next_ex(capture->pcap, ret_header, ret_data);
    if (result != 0 || capture->info.kind != SEE_CAPTURE_INTERFACE) {
        return result;
    }
    struct pollfd ready = {.fd = pcap_get_selectable_fd(capture->pcap), .events = POLLIN};
    poll(&ready, 1, LIVE_WAIT_MS);
    return pcap_next_ex(capture->pcap, ret_header, ret_data);
}

int see_capture_next(struct see_capture *capture, struct see_frame *ret_frame)
{
    struct pcap_pkthdr *header;
    const uint8_t *data;
    while (capture->info.state == SEE_CAPTURE_RUNNING) {
        int result = next_packet(capture, &header, &data);
        /* PCAP_ERROR_BREAK is how libpcap says that a file has ended. */
        if (result == PCAP_ERROR_BREAK) {
            capture->info.state = SEE_CAPTURE_COMPLETE;
            return 0;
        }
        if (result == 0) {
            return 0;
        }
        if (result < 0) {
            return damaged(capture);
        }
        take_in(capture, header, data, ret_frame);
        if (!capture->has_filter || pcap_offline_filter(&capture->filter, header, data) != 0) {
            return 1;
        }
        capture->info.frames_filtered++;
    }
    return 0;
}

void see_capture_stop(struct see_capture *capture)
{
    if (capture->info.state == SEE_CAPTURE_RUNNING) {
        capture->info.state = SEE_CAPTURE_STOPPED;
    }
}

enum see_capture_state see_capture_state(const struct see_capture *capture)
{
    return capture->info.state;
}

const struct see_capture_info *see_capture_info(struct see_capture *capture)
{
    struct see_capture_info *info = &capture->info;
    if (info->kind == SEE_CAPTURE_INTERFACE) {
        struct pcap_stat stat;
        if (pcap_stats(capture->pcap, &stat) == 0) {
            info->kernel_dropped = (int64_t)stat.ps_drop + (int64_t)stat.ps_ifdrop;
        }
    } else if (info->size > 0) {
        long at = ftell(pcap_file(capture->pcap));
        info->position = at > 0 ? (uint64_t)at : 0;
    }
    return info;
}

struct see_counts see_capture_counts(struct see_capture *capture)
{
    const struct see_capture_info *info = &capture->info;
    capture->counts[FRAMES].value = info->frames;
    capture->counts[FILTERED].value = info->frames_filtered;
    capture->counts[HANDED_ON].value = info->frames - info->frames_filtered;
    capture->counts[OCTETS].value = info->octets;
    return (struct see_counts){"capture", capture->counts, COUNTERS};
}
