/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/live.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "capture/clock.h"
#include "capture/link_type.h"

/* How long libpcap gathers frames before it wakes us, where frames are not wanted at once. */
#define GATHER_MS 100

struct see_live {
    pcap_t *pcap;
    int link_type;
    uint32_t snap_len;
    bool is_promiscuous;
    char name[IFNAMSIZ]; /* empty where there is no one interface: "any", and the like */
    int index;           /* the number of the interface that the socket is bound to */
    int hardware;        /* its ARPHRD_ type */
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

/* Asks the kernel about the interface of our name. */
static bool ask(const struct see_live *live, unsigned long what, struct ifreq *ret_answer)
{
    memset(ret_answer, 0, sizeof(*ret_answer));
    memcpy(ret_answer->ifr_name, live->name, sizeof(live->name));
    return ioctl(pcap_fileno(live->pcap), what, ret_answer) == 0;
}

/* Which interface it is, so that it can be told from another one that takes its name. */
static void identify(struct see_live *live, const char *name)
{
    struct ifreq answer;
    if (strlen(name) >= sizeof(live->name)) {
        return;
    }
    memcpy(live->name, name, strlen(name) + 1);
    if (!ask(live, SIOCGIFINDEX, &answer)) {
        live->name[0] = '\0';
        return;
    }
    live->index = answer.ifr_ifindex;
    live->hardware = ask(live, SIOCGIFHWADDR, &answer) ? answer.ifr_hwaddr.sa_family : -1;
}

static void prepare(struct see_live *live, const struct see_capture_options *options)
{
    size_t buffer = options->buffer < INT_MAX ? options->buffer : INT_MAX;
    live->snap_len = options->snap_len > 0 ? options->snap_len : SEE_CAPTURE_SNAP;
    live->is_promiscuous = options->is_promiscuous;
    pcap_set_snaplen(live->pcap, (int)live->snap_len);
    pcap_set_promisc(live->pcap, options->is_promiscuous);
    pcap_set_timeout(live->pcap, GATHER_MS);
    pcap_set_buffer_size(live->pcap, (int)(buffer > 0 ? buffer : SEE_CAPTURE_BUFFER));
    pcap_set_immediate_mode(live->pcap, !options->is_gathering);
    pcap_set_tstamp_precision(live->pcap, PCAP_TSTAMP_PRECISION_NANO);
}

static int activate(struct see_live *live, const char *name,
                    const struct see_capture_options *options, char *error, size_t error_size)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    live->pcap = pcap_create(name, reason);
    if (live->pcap == NULL) {
        snprintf(error, error_size, "%s", reason);
        return SEE_EIO;
    }
    prepare(live, options);
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
    identify(live, name);
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

int see_live_open(struct see_live **ret_live, const char *name,
                  const struct see_capture_options *options, char *error, size_t error_size)
{
    *ret_live = NULL;
    struct see_live *live = calloc(1, sizeof(*live));
    if (live == NULL) {
        snprintf(error, error_size, "%s", see_status_text(SEE_ENOMEM));
        return SEE_ENOMEM;
    }
    int status = activate(live, name, options, error, error_size);
    if (status == SEE_OK && options->filter != NULL) {
        status = set_filter(live, options->filter, error, error_size);
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
    /* An interface that went down or away is an error for libpcap; for us it may come back. */
    if (result < 0 && live->name[0] != '\0' && see_live_look(live) != SEE_PRESENCE_UP) {
        return 0;
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
        .snap_len = live->snap_len,
        .data = data,
        .len = header->caplen,
        .wire_len = header->len > header->caplen ? header->len : header->caplen,
    };
    return 1;
}

/* An interface of our name and kind has come: the socket, which was bound to the old one, moves. */
static bool bind_anew(struct see_live *live, int index)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = index,
    };
    struct packet_mreq promiscuous = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
    struct ifreq answer;
    int socket = pcap_fileno(live->pcap);
    if (!ask(live, SIOCGIFHWADDR, &answer) || answer.ifr_hwaddr.sa_family != live->hardware ||
        bind(socket, (struct sockaddr *)&address, sizeof(address)) != 0) {
        return false;
    }
    if (live->is_promiscuous) {
        setsockopt(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous));
    }
    live->index = index;
    return true;
}

enum see_capture_presence see_live_look(struct see_live *live)
{
    struct ifreq answer;
    if (live->name[0] == '\0') {
        return SEE_PRESENCE_UP;
    }
    if (!ask(live, SIOCGIFINDEX, &answer)) {
        return SEE_PRESENCE_GONE;
    }
    int index = answer.ifr_ifindex;
    if (!ask(live, SIOCGIFFLAGS, &answer)) {
        return SEE_PRESENCE_GONE;
    }
    bool is_up = (answer.ifr_flags & IFF_UP) != 0;
    if (index != live->index && !(is_up && bind_anew(live, index))) {
        return SEE_PRESENCE_GONE;
    }
    return is_up ? SEE_PRESENCE_UP : SEE_PRESENCE_DOWN;
}

int see_live_fd(const struct see_live *live)
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
