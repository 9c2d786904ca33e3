#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Watches a network namespace while a real client mishandles a redirect there.

usage: monitor_test.py SEEOTHER

The findings must be on standard output while it runs and in the database when it is told to stop,
and be those that `analyze` finds in a capture of the same traffic.  Exits with 77 (skipped) without
root, ip, tcpdump or curl.
"""
import http.server
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

SECONDS_MAX = 20


def skip(why):
    print("skipped:", why)
    sys.exit(77)


class Redirecting(http.server.BaseHTTPRequestHandler):
    """POST /order is answered 303 or 307 to /done; the rest gets 200."""
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


def serve():
    http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Redirecting).serve_forever()


class Namespace:
    """A network namespace of its own, gone with the test."""

    def __init__(self):
        self.name = f"seeother-{os.getpid()}"
        done = subprocess.run(["ip", "netns", "add", self.name], capture_output=True, check=False)
        if done.returncode != 0:
            skip("no network namespace can be made here")
        self.started = []
        self.run("ip", "link", "set", "lo", "up")

    def inside(self, *command):
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command):
        return subprocess.run(self.inside(*command), check=True, capture_output=True,
                              timeout=SECONDS_MAX)

    def start(self, *command, **options):
        process = subprocess.Popen(self.inside(*command), **options)
        self.started.append(process)
        return process

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        subprocess.run(["ip", "netns", "delete", self.name], check=False)


def wait_for(what, condition):
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not within {SECONDS_MAX} s: {what}")
        time.sleep(0.02)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def findings(path):
    db = sqlite3.connect(path)
    rows = db.execute("SELECT rule, severity, message, confidence FROM findings"
                      " ORDER BY time_ns, rule").fetchall()
    status = [row[0] for row in db.execute("SELECT status FROM captures")]
    db.close()
    return rows, status


def main():
    seeother = os.path.abspath(sys.argv[1])
    if os.geteuid() != 0:
        skip("needs root for a network namespace")
    for tool in ("ip", "tcpdump", "curl"):
        if not shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            skip(f"there is no {tool} here")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o777)
    live, offline = os.path.join(folder, "live.db"), os.path.join(folder, "offline.db")
    capture, lines = os.path.join(folder, "same.pcap"), os.path.join(folder, "lines")
    words = os.path.join(folder, "words")
    space = Namespace()
    try:
        with open(lines, "wb") as out, open(words, "wb") as err:
            monitor = space.start(seeother, "monitor", "-i", "lo", "-d", live, "--format", "jsonl",
                                  "tcp", "port", "8080", stdout=out, stderr=err)
            dump = space.start("tcpdump", "-i", "lo", "-U", "-Z", "root", "-w", capture,
                               "tcp port 8080", stderr=subprocess.DEVNULL)
        space.start(sys.executable, os.path.abspath(__file__), "--serve")
        wait_for("the monitor watches", lambda: "watching" in read(words))
        wait_for("tcpdump writes", lambda: os.path.exists(capture) and os.path.getsize(capture))
        wait_for("the server answers", lambda: subprocess.run(
            space.inside("curl", "-s", "http://127.0.0.1:8080/"), check=False).returncode == 0)
        for status in ("303", "307", "302"):
            space.run("curl", "-s", "-X", "POST", "-d", "a=1", "-L",
                      f"http://127.0.0.1:8080/r/{status}/order")
        wait_for("a finding on standard output", lambda: "303-method-not-get" in read(lines))
        wait_for("a finding in the database of the running monitor",
                 lambda: findings(live)[0] and findings(live)[1] == ["running"])
        dump.send_signal(signal.SIGINT)
        dump.wait(SECONDS_MAX)
        monitor.send_signal(signal.SIGINT)
        assert monitor.wait(SECONDS_MAX) == 0, read(words)
        subprocess.run([seeother, "analyze", "--format", "none", "-d", offline, capture],
                       check=True)
        rows, status = findings(live)
        print(*rows, sep="\n")
        assert status == ["stopped"], status
        assert rows == findings(offline)[0], findings(offline)
        assert "303-method-not-get" in [row[0] for row in rows]
        assert all(json.loads(line) for line in read(lines).splitlines())
    finally:
        space.close()
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(serve() if sys.argv[1] == "--serve" else main())
