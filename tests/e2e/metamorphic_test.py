#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The same traffic in another form has the same findings.

usage: metamorphic_test.py SEEOTHER SAMPLES CAPTURES [--only TRANSFORMS] [--keep FOLDER]

Each sample, and CAPTURES/clients/linux-clients.pcap where it is, is rewritten (tests/rewrite) and
analysed again: findings and redirects must be those of the original, frame by frame, and the books
must balance.  A snap length may only take findings away or make them weaker.  `--only "gre
fragment:100"` runs this one alone; `--keep` keeps the rewritten captures that fail.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rewrite"))
import capture_file  # noqa: E402
import rewrite  # noqa: E402

SECONDS_MAX = 120
DIFFERENCES_SHOWN = 4
CLIENTS_FRAMES = 6000
PAIRS = 30
SEED = 20

LINKS = ["sll", "sll2", "raw", "raw4", "null", "loop", "snap", "nflog", "wifi", "radiotap",
         "radiotap-qos", "ppp", "ppp-serial", "hdlc"]
TUNNELS = ["vlan:7", "qinq:9.7", "qinq:9.8.7", "mpls:16", "mpls:16.17", "pppoe", "gre", "gre:key",
           "gre:full", "gre-ethernet", "erspan1", "erspan2", "erspan3", "erspan3:platform",
           "vxlan:42", "vxlan8472", "vxlan6", "geneve:5", "gtp", "gtp:extended", "greudp", "ipip",
           "6in4", "ip6", "teredo", "ipv6"]
ORDERS = ["fragment:24", "fragment:200", "fragment:64:reversed", "duplicate", "duplicate-later:3",
          "late-start:1", "reorder:2:1", "reorder:3:2", "reorder:4:3:40", "reorder:8:7",
          "early-answers:300"]
FILES = ["pcapng", "pcapng-two-interfaces", "pcapng-two-sections", "bigendian", "nanoseconds",
         "split:2", "split:5", "gzip", "zstd", "xz", "lz4"]
# Chosen by hand, since these meet each other in practice or in the code.
COMBINED = ["ipv6 fragment:48", "fragment:64 gre fragment:104", "vlan:7 vxlan:42 fragment:304",
            "vxlan:42 vlan:7 duplicate", "gre pppoe", "mpls:16 vlan:7", "sll vxlan:42",
            "gre duplicate", "fragment:64 duplicate", "fragment:64:reversed split:3",
            "reorder:3:4 fragment:64 split:4", "ipip ipip", "gtp fragment:104", "snap gre",
            "pcapng bigendian", "pcapng nanoseconds", "pcapng-two-interfaces bigendian zstd",
            "duplicate reorder:3:5", "split:3 gzip", "vlan:7 duplicate pcapng-two-sections"]
CUTS = ["snaplen:64", "snaplen:96", "snaplen:200"]
FOR_ALL_CLIENTS = ["vlan:7", "fragment:64", "split:5"]
CUT_CLIENTS = ["snaplen:96", "snaplen:200"]

SEVERITIES = ["info", "warning", "violation"]
CONFIDENCES = [None, "low", "medium", "high"]

# The capture and the frame of each message; mapped to the frames of the original.
FRAMES = (("capture_id", "request_frame"), ("response_capture_id", "response_frame"),
          ("followup_capture_id", "followup_frame"))
PLACES = """capture_id, request_frame, response_capture_id, response_frame, followup_capture_id,
    followup_frame"""
REDIRECTS = f"""SELECT {PLACES}, method, uri, status, location, target_uri, outcome,
    followup_method, followup_uri, followup_status, same_connection, confidence, hop, score,
    client_ip, server_ip, server_port FROM redirects ORDER BY id"""
FINDINGS = """SELECT e.capture_id, e.request_frame, e.response_capture_id, e.response_frame,
    f.capture_id AS followup_capture_id, f.request_frame AS followup_frame, v.rule, v.severity,
    v.confidence, e.method, e.uri, e.status, f.method AS followup_method, f.uri AS followup_uri,
    r.outcome, e.client_ip, e.server_ip
    FROM findings v LEFT JOIN redirects r ON r.id = v.redirect_id
    LEFT JOIN exchanges e ON e.id = ifnull(r.exchange_id, v.exchange_id)
    LEFT JOIN exchanges f ON f.id = r.followup_exchange_id ORDER BY v.id"""
COVERAGE = "SELECT capture_id, stage, unit, kind, value FROM coverage WHERE kind <> 'note'"

Answer = collections.namedtuple("Answer", "redirects findings wrong")


def columns_ignored(transforms):
    """What a transformation changes by its nature."""
    names = {transform.partition(":")[0] for transform in transforms}
    ignored = set()
    if names & {"ipv6", "6in4", "teredo"}:
        ignored |= {"client_ip", "server_ip"}
    if names & {"reorder", "early-answers"}:
        # Messages take the time of another frame, and scores have gaps in time in them.
        ignored |= {"score"}
    return ignored


def mapped(row, captures, origins):
    """A row as a dictionary, frames as those of the original; (part, frame) where unknown."""
    row = dict(row)
    for capture, frame in FRAMES:
        part = captures.get(row.pop(capture))
        if row[frame] is not None:
            row[frame] = origins.get((part, row[frame]), f"{part}/{row[frame]}")
    return row


def unbalanced(db):
    """The books that do not balance; added up here, since sums may not fit SQLite's integers."""
    rests = collections.Counter()
    for capture, stage, unit, kind, value in db.execute(COVERAGE):
        rests[capture, stage, unit] += value if kind == "in" else -value
    return [f"the books do not balance: capture {capture}, {stage}, {unit}: {rest}"
            for (capture, stage, unit), rest in rests.items() if rest]


def read_answer(database, sources, origins):
    db = sqlite3.connect(database)
    db.row_factory = sqlite3.Row
    captures = {row["id"]: sources.index(row["source"])
                for row in db.execute("SELECT id, source FROM captures")}
    wrong = [f"capture {row['source']}: {row['status']}: {row['detail']}"
             for row in db.execute("SELECT * FROM captures WHERE status <> 'complete'")]
    wrong += unbalanced(db)
    answer = Answer([mapped(row, captures, origins) for row in db.execute(REDIRECTS)],
                    [mapped(row, captures, origins) for row in db.execute(FINDINGS)], wrong)
    db.close()
    return answer


def analyze(seeother, capture, transforms, folder):
    """What seeother says of a capture after these transformations."""
    capture = rewrite.rewritten(capture, transforms)
    paths = rewrite.write(capture, os.path.join(folder, "rewritten"))
    database = os.path.join(folder, "answer.db")
    done = subprocess.run([seeother, "analyze", "--format", "none", "-d", database, *paths],
                          capture_output=True, text=True, errors="replace", timeout=SECONDS_MAX,
                          check=False)
    if done.returncode != 0 or done.stderr:
        said = " | ".join(done.stderr.strip().splitlines()[:3]).replace(folder, "")
        return Answer([], [], [f"exit status {done.returncode}: {said}"])
    return read_answer(database, paths, rewrite.origins(capture))


def counted(rows, ignored):
    return collections.Counter(
        tuple((name, value) for name, value in row.items() if name not in ignored)
        for row in rows)


def shown(row):
    return " ".join(f"{name}={value}" for name, value in row if value is not None)


def differences(before, after, transforms):
    """What differs, as lines: `-` what only the original has, `+` what only the other has."""
    lines = list(after.wrong)
    ignored = columns_ignored(transforms)
    for what in ("redirects", "findings"):
        old = counted(getattr(before, what), ignored)
        new = counted(getattr(after, what), ignored)
        missing, added = old - new, new - old
        if missing or added:
            lines.append(f"{what}: {missing.total()} of {old.total()} missing,"
                         f" {added.total()} others")
        rows = [("-", row) for row in missing] + [("+", row) for row in added]
        rows.sort(key=lambda entry: (str(dict(entry[1])["response_frame"]), entry[0]))
        lines += [f"{sign} {shown(row)}" for sign, row in rows]
    return lines


def weakened(before, after, _):
    """What a snap length must not do: add findings, make them stronger, change a method."""
    lines = list(after.wrong)
    strongest = {}
    for row in before.findings:
        key = row["rule"], row["response_frame"]
        strongest[key] = max(strongest.get(key, (0, 0)), strength(row))
    for row in after.findings:
        known = strongest.get((row["rule"], row["response_frame"]))
        if known is None:
            lines.append(f"+ {shown(row.items())}")
        elif strength(row) > known or any(a > b for a, b in zip(strength(row), known)):
            lines.append(f"stronger: {shown(row.items())}")
    methods = {row["response_frame"]: row for row in before.redirects}
    for row in after.redirects:
        old = methods.get(row["response_frame"])
        if old is None:
            lines.append(f"+ {shown(row.items())}")
            continue
        for name in ("method", "followup_method"):
            if row[name] is not None and row[name] != old[name]:
                lines.append(f"{name} was {old[name]}: {shown(row.items())}")
    return lines


def strength(row):
    return SEVERITIES.index(row["severity"]), CONFIDENCES.index(row["confidence"])


class Test:
    """Runs transformations over captures; remembers what the originals say."""

    def __init__(self, options):
        self.seeother = os.path.abspath(options.seeother)
        self.keep = options.keep
        self.folder = tempfile.mkdtemp()
        self.captures, self.before = {}, {}

    def add(self, name, capture):
        self.captures[name] = capture
        self.before[name] = self.answer(name, [])

    def answer(self, name, transforms):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            try:
                return analyze(self.seeother, self.captures[name], transforms, folder)
            except subprocess.TimeoutExpired:
                return Answer([], [], [f"takes longer than {SECONDS_MAX} s"])

    def check(self, name, transforms):
        """The differences of one capture, as lines."""
        compare = weakened if transforms[0].startswith("snaplen") else differences
        lines = compare(self.before[name], self.answer(name, transforms), transforms)
        if lines and self.keep:
            os.makedirs(self.keep, exist_ok=True)
            path = os.path.join(self.keep, "+".join([name, *transforms]).replace(":", "-"))
            rewrite.write(rewrite.rewritten(self.captures[name], transforms), path)
        return lines


def cut_short(capture, count):
    return capture_file.Capture(capture.frames[:count], capture.form)


def pairs():
    """A seeded choice of pairs, one of another kind each, that can be built."""
    source = random.Random(SEED)
    result = []
    while len(result) < PAIRS:
        first, second = source.sample([ORDERS, TUNNELS, LINKS, FILES, TUNNELS, ORDERS], 2)
        pair = f"{source.choice(first)} {source.choice(second)}"
        names = {part.partition(":")[0] for part in pair.split()}
        if pair not in result and len(names) == 2 and makes_sense(pair.split()):
            result.append(pair)
    return result


def makes_sense(transforms):
    """Whether the frames can be made: some links carry IP only, and RAW4 carries IPv4 only."""
    ethernet = capture_file.Frame(0, capture_file.ETHERNET, bytes(12) + b"\x08\0"
                                  + bytes.fromhex("4500002c0000000040060000") + b"\x7f\0\0\1" * 2
                                  + bytes(12) + b"\x50" + bytes(7) + b"GET ", 0, 1, 1)
    capture = capture_file.Capture([ethernet], capture_file.Form())
    try:
        return bool(rewrite.rewritten(capture, transforms).frames)
    except rewrite.RewriteError:
        return False


def plan(options, names):
    """(transformations, names of captures) in the order in which they are run."""
    samples = [name for name in names if name.startswith("sample ")]
    if options.only:
        return [(options.only.split(), names)]
    some = ["clients, cut"] if "clients, cut" in names else []
    rows = [(transform.split(), samples) for transform in LINKS + TUNNELS + ORDERS + FILES + CUTS]
    # Of pairs each takes some of the samples, in turn.
    rows += [(pair.split(), some + samples[i % 4::4]) for i, pair in enumerate(COMBINED + pairs())]
    rows += [(transform.split(), ["clients"]) for transform in FOR_ALL_CLIENTS + CUT_CLIENTS
             if "clients" in names]
    return rows


def report(transforms, results):
    """One line a transformation, or the first differences; whether all is well."""
    title = " ".join(transforms)
    failed = {name: lines for name, lines in results.items() if lines}
    if not failed:
        print(f"{title}: ok ({len(results)} captures)", flush=True)
        return True
    print(f"{title}: FAILED for {len(failed)} of {len(results)} captures", flush=True)
    name, lines = min(failed.items(), key=lambda entry: len(entry[1]))
    for line in [f"{name}:"] + lines[:DIFFERENCES_SHOWN]:
        print(f"    {line}")
    if len(failed) > 1:
        print("    also: " + ", ".join(sorted(set(failed) - {name}))[:200])
    return False


def main():
    parser = argparse.ArgumentParser(description="the same traffic in another form")
    parser.add_argument("seeother")
    parser.add_argument("samples")
    parser.add_argument("captures")
    parser.add_argument("--only")
    parser.add_argument("--keep")
    options = parser.parse_args()
    started = time.monotonic()
    test = Test(options)
    for name in sorted(os.listdir(options.samples)):
        if name.endswith(".pcap"):
            test.add("sample " + name, capture_file.read(os.path.join(options.samples, name)))
    clients = os.path.join(options.captures, "clients", "linux-clients.pcap")
    if os.path.exists(clients):
        capture = capture_file.read(clients)
        test.add("clients", capture)
        test.add("clients, cut", cut_short(capture, CLIENTS_FRAMES))
    else:
        print("without the captures of real clients: they are not here (../shared/captures)")
    failed = 0
    for name, answer in test.before.items():
        if answer.wrong or not answer.redirects:
            print(f"{name}, as it is: FAILED: {answer.wrong or 'no redirects'}")
            failed += 1
    rows = plan(options, list(test.captures))
    with concurrent.futures.ThreadPoolExecutor(max(os.cpu_count() or 1, 2)) as pool:
        work = []
        for transforms, names in rows:
            if rewrite.is_possible(transforms):
                work.append((transforms, {name: pool.submit(test.check, name, transforms)
                                          for name in names}))
            else:
                print(f"{' '.join(transforms)}: skipped: a command is not installed")
        for transforms, results in work:
            failed += not report(transforms, {name: result.result()
                                              for name, result in results.items()})
    shutil.rmtree(test.folder)
    print(f"{len(work)} transformations, {failed} failed, {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
