#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `seeother monitor` does beside finding: interfaces that go and come, drops, signals, metrics.

usage: live_test.py SEEOTHER

Everything happens in network namespaces of its own.  Exits with 77 (skipped) without root, ip or
curl; the page of metrics is checked by promtool where that is installed.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

import craft

SECONDS_MAX = 20
SEEOTHER = os.path.abspath(sys.argv[1])


def wait_for(what, condition):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {SECONDS_MAX} s: {what}")
        time.sleep(0.02)


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, timeout=SECONDS_MAX, **options)


# Answers /r/STATUS/... with that redirect to /done, and the rest with 200.
SERVER = r"""
import http.server
class Redirecting(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/r/"):
            self.send_response(int(self.path.split("/")[2]))
            self.send_header("Location", "/done")
        else:
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_POST = answer
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Redirecting).serve_forever()
"""


class Live(unittest.TestCase):
    """Each test has two namespaces, joined by a wire: here eth0 10.9.0.1, there 10.9.0.2."""

    def setUp(self):
        self.here, self.there = f"see-{os.getpid()}-a", f"see-{os.getpid()}-b"
        self.started = []
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o777)
        self.database = os.path.join(self.folder, "live.db")
        self.words = os.path.join(self.folder, "words")
        run("ip", "netns", "add", self.here)
        run("ip", "netns", "add", self.there)
        run("ip", "-n", self.here, "link", "set", "lo", "up")
        self.make_wire()
        self.start(self.there, sys.executable, "-c", SERVER)
        wait_for("the server answers", lambda: self.curl("/", check=False).returncode == 0)

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        for name in (self.here, self.there):
            subprocess.run(["ip", "netns", "delete", name], check=False)
        shutil.rmtree(self.folder)

    def make_wire(self):
        run("ip", "link", "add", "eth0", "netns", self.here, "type", "veth", "peer", "name", "eth0",
            "netns", self.there)
        for name, address in ((self.here, "10.9.0.1/24"), (self.there, "10.9.0.2/24")):
            run("ip", "-n", name, "address", "add", address, "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")

    def start(self, namespace, *command, **options):
        process = subprocess.Popen(["ip", "netns", "exec", namespace, *command], **options)
        self.started.append(process)
        return process

    def curl(self, path, *options, check=True):
        return subprocess.run(["ip", "netns", "exec", self.here, "curl", "-s", "-m", "5", *options,
                               "http://10.9.0.2:8080" + path], check=check, capture_output=True)

    def watch(self, *options, environment=None):
        with open(self.words, "ab") as words:
            monitor = self.start(
                self.here, SEEOTHER, "monitor", "-i", "eth0", "-d", self.database, "--format",
                "none", *options, stderr=words, stdout=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})})
        wait_for("the monitor watches", lambda: "watching" in self.said())
        return monitor

    def said(self):
        with open(self.words, encoding="utf-8") as file:
            return file.read()

    def stop(self, monitor, number=signal.SIGTERM):
        monitor.send_signal(number)
        self.assertEqual(monitor.wait(SECONDS_MAX), 0, self.said())

    def rows(self, sql):
        db = sqlite3.connect(self.database)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def paths(self):
        """Of the redirects that were stored, by number."""
        return [row[0].rsplit("/", 1)[1] for row in self.rows(
            "SELECT uri FROM redirects ORDER BY time_ns")]

    def test_an_interface_goes_down_and_comes_back(self):
        monitor = self.watch()
        self.curl("/r/303/1", "-L", "-d", "a=1")
        run("ip", "-n", self.here, "link", "set", "eth0", "down")
        wait_for("it is said", lambda: "eth0: the interface is down; waiting for it" in self.said())
        run("ip", "-n", self.here, "link", "set", "eth0", "up")
        wait_for("it is said", lambda: "eth0: the interface is back; going on" in self.said())
        wait_for("the wire carries", lambda: self.curl("/", check=False).returncode == 0)
        self.curl("/r/303/2", "-L", "-d", "a=1")
        self.stop(monitor)
        self.assertEqual(self.paths(), ["1", "2"])

    def test_an_interface_goes_away_and_comes_back(self):
        monitor = self.watch()
        self.curl("/r/303/1", "-L", "-d", "a=1")
        run("ip", "-n", self.here, "link", "delete", "eth0")
        wait_for("it is said", lambda: "eth0: the interface is gone; waiting for it" in self.said())
        self.make_wire()
        wait_for("it is said", lambda: "eth0: the interface is back; going on" in self.said())
        wait_for("the wire carries", lambda: self.curl("/", check=False).returncode == 0)
        self.curl("/r/303/2", "-L", "-d", "a=1")
        self.stop(monitor)
        self.assertEqual(self.paths(), ["1", "2"])

    def test_two_interfaces_see_a_packet_once(self):
        monitor = self.watch("-i", "any", "-i", "lo")
        for number in range(5):
            self.curl(f"/r/307/{number}", "-L", "-d", "a=1")
        self.stop(monitor, signal.SIGINT)
        self.assertEqual(self.paths(), list("01234"))
        self.assertEqual(self.rows("SELECT source, status FROM captures ORDER BY id"),
                         [("eth0", "stopped"), ("any", "stopped"), ("lo", "stopped")])
        self.assertEqual(self.rows("SELECT DISTINCT outcome, confidence FROM redirects"),
                         [("followed", "high")])

    def test_what_the_kernel_drops_is_told_and_hides_nothing(self):
        monitor = self.watch("--buffer-size", "1", "--window", "5", "tcp", "port", "8080", "or", "udp")
        children = run("pgrep", "-P", str(monitor.pid)).stdout.split()
        reader = int(children[0])
        self.curl("/r/302/unfollowed")
        time.sleep(1)
        os.kill(reader, signal.SIGSTOP)
        self.start(self.here, sys.executable, "-c",
                   "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                   "for _ in range(6000): s.sendto(bytes(1400), ('10.9.0.2', 9))").wait(SECONDS_MAX)
        os.kill(reader, signal.SIGCONT)
        wait_for("it is said", lambda: "the kernel dropped" in self.said())
        wait_for("the window closes", lambda: self.rows("SELECT 1 FROM redirects"))
        self.stop(monitor)
        dropped = self.rows("SELECT kernel_dropped FROM captures")[0][0]
        self.assertGreater(dropped, 0)
        minutes = self.rows("SELECT sum(value) FROM coverage WHERE counter = 'kernel_dropped'"
                            " AND time IS NOT NULL")
        self.assertEqual(minutes, [(dropped,)])
        self.assertEqual(self.rows("SELECT outcome FROM redirects"), [("unobservable",)])

    def test_minutes_add_up(self):
        monitor = self.watch()
        self.curl("/r/302/1")
        self.stop(monitor)
        packets, octets = self.rows("SELECT packets, bytes FROM captures")[0]
        sums = dict(self.rows("SELECT counter, sum(value) FROM coverage WHERE time IS NOT NULL"
                              " AND stage = 'capture' GROUP BY counter"))
        self.assertGreater(packets, 0)
        self.assertEqual((sums["frames"], sums["octets"]), (packets, octets))

    def test_duration_and_count(self):
        began = time.monotonic()
        monitor = self.watch("--duration", "1")
        self.assertEqual(monitor.wait(SECONDS_MAX), 0)
        self.assertGreater(time.monotonic() - began, 0.9)
        self.words += "2"
        monitor = self.watch("--count", "3")
        self.curl("/")
        self.assertEqual(monitor.wait(SECONDS_MAX), 0)
        self.assertEqual(self.rows("SELECT packets, status FROM captures WHERE id = 2"),
                         [(3, "stopped")])

    def test_counters_on_demand(self):
        monitor = self.watch()
        self.curl("/r/302/1")
        wait_for("the frames are there", lambda: self.asked(monitor))
        self.stop(monitor)

    def asked(self, monitor):
        monitor.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
        return "seeother: http: messages" in self.said() and "redirects_waiting 1" in self.said()

    def test_metrics(self):
        path = os.path.join(self.folder, "metrics.sock")
        monitor = self.watch("--metrics", path)
        self.curl("/r/303/1", "-L", "-d", "a=1")

        def page():
            return run("curl", "-sf", "--unix-socket", path, "http://x/metrics").stdout.decode()
        wait_for("the redirect is counted",
                 lambda: 'seeother_pair_redirects_in_total{counter="redirects"} 1\n' in page())
        text = page()
        self.assertIn('seeother_interface_up{interface="eth0"} 1\n', text)
        self.assertIn("# TYPE seeother_stream_connections_open gauge\n", text)
        tool = shutil.which("promtool")
        if tool:
            run(tool, "check", "metrics", input=text.encode())
        else:
            print("skipped: promtool is not installed")
        before = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
        self.curl("/r/302/2")
        after = dict(line.rsplit(" ", 1) for line in page().splitlines() if line[0] != "#")
        for name, value in before.items():
            if "_total" in name:
                self.assertGreaterEqual(float(after[name]), float(value), name)
        self.stop(monitor)

    def test_metrics_over_loopback(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        monitor = self.watch("--metrics", f"127.0.0.1:{port}")
        text = run("ip", "netns", "exec", self.here, "curl", "-sf",
                   f"http://127.0.0.1:{port}/metrics").stdout.decode()
        self.assertIn("seeother_build_info", text)
        self.stop(monitor)

    def test_the_service_manager_is_told(self):
        path = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(SECONDS_MAX)
            monitor = self.watch(environment={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"})
            self.assertEqual(manager.recv(100), b"READY=1\nSTATUS=watching")
            self.assertEqual(manager.recv(100), b"WATCHDOG=1")
            self.assertEqual(manager.recv(100), b"WATCHDOG=1")
            monitor.send_signal(signal.SIGHUP)
            self.assertRegex(self.next_notice(manager), rb"^RELOADING=1\nMONOTONIC_USEC=\d+$")
            self.assertEqual(self.next_notice(manager), b"READY=1")
            self.stop(monitor)
            self.assertEqual(self.next_notice(manager), b"STOPPING=1")

    @staticmethod
    def next_notice(manager):
        """But for signs of life."""
        until = time.monotonic() + SECONDS_MAX
        notice = b"WATCHDOG=1"
        while notice == b"WATCHDOG=1":
            if time.monotonic() > until:
                raise AssertionError(f"not within {SECONDS_MAX} s: a notice")
            notice = manager.recv(100)
        return notice

    def test_the_database_answers_meanwhile(self):
        monitor = self.watch()
        for number in range(3):
            self.curl(f"/r/303/{number}", "-L", "-X", "POST", "-d", "a=1")
        began = time.monotonic()
        wait_for("the findings are there",
                 lambda: self.rows("SELECT count(*) FROM violations") == [(3,)])
        self.assertLess(time.monotonic() - began, 5)
        asked = run(SEEOTHER, "query", "-d", self.database, "--format", "json", "--sql",
                    "SELECT rule FROM violations")
        self.assertEqual(len(json.loads(asked.stdout)), 3)
        self.stop(monitor)

    def databases(self):
        """The oldest first; the last one is that which the link leads to."""
        paths = sorted((os.path.join(self.folder, name) for name in os.listdir(self.folder)
                        if name.startswith("live-") and name.endswith(".db")),
                       key=lambda path: path.replace("Z.db", "Z-01.db"))
        return paths if os.path.islink(self.database) else [*paths, self.database]

    def all_rows(self, sql):
        result = []
        for path in self.databases():
            db = sqlite3.connect(path)
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)], path)
            self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [], path)
            result.append(db.execute(sql).fetchall())
            db.close()
        return result

    def test_rotation_loses_and_doubles_nothing(self):
        monitor = self.watch("--rotate-time", "1")
        for number in range(40):
            self.curl(f"/r/303/{number}", "-L", "-X", "POST", "-d", "a=1")
            time.sleep(0.1)
        self.stop(monitor)
        self.assertGreater(len(self.databases()), 3)
        paths = [uri.rsplit("/", 1)[1] for rows in self.all_rows(
            "SELECT uri FROM redirects ORDER BY time_ns") for uri, in rows]
        self.assertEqual(paths, [str(number) for number in range(40)])
        findings = [rule for rows in self.all_rows(
            "SELECT rule FROM violations v ORDER BY v.id") for rule, in rows]
        self.assertEqual(findings, ["303-method-not-get"] * 40)
        states = [rows for rows in self.all_rows("SELECT id, source, status FROM captures")]
        self.assertEqual(states, [[(1, "eth0", "complete")]] * (len(states) - 1) +
                         [[(1, "eth0", "stopped")]])
        frames = self.all_rows("SELECT packets FROM captures")
        whole = self.all_rows("SELECT value FROM coverage WHERE stage = 'decode' AND "
                              "counter = 'frames' AND time IS NULL")
        self.assertEqual(frames, whole)

    def test_rotation_while_somebody_reads(self):
        """A reader that holds on to what it saw costs no row, and puts none into the next database."""
        monitor = self.watch("--rotate-time", "2")
        self.curl("/r/303/0", "-L", "-X", "POST", "-d", "a=1")
        wait_for("it is stored", lambda: self.rows("SELECT 1 FROM violations"))
        reader = sqlite3.connect(self.database, isolation_level=None)
        reader.execute("BEGIN")
        self.assertEqual(reader.execute("SELECT count(*) FROM violations").fetchall(), [(1,)])
        for number in range(1, 40):
            self.curl(f"/r/303/{number}", "-L", "-X", "POST", "-d", "a=1")
            time.sleep(0.1)
        self.assertEqual(reader.execute("SELECT count(*) FROM violations").fetchall(), [(1,)])
        reader.close()
        wait_for("a database is closed", lambda: len(self.databases()) > 1)
        self.stop(monitor)
        paths = [uri.rsplit("/", 1)[1] for rows in self.all_rows(
            "SELECT uri FROM violations ORDER BY time_ns") for uri, in rows]
        self.assertEqual(paths, [str(number) for number in range(40)], self.said())
        self.assertEqual([name for name in os.listdir(self.folder) if name.endswith(("-wal", "-shm"))],
                         [])

    def test_rotation_begins_with_a_database_that_is_there(self):
        """It has the plain name, so nobody else may have it open when it gets another one."""
        monitor = self.watch()
        self.curl("/r/303/1", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        reader = sqlite3.connect(self.database)
        self.words += "2"
        monitor = self.watch("--rotate-time", "1")
        self.assertEqual(reader.execute("SELECT count(*) FROM violations").fetchall(), [(1,)])
        self.curl("/r/303/2", "-L", "-X", "POST", "-d", "a=1")
        wait_for("it is put off", lambda: "rotated when nobody else has it open" in self.said())
        self.assertEqual(self.databases(), [self.database])
        wait_for("it is stored", lambda: reader.execute(
            "SELECT count(*) FROM violations").fetchall() == [(2,)])
        reader.close()
        wait_for("it is rotated", lambda: os.path.islink(self.database))
        self.curl("/r/303/3", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        paths = [uri[-1] for rows in self.all_rows("SELECT uri FROM violations ORDER BY id")
                 for uri, in rows]
        self.assertEqual(paths, list("123"))
        self.words += "3"
        monitor = self.watch("--rotate-time", "3600")
        self.curl("/r/303/4", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        self.assertIn("4", self.paths())
        self.assertTrue(os.path.islink(self.database))

    def test_a_hang_up_while_somebody_reads(self):
        monitor = self.watch()
        self.curl("/r/303/1", "-L", "-X", "POST", "-d", "a=1")
        wait_for("it is stored", lambda: self.rows("SELECT 1 FROM violations"))
        reader = sqlite3.connect(self.database)
        self.assertEqual(reader.execute("SELECT count(*) FROM violations").fetchall(), [(1,)])
        moved = os.path.join(self.folder, "live-moved.db")
        os.rename(self.database, moved)
        monitor.send_signal(signal.SIGHUP)
        wait_for("it is put off", lambda: "left when nobody else has it open" in self.said())
        self.curl("/r/303/2", "-L", "-X", "POST", "-d", "a=1")
        wait_for("it is stored", lambda: reader.execute(
            "SELECT count(*) FROM violations").fetchall() == [(2,)])
        reader.close()
        wait_for("there is another", lambda: os.path.exists(self.database))
        self.curl("/r/303/3", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        self.assertEqual(self.paths(), ["3"])
        self.database = moved
        self.assertEqual(self.paths(), ["1", "2"])

    def test_a_redirect_that_spans_a_rotation_is_one(self):
        monitor = self.watch("--rotate-time", "2")
        sent = ("import socket, time\ns = socket.create_connection(('10.9.0.2', 8080))\n"
                "def ask(text):\n s.sendall(text.encode()); s.recv(9999)\n"
                "for i in range(4):\n"
                " ask(f'POST /r/303/{i} HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 0\\r\\n\\r\\n')\n"
                " time.sleep(0.9)\n"
                " ask(f'GET /done HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')\n")
        self.assertEqual(self.start(self.here, sys.executable, "-c", sent).wait(SECONDS_MAX), 0)
        self.stop(monitor)
        self.assertGreater(len(self.databases()), 1)
        rows = [row for rows in self.all_rows(
            "SELECT uri, outcome, followup_uri FROM redirects ORDER BY time_ns") for row in rows]
        self.assertEqual(rows, [(f"http://a/r/303/{i}", "followed", "http://a/done")
                                for i in range(4)])

    def test_only_so_many_are_kept(self):
        for name in ("live-x.db", "live-20200101T000000Z.txt", "lives-20200101T000000Z.db"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8"):
                pass
        for name in ("live-20200101T000000Z.db", "live-20200101T000000Z-02.db"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8"):
                pass
        before = set(os.listdir(self.folder))
        monitor = self.watch("--rotate-time", "1", "--keep", "2")
        for number in range(4):
            self.curl(f"/r/302/{number}")
            time.sleep(1)
        self.stop(monitor)
        gone = before - set(os.listdir(self.folder))
        self.assertEqual(gone, {"live-20200101T000000Z.db", "live-20200101T000000Z-02.db"})
        kept = [name for name in os.listdir(self.folder) if name.startswith("live-2")]
        self.assertEqual(len([name for name in kept if name.endswith(".db")]), 2 + 1, kept)

    def test_what_rotation_did_not_begin_is_never_removed(self):
        monitor = self.watch()
        self.curl("/r/303/1", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        self.words += "2"
        monitor = self.watch("--rotate-time", "1", "--keep", "1", "--keep-days", "1")
        wait_for("it is said", lambda: "has -before in its name now, and stays" in self.said())
        self.assertEqual(self.said().count("-before"), 1)
        seen = set()

        def has_rotated():
            seen.add(os.readlink(self.database))
            return len(seen) > 3
        wait_for("databases are removed", has_rotated)
        self.stop(monitor)
        kept = [name for name in os.listdir(self.folder) if name.endswith("-before.db")]
        self.assertEqual(len(kept), 1)
        self.assertLess(len(self.databases()), 5)
        self.database = os.path.join(self.folder, kept[0])
        self.assertEqual(self.rows("SELECT count(*) FROM violations"), [(1,)])

    def check_link_comes_back(self, take, *options):
        """However the link goes, the name of --db stays what all is named by."""
        monitor = self.watch("--rotate-time", "3600", "--keep", "1", *options)
        for number in range(4):
            before = os.readlink(self.database)
            self.curl(f"/r/303/{number}", "-L", "-X", "POST", "-d", "a=1")
            wait_for("it is stored", lambda: self.rows("SELECT 1 FROM violations"))
            take(self.database)
            time.sleep(1)  # so that the next file has another name
            monitor.send_signal(signal.SIGHUP)
            wait_for("the link is there again", lambda before=before: os.path.islink(self.database)
                     and os.readlink(self.database) != before)
        self.curl("/r/303/last", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        self.assertEqual(self.paths(), ["last"])
        for name in os.listdir(self.folder):
            if name.startswith("live-"):
                self.assertRegex(name, r"^live-\d{8}T\d{6}Z(-\d\d)?\.db$")

    def test_a_link_that_was_moved_comes_back(self):
        self.check_link_comes_back(lambda path: os.rename(path, path + ".old"))
        self.assertEqual(len(self.databases()), 2)

    def test_a_link_that_was_removed_comes_back(self):
        self.check_link_comes_back(os.remove, "--no-sandbox")

    def test_a_hang_up_begins_a_database_that_was_moved_away(self):
        monitor = self.watch()
        self.curl("/r/303/1", "-L")
        wait_for("it is stored", lambda: self.rows("SELECT 1 FROM redirects"))
        moved = os.path.join(self.folder, "live-moved.db")
        os.rename(self.database, moved)
        monitor.send_signal(signal.SIGHUP)
        wait_for("there is another", lambda: os.path.exists(self.database))
        self.curl("/r/303/2", "-L")
        self.stop(monitor)
        self.assertEqual(self.paths(), ["2"])
        self.database = moved
        self.assertEqual(self.paths(), ["1"])

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def wait_stored(self, count):
        try:
            wait_for(f"{count} redirects are stored",
                     lambda: len(self.rows("SELECT 1 FROM redirects")) == count)
        except AssertionError as failure:
            tables = {table: self.rows(f"SELECT * FROM {table}")
                      for table in ("captures", "exchanges", "redirects", "coverage")}
            raise AssertionError(f"{failure}\n{self.said()}\n{json.dumps(tables)}") from None

    def hang_up(self, monitor, words="the settings were read again"):
        before = self.said().count(words)
        monitor.send_signal(signal.SIGHUP)
        wait_for("it is said: " + words, lambda: self.said().count(words) > before)

    def check_reread(self, *options):
        """Rules, window, suppressions and the options that are stored change while it runs."""
        config = self.write("see.conf", "disable = 303-method-not-get\nwindow = 20\n")
        known = self.write("known", "# nothing yet\n")
        monitor = self.watch("--config", config, "--suppress", known, *options)
        self.curl("/r/303/1", "-L", "-X", "POST", "-d", "a=1")
        wait_for("it is stored", lambda: self.rows("SELECT 1 FROM redirects"))
        self.write("see.conf", "# all rules\nwindow = 10\n")
        self.hang_up(monitor)
        self.curl("/r/303/2", "-L", "-X", "POST", "-d", "a=1")
        wait_for("it is stored", lambda: len(self.rows("SELECT 1 FROM violations")) == 1)
        self.write("known", "303-method-not-get * *r/303/3 never it is known\n")
        self.hang_up(monitor)
        for number in (3, 4):
            self.curl(f"/r/303/{number}", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        self.assertEqual(self.paths(), list("1234"))
        rows = [(uri[-1], suppressed) for uri, suppressed in self.rows(
            "SELECT uri, suppressed FROM violations ORDER BY id")]
        self.assertEqual(rows, [("2", None), ("3", "it is known"), ("4", None)])
        stored = [(json.loads(row[0])["disable"], json.loads(row[0])["window_seconds"])
                  for row in self.rows("SELECT options FROM captures ORDER BY id")]
        self.assertEqual(stored, [(["303-method-not-get"], 20), ([], 10), ([], 10)])

    def test_a_hang_up_reads_the_settings_again(self):
        self.check_reread()

    def test_a_hang_up_without_a_second_process(self):
        self.check_reread("--no-sandbox")

    def test_who_is_trusted_can_change(self):
        config = self.write("see.conf", "trusted-proxy = 192.0.2.1\n")
        monitor = self.watch("--config", config)
        forwarded = ("-L", "-H", "X-Forwarded-For: 203.0.113.7")
        self.curl("/r/302/1", *forwarded)
        self.wait_stored(1)
        self.write("see.conf", "trusted-proxy = 10.9.0.1\n")
        self.hang_up(monitor)
        self.curl("/r/302/2", *forwarded)
        self.wait_stored(2)
        self.write("see.conf", "client = X-User\n")
        self.hang_up(monitor)
        self.curl("/r/302/3", "-L", "-H", "X-User: anna")
        self.stop(monitor)
        self.assertEqual(self.rows("SELECT client, outcome FROM redirects ORDER BY id"),
                         [("10.9.0.1", "followed"), ("203.0.113.7", "followed"),
                          ("anna", "followed")])

    def test_a_window_that_changes_closes_for_those_that_wait(self):
        config = self.write("see.conf", "window = 300\n")
        monitor = self.watch("--config", config)
        self.curl("/r/302/1")
        self.write("see.conf", "window = 1\n")
        self.hang_up(monitor)
        self.curl("/r/302/2")
        wait_for("their windows close", lambda: len(self.rows("SELECT 1 FROM redirects")) == 2)
        self.write("see.conf", "window = 300\n")
        self.hang_up(monitor)
        self.curl("/r/302/3")
        self.stop(monitor)
        self.assertEqual(self.rows("SELECT substr(uri, -1), outcome FROM redirects ORDER BY id"),
                         [("1", "not-followed"), ("2", "not-followed"), ("3", "pending")])

    def test_the_format_and_what_is_said_can_change(self):
        config = self.write("see.conf", "format = none\n")
        out = os.path.join(self.folder, "out")
        with open(out, "wb") as file, open(self.words, "ab") as words:
            monitor = self.start(self.here, SEEOTHER, "monitor", "-i", "eth0", "-d", self.database,
                                 "--config", config, stdout=file, stderr=words)
        wait_for("the monitor watches", lambda: "watching" in self.said())
        post = ("-L", "-X", "POST", "-d", "a=1", "-o", "/dev/null")
        self.curl("/r/303/1", *post)
        wait_for("it is stored", lambda: self.rows("SELECT 1 FROM violations"))
        self.write("see.conf", "format = jsonl\nonly = 303-method-not-get\n")
        self.hang_up(monitor)
        self.curl("/r/303/2", *post)
        wait_for("it is shown", lambda: os.path.getsize(out) > 0)
        self.write("see.conf", "format = sarif\nquiet\nonly = 303-method-not-get\n")
        self.hang_up(monitor, "format: changes with a restart only")
        self.curl("/r/303/3", *post)
        self.stop(monitor)
        with open(out, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual([line["uri"][-1] for line in lines if "uri" in line], ["2", "3"])

    def test_what_needs_a_restart_is_said_and_stays(self):
        config = self.write("see.conf", "keep = 5\n")
        monitor = self.watch("--config", config)
        self.write("see.conf", "db = elsewhere.db\ninterface = lo\nno-redact\nkeep = 6\n"
                               "suppress = /etc/passwd\nsnap-length = 60\nmetrics = :1\nwindow = 9\n")
        self.hang_up(monitor)
        for name in ("keep", "no-redact", "suppress", "snap-length", "metrics"):
            self.assertIn(f"{config}: {name}: changes with a restart only, and stays as it is",
                          self.said())
        for name in ("window", "interface", "db"):  # the latter two are on the command line
            self.assertNotIn(f"{name}: changes", self.said())
        self.curl("/r/303/1?token=x", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        self.assertIn("token=[redacted]", self.rows("SELECT uri FROM violations")[0][0])

    def test_nothing_that_is_wrong_ends_a_monitor(self):
        config = self.write("see.conf", "disable = 303-method-not-get\n")
        known = self.write("known", "# nothing\n")
        monitor = self.watch("--config", config, "--suppress", known)
        for text, words in (("windw = 1\n", f"{config}:1: windw: there is no such option"),
                            ("only = x\n", f"{config}:1: x: there is no such rule"),
                            ("window = 1\n\nwindow = 1\n", f"{config}:3: window: given already"),
                            ("client = Cookie\n", "are secrets")):
            self.write("see.conf", text)
            self.hang_up(monitor, "the old settings stay")
            self.assertIn(words, self.said())
        os.unlink(config)
        self.hang_up(monitor, "the old settings stay")
        self.assertIn(f"{config}: No such file", self.said())
        os.mkfifo(config)
        self.hang_up(monitor, "the old settings stay")
        self.assertIn(f"{config}: this is no regular file", self.said())
        os.unlink(config)
        self.write("see.conf", "# all rules\n")
        self.write("known", "nonsense\n")
        self.hang_up(monitor, "the old settings stay")
        self.assertIn(f"{known}:1: ", self.said())
        self.assertNotIn("--help", self.said())
        self.curl("/r/303/1", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        self.assertEqual(self.paths(), ["1"])
        self.assertEqual(self.rows("SELECT 1 FROM violations"), [])

    def test_rotation_can_change(self):
        config = self.write("see.conf", "rotate-time = 3600\n")
        monitor = self.watch("--config", config)
        self.write("see.conf", "rotate-time = 1\n")
        self.hang_up(monitor)
        wait_for("a database is closed", lambda: len(self.databases()) > 1)
        self.write("see.conf", "duration = 1\n")
        self.hang_up(monitor)
        self.assertEqual(monitor.wait(SECONDS_MAX), 0, self.said())

    def test_after_a_kill_the_next_start_goes_on(self):
        """The capture that was left is marked as interrupted, and keeps what it had stored."""
        monitor = self.watch()
        self.curl("/r/303/1", "-L", "-X", "POST", "-d", "a=1")
        wait_for("it is stored", lambda: self.rows("SELECT 1 FROM violations"))
        readers = run("pgrep", "-P", str(monitor.pid)).stdout.split()
        for process in (monitor.pid, *map(int, readers)):
            os.kill(process, signal.SIGKILL)
        monitor.wait()
        # Who has been killed holds the database until the system has cleared it away.
        wait_for("they are gone", lambda: not any(
            os.path.exists(f"/proc/{int(reader)}") for reader in readers))
        self.assertEqual(self.rows("SELECT status FROM captures"), [("running",)])
        self.words += "2"
        monitor = self.watch()
        self.curl("/r/303/2", "-L", "-X", "POST", "-d", "a=1")
        self.stop(monitor)
        self.assert_sound()
        self.assertEqual(self.rows("SELECT id, status FROM captures ORDER BY id"),
                         [(1, "interrupted"), (2, "stopped")])
        self.assertEqual(self.rows("SELECT capture_id, substr(uri, -1) FROM violations"
                                   " ORDER BY id"), [(1, "1"), (2, "2")])

    def test_the_reader_does_not_outlive_its_parent(self):
        monitor = self.watch()
        readers = [int(text) for text in run("pgrep", "-P", str(monitor.pid)).stdout.split()]
        monitor.kill()
        monitor.wait()
        wait_for("the reader ends", lambda: not any(
            os.path.exists(f"/proc/{reader}") for reader in readers))

    def test_the_vlan_that_the_kernel_took_out(self):
        """Frames come without their tag, which the kernel tells beside them; no driver is needed."""
        capture = craft.Capture()
        for number, tag in ((1, b""), (2, bytes.fromhex("81000007"))):
            begin = len(capture.frames)
            capture.dialog([
                b"POST /r/303/%d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=1" % number,
                b"HTTP/1.1 303 See Other\r\nLocation: /done\r\nContent-Length: 0\r\n\r\n",
                b"POST /done HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=1",
                b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
            capture.frames[begin:] = [(when, frame[:12] + tag + frame[12:])
                                      for when, frame in capture.frames[begin:]]
        path = os.path.join(self.folder, "frames")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(frame.hex() + "\n" for _, frame in capture.frames)
        monitor = self.watch()
        sent = ("import socket, sys\ns = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n"
                "s.bind(('eth0', 0))\n"
                "for line in open(sys.argv[1]): s.send(bytes.fromhex(line))\n")
        self.assertEqual(
            self.start(self.there, sys.executable, "-c", sent, path).wait(SECONDS_MAX), 0)
        wait_for("both are stored", lambda: len(self.rows("SELECT 1 FROM violations")) == 2)
        self.stop(monitor)
        self.assertEqual(self.rows(
            "SELECT substr(uri, -1), network FROM redirects r JOIN connections c"
            " ON c.id = r.connection_id ORDER BY r.id"), [("1", None), ("2", "vlan 7")])

    @contextlib.contextmanager
    def small_disk(self, size):
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        run("mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "none", disk)
        self.database = os.path.join(disk, "live.db")
        try:
            yield os.path.join(disk, "ballast")
        finally:
            run("umount", disk)

    @staticmethod
    def fill(ballast):
        """To the last octet."""
        file = os.open(ballast, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        with contextlib.suppress(OSError):
            while True:
                os.write(file, bytes(4096))
        os.close(file)

    def assert_sound(self):
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.rows("PRAGMA foreign_key_check"), [])
        self.assertEqual(
            self.rows("SELECT uri FROM redirects GROUP BY uri HAVING count(*) > 1"), [])
        self.assertEqual(
            self.rows("SELECT uri FROM violations GROUP BY uri HAVING count(*) > 1"), [])

    LEAN = "the disk is full: findings and counters are stored"

    def test_on_a_full_disk_findings_come_first(self):
        with self.small_disk("32m") as ballast:
            monitor = self.watch("--window", "1", "--all-exchanges")
            self.curl("/r/302/early")
            wait_for("it is stored", lambda: self.rows("SELECT 1 FROM redirects"))
            self.fill(ballast)
            wait_for("it is said", lambda: self.LEAN in self.said())
            for number in range(30):
                self.curl(f"/r/302/plain-{number}")
                self.curl(f"/r/303/{number}", "-L", "-X", "POST", "-d", "a=1")
            wait_for("findings are stored",
                     lambda: self.rows("SELECT count(*) FROM violations") == [(30,)])
            time.sleep(2)  # the windows close
            os.unlink(ballast)
            wait_for("it is said", lambda: "all is stored again; 30 redirects and 0 findings"
                     in self.said())
            self.curl("/r/302/late")
            wait_for("it is stored", lambda: "late" in self.paths())
            self.stop(monitor)
            self.assertEqual(self.said().count(self.LEAN), 1)
            self.assert_sound()
            self.assertEqual([path for path in self.paths() if not path.isdigit()],
                             ["early", "late"])
            self.assertEqual(self.rows("SELECT status FROM captures"), [("stopped",)])
            packets = self.rows("SELECT packets FROM captures")
            self.assertEqual(packets, self.rows(
                "SELECT sum(value) FROM coverage WHERE counter = 'frames' AND stage = 'capture'"
                " AND time IS NOT NULL"))
            self.assertEqual(dict(self.rows(
                "SELECT counter, value FROM coverage WHERE stage = 'store'")),
                {"redirects_unstored": 30, "findings_unstored": 0})

    def test_a_full_disk_is_waited_for(self):
        with self.small_disk("4m") as ballast:
            monitor = self.watch("--only", "303-method-not-get")
            self.curl("/r/303/1", "-L", "-X", "POST", "-d", "a=1")
            wait_for("it is stored", lambda: self.rows("SELECT 1 FROM redirects"))
            self.fill(ballast)
            wait_for("it is said", lambda: self.LEAN in self.said())
            self.fill(ballast)  # what was kept is taken by others, too
            for number in range(2, 60):
                self.curl(f"/r/303/{number}", "-L", "-X", "POST", "-d", "a=1")
                if "findings are shown, and stored again when they can be" in self.said():
                    break
            wait_for("it is said", lambda: "findings are shown" in self.said())
            os.unlink(ballast)
            wait_for("it is said", lambda: "all is stored again" in self.said())
            self.curl("/r/303/last", "-L", "-X", "POST", "-d", "a=1")
            self.stop(monitor)
            self.assertEqual(self.said().count(self.LEAN), 1)
            self.assertEqual(self.said().count("findings are shown"), 1)
            self.assertNotIn("findings are stored again", self.said())
            self.assert_sound()
            self.assertIn("last", self.paths())
            self.assertIn("1", self.paths())
            stored = len(self.rows("SELECT 1 FROM violations"))
            lost = self.rows("SELECT sum(value) FROM coverage WHERE counter = 'findings_unstored'")
            self.assertEqual(stored + lost[0][0], number + 1, self.said())
            kept = len(self.rows("SELECT 1 FROM redirects"))
            lost = self.rows("SELECT sum(value) FROM coverage WHERE counter = 'redirects_unstored'")
            self.assertEqual(kept + lost[0][0], number + 1, self.said())

    def test_another_program_locks_the_database(self):
        monitor = self.watch("--window", "2", "--rotate-size", "100")
        self.curl("/r/302/early")
        wait_for("it is stored", lambda: self.rows("SELECT 1 FROM redirects"))
        holder = sqlite3.connect(self.database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        number = 0
        while time.monotonic() < began + 8:
            self.curl(f"/r/302/plain-{number}")
            self.curl(f"/r/303/{number}", "-L", "-X", "POST", "-d", "a=1")
            number += 1
            time.sleep(0.4)
        self.assertIn("rows are kept, and stored when it lets go", self.said())
        self.assertEqual(self.paths(), ["early"])
        holder.close()
        wait_for("it is said", lambda: "all is stored again; 0 redirects and 0 findings were not"
                 in self.said())
        wait_for("they are stored",
                 lambda: self.rows("SELECT count(*) FROM violations") == [(number,)])
        self.stop(monitor)
        self.assert_sound()
        self.assertEqual(len(self.paths()), 1 + 2 * number)
        self.assertEqual(self.rows("SELECT value FROM coverage WHERE stage = 'store'"), [])
        self.assertEqual(self.rows("SELECT sum(value) FROM coverage WHERE stage = 'pair' AND"
                                   " counter = 'redirects' AND time IS NULL"),
                         [(1 + 2 * number,)])

    def test_wrong_words(self):
        for options, word in ((["--metrics", "0.0.0.0:80"], "loopback"), (["--count", "0"], "frames"),
                              (["--duration", "x"], "seconds"), (["--snap-length", "0"], "octets"),
                              (["--buffer-size", "4096"], "MiB")):
            done = subprocess.run([SEEOTHER, "monitor", "-i", "lo", "-d", self.database, *options],
                                  capture_output=True, check=False, timeout=SECONDS_MAX)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(word, done.stderr.decode())
        done = run("ip", "netns", "exec", self.here, SEEOTHER, "monitor", "--list-interfaces")
        self.assertIn("eth0  up  10.9.0.1", done.stdout.decode())

    def test_without_rights_it_says_how_to_get_them(self):
        if not shutil.which("setpriv"):
            self.skipTest("there is no setpriv")
        copy = os.path.join(self.folder, "seeother")
        shutil.copy(SEEOTHER, copy)
        os.chmod(copy, 0o755)
        command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", copy,
                   "monitor", "-i", "lo", "-d", self.database, "--duration", "1"]
        done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS_MAX)
        self.assertEqual(done.returncode, 1)
        self.assertIn("setcap cap_net_raw+ep", done.stderr.decode())
        if not shutil.which("setcap"):
            self.skipTest("there is no setcap")
        run("setcap", "cap_net_raw+ep", copy)
        done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS_MAX)
        self.assertEqual(done.returncode, 0, done.stderr)


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup a monitor would ignore it
    missing = [tool for tool in ("ip", "curl", "pgrep") if not shutil.which(tool)]
    if os.geteuid() != 0 or missing:
        print("skipped: needs root" if not missing else f"skipped: there is no {missing[0]} here")
        sys.exit(77)
    probe = f"see-{os.getpid()}-p"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False).returncode:
        print("skipped: no network namespace can be made here")
        sys.exit(77)
    run("ip", "netns", "delete", probe)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])


if __name__ == "__main__":
    main()
