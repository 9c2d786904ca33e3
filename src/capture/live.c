/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/live.h"

#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/clock.h"
#include "capture/link_type.h"

/* The kernel's buffer, what is kept of a frame, and how long a read waits at most. */
#define BUFFER_OCTETS (16 * 1024 * 1024)
#define SNAP_OCTETS 262144
#define WAIT_MS 100

struct see_live {
    pcap_t *pcap;
    int link_type;
};

static int failed(pcap_t *pcap, const char *name, int result, char *error, size_t error_size)
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

static int activate(struct see_live *live, const char *name, char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    live->pcap = pcap_create(name, reason);
    if (live->pcap == NULL) {
        snprintf(error, error_size, "%s", reason);
        return SEE_EIO;
    }
    pcap_set_snaplen(live->pcap, SNAP_OCTETS);
    pcap_set_timeout(live->pcap, WAIT_MS);
    pcap_set_buffer_size(live->pcap, BUFFER_OCTETS);
    pcap_set_immediate_mode(live->pcap, 1);
    pcap_set_tstamp_precision(live->pcap, PCAP_TSTAMP_PRECISION_NANO);
    int result = pcap_activate(live->pcap);
    if (result < 0) {
        return failed(live->pcap, name, result, error, error_size);
    }
    /* How long libpcap itself waits differs between kernels, so the waiting is ours. */
    if (pcap_setnonblock(live->pcap, 1, reason) != 0) {
        snprintf(error, error_size, "%s", reason);
        return SEE_EIO;
    }
    live->link_type = see_link_type_of_dlt(pcap_datalink(live->pcap));
    return SEE_OK;
}

static int set_filter(struct see_live *live, const char *expression, char *error, size_t error_size)
{
    struct bpf_program program;
    if (pcap_compile(live->pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        snprintf(error, error_size, "the filter '%s' cannot be used: %s", expression,
                 pcap_geterr(live->pcap));
        return SEE_EINVAL;
    }
    int status = SEE_OK;
    if (pcap_setfilter(live->pcap, &program) != 0) {
        snprintf(error, error_size, "%s", pcap_geterr(live->pcap));
        status = SEE_EIO;
    }
    pcap_freecode(&program);
    return status;
}

int see_live_open(struct see_live **ret_live, const char *name, const char *filter, char *error,
                  size_t error_size)
{
    *ret_live = NULL;
    struct see_live *live = calloc(1, sizeof(*live));
    if (live == NULL) {
        snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
        return SEE_ENOMEM;
    }
    int status = activate(live, name, error, error_size);
    if (status == SEE_OK && filter != NULL) {
        status = set_filter(live, filter, error, error_size);
    }
    if (status != SEE_OK) {
        see_live_free(live);
        return status;
    }
    *ret_live = live;
    return SEE_OK;
}

static see_time_ns time_of(const struct see_live *live, const struct pcap_pkthdr *header)
{
    bool is_nano = pcap_get_tstamp_precision(live->pcap) == PCAP_TSTAMP_PRECISION_NANO;
    bool is_clamped;
    return see_clock_time((int64_t)header->ts.tv_sec,
                          (int64_t)header->ts.tv_usec * (is_nano ? 1 : SEE_NS_PER_US), &is_clamped);
}

int see_live_next(struct see_live *live, struct see_frame *ret_frame, char *error,
                  size_t error_size)
{
    struct pcap_pkthdr *header;
    const uint8_t *data;
    int result = pcap_next_ex(live->pcap, &header, &data);
    if (result == 0) {
        struct pollfd ready = {.fd = pcap_get_selectable_fd(live->pcap), .events = POLLIN};
        poll(&ready, 1, WAIT_MS);
        result = pcap_next_ex(live->pcap, &header, &data);
    }
    if (result < 0) {
        snprintf(error, error_size, "%s", pcap_geterr(live->pcap));
        return SEE_EIO;
    }
    if (result == 0) {
        return 0;
    }
    *ret_frame = (struct see_frame){
        .stamp = {.time_ns = time_of(live, header)},
        .link_type = live->link_type,
        .snap_len = SNAP_OCTETS,
        .data = data,
        .len = header->caplen,
        .wire_len = header->len > header->caplen ? header->len : header->caplen,
    };
    return 1;
}

int see_live_descriptor(const struct see_live *live)
{
    return pcap_get_selectable_fd(live->pcap);
}

int64_t see_live_dropped(struct see_live *live)
{
    struct pcap_stat stat;
    if (pcap_stats(live->pcap, &stat) != 0) {
        return -1;
    }
    return (int64_t)stat.ps_drop + (int64_t)stat.ps_ifdrop;
}

void see_live_free(struct see_live *live)
{
    if (live == NULL) {
        return;
    }
    if (live->pcap != NULL) {
        pcap_close(live->pcap);
    }
    free(live);
}
