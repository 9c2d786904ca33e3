#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What seeother and tshark read differently in a capture.

usage: differential.py SEEOTHER FILE...

For use by hand, on a new capture: requests (method, target, Host), responses (status, Location) and
redirects (with the request that each answers) are compared as multisets, and what only one of them
has is printed, `-` for what only tshark has and `+` for what only seeother has, with its frame.
tshark reads with and without reassembly out of order, since each misses what the other finds, and
counts as having what either found.  It is a second opinion, not the truth: look at the octets.
Exit status: 0 no difference, 1 differences, 77 where there is no tshark.
"""
import collections
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SECONDS_MAX = 600
REDIRECTS = {"301", "302", "303", "307", "308"}
TSHARK = ["tshark", "-n", "-Y", "http.request or http.response", "-T", "pdml"]
NOT_XML = {code: None for code in set(range(32)) - {9, 10, 13}}
EXCHANGES = """SELECT method, target, authority, uri, status, location, request_frame,
    response_frame FROM exchanges ORDER BY id"""

# Each is a dictionary from what is compared to the frames it was seen in.
Reading = collections.namedtuple("Reading", "requests responses redirects")


def new_reading():
    return Reading(*(collections.defaultdict(list) for _ in Reading._fields))


def text(octets):
    return octets.decode("utf-8", "replace").strip()


# Their octets are the whole line.
LINES = {"http.host": "host:", "http.location": "location:"}


def values_of(proto):
    """The values of the fields of a message, as sent, by name; the first of each."""
    values = {}
    for field in proto.iter("field"):
        name = field.get("name")
        if name in values:
            continue
        octets = field.get("value")
        values[name] = text(bytes.fromhex(octets)) if octets and len(octets) % 2 == 0 \
            else field.get("show", "")
        prefix = LINES.get(name, "")
        if prefix and values[name].lower().startswith(prefix):
            values[name] = values[name][len(prefix):].strip()
    return values


def is_of_http(proto):
    return proto.get("name") == "http"


def add_message(reading, values, frame):
    if "http.request.method" in values:
        reading.requests[values["http.request.method"], values.get("http.request.uri", ""),
                         values.get("http.host", "")].append(frame)
    if "http.response.code" not in values:
        return
    status, location = values["http.response.code"], values.get("http.location", "")
    if status.startswith("1") and status != "101":
        return
    reading.responses[status, location].append(frame)
    if status in REDIRECTS:
        uri = values.get("http.response_for.uri", "")
        reading.redirects[status, location, uri].append(frame)


def packets(stream):
    """The packets of a PDML stream; what XML cannot hold goes."""
    parser = xml.etree.ElementTree.XMLPullParser()
    for line in stream:
        parser.feed(line.decode("utf-8", "replace").translate(NOT_XML))
        for _, element in parser.read_events():
            if element.tag == "packet":
                yield element
                element.clear()


def by_tshark(path, out_of_order):
    reading = new_reading()
    command = TSHARK + ["-o", f"tcp.reassemble_out_of_order:{out_of_order}", "-r", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        try:
            for packet in packets(process.stdout):
                frame = next((field.get("show") for field in packet.iter("field")
                              if field.get("name") == "frame.number"), "?")
                for proto in filter(is_of_http, packet.iter("proto")):
                    add_message(reading, values_of(proto), frame)
        except xml.etree.ElementTree.ParseError as error:
            print(f"    tshark's output cannot be read to its end: {error}")
            process.kill()
    if process.returncode != 0:
        print(f"    tshark: exit status {process.returncode}")
    return reading


def either(one, other):
    """What at least one of two readings has: of each row the one that has it more often."""
    result = new_reading()
    for target, *sources in zip(result, one, other):
        for row in set(sources[0]) | set(sources[1]):
            target[row] = max((source.get(row, []) for source in sources), key=len)
    return result


def by_seeother(seeother, path):
    reading = new_reading()
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "differential.db")
        done = subprocess.run(
            [seeother, "analyze", "--all-exchanges", "--no-redact", "--format", "none", "-d",
             database, path], capture_output=True, text=True, errors="replace",
            timeout=SECONDS_MAX, check=False)
        if done.returncode != 0:
            print(f"    seeother: exit status {done.returncode}: {done.stderr.strip()}")
        if not os.path.exists(database):
            return reading
        db = sqlite3.connect(database)
        for (method, target, authority, uri, status, location, request_frame,
             response_frame) in db.execute(EXCHANGES):
            if method is not None:
                reading.requests[method, target or "", authority or ""].append(request_frame)
            if status is not None:
                reading.responses[str(status), location or ""].append(response_frame)
                if str(status) in REDIRECTS:
                    reading.redirects[str(status), location or "", uri or ""].append(response_frame)
        db.close()
    return reading


def shown(row):
    return "  ".join(part if len(part) <= 100 else part[:97] + "..." for part in row)


def compare(kind, theirs, ours):
    """Prints what differs; how many rows."""
    count = 0
    for row in sorted(set(theirs) | set(ours)):
        more = len(theirs.get(row, ())) - len(ours.get(row, ()))
        if more == 0:
            continue
        sign, frames = ("-", theirs[row]) if more > 0 else ("+", ours[row])
        places = ", ".join(str(frame) for frame in frames[:5]) + (", ..." if frames[5:] else "")
        print(f"  {sign} {abs(more)} x {kind}: {shown(row)}  (frame {places})")
        count += abs(more)
    return count


def main():
    if len(sys.argv) < 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        return 77
    seeother, differing = os.path.abspath(sys.argv[1]), 0
    for path in sys.argv[2:]:
        print(f"{os.path.basename(path)}:", flush=True)
        theirs = either(by_tshark(path, "TRUE"), by_tshark(path, "FALSE"))
        ours = by_seeother(seeother, path)
        count = 0
        for kind in Reading._fields:
            count += compare(kind[:-1], getattr(theirs, kind), getattr(ours, kind))
        total = sum(map(len, theirs.requests.values())), sum(map(len, theirs.responses.values()))
        print(f"    {count} rows differ; tshark has {total[0]} requests, {total[1]} responses")
        differing += count > 0
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
