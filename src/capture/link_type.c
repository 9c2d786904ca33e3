/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/link_type.h"

#include <pcap/pcap.h>
#include <stddef.h>

#include "capture/capture.h"

/* Above are the length of the frame check sequence and reserved bits. */
#define LINK_TYPE_MASK 0x03FFFFFFu

#define LINKTYPE_RAW 101

static const struct {
    int dlt, link_type;
} differing[] = {
#ifdef DLT_FR
    {DLT_FR, 107},
#endif
    {DLT_ATM_RFC1483, 100}, {DLT_RAW, LINKTYPE_RAW}, {DLT_SLIP_BSDOS, 102}, {DLT_PPP_BSDOS, 103},
    {DLT_ATM_CLIP, 106},    {DLT_PPP_SERIAL, 50},    {DLT_PPP_ETHER, 51},   {DLT_C_HDLC, 104},
    {DLT_LOOP, 108},        {DLT_ENC, 109},          {DLT_PFSYNC, 246},
};

int see_link_type_of_file(uint32_t field)
{
    int link_type = (int)(field & LINK_TYPE_MASK);
    /* Old writers put their system's DLT_RAW there: 12 on most, 14 on OpenBSD. */
    return link_type == 12 || link_type == 14 ? LINKTYPE_RAW : link_type;
}

int see_link_type_of_dlt(int dlt)
{
    for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++) {
        if (differing[i].dlt == dlt) {
            return differing[i].link_type;
        }
    }
    return dlt;
}

int see_link_type_dlt(int link_type)
{
    for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++) {
        if (differing[i].link_type == link_type) {
            return differing[i].dlt;
        }
    }
    return link_type;
}

const char *see_link_type_name(int link_type)
{
    /* libpcap has no names for these. */
    static const char *const of_users[] = {
        "USER0", "USER1", "USER2",  "USER3",  "USER4",  "USER5",  "USER6",  "USER7",
        "USER8", "USER9", "USER10", "USER11", "USER12", "USER13", "USER14", "USER15",
    };
    if (link_type >= DLT_USER0 && link_type <= DLT_USER15) {
        return of_users[link_type - DLT_USER0];
    }
    const char *name = pcap_datalink_val_to_name(see_link_type_dlt(link_type));
    return name != NULL ? name : "unknown";
}
