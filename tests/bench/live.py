#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""live.py - at which rate frames begin to be lost, next to tools that everyone has.

usage: tests/bench/live.py [options] DIRECTORY

    --build DIR      where seeother is built (default: build)
    --scale S        how large the capture is that is sent: 0.1 is 495,000 frames (default)
    --buffer MIB     the kernel's buffer that each tool asks for (default: 64)
    --seconds N      what a trial may last at most (default: 20); so the least rate is frames / N
    --rounds N       all tools in turn, this often; the median counts (default: 3)
    --only NAME      tools whose name begins so
    --json FILE      the figures once more, for programs

Two network namespaces are joined by a wire.  From one, `blast` sends the same frames at a rate; in the
other a tool watches.  The rate is halved and doubled, and then narrowed down, until it is known within
a tenth where the tool loses its first frame.  What the wire did not carry is held against nobody.
tests/bench/README.md says how to read what comes out.  Exits with 77 where it cannot run.
"""
import argparse
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

STEP = 1.1  # how near the two rates are in the end, one with and one without loss
SETTLED = 0.02  # seconds of a core: a tool that uses no more in a second has read what there was


class Wire:
    def __init__(self):
        self.here, self.there = f"see-{os.getpid()}-a", f"see-{os.getpid()}-b"

    def lay(self):
        for command in (
                f"netns add {self.here}", f"netns add {self.there}",
                f"link add eth0 netns {self.here} type veth peer name eth0 netns {self.there}",
                f"-n {self.here} link set eth0 up", f"-n {self.there} link set eth0 up"):
            subprocess.run(["ip", *command.split()], check=True, capture_output=True)
        # Nobody answers, and the system says nothing of its own.
        for space in (self.here, self.there):
            subprocess.run(["ip", "netns", "exec", space, "sh", "-c",
                            "echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6"], check=False)

    def inside(self, space, *command):
        return ["ip", "netns", "exec", space, *command]

    def received(self):
        """Frames that came through the wire."""
        told = subprocess.run(["ip", "-n", self.here, "-s", "-j", "link", "show", "eth0"], check=True,
                              capture_output=True).stdout
        return json.loads(told)[0]["stats64"]["rx"]["packets"]

    def close(self):
        for space in (self.here, self.there):
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)


def cpu_seconds(pid):
    """Of a process and its children."""
    total = 0
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
            children = file.read().split()
    except FileNotFoundError:
        return total
    return total + sum(cpu_seconds(child) for child in children)


class Tool:
    """How it is started, when it watches, and how many of the frames that arrived it has read."""

    def __init__(self, name, command, ready, count):
        self.name, self.command, self.ready, self.count = name, command, ready, count


def tools(arguments, folder):
    buffer = arguments.buffer
    database = os.path.join(folder, "live.db")
    file = os.path.join(folder, "live.pcap")

    def in_database(*_):
        db = sqlite3.connect(database)
        try:
            return db.execute("SELECT packets FROM captures").fetchone()[0]
        finally:
            db.close()

    def by_tcpdump(words, _):
        return int(re.search(r"(\d+) packets? captured", words)[1])

    def by_tshark(words, arrived):
        """It counts what it shows; what dumpcap, which captures for it, dropped is said."""
        dropped = re.search(r"(\d+) packets? dropped", words)
        return arrived - (int(dropped[1]) if dropped else 0)

    dump = ["tcpdump", "-i", "eth0", "-n", "-B", str(buffer * 1024), "-w"]
    yield Tool("seeother", [os.path.join(arguments.build, "seeother"), "monitor", "-i", "eth0", "-d",
                            database, "--buffer-size", str(buffer), "--format", "none"],
               "watching", in_database)
    if shutil.which("tcpdump"):
        yield Tool("tcpdump -w /dev/null", [*dump, "/dev/null"], "listening on", by_tcpdump)
        yield Tool("tcpdump -w FILE", [*dump, file, "-Z", "root"], "listening on", by_tcpdump)
    if shutil.which("tshark"):
        yield Tool("tshark -Y http.location",
                   ["tshark", "-i", "eth0", "-n", "-B", str(buffer), "-Y", "http.location", "-T",
                    "fields", "-e", "http.location"], "Capturing on", by_tshark)


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = os.path.abspath(arguments.directory)
        self.capture = os.path.join(self.folder, "live-sent.pcap")
        self.words = os.path.join(self.folder, "live.words")
        self.wire = Wire()

    def built(self, name):
        return os.path.join(self.arguments.build, "tests/bench", name)

    def prepare(self):
        subprocess.run(["ninja", "-C", self.arguments.build, "seeother", "tests/bench/blast",
                        "tests/bench/generate"], check=True, capture_output=True)
        told = subprocess.run([self.built("generate"), "--scale", f"{self.arguments.scale:g}",
                               "headers", self.capture], check=True, capture_output=True).stdout
        self.frames = json.loads(told)["segments"]
        self.octets = os.path.getsize(self.capture)

    def remove(self):
        """What the last tool left."""
        for name in os.listdir(self.folder):
            if name.startswith("live."):
                os.unlink(os.path.join(self.folder, name))

    def close(self):
        self.wire.close()
        self.remove()
        if os.path.exists(self.capture):
            os.unlink(self.capture)

    def blast(self, rate):
        told = subprocess.run(self.wire.inside(self.wire.there, self.built("blast"), self.capture,
                                               "eth0", str(int(rate))), check=True,
                              capture_output=True).stdout
        return json.loads(told)

    def said(self):
        with open(self.words, encoding="utf-8", errors="replace") as file:
            return file.read()

    def start(self, tool):
        with open(self.words, "wb") as words:
            process = subprocess.Popen(self.wire.inside(self.wire.here, *tool.command), stderr=words,
                                       stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while tool.ready not in self.said():
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"{tool.name} did not begin: {self.said()}")
            time.sleep(0.05)
        time.sleep(0.5)
        return process

    def settle(self, process):
        """Waits until it has read what is left in its buffer."""
        deadline = time.monotonic() + 120
        quiet = 0
        while time.monotonic() < deadline and quiet < 2:
            before = cpu_seconds(process.pid)
            time.sleep(1)
            quiet = quiet + 1 if cpu_seconds(process.pid) - before <= SETTLED else 0

    def trial(self, tool, rate):
        """What was sent, and how many frames of what arrived the tool has not read."""
        self.remove()
        process = self.start(tool)
        before = self.wire.received()
        sent = self.blast(rate)
        arrived = self.wire.received() - before
        self.settle(process)
        used = cpu_seconds(process.pid)
        process.send_signal(signal.SIGINT)
        process.wait(120)
        sent["rate"] = sent["frames"] / sent["seconds"]
        return {"rate": sent["rate"], "mbit": sent["octets"] * 8 / sent["seconds"] / 1e6,
                "arrived": arrived, "lost": max(0, arrived - tool.count(self.said(), arrived)), "cpu": used}

    def highest(self):
        """What two cores can send when nobody watches."""
        return max(self.blast(0)["frames"] / self.blast(0)["seconds"] for _ in range(2))

    def search(self, tool, top):
        """The highest rate without loss that was found, and the lowest one with."""
        least = self.frames / self.arguments.seconds
        good, bad = None, None
        trial = self.trial(tool, 0)
        if trial["lost"] == 0:
            return trial, None
        bad = trial
        rate = top / 2
        while good is None and rate >= least:
            trial = self.trial(tool, rate)
            good, bad = (trial, bad) if trial["lost"] == 0 else (None, trial)
            rate /= 2
        while good is not None and bad["rate"] / good["rate"] > STEP:
            trial = self.trial(tool, (good["rate"] * bad["rate"]) ** 0.5)
            if trial["rate"] <= good["rate"] or trial["rate"] >= bad["rate"]:
                break  # the machine cannot keep the rates apart
            good, bad = (trial, bad) if trial["lost"] == 0 else (good, trial)
        return good, bad


def shown(number):
    return f"{number:,.0f}"


def print_table(results, frames, octets, top):
    print(f"\n{shown(frames)} frames, {octets / 1e6:.0f} MB; at most {shown(top)} frames/s can be sent"
          " here\n")
    print("| tool | no loss at, frames/s | Mbit/s | loss at, frames/s | lost there | CPU s |")
    print("|---|---|---|---|---|---|")
    for name, rounds in results.items():
        rounds = sorted(rounds, key=lambda pair: pair[0]["rate"] if pair[0] else 0)
        good, bad = rounds[len(rounds) // 2]
        row = [name, shown(good["rate"]) if good else "none", shown(good["mbit"]) if good else "",
               shown(bad["rate"]) if bad else "never",
               f"{bad['lost'] / bad['arrived']:.1%}" if bad else "",
               f"{(good or bad)['cpu']:.2f}"]
        print("| " + " | ".join(row) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--build", default="build", type=os.path.abspath)
    parser.add_argument("--scale", default=0.1, type=float)
    parser.add_argument("--buffer", default=64, type=int)
    parser.add_argument("--seconds", default=20, type=float)
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--only", default="")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("skipped: needs root, and ip")
        return 77
    bench = Bench(arguments)
    try:
        bench.wire.lay()
    except subprocess.CalledProcessError as error:
        print("skipped: no network namespaces here:", error.stderr.decode().strip())
        bench.close()
        return 77
    results = {}
    try:
        bench.prepare()
        top = bench.highest()
        for number in range(arguments.rounds):
            for tool in (tool for tool in tools(arguments, bench.folder)
                         if tool.name.startswith(arguments.only)):
                good, bad = bench.search(tool, top)
                results.setdefault(tool.name, []).append((good, bad))
                print(f"round {number + 1}, {tool.name}: no loss at "
                      f"{shown(good['rate']) if good else 'none'}, loss at "
                      f"{shown(bad['rate']) if bad else 'none'} frames/s", flush=True)
    finally:
        bench.close()
    print_table(results, bench.frames, bench.octets, top)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"frames": bench.frames, "octets": bench.octets, "highest": top,
                       "tools": results}, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
