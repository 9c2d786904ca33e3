#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Says how a run of `meson test` went: what failed, what was skipped and why, how many.

usage: tests/summary.py BUILD-DIR

Says nothing when no test was run.  A test that skips exits with 77, and the last line that it says is the reason.
"""

import json
import pathlib
import re
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def said(result):
    return (result.get("stderr") or "") + "\n" + (result.get("stdout") or "")


def reason(result):
    """The last line that the test said, without the word for skipping."""
    lines = [line.strip() for line in said(result).splitlines() if line.strip()]
    return lines[-1].removeprefix("SKIP:").strip() if lines else "it does not say why"


def skipped_cases(result):
    """How many cases cmocka skipped inside a test that passed."""
    counts = re.findall(r"^\[  SKIPPED \] (\d+) test\(s\)", said(result), re.MULTILINE)
    return sum(int(count) for count in counts)


def read_results(log):
    with log.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: tests/summary.py BUILD-DIR")
    logs = sorted(pathlib.Path(sys.argv[1], "meson-logs").glob("testlog*.json"))
    if not logs:
        return
    results = [result for log in logs for result in read_results(log)]
    passed = [r for r in results if r["result"] in PASSED]
    skipped = [r for r in results if r["result"] in SKIPPED]
    failed = [r for r in results if r["result"] not in PASSED | SKIPPED]
    for result in failed:
        print(f"failed: {result['name']} ({result['result']})")
    for result in skipped:
        print(f"skipped: {result['name']}: {reason(result)}")
    for result in passed:
        if skipped_cases(result):
            print(f"passed in part: {result['name']}: {skipped_cases(result)} of its cases skipped")
    print(f"{len(passed)} passed, {len(failed)} failed, {len(skipped)} skipped")


main()
