# SPDX-License-Identifier: BSD-3-Clause
"""Reads what `extract` writes, as draft-ietf-opsawg-pcapng says, and nothing laxer."""
import collections
import struct

Frame = collections.namedtuple("Frame", "time_ns link_type snap_len octets wire_len comments")
Slice = collections.namedtuple("Slice", "frames comments application interfaces")

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6


def options_of(body):
    options = collections.defaultdict(list)
    at = 0
    while at < len(body):
        code, length = struct.unpack_from("<HH", body, at)
        at += 4
        if code == 0:
            assert length == 0 and at == len(body), "octets behind the last option"
            return options
        options[code].append(body[at:at + length])
        assert not any(body[at + length:at + length + -length % 4]), "padding is not zero"
        at += length + -length % 4
    assert not body, "options without an end"
    return options


def blocks_of(octets):
    at = 0
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        assert length % 4 == 0 and length >= 12 and at + length <= len(octets)
        assert struct.unpack_from("<I", octets, at + length - 4) == (length,)
        yield kind, octets[at + 8:at + length - 4]
        at += length


def words(options, code):
    return [value.decode("utf-8") for value in options[code]]


def read_slice(octets):
    frames, interfaces, comments, application = [], [], [], None
    for number, (kind, body) in enumerate(blocks_of(octets)):
        assert (number == 0) == (kind == SECTION), "one section, at the beginning"
        if kind == SECTION:
            assert struct.unpack_from("<IHHq", body) == (0x1A2B3C4D, 1, 0, -1)
            options = options_of(body[16:])
            comments, application = words(options, 1), words(options, 4)[0]
        elif kind == INTERFACE:
            link_type, reserved, snap_len = struct.unpack_from("<HHI", body)
            options = options_of(body[8:])
            assert reserved == 0 and options[9] == [b"\x09"], "nanoseconds"
            offset = struct.unpack("<q", options[14][0])[0] if 14 in options else 0
            interfaces.append((link_type, snap_len, offset, words(options, 3)[0]))
        else:
            assert kind == PACKET, kind
            interface, high, low, length, wire_len = struct.unpack_from("<IIIII", body)
            link_type, snap_len, offset, _ = interfaces[interface]
            end = 20 + length + -length % 4
            frames.append(Frame((high << 32 | low) + offset * 10**9, link_type, snap_len,
                                body[20:20 + length], wire_len, words(options_of(body[end:]), 1)))
    return Slice(frames, comments, application, interfaces)
