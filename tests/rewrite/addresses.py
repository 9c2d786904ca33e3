# SPDX-License-Identifier: BSD-3-Clause
"""Tells connections and their directions apart, in plain Ethernet frames of IPv4 or IPv6."""
import struct


def ends_of(data):
    """((address, port), (address, port)) of a TCP segment in Ethernet, or None."""
    ether_type = data[12:14]
    if ether_type == b"\x08\x00" and len(data) >= 34 and data[23] == 6:
        if struct.unpack_from(">H", data, 20)[0] & 0x3FFF:
            return None
        ports, source, destination = 14 + (data[14] & 15) * 4, data[26:30], data[30:34]
    elif ether_type == b"\x86\xdd" and len(data) >= 54 and data[20] == 6:
        ports, source, destination = 54, data[22:38], data[38:54]
    else:
        return None
    if len(data) < ports + 4:
        return None
    sender, receiver = struct.unpack_from(">HH", data, ports)
    return (source, sender), (destination, receiver)


def name_connections(frames):
    """Fills in `connection` and `direction`; a pair of ends that is used again is the same one."""
    known = {}
    for frame in frames:
        ends = ends_of(frame.data)
        if ends is None:
            continue
        if ends in known:
            frame.connection, frame.direction = known[ends]
            continue
        frame.connection, frame.direction = len(known) // 2 + 1, 0
        known[ends] = frame.connection, 0
        known[ends[::-1]] = frame.connection, 1
