#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs seeother contained: as root and as nobody, with every facility and without each.

usage: sandbox_test.py SEEOTHER SAMPLES WITHOUT CONTAIN_TEST

What a contained process cannot do is tried by CONTAIN_TEST (tests/unit/contain_test.c), which is run
here by other users and on lesser systems (WITHOUT: tests/e2e/without.c).
"""
import os
import pwd
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SEEOTHER, SAMPLES, WITHOUT, CONTAIN_TEST = map(os.path.abspath, sys.argv[1:5])
SAMPLE = os.path.join(SAMPLES, "w3m-307-post.pcap")
IS_ROOT = os.geteuid() == 0
SECONDS_MAX = 20


def octets_of(path):
    with open(path, "rb") as file:
        return file.read()


def wait_for(what, condition):
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {SECONDS_MAX} s: {what}")
        time.sleep(0.01)


def status_of(pid):
    """Of /proc/PID/status, by name; None when there is no such process any more."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        return None if status["State"].startswith("Z") else status
    except (FileNotFoundError, ProcessLookupError):
        return None


def children_of(pid):
    found = []
    for name in os.listdir("/proc"):
        status = status_of(name) if name.isdigit() else None
        if status and int(status["PPid"]) == pid:
            found.append(int(name))
    return found


def findings(path):
    """Those of the rule that the sample is about; what else is found in it is not our concern."""
    db = sqlite3.connect(path)
    rows = db.execute("SELECT id FROM findings WHERE rule = '307-method-changed'").fetchall()
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return rows


def be_nobody():
    entry = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
    os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.db = os.path.join(self.folder, "some.db")
        self.processes = []

    def tearDown(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        shutil.rmtree(self.folder)

    def run_tool(self, *arguments, before=(), **options):
        return subprocess.run([*before, SEEOTHER, *arguments], capture_output=True, text=True,
                              errors="replace", timeout=120, check=False, **options)

    def analyze(self, *arguments, **options):
        return self.run_tool("analyze", "-d", self.db, "--format", "none", *arguments, **options)

    def start(self, *arguments, **options):
        """Waits on standard input, with what comes before it read."""
        process = subprocess.Popen(
            [SEEOTHER, "analyze", "-v", "-d", self.db, "--format", "none", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.processes.append(process)
        return process

    def start_contained(self, **options):
        """A process that has read a capture and waits for more of it, and the child that reads."""
        process = self.start("-", **options)
        process.stdin.write(octets_of(SAMPLE))
        process.stdin.flush()
        child = wait_for("there is a child", lambda: children_of(process.pid))[0]
        process.first_line = process.stderr.readline().decode()
        return process, child

    def end(self, process):
        out, err = process.communicate(timeout=SECONDS_MAX)
        return process.returncode, process.first_line + err.decode(), out

    def assert_alone(self):
        """Only the database is left in its directory."""
        self.assertEqual(os.listdir(self.folder), ["some.db"])


class Contained(Case):
    def test_what_the_system_says_of_the_child(self):
        process, child = self.start_contained()
        self.assertIn("seccomp", process.first_line)
        status = wait_for("the filter", lambda: (lambda s: s["Seccomp"] == "2" and s)(
            status_of(child)))
        self.assertEqual(status["NoNewPrivs"], "1")
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[kind], 16), 0, kind)
        if IS_ROOT:
            nobody = pwd.getpwnam("nobody")
            self.assertEqual(status["Uid"].split(), [str(nobody.pw_uid)] * 4)
            self.assertEqual(status["Gid"].split(), [str(nobody.pw_gid)] * 4)
            self.assertEqual(status["Groups"].strip(), "")
        code, err, _ = self.end(process)
        self.assertEqual(code, 0, err)
        self.assertEqual(len(findings(self.db)), 1)
        self.assert_alone()

    def test_root_becomes_the_user_that_was_made_for_it(self):
        users = os.path.join(self.folder, "passwd")
        with open("/etc/passwd", encoding="utf-8") as file, open(users, "w", encoding="utf-8") as to:
            to.write(file.read() + "_seeother:x:64123:64124::/nonexistent:/usr/sbin/nologin\n")
        before = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/passwd && exec "$@"', users]
        if not IS_ROOT or self.run_tool("--version", before=before).returncode != 0:
            self.skipTest("there is no namespace of mounts for us")
        done = self.run_tool("analyze", "-v", "-d", self.db, "--format", "none", SAMPLE, before=before)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("user _seeother", done.stderr)

    def test_no_sandbox(self):
        process = self.start("--no-sandbox", "-")
        process.stdin.write(octets_of(SAMPLE))
        process.stdin.flush()
        wait_for("the database", lambda: os.path.exists(self.db))
        time.sleep(0.2)
        self.assertEqual(children_of(process.pid), [])
        self.assertEqual(status_of(process.pid)["Seccomp"], status_of(os.getpid())["Seccomp"])
        _, err = process.communicate(timeout=SECONDS_MAX)
        self.assertEqual(process.returncode, 0)
        self.assertNotIn(b"contained", err)

    def test_files_of_root_stay_its_own(self):
        os.chmod(self.folder, 0o700)
        secret = os.path.join(self.folder, "secret")
        os.mkdir(secret, 0o700)
        shutil.copy(SAMPLE, secret)
        os.chmod(os.path.join(secret, os.path.basename(SAMPLE)), 0o400)
        for _ in range(2):  # a second run appends
            done = self.analyze(secret)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        shutil.rmtree(secret)
        self.assert_alone()
        info = os.stat(self.db)
        self.assertEqual((info.st_uid, info.st_mode & 0o777), (os.geteuid(), 0o600))
        self.assertEqual(len(findings(self.db)), 2)

    @unittest.skipUnless(IS_ROOT, "needs root")
    def test_root_in_the_directory_of_a_user(self):
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        subprocess.run(["sqlite3", self.db, "PRAGMA user_version = 0"], check=True)
        open(self.db, "ab").close()
        os.chown(self.db, nobody.pw_uid, nobody.pw_gid)
        os.chmod(self.db, 0o640)
        done = self.analyze(SAMPLE)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        info = os.stat(self.db)
        self.assertEqual((info.st_uid, info.st_mode & 0o777), (nobody.pw_uid, 0o640))
        self.assert_alone()

    @unittest.skipUnless(IS_ROOT, "needs root")
    def test_nobody(self):
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        done = self.analyze("-v", SAMPLE, preexec_fn=be_nobody)
        if "Permission denied" in done.stderr and "some.db" not in done.stderr:
            self.skipTest("nobody cannot read this build")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("contained: no new privileges", done.stderr)
        self.assertEqual(os.stat(self.db).st_uid, nobody.pw_uid)
        self.assert_alone()
        tried = subprocess.run([CONTAIN_TEST], preexec_fn=be_nobody, capture_output=True, text=True,
                               check=False)
        self.assertEqual(tried.returncode, 0, tried)

    def test_three_thousand_files(self):
        head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        names = []
        folder = os.path.join(self.folder, "in")
        os.mkdir(folder)
        for i in range(3000):
            names.append(os.path.join(folder, f"{i}.pcap"))
            with open(names[-1], "wb") as file:
                file.write(head + struct.pack("<IIII", 5000 - i, 0, 60, 60) + bytes(60))
        done = self.analyze("-q", *names, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (64, 64)))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        db = sqlite3.connect(self.db)
        rows = db.execute("SELECT source, status, packets FROM captures ORDER BY id").fetchall()
        db.close()
        self.assertEqual(rows, [(name, "complete", 1) for name in reversed(names)])

    def test_closed_descriptors(self):
        for closed in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"):
            codes = []
            for option in ("-v", "--no-sandbox"):
                command = f'exec "$0" analyze "$1" -d "$2" "$3" {closed}'
                done = subprocess.run(["sh", "-c", command, SEEOTHER, option, self.db, SAMPLE],
                                      check=False, capture_output=True, timeout=SECONDS_MAX)
                codes.append(done.returncode)
            self.assertEqual(codes, [1 if "1" in closed else 0] * 2, closed)
        self.assertEqual(len(findings(self.db)), 8)

    def test_link_to_the_database(self):
        """What SQLite makes beside it lies beside the file, not the link."""
        there = os.path.join(self.folder, "there")
        os.mkdir(there)
        os.symlink(os.path.join(there, "real.db"), self.db)
        open(os.path.join(there, "real.db"), "wb").close()
        done = self.analyze(SAMPLE)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertEqual(sorted(os.listdir(self.folder)), ["some.db", "there"])
        self.assertEqual(os.listdir(there), ["real.db"])
        self.assertEqual(len(findings(self.db)), 1)

    def test_inputs_through_descriptors(self):
        command = '"$0" analyze -d "$1" --format none <(cat "$2") <(gzip -c "$2")'
        done = subprocess.run(["bash", "-c", command, SEEOTHER, self.db, SAMPLE], check=False,
                              capture_output=True, text=True, timeout=SECONDS_MAX)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_input_that_is_gone(self):
        done = self.analyze(SAMPLE, os.path.join(self.folder, "gone.pcap"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("gone.pcap: No such file or directory", done.stderr)
        self.assertEqual(len(findings(self.db)), 1)


class Query(Case):
    def test_contained(self):
        self.analyze(SAMPLE)
        done = self.run_tool("query", "-v", "-d", self.db, "violations")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "contained: no new privileges, Landlock .*, seccomp")
        done = self.run_tool("query", "-v", "--no-sandbox", "-d", self.db, "violations")
        self.assertEqual((done.returncode, "contained" in done.stderr), (0, False))

    def test_while_somebody_writes(self):
        """The log and its index are opened, or made, when a database in use is read."""
        process, _ = self.start_contained()
        question = ("query", "-d", self.db, "--sql", "SELECT id FROM rules LIMIT 1")
        wait_for("an answer", lambda: self.run_tool(*question).stdout)
        process.kill()
        process.wait(SECONDS_MAX)
        for _ in range(2):  # what a killed program left is recovered by reading it
            done = self.run_tool(*question)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_large_sort(self):
        """What does not fit into memory goes to a temporary file, wherever the user has those."""
        self.analyze(SAMPLE)
        sql = ("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n LIMIT 100000)"
               " SELECT count(*) FROM (SELECT DISTINCT hex(randomblob(100)) AS x FROM n ORDER BY x)")
        for where in ({}, {"TMPDIR": self.folder}, {"SQLITE_TMPDIR": "/dev/shm"}):
            done = self.run_tool("query", "-d", self.db, "--format", "csv", "--sql", sql,
                                 env={**os.environ, **where})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("100000", done.stdout)


class Extract(Case):
    def setUp(self):
        super().setUp()
        self.output = os.path.join(self.folder, "cut.pcapng")
        self.analyze(SAMPLE)

    def extract(self, *arguments, **options):
        return self.run_tool("extract", "-d", self.db, "--finding", "1", *arguments, **options)

    def test_contained(self):
        done = self.extract("-v", "-o", self.output)
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stderr, "contained: no new privileges, Landlock .*, seccomp")
        plain = self.extract("-v", "--no-sandbox", "-o", "-")
        self.assertEqual((plain.returncode, "contained:" in plain.stderr), (0, False))
        piped = subprocess.run([SEEOTHER, "extract", "-d", self.db, "--finding", "1"],
                               capture_output=True, check=True).stdout
        self.assertEqual(octets_of(self.output), piped)
        self.assertEqual(sorted(os.listdir(self.folder)), ["cut.pcapng", "some.db"])

    def test_files_that_only_root_reads(self):
        """Capture, database and output are its own; the process that reads them is nobody."""
        os.chmod(self.folder, 0o700)
        kept = os.path.join(self.folder, os.path.basename(SAMPLE))
        shutil.copy(SAMPLE, kept)
        os.chmod(kept, 0o400)
        self.analyze(kept)
        done = self.run_tool("extract", "-d", self.db, "--finding", "2", "-o", self.output)
        self.assertEqual(done.returncode, 0, done)
        info = os.stat(self.output)
        self.assertEqual((info.st_uid, info.st_mode & 0o777), (os.geteuid(), 0o600))

    def test_a_database_that_names_what_is_no_capture(self):
        """A stranger's database gets no device opened, and no pipe that would wait for ever."""
        pipe = os.path.join(self.folder, "pipe")
        os.mkfifo(pipe)
        for name in (pipe, "/dev/zero", self.folder, "/etc/passwd", "x" * 5000, ""):
            db = sqlite3.connect(self.db)
            db.execute("UPDATE captures SET source = ?", (name,))
            db.commit()
            db.close()
            for options in ((), ("--no-sandbox",)):
                done = self.extract("-o", self.output, *options)
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("nothing is written", done.stderr)
                self.assertFalse(os.path.exists(self.output))

    def test_killed(self):
        """The parent, which opens a pipe for the child, says what became of the child."""
        os.mkfifo(self.output)
        process = subprocess.Popen([SEEOTHER, "extract", "-d", self.db, "--finding", "1", "-o",
                                    self.output], stderr=subprocess.PIPE)
        self.processes.append(process)
        child = wait_for("there is a child", lambda: children_of(process.pid))[0]
        wait_for("it waits for its parent, which waits for a reader",
                 lambda: status_of(process.pid)["State"].startswith("S"))
        time.sleep(0.2)
        os.kill(child, signal.SIGKILL)
        with open(os.open(self.output, os.O_RDONLY | os.O_NONBLOCK), "rb"):
            err = process.communicate(timeout=SECONDS_MAX)[1].decode()
        self.assertEqual(process.returncode, 1)
        self.assertIn("the process that reads packets: was killed\n", err)
        self.assertIn("nothing is written", err)

    def test_while_somebody_writes(self):
        process, _ = self.start_contained()
        done = self.extract("-o", self.output)
        self.assertEqual((done.returncode, os.path.exists(self.output)), (0, True), done)
        self.end(process)


class Merge(Case):
    def setUp(self):
        super().setUp()
        self.source = os.path.join(self.folder, "source.db")
        self.analyze("-d", self.source, SAMPLE)

    def merge(self, *arguments, **options):
        return self.run_tool("merge", "-d", self.db, *arguments, **options)

    def test_contained(self):
        done = self.merge("-v", self.source)
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stderr, "contained: no new privileges, Landlock .*, seccomp")
        done = self.merge("-v", "--no-sandbox", self.source)
        self.assertEqual((done.returncode, "contained:" in done.stderr), (0, False))
        self.assertEqual(len(findings(self.db)), 2)
        info = os.stat(self.db)
        self.assertEqual((info.st_uid, info.st_mode & 0o777), (os.geteuid(), 0o600))
        self.assertEqual(sorted(os.listdir(self.folder)), ["some.db", "source.db"])

    def test_sources_of_every_kind(self):
        """One by a link and a relative path, one that is written to, one that was killed."""
        os.symlink(self.source, os.path.join(self.folder, "link.db"))
        killed = os.path.join(self.folder, "killed.db")
        self.analyze(SAMPLE)
        process, _ = self.start_contained()
        shutil.copy(self.db, killed)
        shutil.copy(self.db + "-wal", killed + "-wal")
        target = os.path.join(self.folder, "target.db")
        for options in ((), ("--no-sandbox",)):
            done = self.run_tool("merge", *options, "-d", target, "link.db", self.db, killed,
                                 cwd=self.folder)
            self.assertEqual(done.returncode, 0, done)
        self.end(process)
        db = sqlite3.connect(target)
        sources = db.execute("SELECT count(*) FROM captures WHERE source = ?", (SAMPLE,)).fetchall()
        db.close()
        self.assertEqual(sources, [(6,)])

    def test_target_of_a_merge_that_failed(self):
        """One that was made for it is gone; one that was there is as it was."""
        bad = os.path.join(self.folder, "bad.db")
        shutil.copy(self.source, bad)
        db = sqlite3.connect(bad)
        db.execute("DROP TABLE finding")
        db.commit()
        db.close()
        for options in ((), ("--no-sandbox",)):
            done = self.merge(*options, self.source, bad)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("bad.db", done.stderr)
            self.assertEqual(sorted(os.listdir(self.folder)), ["bad.db", "source.db"])
        self.merge(self.source)
        done = self.merge(self.source, bad)
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(len(findings(self.db)), 1)


class Ends(Case):
    def test_signals_end_both_in_order(self):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for whom in ("parent", "child", "both"):
                with self.subTest(signal=number, whom=whom):
                    process, child = self.start_contained(start_new_session=True)
                    if whom == "parent":
                        process.send_signal(number)
                    elif whom == "child":
                        os.kill(child, number)
                    else:
                        os.killpg(process.pid, number)
                    self.assertEqual(process.wait(SECONDS_MAX), 1)
                    self.assertIsNone(status_of(child))
                    self.assertRegex(self.end(process)[1], "-: (stopped after|not read|interr)")
                    self.assert_alone()

    def test_signal_while_the_parent_waits_for_a_pipe(self):
        pipe = os.path.join(self.folder, "pipe")
        os.mkfifo(pipe)
        process = self.start(pipe)
        process.first_line = process.stderr.readline().decode()
        child = wait_for("there is a child", lambda: children_of(process.pid))[0]
        wait_for("it waits", lambda: status_of(process.pid)["State"].startswith("S"))
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        code, err, _ = self.end(process)
        self.assertIn(code, (0, 1), err)
        self.assertIsNone(status_of(child))

    def test_killed_parent(self):
        process, child = self.start_contained()
        process.kill()
        process.wait(SECONDS_MAX)
        wait_for("the child ends too", lambda: status_of(child) is None)
        self.assertIsInstance(findings(self.db), list)

    def test_killed_child(self):
        process, child = self.start_contained()
        os.kill(child, signal.SIGKILL)
        code, err, _ = self.end(process)
        self.assertEqual(code, 1)
        self.assertIn("the process that reads packets: was killed\n", err)
        self.assertIsInstance(findings(self.db), list)

    def test_crashed_child(self):
        for number, words in ((signal.SIGTRAP, "crashed (Trace/breakpoint trap)"),
                              (signal.SIGSYS, "made a system call that it has no business with")):
            process, child = self.start_contained()
            os.kill(child, number)
            code, err, _ = self.end(process)
            self.assertEqual(code, 1)
            self.assertIn(f"seeother: the process that reads packets: {words}", err)

    def test_no_process_left(self):
        self.analyze(SAMPLE)
        for pid in os.listdir("/proc"):
            if pid.isdigit():
                try:
                    self.assertNotIn(self.db.encode(), octets_of(f"/proc/{pid}/cmdline"))
                except (FileNotFoundError, ProcessLookupError):
                    pass

    def test_exit_status_is_passed_on(self):
        self.assertEqual(self.analyze("--fail-on", "violation", SAMPLE).returncode, 3)
        self.assertEqual(self.analyze("/etc/passwd").returncode, 1)
        self.assertEqual(self.run_tool("analyze", "-d", "/nowhere/x.db", SAMPLE).returncode, 1)


class Missing(Case):
    """A system that lacks something is noticed, said with -v, and otherwise as good as any."""

    def check(self, what, said):
        done = self.analyze("-v", SAMPLE, before=(WITHOUT, what))
        if done.returncode == 77:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("not contained, as this system does not allow it: ", done.stderr)
        missing = done.stderr.split("does not allow it: ", 1)[1].split("\n", 1)[0]
        for word in said:
            self.assertIn(word, missing)
        self.assertEqual(len(findings(self.db)), 1)
        self.assert_alone()
        quiet = self.analyze(SAMPLE, before=(WITHOUT, what))
        self.assertEqual((quiet.returncode, quiet.stderr), (0, ""))
        tried = subprocess.run([WITHOUT, what, CONTAIN_TEST], capture_output=True, text=True,
                               check=False)
        self.assertEqual(tried.returncode, 0, tried)
        return tried.stdout

    def test_landlock(self):
        said = self.check("landlock", ["Landlock (Function not impl"])
        if "built with sanitizers" not in said:
            self.assertNotIn("not proven", said)

    def test_seccomp(self):
        unproven = self.check("seccomp", ["seccomp ("])
        self.assertIn("not proven, as nothing here forbids it: an IPv4 socket", unproven)

    @unittest.skipUnless(IS_ROOT, "needs root")
    def test_setuid(self):
        self.check("setuid", ["an unprivileged user (Operation not permitted)"])

    def test_capset(self):
        self.check("capset", ["dropping capabilities (Operation not permitted)"])

    @unittest.skipUnless(IS_ROOT, "without it nothing else can be taken away")
    def test_no_new_privileges(self):
        self.check("nnp", ["no new privileges (Invalid argument)"])

    def test_everything(self):
        what = "landlock,seccomp,capset" + (",setuid,nnp" if IS_ROOT else "")
        self.check(what, ["Landlock", "seccomp"])

    def test_no_second_process(self):
        done = self.analyze(SAMPLE, before=(WITHOUT, "fork"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("no second process can be started: Resource temporarily", done.stderr)
        self.assertFalse(os.path.exists(self.db))
        os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # which takes a second process as well
        self.assertEqual(self.analyze("--no-sandbox", SAMPLE, before=(WITHOUT, "fork")).returncode,
                         0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)
