#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The unit for systemd: does it say what systemd understands, and does seeother live with it?

usage: service_test.py SEEOTHER UNIT CONF CONFINED

systemd-analyze looks at the unit.  Then seeother is started the way the unit asks for, in a network
namespace, as far as that goes without systemd: the user, the capabilities, no new privileges, a file
system that is read-only but for its directories, the system calls, the families of sockets (CONFINED:
tests/e2e/confined.c), the socket for notices.  Exits with 77 (skipped) where nothing can be tried.
"""
import collections
import http.server
import os
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SEEOTHER, UNIT, CONF, CONFINED = map(os.path.abspath, (sys.argv[1:] + [""] * 4)[:4])
SECONDS_MAX = 20
EXPOSURE_MAX = 20  # tenths
SOME_USER = "61234"  # one that DynamicUser= could make up


def wait_for(what, condition):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {SECONDS_MAX} s: {what}")
        time.sleep(0.05)


def unit_settings():
    """Each name with its values, in their order."""
    settings = collections.defaultdict(list)
    with open(UNIT, encoding="utf-8") as file:
        for line in file:
            name, is_setting, value = line.strip().partition("=")
            if is_setting and not line.startswith("#"):
                settings[name].append(value)
    return settings


def system_calls(lines):
    """What lines of SystemCallFilter= come to."""
    told = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True,
                          check=True).stdout
    groups, name = {}, None
    for line in told.splitlines():
        if line.startswith("@"):
            name = line.strip()
            groups[name] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            groups[name].append(line.strip())

    def expand(word):
        if word[0] != "@":
            return {word}
        return {call for part in groups[word] for call in expand(part)}

    allowed = set(expand("@default"))
    for line in lines:
        for word in line.lstrip("~").split():
            allowed = allowed - expand(word) if line[0] == "~" else allowed | expand(word)
    return allowed | set(groups["@default"])


class Analyzed(unittest.TestCase):
    def setUp(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        self.folder = tempfile.mkdtemp()
        self.unit = os.path.join(self.folder, "seeother.service")
        with open(UNIT, encoding="utf-8") as file, open(self.unit, "w", encoding="utf-8") as to:
            to.write(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=" + SEEOTHER, file.read()))

    def tearDown(self):
        shutil.rmtree(self.folder)

    def test_it_is_understood(self):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", self.unit],
                              capture_output=True, text=True, check=False)
        ours = [line for line in done.stderr.splitlines() if "seeother" in line]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)

    def test_it_is_hardened(self):
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager",
             f"--threshold={EXPOSURE_MAX}", self.unit], capture_output=True, text=True, check=False)
        print(done.stdout.strip().splitlines()[-1])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Redirecting(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(303 if self.path == "/order" else 200)
        self.send_header("Location", "/done")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def serve():
    http.server.HTTPServer(("127.0.0.1", 8080), Redirecting).serve_forever()


class Confined(unittest.TestCase):
    def setUp(self):
        missing = [tool for tool in ("systemd-analyze", "ip", "setpriv", "unshare", "curl")
                   if not shutil.which(tool)]
        if os.geteuid() != 0 or missing:
            self.skipTest("needs root" if not missing else f"there is no {missing[0]} here")
        self.name = f"see-{os.getpid()}-s"
        if subprocess.run(["ip", "netns", "add", self.name], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest("no network namespace can be made here")
        self.started = []
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        self.state = os.path.join(self.folder, "state")
        os.mkdir(self.state, 0o750)
        os.chown(self.state, int(SOME_USER), int(SOME_USER))
        self.words = os.path.join(self.folder, "words")
        self.inside("ip", "link", "set", "lo", "up")

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        subprocess.run(["ip", "netns", "delete", self.name], check=False)
        shutil.rmtree(self.folder)

    def inside(self, *command, check=True):
        return subprocess.run(["ip", "netns", "exec", self.name, *command], check=check,
                              capture_output=True, timeout=SECONDS_MAX)

    def start(self, *command, **options):
        process = subprocess.Popen(["ip", "netns", "exec", self.name, *command], **options)
        self.started.append(process)
        return process

    def start_as_the_unit_asks(self, settings, config, notify):
        self.assertEqual(settings["AmbientCapabilities"], ["CAP_NET_RAW"])
        self.assertEqual(settings["CapabilityBoundingSet"], ["CAP_NET_RAW"])
        self.assertEqual((settings["ProtectSystem"], settings["WorkingDirectory"]),
                         (["strict"], ["%S/seeother"]))
        calls = ",".join(sorted(system_calls(settings["SystemCallFilter"])))
        families = ",".join(str(int(getattr(socket, name))) for name in
                            settings["RestrictAddressFamilies"][0].split())
        arguments = settings["ExecStart"][0].split()[1:]
        self.assertEqual(arguments, ["monitor", "--config", "/etc/seeother.conf"])
        arguments[2] = config
        read_only = ('mount --bind "$0" "$0" && mount -o remount,bind,ro / && cd "$0" &&'
                     ' umask 0077 && exec "$@"')
        with open(self.words, "ab") as words:
            return self.start(
                "unshare", "--mount", "sh", "-c", read_only, self.state,
                "setpriv", "--reuid", SOME_USER, "--regid", SOME_USER, "--clear-groups",
                "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw",
                "--bounding-set=-all,+net_raw", "--no-new-privs",
                CONFINED, calls, families, SEEOTHER, *arguments,
                env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": notify,
                     "WATCHDOG_USEC": "1000000",
                     "ASAN_OPTIONS": "detect_leaks=0"},  # it would trace us
                stdout=words, stderr=words)

    def said(self):
        with open(self.words, encoding="utf-8") as file:
            return file.read()

    def rows(self, sql):
        db = sqlite3.connect(os.path.join(self.state, "seeother.db"))
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def test_nothing_is_filtered_unless_it_is_asked_for(self):
        """A filter hides what comes in VLANs and tunnels."""
        with open(CONF, encoding="utf-8") as file:
            names = [line.partition("=")[0].strip() for line in file if line.strip()
                     and not line.startswith("#")]
        self.assertIn("interface", names)
        self.assertNotIn("filter", names)

    def test_it_lives_with_its_unit(self):
        settings = unit_settings()
        config = os.path.join(self.folder, "seeother.conf")
        shutil.copy(CONF, config)
        os.chmod(config, 0o644)
        with open(config, "a", encoding="utf-8") as file:
            file.write("verbose\nmetrics = 127.0.0.1:9303\n")
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notices.close)
        notify = os.path.join(self.folder, "notify")
        notices.bind(notify)
        os.chmod(notify, 0o777)
        notices.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        notices.settimeout(SECONDS_MAX)
        service = self.start_as_the_unit_asks(settings, config, notify)
        try:
            text, senders = self.next_notice(notices)
        except TimeoutError:
            self.fail(self.said())
        self.assertIn(b"READY=1", text)
        if service.pid not in senders:
            self.assertEqual(settings["NotifyAccess"], ["all"])
        self.assertIn("contained: no new privileges, Landlock", self.said())
        self.assertIn("no capabilities, seccomp", self.said())
        self.assertNotIn("not contained", self.said())
        self.start(sys.executable, os.path.abspath(__file__), "--serve")
        wait_for("the server answers", lambda: self.inside(
            "curl", "-s", "http://127.0.0.1:8080/", check=False).returncode == 0)
        self.inside("curl", "-s", "-L", "-X", "POST", "-d", "a=1", "http://127.0.0.1:8080/order")
        wait_for("the finding is stored", lambda: self.rows("SELECT 1 FROM violations"))
        page = self.inside("curl", "-sf", "http://127.0.0.1:9303/metrics").stdout
        self.assertIn(b"seeother_build_info", page)
        service.send_signal(signal.SIGHUP)
        texts = [self.next_notice(notices)[0] for _ in range(2)]
        self.assertEqual([text.split(b"=")[0] for text in texts], [b"RELOADING", b"READY"])
        service.send_signal(signal.SIGTERM)
        self.assertEqual(service.wait(SECONDS_MAX), 0, self.said())
        self.assertEqual(self.rows("SELECT status FROM captures"), [("complete",), ("stopped",)])
        owner = os.stat(os.path.join(self.state, "seeother.db"))
        self.assertEqual((owner.st_uid, owner.st_mode & 0o777), (int(SOME_USER), 0o600))

    @staticmethod
    def next_notice(notices):
        """But for signs of life; and who sent it."""
        text, senders = b"WATCHDOG=1", []
        while text == b"WATCHDOG=1":
            text, ancillary, _, _ = notices.recvmsg(200, socket.CMSG_SPACE(struct.calcsize("3i")))
            senders = [struct.unpack("3i", data[:12])[0] for _, _, data in ancillary]
        return text, senders


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup the service would ignore it
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not installed")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]])


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve()
    else:
        main()
