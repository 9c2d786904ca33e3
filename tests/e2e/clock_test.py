#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A damaged time stamp, the first one too, neither closes every window nor stops the clock.

usage: clock_test.py SEEOTHER
"""
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])
SECOND = 1_000_000
LATE, EARLY = 2**32 * SECOND - SECOND, 0  # as far as a record of pcap can say


def ask(path):
    return b"GET " + path + b" HTTP/1.1\r\nHost: shop.example\r\n\r\n"


MOVED = b"HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Clock(unittest.TestCase):
    def outcomes(self, stamps, count=None):
        """One redirect that nobody follows, then others ask, minutes later; `stamps` of frames by
        number replace theirs."""
        capture = Capture()
        capture.dialog([ask(b"/a"), MOVED])
        for _ in range(4):
            capture.pause(60).dialog([ask(b"/c"), OK], client="192.0.2.9")
        for number, time in stamps.items():
            capture.frames[number] = (time, capture.frames[number][1])
        capture.frames = capture.frames[:count]
        with tempfile.TemporaryDirectory() as folder:
            path = capture.write(os.path.join(folder, "one.pcap"))
            database = os.path.join(folder, "one.db")
            subprocess.run([SEEOTHER, "analyze", "--format", "none", "-d", database, path],
                           check=True)
            db = sqlite3.connect(database)
            rows = db.execute("SELECT outcome FROM redirects").fetchall()
            ended = db.execute("SELECT how_ended, count(*) FROM connections GROUP BY 1").fetchall()
            doubted, = db.execute("SELECT value FROM coverage WHERE counter = 'stamps_doubted'"
                                  ).fetchone()
            frames, = db.execute("SELECT packets FROM captures").fetchone()
            decoded, = db.execute("SELECT value FROM coverage WHERE stage = 'decode'"
                                  " AND counter = 'frames'").fetchone()
            db.close()
        self.assertEqual(frames, decoded)
        return [row[0] for row in rows], dict(ended), doubted

    def test_all_is_well(self):
        self.assertEqual(self.outcomes({}), (["not-followed"], {"fin": 1}, 0))

    def test_the_first_is_late(self):
        self.assertEqual(self.outcomes({0: LATE}), (["not-followed"], {"fin": 1}, 1))

    def test_the_first_is_early(self):
        self.assertEqual(self.outcomes({0: EARLY}), (["not-followed"], {"fin": 1}, 0))

    def test_the_second_is_late(self):
        self.assertEqual(self.outcomes({1: LATE}), (["not-followed"], {"fin": 1}, 1))

    def test_the_second_is_early(self):
        self.assertEqual(self.outcomes({1: EARLY}), (["not-followed"], {"fin": 1}, 0))

    def test_the_first_two_are_damaged(self):
        for stamps in ({0: LATE, 1: EARLY}, {0: EARLY, 1: LATE}):
            self.assertEqual(self.outcomes(stamps)[0], ["not-followed"], stamps)

    def test_nothing_else_comes(self):
        for count in range(1, 4):
            self.assertEqual(self.outcomes({0: LATE}, count)[0], [], count)
        self.assertEqual(self.outcomes({0: LATE}, 5)[0], ["pending"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
