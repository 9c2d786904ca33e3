/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tag - what some networks put between an Ethernet header and IP, or another Ethernet header.
 */
#include "decode/packet.h"

/* So many octets, and then Ethernet. */
static enum see_found read_ethernet_behind(struct see_packet *packet, size_t count)
{
    see_read_skip(&packet->reader, count);
    return packet->reader.is_short ? DROPPED_SHORT : see_layer_ethernet(packet);
}

/* So many octets, and then an EtherType. */
static enum see_found read_type_behind(struct see_packet *packet, size_t count)
{
    see_read_skip(&packet->reader, count);
    uint16_t type = see_read_u16(&packet->reader);
    return packet->reader.is_short ? DROPPED_SHORT : see_layer_ether_type(packet, type);
}

enum macsec {
    MACSEC_CHANGED = 0x0C, /* encrypted, or otherwise not as it was */
    MACSEC_CHANNEL = 0x20, /* an identifier of eight octets follows */
};

/* MACsec (IEEE 802.1AE, 9.3); without encryption the packet is there to be read. */
static enum see_found read_macsec(struct see_packet *packet)
{
    uint8_t control = see_read_u8(&packet->reader);
    if (!packet->reader.is_short && (control & MACSEC_CHANGED) != 0) {
        return DROPPED_ENCRYPTED;
    }
    return read_type_behind(packet, (control & MACSEC_CHANNEL) != 0 ? 5 + 8 : 5);
}

/* TRILL (RFC 6325, 3): options in words, two nicknames. */
static enum see_found read_trill(struct see_packet *packet)
{
    size_t words = see_read_u16(&packet->reader) >> 6 & 0x1F;
    return read_ethernet_behind(packet, 4 + words * 4);
}

enum nsh_next { NSH_IPV4 = 1, NSH_IPV6 = 2, NSH_ETHERNET = 3, NSH_NSH = 4, NSH_MPLS = 5 };

/* Network service header (RFC 8300, 2): its length in words, and what follows. */
static enum see_found read_nsh(struct see_packet *packet)
{
    size_t words = see_read_u16(&packet->reader) & 0x3F;
    see_read_skip(&packet->reader, 1);
    uint8_t next = see_read_u8(&packet->reader);
    if (!packet->reader.is_short && words < 2) {
        return DROPPED_MALFORMED;
    }
    see_read_skip(&packet->reader, words > 1 ? (words - 1) * 4 : 0);
    if (packet->reader.is_short) {
        return DROPPED_SHORT;
    }
    switch (next) {
    case NSH_IPV4:
        return see_layer_ipv4(packet);
    case NSH_IPV6:
        return see_layer_ipv6(packet);
    case NSH_ETHERNET:
        return see_layer_ethernet(packet);
    case NSH_NSH:
        return see_layer_ether_type(packet, ETHER_NSH);
    case NSH_MPLS:
        return see_layer_mpls(packet);
    default:
        return DROPPED_NOT_IP;
    }
}

static enum see_found read_tag(struct see_packet *packet, uint16_t type)
{
    switch (type) {
    case ETHER_BRIDGED:
        return see_layer_ethernet(packet);
    case ETHER_PPP:
        return see_layer_ppp(packet);
    case ETHER_MACSEC:
        return read_macsec(packet);
    case ETHER_BACKBONE: /* IEEE 802.1ah: an id of the service */
        return read_ethernet_behind(packet, 4);
    case ETHER_FABRIC_PATH: /* Cisco's: a tree and a time to live */
        return read_ethernet_behind(packet, 2);
    case ETHER_TRILL:
        return read_trill(packet);
    case ETHER_CISCO_METADATA: /* a security group */
        return read_type_behind(packet, 6);
    case ETHER_VN_TAG: /* IEEE 802.1Qbh: virtual interfaces */
    case ETHER_HSR:    /* IEC 62439-3: a path, a length, a sequence number */
        return read_type_behind(packet, 4);
    case ETHER_NSH:
        return read_nsh(packet);
    default:
        return DROPPED_NOT_IP;
    }
}

enum see_found see_layer_tag(struct see_packet *packet, uint16_t type)
{
    return see_packet_nest(packet) ? read_tag(packet, type) : DROPPED_NESTED;
}
