#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Watches real clients for an hour: do memory and descriptors stay flat, is every finding there?

usage: soak.py SEEOTHER [--seconds N] [--pace N] [--json FILE]

No part of the ordinary tests.  Two network namespaces are joined by a wire; there is nginx (or a server
in Python, where that is not installed), here are curl, urllib and a client that mishandles a 307.  They
are slow on purpose (--pace 1): all together take a tenth of a core.  Each redirect has a path of its
own, so what must be found is known.  The database rotates, and old ones are removed, all the while.

Prints a line now and then, and a verdict; exits with 1 when that is bad, with 77 where it cannot run.
"""
import argparse
import collections
import http.client
import http.server
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SERVER, PORT = "10.9.0.2", 8080
SAMPLES = 240          # of a run
LINES = 24             # of the table
ROTATIONS = 12         # of a run
KEPT = 3
GROWTH_MAX = 0.05      # of resident memory, from the second quarter to the last one
GROWTH_MAX_KB = 1024   # or this much
RULES = {"curl": "303-method-not-get", "bad": "307-method-changed"}

NGINX = """
daemon off;
worker_processes 1;
pid %(folder)s/nginx.pid;
error_log /dev/null;
events { worker_connections 256; }
http {
    access_log off;
    absolute_redirect off;
    keepalive_requests 1000;
    client_body_temp_path %(folder)s/body;
    proxy_temp_path %(folder)s/proxy;
    fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi;
    scgi_temp_path %(folder)s/scgi;
    server {
        listen 8080;
        location ~ ^/r/303/(.*) { return 303 /done/$1; }
        location ~ ^/r/307/(.*) { return 307 /done/$1; }
        location ~ ^/r/302/(.*) { return 302 /done/$1; }
        location / { return 200 "that is all\\n"; }
    }
}
"""


class Redirecting(http.server.BaseHTTPRequestHandler):
    """What nginx does above."""
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = self.path.split("/", 3)
        if parts[1] == "r":
            self.send_response(int(parts[2]))
            self.send_header("Location", "/done/" + parts[3])
        else:
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def serve():
    http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Redirecting).serve_forever()


class Clients:
    """In a process of its own: asks, and keeps count of what it asked."""

    def __init__(self, folder, seconds, pace):
        self.pace = pace
        self.counts = collections.Counter()
        self.path = os.path.join(folder, "counts")
        self.until = time.monotonic() + seconds

    def every(self, seconds, act):
        due = time.monotonic()
        number = 0
        while due < self.until:
            time.sleep(max(0, due - time.monotonic()))
            number += 1
            act(number)
            due += seconds if act == self.tell else seconds / self.pace

    def curl(self, number):
        """Posts again after a 303, since it was told to: a violation."""
        done = subprocess.run(
            ["curl", "-sf", "-m", "10", "-o", "/dev/null", "-L", "-X", "POST", "-d", "a=1",
             f"http://{SERVER}:{PORT}/r/303/curl-{number}"], check=False)
        self.counts["curl" if done.returncode == 0 else "failed"] += 1

    def urllib(self, number):
        url = f"http://{SERVER}:{PORT}/r/303/urllib-{number}"
        try:
            with urllib.request.urlopen(url, b"a=1", timeout=10) as answer:
                answer.read()
            self.counts["urllib"] += 1
        except OSError:
            self.counts["failed"] += 1

    def stubborn(self, number):
        """Turns a 307 to POST into a GET, leaves each third redirect alone, keeps its connection."""
        try:
            if number % 100 == 1:
                self.connection = http.client.HTTPConnection(SERVER, PORT, timeout=10)
            if number % 3 == 0:
                self.ask("GET", f"/r/302/left-{number}")
                self.counts["left"] += 1
                return
            target = self.ask("POST", f"/r/307/bad-{number}", b"order=1")
            self.ask("GET", target)
            self.counts["bad"] += 1
        except (OSError, http.client.HTTPException):
            self.counts["failed"] += 1
            self.connection = http.client.HTTPConnection(SERVER, PORT, timeout=10)

    def ask(self, method, path, content=None):
        self.connection.request(method, path, content)
        response = self.connection.getresponse()
        response.read()
        return response.headers.get("Location", "/")

    def tell(self, _=None):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.counts, file)
        os.replace(self.path + ".new", self.path)

    def run(self):
        threads = [threading.Thread(target=self.every, args=pace) for pace in (
            (0.5, self.curl), (0.5, self.urllib), (0.025, self.stubborn), (1, self.tell))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.tell()


class Wire:
    """Two namespaces, joined; gone with everything that was started in them."""

    def __init__(self):
        self.here, self.there = f"see-{os.getpid()}-a", f"see-{os.getpid()}-b"
        self.started = []

    def lay(self):
        for command in (
                f"netns add {self.here}", f"netns add {self.there}",
                f"link add eth0 netns {self.here} type veth peer name eth0 netns {self.there}",
                f"-n {self.here} address add 10.9.0.1/24 dev eth0",
                f"-n {self.there} address add {SERVER}/24 dev eth0",
                f"-n {self.here} link set eth0 up", f"-n {self.there} link set eth0 up"):
            subprocess.run(["ip", *command.split()], check=True, capture_output=True)

    def start(self, space, *command, **options):
        process = subprocess.Popen(["ip", "netns", "exec", space, *command], **options)
        self.started.append(process)
        return process

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                process.wait()
        for space in (self.here, self.there):
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Databases:
    """Counts what is stored; an old one once, since it will be removed."""

    def __init__(self, folder):
        self.folder = folder
        self.live = os.path.join(folder, "live.db")
        self.counted = {}

    def old(self):
        """The names of those that are not written any more."""
        current = os.readlink(self.live)
        return {name for name in os.listdir(self.folder)
                if name.startswith("live-") and name.endswith(".db")} - {current}

    def look(self):
        """Sums over all there ever were."""
        for name in self.old() - set(self.counted):
            self.counted[name] = self.count(os.path.join(self.folder, name))
        return sum(self.counted.values(), self.count(self.live))

    @staticmethod
    def count(path):
        sums = collections.Counter()
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as db:
            for rule, client, number in db.execute(
                    "SELECT rule, substr(uri, instr(uri, '/r/') + 7), 1 FROM violations"):
                sums[rule, client.rsplit("-", 1)[0]] += number
            for outcome, number in db.execute("SELECT outcome, count(*) FROM redirects GROUP BY 1"):
                sums["redirects"] += number
                sums[outcome] += number
            for number, in db.execute("SELECT sum(kernel_dropped) FROM captures"):
                sums["dropped"] += number or 0
        db.close()
        return sums

    def size(self, ending=""):
        try:
            return os.stat(self.live + ending).st_size
        except FileNotFoundError:
            return 0


class Soak:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o777)
        self.wire = Wire()
        self.databases = Databases(self.folder)
        self.samples = []

    def start(self):
        self.wire.lay()
        if shutil.which("nginx"):
            config = os.path.join(self.folder, "nginx.conf")
            with open(config, "w", encoding="utf-8") as file:
                file.write(NGINX % {"folder": self.folder})
            self.wire.start(self.wire.there, "nginx", "-c", config, "-p", self.folder)
        else:
            self.wire.start(self.wire.there, sys.executable, os.path.abspath(__file__), "--serve")
        words = open(os.path.join(self.folder, "words"), "wb")
        with words:
            self.monitor = self.wire.start(
                self.wire.here, self.arguments.seeother, "monitor", "-i", "eth0", "-d",
                self.databases.live, "--format", "none", "--window", "5", "--keep", str(KEPT),
                "--rotate-time", str(max(5, self.arguments.seconds // ROTATIONS)),
                "tcp", "port", str(PORT), stderr=words, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while "watching" not in self.said() or self.probe() != 0:
            if time.monotonic() > deadline:
                raise RuntimeError("it did not begin: " + self.said())
            time.sleep(0.1)
        self.parent = self.monitor.pid
        children = subprocess.run(["pgrep", "-P", str(self.parent)], check=True,
                                  capture_output=True).stdout.split()
        self.child = int(children[0])
        self.began = time.monotonic()
        self.clients = self.wire.start(
            self.wire.here, sys.executable, os.path.abspath(__file__), "--clients", self.folder,
            str(self.arguments.seconds), str(self.arguments.pace))

    def probe(self):
        return subprocess.run(
            ["ip", "netns", "exec", self.wire.here, "curl", "-s", "-m", "2", "-o", "/dev/null",
             f"http://{SERVER}:{PORT}/"], check=False).returncode

    def said(self):
        with open(os.path.join(self.folder, "words"), encoding="utf-8") as file:
            return file.read()

    def asked(self):
        try:
            with open(os.path.join(self.folder, "counts"), encoding="utf-8") as file:
                return collections.Counter(json.load(file))
        except FileNotFoundError:
            return collections.Counter()

    def sample(self):
        asked, stored = self.asked(), self.databases.look()
        self.samples.append({
            "seconds": round(time.monotonic() - self.began, 1),
            "child_kb": resident_kb(self.child), "parent_kb": resident_kb(self.parent),
            "child_fds": len(os.listdir(f"/proc/{self.child}/fd")),
            "parent_fds": len(os.listdir(f"/proc/{self.parent}/fd")),
            "cpu_seconds": round(cpu_seconds(self.child) + cpu_seconds(self.parent), 2),
            "database_kb": self.databases.size() // 1024,
            "log_kb": self.databases.size("-wal") // 1024,
            "databases": len(self.databases.counted) + 1,
            "expected": sum(asked[client] for client in RULES),
            "found": sum(stored[rule, client] for client, rule in RULES.items()),
            "dropped": stored["dropped"]})

    def watch(self):
        names = list(HEAD)
        print("  ".join(HEAD[name] for name in names))
        pause = self.arguments.seconds / SAMPLES
        number = 0
        while self.clients.poll() is None:
            time.sleep(max(0.1, self.began + number * pause - time.monotonic()))
            if self.monitor.poll() is not None:
                raise RuntimeError("it ended by itself: " + self.said())
            self.sample()
            number += 1
            if number % (SAMPLES // LINES) == 1:
                print("  ".join(f"{self.samples[-1][name]:>{len(HEAD[name])}}" for name in names),
                      flush=True)

    def end(self):
        time.sleep(7)  # the last windows close, so that nothing is pending
        self.monitor.send_signal(signal.SIGTERM)
        status = self.monitor.wait(60)
        return status, self.asked(), self.databases.look()


HEAD = {"seconds": "seconds", "child_kb": "child KB", "parent_kb": "parent KB",
        "child_fds": "child fds", "parent_fds": "parent fds", "cpu_seconds": "CPU s",
        "database_kb": "database KB", "log_kb": "log KB", "databases": "databases",
        "expected": "expected", "found": " found", "dropped": "dropped"}


def quarters(samples, name):
    """The medians of the second and of the last quarter: the first one is for warming up."""
    values = [sample[name] for sample in samples]
    size = len(values) // 4
    return statistics.median(values[size:2 * size]), statistics.median(values[-size:])


def judge(soak, status, asked, stored):
    """Claims, each with whether it holds."""
    claims = []
    for name in ("child_kb", "parent_kb"):
        before, after = quarters(soak.samples, name)
        claims.append((f"{HEAD[name]}: {before:.0f} in the second quarter, {after:.0f} in the last",
                       after - before <= max(GROWTH_MAX * before, GROWTH_MAX_KB)))
    for name in ("child_fds", "parent_fds"):
        before, after = quarters(soak.samples, name)
        claims.append((f"{HEAD[name]}: {before:.0f} in the second quarter, {after:.0f} in the last",
                       after <= before))
    for client, rule in RULES.items():
        claims.append((f"{rule}: {asked[client]} expected, {stored[rule, client]} found",
                       asked[client] == stored[rule, client]))
    redirects = sum(asked[name] for name in ("curl", "urllib", "left", "bad"))
    claims.append((f"redirects: {redirects} expected, {stored['redirects']} found",
                   redirects == stored["redirects"]))
    claims.append((f"not followed: {asked['left']} expected, {stored['not-followed']} found",
                   asked["left"] == stored["not-followed"]))
    accused = sum(number for key, number in stored.items() if isinstance(key, tuple))
    right = sum(stored[rule, client] for client, rule in RULES.items())
    claims.append((f"violations of others: {accused - right}", accused == right))
    claims.append((f"frames dropped: {stored['dropped']}", stored["dropped"] == 0))
    kept = len(soak.databases.old())
    claims.append((f"databases: {len(soak.databases.counted) + 1} there were, {kept} old ones are kept",
                   kept <= KEPT))
    claims.append((f"clients that failed: {asked['failed']}", asked["failed"] == 0))
    claims.append((f"exit status {status}", status == 0))
    return claims


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeother", type=os.path.abspath)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--pace", type=float, default=1, help="times the clients' usual rate")
    parser.add_argument("--json", help="write all samples to this file")
    arguments = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in ("ip", "curl", "pgrep") if not shutil.which(tool)]
    if os.geteuid() != 0 or missing:
        print("skipped: needs root" if not missing else f"skipped: there is no {missing[0]} here")
        return 77
    soak = Soak(arguments)
    try:
        try:
            soak.start()
        except subprocess.CalledProcessError as error:
            print("skipped: no network namespaces here:", error.stderr.decode().strip())
            return 77
        soak.watch()
        claims = judge(soak, *soak.end())
        used = soak.samples[-1]["cpu_seconds"] / soak.samples[-1]["seconds"]
    finally:
        soak.wire.close()
        shutil.rmtree(soak.folder)
    print(f"\n{soak.samples[-1]['seconds']:.0f} s, {used:.1%} of a core for both processes")
    for claim, holds in claims:
        print("ok  " if holds else "BAD ", claim)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"samples": soak.samples, "claims": claims}, file, indent=1)
    is_flat = all(holds for _, holds in claims)
    print("flat, and nothing is missing" if is_flat else "NOT what it should be: see above")
    return 0 if is_flat else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve()
    elif sys.argv[1:2] == ["--clients"]:
        Clients(sys.argv[2], int(sys.argv[3]), float(sys.argv[4])).run()
    else:
        sys.exit(main())
