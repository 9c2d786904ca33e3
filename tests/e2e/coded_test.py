#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A note that is packed is a note: content codings of a 303, which no scene can hold.

usage: coded_test.py SEEOTHER
"""
import gzip
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import zlib

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])
LINK = b'<a href="/done">over there</a>'
OTHER = b'<a href="/elsewhere">over there</a>'


def raw_deflate(content):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def plain_brotli(content):
    """A meta-block that is not compressed (RFC 7932, 9.2), and an empty last one."""
    length = len(content) - 1
    bits, used = 0b1101, 4  # WBITS: 1 and n = 6 in three bits, a window of 23 bits
    for value, width in ((0, 1), (0, 2), (length, 16), (1, 1)):
        bits |= value << used
        used += width
    head = bits.to_bytes((used + 7) // 8, "little")
    return head + content + b"\x03"


CODINGS = {
    "gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "DEFLATE": raw_deflate,
    "br": plain_brotli, "gzip, deflate": lambda content: zlib.compress(gzip.compress(content)),
    "identity": lambda content: content,
}


class Coded(unittest.TestCase):
    def rules(self, coding, content):
        head = b"HTTP/1.1 303 X\r\nLocation: /done\r\nContent-Type: text/html\r\n"
        head += b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding.encode(),
                                                                        len(content))
        with tempfile.TemporaryDirectory() as folder:
            path = Capture().dialog([
                b"POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n",
                head + content]).write(os.path.join(folder, "one.pcap"))
            database = os.path.join(folder, "one.db")
            subprocess.run([SEEOTHER, "analyze", "--format", "none", "-d", database, path],
                           check=True)
            db = sqlite3.connect(database)
            rows = db.execute("SELECT rule FROM findings").fetchall()
            db.close()
            return [row[0] for row in rows]

    def test_a_packed_note_is_read(self):
        for coding, pack in CODINGS.items():
            with self.subTest(coding=coding):
                self.assertEqual(self.rules(coding, pack(LINK)), [])
                self.assertEqual(self.rules(coding, pack(OTHER)), ["303-without-note"])

    def test_what_cannot_be_read_proves_nothing(self):
        self.assertEqual(self.rules("gzip", gzip.compress(OTHER)[:-12]), [])
        self.assertEqual(self.rules("zebra", OTHER), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
