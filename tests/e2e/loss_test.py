#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Conversations with frames lost to the capture: no response is given to another's request.

usage: loss_test.py SEEOTHER

Each response names its request, so that the pairs that are found can be held against the truth.
Clients that wait for an answer before they ask again never get another's, whatever is lost.  Those
that pipeline get one only where the capture begins in the middle, and nothing tells what was before,
or where a gap has swallowed requests; then it rests on the gap, and says so.  Contents hold
start-lines of their own now and then: what is taken for a message there has a gap as well.
"""
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from craft import Capture, segment

SEEOTHER = os.path.abspath(sys.argv[1])
CONVERSATIONS = 250
EVIL = b"HTTP/1.1 200 OK\r\nContent-Type: x/evil\r\nContent-Length: 0\r\n\r\n"
INTERIM = (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


class Talk:
    """One connection: its frames, each with how many octets of content it has."""

    def __init__(self, rng, port):
        self.rng = rng
        self.ends = [("192.0.2.1", port), ("198.51.100.1", 80)]
        self.seq = [rng.randrange(2**32), rng.randrange(2**32)]
        self.frames = []
        self.is_whole = rng.random() < 0.8
        if self.is_whole:
            self.put(0, b"", 0x02)
            self.put(1, b"", 0x12)

    def put(self, me, octets, flags=0x18):
        ack = 0 if flags == 0x02 else self.seq[1 - me]
        frame = segment(self.ends[me], self.ends[1 - me], self.seq[me], ack, flags, octets)
        self.frames.append((me, frame, len(octets)))
        self.seq[me] = (self.seq[me] + len(octets) + (1 if flags & 3 else 0)) % 2**32

    def say(self, me, octets):
        while octets:
            size = self.rng.choice([1460, 1460, self.rng.randrange(1, 1460)])
            self.put(me, octets[:size])
            octets = octets[size:]
            if self.rng.random() < 0.5:
                self.put(1 - me, b"", 0x10)


def content(rng, head, octets):
    """Framed by a length or chunked."""
    if rng.random() < 0.7:
        return head + b"Content-Length: %d\r\n\r\n" % len(octets) + octets
    chunks = b""
    while octets:
        size = rng.randrange(1, 900)
        part, octets = octets[:size], octets[size:]
        chunks += b"%x\r\n" % len(part) + part + b"\r\n"
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def request(rng, name):
    method = rng.choice([b"GET", b"GET", b"HEAD", b"POST"])
    head = method + b" /r" + name + b" HTTP/1.1\r\nHost: a.test\r\n"
    head += b"Cookie: " + b"c" * rng.randrange(1, 1500) + b"\r\n" if rng.random() < 0.3 else b""
    if method != b"POST":
        return method, head + b"\r\n"
    return method, content(rng, head, rng.choice([b"a=1", b"x" * rng.randrange(4000)]))


def response(rng, name, method):
    status = rng.choice([b"200", b"404", b"307", b"204", b"304"])
    head = b"HTTP/1.1 " + status + b" Some\r\nContent-Type: x/r" + name + b"\r\n"
    head += b"Location: /elsewhere\r\n" if status == b"307" else b""
    octets = rng.choice([b"", b"y" * rng.randrange(5000), EVIL * 3])
    before = b"".join(rng.choices(INTERIM, k=rng.choice([0, 0, 0, 1, 2])))
    if status == b"204":
        return before + head + b"\r\n"
    whole = content(rng, head, octets)
    is_bare = method == b"HEAD" or status == b"304"
    return before + (whole[:whole.index(b"\r\n\r\n") + 4] if is_bare else whole)


def converse(rng, port, is_pipelining):
    talk = Talk(rng, port)
    left = rng.randrange(2, 7)
    while left > 0:
        turn = min(left, rng.randrange(1, 4)) if is_pipelining else 1
        names = [b"%d-%d" % (port, left - i) for i in range(turn)]
        requests = [request(rng, name) for name in names]
        talk.say(0, b"".join(octets for _, octets in requests))
        for name, (method, _) in zip(names, requests):
            talk.say(1, response(rng, name, method))
        left -= turn
    if rng.random() < 0.7:
        talk.put(0, b"", 0x11)
        talk.put(1, b"", 0x11)
    return talk


def seen(rng, talk, loss):
    """The frames that the capture has: of one direction all, or some of both lost."""
    victim = rng.choice([0, 1, None])
    missing = 0
    for me, frame, length in talk.frames:
        if missing == 0 and length > 0 and victim in (me, None) and rng.random() < loss:
            missing = rng.choice([1, 1, 1, 2, 4])
        if missing > 0:
            missing -= 1
        else:
            yield frame


class Loss(unittest.TestCase):
    def analyze(self, seed, is_pipelining, loss):
        rng = random.Random(seed)
        capture = Capture()
        talks = {}
        for port in range(10000, 10000 + CONVERSATIONS):
            talks[port] = converse(rng, port, is_pipelining)
            for frame in seen(rng, talks[port], loss):
                capture.add(frame)
        with tempfile.TemporaryDirectory() as folder:
            path, database = os.path.join(folder, "a.pcap"), os.path.join(folder, "a.db")
            capture.write(path)
            subprocess.run([SEEOTHER, "analyze", "-q", "--all-exchanges", "--format", "none", "-d",
                            database, path], check=True)
            db = sqlite3.connect(database)
            rows = db.execute("SELECT client_port, target, response_content_type, has_gap"
                              "  FROM exchanges WHERE target LIKE '/r%'"
                              "   AND response_content_type LIKE 'x/%'").fetchall()
            db.close()
        return talks, rows

    def check(self, is_pipelining, loss, least):
        for seed in (1, 2, 3, 4):
            right = 0
            talks, rows = self.analyze(seed, is_pipelining, loss)
            for port, target, kind, has_gap in rows:
                if kind == "x/evil":
                    self.assertEqual(has_gap, 1, (seed, target))
                elif target[1:] == kind[2:]:
                    right += 1
                else:
                    is_known = talks[port].is_whole and not has_gap
                    self.assertTrue(is_pipelining and not is_known, (seed, target, kind))
            self.assertGreater(right, least * len(rows), (seed, len(rows)))
            self.assertGreater(len(rows), CONVERSATIONS)

    def test_one_by_one(self):
        self.check(False, 0.02, 0.99)
        self.check(False, 0.1, 0.99)
        self.check(False, 0.3, 0.98)

    def test_pipelines(self):
        self.check(True, 0.02, 0.99)
        self.check(True, 0.1, 0.98)

    def test_nothing_lost(self):
        for is_pipelining in (False, True):
            talks, rows = self.analyze(3, is_pipelining, 0)
            self.assertEqual([row for row in rows if row[1][1:] != row[2][2:]], [])
            self.assertGreater(len(rows), 3 * len(talks))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
