#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""128 MB are enough for 100,000 concurrent HTTP connections, however long the capture.

usage: memory_test.py SEEOTHER PEAK (length | concurrent | short)

SEEOTHER must be built without sanitizers, which need memory of their own.  What is measured is the
peak of the resident memory of the largest process of a run, at the default limits.
"""
import os
import resource
import sqlite3
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../linear"))
import shapes  # pylint: disable=wrong-import-position

CONNECTIONS = 100_000
MOST_KB = 128 * 1024
LONGER_KB = 2 * 1024
FIELDS = ("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
          "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
          "Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n"
          "Connection: keep-alive\r\nCookie: session=0123456789abcdef0123456789abcdef\r\n")


class Writer(shapes.Capture):
    """Frames go to a file at once."""

    def __init__(self, path):
        super().__init__()
        self.file = open(path, "wb")  # pylint: disable=consider-using-with
        self.file.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))

    def add(self, octets, step=10):
        self.now += step
        self.file.write(struct.pack("<IIII", self.now // 1_000_000, self.now % 1_000_000,
                                    len(octets), len(octets)) + octets)


def rest(capture, i):
    """A connection that is kept alive: one in five is amid a message, the others between two."""
    if i % 5 == 0:
        return begin(capture, i // 5)
    one = capture.connection(shapes.address(i), 1024 + i % 50000)
    return one.ask(f"/shop/item/{i}", FIELDS).answer()


def begin(capture, i):
    """A connection that has come to a stop half-way, one of ten kinds."""
    one = capture.connection(shapes.address(i), 1024 + i % 50000)
    kind = i % 10
    if kind < 6:
        one.ask(f"/shop/item/{i}", FIELDS)
    elif kind < 8:
        one.send(0, f"GET /shop/item/{i} HTTP/1.1\r\nHost: shop.example\r\n{FIELDS}"[:300].encode())
    elif kind == 8:
        one.ask(f"/shop/item/{i}", FIELDS)
        capture.add(one.frame(1, b"x" * 1000, at=500))
    else:
        one.ask(f"/shop/item/{i}", FIELDS).redirect(f"/shop/other/{i}")
    return one


def concurrent(path, count, kind=rest):
    capture = Writer(path)
    for i in range(count):
        kind(capture, i)
    capture.file.close()


def rounds(path, count, times):
    """The same number at a time, again and again: those of each round end before the next."""
    capture = Writer(path)
    for _ in range(times):
        for one in [begin(capture, i) for i in range(count)]:
            one.close()
        capture.now += 40_000_000
    capture.file.close()


def idle(path, count, payload):
    capture = Writer(path)
    for i in range(count):
        capture.connection(shapes.address(i), 1024 + i % 50000).send(0, payload)
    capture.file.close()


PEAK = sys.argv[2]


def peak_kb(seeother, folder, path):
    database = os.path.join(folder, "db")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(database + suffix):
            os.unlink(database + suffix)
    done = subprocess.run([PEAK, seeother, "analyze", "-q", "--format", "none", "-d", database, path],
                          capture_output=True, text=True, check=True)
    return int(done.stdout)


SHORT_KB = 140_000  # of address space: libraries have half of it


def check_short(seeother, folder):
    """Memory runs out: that is told with the name of the file, and what came before is kept."""
    path, database = os.path.join(folder, "capture.pcap"), os.path.join(folder, "db")
    capture = Writer(path)
    broken = capture.connection(shapes.address(0), 1023)
    broken.ask("/old", FIELDS).redirect("/new")
    broken.ask("/new", FIELDS, method="POST").answer()
    capture.now += 60_000_000
    for i in range(CONNECTIONS):
        begin(capture, i)
    capture.file.close()
    failures = []
    for threads in (1, 2, 3):
        done = subprocess.run(
            [seeother, "analyze", "-q", "--threads", str(threads), "--format", "none", "-d",
             database, path], capture_output=True, text=True, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (SHORT_KB * 1024,) * 2))
        with sqlite3.connect(database) as db:
            state, detail, frames = db.execute("SELECT status, detail, packets FROM captures").fetchone()
            redirects = db.execute("SELECT count(*) FROM redirects WHERE outcome = 'followed'").fetchone()
            damage = db.execute("PRAGMA integrity_check").fetchone()
        os.unlink(database)
        told = f"capture.pcap: stopped after {frames} frames, which were analysed: memory ran out"
        print(f"{threads}: {done.returncode} {state} {frames} {done.stderr.strip()}", flush=True)
        if (done.returncode, state, detail, redirects, damage) != (
                1, "stopped", "memory ran out", (1,), ("ok",)) or told not in done.stderr:
            failures.append(f"{threads} threads without memory")
    return failures


def report(failures):
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


def main():
    seeother = sys.argv[1]
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "capture.pcap")

        def measure(what, make, *arguments):
            make(path, *arguments)
            # Where the heap lies is chance, and costs up to a large page.
            result = min(peak_kb(seeother, folder, path) for _ in range(3))
            print(f"{result / 1024:8.1f} MB  {what}", flush=True)
            return result

        if sys.argv[3] == "short":
            return report(check_short(seeother, folder))
        if sys.argv[3] == "concurrent":
            many = measure(f"{CONNECTIONS:,} concurrent connections", concurrent, CONNECTIONS)
            if many > MOST_KB:
                failures.append(f"more than {MOST_KB // 1024} MB")
            measure("as many, all amid a message", concurrent, CONNECTIONS, begin)
        else:
            # The shorter one fills what has a limit: 65,536 targets, and SQLite's page cache.
            once = measure("2,000 at a time, 80 times", rounds, 2000, 80)
            longer = measure("2,000 at a time, 320 times", rounds, 2000, 320)
            if longer > once + LONGER_KB:
                failures.append(f"four times the length needs {longer - once} KB more")
        nothing = measure("no connection", concurrent, 0)
        for what, payload in (
                ("half a header section", b"GET / HTTP/1.1\r\nHost: shop.example\r\nAccept: "),
                ("a request", b"GET / HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n"),
                ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")):
            size = (measure(f"20,000 with {what}", idle, 20000, payload) - nothing) * 1024 / 20000
            print(f"          {size:,.0f} octets each")
    return report(failures)


if __name__ == "__main__":
    sys.exit(main())
