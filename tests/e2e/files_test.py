#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs seeother analyze over files of all kinds: packed, slow, in directories, damaged, foreign.

usage: files_test.py SEEOTHER SAMPLES
"""
import gzip
import lzma
import os
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SEEOTHER, SAMPLES = sys.argv[1], sys.argv[2]
REWRITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../rewrite/rewrite.py")
SAMPLE = os.path.join(SAMPLES, "curl-303-post.pcap")


def octets_of(path):
    with open(path, "rb") as file:
        return file.read()


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def section():
    return block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(link_type):
    return block(1, struct.pack("<HHI", link_type, 0, 0))


def packet(number, seconds, data):
    units = seconds * 1000000
    return block(6, struct.pack("<IIIII", number, units >> 32, units & 0xFFFFFFFF, len(data),
                                len(data)) + data)


def records(octets):
    """Of a pcap file in our byte order: seconds, fraction, data."""
    at = 24
    while at < len(octets):
        seconds, fraction, captured, _ = struct.unpack_from("<IIII", octets, at)
        yield seconds, fraction, octets[at + 16:at + 16 + captured]
        at += 16 + captured


def pcap(seconds, count=1):
    head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(struct.pack("<IIII", seconds + i, 0, 60, 60) + bytes(60)
                           for i in range(count))


class Files(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.database = os.path.join(self.scratch.name, "files.db")

    def tearDown(self):
        self.scratch.cleanup()

    def write(self, name, octets):
        path = os.path.join(self.scratch.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(octets)
        return path

    def analyze(self, *operands, **more):
        done = subprocess.run(
            [SEEOTHER, "analyze", "--format", "none", "-d", self.database, *operands],
            capture_output=True, timeout=60, check=False, **more)
        return done.returncode, done.stderr.decode()

    def rows(self, sql):
        db = sqlite3.connect(self.database)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def test_link_types_that_are_not_read_are_named(self):
        data = section() + interface(147) + interface(1) + interface(159)
        data += packet(0, 1, bytes(60)) + packet(0, 2, bytes(60)) + packet(2, 3, bytes(60))
        first, *_ = records(octets_of(SAMPLE))
        data += packet(1, 4, first[2])
        path = self.write("mixed.pcapng", data)
        status, said = self.analyze(path)
        self.assertEqual(status, 0)
        self.assertIn(f"seeother: {path}: link type 147 (USER0) is not read, 2 frames\n", said)
        self.assertIn(f"seeother: {path}: link type 159 (USER12) is not read, 1 frame\n", said)
        self.assertEqual(self.rows("SELECT packets, status, detail FROM captures"), [
            (4, "complete", "link type 147 (USER0) is not read, 2 frames; "
                            "link type 159 (USER12) is not read, 1 frame")])

    def test_ports_of_vxlan_can_be_named(self):
        path = os.path.join(self.scratch.name, "wrapped.pcap")
        subprocess.run([sys.executable, REWRITE, SAMPLE, path, "vxlan-port:14789"], check=True)
        redirects = "SELECT count(*) FROM redirects WHERE capture_id = ?"
        self.assertEqual(self.analyze(path)[0], 0)
        self.assertEqual(self.analyze("--vxlan-port", "9", "--vxlan-port", "14789", path)[0], 0)
        counts = [self.rows(redirects.replace("?", number))[0][0] for number in "12"]
        self.assertEqual(counts[0], 0)
        self.assertGreater(counts[1], 0)
        for wrong in ("0", "65536", "-1", "x", "1x", ""):
            self.assertEqual(self.analyze("--vxlan-port", wrong, path)[0], 2)

    def test_packed_is_as_plain(self):
        self.analyze(SAMPLE)
        sql = ("SELECT rule, time_ns, json_extract(evidence, '$.request_frame') FROM findings"
               " ORDER BY id")
        plain = self.rows(sql)
        self.assertTrue(plain)
        for name, pack in (("gz", gzip.compress), ("xz", lzma.compress)):
            self.database = os.path.join(self.scratch.name, name + ".db")
            status, said = self.analyze("-", input=pack(octets_of(SAMPLE)))
            self.assertEqual((status, said), (0, ""), name)
            self.assertEqual(self.rows(sql), plain, name)

    def test_frames_of_a_slow_pipe_are_read_as_they_come(self):
        octets = octets_of(SAMPLE)
        with subprocess.Popen(
                [SEEOTHER, "analyze", "--format", "jsonl", "-d", self.database, "-"],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as process:
            for at in range(0, len(octets), 97):
                process.stdin.write(octets[at:at + 97])
                process.stdin.flush()
                if at % (97 * 16) == 0:
                    time.sleep(0.01)
            process.stdin.close()
            self.assertEqual(process.wait(30), 0)
        self.assertEqual(self.rows("SELECT kind, status, packets FROM captures"),
                         [("stdin", "complete", len(list(records(octets))))])

    def test_a_signal_ends_the_waiting_for_a_pipe(self):
        with subprocess.Popen(
                [SEEOTHER, "analyze", "--format", "none", "-d", self.database, "-"],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as process:
            process.stdin.write(octets_of(SAMPLE)[:-10])
            process.stdin.flush()
            time.sleep(1)
            process.terminate()
            self.assertIn(process.wait(30), (0, 1))
        self.assertEqual([row[0] for row in self.rows("SELECT status FROM captures")], ["stopped"])

    def test_a_directory_is_read_in_the_order_of_time(self):
        self.write("d/a.pcap.gz", gzip.compress(pcap(3000)))
        self.write("d/b.pcapng", section() + interface(1) + packet(0, 1000, bytes(60)))
        self.write("d/c.pcap.xz", lzma.compress(pcap(2000)))
        self.write("d/cut", pcap(0)[:10])
        self.write("d/empty.pcap", b"")
        self.write("d/notes.txt", b"nothing to read here")
        self.write("d/old.snoop", b"snoop\0\0\0" + bytes(40))
        status, said = self.analyze(os.path.join(self.scratch.name, "d"))
        self.assertEqual(status, 1)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("cut: the file ends inside its header", said)
        self.assertEqual([os.path.basename(row[0]) for row in
                          self.rows("SELECT source FROM captures WHERE packets > 0 ORDER BY id")],
                         ["b.pcapng", "c.pcap.xz", "a.pcap.gz"])

    def test_snoop_is_named(self):
        path = self.write("old.snoop", b"snoop\0\0\0" + bytes(40))
        status, said = self.analyze(path)
        self.assertEqual(status, 1)
        self.assertIn("a Solaris snoop file, which is not read; convert it with: "
                      "editcap -F pcap IN OUT", said)

    def test_damage_is_told_and_stored(self):
        octets = octets_of(SAMPLE)
        count = len(list(records(octets)))
        status, said = self.analyze(self.write("cut.gz", gzip.compress(octets[:-5])))
        self.assertEqual(status, 1)
        self.assertIn(f"truncated after {count - 1} frames, which were analysed: the file ends "
                      f"inside frame {count}", said)
        self.assertEqual([row[:2] for row in self.rows(
            "SELECT status, packets, detail FROM captures")], [("truncated", count - 1)])

    def test_what_the_kernel_dropped_is_stored(self):
        statistics = block(5, struct.pack("<III", 0, 0, 0) + struct.pack("<HHQ", 5, 8, 3) +
                           struct.pack("<HHQ", 7, 8, 4))
        self.analyze(self.write("drops.pcapng", section() + interface(1) +
                                packet(0, 1, bytes(60)) + statistics))
        self.assertEqual(self.rows("SELECT kernel_dropped FROM captures"), [(7,)])

    def test_secrets_are_not_stored(self):
        secret = b"CLIENT_RANDOM 53EC53EC53EC53EC"
        secrets = block(0xA, struct.pack("<II", 0x544C534B, len(secret)) + secret)
        self.analyze(self.write("s.pcapng", section() + secrets + interface(1) +
                                packet(0, 1, bytes(60))))
        self.assertEqual(self.rows("SELECT value FROM coverage WHERE counter = 'secrets_blocks'"),
                         [(1,)])
        self.assertNotIn(b"53EC53EC", octets_of(self.database))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
