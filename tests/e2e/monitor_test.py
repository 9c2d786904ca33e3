#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Watches a network namespace while a real client mishandles a redirect there.

usage: monitor_test.py SEEOTHER

The findings must be on standard output while it runs and in the database when it is told to stop,
and they and the pairs be those that `analyze` finds in a capture of the same traffic.  All clients
that are installed take part; nginx, where it is, stands before the server as a proxy that keeps its
connections.  Exits with 77 (skipped) without root, ip, tcpdump or curl.
"""
import difflib
import http.server
import json
import os
import re
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


NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  upstream pool {{ server 127.0.0.1:8080; keepalive 2; }}
  server {{
    listen 127.0.0.1:8081;
    location / {{
      proxy_pass http://pool; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
    location = /moved {{ return 301 http://127.0.0.1:8081/done; }}
  }}
}}
"""

# By the program: what asks for a URI, and follows.
CLIENTS = {
    "curl": ["curl", "-s", "-X", "POST", "-d", "a=1", "-L"],
    "wget": ["wget", "-q", "-O", "/dev/null", "--post-data=a=1"],
    "node": ["node", "-e", "fetch(process.argv[1], {method: 'POST', body: 'a=1'})"
             ".then(answer => answer.text())"],
    "python3": [sys.executable, "-c", "import sys, urllib.request as u, contextlib\n"
                "with contextlib.suppress(Exception): u.urlopen(sys.argv[1], b'a=1')"],
    "w3m": ["w3m", "-dump"],
}


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


def read(path, mode="r"):
    with open(path, mode) as file:
        return file.read()


def stored(path):
    db = sqlite3.connect(path)
    rows = [db.execute(sql).fetchall() for sql in (
        "SELECT rule, severity, message, confidence FROM findings ORDER BY time_ns, rule",
        "SELECT uri, client, outcome, confidence, followup_method, followup_uri, evidence, chain_id,"
        " hop FROM redirects ORDER BY time_ns, id")]
    status = [row[0] for row in db.execute("SELECT status FROM captures")]
    db.close()
    # Each of the two that watch looks at the clock for itself.
    findings = [(rule, severity, re.sub(r"\d+\.\d+ ms", "a while", message), confidence)
                for rule, severity, message, confidence in rows[0]]
    return findings, rows[1], status


def assert_equal(live, offline):
    lines = difflib.unified_diff([str(row) for row in live], [str(row) for row in offline],
                                 "live", "offline", n=0, lineterm="")
    assert live == offline, "\n".join(lines)


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
    options = ["--window", "5"]
    traffic = "tcp portrange 8080-8081"
    space = Namespace()
    try:
        with open(lines, "wb") as out, open(words, "wb") as err:
            monitor = space.start(seeother, "monitor", "-i", "lo", "-d", live, "--format", "jsonl",
                                  *options, traffic, stdout=out, stderr=err)
            dump = space.start("tcpdump", "-i", "lo", "-U", "-Z", "root", "-w", capture, traffic,
                               stderr=subprocess.DEVNULL)
        wait_for("the monitor watches", lambda: "watching" in read(words))
        wait_for("tcpdump writes", lambda: os.path.exists(capture) and os.path.getsize(capture))
        space.start(sys.executable, os.path.abspath(__file__), "--serve")
        ports = [8080]
        if shutil.which("nginx"):
            config = os.path.join(folder, "nginx.conf")
            with open(config, "w", encoding="ascii") as file:
                file.write(NGINX.format(folder=folder))
            space.start("nginx", "-c", config, "-p", folder, stderr=subprocess.DEVNULL)
            ports.append(8081)
        else:
            print("nginx is not installed: without a proxy")
        for port in ports:
            wait_for("the server answers", lambda: subprocess.run(
                space.inside("curl", "-sf", "-o", "/dev/null", f"http://127.0.0.1:{port}/"),
                check=False).returncode == 0)
        for name, command in CLIENTS.items():
            if not shutil.which(name):
                print(f"{name} is not installed: without it")
                continue
            for port in ports:
                for path in ("r/303/order", "r/307/order", "r/302/order", "moved"):
                    subprocess.run(
                        space.inside(*command, f"http://127.0.0.1:{port}/{path}"), check=False,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS_MAX)
        wait_for("a finding on standard output", lambda: "303-method-not-get" in read(lines))
        wait_for("a finding in the database of the running monitor",
                 lambda: stored(live)[0] and stored(live)[2] == ["running"])
        space.run("curl", "-s", "http://127.0.0.1:8080/last")
        wait_for("tcpdump has all", lambda: b"GET /last " in read(capture, "rb"))
        dump.send_signal(signal.SIGINT)
        dump.wait(SECONDS_MAX)
        monitor.send_signal(signal.SIGINT)
        assert monitor.wait(SECONDS_MAX) == 0, read(words)
        subprocess.run([seeother, "analyze", "--format", "none", "-d", offline, *options, capture],
                       check=True)
        rows, redirects, status = stored(live)
        print(*rows, f"{len(redirects)} redirects", sep="\n")
        assert status == ["stopped"], status
        assert_equal(rows, stored(offline)[0])
        assert_equal(redirects, stored(offline)[1])
        assert "303-method-not-get" in [row[0] for row in rows]
        assert "followed" in [row[2] for row in redirects]
        assert all(json.loads(line) for line in read(lines).splitlines())
    finally:
        space.close()
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(serve() if sys.argv[1] == "--serve" else main())
