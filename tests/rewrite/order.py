# SPDX-License-Identifier: BSD-3-Clause
"""What becomes of a list of frames: fragments, cuts, copies, another order."""
import itertools
import random

import ip
import links


def fragment(frames, argument):
    """fragment:N and fragment:N:reversed; N octets of payload at most, rounded down to eights."""
    size, _, how = argument.partition(":")
    result = []
    for ident, frame in zip(itertools.count(1), frames):
        found = links.peeled(frame)
        if found is None:
            result.append(frame)
            continue
        seal, kind, octets, missing = found
        parts = [frame.copy(data=seal(kind, part, lost), missing=lost)
                 for part, lost in ip.fragments(octets, missing, int(size), ident)]
        result += parts[::-1] if how == "reversed" else parts
    return result


def snaplen(frames, argument):
    size = int(argument)
    return [frame.copy(data=frame.data[:size],
                       missing=frame.missing + max(len(frame.data) - size, 0))
            for frame in frames]


def duplicate(frames, _):
    """Each frame twice in a row, the second a microsecond later or as late as the next one."""
    result = []
    for i, frame in enumerate(frames):
        later = frame.time_ns + 1000
        if i + 1 < len(frames):
            later = max(min(later, frames[i + 1].time_ns), frame.time_ns)
        result += [frame, frame.copy(time_ns=later)]
    return result


def duplicate_later(frames, argument):
    """A copy of each frame comes behind the N frames after it, at the time of the last of these."""
    distance = int(argument or 3)
    result = []
    for i, frame in enumerate(frames):
        result.append(frame)
        if i >= distance:
            result.append(frames[i - distance].copy(time_ns=frame.time_ns))
    return result + [frame.copy(time_ns=frames[-1].time_ns) for frame in frames[-distance:]]


def stretches(frames, limit_ns):
    """Lists of places of one direction, within which frames may change places.

    A stretch ends where another connection has a frame, since nothing in a capture could tell what
    came first then, and before it would be longer than the time that a reader can wait.
    """
    open_ones, connection, result = {}, 0, []
    for i, frame in enumerate(frames):
        if frame.connection != connection:
            open_ones, connection = {}, frame.connection
        if not connection:
            continue
        own = open_ones.get(frame.direction)
        if own is None or frame.time_ns - frames[own[0]].time_ns > limit_ns:
            own = open_ones[frame.direction] = []
            result.append(own)
        own.append(i)
    return result


def reorder(frames, argument):
    """reorder:N:SEED:MS moves frames by less than N places within one direction of a connection.

    The places of that direction stay where they are, with their times; so do all other frames.  No
    frame is moved by more than MS milliseconds, 20 unless given.
    """
    window, seed, limit_ms = (argument.split(":") + ["", ""])[:3]
    source = random.Random(int(seed or 1))
    result = list(frames)
    for own in stretches(frames, int(limit_ms or 20) * 10**6):
        keys = [i + source.uniform(0, int(window)) for i in range(len(own))]
        for place, i in zip(own, sorted(range(len(own)), key=keys.__getitem__)):
            result[place] = frames[own[i]].copy(time_ns=frames[place].time_ns)
    return result


def early_answers(frames, argument):
    """early-answers:US, from another tap: what servers sent is US microseconds before its time."""
    early_ns = int(argument) * 1000
    moved = [frame.copy(time_ns=frame.time_ns - early_ns * frame.direction) for frame in frames]
    return sorted(moved, key=lambda frame: frame.time_ns)


def late_start(frames, argument):
    """late-start:N, the capture began N frames later; with 1, the SYN of its first connection."""
    return frames[int(argument):]


ORDERS = {
    "fragment": fragment, "snaplen": snaplen, "duplicate": duplicate,
    "duplicate-later": duplicate_later, "reorder": reorder, "late-start": late_start,
    "early-answers": early_answers,
}
