#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures how well pairs are found, with real clients: the table of the README.

usage: run.py SEEOTHER DIR [--seeds 11,12,13] [--seconds N]

Records into DIR what is not there yet (record.py; root, about N + 15 seconds a recording), then
compares.  Tune on other seeds than are reported.
"""
import argparse
import os
import subprocess
import sys

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
SHARES = (0, 0.3, 0.6)
# (name, capture, made with --proxy)
PLACES = (("40 clients behind one address", "shared.pcap", False),
          ("one client an address", "own.pcap", False),
          ("through a keep-alive proxy", "shared.pcap", True))


def folder_of(base, seed, share, is_proxy):
    return os.path.join(base, f"{'proxy' if is_proxy else 'direct'}-{share}-{seed}")


def record(arguments, seed, share, is_proxy):
    folder = folder_of(arguments.dir, seed, share, is_proxy)
    if os.path.exists(os.path.join(folder, "shared.pcap")):
        return
    print("recording", folder, file=sys.stderr)
    subprocess.run([sys.executable, os.path.join(HERE, "record.py"), folder, "--seed", str(seed),
                    "--seconds", str(arguments.seconds), "--unfollowed", str(share),
                    *(["--proxy"] if is_proxy else [])], check=True, stderr=subprocess.DEVNULL)


def percent(value):
    return f"{value[0]:.4f} ({value[1]:.4f}\u2013{value[2]:.4f})"


def table(arguments):
    total = measure.Result()
    print("| place | not followed | redirects | precision, high | recall, high | precision, medium |"
          " recall, any |\n|---|---|---|---|---|---|---|")
    for place, capture, is_proxy in PLACES:
        for share in SHARES:
            result = measure.Result()
            for seed in arguments.seeds:
                folder = folder_of(arguments.dir, seed, share, is_proxy)
                result.add(measure.measure(arguments.seeother, os.path.join(folder, capture),
                                           os.path.join(folder, "truth.tsv")))
            total.add(result)
            print(f"| {place} | {share:.0%} | {result.redirects} | {percent(result.precision())} |"
                  f" {percent(result.recall())} | {result.right['medium']} of"
                  f" {result.found['medium']} | {result.recall(measure.LEVELS)[0]:.4f} |",
                  flush=True)
    print("\n| points | high | medium | low |\n|---|---|---|---|")
    for low, high in ((-99, 2), (3, 4), (5, 7), (8, 9), (10, 11), (12, 13), (14, 99)):
        cells = []
        for level in measure.LEVELS:
            pairs = [total.by_level[score, level] for score in range(low, high + 1)
                     if (score, level) in total.by_level]
            cells.append(f"{sum(p[1] for p in pairs)} of {sum(p[0] for p in pairs)}"
                         if pairs else "")
        name = "below 3" if low < 0 else "14 and more" if high > 90 else f"{low}\u2013{high}"
        print(f"| {name} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeother")
    parser.add_argument("dir")
    parser.add_argument("--seeds", type=lambda text: [int(x) for x in text.split(",")],
                        default=[11, 12, 13])
    parser.add_argument("--seconds", type=float, default=50)
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        for share in SHARES:
            for is_proxy in (False, True):
                record(arguments, seed, share, is_proxy)
    table(arguments)


if __name__ == "__main__":
    main()
