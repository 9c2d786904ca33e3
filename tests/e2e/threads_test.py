#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The answer does not depend on the number of threads: rows and their order, lines, complaints.

usage: threads_test.py SEEOTHER
"""
import gzip
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv.pop(1))
REDIRECTS = 3000
TABLES = ("captures", "connection", "exchange", "redirect", "finding", "coverage", "rules")
HEAD = "{} {} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: crafted/1\r\nCookie: s={}\r\n{}\r\n"


def crafted():
    """More rows than one hand-over holds, and octets that gzip cannot make small."""
    draw = random.Random(20261128)
    capture = Capture()
    for number in range(REDIRECTS):
        cookie = "%01000x" % draw.getrandbits(4000)
        method = "GET" if number % 3 == 0 else "POST"
        capture.dialog([
            HEAD.format("POST", f"/r/{number}", cookie, "Content-Length: 4\r\n").encode() + b"body",
            b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /n/%d\r\nContent-Length: 0\r\n\r\n"
            % number,
            HEAD.format(method, f"/n/{number}", cookie,
                        "Content-Length: 4\r\n" if method == "POST" else "").encode()
            + (b"body" if method == "POST" else b""),
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
    return capture.header() + capture.records()


class Threads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.packed = gzip.compress(crafted(), 1)
        assert len(cls.packed) > 1 << 20

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def answer(self, octets, threads, runs=1):
        """Everything that can be told from outside."""
        path = os.path.join(self.folder.name, "test.pcap.gz")
        database = os.path.join(self.folder.name, "test.db")
        told = []
        with open(path, "wb") as file:
            file.write(octets)
        for _ in range(runs):
            done = subprocess.run(
                [SEEOTHER, "analyze", "--threads", str(threads), "--format", "jsonl", "-d",
                 database, path], capture_output=True, text=True, check=False, timeout=120)
            told += [done.returncode, done.stdout, done.stderr]
        db = sqlite3.connect(database)
        for table in TABLES:
            rows = db.execute(f"SELECT * FROM {table}").fetchall()
            if table == "captures":  # how it was called is the difference
                rows = [[str(column).replace(f'"{threads}"', "N") for column in row] for row in rows]
            told.append(rows)
        self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        db.close()
        os.remove(database)
        return told

    def same(self, octets, **options):
        alone = self.answer(octets, 1, **options)
        for threads in (2, 3):
            together = self.answer(octets, threads, **options)
            for one, other in zip(alone, together):
                self.assertEqual(one, other)
        return alone

    def test_whole(self):
        told = self.same(self.packed)
        self.assertEqual(told[0], 0)
        self.assertEqual(len(told[3 + TABLES.index("redirect")]), REDIRECTS)
        self.assertEqual(len(told[3 + TABLES.index("exchange")]), 2 * REDIRECTS)
        self.assertGreaterEqual(len(told[3 + TABLES.index("finding")]), REDIRECTS // 3)

    def test_into_the_same_database_twice(self):
        self.same(self.packed, runs=2)

    def test_cut(self):
        told = self.same(self.packed[:-len(self.packed) // 3])
        self.assertEqual(told[0], 1)
        self.assertIn("truncated", told[2])

    def test_damaged(self):
        damaged = bytearray(self.packed)
        damaged[len(damaged) // 2:len(damaged) // 2 + 16] = b"x" * 16
        told = self.same(bytes(damaged))
        self.assertEqual(told[0], 1)

    def test_wrong_numbers(self):
        for number in ("0", "4", "-1", "two", ""):
            done = subprocess.run([SEEOTHER, "analyze", "--threads", number, "x.pcap"],
                                  capture_output=True, text=True, check=False, timeout=20)
            self.assertEqual(done.returncode, 2)
            self.assertIn("--threads takes 1, 2 or 3", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
