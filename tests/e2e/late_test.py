#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A redirect that becomes known after its follow-up is paired with it all the same.

usage: late_test.py SEEOTHER

The SYN of the redirect's connection is not in the capture, so its octets are held back for a
moment, in which SYNs may still come; those of the connections behind it are not.
"""
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv.pop(1))
KEPT = 256  # requests that are remembered meanwhile, three of which always come
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def request(method, path, content=b""):
    return (f"{method} {path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: crafted/1\r\n"
            f"Content-Length: {len(content)}\r\n\r\n").encode() + content


class Quick(Capture):
    def add(self, frame):
        self.now -= 98
        super().add(frame)


class Late(unittest.TestCase):
    def ask(self, before, after, pause=0):
        """`before` and `after` others come before the follow-up and behind it."""
        capture = Quick()
        capture.dialog([request("POST", "/order", b"a=1"),
                        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /v2/order\r\n"
                        b"Content-Length: 0\r\n\r\n"])
        del capture.frames[0]
        for number in range(before):
            capture.dialog([request("GET", f"/before/{number}"), OK])
        capture.dialog([request("GET", "/v2/order"), OK])
        for number in range(after):
            capture.dialog([request("GET", f"/after/{number}"), OK])
        capture.pause(pause)
        capture.dialog([request("GET", "/last"), OK])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "late.pcap")
            capture.write(path)
            database = os.path.join(folder, "late.db")
            subprocess.run([SEEOTHER, "analyze", "-q", "--format", "none", "--all-exchanges", "-d",
                            database, path], check=True)
            db = sqlite3.connect(database)
            first, follow_up = db.execute(
                "SELECT (SELECT id FROM exchanges WHERE method = 'POST'),"
                " (SELECT id FROM exchanges WHERE target = '/v2/order')").fetchone()
            answer = db.execute("SELECT outcome, confidence, followup_method, (SELECT count(*)"
                                " FROM violations) FROM redirects").fetchall()
            rests = db.execute(
                "SELECT stage, unit, sum(CASE kind WHEN 'in' THEN value ELSE -value END) AS rest"
                " FROM coverage WHERE kind <> 'note' GROUP BY stage, unit HAVING rest <> 0")
            self.assertEqual(rests.fetchall(), [])
            db.close()
        self.assertGreater(first, follow_up)  # or this tests nothing
        self.assertEqual(len(answer), 1)
        return answer[0]

    def test_it_is_paired(self):
        for before, after in ((0, 0), (3, 0), (0, 3), (0, KEPT - 3), (2 * KEPT, 0)):
            self.assertEqual(self.ask(before, after), ("followed", "high", "GET", 1))

    def test_time_leaps(self):
        self.assertEqual(self.ask(0, 0, 5), ("followed", "high", "GET", 1))
        self.assertEqual(self.ask(0, 3, 100), ("followed", "high", "GET", 1))

    def test_more_than_are_remembered(self):
        self.assertEqual(self.ask(0, KEPT - 2), ("pending", None, None, 0))

    def test_a_file_for_each_direction(self):
        """What followed is in the file that was read before: nobody can say that nothing did."""
        capture = Capture()
        for number in range(3):
            capture.dialog([request("POST", f"/order{number}", b"a=1"),
                            b"HTTP/1.1 303 See Other\r\nLocation: /done%d\r\n"
                            b"Content-Length: 0\r\n\r\n" % number,
                            request("GET", f"/done{number}"), OK]).pause(40)
        both = capture.frames
        outcomes = []
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("clients.pcap", "servers.pcap")]
            for is_server, path in enumerate(paths):
                capture.frames = [frame for frame in both
                                  if (frame[1][34:36] == b"\0\x50") == bool(is_server)]
                capture.write(path)
            database = os.path.join(folder, "late.db")
            subprocess.run([SEEOTHER, "analyze", "-q", "--format", "none", "-d", database, *paths],
                           check=True)
            db = sqlite3.connect(database)
            outcomes = [row[0] for row in db.execute("SELECT outcome FROM redirects")]
            db.close()
        self.assertEqual(len(outcomes), 3)
        self.assertNotIn("not-followed", outcomes)


if __name__ == "__main__":
    unittest.main(verbosity=2)
