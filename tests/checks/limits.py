#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each limit of core/limits.h stands in the README, and a test crosses it.

usage: limits.py ROOT

A test that crosses one is a scene with [NAME=N] in its title (scene_test.c holds that the counter
tells), a transcript with "limit NAME N" and the counter in its "count" line, or a file that sets
`limits.NAME`, or [NAME], and names the counter too.
"""
import glob
import os
import re
import sys

# Limits that no counter tells of, and what a test of them looks at instead.
TOLD_OTHERWISE = {
    "decoded_octets": "SEE_DECODED_TOO_LARGE",
    "decoded_ratio": "SEE_DECODED_TOO_DENSE",
    "content_codings": "SEE_DECODED_TOO_DEEP",
    "evidence_octets": "is_too_much",
    "slice_frames": "is_cut",
}

STRING = r'"(?:[^"\\]|\\.)*"'
LIMIT = re.compile(rf"SEE_LIMIT\((\w+), [^,]+,(?:\s*{STRING})+,(?:\s*{STRING})+,\s*({STRING})\)")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def transcripts(text):
    return re.split(r"^## ", text, flags=re.MULTILINE)


def is_crossed(root, name, counter):
    tests = os.path.join(root, "tests")
    for path in glob.glob(os.path.join(tests, "scenes/*.txt")):
        if f"[{name}=" in read(path):
            return True
    for path in glob.glob(os.path.join(tests, "transcripts/*.txt")):
        for one in transcripts(read(path)):
            if re.search(rf"^limit {name} \d", one, re.MULTILINE) and re.search(
                    rf"^count .*\b{counter}\b", one, re.MULTILINE):
                return True
    for path in glob.glob(os.path.join(tests, "unit/*.c")) + glob.glob(
            os.path.join(tests, "e2e/*.py")):
        text = read(path)
        is_set = re.search(rf"\blimits(\.|->){name} =|\.{name} = ", text)
        told = TOLD_OTHERWISE.get(name, counter)
        if (is_set or name == "content_codings") and re.search(rf"\b{told}\b", text):
            return True
    return False


def main():
    root = sys.argv[1]
    header = read(os.path.join(root, "src/core/limits.h")).replace("\\\n", "\n")
    header = header[header.index("SEE_LIMITS(SEE_LIMIT)") + len("SEE_LIMITS(SEE_LIMIT)"):]
    readme = read(os.path.join(root, "README.md"))
    limits = [(name, counter.strip('"')) for name, counter in LIMIT.findall(header)]
    bad = []
    if len(limits) != len(re.findall(r"^ +SEE_LIMIT\(\w", header, re.MULTILINE)):
        bad.append("limits.h has rows that cannot be read")
    for name, counter in limits:
        stage, _, short = counter.rpartition("/")
        if f"| `{name}` |" not in readme:
            bad.append(f"{name}: no row in the README")
        if name not in TOLD_OTHERWISE and not re.search(rf"^\| `{stage}` \|.*`{short}`", readme, re.MULTILINE):
            bad.append(f"{name}: the README has no counter {counter}")
        if not is_crossed(root, name, short):
            bad.append(f"{name}: no test crosses it and looks at {counter}")
    print(f"{len(limits)} limits")
    for line in bad:
        print(line)
    return 1 if bad or not limits else 0


if __name__ == "__main__":
    sys.exit(main())
