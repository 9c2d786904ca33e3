# SPDX-License-Identifier: BSD-3-Clause
"""Tags, labels and tunnels around the packet or the whole frame.

Outer addresses follow the direction of the connection inside, as those of real tunnels do.
"""
import itertools
import struct

import ip
import links
from capture_file import ETHERNET, RewriteError

GRE, UDP, IP_IN_IP, IP6_IN_IP = 47, 17, 4, 41
TRANSPARENT_ETHERNET, ERSPAN_1_2, ERSPAN_3 = 0x6558, 0x88BE, 0x22EB


def number(text, default):
    return int(text) if text else default


def tagged(frame, types, ids):
    """VLAN tags, the outermost first."""
    for kind, vlan in reversed(list(zip(types, ids))):
        seal, inner_kind, rest = links.opened(frame)
        if frame.link_type != ETHERNET and links.link_of(frame)[2] is None:
            raise RewriteError("a tag needs a link with EtherTypes")
        frame = frame.copy(data=seal(kind, struct.pack(">HH", vlan, inner_kind) + rest))
    return frame


def vlan(argument):
    return lambda frame: tagged(frame, (0x8100,), (number(argument, 7),))


def qinq(argument):
    ids = [int(part) for part in (argument or "9.7").split(".")]
    types = [0x88A8] + [0x8100] * (len(ids) - 1)
    return lambda frame: tagged(frame, types, ids)


def below_ip(change):
    """A transformation of the outermost packet: (kind, octets, missing, frame) to new ones."""
    def transform(frame):
        found = links.peeled(frame)
        if found is None:
            return frame
        seal, kind, octets, missing = found
        kind, octets = change(kind, octets, missing, frame)
        return frame.copy(data=seal(kind, octets, missing), missing=missing)
    return transform


def mpls(argument):
    labels = [int(part) for part in (argument or "16").split(".")]

    def change(_, octets, __, ___):
        stack = b"".join(struct.pack(">I", label << 12 | (i == len(labels) - 1) << 8 | 64)
                         for i, label in enumerate(labels))
        return links.MPLS, stack + octets
    return below_ip(change)


def pppoe(argument):
    def change(kind, octets, missing, _):
        length = ip.length16(2 + len(octets) + missing)
        return links.PPPOE, struct.pack(">BBHHH", 0x11, 0, number(argument, 1), length,
                                        links.PPP_OF[kind]) + octets
    return below_ip(change)


def snap(_):
    def transform(frame):
        seal, kind, rest = links.opened(frame)
        if frame.link_type != ETHERNET or kind <= 1500:
            raise RewriteError("SNAP takes plain Ethernet")
        packet = ip.trimmed(rest, frame.missing) if kind in links.PPP_OF else None
        rest, missing = packet or (rest, frame.missing)
        rest = links.SNAP + struct.pack(">H", kind) + rest
        return frame.copy(data=seal(len(rest) + missing, rest), missing=missing)
    return transform


def ipv6(_):
    return below_ip(lambda kind, octets, missing, frame: (
        ip.ether_type(ip.as_ipv6(octets, missing)), ip.as_ipv6(octets, missing)))


def outer(protocol, payload, missing, frame, ident, over_ipv6):
    length = len(payload) + missing
    if over_ipv6:
        return ip.ipv6(protocol, length, frame.direction) + payload
    return ip.ipv4(protocol, length, frame.direction, ident) + payload


def udp(port, payload, missing, frame):
    """The source port spreads flows, as VXLAN and its like have it; checksum 0: none."""
    source = 49152 + frame.connection % 16384
    return struct.pack(">HHHH", source, port, ip.length16(8 + len(payload) + missing), 0) + payload


def carrying_ip(protocol, head, port=None, over_ipv6=False):
    """IP inside IP, behind `head(kind, frame, length, ident)`; within UDP where a port is given."""
    idents = itertools.count(1)

    def change(kind, octets, missing, frame):
        ident = next(idents)
        inner = head(kind, frame, len(octets) + missing, ident) + octets
        if port is not None:
            inner = udp(port, inner, missing, frame)
        outermost = protocol(kind) if callable(protocol) else protocol
        return (ip.IPV6 if over_ipv6 else ip.IPV4), outer(outermost, inner, missing, frame, ident,
                                                          over_ipv6)
    return below_ip(change)


def carrying_ethernet(protocol, head, port=None, over_ipv6=False):
    """The whole frame as Ethernet inside of IP, on a link of the same kind."""
    idents = itertools.count(1)

    def transform(frame):
        ident = next(idents)
        inside = links.as_ethernet(frame)
        inner = head(frame, len(inside) + frame.missing, ident) + inside
        if port is not None:
            inner = udp(port, inner, frame.missing, frame)
        inner = outer(protocol, inner, frame.missing, frame, ident, over_ipv6)
        kind = ip.IPV6 if over_ipv6 else ip.IPV4
        if frame.link_type == ETHERNET:
            return frame.copy(data=links.MACS[1 - frame.direction] + links.MACS[frame.direction]
                              + struct.pack(">H", kind) + inner)
        make = links.link_of(frame)[1]
        return frame.copy(data=make(frame.direction, kind, inner))
    return transform


def gre_head(flags_of, fields):
    return lambda kind, frame, length, ident: struct.pack(">HH", flags_of, kind) + fields(ident)


def gre(argument):
    """gre, gre:key, gre:sequence, gre:full (checksum, key and sequence number)."""
    flags, fields = {
        "": (0, lambda ident: b""),
        "key": (0x2000, lambda ident: struct.pack(">I", 77)),
        "sequence": (0x1000, lambda ident: struct.pack(">I", ident)),
        "full": (0xB000, lambda ident: struct.pack(">HHII", 0, 0, 77, ident)),
    }[argument]
    return carrying_ip(GRE, gre_head(flags, fields))


def gre_ethernet(argument):
    key = struct.pack(">I", number(argument, 0)) if argument else b""
    return carrying_ethernet(GRE, lambda frame, length, ident: struct.pack(
        ">HH", 0x2000 if key else 0, TRANSPARENT_ETHERNET) + key)


def greudp(_):
    return carrying_ip(UDP, gre_head(0, lambda ident: b""), 4754)


def erspan1(_):
    return carrying_ethernet(GRE, lambda frame, length, ident: struct.pack(">HH", 0, ERSPAN_1_2))


def erspan2(argument):
    session = number(argument, 5)
    return carrying_ethernet(GRE, lambda frame, length, ident: struct.pack(
        ">HHIHHI", 0x1000, ERSPAN_1_2, ident, 1 << 12, session, 3))


def erspan3(argument):
    """erspan3:platform has the optional subheader."""
    def head(_, __, ident):
        has_more = argument == "platform"
        words = struct.pack(">HHIHHIHH", 0x1000, ERSPAN_3, ident, 2 << 12, 5, ident, 0, has_more)
        return words + (struct.pack(">II", 1 << 26, 0) if has_more else b"")
    return carrying_ethernet(GRE, head)


def vxlan(argument, port=4789, over_ipv6=False):
    vni = number(argument, 42)
    return carrying_ethernet(UDP, lambda frame, length, ident: struct.pack(
        ">II", 0x08000000, vni << 8), port, over_ipv6)


def vxlan8472(argument):
    return vxlan(argument, 8472)


def vxlan_port(argument):
    return vxlan("", number(argument, 14789))


def vxlan6(argument):
    return vxlan(argument, over_ipv6=True)


def geneve(argument):
    """With an option of 8 octets (RFC 8926, 3.5), which is not critical."""
    vni = number(argument, 5)
    option = struct.pack(">HBB", 0x0103, 0x01, 1) + b"\xde\xad\xbe\xef"
    return carrying_ethernet(UDP, lambda frame, length, ident: struct.pack(
        ">BBHI", len(option) // 4, 0, TRANSPARENT_ETHERNET, vni << 8) + option, 6081)


def gtp(argument):
    """GTP-U with a tunnel id for each direction; gtp:extended has a sequence and an extension."""
    more = b"" if argument != "extended" else struct.pack(">HBB", 1, 0, 0x85) + b"\x01\x10\x05\x00"
    flags = 0x36 if more else 0x30
    return carrying_ip(UDP, lambda kind, frame, length, ident: struct.pack(
        ">BBHI", flags, 0xFF, ip.length16(len(more) + length), 0x1001 + frame.direction) + more,
        2152)


def teredo(_):
    """IPv6 in UDP (RFC 4380); what is not IPv6 is made so first."""
    wrap = carrying_ip(UDP, lambda kind, frame, length, ident: b"", 3544)
    return lambda frame: wrap(ipv6("")(frame))


def ip_in_ip(kind):
    return IP6_IN_IP if kind == ip.IPV6 else IP_IN_IP


def ipip(_):
    return carrying_ip(ip_in_ip, lambda kind, frame, length, ident: b"")


def six_in_four(_):
    wrap = ipip("")
    return lambda frame: wrap(ipv6("")(frame))


def ip_in_six(_):
    return carrying_ip(ip_in_ip, lambda kind, frame, length, ident: b"", over_ipv6=True)


# name: takes the argument (a text, maybe empty), makes a function from frame to frame
TUNNELS = {
    "vlan": vlan, "qinq": qinq, "mpls": mpls, "pppoe": pppoe, "snap": snap, "ipv6": ipv6,
    "gre": gre, "gre-ethernet": gre_ethernet, "greudp": greudp, "erspan1": erspan1,
    "erspan2": erspan2, "erspan3": erspan3, "vxlan": vxlan, "vxlan8472": vxlan8472,
    "vxlan-port": vxlan_port, "vxlan6": vxlan6, "geneve": geneve, "gtp": gtp, "teredo": teredo, "ipip": ipip,
    "6in4": six_in_four, "ip6": ip_in_six,
}
