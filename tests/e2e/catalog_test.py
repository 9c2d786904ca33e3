#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares how many packets seeother reads of captures from other projects with their catalog.

usage: catalog_test.py SEEOTHER CAPTURES

Each is read as it is, and packed by gzip through standard input; what comes of it must be equal.
Exits with 77 (skipped) where there are no captures.
"""
import csv
import gzip
import os
import sqlite3
import subprocess
import sys
import tempfile

# Where the count, or the status, is not the catalog's: packets, status, and why.
DIFFERENCES = {
    "PcapPlusPlus__solaris.snoop": (0, "corrupt", "snoop is named, and not read"),
    "gopacket__test017.pcapng": (0, "complete", "four custom blocks have a number, and no packet"),
    "gopacket__test202.pcapng": (8, "complete", "three custom blocks have a number, and no packet"),
    "PcapPlusPlus__clusterfuzz-testcase-minimized-FuzzTarget-5755755617189888":
        (2, "corrupt", "the third record lies about its length"),
    "PcapPlusPlus__crash-eec28dafde1f1ac2299674a75a914ae16d4046fa":
        (1, "corrupt", "the second record lies about its length"),
    "suricata-verify__http-mime-truncated__input.pcap": (2696, "truncated", "the file is cut"),
}


def analyze(seeother, operand, octets=None):
    """Packets, octets, status and detail of the capture."""
    with tempfile.TemporaryDirectory() as scratch:
        database = os.path.join(scratch, "catalog.db")
        subprocess.run([seeother, "analyze", "-q", "--format", "none", "-d", database, operand],
                       input=octets, capture_output=True, timeout=120, check=False)
        db = sqlite3.connect(database)
        rows = db.execute("SELECT packets, bytes, status, detail FROM captures").fetchall()
        db.close()
        return rows[0] if len(rows) == 1 else (None, None, f"{len(rows)} captures", None)


def main():
    seeother, folder = sys.argv[1], os.path.join(sys.argv[2], "wild")
    if not os.path.isdir(folder):
        print("skipped: the captures of other projects are not here (../shared/captures)")
        return 77
    failed = count = 0
    with open(os.path.join(folder, "catalog.tsv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        name = row["name"]
        path = os.path.join(folder, name)
        expected = DIFFERENCES.get(name, (int(row["packets"]), "complete"))[:2]
        plain = analyze(seeother, path)
        with open(path, "rb") as file:
            packed = analyze(seeother, "-", gzip.compress(file.read(), 1))
        count += 1
        if (plain[0], plain[2]) != expected:
            print(f"{name}: {plain[0]} packets, {plain[2]} ({plain[3]}), expected {expected}")
            failed += 1
        if packed[:3] != plain[:3]:
            print(f"{name}: packed {packed}, plain {plain}")
            failed += 1
    print(f"{count} captures, {failed} differ")
    return 1 if failed or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
