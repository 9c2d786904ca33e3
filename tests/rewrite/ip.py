# SPDX-License-Identifier: BSD-3-Clause
"""IPv4 and IPv6: headers around a payload, another version, fragments.

A packet is (octets, missing): what was captured of it, and how many octets of its end were not.
"""
import struct

from capture_file import RewriteError

IPV4, IPV6 = 0x0800, 0x86DD
# Distinct from whatever is inside: the blocks for documentation (RFC 5737, RFC 3849).
OUTER4 = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 1])
OUTER6 = (bytes.fromhex("20010db8") + bytes(11) + b"\x01",
          bytes.fromhex("20010db8") + bytes(11) + b"\x02")
NEXT_FRAGMENT = 44


def length16(length):
    if length > 0xFFFF:
        raise RewriteError(f"a length of {length} does not fit into 16 bits")
    return length


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def with_checksum(header):
    header = header[:10] + b"\0\0" + header[12:]
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:]


def trimmed(octets, missing):
    """A packet without the padding of its frame; None when it is neither version."""
    version = octets[0] >> 4 if octets else 0
    if version == 4 and len(octets) >= 20:
        length = struct.unpack_from(">H", octets, 2)[0]
    elif version == 6 and len(octets) >= 40:
        length = struct.unpack_from(">H", octets, 4)[0] + 40
    else:
        return None
    length = length or len(octets) + missing
    captured = octets[:length]
    return captured, max(min(length, len(octets) + missing) - len(captured), 0)


def ether_type(octets):
    return IPV6 if octets[0] >> 4 == 6 else IPV4


def ipv4(protocol, payload_len, direction, ident):
    """A header from one of the outer addresses to the other."""
    return with_checksum(struct.pack(">BBHHHBBH", 0x45, 0, length16(20 + payload_len),
                                     ident & 0xFFFF, 0, 64, protocol, 0)
                         + OUTER4[direction] + OUTER4[1 - direction])


def ipv6(protocol, payload_len, direction):
    return struct.pack(">IHBB", 0x60000000, length16(payload_len), protocol, 64) \
        + OUTER6[direction] + OUTER6[1 - direction]


def as_ipv6(octets, missing):
    """An IPv4 packet as IPv6, addresses within fd00::/96; others and fragments stay as they are."""
    if octets[0] >> 4 != 4 or struct.unpack_from(">H", octets, 6)[0] & 0x3FFF:
        return octets
    header_len = (octets[0] & 15) * 4
    payload = octets[header_len:]
    prefix = b"\xfd" + bytes(11)
    return struct.pack(">IHBB", 0x60000000, length16(len(payload) + missing), octets[9],
                       octets[8]) + prefix + octets[12:16] + prefix + octets[16:20] + payload


def pieces(octets, missing, size):
    """(offset, captured octets, missing octets) of each fragment of a payload; offsets by 8."""
    size = max(size // 8 * 8, 8)
    total = len(octets) + missing
    for offset in range(0, total, size):
        length = min(size, total - offset)
        captured = octets[offset:offset + length]
        yield offset, captured, length - len(captured), offset + length < total


def fragments(octets, missing, size, ident):
    """The fragments of a packet, a list of packets; ident must not be in use (RFC 6864)."""
    if octets[0] >> 4 == 4:
        header_len = (octets[0] & 15) * 4
        header, payload = octets[:header_len], octets[header_len:]
        is_fragment = struct.unpack_from(">H", octets, 6)[0] & 0x3FFF
    else:
        header, payload = octets[:40], octets[40:]
        is_fragment = octets[6] == NEXT_FRAGMENT
    if is_fragment or len(payload) + missing <= size:
        return [(octets, missing)]
    result = []
    for offset, captured, lost, has_more in pieces(payload, missing, size):
        if octets[0] >> 4 == 4:
            new = with_checksum(
                header[:2] + struct.pack(">HHH", length16(header_len + len(captured) + lost),
                                         ident & 0xFFFF, offset // 8 | has_more << 13)
                + header[8:])
        else:
            new = header[:4] + struct.pack(">HB", length16(8 + len(captured) + lost),
                                           NEXT_FRAGMENT) + header[7:] \
                + struct.pack(">BBHI", header[6], 0, offset | has_more, ident)
        result.append((new + captured, lost))
    return result
