#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whatever is in the input more than once counts once.

usage: twice_test.py SEEOTHER SAMPLES

Each sample is given twice in one run, with every packet twice, and with every packet once as it is
and once in a VLAN, as `-i any` shows it where an interface has one: findings, redirects, exchanges
and connections must be as many as those of the sample alone.
"""
import os
import sqlite3
import struct
import subprocess
import sys
import tempfile

TABLES = ("findings", "redirects", "exchanges", "connections")


def counts_of(seeother, scratch, *captures):
    database = os.path.join(scratch, "twice.db")
    for name in os.listdir(scratch):
        if name.startswith("twice.db"):
            os.remove(os.path.join(scratch, name))
    subprocess.run([seeother, "analyze", "-q", "--format", "none", "--all-exchanges", "-d", database,
                    *captures], check=True)
    db = sqlite3.connect(database)
    counts = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}
    wrong = db.execute(
        "SELECT stage, unit, sum(CASE kind WHEN 'in' THEN value ELSE -value END) AS rest"
        " FROM coverage WHERE kind <> 'note' AND stage = 'decode'"
        " GROUP BY capture_id, stage, unit HAVING rest <> 0").fetchall()
    db.close()
    return counts, wrong


def records(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        seconds, part, length, on_wire = struct.unpack_from(order + "IIII", data, at)
        yield order, seconds, part, on_wire, data[at + 16:at + 16 + length]
        at += 16 + length


def doubled(path, out, change):
    with open(path, "rb") as file:
        data = file.read()
    parts = [data[:24]]
    for order, seconds, part, on_wire, octets in records(data):
        for copy in (octets, change(octets)):
            more = len(copy) - len(octets)
            parts += [struct.pack(order + "IIII", seconds, part, len(copy), on_wire + more), copy]
    with open(out, "wb") as file:
        file.write(b"".join(parts))


def main():
    seeother, samples = sys.argv[1], sys.argv[2]
    failed = 0
    names = sorted(name for name in os.listdir(samples) if name.endswith(".pcap"))
    with tempfile.TemporaryDirectory() as scratch:
        out = os.path.join(scratch, "doubled.pcap")
        for name in names:
            path = os.path.join(samples, name)
            once, wrong = counts_of(seeother, scratch, path)
            answers = {"the file twice": counts_of(seeother, scratch, path, path)}
            doubled(path, out, lambda octets: octets)
            answers["every packet twice"] = counts_of(seeother, scratch, out)
            with open(path, "rb") as file:
                link_type = file.read(24)[20:24]
            if link_type in (b"\1\0\0\0", b"\0\0\0\1"):
                doubled(path, out, lambda octets: octets[:12] + b"\x81\x00\x00\x07" + octets[12:])
                answers["every packet with a tag too"] = counts_of(seeother, scratch, out)
            for what, (counts, unbalanced) in answers.items():
                if counts != once or wrong or unbalanced:
                    print(f"{name}, {what}: {counts}, expected {once}; books: {unbalanced}")
                    failed += 1
    print(f"{len(names)} samples, {failed} failures")
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
