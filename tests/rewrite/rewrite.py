#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rewrites a capture so that it says the same in another form.

usage: rewrite.py IN OUT TRANSFORM...

IN is a pcap file of Ethernet.  Transformations are applied from left to right; those of the file
(pcapng, gzip, bigendian, split:N, ...) describe how it is written in the end.  OUT.map tells which
frame became which: old number, part (0 unless split), new number.  With split:N the parts are
OUT.0, OUT.1, ...
"""
import bz2
import dataclasses
import gzip
import lzma
import shutil
import subprocess
import sys

import capture_file
import links
import order
import pcapng
import tunnels
from capture_file import RewriteError

# A function from octets to octets, or a command that reads the one and writes the other.
COMPRESSIONS = {
    "gzip": lambda octets: gzip.compress(octets, mtime=0),
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "zstd": ["zstd", "-q", "-c"],
    "lz4": ["lz4", "-q", "-c"],
}


def is_possible(transforms):
    """Whether the commands that these need are there."""
    commands = [COMPRESSIONS.get(name) for name in transforms]
    return all(shutil.which(command[0]) for command in commands if isinstance(command, list))


def compressed(octets, name):
    way = COMPRESSIONS[name]
    if callable(way):
        return way(octets)
    if shutil.which(way[0]) is None:
        raise RewriteError(f"{way[0]} is not installed")
    return subprocess.run(way, input=octets, stdout=subprocess.PIPE, check=True).stdout


def two_interfaces(capture):
    """Every second connection on an interface of another link type, where there is IP only."""
    frames = []
    for frame in capture.frames:
        other = None
        if frame.connection % 2 == 0 and frame.connection:
            other = links.onto(frame, "raw" if frame.link_type != links.RAW else "null")
        frames.append(other or frame)
    return frames


def form_changes(name, argument):
    """What a transformation changes in the form of the file, or None."""
    return {
        "pcap": {"is_pcapng": False},
        "pcapng": {"is_pcapng": True},
        "pcapng-two-interfaces": {"is_pcapng": True, "has_two_interfaces": True},
        "pcapng-two-sections": {"is_pcapng": True, "has_two_sections": True},
        "bigendian": {"is_big_endian": True},
        "nanoseconds": {"is_nanosecond": True},
        "split": {"parts": int(argument or 2)} if name == "split" else None,
    }.get(name)


def apply(capture, transform):
    """The capture after one transformation, as a new one."""
    name, _, argument = transform.partition(":")
    frames, form = capture.frames, capture.form
    changes = form_changes(name, argument)
    if changes is not None:
        form = dataclasses.replace(form, **changes)
        frames = two_interfaces(capture) if name == "pcapng-two-interfaces" else frames
    elif name in COMPRESSIONS:
        form = dataclasses.replace(form, compression=form.compression + (name,))
    elif name in tunnels.TUNNELS:
        change = tunnels.TUNNELS[name](argument)
        frames = [change(frame) for frame in frames]
    elif name in links.LINKS:
        frames = [new for new in (links.onto(frame, name) for frame in frames) if new]
    elif name in order.ORDERS:
        frames = order.ORDERS[name](frames, argument)
        if name == "snaplen":
            form = dataclasses.replace(form, snap=int(argument))
    elif name != "identity":
        raise RewriteError(f"no such transformation: {transform}")
    return capture_file.Capture(frames, form)


def rewritten(capture, transforms):
    for transform in transforms:
        capture = apply(capture, transform)
    return capture


def parts_of(capture):
    count, total = capture.form.parts, len(capture.frames)
    ends = [total * i // count for i in range(count + 1)]
    return [capture.frames[start:end] for start, end in zip(ends, ends[1:])]


def write(capture, path):
    """Writes the capture; yields the paths of its parts, in order."""
    paths = []
    for i, frames in enumerate(parts_of(capture)):
        octets = (pcapng.pcapng if capture.form.is_pcapng else capture_file.pcap)(
            frames, capture.form)
        for name in capture.form.compression:
            octets = compressed(octets, name)
        paths.append(f"{path}.{i}" if capture.form.parts > 1 else path)
        with open(paths[-1], "wb") as file:
            file.write(octets)
    return paths


def numbers(frames, form):
    return pcapng.numbers(frames, form) if form.is_pcapng else range(1, len(frames) + 1)


def origins(capture):
    """The number of the old frame for each (part, number) of the new ones."""
    return {(part, number): frame.origin for part, frames in enumerate(parts_of(capture))
            for number, frame in zip(numbers(frames, capture.form), frames)}


def main():
    if len(sys.argv) < 4:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    source, target, *transforms = sys.argv[1:]
    try:
        capture = rewritten(capture_file.read(source), transforms)
        write(capture, target)
    except (RewriteError, OSError, ValueError, KeyError) as error:
        print(f"rewrite.py: {source}: {error}", file=sys.stderr)
        return 1
    with open(target + ".map", "w", encoding="ascii") as file:
        file.write("old\tpart\tnew\n")
        for (part, number), origin in sorted(origins(capture).items(), key=lambda row: row[1]):
            file.write(f"{origin}\t{part}\t{number}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
