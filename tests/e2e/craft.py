# SPDX-License-Identifier: BSD-3-Clause
"""Makes small captures out of dialogs, for tests that need traffic no client would send."""
import socket
import struct

ETHERNET = bytes.fromhex("020000000001020000000002") + b"\x08\x00"


def segment(source, destination, seq, ack, flags, payload):
    tcp = struct.pack("!HHIIBBHHH", source[1], destination[1], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                      5 << 4, flags, 65535, 0, 0)
    total = 40 + len(payload)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, total, 0, 0x4000, 64, 6, 0,
                     socket.inet_aton(source[0]), socket.inet_aton(destination[0]))
    return ETHERNET + ip + tcp + payload


class Capture:
    """Collects frames; every connection has a client port of its own."""

    def __init__(self):
        self.frames = []
        self.port = 40000
        self.now = 1_700_000_000_000_000

    def add(self, frame):
        self.now += 100
        self.frames.append((self.now, frame))

    def dialog(self, turns, client="192.0.2.1", server="198.51.100.1", port=80):
        """`turns` are octets by turns: client, server, client, ..."""
        self.port += 1
        ends = [(client, self.port), (server, port)]
        seq = [1000, 5000]
        self.add(segment(ends[0], ends[1], seq[0], 0, 0x02, b""))
        self.add(segment(ends[1], ends[0], seq[1], seq[0] + 1, 0x12, b""))
        seq = [seq[0] + 1, seq[1] + 1]
        self.add(segment(ends[0], ends[1], seq[0], seq[1], 0x10, b""))
        for i, octets in enumerate(turns):
            me = i % 2
            for at in range(0, len(octets), 1400):
                part = octets[at:at + 1400]
                self.add(segment(ends[me], ends[1 - me], seq[me], seq[1 - me], 0x18, part))
                seq[me] += len(part)
        for me in (0, 1):
            self.add(segment(ends[me], ends[1 - me], seq[me], seq[1 - me], 0x11, b""))
            seq[me] += 1
        return self

    def pause(self, seconds):
        self.now += int(seconds * 1_000_000)
        return self

    @staticmethod
    def header():
        return struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)

    def records(self):
        return b"".join(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(frame),
                                    len(frame)) + frame for time, frame in self.frames)

    def write(self, path):
        with open(path, "wb") as file:
            file.write(self.header() + self.records())
        return path
