# SPDX-License-Identifier: BSD-3-Clause
"""Captures in memory: frames read from a pcap file, and written as pcap or pcapng.

A frame remembers which frame of the original it comes from, and which connection and direction
that one belonged to, so that what is wrapped around it later can follow its direction.
"""
import dataclasses
import struct

import addresses

ETHERNET = 1

# By magic number: the byte order, and how many nanoseconds a unit of the fraction has.
PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1),
}
SNAP_MAX = 262144


class RewriteError(Exception):
    """What was asked for cannot be done with this capture."""


@dataclasses.dataclass
class Frame:
    time_ns: int
    link_type: int
    data: bytes
    missing: int         # octets that were on the wire and not captured, at its end
    origin: int          # number of the frame in the original, from 1
    connection: int = 0  # from 1 in the order of appearance; 0: no TCP
    direction: int = 0   # 0 from the end that was seen to send first, 1 to it

    @property
    def wire_len(self):
        return len(self.data) + self.missing

    def copy(self, **changes):
        return dataclasses.replace(self, **changes)


@dataclasses.dataclass
class Form:
    """How a capture is written."""
    is_pcapng: bool = False
    is_big_endian: bool = False
    is_nanosecond: bool = False
    has_two_interfaces: bool = False
    has_two_sections: bool = False
    snap: int = SNAP_MAX
    parts: int = 1
    compression: tuple = ()


@dataclasses.dataclass
class Capture:
    frames: list
    form: Form


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] not in PCAP_MAGICS:
        raise RewriteError(f"{path}: not a pcap file")
    order, unit_ns = PCAP_MAGICS[data[:4]]
    snap, link_type = struct.unpack_from(order + "II", data, 16)
    if link_type & 0xFFFF != ETHERNET:
        raise RewriteError(f"{path}: link type {link_type & 0xFFFF}, not Ethernet")
    record = struct.Struct(order + "IIII")
    frames, at = [], 24
    while at + record.size <= len(data):
        seconds, fraction, captured, wire = record.unpack_from(data, at)
        at += record.size
        octets = data[at:at + captured]
        if len(octets) < captured:
            raise RewriteError(f"{path}: cut in frame {len(frames) + 1}")
        at += captured
        frames.append(Frame(seconds * 10**9 + fraction * unit_ns, ETHERNET, octets,
                            max(wire - captured, 0), len(frames) + 1))
    addresses.name_connections(frames)
    return Capture(frames, Form(snap=snap or SNAP_MAX, is_nanosecond=unit_ns == 1))


def pcap(frames, form):
    """The octets of a pcap file."""
    order = ">" if form.is_big_endian else "<"
    unit_ns = 1 if form.is_nanosecond else 1000
    link_types = {frame.link_type for frame in frames} or {ETHERNET}
    if len(link_types) > 1:
        raise RewriteError("a pcap file has one link type only")
    magic = 0xA1B23C4D if form.is_nanosecond else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, form.snap, link_types.pop())]
    for frame in frames:
        seconds, rest = divmod(frame.time_ns, 10**9)
        parts.append(struct.pack(order + "IIII", seconds, rest // unit_ns, len(frame.data),
                                 frame.wire_len))
        parts.append(frame.data)
    return b"".join(parts)
