#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""`monitor --evidence DIR`: the frames behind what a real client did, while they are still there.

usage: evidence_test.py SEEOTHER

Everything happens in a network namespace of its own.  Exits with 77 (skipped) without root, ip,
tcpdump or curl.
"""
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import unittest

from slice import read_slice

SECONDS_MAX = 20
SEEOTHER = os.path.abspath(sys.argv[1])
FORM = re.compile(r"seeother-\d{8}T\d{6}Z-\d{6}(-\d\d)?\.pcapng")
MIB = 1 << 20

# Answers /r/STATUS/... with that redirect to /done, and the rest with 200: /slow/SECONDS/... late.
SERVER = r"""
import http.server, time
class Redirecting(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = self.path.split("/")
        if parts[1] == "r":
            self.send_response(int(parts[2]))
            self.send_header("Location", "/".join(["", *parts[3:]]))
        else:
            time.sleep(float(parts[2]) if parts[1] == "slow" else 0)
            self.send_response(200)
            self.send_header("X-Late", "here")
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_POST = answer
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Redirecting).serve_forever()
"""


def wait_for(what, condition):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {SECONDS_MAX} s: {what}")
        time.sleep(0.02)


class Evidence(unittest.TestCase):
    def setUp(self):
        self.space = f"see-{os.getpid()}-e"
        self.started = []
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o777)
        self.database = os.path.join(self.folder, "live.db")
        self.words = os.path.join(self.folder, "words")
        self.evidence = os.path.join(self.folder, "evidence")
        subprocess.run(["ip", "netns", "add", self.space], check=True)
        subprocess.run(["ip", "-n", self.space, "link", "set", "lo", "up"], check=True)
        self.start(sys.executable, "-c", SERVER)
        wait_for("the server answers", lambda: self.curl("/", check=False).returncode == 0)

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        subprocess.run(["ip", "netns", "delete", self.space], check=False)
        shutil.rmtree(self.folder)

    def inside(self, *command):
        return ["ip", "netns", "exec", self.space, *command]

    def start(self, *command, **options):
        process = subprocess.Popen(self.inside(*command), **options)
        self.started.append(process)
        return process

    def curl(self, path, *options, check=True):
        return subprocess.run(self.inside("curl", "-s", "-m", "8", *options,
                                          "http://127.0.0.1:8080" + path),
                              check=check, capture_output=True)

    def sin(self, path="/r/303/done"):
        """A 303 that is followed by POST."""
        self.curl(path, "-L", "-X", "POST", "-d", "a=1")

    def watch(self, *options, interface="lo"):
        with open(self.words, "wb") as words:
            monitor = self.start(SEEOTHER, "monitor", "-i", interface, "-d", self.database,
                                 "--evidence", self.evidence, "--format", "none", *options,
                                 stderr=words, stdout=subprocess.DEVNULL)
        wait_for("the monitor watches", lambda: "watching" in self.said())
        return monitor

    def said(self):
        with open(self.words, encoding="utf-8") as file:
            return file.read()

    def stop(self, monitor, number=signal.SIGTERM):
        monitor.send_signal(number)
        self.assertEqual(monitor.wait(SECONDS_MAX), 0, self.said())

    def rows(self, sql, database=None):
        db = sqlite3.connect(database or self.database)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def size(self, name):
        """0 once it has another name, or none: slices are renamed, and pushed out, meanwhile."""
        try:
            return os.path.getsize(self.path(name))
        except FileNotFoundError:
            return 0

    def names(self):
        return sorted(os.listdir(self.evidence))

    def path(self, name):
        return os.path.join(self.evidence, name)

    def slice(self, name):
        with open(self.path(name), "rb") as file:
            return read_slice(file.read())

    def analyze(self, path):
        again = os.path.join(self.folder, "again.db")
        if os.path.exists(again):
            os.unlink(again)
        done = subprocess.run([SEEOTHER, "analyze", "--format", "none", "-d", again, path],
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return self.rows("SELECT rule, severity, strength, confidence FROM findings ORDER BY rule",
                         again)

    def counted(self, name):
        return self.rows(f"SELECT value FROM coverage WHERE stage = 'evidence' AND counter = '{name}'"
                         )[0][0]

    def test_the_slice_tells_the_same(self):
        dump = os.path.join(self.folder, "same.pcap")
        tcpdump = self.start("tcpdump", "-i", "lo", "-U", "-Z", "root", "-w", dump,
                             stderr=subprocess.DEVNULL)
        wait_for("tcpdump writes", lambda: os.path.exists(dump) and os.path.getsize(dump))
        monitor = self.watch()
        self.curl("/nothing/to/see")
        self.sin()
        wait_for("the slice is there while it runs", lambda: self.rows(
            "SELECT 1 FROM violations WHERE evidence_file IS NOT NULL"))
        name, = self.names()
        self.assertRegex(name, FORM)
        self.assertEqual(stat.S_IMODE(os.stat(self.path(name)).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.evidence).st_mode), 0o700)
        self.stop(monitor)
        self.assertEqual(self.names(), [name])
        # All findings of the redirect are in the one slice.
        self.assertEqual(self.rows("SELECT DISTINCT evidence_file FROM findings"), [(name,)])
        findings = self.rows(
            "SELECT rule, severity, strength, confidence FROM findings ORDER BY rule")
        self.assertIn("303-method-not-get", [row[0] for row in findings])
        self.assertEqual(self.analyze(self.path(name)), findings)
        cut = self.slice(name)
        self.assertIn("From lo.", cut.comments[0])
        self.assertIn("secrets included", cut.comments[0])
        self.assertNotIn("Not all", cut.comments[0])
        self.assertEqual(cut.interfaces[0][3], "lo")
        comments = [comment for frame in cut.frames for comment in frame.comments]
        self.assertIn("R: POST /r/303/done", comments)
        self.assertIn("F: POST /done \u2014 303-method-not-get", comments)
        self.assertNotIn(b"/nothing/to/see", b"".join(frame.octets for frame in cut.frames))
        shown = subprocess.run([SEEOTHER, "query", "-d", self.database, "finding", "--param",
                                "id=1"], capture_output=True, text=True, check=True).stdout
        self.assertIn(name, shown)
        # What `extract` takes from a capture of the same is the same.
        tcpdump.send_signal(signal.SIGINT)
        tcpdump.wait(SECONDS_MAX)
        offline, out = os.path.join(self.folder, "offline.db"), os.path.join(self.folder, "o.pcapng")
        subprocess.run([SEEOTHER, "analyze", "--format", "none", "-d", offline, dump], check=True)
        number, = self.rows("SELECT id FROM violations", offline)[0]
        subprocess.run([SEEOTHER, "extract", "-q", "-d", offline, "--finding", str(number), "-o",
                        out], check=True)
        with open(out, "rb") as file:
            self.assertEqual([frame.octets for frame in read_slice(file.read()).frames],
                             [frame.octets for frame in cut.frames])
        self.assertEqual(self.counted("slices"), 1)
        self.assertEqual(self.counted("findings_with_slice"), len(findings))
        tool = shutil.which("tshark")
        if tool:
            read = subprocess.run([tool, "-r", self.path(name)], capture_output=True, check=True)
            self.assertEqual(len(read.stdout.splitlines()), len(cut.frames))

    def test_a_late_answer_is_waited_for(self):
        monitor = self.watch()
        self.sin("/r/303/slow/1.5/done")
        wait_for("a slice", self.names)
        self.stop(monitor)
        for name in self.names():
            octets = b"".join(frame.octets for frame in self.slice(name).frames)
            self.assertIn(b"X-Late: here", octets)

    def test_what_waits_is_written_at_the_end(self):
        monitor = self.watch()
        self.start("curl", "-s", "-L", "-X", "POST", "-d", "a=1",
                   "http://127.0.0.1:8080/r/303/slow/6/done")
        wait_for("the finding", lambda: self.rows("SELECT 1 FROM violations"))
        self.stop(monitor)
        name, = self.names()
        self.assertEqual(self.rows("SELECT evidence_file FROM violations"), [(name,)])
        self.assertNotIn(b"X-Late", b"".join(frame.octets for frame in self.slice(name).frames))

    def test_whoever_opens_the_files(self):
        """The parent of a contained process, or that process itself."""
        monitor = self.watch("--no-sandbox")
        self.sin()
        wait_for("a slice", self.names)
        self.stop(monitor)
        self.assertEqual(self.rows("SELECT evidence_file FROM violations"),
                         [(name,) for name in self.names()])

    def test_two_interfaces_are_one_story(self):
        monitor = self.watch("-i", "any")
        for number in range(4):
            self.sin(f"/r/303/done/{number}")
        wait_for("four slices", lambda: len(self.names()) == 4)
        self.stop(monitor)
        wanted = self.rows("SELECT rule, severity, strength, confidence FROM findings"
                           " WHERE redirect_id = 1 ORDER BY rule")
        for name in self.names():
            self.assertEqual(self.analyze(self.path(name)), wanted)

    def test_the_number_is_bounded(self):
        os.mkdir(self.evidence)
        for name in ("mine.pcapng", "seeother-1.pcapng", "seeother-20201120T201530Z-000001.pcapng.x"):
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write("precious")
        for name in ("seeother-20201120T201530Z-000001.pcapng",
                     "seeother-20201120T201530Z-000002.pcapng.part"):
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write("ours")
        monitor = self.watch("--evidence-keep", "3")
        most = 0
        for number in range(8):
            self.sin(f"/r/303/done/{number}")
            most = max(most, len(self.names()))
        wait_for("the last one", lambda: self.rows("SELECT count(evidence_file) FROM violations")
                 == [(8,)])
        self.stop(monitor)
        self.assertLessEqual(most, 3 + 3 + 2)
        self.assertEqual([name for name in self.names() if not FORM.fullmatch(name)],
                         ["mine.pcapng", "seeother-1.pcapng",
                          "seeother-20201120T201530Z-000001.pcapng.x"])
        kept = [name for name in self.names() if FORM.fullmatch(name)]
        self.assertEqual(kept, sorted(row[0] for row in self.rows(
            "SELECT evidence_file FROM violations ORDER BY id DESC LIMIT 3")))

    def test_the_size_is_bounded(self):
        content = os.path.join(self.folder, "content")
        with open(content, "wb") as file:
            file.write(bytes(300_000))
        monitor = self.watch("--evidence-size", "1")
        most = 0
        for number in range(8):
            self.curl(f"/r/303/done/{number}", "-L", "-X", "POST", "--data-binary", "@" + content)
            time.sleep(0.3)
            most = max(most, sum(map(self.size, self.names())))
        wait_for("the last one", lambda: self.rows("SELECT count(evidence_file) FROM violations")
                 == [(8,)])
        self.stop(monitor)
        self.assertLessEqual(most, MIB)
        self.assertIn(len(self.names()), (1, 2, 3))

    def test_what_is_older_than_wished_goes(self):
        os.mkdir(self.evidence)
        old = "seeother-20201120T201530Z-000001.pcapng"
        new = time.strftime("seeother-%Y%m%dT%H%M%SZ-000001.pcapng", time.gmtime(time.time() - 3600))
        for name in (old, new):
            with open(self.path(name), "w", encoding="ascii"):
                pass
        monitor = self.watch("--evidence-days", "1")
        wait_for("it is gone", lambda: self.names() == [new])
        self.stop(monitor)

    def test_frames_that_have_left_memory_are_missed(self):
        """Three MiB between the handshake and the follow-up, and memory for one."""
        content = os.path.join(self.folder, "content")
        with open(content, "wb") as file:
            file.write(bytes(3_000_000))
        monitor = self.watch("--evidence-buffer", "1")
        self.curl("/r/303/done", "-L", "-X", "POST", "--data-binary", "@" + content)
        wait_for("a slice", self.names)
        self.stop(monitor)
        name = self.names()[0]
        cut = self.slice(name)
        self.assertIn("Not all that was asked for could be had.", cut.comments[0])
        self.assertIn("kept in memory for a while only", cut.comments[0])
        self.assertLess(os.path.getsize(self.path(name)), 1.2 * MIB)
        self.assertGreater(self.counted("frames_forgotten"), 0)
        self.assertEqual(self.counted("slices_lacking"), len(self.names()))

    def test_useless_frames_are_not_kept(self):
        """UDP, and what HTTP has turned away from, leave the memory to the others."""
        noise = ("import socket, threading\n"
                 "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                 "for _ in range(500): s.sendto(bytes(8000), ('127.0.0.1', 9))\n"
                 "listener = socket.create_server(('127.0.0.1', 9000))\n"
                 "def drain():\n"
                 " c = listener.accept()[0]\n"
                 " while c.recv(65536): pass\n"
                 "threading.Thread(target=drain).start()\n"
                 "c = socket.create_connection(('127.0.0.1', 9000))\n"
                 "for _ in range(100): c.sendall(b'\\x16\\x03\\x01\\x02\\x00\\x01' + bytes(40000))\n"
                 "c.close()\n")
        monitor = self.watch("--evidence-buffer", "1")
        self.start("curl", "-s", "-L", "-X", "POST", "-d", "a=1",
                   "http://127.0.0.1:8080/r/303/slow/1.5/done")
        time.sleep(0.2)
        self.assertEqual(self.start(sys.executable, "-c", noise).wait(SECONDS_MAX), 0)
        wait_for("a slice", self.names)
        self.stop(monitor)
        self.assertNotIn("Not all", self.slice(self.names()[0]).comments[0])
        self.assertGreater(self.counted("frames_of_no_use"), 500)

    def test_a_full_disk_is_said_once_and_waited_for(self):
        os.mkdir(self.evidence)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", self.evidence],
                       check=True)
        try:
            filler = self.path("filler")
            with open(filler, "wb") as file:
                file.write(bytes(512 * 1024))
            monitor = self.watch()
            for number in range(3):
                self.sin(f"/r/303/done/{number}")
                time.sleep(0.3)
            wait_for("it is said", lambda: "No space left on device" in self.said())
            self.assertEqual(self.said().count("No space left"), 1)
            self.assertEqual(self.names(), ["filler"])
            wait_for("findings are stored all the same", lambda: self.rows(
                "SELECT count(*), count(evidence_file) FROM violations") == [(3, 0)])
            os.unlink(filler)
            self.sin("/r/303/done/last")
            wait_for("it is said", lambda: "evidence is written again" in self.said())
            self.stop(monitor)
            self.assertEqual(len(self.names()), 1)
            self.assertEqual(self.rows("SELECT count(*), count(evidence_file) FROM violations"),
                             [(4, 1)])
            self.assertGreaterEqual(self.counted("slices_failed"), 3)
        finally:
            subprocess.run(["umount", self.evidence], check=True)

    def test_rotation(self):
        monitor = self.watch("--rotate-time", "1")
        for number in range(10):
            self.sin(f"/r/303/done/{number}")
            time.sleep(0.25)
        self.stop(monitor)
        databases = [os.path.join(self.folder, name) for name in os.listdir(self.folder)
                     if name.startswith("live-") and name.endswith(".db")]
        self.assertGreater(len(databases), 2)
        named = [row for path in databases for row in self.rows(
            "SELECT evidence_file, uri FROM violations", path)]
        self.assertEqual(len(named), 10)
        self.assertEqual(sorted({name for name, _ in named}), self.names())
        for name, uri in named:
            octets = b"".join(frame.octets for frame in self.slice(name).frames)
            self.assertIn(uri.replace("http://127.0.0.1:8080", "").encode(), octets)

    def test_what_is_known_needs_no_evidence(self):
        known = os.path.join(self.folder, "known")
        with open(known, "w", encoding="ascii") as file:
            file.write("* * * never known\n")
        monitor = self.watch("--suppress", known)
        self.sin()
        wait_for("the finding", lambda: self.rows("SELECT 1 FROM violations"))
        self.stop(monitor)
        self.assertEqual(self.names(), [])

    def test_wrong_words(self):
        for options, status, word in (
                (["--evidence", SEEOTHER], 1, "Not a directory"),
                (["--evidence", "/nowhere/at/all"], 1, "No such file"),
                (["--evidence", ""], 2, "directory"),
                (["--evidence-size", "0"], 2, "MiB"), (["--evidence-keep", "x"], 2, "files"),
                (["--evidence-days", "-1"], 2, "days"), (["--evidence-buffer", "70000"], 2, "MiB")):
            done = subprocess.run([SEEOTHER, "monitor", "-i", "lo", "-d", self.database, *options],
                                  capture_output=True, check=False, timeout=SECONDS_MAX)
            self.assertEqual(done.returncode, status, options)
            self.assertIn(word, done.stderr.decode())


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in ("ip", "curl", "tcpdump") if not shutil.which(tool)]
    if os.geteuid() != 0 or missing:
        print("skipped: needs root" if not missing else f"skipped: there is no {missing[0]} here")
        sys.exit(77)
    probe = f"see-{os.getpid()}-p"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False).returncode:
        print("skipped: no network namespace can be made here")
        sys.exit(77)
    subprocess.run(["ip", "netns", "delete", probe], check=True)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])


if __name__ == "__main__":
    main()
