#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs seeother over captures of all kinds from other projects.

usage: wild_test.py SEEOTHER CAPTURES [--verbose]

No capture may crash it, hang it or unbalance its books, and the redirects must be those that another
dissector sees (NAME.truth.tsv), but for the differences explained in wild_differences.tsv beside this
file.  Exits with 77 (skipped) where there are no captures.
"""
import collections
import csv
import os
import sqlite3
import subprocess
import sys
import tempfile

SECONDS_MAX = 120


def run(seeother, capture, database):
    """The exit status, and what was said; a crash or a sanitizer's report is a failure."""
    done = subprocess.run(
        [seeother, "analyze", "--format", "none", "-d", database, capture],
        capture_output=True, text=True, errors="replace", timeout=SECONDS_MAX, check=False)
    return done.returncode, done.stderr


def unbalanced(db):
    return [tuple(row) for row in db.execute(
        "SELECT stage, unit, sum(CASE kind WHEN 'in' THEN value ELSE -value END) AS rest"
        " FROM coverage WHERE kind <> 'note' GROUP BY capture_id, stage, unit HAVING rest <> 0")]


def redirects_of(db):
    """status, Location, method, method of the follow-up: a multiset."""
    return collections.Counter(
        (str(status), location or "-", method or "-", followup or "-")
        for status, location, method, followup in db.execute(
            "SELECT status, location, method, followup_method FROM redirects"))


def truth_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return collections.Counter(
            (row["status"], row["location"], row["req_method"], row["followup_method"])
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def explained():
    """Rows of (file, sign, status, location, method, followup) that are known to differ, and why."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wild_differences.tsv")
    known = collections.defaultdict(collections.Counter)
    with open(path, encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            key = (row["sign"], row["status"], row["location"], row["method"], row["followup"])
            known[row["file"]][key] += int(row["times"])
    return known


def main():
    seeother, folder = sys.argv[1], os.path.join(sys.argv[2], "wild")
    if not os.path.isdir(folder):
        print("skipped: the captures of other projects are not here (../shared/captures)")
        return 77
    known = explained()
    failed = compared = 0
    for name in sorted(os.listdir(folder)):
        if name.endswith(".tsv"):
            continue
        wrong = []
        with tempfile.TemporaryDirectory() as scratch:
            database = os.path.join(scratch, "wild.db")
            status, said = run(seeother, os.path.join(folder, name), database)
            if status not in (0, 1) or "Sanitizer" in said or "runtime error" in said:
                print(f"{name}: exit status {status}\n{said}")
                failed += 1
                continue
            if status == 1 and not said:
                wrong.append("failed without a word")
            db = sqlite3.connect(database)
            wrong += [f"the books do not balance: {row}" for row in unbalanced(db)]
            truth = os.path.join(folder, name + ".truth.tsv")
            if os.path.exists(truth):
                compared += 1
                ours, theirs = redirects_of(db), truth_of(truth)
                differences = collections.Counter()
                for row, times in (theirs - ours).items():
                    differences[("-", *row)] = times
                for row, times in (ours - theirs).items():
                    differences[("+", *row)] = times
                for row, times in (differences - known[name]).items():
                    wrong.append(f"{times} x {' '.join(row)}")
                for row, times in (known[name] - differences).items():
                    wrong.append(f"no longer differs: {times} x {' '.join(row)}")
            elif redirects_of(db):
                wrong.append(f"redirects that nobody else sees: {dict(redirects_of(db))}")
            db.close()
        if wrong or "--verbose" in sys.argv:
            print(f"{name}:", "\n    ".join(wrong) if wrong else "as expected")
        failed += bool(wrong)
    print(f"{compared} captures compared, {failed} with unexplained differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
