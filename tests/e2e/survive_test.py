#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The database survives: kill -9, full and broken disks, locks, other programs' files.

usage: survive_test.py SEEOTHER [FAILING_IO]

200 times a program is killed at a random moment, offline and while it reads a pipe.  FAILING_IO is
a library to preload; without it, and without root for a small file system, those tests are skipped.
"""
import concurrent.futures
import contextlib
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])
FAILING_IO = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
SEED = 20261120
KILLS_OFFLINE, KILLS_PIPED = 150, 50
# LeakSanitizer looks for leaks in a process of its own: where that is killed, the other waits for ever.
WITHOUT_LEAKS = {**os.environ,
                 "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
PAIRS_KILLED, PAIRS_DISK = 4000, 1500  # violations in the captures

HEAD = b" HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: crafted/1\r\n"


def add_violation(capture, number):
    """A 307 that loses its method: one violation, told by its path."""
    return capture.dialog([
        b"PUT /r/%d" % number + HEAD + b"Content-Length: 1\r\n\r\nx",
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /n/%d\r\nContent-Length: 0\r\n\r\n" % number,
        b"GET /n/%d" % number + HEAD + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])


def crafted(path, pairs):
    capture = Capture()
    for number in range(pairs):
        add_violation(capture, number)
    return capture.write(path)


def open_database(path):
    return sqlite3.connect(path, timeout=20)


def is_root():
    return os.geteuid() == 0


def family(pid):
    """The process and all below it."""
    pids = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                for child in file.read().split():
                    pids += family(int(child))
    except OSError:
        pass
    return pids


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill(process, choose):
    """Kills one process of those that the program consists of: the others have to follow."""
    pids = family(process.pid)
    with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(choose(pids), signal.SIGKILL)
    process.wait(20)
    until = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > until:
            raise AssertionError(f"still there after kill -9: {pids}")
        time.sleep(0.005)


class Case(unittest.TestCase):
    place = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=self.place)
        self.addCleanup(shutil.rmtree, self.folder)
        self.database = os.path.join(self.folder, "test.db")

    def check_whole(self, path):
        """A sound database in which nothing is twice and nothing leads nowhere."""
        db = open_database(path)
        try:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            if db.execute("PRAGMA user_version").fetchone() == (0,):
                # Killed before there was a schema: then there is nothing at all.
                self.assertEqual(db.execute("SELECT * FROM sqlite_schema").fetchall(), [])
                return
            self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])
            self.assertEqual(db.execute(
                "SELECT r.capture_id, uri, rule, count(*) AS n FROM findings JOIN redirects AS r"
                " ON r.id = redirect_id GROUP BY r.capture_id, uri, rule HAVING n > 1"
            ).fetchall(), [])
            self.assertEqual(db.execute(
                "SELECT e.id FROM redirects AS r LEFT JOIN exchanges AS e ON e.id = exchange_id"
                " WHERE e.id IS NULL").fetchall(), [])
            self.assertLessEqual(db.execute(
                "SELECT count(*) FROM captures WHERE status = 'running'").fetchone()[0], 1)
        finally:
            db.close()

    def rows(self, sql, path=None):
        db = open_database(path or self.database)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def analyze(self, *operands, database=None, **options):
        return subprocess.run(
            [SEEOTHER, "analyze", "-q", "--format", "none", "-d", database or self.database,
             *operands], capture_output=True, text=True, check=False, timeout=120, **options)

    def check_kept(self, done, path=None):
        """Exit status 1, a sentence, and as many findings as it says: none where it never began."""
        self.assertEqual(done.returncode, 1, done.stderr)
        self.check_whole(path or self.database)
        told = re.search(r": (\d+) findings of this run are in it, no later ones\n", done.stderr)
        if told is None:
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        kept = int(told[1]) if told else 0
        if told or self.rows("SELECT name FROM sqlite_schema WHERE name = 'findings'", path):
            self.assertEqual(self.rows("SELECT count(*) FROM findings", path), [(kept,)])
        return kept


class Killed(Case):
    # In memory where that can be had: what a busy disk keeps waiting is not ours to promise, and
    # a process that is killed leaves the same there.
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

    def run_until_killed(self, capture, database, delay, choose):
        with subprocess.Popen(
                [SEEOTHER, "analyze", "-q", "--format", "none", "-d", database, capture],
                env=WITHOUT_LEAKS, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as process:
            time.sleep(delay)
            was_running = process.poll() is None
            kill(process, choose)
        if os.path.exists(database):
            self.check_whole(database)
        return was_running

    def kill_offline(self, worker, count, capture):
        dice = random.Random(SEED + worker)
        database = os.path.join(self.folder, f"offline{worker}.db")
        were_running = 0
        for i in range(count):
            # Some moments are in the first hundredth of a second: the schema is made then.
            delay = dice.choice((0.03, 0.3, 0.6)) * dice.random()
            were_running += self.run_until_killed(capture, database, delay, dice.choice)
            if i % 8 == 7:
                self.check_goes_on(database)
                os.remove(database)
        return were_running

    def check_goes_on(self, database):
        """The next program finds no place that it cannot work at, and tidies up."""
        small = crafted(database + ".pcap", 1)
        done = self.analyze(small, database=database)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.check_whole(database)
        self.assertEqual(self.rows("SELECT DISTINCT status FROM captures"
                                   " WHERE status NOT IN ('interrupted', 'complete')", database),
                         [])
        self.assertEqual(os.listdir(self.folder).count(os.path.basename(database) + "-wal"), 0)

    def test_offline(self):
        capture = crafted(os.path.join(self.folder, "large.pcap"), PAIRS_KILLED)
        workers = 3
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            were_running = sum(pool.map(
                lambda worker: self.kill_offline(worker, KILLS_OFFLINE // workers, capture),
                range(workers)))
        print(f"{KILLS_OFFLINE} kills offline, {were_running} before the end of the run")
        # Kills that come too late prove nothing.
        self.assertGreater(were_running, KILLS_OFFLINE // 2)

    def feed(self, process, seconds, fed):
        """Feeds violations slowly, and tells when each was; how much too late sleep() came back."""
        capture = Capture()
        process.stdin.write(capture.header())
        late = 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            capture.frames = []
            add_violation(capture, len(fed))
            # Time passes between the packets, as that is what decides what follows what.
            capture.pause(2)
            process.stdin.write(capture.records())
            process.stdin.flush()
            fed.append(time.monotonic())
            time.sleep(0.01)
            late = max(late, time.monotonic() - fed[-1] - 0.01)
        return late

    def kill_piped(self, number):
        """Feeds, is silent for a while in every second run, kills; what was fed in time is there."""
        dice = random.Random(SEED + 1000 + number)
        database = os.path.join(self.folder, f"piped{number}.db")
        fed, shown = [], {}

        def listen(stream):
            for line in stream:
                shown[json.loads(line)["id"]] = time.monotonic()

        with subprocess.Popen(
                [SEEOTHER, "analyze", "-q", "--format", "jsonl", "-d", database, "-"],
                env=WITHOUT_LEAKS, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL) as process:
            listener = threading.Thread(target=listen, args=(process.stdout,))
            listener.start()
            late = self.feed(process, 1 + dice.random(), fed)
            slept = time.monotonic()
            pause = dice.choice((0, 1.2)) * dice.random()
            time.sleep(pause)
            late = max(late, time.monotonic() - slept - pause)
            killed_at = time.monotonic()
            kill(process, dice.choice)
            listener.join()
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass
        self.check_whole(database)
        stored = {row[0] for row in self.rows("SELECT id FROM findings", database)}
        # What was shown a second before must be there, and what was fed; a machine that is so busy
        # that it wakes the feeder too late does the same to the fed.
        missing = [i for i, when in shown.items()
                   if when < killed_at - 1 - late and i not in stored]
        self.assertEqual(missing, [])
        due = sum(when < killed_at - 1 - late for when in fed[:-1])
        self.assertGreaterEqual(len(stored), due)
        return due

    def test_piped(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            due = sum(pool.map(self.kill_piped, range(KILLS_PIPED)))
        print(f"{KILLS_PIPED} kills of what reads a pipe, {due} findings were due")
        self.assertGreater(due, KILLS_PIPED)


class Disk(Case):
    """Disks that are full, read-only, or broken."""

    @classmethod
    def setUpClass(cls):
        cls.captures = tempfile.mkdtemp()
        cls.capture = crafted(os.path.join(cls.captures, "large.pcap"), PAIRS_DISK)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.captures)

    def mount(self, options):
        place = os.path.join(self.folder, "disk")
        os.makedirs(place, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", place],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest("no file system can be mounted: " + done.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=False,
                        stderr=subprocess.DEVNULL)
        return place

    def test_files_that_may_not_grow(self):
        """At many sizes, so that another write is the first to fail."""
        kept = []
        for size in (1 << 10, 50_000, 100_000, 250_000, 400_000, 600_000, 800_000, 1_000_000):
            database = os.path.join(self.folder, f"{size}.db")
            done = self.analyze(
                self.capture, database=database,
                preexec_fn=lambda size=size: resource.setrlimit(
                    resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)))
            self.assertIn("the disk is full", done.stderr)
            self.assertEqual(done.returncode, 1)
            if os.path.exists(database):
                kept.append(self.check_kept(done, database))
                # And when there is room again, it goes on.
                self.assertEqual(self.analyze(self.capture, database=database).returncode, 0)
                self.assertEqual(self.rows("SELECT count(*) FROM findings", database),
                                 [(kept[-1] + PAIRS_DISK,)])
        print("kept by files that may not grow:", kept)
        self.assertGreater(max(kept), 0)

    @unittest.skipUnless(is_root(), "needs root, for a file system of its own")
    def test_a_full_disk(self):
        kept = []
        for size in (32, 108, 200, 352, 420, 600, 800, 1000):
            place = self.mount(f"size={size}k")
            database = os.path.join(place, "test.db")
            done = self.analyze(self.capture, database=database)
            self.assertEqual(done.returncode, 1, size)
            self.assertIn("disk is full", done.stderr)
            if os.path.exists(database):
                kept.append(self.check_kept(done, database))
                subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
                self.assertEqual(self.analyze(self.capture, database=database).returncode, 0)
                self.assertEqual(self.rows("SELECT status FROM captures ORDER BY 1", database),
                                 [("complete",)] + [("interrupted",)] * (kept[-1] > 0))
            subprocess.run(["umount", "-l", place], check=True)
        print("kept on full disks:", kept)
        self.assertGreater(max(kept), 0)

    @unittest.skipUnless(is_root(), "needs root, for a file system of its own")
    def test_a_read_only_disk(self):
        place = self.mount("size=64m")
        database = os.path.join(place, "test.db")
        self.analyze(self.capture, database=database)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        for name in (database, os.path.join(place, "new.db")):
            done = self.analyze(self.capture, database=name)
            self.assertEqual((done.returncode, done.stderr),
                             (1, f"seeother: {name}: Read-only file system\n"))
        done = subprocess.run([SEEOTHER, "query", "-d", database, "summary"],
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0)

    def test_no_permission(self):
        options = {"user": 65534} if is_root() else {}
        os.chmod(self.folder, 0o777)
        os.chmod(self.captures, 0o755)
        done = self.analyze(self.capture, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        os.chmod(self.database, 0o444)
        before = self.hash(self.database)
        done = self.analyze(self.capture, **options)
        self.assertEqual((done.returncode, done.stderr),
                         (1, f"seeother: {self.database}: Permission denied\n"))
        os.chmod(self.database, 0o666)
        os.chmod(self.folder, 0o555)
        done = self.analyze(self.capture, **options)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "permission|Permission")
        self.assertEqual(self.hash(self.database), before)
        os.chmod(self.folder, 0o755)

    def hash(self, path):
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    @unittest.skipUnless(FAILING_IO, "a library cannot be preloaded into this build")
    def test_a_disk_that_breaks(self):
        kept = []
        for after in (*range(0, 60, 4), 100, 300, 1000):
            database = os.path.join(self.folder, f"broken{after}.db")
            environment = dict(os.environ, LD_PRELOAD=FAILING_IO, FAILING_IO_AFTER=str(after))
            done = self.analyze(self.capture, database=database, env=environment)
            if done.returncode == 0:
                self.assertGreater(after, 300)
                continue
            self.assertRegex(done.stderr, "Input/output error|disk I/O error")
            if os.path.exists(database):
                kept.append(self.check_kept(done, database))
        print("kept by disks that break:", kept)
        self.assertGreater(max(kept), 0)

    def test_a_database_that_is_deleted(self):
        with subprocess.Popen(
                [SEEOTHER, "analyze", "--format", "none", "-d", self.database, "-"],
                stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=False) as process:
            with open(self.capture, "rb") as file:
                process.stdin.write(file.read())
            process.stdin.flush()
            os.remove(self.database)
            process.stdin.close()
            said = process.stderr.read().decode()
        self.assertEqual(process.returncode, 1)
        self.assertIn(f"seeother: {self.database} was deleted while it was written to", said)


class Others(Case):
    """Other programs, and what is theirs."""

    def setUp(self):
        super().setUp()
        self.capture = crafted(os.path.join(self.folder, "some.pcap"), 20)

    def hold(self, how, seconds):
        """Another program that holds the database, for so long."""
        db = sqlite3.connect(self.database, isolation_level=None, timeout=20,
                             check_same_thread=False)
        db.execute(how)
        db.execute("SELECT count(*) FROM findings").fetchone()

        def let_go():
            db.execute("ROLLBACK")
            db.close()
        timer = threading.Timer(seconds, let_go)
        timer.start()
        self.addCleanup(timer.join)
        return timer

    def hold_on(self, how):
        """Likewise, until it is told to let go."""
        db = sqlite3.connect(self.database, isolation_level=None, timeout=20)
        db.execute(how)
        db.execute("SELECT count(*) FROM findings").fetchone()
        return db

    def test_locked_for_a_while(self):
        self.analyze(self.capture)
        for how in ("BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "BEGIN"):
            timer = self.hold(how, 1.5)
            done = self.analyze(self.capture)
            self.assertEqual((done.returncode, done.stderr), (0, ""), how)
            timer.join()
        self.assertEqual(self.rows("SELECT count(*) FROM findings"), [(80,)])
        self.check_whole(self.database)

    def test_locked_for_ever(self):
        self.analyze(self.capture)
        for how in ("BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "BEGIN"):
            holder = self.hold_on(how)
            began = time.monotonic()
            done = self.analyze(self.capture)
            self.assertLess(time.monotonic() - began, 20, how)
            self.assertEqual(done.returncode, 1, how)
            self.assertEqual(done.stderr, f"seeother: {self.database}: another program is using "
                                          "it (database is locked)\n")
            holder.close()
        self.assertEqual(self.rows("SELECT count(*) FROM findings"), [(20,)])
        self.check_whole(self.database)

    def start(self):
        return subprocess.Popen(
            [SEEOTHER, "analyze", "-q", "--format", "jsonl", "-d", self.database, "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def feed(self, process, first):
        """Ten violations; the last one is sure only when time has passed."""
        capture = Capture()
        capture.pause(2 * first)
        capture.port += first
        for number in range(first, first + 10):
            add_violation(capture, number)
            capture.pause(2)
        if first == 0:
            process.stdin.write(capture.header())
        process.stdin.write(capture.records())
        process.stdin.flush()
        for _ in range(9):
            process.stdout.readline()

    def end(self, process):
        _, said = process.communicate(timeout=60)
        return process.returncode, said.decode()

    def test_locked_while_it_runs(self):
        with self.start() as process:
            self.feed(process, 0)
            timer = self.hold("BEGIN IMMEDIATE", 2)
            self.feed(process, 10)
            timer.join()
            self.assertEqual(self.end(process), (0, ""))
        self.assertEqual(self.rows("SELECT count(*) FROM findings"), [(20,)])

    def test_locked_for_long_while_it_runs(self):
        with self.start() as process:
            self.feed(process, 0)
            timer = self.hold("BEGIN IMMEDIATE", 7)
            self.feed(process, 10)
            timer.join()
            self.assertEqual(self.end(process), (0, ""))
        self.assertEqual(self.rows("SELECT count(*) FROM findings"), [(20,)])

    def test_locked_for_ever_while_it_runs(self):
        with self.start() as process:
            self.feed(process, 0)
            holder = self.hold_on("BEGIN IMMEDIATE")
            self.feed(process, 10)
            status, said = self.end(process)
            holder.close()
        self.assertEqual(status, 1)
        self.assertIn("another program is using it", said)
        self.assertIn(": 9 findings of this run are in it, no later ones", said)
        self.assertEqual(self.rows("SELECT count(*) FROM findings"), [(9,)])
        self.check_whole(self.database)

    def test_two_writers(self):
        with self.start() as process:
            self.feed(process, 0)
            done = self.analyze(self.capture)
            self.assertEqual((done.returncode, done.stderr), (
                1, f"seeother: {self.database}: another seeother is writing to it; wait for its "
                   "end, or choose another database\n"))
            self.feed(process, 10)
            self.assertEqual(self.end(process), (0, ""))
        self.assertEqual(self.rows("SELECT count(*) FROM findings"), [(20,)])

    def test_what_is_not_ours(self):
        def write(octets):
            with open(self.database, "wb") as file:
                file.write(octets)

        def database(sql):
            db = sqlite3.connect(self.database)
            db.executescript(sql)
            db.close()

        kinds = {
            "a picture": lambda: write(b"\x89PNG\r\n\x1a\n" + bytes(5000)),
            "a text": lambda: write(b"dear diary\n"),
            "a database": lambda: database("CREATE TABLE bookmarks (url); INSERT INTO bookmarks"
                                           " VALUES ('x')"),
            "with its log": lambda: database("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"),
            "another application": lambda: database("CREATE TABLE t (x); PRAGMA"
                                                    " application_id = 252006673"),
            "a damaged one": lambda: write(b"SQLite format 3\0" + b"\xff" * 5000),
        }
        for kind, make in kinds.items():
            make()
            with open(self.database, "rb") as file:
                before = file.read()
            done = self.analyze(self.capture)
            self.assertEqual(done.returncode, 1, kind)
            self.assertEqual(done.stderr, f"seeother: {self.database} is not a seeother database\n",
                             kind)
            with open(self.database, "rb") as file:
                self.assertEqual(file.read(), before, kind)
            os.remove(self.database)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
