#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds what seeother says of some 20 real clients against their server's own log.

usage: clients_test.py SEEOTHER CAPTURES

CAPTURES is the folder that holds clients/linux-clients.pcap and its truth file, a row a redirect.
Every row must come out the same, and what rules it breaks is derived from the row by the table of
expected methods below, never copied.  Exits with 77 (skipped) where there are no captures.
"""
import collections
import csv
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse

VIOLATIONS = {"307-method-changed", "303-method-not-get", "308-method-changed", "307-body-changed"}


def is_allowed(status, before, after):
    """RFC 9110, 15.4: whether a client may go on with this method."""
    if status in (301, 302):
        return after == before or (before == "POST" and after == "GET")
    if status == 303:
        return after in ("GET", "HEAD")
    return after == before


def expected_rules(row):
    """The rules that a row of the truth file breaks, and those that it may break."""
    status, before, after = int(row["status"]), row["method"], row["followup_method"]
    if after == "-":
        return set(), set()
    sent, repeated = int(row["body_length"]), int(row["followup_body_length"])
    must, may = set(), set()
    if not is_allowed(status, before, after):
        must.add({301: "301-302-method-rewritten", 302: "301-302-method-rewritten",
                  303: "303-method-not-get", 307: "307-method-changed",
                  308: "308-method-changed"}[status])
    if before == after and sent > 0 and repeated == 0 and status != 303:
        must.add("301-302-body-lost" if status in (301, 302) else "307-body-changed")
    if before not in ("GET", "HEAD") and after in ("GET", "HEAD"):
        # The log holds lengths only: fields about content may be there without any.
        (must if repeated > 0 else may).add("content-on-rewritten-get")
    if row["authorization_forwarded"] == "1":
        must.add("authorization-cross-origin")
    if urllib.parse.urlsplit(row["uri"]).netloc != urllib.parse.urlsplit(row["followup_uri"]).netloc:
        # The suite sends an X-Api-Key with each request that it leads to the other host, and no
        # client takes that for a secret.
        must.add("secret-header-cross-origin")
    return must, may


def case_of(uri):
    found = re.search(r"/r/(\d+)/([a-z]+-\d+)", uri or "")
    return found.groups() if found else None


def read_database(path):
    """Redirects and their findings, by status, case and method."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    findings = collections.defaultdict(dict)
    for row in db.execute("SELECT redirect_id, rule, severity FROM findings WHERE party = 'client'"):
        findings[row["redirect_id"]][row["rule"]] = row["severity"]
    redirects = collections.defaultdict(list)
    for row in db.execute(
            "SELECT r.*, x.request_body_length AS sent, f.request_body_length AS repeated"
            " FROM redirects r LEFT JOIN exchanges x ON x.id = r.exchange_id"
            " LEFT JOIN exchanges f ON f.id = r.followup_exchange_id"):
        case = case_of(row["uri"])
        if case:
            redirects[case].append((row, findings[row["id"]]))
    return redirects


def differences(row, redirect, found):
    """What is wrong with one row, as a list of sentences."""
    wrong = []
    is_followed = row["followup_method"] != "-"

    def compare(what, want, got):
        if want != got:
            wrong.append(f"{what}: expected {want}, got {got}")

    compare("method", row["method"], redirect["method"])
    compare("outcome", "followed" if is_followed else "not-followed", redirect["outcome"])
    compare("content length", int(row["body_length"]), redirect["sent"])
    if is_followed:
        compare("follow-up method", row["followup_method"], redirect["followup_method"])
        compare("follow-up content length", int(row["followup_body_length"]),
                redirect["repeated"])
        compare("same connection", int(row["same_connection"]), redirect["same_connection"])
        compare("confidence", "high", redirect["confidence"])
    must, may = expected_rules(row)
    for rule in sorted(must | set(found)):
        if rule in ("cycle-not-broken", "chain-too-long"):
            continue
        if rule not in found:
            wrong.append(f"no finding {rule}")
        elif rule not in must | may:
            wrong.append(f"unexpected finding {rule}")
        else:
            compare(f"severity of {rule}", "violation" if rule in VIOLATIONS else "warning",
                    found[rule])
    return wrong


def main():
    seeother, captures = sys.argv[1], sys.argv[2]
    capture = os.path.join(captures, "clients", "linux-clients.pcap")
    truth = os.path.join(captures, "clients", "linux-clients.truth.tsv")
    if not os.path.exists(capture):
        print("skipped: the captures of real clients are not here (../shared/captures)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "clients.db")
        subprocess.run([seeother, "analyze", "--format", "none", "-d", database, capture],
                       check=True)
        redirects = read_database(database)
    rows = right = 0
    per_rule = collections.Counter()
    outcomes = collections.Counter()
    with open(truth, encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rows += 1
            found = redirects.get((row["status"], row["case"]), [])
            if len(found) != 1:
                print(f"{row['case']} ({row['client']}): {len(found)} redirects, expected 1")
                continue
            redirect, findings = found[0]
            wrong = differences(row, redirect, findings)
            for rule in findings:
                per_rule[rule, row["client"]] += 1
            outcomes[redirect["outcome"], redirect["confidence"]] += 1
            right += not wrong
            if wrong:
                print(f"{row['case']} ({row['client']}, {row['status']} to {row['method']}): "
                      + "; ".join(wrong))
    for (rule, client), count in sorted(per_rule.items()):
        print(f"{rule:28} {client:24} {count}")
    for (outcome, confidence), count in sorted(outcomes.items(), key=str):
        print(f"outcome {outcome}, confidence {confidence}: {count}")
    print(f"{right} of {rows} rows right")
    return 0 if rows > 0 and right == rows else 1


if __name__ == "__main__":
    sys.exit(main())
