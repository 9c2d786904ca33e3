#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs seeother over the samples: each must show exactly what it is named for.

usage: samples_test.py SEEOTHER SAMPLES

SAMPLES/expected.tsv has a row for each file and rule of severity violation or warning, and rows with
"-" for a rule where all is well.  A rule that this seeother does not have is passed over.
"""
import collections
import csv
import os
import sqlite3
import subprocess
import sys
import tempfile


def known_rules(seeother):
    output = subprocess.run([seeother, "rules", "-q"], check=True, capture_output=True, text=True)
    return set(output.stdout.split())


def analyze(seeother, database, capture):
    subprocess.run([seeother, "analyze", "--format", "none", "-d", database, capture], check=True)
    db = sqlite3.connect(database)
    db.row_factory = sqlite3.Row
    findings = {(row["rule"], row["status"], row["method"], row["followup_method"])
                for row in db.execute(
                    "SELECT f.rule, r.status, r.method, r.followup_method FROM findings f"
                    " JOIN redirects r ON r.id = f.redirect_id"
                    " WHERE f.severity IN ('violation', 'warning')")}
    redirects = {(row["status"], row["method"], row["followup_method"],
                  row["outcome"] == "followed")
                 for row in db.execute("SELECT * FROM redirects")}
    unsure = db.execute("SELECT count(*) FROM redirects WHERE outcome = 'followed'"
                        " AND confidence <> 'high' AND evidence NOT LIKE '%\"T3\"%'").fetchone()[0]
    twice = db.execute("SELECT count(*) FROM (SELECT 1 FROM findings GROUP BY redirect_id,"
                       " exchange_id, rule, severity HAVING count(*) > 1)").fetchone()[0]
    unbalanced = db.execute(
        "SELECT stage, unit, sum(CASE kind WHEN 'in' THEN value ELSE -value END) AS rest"
        " FROM coverage WHERE kind <> 'note' GROUP BY capture_id, stage, unit"
        " HAVING rest <> 0").fetchall()
    db.close()
    return findings, redirects, unsure, twice, unbalanced


def main():
    seeother, samples = sys.argv[1], sys.argv[2]
    rules = known_rules(seeother)
    rows = collections.defaultdict(list)
    with open(os.path.join(samples, "expected.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rows[row["file"]].append(row)
    captures = {name for name in os.listdir(samples) if name.endswith(".pcap")}
    failed = 0
    if captures != set(rows):
        print("not both in samples/ and in expected.tsv:", captures ^ set(rows))
        failed += 1
    for name in sorted(captures & set(rows)):
        with tempfile.TemporaryDirectory() as folder:
            found, redirects, unsure, twice, unbalanced = analyze(
                seeother, os.path.join(folder, "sample.db"), os.path.join(samples, name))
        expected = set()
        wrong = []
        for row in rows[name]:
            followup = None if row["followup_method"] == "-" else row["followup_method"]
            step = (int(row["status"]), row["method"], followup, row["followed"] == "yes")
            if step not in redirects:
                wrong.append(f"no redirect {step}")
            if row["rule"] in rules:
                expected.add((row["rule"], int(row["status"]), row["method"], followup))
        wrong += [f"missing {finding}" for finding in sorted(expected - found, key=str)]
        wrong += [f"unexpected {finding}" for finding in sorted(found - expected, key=str)]
        if unsure:
            wrong.append(f"{unsure} pairs not of high confidence")
        if twice:
            wrong.append(f"{twice} findings stored twice")
        wrong += [f"the books do not balance: {tuple(row)}" for row in unbalanced]
        print(f"{name}: " + ("; ".join(wrong) if wrong else "as expected"))
        failed += bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
