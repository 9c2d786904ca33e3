#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The answer does not depend on the number of threads: rows and their order, lines, complaints.

usage: threads_test.py SEEOTHER
"""
import gzip
import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv.pop(1))
REDIRECTS = 3000
TABLES = ("captures", "connection", "exchange", "pairing", "redirect", "finding", "coverage", "rules")
HEAD = "{} {} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: crafted/1\r\nCookie: s={}\r\n{}\r\n"
# What each stage took in, and what became of it; what was read, and what was decoded.
BOOKS = """SELECT sum(value) FILTER (WHERE kind = 'in'),
                  sum(value) FILTER (WHERE kind IN ('out', 'dropped'))
           FROM coverage WHERE time_ns IS NULL GROUP BY stage, unit HAVING count(*) > 1
           AND sum(kind = 'in') > 0
           UNION ALL
           SELECT (SELECT value FROM coverage WHERE stage = 'capture' AND counter =
                   'frames_handed_on'),
                  (SELECT value FROM coverage WHERE stage = 'decode' AND counter = 'frames')"""


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


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def pcapng(plain):
    """The same frames, in the other format."""
    out = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
           block(1, struct.pack("<HHI", 1, 0, 262144))]
    at = 24
    while at < len(plain):
        seconds, micro, captured, wire = struct.unpack_from("<IIII", plain, at)
        time_us = seconds * 1_000_000 + micro
        head = struct.pack("<IIIII", 0, time_us >> 32, time_us & 0xFFFFFFFF, captured, wire)
        out.append(block(6, head + plain[at + 16:at + 16 + captured]))
        at += 16 + captured
    return b"".join(out)


def fragmented(plain):
    """The same octets: longer packets in two fragments, some tagged, some captured at two places."""
    out, at, number = [plain[:24]], 24, 0
    while at < len(plain):
        captured, = struct.unpack_from("<I", plain, at + 8)
        stamp, frame = plain[at:at + 8], plain[at + 16:at + 16 + captured]
        at += 16 + captured
        number += 1
        ip, rest = bytearray(frame[14:34]), frame[34:]
        ip[4:6] = struct.pack(">H", number & 0xFFFF)
        parts = []
        cuts = [0, 200, len(rest)] if len(rest) > 400 else [0, len(rest)]
        for begin, end in zip(cuts, cuts[1:]):
            more = 0x2000 if end < len(rest) else 0
            ip[2:4] = struct.pack(">H", 20 + end - begin)
            ip[6:8] = struct.pack(">H", begin // 8 | more)
            parts.append(frame[:14] + ip + rest[begin:end])
        if number % 3 == 0:
            parts.reverse()
        if number % 5 == 0:
            parts = parts * 2
        if number % 7 == 0:
            parts = [part[:12] + b"\x81\x00\x00\x07" + part[12:] for part in parts]
        for part in parts:
            out.append(stamp + struct.pack("<II", len(part), len(part)) + part)
    return b"".join(out)


class Threads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.plain = crafted()
        cls.packed = gzip.compress(cls.plain, 1)
        assert len(cls.packed) > 1 << 20 and len(cls.plain) > 4 << 20

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def answer(self, octets, threads, runs=1, options=()):
        """Everything that can be told from outside."""
        path = os.path.join(self.folder.name, "test.pcap")
        database = os.path.join(self.folder.name, "test.db")
        told = []
        with open(path, "wb") as file:
            file.write(octets)
        for _ in range(runs):
            done = subprocess.run(
                [SEEOTHER, "analyze", "--threads", str(threads), "--format", "jsonl", "-d",
                 database, *options, path], capture_output=True, text=True, check=False, timeout=120)
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

    def test_plain(self):
        told = self.same(self.plain)
        self.assertEqual(told[0], 0)
        self.assertEqual(len(told[3 + TABLES.index("redirect")]), REDIRECTS)
        self.same(self.plain, runs=2)

    def test_plain_filtered(self):
        told = self.same(self.plain, options=("--filter", "tcp port 40003 or tcp port 40900"))
        self.assertEqual(len(told[3 + TABLES.index("redirect")]), 2)

    def test_plain_cut_and_damaged(self):
        told = self.same(self.plain[:-len(self.plain) // 3])
        self.assertEqual(told[0], 1)
        self.assertIn("truncated", told[2])
        damaged = bytearray(self.plain)
        damaged[len(damaged) // 2:len(damaged) // 2 + 4000] = b"\xff" * 4000
        told = self.same(bytes(damaged))
        self.assertEqual(told[0], 1)

    def test_plain_pcapng(self):
        told = self.same(pcapng(self.plain))
        self.assertEqual(len(told[3 + TABLES.index("redirect")]), REDIRECTS)

    def test_what_is_passed_over(self):
        """More of it in a row than there is memory for: blocks of no packet, what a filter drops."""
        octets = pcapng(self.plain)
        middle, at = [], 0
        while at < len(octets) * 3 // 4:
            at += struct.unpack_from("<I", octets, at + 4)[0]
        for size in [1000] * 4000 + [4 << 20]:
            middle.append(block(0x0BAD, struct.pack("<I", 32473) + bytes(size)))
        told = self.same(octets[:at] + b"".join(middle) + octets[at:])
        self.assertEqual(len(told[3 + TABLES.index("redirect")]), REDIRECTS)
        large = struct.pack("<IIII", 1_700_000_001, 0, 9000, 9000) + bytes(9000)
        self.same(self.plain + large * 1000 + self.plain[24:], options=("--filter", "tcp port 80"))

    def test_fragments_copies_and_tags(self):
        told = self.same(fragmented(self.plain))
        self.assertEqual(told[0], 0)
        self.assertEqual(len(told[3 + TABLES.index("redirect")]), REDIRECTS)
        counted = {row[2]: row[5] for row in told[3 + TABLES.index("coverage")] if row[4] is None}
        self.assertGreaterEqual(counted["datagrams_reassembled"], 2 * REDIRECTS)
        self.assertGreater(counted["frames_duplicate"], REDIRECTS)
        self.assertGreater(counted["networks_joined"], REDIRECTS // 10)

    def test_told_to_stop(self):
        """Whenever that is, what was read is what was fed, and what was fed has its outcome."""
        path = os.path.join(self.folder.name, "stopped.pcap")
        database = os.path.join(self.folder.name, "stopped.db")
        with open(path, "wb") as file:
            file.write(self.plain)
            for _ in range(9):
                file.write(self.plain[24:])
        states = set()
        for number, after in enumerate((0.05, 0.1, 0.15, 0.2, 0.3, 0.4) * 2):
            process = subprocess.Popen(
                [SEEOTHER, "analyze", "--threads", str(2 + number % 2), "--no-sandbox", "--format",
                 "none", "-d", database, path],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(after)
            process.send_signal(signal.SIGINT)
            process.wait(60)
            if not os.path.exists(database):  # too early
                continue
            db = sqlite3.connect(database)
            if db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] > 0:  # or too early
                states |= {state for state, in db.execute("SELECT status FROM captures")}
                for row in db.execute(BOOKS):
                    self.assertEqual(row[0], row[1])
            db.close()
            os.remove(database)
        self.assertIn("stopped", states)

    def test_how_many_there_are(self):
        """As many as are allowed, where the work on an octet is worth them all."""
        path = os.path.join(self.folder.name, "worth.pcap")
        with open(path, "wb") as file:
            file.write(self.plain)
            for _ in range(4):
                file.write(self.plain[24:])
        for threads in (1, 2, 3):
            self.assertEqual(self.most_threads(threads, [path]), threads)
        allowed = os.sched_getaffinity(0)
        for count in range(1, len(allowed) + 1):
            os.sched_setaffinity(0, sorted(allowed)[:count])
            try:
                self.assertEqual(self.most_threads(None, [path]), min(count, 3))
            finally:
                os.sched_setaffinity(0, allowed)

    def most_threads(self, threads, paths):
        """None: as many as there are by default."""
        most = 0
        how_many = [] if threads is None else ["--threads", str(threads)]
        process = subprocess.Popen(
            [SEEOTHER, "analyze", *how_many, "--no-sandbox", "--format", "none",
             "-d", os.path.join(self.folder.name, f"most{threads}.db"), *paths])
        while process.poll() is None:
            try:
                most = max(most, len(os.listdir(f"/proc/{process.pid}/task")))
            except FileNotFoundError:
                break
            time.sleep(0.002)
        self.assertEqual(process.wait(60), 0)
        return most

    def test_several_captures(self):
        """The second thread of two does for each what pays there, and there is never a third."""
        content = struct.pack("<IIII", 1_700_000_001, 0, 9000, 9000) + bytes(9000)
        files = {"a.pcap": self.plain, "b.pcap.gz": self.packed,
                 "c.pcap": self.plain[:24] + content * 3000, "d.pcap": self.plain}
        paths = []
        for name, octets in files.items():
            paths.append(os.path.join(self.folder.name, name))
            with open(paths[-1], "wb") as file:
                file.write(octets)
        answers = []
        for threads in (1, 2, 3):
            database = os.path.join(self.folder.name, "several.db")
            done = subprocess.run(
                [SEEOTHER, "analyze", "--threads", str(threads), "--format", "jsonl", "-d",
                 database, *paths], capture_output=True, text=True, check=False, timeout=120)
            db = sqlite3.connect(database)
            rows = [db.execute(f"SELECT * FROM {table}").fetchall()
                    for table in TABLES if table != "captures"]
            db.close()
            os.remove(database)
            answers.append([done.returncode, done.stdout, done.stderr, rows])
        self.assertEqual(answers[0][0], 0)
        for answer in answers[1:]:
            for one, other in zip(answers[0], answer):
                self.assertEqual(one, other)
        self.assertEqual(self.most_threads(2, paths), 2)

    def test_nothing_waits_for_a_thread_that_is_gone(self):
        """What came of a large file is in the database while the next capture is waited for."""
        path = os.path.join(self.folder.name, "large.pcap")
        with open(path, "wb") as file:
            file.write(self.plain)
        kept = []
        for threads in (1, 2, 3):
            database = os.path.join(self.folder.name, "waiting.db")
            with subprocess.Popen(
                    [SEEOTHER, "analyze", "-q", "--threads", str(threads), "--format", "none", "-d",
                     database, path, "-"], stdin=subprocess.PIPE) as process:
                process.stdin.write(self.plain[:24])
                process.stdin.flush()
                count, before = 0, -1
                while count == 0 or count != before:
                    time.sleep(2)
                    db = sqlite3.connect(database)
                    before, count = count, db.execute("SELECT count(*) FROM redirect").fetchone()[0]
                    db.close()
                process.stdin.close()
                self.assertEqual(process.wait(60), 0)
            os.remove(database)
            kept.append(count)
        self.assertEqual(kept, [kept[0]] * 3)

    def test_wrong_numbers(self):
        for number in ("0", "4", "-1", "two", ""):
            done = subprocess.run([SEEOTHER, "analyze", "--threads", number, "x.pcap"],
                                  capture_output=True, text=True, check=False, timeout=20)
            self.assertEqual(done.returncode, 2)
            self.assertIn("--threads takes 1, 2 or 3", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
