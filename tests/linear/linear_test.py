#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Time is linear: twice the input is twice the work, whatever the shape of the input.

usage: linear_test.py SEEOTHER UNSTORED [NAME...]

Counts instructions with valgrind, so that it does not matter how fast or busy the machine is.  What
an empty capture costs is subtracted.  SEEOTHER is the tool, UNSTORED the same without the rows of
its database, which would hide the rest; both are built without sanitizers.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import shapes

RATIO_MAX = 2.3
SKIPPED = 77


def instructions(tool, captures):
    with tempfile.TemporaryDirectory() as folder:
        paths = [shapes.write(os.path.join(folder, f"{i:05}.pcap"), frames)
                 for i, frames in enumerate(captures)]
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                   tool, "analyze", "-q", "--format", "none", "--all-exchanges",
                   "-d", os.path.join(folder, "db"), *paths]
        # Memory filled on purpose, so that tests find what reads it too early, is no work of ours.
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env=dict(os.environ, MALLOC_PERTURB_="0"))
        found = re.search(r"I +refs: +([\d,]+)", done.stderr)
        if done.returncode != 0 or found is None:
            raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        return int(found.group(1).replace(",", ""))


def measure(tools, empty, name):
    function, size = shapes.SHAPES[name]
    which = name in shapes.STORED
    once, twice = (instructions(tools[which], function(n)) - empty for n in (size, 2 * size))
    return name, size, once, twice


def main():
    if shutil.which("valgrind") is None:
        print("valgrind is not there")
        return SKIPPED
    tools, names = sys.argv[2:0:-1], sys.argv[3:] or list(shapes.SHAPES)
    empty = instructions(tools[0], [[]])
    bad = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, size, once, twice in pool.map(lambda n: measure(tools, empty, n), names):
            ratio = twice / max(once, 1)
            print(f"{ratio:5.2f}  {once / size:12,.0f} instructions each  {name} ({size}, {2 * size})",
                  flush=True)
            if ratio > RATIO_MAX or once < empty / 20:
                bad.append(name)
    if bad:
        print(f"more than {RATIO_MAX} times the work, or too little to tell: {', '.join(bad)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
