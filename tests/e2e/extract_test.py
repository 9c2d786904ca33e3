#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Evidence out of captures: which frames, unchanged, with what comments, and what is refused.

usage: extract_test.py SEEOTHER SAMPLES
"""
import glob
import gzip
import os
import shutil
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

from craft import Capture
from slice import read_slice

SEEOTHER = os.path.abspath(sys.argv[1])
SAMPLES = os.path.abspath(sys.argv[2])
REWRITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rewrite", "rewrite.py")
VIOLATING = os.path.join(SAMPLES, "w3m-307-post.pcap")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def request(method, target, content=b"", more=b""):
    head = method + b" " + target + b" HTTP/1.1\r\nHost: shop.example\r\n" + more
    return head + b"Content-Length: %d\r\n\r\n" % len(content) + content


def redirect(status, location):
    return (b"HTTP/1.1 %d Moved\r\nContent-Length: 0\r\nLocation: " % status + location
            + b"\r\n\r\n")


# Rules about more than one redirect and its follow-up (for a chain there is --chain).
REST_ON_MORE = {"cycle-not-broken", "chain-too-long", "ambiguous-redirect"}
BROKEN = [request(b"POST", b"/a", b"x=1"), redirect(307, b"/b"), request(b"GET", b"/b"), OK]


class Extract(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.database = os.path.join(self.folder, "test.db")
        self.output = os.path.join(self.folder, "evidence.pcapng")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_it(self, *arguments, **options):
        return subprocess.run([SEEOTHER, *arguments], capture_output=True, check=False,
                              cwd=self.folder, **options)

    def analyze(self, *captures, database=None, **options):
        done = self.run_it("analyze", "--format", "none", "-d", database or self.database,
                           *captures, **options)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def extract(self, *arguments, status=0):
        done = self.run_it("extract", "-d", self.database, "-o", self.output, *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, b"")
        return done.stderr.decode()

    def slice(self):
        with open(self.output, "rb") as file:
            return read_slice(file.read())

    def rows(self, sql, database=None):
        db = sqlite3.connect(database or self.database)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def findings(self, database=None):
        return sorted(self.rows("SELECT rule, severity, confidence, message FROM findings",
                                database))

    @staticmethod
    def frames_of(path):
        """Times and octets of a pcap file in our byte order."""
        with open(path, "rb") as file:
            data = file.read()
        at, frames = 24, []
        while at < len(data):
            seconds, fraction, length, wire = struct.unpack_from("<IIII", data, at)
            frames.append((seconds * 10**9 + fraction * 1000, data[at + 16:at + 16 + length], wire))
            at += 16 + length
        return frames

    def test_the_frames_of_a_finding(self):
        self.analyze(VIOLATING)
        said = self.extract("--finding", "1")
        self.assertIn("12 frames as captured, secrets included", said)
        cut = self.slice()
        whole = self.frames_of(VIOLATING)
        # Both handshakes, both exchanges with what was acknowledged between, no closing.
        numbers = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]
        self.assertEqual([(frame.time_ns, frame.octets, frame.wire_len) for frame in cut.frames],
                         [whole[number - 1] for number in numbers])
        self.assertEqual({numbers[i]: frame.comments for i, frame in enumerate(cut.frames)
                          if frame.comments},
                         {4: ["R: POST /order"], 6: ["S: 307 to /v2/order"],
                          14: ["F: GET /v2/order \u2014 307-method-changed"]})
        self.assertIn("w3m-307-post.pcap", cut.comments[0])
        self.assertIn("secrets included", cut.comments[0])
        self.assertNotIn(SAMPLES, cut.comments[0] + cut.interfaces[0][3])
        self.assertTrue(cut.application.startswith("seeother "))
        self.assertEqual(cut.interfaces[0][:2], (1, 262144))
        self.assertEqual(stat.S_IMODE(os.stat(self.output).st_mode), 0o600)

    def test_every_finding_is_found_again_in_its_slice(self):
        samples = sorted(os.path.join(SAMPLES, name) for name in os.listdir(SAMPLES)
                         if name.endswith(".pcap"))
        self.analyze(*samples)
        # Where exchanges before these are left out, a gap is in their place, and nothing is sure.
        rows = self.rows("SELECT v.id, v.rule, v.severity FROM findings AS v"
                         "  JOIN redirect AS r ON r.id = v.redirect_id"
                         "  JOIN exchanges AS e ON e.id = r.exchange_id"
                         "  LEFT JOIN exchanges AS f ON f.id = r.followup_exchange_id"
                         " WHERE e.place = 1 AND ifnull(f.place, 1) <="
                         "       1 + (f.connection_id IS e.connection_id)")
        self.assertGreater(len(rows), 10)
        for number, rule, severity in rows:
            self.extract("--finding", str(number))
            again = self.path(f"again{number}.db")
            self.analyze(self.output, database=again)
            if rule in REST_ON_MORE or severity == "info":
                continue
            self.assertIn((rule, severity), [row[:2] for row in self.findings(again)], number)

    def test_a_head_whose_beginning_came_late(self):
        late = redirect(307, b"/b").replace(b"Location", b"X-Long: " + b"x" * 1500 + b"\r\nLocation")
        capture = Capture().dialog([BROKEN[0], late, *BROKEN[2:]])
        # The two segments of the redirect, the other way round, and the first a little later.
        (first, begin), (second, end) = capture.frames[4:6]
        capture.frames[4:6] = [(first, end), (second, begin)]
        self.analyze(capture.write(self.path("late.pcap")))
        self.assertEqual(self.rows("SELECT e.response_frame, e.response_last_frame, r.delay_ms,"
                                   " r.confidence FROM redirects AS r"
                                   " JOIN exchanges AS e ON e.id = r.exchange_id"),
                         [(6, 6, 0.1, "high")])
        (number,), = self.rows("SELECT id FROM violations")
        self.extract("--finding", str(number))
        octets = [frame.octets for frame in self.slice().frames]
        self.assertIn(begin, octets)
        self.assertIn(end, octets)

    def test_a_chain(self):
        self.analyze(os.path.join(SAMPLES, "curl-redirect-loop.pcap"))
        (chain, hops), = self.rows("SELECT id, hops FROM chains ORDER BY hops DESC LIMIT 1")
        self.extract("--chain", str(chain))
        comments = [comment for frame in self.slice().frames for comment in frame.comments]
        self.assertEqual(len([one for one in comments if one.startswith("S: ")]), hops)
        # A follow-up that is redirected again is both.
        self.assertIn(2, [len(frame.comments) for frame in self.slice().frames])
        again = self.path("again.db")
        self.analyze(self.output, database=again)
        self.assertEqual(self.findings(again), self.findings())

    def test_several_at_once(self):
        capture = Capture()
        for client in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
            capture.dialog(BROKEN, client=client).pause(40)
        path = capture.write(self.path("three.pcap"))
        self.analyze(path)
        self.extract("--finding", "1")
        one = len(self.slice().frames)
        self.extract("--finding", "1", "--finding", "3", "--finding", "1")
        self.assertEqual(len(self.slice().frames), 2 * one)
        self.extract("--finding", "1", "--of-client", "192.0.2.1", "--chain", "2")
        self.assertEqual(len(self.slice().frames), 2 * one)
        self.extract("--of-client", "192.0.2.3")
        self.assertEqual({frame.octets[26:30] for frame in self.slice().frames},
                         {bytes([192, 0, 2, 3]), bytes([198, 51, 100, 1])})
        times = [frame.time_ns for frame in self.slice().frames]
        self.assertEqual(times, sorted(times))

    def test_other_exchanges_of_the_connection_are_not_taken(self):
        turns = [request(b"GET", b"/private?s3cr3t"), OK, *BROKEN, request(b"GET", b"/later"), OK]
        path = Capture().dialog(turns).write(self.path("kept.pcap"))
        self.analyze(path)
        self.extract("--finding", "1")
        octets = b"".join(frame.octets for frame in self.slice().frames)
        self.assertIn(b"POST /a", octets)
        self.assertNotIn(b"/private", octets)
        self.assertNotIn(b"/later", octets)
        flags = [frame.octets[47] for frame in self.slice().frames]
        self.assertEqual(flags[:3], [0x02, 0x12, 0x10])
        self.assertEqual(len(flags), 3 + 4)

    def test_ports_used_again(self):
        capture = Capture()
        for _ in range(3):
            capture.port = 40000
            capture.dialog(BROKEN).pause(60)
        self.analyze(capture.write(self.path("again.pcap")))
        for number in (1, 2, 3):
            self.extract("--finding", str(number))
            frames = self.slice().frames
            self.assertEqual(len(frames), 7)
            self.assertLess(frames[-1].time_ns - frames[0].time_ns, 10**9)

    def test_whatever_the_form(self):
        """Fragments, tunnels, packed files, several interfaces: the slice tells the same."""
        for transforms in (["gzip"], ["pcapng", "gzip"], ["fragment:64"], ["vxlan", "fragment:104"],
                           ["vlan:7"], ["nanoseconds"], ["bigendian"], ["pcapng-two-interfaces"],
                           ["pcapng-two-sections", "zstd"], ["duplicate"], ["reorder:3"], ["ipv6"],
                           ["vxlan", "split:5"]):
            path = self.path("-".join(transforms).replace(":", ""))
            done = subprocess.run([sys.executable, REWRITE, VIOLATING, path, *transforms],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, (transforms, done.stderr))
            self.database = path + ".db"
            parts = sorted(glob.glob(glob.escape(path) + ".[0-9]"))
            self.analyze(*(parts or [path]))
            self.extract("--finding", "1")
            again = path + ".again.db"
            self.analyze(self.output, database=again)
            self.assertEqual(self.findings(again), self.findings(), transforms)
            comments = [one[:2] for frame in self.slice().frames for one in frame.comments]
            self.assertEqual(comments, ["R:", "S:", "F:"], transforms)

    def test_a_port_of_vxlan_that_the_run_was_told(self):
        path = self.path("vxlan.pcap")
        subprocess.run([sys.executable, REWRITE, VIOLATING, path, "vxlan-port:14789"], check=True)
        self.analyze("--vxlan-port", "14789", path)
        self.extract("--finding", "1")
        self.assertEqual(len(self.slice().frames), 12)

    def test_a_rotation(self):
        path = Capture().dialog(BROKEN).write(self.path("whole.pcap"))
        with open(path, "rb") as file:
            data = file.read()
        frames, at = [], 24
        while at < len(data):
            length, = struct.unpack_from("<I", data, at + 8)
            frames.append(data[at:at + 16 + length])
            at += 16 + length
        parts = []
        for i in range(0, len(frames), 2):
            parts.append(self.path(f"part{i}.pcap"))
            with open(parts[-1], "wb") as file:
                file.write(data[:24] + b"".join(frames[i:i + 2]))
        self.analyze(*parts)
        self.extract("--finding", "1")
        self.assertEqual([frame.octets for frame in self.slice().frames],
                         [frame[16:] for frame in frames[:7]])
        self.assertEqual(len(self.slice().interfaces), 4)
        os.unlink(parts[1])
        said = self.extract("--finding", "1", status=1)
        self.assertIn("part2.pcap", said)
        self.assertEqual(len(self.slice().frames), 5)
        self.assertIn("Not all", self.slice().comments[0])

    def test_times_before_1970_and_nanoseconds(self):
        capture = Capture().dialog(BROKEN)
        path = self.path("nano.pcapng")
        blocks = [struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28),
                  struct.pack("<IIHHIHHIHHqII", 1, 44, 1, 0, 0, 9, 1, 9, 14, 8, -2_000_000_000, 0,
                              44)]
        for i, (_, octets) in enumerate(capture.frames):
            time = 10**9 + i * 1_000_001
            padded = octets + bytes(-len(octets) % 4)
            length = 32 + len(padded)
            blocks.append(struct.pack("<IIIIIII", 6, length, 0, time >> 32, time & 0xFFFFFFFF,
                                      len(octets), len(octets)) + padded
                          + struct.pack("<I", length))
        with open(path, "wb") as file:
            file.write(b"".join(blocks))
        self.analyze(path)
        self.extract("--finding", "1")
        start = -1_999_999_999 * 10**9
        self.assertEqual([frame.time_ns for frame in self.slice().frames],
                         [start + i * 1_000_001 for i in range(7)])

    def test_a_capture_that_has_moved(self):
        shutil.copy(VIOLATING, self.path("here.pcap"))
        self.analyze("here.pcap")
        os.makedirs(self.path("elsewhere"))
        os.rename(self.path("here.pcap"), self.path("elsewhere/here.pcap"))
        said = self.extract("--finding", "1", status=1)
        self.assertRegex(said, "(?m)^seeother: here.pcap: .*moved")
        self.assertFalse(os.path.exists(self.output))
        shutil.move(self.database, self.path("elsewhere/test.db"))
        self.database = self.path("elsewhere/test.db")
        said = self.extract("--finding", "1")
        self.assertIn("taken from " + self.path("elsewhere/here.pcap"), said)
        self.assertEqual(len(self.slice().frames), 12)

    def test_a_capture_that_has_changed(self):
        path = self.path("changing.pcap")
        shutil.copy(VIOLATING, path)
        self.analyze(path)
        with open(VIOLATING, "rb") as file:
            data = file.read()
        first = 24 + 16 + struct.unpack_from("<I", data, 32)[0]
        # More of the same: what was analysed is still there, and so is the evidence.
        with open(path, "wb") as file:
            file.write(data + data[24:first])
        said = self.extract("--finding", "1", status=1)
        self.assertIn("has changed since it was analysed: 20 packets", said)
        self.assertEqual(len(self.slice().frames), 12)
        os.unlink(self.output)
        # A frame less in front: every number leads astray.
        for changed in (data[:24] + data[first:],
                        data.replace(bytes([203, 0, 113, 11]), bytes([203, 0, 113, 12])),
                        data[:24]):
            with open(path, "wb") as file:
                file.write(changed)
            said = self.extract("--finding", "1", status=1)
            self.assertIn("has changed since it was analysed", said)
            self.assertFalse(os.path.exists(self.output))
        with open(path, "wb") as file:
            file.write(b"no capture at all, but quite long enough to be one")
        self.assertRegex(self.extract("--finding", "1", status=1), "changing.pcap: the file is neither")
        with open(path, "wb") as file:
            file.write(gzip.compress(data))
        self.extract("--finding", "1")

    def test_a_damaged_capture_is_no_changed_one(self):
        path = self.path("cut.pcap")
        with open(VIOLATING, "rb") as file:
            data = file.read()
        with open(path, "wb") as file:
            file.write(data[:-7])
        done = self.run_it("analyze", "-q", "--format", "none", "-d", self.database, path)
        self.assertEqual(done.returncode, 1)
        self.extract("--finding", "1")
        self.assertEqual(len(self.slice().frames), 12)

    def test_what_was_no_file(self):
        with open(VIOLATING, "rb") as file:
            self.analyze("-", stdin=file)
        self.assertIn("not read from a file", self.extract("--finding", "1", status=1))

    def test_what_is_asked_must_be_there(self):
        self.analyze(VIOLATING)
        self.assertIn("there is no finding 99", self.extract("--finding", "99", status=1))
        self.assertIn("no chain 7", self.extract("--chain", "7", status=1))
        self.assertIn("192.0.2.99", self.extract("--of-client", "192.0.2.99", status=1))
        for wrong in ([], ["--finding", "x"], ["--finding", "-1"], ["--chain", ""], ["operand"],
                      ["--nonsense"], ["--finding", "99999999999999999999"]):
            self.extract(*wrong, status=2)
        done = self.run_it("extract", "-d", "missing.db", "--finding", "1")
        self.assertEqual(done.returncode, 1)
        self.assertFalse(os.path.exists(self.path("missing.db")))
        self.assertFalse(os.path.exists(self.output))

    def test_what_must_not_be_written_over(self):
        path = self.path("mine.pcap")
        shutil.copy(VIOLATING, path)
        self.analyze(path)
        os.link(path, self.path("alias.pcap"))
        for precious in (path, self.path("alias.pcap"), self.database):
            self.output = precious
            self.assertIn("name another file", self.extract("--finding", "1", status=2))
        with open(VIOLATING, "rb") as one, open(path, "rb") as other:
            self.assertEqual(one.read(), other.read())
        self.output = self.path("no/such/folder.pcapng")
        self.extract("--finding", "1", status=1)
        self.output = "/dev/full"
        self.extract("--finding", "1", status=1)
        self.output = self.path("evidence.pcapng")
        for _ in range(2):
            self.extract("--finding", "1")
        self.assertEqual([name for name in os.listdir(self.folder) if "part" in name], [])

    def test_what_another_one_left_is_no_hindrance(self):
        """Files that were left by one that was killed, or are of one that runs, stay as they are."""
        self.analyze(VIOLATING)
        precious = self.path("precious")
        with open(precious, "w", encoding="ascii") as file:
            file.write("mine")
        os.symlink(precious, self.output + ".part")
        for name in (".0000000000000000.part", ".part2"):
            with open(self.output + name, "w", encoding="ascii") as file:
                file.write("theirs")
        before = sorted(os.listdir(self.folder))
        for options in ([], ["--no-sandbox"]):
            self.extract("--finding", "1", *options)
            self.assertEqual(len(self.slice().frames), 12)
            self.assertEqual(stat.S_IMODE(os.stat(self.output).st_mode), 0o600)
            os.remove(self.output)
            self.assertEqual(sorted(os.listdir(self.folder)), before)
        with open(precious, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")

    def test_standard_output(self):
        self.analyze(VIOLATING)
        done = self.run_it("extract", "-d", self.database, "--finding", "1")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(read_slice(done.stdout).frames), 12)
        self.assertIn(b"secrets included", done.stderr)
        done = self.run_it("extract", "-q", "-d", self.database, "--finding", "1")
        self.assertEqual(done.stderr, b"")

    def test_words_of_the_wire_drive_nothing(self):
        nasty = b"/\xc2\x9b2J\xe2\x80\xae" + b"y" * 3000 + "\u00e9".encode() * 400
        turns = [request(b"PUT", nasty, b"x"), redirect(308, nasty), request(b"GET", nasty), OK]
        self.analyze(Capture().dialog(turns).write(self.path("nasty.pcap")))
        self.extract("--of-client", "192.0.2.1")
        comments = [one for frame in self.slice().frames for one in frame.comments]
        self.assertEqual(len(comments), 3)
        for comment in comments:
            self.assertNotIn("\x9b", comment)
            self.assertNotIn("\u202e", comment)
            self.assertLessEqual(len(comment.encode()), 1024)

    @unittest.skipUnless(shutil.which("tshark") and shutil.which("capinfos"),
                         "tshark is not installed")
    def test_wireshark_reads_it(self):
        kept = [request(b"GET", b"/before"), OK, *BROKEN]
        path = Capture().dialog(kept).dialog(BROKEN, client="192.0.2.2").write(
            self.path("more.pcap"))
        mixed = self.path("mixed.pcapng")
        subprocess.run([sys.executable, REWRITE, VIOLATING, mixed,
                        "pcapng-two-interfaces"], check=True)
        self.analyze(VIOLATING, path, mixed)
        self.extract(*[part for number, in self.rows("SELECT id FROM findings")
                       for part in ("--finding", str(number))])
        done = subprocess.run(["capinfos", "-M", self.output], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("seeother", done.stdout)

        def tshark(*arguments):
            done = subprocess.run(["tshark", "-n", "-r", self.output, *arguments], text=True,
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotRegex(done.stderr, "appears to|cut short|corrupt|malformed")
            return done.stdout.splitlines()

        self.assertEqual(len(tshark()), len(self.slice().frames))
        self.assertEqual(tshark("-Y", "_ws.malformed or _ws.expert.severity == error"), [])
        # Wireshark must see HTTP where we do.
        seen = tshark("-Y", "frame.comment", "-T", "fields", "-e", "frame.comment", "-e",
                      "http.request.method", "-e", "http.response.code")
        wanted = [(",".join(frame.comments), frame.comments[0][3:].split()[0])
                  for frame in self.slice().frames if frame.comments]
        self.assertEqual([(line.split("\t")[0], "".join(line.split("\t")[1:])) for line in seen],
                         wanted)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
