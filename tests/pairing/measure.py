#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the pairs that seeother finds with the truth.

usage: measure.py SEEOTHER CAPTURE TRUTH...  [-v]
"""
import collections
import json
import math
import os
import sqlite3
import subprocess
import sys
import tempfile

LEVELS = ("high", "medium", "low")


class Result:
    """Counts that can be added up over recordings."""

    def __init__(self):
        self.followed = 0      # redirects that were followed, in truth
        self.redirects = 0
        self.found = collections.Counter()    # pairs, by level
        self.right = collections.Counter()    # and those that are true
        self.by_score = collections.defaultdict(lambda: [0, 0])  # pairs, true ones
        self.by_level = collections.defaultdict(lambda: [0, 0])  # by score and level
        self.outcomes = collections.Counter()  # (outcome, was followed in truth)

    def add(self, other):
        self.followed += other.followed
        self.redirects += other.redirects
        self.found.update(other.found)
        self.right.update(other.right)
        self.outcomes.update(other.outcomes)
        for score, (pairs, true) in other.by_score.items():
            self.by_score[score][0] += pairs
            self.by_score[score][1] += true
        for key, (pairs, true) in other.by_level.items():
            self.by_level[key][0] += pairs
            self.by_level[key][1] += true

    def precision(self, levels=("high",)):
        return ratio(sum(self.right[x] for x in levels), sum(self.found[x] for x in levels))

    def recall(self, levels=("high",)):
        return ratio(sum(self.right[x] for x in levels), self.followed)


def ratio(part, whole):
    """(share, lower and upper end of Wilson's interval of 95 %)"""
    if whole == 0:
        return math.nan, math.nan, math.nan
    z, share = 1.96, part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * math.sqrt(share * (1 - share) / whole
                                               + z * z / (4 * whole * whole))
    return share, max(middle - half, 0), min(middle + half, 1)


def read_truth(path):
    """{(client port, server port): [request, ...]} in time, and the true follow-up of each request."""
    by_ports, by_navigation = collections.defaultdict(list), collections.defaultdict(list)
    with open(path, encoding="latin-1") as file:
        for line in file:
            port, server, truth, method, target, status, location = \
                line.rstrip("\n").split("\t")
            request = (int(port), int(server), truth, method, target, int(status), location,
                       len(by_navigation[truth]))
            by_ports[int(port), int(server)].append(request)
            by_navigation[truth].append(request)
    follow = {}
    for requests in by_navigation.values():
        for request, after in zip(requests, requests[1:]):
            if request[6] != "-":
                expected = request[6].split("//", 1)[-1]
                expected = expected[expected.index("/"):] if "//" in request[6] else expected
                if after[4] == expected:
                    follow[request] = after
    return by_ports, follow


def analyze(seeother, capture, database, *options):
    subprocess.run([seeother, "analyze", "-q", "--all-exchanges", "--no-redact", "--format", "none",
                    "-d", database, *options, capture], check=True)
    return sqlite3.connect(database)


def measure(seeother, capture, truth, *options, verbose=False):
    by_ports, follow = read_truth(truth)
    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        db = analyze(seeother, capture, os.path.join(folder, "db"), *options)
        seen = collections.defaultdict(list)
        for exchange, port, server, target in db.execute(
                "SELECT id, client_port, server_port, target FROM exchanges"
                " WHERE method IS NOT NULL ORDER BY time_ns, id"):
            seen[port, server].append((exchange, target))
        request_of = {}
        for ports, requests in by_ports.items():
            if [r[4] for r in requests] != [target for _, target in seen[ports]]:
                raise SystemExit(f"{capture}: ports {ports}: the capture has other requests than"
                                 f" the truth: {seen[ports]} / {requests}")
            for (exchange, _), request in zip(seen[ports], requests):
                request_of[exchange] = request
        for row in db.execute("SELECT exchange_id, followup_exchange_id, outcome, confidence, score,"
                              " evidence, delay_ms, id FROM redirects"):
            judge(result, row, request_of, follow, verbose)
        db.close()
    return result


def judge(result, row, request_of, follow, verbose):
    exchange, followup, outcome, confidence, score, evidence, delay, number = row
    request = request_of[exchange]
    true = follow.get(request)
    result.redirects += 1
    result.followed += true is not None
    result.outcomes[outcome, true is not None] += 1
    if outcome != "followed":
        return
    is_right = true is not None and request_of[followup] == true
    result.found[confidence] += 1
    result.right[confidence] += is_right
    result.by_score[score][0] += 1
    result.by_score[score][1] += is_right
    result.by_level[score, confidence][0] += 1
    result.by_level[score, confidence][1] += is_right
    if verbose and (confidence == "high") != is_right:
        signals = json.loads(evidence)
        print("WRONG" if not is_right else "unsure", confidence, score, f"{delay:.1f} ms", request,
              "->", request_of[followup], "true:", true, signals)


def show(name, result):
    print(f"{name}: {result.redirects} redirects, {result.followed} followed")
    for levels in (("high",), ("high", "medium"), LEVELS):
        p, r = result.precision(levels), result.recall(levels)
        print(f"  {'/'.join(levels):16} precision {p[0]:.4f} ({p[1]:.4f}-{p[2]:.4f})"
              f"  recall {r[0]:.4f} ({r[1]:.4f}-{r[2]:.4f})"
              f"  pairs {sum(result.found[x] for x in levels)}")
    print("  by score:", "  ".join(f"{score}: {true}/{pairs}" for score, (pairs, true)
                                   in sorted(result.by_score.items())))
    print("  outcomes:", {f"{k[0]}{'' if k[1] else ' (truly not)'}": v
                          for k, v in sorted(result.outcomes.items())})


if __name__ == "__main__":
    is_verbose = "-v" in sys.argv
    words = [word for word in sys.argv[1:] if word != "-v"]
    show(words[1], measure(words[0], words[1], words[2], verbose=is_verbose))
