#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""run.py - how fast seeother is, next to tools that everyone has.

usage: tests/bench/run.py [options] DIRECTORY

    --build DIR      where seeother is built (default: build)
    --scale S        a part of the size, 0.1 say (default: 1, which needs 7 GB of disk)
    --rounds N       rounds of all tools in turn (default: 3)
    --only A,B       these scenes only
    --json FILE      the figures once more, for programs
    --keep           leave the captures in DIRECTORY for the next time
    --no-others      only tcpdump, the measure of all ratios, and seeother

Files go to DIRECTORY and nowhere else.  tests/bench/README.md says how to read what comes out.
"""
import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIB = 1024 * 1024

# What is written, from which scene of the generator, and how.
FILES = {
    "headers": ["headers"],
    "headers-tenth": ["--scale", "0.1", "headers"],
    "headers-pcapng": ["--pcapng", "headers"],
    "bodies": ["bodies"],
    "flows": ["flows"],
    "other": ["other"],
    "loss": ["loss"],
    "unseen": ["unseen"],
    "redirects": ["redirects"],
    "at-once": ["--at-a-time", "200000", "flows"],
}

# Those that are slow read a cut of the file, and are scaled up by its size.  The cut is not made so
# small that their start is most of what is measured.
SLOW_PART = 0.02
SLOW_SCALE_LEAST = 0.02

# (name, command, is slow).  What a tool would write to a file goes nowhere, in its favour.
OTHERS = [
    ("tcpflow", ["tcpflow", "-r", "{file}", "-C", "-X", "/dev/null"], False),
    ("httpry", ["httpry", "-q", "-r", "{file}", "-o", "/dev/null"], False),
    ("ngrep", ["ngrep", "-q", "-I", "{file}", "HTTP/1"], True),
    ("tshark", ["tshark", "-n", "-r", "{file}", "-Y", "http"], True),
]
# What is read once more by one thread and by several.
THREADED = ("headers", "headers.gz", "flows", "bodies", "redirects")
COMPARED = ("headers", "bodies", "flows", "other")
# What is held against reading alone, llhttp alone, SQLite alone: see bare.c.
BARE = {"headers": "rows", "flows": "rows", "redirects": "rows", "bodies": "heads", "other": "walk"}


def fail(text):
    sys.exit(f"run.py: {text}")


class Bench:
    def __init__(self, args):
        self.args = args
        self.build = os.path.abspath(args.build)
        self.seeother = os.path.join(self.build, "seeother")
        self.measured = os.path.join(args.directory, "measured.json")
        self.database = os.path.join(args.directory, "bench.db")
        self.bare_database = os.path.join(args.directory, "bare.db")
        self.tools = [tool for tool in OTHERS if shutil.which(tool[0])]
        for name, _, _ in OTHERS:
            if not shutil.which(name):
                print(f"run.py: {name} is not here and left out", file=sys.stderr)

    def tool(self, name):
        return os.path.join(self.build, "tests/bench", name)

    def generate(self, name, part=1.0):
        """The path of a capture and what is in it; made unless it is there from the last time."""
        words = list(FILES[name])
        scale = self.args.scale * part
        if words[0] == "--scale":
            scale *= float(words[1])
            words = words[2:]
        path = os.path.join(self.args.directory, f"{name}-{scale:g}.pcap")
        truth_path = path + ".json"
        if not (self.args.keep and os.path.exists(truth_path)):
            truth = subprocess.run([self.tool("generate"), "--scale", f"{scale:g}", *words, path],
                                   check=True, stdout=subprocess.PIPE).stdout
            with open(truth_path, "wb") as file:
                file.write(truth)
        with open(truth_path, "rb") as file:
            return path, json.load(file)

    def drop(self, path):
        if not self.args.keep:
            os.unlink(path)
            os.unlink(path + ".json")

    def measure(self, command):
        subprocess.run([self.tool("measure"), self.measured, *command], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        with open(self.measured, "rb") as file:
            figures = json.load(file)
        nothing_found = command[0] == "ngrep" and figures["status"] == 1
        if figures["status"] != 0 and not nothing_found:
            fail(f"{' '.join(command)}: exit status {figures['status']}")
        figures["cpu"] = figures["user"] + figures["system"]
        return figures

    @staticmethod
    def remove_database(database):
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(database + suffix):
                os.unlink(database + suffix)

    def run_seeother(self, path, *options):
        self.remove_database(self.database)
        return self.measure([self.seeother, "analyze", "-q", "--format", "none", "-d",
                             self.database, *options, path])

    def run_bare(self, part, path):
        self.remove_database(self.bare_database)
        database = [self.bare_database] if part == "rows" else []
        return self.measure([self.tool("bare"), part, path, *database])

    def found(self):
        """What seeother had at the end of the last run, to hold against the truth."""
        with sqlite3.connect(self.database) as database:
            counters = dict(database.execute(
                "SELECT stage || '/' || counter, sum(value) FROM coverage "
                "WHERE time_ns IS NULL GROUP BY 1"))
        return {"exchanges": counters["http/exchanges"], "redirects": counters["pair/redirects"],
                "followed": counters["pair/redirects_followed"]}

    def scene(self, name):
        path, truth = self.generate(name)
        commands = {
            "tcpdump": lambda: self.measure(["tcpdump", "-r", path, "-w", "/dev/null"]),
            "seeother": lambda: self.run_seeother(path),
        }
        for part in ("walk", "heads", "rows"):
            if name in BARE:
                commands[f"bare {part}"] = lambda part=part: self.run_bare(part, path)
        cut = None
        if name in COMPARED and not self.args.no_others:
            if any(is_slow for _, _, is_slow in self.tools):
                least = SLOW_SCALE_LEAST / self.args.scale
                cut, _ = self.generate(name, min(1, max(SLOW_PART, least)))
            for tool, words, is_slow in self.tools:
                target = cut if is_slow else path
                command = [word.format(file=target) for word in words]
                commands[tool] = lambda command=command: self.measure(command)
        with open(path, "rb", buffering=0) as file:  # the page cache is warm
            while file.read(MIB):
                pass
        rounds = {tool: [] for tool in commands}
        for _ in range(self.args.rounds):
            for tool, command in commands.items():
                rounds[tool].append(command())
        found = self.found()
        size = os.path.getsize(path)
        slow = size / os.path.getsize(cut) if cut else 1
        rows = [self.row(tool, rounds, size, truth, slow if self.is_slow(tool) else 1)
                for tool in commands]
        self.drop(path)
        if cut and cut != path:
            self.drop(cut)
        return {"scene": name, "octets": size, "truth": truth, "found": found, "tools": rows}

    @staticmethod
    def is_slow(tool):
        return any(name == tool and is_slow for name, _, is_slow in OTHERS)

    def row(self, tool, rounds, size, truth, slow):
        """The medians of a tool; ratios are those of the pairs of a round."""
        own = rounds[tool]
        median = {key: statistics.median(figures[key] for figures in own)
                  for key in ("user", "system", "cpu", "wall", "peak_kib")}
        cpu = median["cpu"] * slow
        ratios = sorted(a["cpu"] * slow / b["cpu"] for a, b in zip(own, rounds["tcpdump"]))
        return {
            "tool": tool,
            "cpu_s": cpu,
            "wall_s": median["wall"] * slow,
            "mb_per_cpu_s": size / 1e6 / cpu,
            "exchanges_per_cpu_s": truth["exchanges"] / cpu,
            "peak_mb": median["peak_kib"] / 1024,
            "cpu_in_tcpdumps": statistics.median(ratios),
            "cpu_in_tcpdumps_least": ratios[0],
            "cpu_in_tcpdumps_most": ratios[-1],
            "is_scaled_up": slow > 1,
        }

    def threads(self, name):
        """What several threads give: their time and CPU in terms of those of one."""
        is_packed = name.endswith(".gz")
        path, _ = self.generate(name.removesuffix(".gz"))
        target = path
        if is_packed:
            target = path + ".gz"
            with open(target, "wb") as file:
                subprocess.run(["gzip", "-c", "-1", path], check=True, stdout=file)
        rounds = []
        for _ in range(self.args.rounds + 1):
            rounds.append([self.run_seeother(target, *options)
                           for options in (["--threads", "1"], ["--threads", "2"], ["--threads", "3"])])
        rounds = rounds[1:]  # the page cache is warm
        self.drop(path)
        if is_packed:
            os.unlink(target)

        def ratio(which, figure):
            return statistics.median(runs[which][figure] / runs[0][figure] for runs in rounds)

        return {"scene": name,
                "wall_alone_s": statistics.median(runs[0]["wall"] for runs in rounds),
                "wall_of_two": ratio(1, "wall"), "cpu_of_two": ratio(1, "cpu"),
                "wall": ratio(2, "wall"), "cpu": ratio(2, "cpu")}

    def start(self):
        """The time of one start to finish on next to nothing."""
        path, _ = self.generate("headers", 0.00001 / self.args.scale)
        runs = [self.run_seeother(path) for _ in range(10)]
        size = os.path.getsize(path)
        self.drop(path)
        return {"octets": size, "wall_ms": statistics.median(run["wall"] for run in runs) * 1e3,
                "peak_mb": statistics.median(run["peak_kib"] for run in runs) / 1024}


def print_scene(result):
    truth, found = result["truth"], result["found"]
    print(f"\n### {result['scene']}: {result['octets'] / 1e6:,.0f} MB, "
          f"{truth['segments']:,} segments\n")
    print(f"found {found['exchanges']:,} of {truth['exchanges']:,} exchanges, "
          f"{found['redirects']:,} of {truth['redirects']:,} redirects, "
          f"{found['followed']:,} of {truth['followed']:,} follow-ups\n")
    print("| tool | CPU, in Y | (least - most) | CPU s | wall s | MB/s | exchanges/s | peak MB |")
    print("|---|---|---|---|---|---|---|---|")
    for row in result["tools"]:
        mark = " *" if row["is_scaled_up"] else ""
        print(f"| {row['tool']}{mark} | {row['cpu_in_tcpdumps']:.2f} "
              f"| {row['cpu_in_tcpdumps_least']:.2f} - {row['cpu_in_tcpdumps_most']:.2f} "
              f"| {row['cpu_s']:.2f} | {row['wall_s']:.2f} | {row['mb_per_cpu_s']:,.0f} "
              f"| {row['exchanges_per_cpu_s']:,.0f} | {row['peak_mb']:.1f} |", flush=True)


def print_ratios(results):
    """What one scene costs in terms of `headers`, by exchange or by segment."""
    own = {result["scene"]: (next(row for row in result["tools"] if row["tool"] == "seeother"),
                             result) for result in results}
    if "headers" not in own:
        return
    headers, of_headers = own["headers"]
    print("\n### seeother in terms of its own headers\n")
    print("| scene | CPU | CPU of an exchange | peak MB more |")
    print("|---|---|---|---|")
    for scene, (row, result) in own.items():
        if scene == "headers" or not result["truth"]["exchanges"]:
            continue
        by_exchange = headers["exchanges_per_cpu_s"] / row["exchanges_per_cpu_s"]
        print(f"| {scene} | {row['cpu_s'] / headers['cpu_s']:.2f} | {by_exchange:.2f} "
              f"| {row['peak_mb'] - headers['peak_mb']:+.1f} |")
    for tool in of_headers["tools"]:
        if tool["tool"] not in ("tcpdump", "seeother") and "bare" not in tool["tool"]:
            print(f"\nexchanges per CPU second on headers: {tool['cpu_s'] / headers['cpu_s']:.1f} "
                  f"times {tool['tool']}", end="")
    print()


def print_bare(results):
    """What the kernel and the libraries cost alone, and seeother next to all of it."""
    print("\n### in terms of what the same libraries cost alone\n")
    print("| scene | walk, in Y | and llhttp | and SQLite | seeother, in terms of it |")
    print("|---|---|---|---|---|")
    for result in results:
        rows = {row["tool"]: row for row in result["tools"]}
        if result["scene"] in BARE:
            parts = " | ".join(f"{rows['bare ' + part]['cpu_in_tcpdumps']:.2f}"
                               for part in ("walk", "heads", "rows"))
            all_of_it = rows["bare " + BARE[result["scene"]]]["cpu_s"]
            print(f"| {result['scene']} | {parts} | {rows['seeother']['cpu_s'] / all_of_it:.2f} |")


def print_threads(results):
    print("\n### several threads in terms of one\n")
    print("| scene | wall s of one | wall of two | CPU | wall of three | CPU |")
    print("|---|---|---|---|---|---|")
    for result in results:
        print(f"| {result['scene']} | {result['wall_alone_s']:.2f} | {result['wall_of_two']:.2f} "
              f"| {result['cpu_of_two']:.2f} | {result['wall']:.2f} | {result['cpu']:.2f} |",
              flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("directory")
    parser.add_argument("--build", default=os.path.join(TOP, "build"))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only")
    parser.add_argument("--json")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--no-others", action="store_true")
    return parser.parse_args()


def main():
    args = read_arguments()
    names = args.only.split(",") if args.only else list(FILES)
    for name in names:
        if name not in FILES:
            fail(f"{name}: there is no such scene; there are {', '.join(FILES)}")
    os.makedirs(args.directory, exist_ok=True)
    bench = Bench(args)
    subprocess.run(["ninja", "-C", bench.build, "seeother", "tests/bench/generate",
                    "tests/bench/measure", "tests/bench/bare"], check=True, stdout=subprocess.DEVNULL)
    results = []
    for name in names:
        results.append(bench.scene(name))
        print_scene(results[-1])
    print_ratios(results)
    print_bare(results)
    threads = [bench.threads(name) for name in THREADED if name.removesuffix(".gz") in names]
    print_threads(threads)
    start = bench.start()
    print(f"\nstart to finish on {start['octets'] / 1000:.0f} kB: {start['wall_ms']:.1f} ms, "
          f"peak {start['peak_mb']:.1f} MB")
    bench.remove_database(bench.database)
    bench.remove_database(bench.bare_database)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({"scale": args.scale, "rounds": args.rounds, "scenes": results,
                       "threads": threads, "start": start}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
