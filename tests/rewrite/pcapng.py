# SPDX-License-Identifier: BSD-3-Clause
"""Writes pcapng (draft-ietf-opsawg-pcapng), with the blocks and options that real files have."""
import struct

SECTION, INTERFACE, NAMES, STATISTICS = 0x0A0D0D0A, 1, 4, 5
PACKET, SECRETS, CUSTOM, UNKNOWN = 6, 10, 0x0BAD, 0x00000BAE
TLS_KEY_LOG = 0x544C534B
TIME_OFFSET_S = 3600
KEY_LOG = b"CLIENT_RANDOM " + b"00" * 32 + b" " + b"11" * 48 + b"\n"


def padded(octets):
    return octets + bytes(-len(octets) % 4)


class Interface:
    """Its resolution is microseconds, nanoseconds, or 2^-30 s with an offset."""

    def __init__(self, link_type, resolution, name):
        self.link_type, self.resolution, self.name = link_type, resolution, name
        self.packets = 0

    def stamp(self, time_ns):
        if self.resolution == "binary":
            # Rounded up, so that a reader that rounds down gets the same nanosecond.
            return -(-(time_ns - TIME_OFFSET_S * 10**9) * 2**30 // 10**9)
        return time_ns // (1 if self.resolution == "ns" else 1000)

    def options(self):
        options = [(2, self.name)]
        if self.resolution == "ns":
            options.append((9, b"\x09"))
        elif self.resolution == "binary":
            options += [(9, b"\x9e"), (14, TIME_OFFSET_S)]
        return options


class Writer:
    def __init__(self, order):
        self.order = order
        self.blocks = []

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def options(self, options):
        parts = []
        for code, value in options:
            octets = self.pack("q", value) if isinstance(value, int) else value
            parts.append(self.pack("HH", code, len(octets)) + padded(octets))
        return b"".join(parts) + self.pack("HH", 0, 0) if parts else b""

    def block(self, kind, body):
        length = self.pack("I", 12 + len(padded(body)))
        self.blocks.append(self.pack("I", kind) + length + padded(body) + length)

    def section(self):
        self.block(SECTION, self.pack("IHHq", 0x1A2B3C4D, 1, 0, -1)
                   + self.options([(1, b"rewritten"), (4, b"rewrite.py")]))

    def interface(self, interface, snap):
        self.block(INTERFACE, self.pack("HHI", interface.link_type, 0, snap)
                   + self.options(interface.options()))

    def extras(self):
        """Blocks that tell nothing about packets."""
        name = b"\x0a\x01\x02\x03" + b"resolved.example\0"
        self.block(NAMES, self.pack("HH", 1, len(name)) + padded(name) + self.pack("HH", 0, 0))
        self.block(SECRETS, self.pack("II", TLS_KEY_LOG, len(KEY_LOG)) + KEY_LOG)
        self.block(CUSTOM, self.pack("I", 32473) + b"anything at all")
        self.block(UNKNOWN, b"\xff" * 20)

    def packet(self, number, interface, frame, with_comment):
        stamp = interface.stamp(frame.time_ns)
        options = [(1, b"a comment"), (2, self.pack("I", 0))] if with_comment else []
        interface.packets += 1
        self.block(PACKET, self.pack("IIIII", number, stamp >> 32, stamp & 0xFFFFFFFF,
                                     len(frame.data), frame.wire_len)
                   + padded(frame.data) + self.options(options))

    def statistics(self, number, interface, time_ns):
        stamp = interface.stamp(time_ns)
        self.block(STATISTICS, self.pack("III", number, stamp >> 32, stamp & 0xFFFFFFFF)
                   + self.options([(4, interface.packets), (5, 0)]))


def has_extras(i, form):
    """Whether blocks without packets come before the frame with this index in its section."""
    return form.has_two_interfaces and i % 50 == 3


def sections_of(frames, form):
    cut = len(frames) // 2 if form.has_two_sections else len(frames)
    return frames[:cut], frames[cut:]


def numbers(frames, form):
    """The number of each frame in the file; a custom block has one, too, as Wireshark counts."""
    result, last = [], 0
    for part in sections_of(frames, form):
        for i in range(len(part)):
            last += 2 if has_extras(i, form) else 1
            result.append(last)
    return result


def write_section(writer, frames, form):
    writer.section()
    interfaces = {}
    for frame in frames:
        if frame.link_type not in interfaces:
            resolution = "ns" if form.is_nanosecond else "us"
            if form.has_two_interfaces and interfaces:
                resolution = "binary"
            number = len(interfaces)
            interfaces[frame.link_type] = number, Interface(frame.link_type, resolution,
                                                            b"test%d" % number)
    for _, interface in interfaces.values():
        writer.interface(interface, form.snap)
    for i, frame in enumerate(frames):
        number, interface = interfaces[frame.link_type]
        if has_extras(i, form):
            writer.extras()
            writer.statistics(number, interface, frame.time_ns)
        writer.packet(number, interface, frame, form.has_two_interfaces and i % 2 == 0)
    if form.has_two_interfaces and frames:
        for number, interface in interfaces.values():
            writer.statistics(number, interface, frames[-1].time_ns)


def pcapng(frames, form):
    """The octets of a pcapng file; where it has two sections, the second has the other order."""
    orders = "<>" if not form.is_big_endian else "><"
    blocks = []
    for order, part in zip(orders, sections_of(frames, form)):
        if part or order == orders[0]:
            writer = Writer(order)
            write_section(writer, part, form)
            blocks += writer.blocks
    return b"".join(blocks)
