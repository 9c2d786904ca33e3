# SPDX-License-Identifier: BSD-3-Clause
"""Takes the truth out of a capture: the value of X-Truth becomes spaces, the same for all."""
import os
import re
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rewrite"))
import addresses  # noqa: E402
import capture_file  # noqa: E402
import ip  # noqa: E402

TRUTH = re.compile(rb"(?i)(x-truth:)( ?\d\d-\d{6})")
SITE = (8001, 8002)


def tcp_checksum(source, destination, segment):
    """The segment with the right checksum; packets on loopback are seen without."""
    segment = segment[:16] + b"\0\0" + segment[18:]
    pseudo = source + destination + struct.pack(">HH", 6, len(segment))
    total = ip.checksum(pseudo + segment + b"\0" * (len(segment) % 2))
    return segment[:16] + struct.pack(">H", total) + segment[18:]


def rebuild(frame, user):
    """The frame without its truth; from or to 10.0.0.USER unless `user` is None."""
    data = frame.data
    header_len = 14 + (data[14] & 15) * 4
    header, segment = data[14:header_len], data[header_len:]
    source, destination = header[12:16], header[16:20]
    if user is not None:
        own = bytes([10, 0, 0, user + 1])
        if struct.unpack_from(">H", segment, 2)[0] in SITE:
            source = own
        else:
            destination = own
    segment = TRUTH.sub(lambda m: m[1] + b" " * len(m[2]), segment)
    header = ip.with_checksum(header[:12] + source + destination + header[20:])
    return frame.copy(data=data[:14] + header + tcp_checksum(source, destination, segment))


def users_of(frames):
    """The user of each frame: a connection is one user's, until its ports are used again."""
    rounds, user_of, keys = {}, {}, []
    for frame in frames:
        _, (_, port) = addresses.ends_of(frame.data)
        if port in SITE and frame.data[14 + (frame.data[14] & 15) * 4 + 13] & 0x12 == 2:
            rounds[frame.connection] = rounds.get(frame.connection, 0) + 1
        key = frame.connection, rounds.get(frame.connection, 0)
        keys.append(key)
        found = TRUTH.search(frame.data)
        if found:
            user_of[key] = int(found[2].strip()[:2])
    return [user_of.get(key, 99) for key in keys]


def blank(raw, out, has_own):
    capture = capture_file.read(raw)
    capture.form.is_nanosecond = False
    users = users_of(capture.frames) if has_own else None
    variants = {"shared.pcap": [rebuild(frame, None) for frame in capture.frames]}
    if has_own:
        variants["own.pcap"] = [rebuild(frame, user)
                                for frame, user in zip(capture.frames, users)]
    for name, frames in variants.items():
        octets = capture_file.pcap(frames, capture.form)
        if re.search(rb"(?i)x-truth: *\d", octets):
            raise SystemExit(f"{raw}: a truth is left over")
        with open(os.path.join(out, name), "wb") as file:
            file.write(octets)
