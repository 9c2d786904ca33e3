/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/capture.h"
#include "capture/link_type.h"

/* What a program gives back for a frame that passes; any length does. */
#define SNAP_LEN 262144

struct see_filter {
    struct bpf_program program;
};

static int no_memory(char *error, size_t error_size)
{
    snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
    return SEE_ENOMEM;
}

int see_filter_new(struct see_filter **ret_filter, const char *expression, int link_type,
                   char *error, size_t error_size)
{
    *ret_filter = NULL;
    struct see_filter *filter = calloc(1, sizeof(*filter));
    if (filter == NULL) {
        return no_memory(error, error_size);
    }
    pcap_t *pcap = pcap_open_dead(see_link_type_dlt(link_type), SNAP_LEN);
    if (pcap == NULL) {
        free(filter);
        return no_memory(error, error_size);
    }
    int status = SEE_OK;
    if (pcap_compile(pcap, &filter->program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        snprintf(error, error_size, "the filter '%s' cannot be used: %s", expression,
                 pcap_geterr(pcap));
        status = SEE_EINVAL;
    }
    pcap_close(pcap);
    if (status != SEE_OK) {
        free(filter);
        return status;
    }
    *ret_filter = filter;
    return SEE_OK;
}

bool see_filter_passes(const struct see_filter *filter, const struct see_frame *frame)
{
    struct pcap_pkthdr header = {
        .caplen = (bpf_u_int32)frame->len,
        .len = (bpf_u_int32)frame->wire_len,
    };
    return pcap_offline_filter(&filter->program, &header, frame->data) != 0;
}

void see_filter_free(struct see_filter *filter)
{
    if (filter != NULL) {
        pcap_freecode(&filter->program);
        free(filter);
    }
}

int see_capture_check_filter(const char *filter, char *error, size_t error_size)
{
    struct see_filter *compiled;
    int status = see_filter_new(&compiled, filter, DLT_EN10MB, error, error_size);
    see_filter_free(compiled);
    return status;
}
