# SPDX-License-Identifier: BSD-3-Clause
"""Link layers: one kind of link for another, and finding the IP packet in a frame.

`opened(frame)` yields (seal, type, rest): `seal(type, rest)` makes the octets of the frame again
with another EtherType or rest.  `peeled(frame)` goes on through tags, labels, PPPoE and SNAP to the
outermost IP packet, and yields a seal as well.
"""
import struct

import ip
from capture_file import ETHERNET, RewriteError

VLAN_TYPES = (0x8100, 0x88A8, 0x9100)
MPLS, PPPOE = 0x8847, 0x8864
SNAP = bytes.fromhex("aaaa03000000")
MACS = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
PPP_OF = {ip.IPV4: 0x0021, ip.IPV6: 0x0057}
NULL, PPP, RAW, HDLC, WIFI, SLL = 0, 9, 101, 104, 105, 113
PPP_SERIAL, LOOP, RADIOTAP, RAW4, NFLOG, SLL2 = 50, 108, 127, 228, 239, 276


class NoPlace(Exception):
    """The frame does not go onto this kind of link: it is no IP, and only IP goes there."""


def ethernet(macs):
    return lambda kind, rest, missing=0: macs + struct.pack(">H", kind) + rest


def sll(direction, kind, rest):
    return struct.pack(">HHH", 4 if direction == 0 else 0, 1, 6) + MACS[direction] + b"\0\0" \
        + struct.pack(">H", kind) + rest


def sll2(direction, kind, rest):
    return struct.pack(">HHIHBB", kind, 0, 3, 1, 4 if direction == 0 else 0, 6) \
        + MACS[direction] + b"\0\0" + rest


def hdlc(_, kind, rest):
    return b"\x0f\x00" + struct.pack(">H", kind) + rest


def only_ip(kind):
    if kind not in PPP_OF:
        raise NoPlace


def raw(_, kind, rest):
    only_ip(kind)
    return rest


def null(_, kind, rest):
    only_ip(kind)
    return struct.pack("<I", 2 if kind == ip.IPV4 else 30) + rest


def loop(_, kind, rest):
    only_ip(kind)
    return struct.pack(">I", 2 if kind == ip.IPV4 else 24) + rest


def ppp(_, kind, rest):
    only_ip(kind)
    return b"\xff\x03" + struct.pack(">H", PPP_OF[kind]) + rest


def nflog(_, kind, rest):
    """Attributes in the byte order of the capturing machine; the last one is the packet."""
    only_ip(kind)
    family = 2 if kind == ip.IPV4 else 10
    prefix = struct.pack("<HH", 4 + 5, 10) + b"test\0" + bytes(3)
    header = struct.pack("<HH", 8, 1) + struct.pack(">HBB", kind, 3, 0)
    return struct.pack(">BBH", family, 0, 5) + header + prefix \
        + struct.pack("<HH", ip.length16(4 + len(rest)), 9) + rest


def wifi(direction, kind, rest, has_qos=False):
    """A data frame to or from the access point (IEEE 802.11, 9.3.2.1), LLC and SNAP inside."""
    control = bytes([0x88 if has_qos else 0x08, 1 if direction == 0 else 2])
    access_point = bytes.fromhex("0200000000aa")
    there, here = MACS[1 - direction], MACS[direction]
    places = access_point + here + there if direction == 0 else there + access_point + here
    return control + b"\0\0" + places + b"\x10\0" + (b"\0\0" if has_qos else b"") + SNAP \
        + struct.pack(">H", kind) + rest


def radiotap(direction, kind, rest, has_qos=False):
    # Flags (bit 1) and rate (bit 2): two octets behind the eight of the header.
    return struct.pack("<BBHIBB", 0, 0, 10, 6, 0, 12) + wifi(direction, kind, rest, has_qos)


def radiotap_qos(direction, kind, rest):
    return radiotap(direction, kind, rest, True)


# name: link type, what makes a frame, and where its EtherType and its rest are (None: IP only)
LINKS = {
    "sll": (SLL, sll, 14, 16), "sll2": (SLL2, sll2, 0, 20), "hdlc": (HDLC, hdlc, 2, 4),
    "wifi": (WIFI, wifi, 30, 32), "radiotap": (RADIOTAP, radiotap, 40, 42),
    "radiotap-qos": (RADIOTAP, radiotap_qos, 42, 44),
    "raw": (RAW, raw, None, 0), "raw4": (RAW4, raw, None, 0), "null": (NULL, null, None, 4),
    "loop": (LOOP, loop, None, 4), "ppp": (PPP, ppp, None, 4),
    "ppp-serial": (PPP_SERIAL, ppp, None, 4), "nflog": (NFLOG, nflog, None, 28),
}


def link_of(frame):
    if frame.link_type == RADIOTAP:
        return LINKS["radiotap-qos" if frame.data[10] == 0x88 else "radiotap"]
    for link in LINKS.values():
        if link[0] == frame.link_type:
            return link
    raise RewriteError(f"link type {frame.link_type}")


def opened(frame):
    if frame.link_type == ETHERNET:
        return (ethernet(frame.data[:12]), struct.unpack_from(">H", frame.data, 12)[0],
                frame.data[14:])
    _, make, kind_at, rest_at = link_of(frame)
    rest = frame.data[rest_at:]
    kind = struct.unpack_from(">H", frame.data, kind_at)[0] if kind_at is not None \
        else ip.ether_type(rest)
    return (lambda kind, rest, missing=0: make(frame.direction, kind, rest)), kind, rest


def peel_tag(seal, kind, rest):
    def tagged(inner_kind, inner, missing=0):
        return seal(kind, rest[:2] + struct.pack(">H", inner_kind) + inner, missing)
    return tagged, struct.unpack_from(">H", rest, 2)[0], rest[4:]


def peel_mpls(seal, kind, rest):
    end = 4
    while not rest[end - 2] & 1:
        end += 4

    def labelled(_, inner, missing=0):
        return seal(kind, rest[:end] + inner, missing)
    return labelled, ip.ether_type(rest[end:]), rest[end:]


def peel_pppoe(seal, kind, rest):
    def in_session(inner_kind, inner, missing=0):
        length = ip.length16(2 + len(inner) + missing)
        return seal(kind, rest[:4] + struct.pack(">HH", length, PPP_OF[inner_kind]) + inner,
                    missing)
    return in_session, ip.ether_type(rest[8:]), rest[8:]


def peel_snap(seal, _, rest):
    def in_snap(inner_kind, inner, missing=0):
        inner = SNAP + struct.pack(">H", inner_kind) + inner
        # The length of IEEE 802.3 stands where the EtherType would.
        return seal(len(inner) + missing, inner, missing)
    return in_snap, struct.unpack_from(">H", rest, 6)[0], rest[8:]


def peeled(frame):
    """(seal, EtherType, packet, missing) of the outermost IP packet, or None; padding goes."""
    seal, kind, rest = opened(frame)
    while kind not in PPP_OF:
        if kind in VLAN_TYPES and len(rest) >= 4:
            seal, kind, rest = peel_tag(seal, kind, rest)
        elif kind == MPLS and len(rest) >= 8:
            seal, kind, rest = peel_mpls(seal, kind, rest)
        elif kind == PPPOE and len(rest) >= 9:
            seal, kind, rest = peel_pppoe(seal, kind, rest)
        elif kind <= 1500 and rest.startswith(SNAP):
            seal, kind, rest = peel_snap(seal, kind, rest)
        else:
            return None
    packet = ip.trimmed(rest, frame.missing)
    return None if packet is None else (seal, kind, *packet)


def as_ethernet(frame):
    """The octets of a frame as Ethernet."""
    if frame.link_type == ETHERNET:
        return frame.data
    _, kind, rest = opened(frame)
    return MACS[1 - frame.direction] + MACS[frame.direction] + struct.pack(">H", kind) + rest


def onto(frame, name):
    """The frame on another kind of link, or None where there is no place for it there."""
    link_type, make, kind_at, _ = LINKS[name]
    _, kind, rest = opened(frame)
    missing = frame.missing
    if kind in PPP_OF:
        packet = ip.trimmed(rest, missing)
        if packet is not None:
            rest, missing = packet
    elif kind_at is None and kind in VLAN_TYPES + (MPLS, PPPOE):
        raise RewriteError(f"{name} carries IP only")
    if link_type == RAW4 and kind != ip.IPV4:
        return None
    try:
        return frame.copy(link_type=link_type, data=make(frame.direction, kind, rest),
                          missing=missing)
    except NoPlace:
        return None
