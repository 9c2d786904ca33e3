#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Nothing that a stranger chose drives a terminal, a spreadsheet, a page or a parser.

usage: escape_test.py SEEOTHER SAMPLES

Hostile octets stand in every field that a stranger controls: on the wire, in the blocks of a
capture, in names of files, and, since a database may come from a stranger too, in every text of a
database.  Every output is read by a strict reader.
"""
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])
SAMPLES = os.path.abspath(sys.argv[2])

MARK = b"zq7"
PAYLOADS = [
    b"\x1b[2J" + MARK,                            # clears the screen
    b"\x1b]0;" + MARK + b"\x07",                  # sets the title
    b"\x1b]8;;http://evil.example/\x1b\\" + MARK,  # a link under any words
    b"\x9b2J" + MARK,                             # CSI in one octet
    b"\xc2\x9b2J" + MARK,                         # the same in UTF-8
    b"\xc2\x90" + MARK + b"\xc2\x9c",             # DCS and ST
    b"\xe2\x80\xae" + MARK,                       # right to left
    b"\xe2\x81\xa6" + MARK + b"\xe2\x81\xa9",     # an isolate
    b"\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f" + MARK,   # marks of direction
    b"\xe2\x80\xa8" + MARK + b"\xe2\x80\xa9",     # line and paragraph separators
    "\ufeff\U000e0041".encode() + MARK,         # a mark of byte order, a tag
    "\u200b\u200d\u2060\u2064\u206a\u00ad\u034f".encode() + MARK,  # of no width
    "\u115f\u1160\u17b4\u180b\u2800\u3164\uffa0".encode() + MARK,  # blank, and no blank
    "\ufe0f\ufff0\ufdd0\uffff\U000e0100\U0001d173\U0001fffe\U0010ffff".encode() + MARK,
    b"\xc2\x85" + MARK,                           # next line
    b"\xc0\xaf" + MARK + b"\xe0\x80\xaf",         # overlong
    b"\xed\xa0\x80" + MARK,                       # half of a surrogate pair
    b"\xf4\x90\x80\x80" + MARK + b"\xff\xfe",     # past the last character
    b"\xc3",                                      # cut
    b"=cmd|' /C calc'!A0" + MARK,
    b"+1" + MARK, b"-1" + MARK, b"@SUM(1)" + MARK,
    b"\t=1" + MARK, b"\r=1" + MARK, b" =1" + MARK, b"\n=1" + MARK,
    b"\xef\xbc\x9d1" + MARK,                      # the wide = of Japanese keyboards
    b"\"" + MARK + b"\",\"=1", b"'); DROP TABLE findings;--" + MARK,
    b"a|b`c`<script>" + MARK + b"</script>&amp;[x](javascript:y)![z](w)*_~~#",
    b"\\|" + MARK + b"\\\\|\\", b"\\u001b" + MARK, b"\\x1b" + MARK,
    b"%s%n%1$n" + MARK, b"\x7f\x08" + MARK, b"\x00" + MARK, b"{\"a\":" + MARK + b"}",
    "\U0001f600é中\u0301".encode() + MARK,
]

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5"
                      "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef"
                      "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3"
                      "\U0001d173-\U0001d17a\U0001fffe\U0010ffff\U000e0000-\U000e0fff]")
FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
NUMBER = re.compile(r"^-?\d+(\.\d+)?(e[+-]?\d+)?$")
FORMATS = ("table", "csv", "json", "jsonl", "markdown")


class Escape(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.database = os.path.join(self.folder, "test.db")

    def call(self, *arguments, statuses=(0,), **options):
        done = subprocess.run([SEEOTHER, *arguments], capture_output=True, check=False,
                              cwd=self.folder, timeout=60, **options)
        self.assertIn(done.returncode, statuses, (arguments, done.stderr))
        said = self.harmless(done.stderr, "standard error")
        return self.harmless(done.stdout, arguments), said

    def harmless(self, octets, what):
        text = octets.decode()  # strictly
        # The two controls that an output may hold are ends of lines, in CSV with a CR in front.
        found = CONTROLS.search(text.replace("\r\n", "\n"))
        self.assertIsNone(found, f"{found and ascii(found[0])} in {what}: {ascii(text)[:300]}")
        self.assertNotIn("\t", text, what)
        return text

    def read_json(self, text):
        def refuse(constant):
            raise ValueError(constant)

        def pairs(members):
            self.assertEqual(len({name for name, _ in members}), len(members))
            return dict(members)
        return json.loads(text, parse_constant=refuse, object_pairs_hook=pairs)

    def check_jsonl(self, text):
        return [self.read_json(line) for line in text.splitlines()]

    def check_xml(self, text):
        """Well-formed, without a document type, and nothing of it is markup that was no markup."""
        root = xml.etree.ElementTree.fromstring(text)
        known = {"testsuites", "testsuite", "testcase", "failure", "skipped", "properties",
                 "property", "system-out", "system-err", "error"}
        self.assertLessEqual({element.tag for element in root.iter()}, known)
        self.assertNotIn("<!", text)
        return list(root.iter("testcase"))

    def check_json(self, text):
        rows = self.read_json(text)
        self.assertIsInstance(rows, list)
        return rows

    def check_csv(self, text):
        self.assertNotIn("\r", text.replace("\r\n", ""))
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        for row in rows:
            self.assertEqual(len(row), len(rows[0]), row)
            for cell in row:
                self.assertFalse(FORMULA.match(cell) and not NUMBER.match(cell), cell)
        # One line a row: programs that cut lines are not misled either.
        self.assertEqual(text.count("\r\n"), len(rows))
        return rows[1:]

    def check_markdown(self, text):
        lines = text.splitlines()
        for line in lines:
            self.assertRegex(line, r"^\|.*\|$")
            bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", line)
            self.assertEqual(bare.count("|"), re.sub(r"\\.", "", lines[0]).count("|"), line)
            cells = bare.replace("|", "")
            self.assertNotRegex(cells, r"[<>`*\[\]~]|&(?!(lt|gt|amp);)", line)
        return lines[2:]

    def check_table(self, text):
        return text.splitlines()[2:]

    def query(self, form, *arguments, statuses=(0,)):
        text, _ = self.call("query", "-d", self.database, "--format", form, *arguments,
                            statuses=statuses)
        return getattr(self, "check_" + form)(text), text

    def names_of_queries(self):
        rows, _ = self.query("jsonl")
        return [row["name"] for row in rows]

    def check_queries(self):
        """All queries in all formats; what they say, in one text."""
        said = []
        for name in self.names_of_queries():
            param = ["--param", "id=1"] if name == "finding" else []
            counts = {form: self.query(form, name, *param) for form in FORMATS}
            rows = {form: len(rows) for form, (rows, _) in counts.items()}
            self.assertEqual(len(set(rows.values())), 1, (name, rows))
            said += [text for _, text in counts.values()]
        for table in ("captures", "exchanges", "redirects", "findings", "violations", "chains",
                      "connections", "rules", "coverage"):
            for form in FORMATS:
                said.append(self.query(form, "--sql", f"SELECT * FROM {table}")[1])
        return "".join(said)

    def dialog(self, capture, payload):
        """A violation with the payload wherever HTTP lets one stand, and where it does not."""
        line = payload.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
        target = b"/" + line.replace(b" ", b"%20").replace(b"\t", b"%09")
        fields = (b"Host: shop.example\r\nUser-Agent: " + line + b"\r\nReferer: " + line
                  + b"\r\nContent-Type: " + line + b"\r\nForwarded: for=" + line
                  + b"\r\nX-Forwarded-For: " + line + b"\r\nX-" + MARK + b": " + line
                  + b"\r\nAuthorization: " + line + b"\r\n")
        answer = (b"Content-Length: 0\r\nContent-Type: " + line + b"\r\nServer: " + line
                  + b"\r\nSet-Cookie: " + line + b"\r\n")
        capture.dialog([
            b"PUT " + target + b" HTTP/1.1\r\n" + fields + b"Content-Length: 1\r\n\r\nx",
            b"HTTP/1.1 307 " + line + b"\r\n" + answer + b"Location: /n\r\n\r\n",
            b"GET /n HTTP/1.1\r\n" + fields + b"\r\n",
            b"HTTP/1.1 200 OK\r\n" + answer + b"\r\n",
        ]).pause(40)
        # The Location itself, what follows it, another Host, and what is not HTTP at all.
        capture.dialog([
            b"PUT /l HTTP/1.1\r\nHost: " + line + b"\r\nContent-Length: 1\r\n\r\nx",
            b"HTTP/1.1 307 T\r\nContent-Length: 0\r\nLocation: " + line + b"\r\nLocation: /x"
            + line + b"\r\n\r\n",
            b"GET " + target + b" HTTP/1.1\r\nHost: " + line + b"\r\n\r\n",
            b"HTTP/1.1 302 T\r\nContent-Length: 0\r\nLocation: http://" + line + b"/\r\n\r\n",
        ]).pause(40)
        capture.dialog([payload + b" / HTTP/1.1\r\n" + payload + b": x\r\n\r\n", payload]).pause(40)

    def test_on_the_wire(self):
        capture = Capture()
        for payload in PAYLOADS:
            self.dialog(capture, payload)
        path = capture.write(os.path.join(self.folder, "wire.pcap"))
        for redact in ("--redact", "--no-redact"):
            text, _ = self.call("analyze", "-v", "--all-exchanges", redact, "-d", self.database,
                                path)
            self.assertIn("307-method-changed", text)
            self.assertGreater(text.count(MARK.decode()), 40)
            lines, _ = self.call("analyze", "-v", "--all-exchanges", redact, "--format", "jsonl",
                                 "-d", self.database, path)
            rows = self.check_jsonl(lines)
            self.assertGreater(len(rows), 20)
            self.assertGreater(lines.count(MARK.decode()), 40)
            log, _ = self.call("analyze", "-v", redact, "--format", "sarif", "-d", self.database,
                               path)
            self.assertGreater(len(self.read_json(log)["runs"][0]["results"]), 20)
            self.assertGreater(log.count(MARK.decode()), 40)
            suites, _ = self.call("analyze", "-v", redact, "--format", "junit", "-d",
                                  self.database, path)
            self.assertGreater(len(self.check_xml(suites)), 20)
            self.assertGreater(suites.count(MARK.decode()), 40)
        self.assertGreater(self.check_queries().count(MARK.decode()), 1000)

    def test_one_at_a_time(self):
        """Alone, so that none is lost behind another."""
        for payload in PAYLOADS:
            capture = Capture()
            self.dialog(capture, payload)
            path = capture.write(os.path.join(self.folder, "one.pcap"))
            for form in ("text", "jsonl", "sarif", "junit"):
                output, _ = self.call("analyze", "--all-exchanges", "--format", form, "-d",
                                      self.database, path)
                if form == "jsonl":
                    self.check_jsonl(output)
                elif form == "sarif":
                    self.read_json(output)
                elif form == "junit":
                    self.check_xml(output)

    def columns(self, db):
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"
                                   " AND name NOT LIKE 'sqlite_%'").fetchall():
            for _, name, kind, _, _, _, hidden in db.execute(
                    f"PRAGMA table_xinfo({table})").fetchall():
                if kind == "TEXT" and not hidden:
                    yield table, name

    def test_in_the_database(self):
        samples = [os.path.join(SAMPLES, name) for name in sorted(os.listdir(SAMPLES))
                   if name.endswith(".pcap")]
        self.call("analyze", "--all-exchanges", "--format", "none", "-d", self.database, *samples)
        shutil.copy(self.database, self.database + ".whole")
        for turn in range(0, len(PAYLOADS), 12):
            shutil.copy(self.database + ".whole", self.database)
            db = sqlite3.connect(self.database)
            db.execute("CREATE TEMP TABLE payload (id INTEGER PRIMARY KEY, octets)")
            db.executemany("INSERT INTO payload VALUES (?, ?)",
                           enumerate(PAYLOADS[turn:] + PAYLOADS[:turn]))
            # Checks and keys are the database's; a stranger's need not have them.
            db.execute("PRAGMA ignore_check_constraints = 1")
            changed = 0
            for i, (table, name) in enumerate(self.columns(db)):
                changed += db.execute(
                    f"UPDATE OR IGNORE {table} SET {name} = (SELECT CAST(octets AS TEXT) FROM"
                    f" payload AS p WHERE p.id = ({table}.rowid + {i}) % {len(PAYLOADS)})"
                ).rowcount
            db.commit()
            db.close()
            self.assertGreater(changed, 1000)
            said = self.check_queries()
            self.assertGreater(said.count(MARK.decode()), 1000)

    def test_in_names_of_columns(self):
        self.call("analyze", "--format", "none", "-d", self.database,
                  os.path.join(SAMPLES, "w3m-307-post.pcap"))
        for payload in PAYLOADS:
            name = payload.replace(b"\0", b"").replace(b"\"", b"\"\"")
            for form in FORMATS:
                self.query(form, "--sql", b"SELECT 1 AS \"" + name + b"\"", statuses=(0, 2))

    def test_in_names_of_files(self):
        for i, payload in enumerate(PAYLOADS):
            name = payload.replace(b"\0", b"").replace(b"/", b"")
            path = os.path.join(self.folder.encode(), b"d%d-" % i + name)
            shutil.copy(os.path.join(SAMPLES, "w3m-307-post.pcap"), path)
            text, _ = self.call("analyze", "-v", "-d", self.database, path)
            self.assertIn("307-method-changed", text)
            lines, _ = self.call("analyze", "--format", "jsonl", "-d", path + b".db", path)
            self.check_jsonl(lines)
            log, _ = self.call("analyze", "--format", "sarif", "-d", path + b".db", path)
            self.read_json(log)
            suites, _ = self.call("analyze", "--format", "junit", "-d", path + b".db", path)
            self.check_xml(suites)
            self.call("merge", "-v", "-d", path + b"-merged.db", path + b".db")
            self.call("merge", "-v", "-d", path + b"-merged.db", path, statuses=(1,))
            self.call("analyze", "-d", self.database, "--suppress", path, path, statuses=(1, 2))
            with open(path, "wb") as file:
                file.write(b"no capture, but " + payload * 10)
            self.call("analyze", "-d", self.database, path, statuses=(1,))
            self.call("analyze", "-d", path, path, statuses=(1,))
            self.call("query", "-d", path, "summary", statuses=(1,))
            self.call("analyze", "-d", self.database, path + b"-missing", statuses=(1,))
        self.check_queries()

    def test_in_arguments(self):
        """Names can come from elsewhere here, too: a wildcard, a script, a form."""
        for payload in PAYLOADS:
            word = payload.replace(b"\0", b"")
            for arguments in (["analyze", b"--" + word], ["analyze", b"-" + word],
                              [word], ["query", word], ["query", b"--" + word],
                              ["query", "--sql", word], ["query", "--format", word],
                              ["query", "--param", word, "summary"],
                              ["query", "--param", word + b"=1", "--sql", "SELECT :x"],
                              ["rules", word], ["rules", b"--" + word], ["extract", b"--" + word],
                              ["extract", "--finding", word], ["extract", "--of-client", word],
                              ["monitor", "-i", b"if" + word[:8]], ["monitor", b"--" + word], ["merge", b"--" + word],
                              ["merge", "-d", "new.db", word],
                              ["analyze", "-f", word, os.path.join(SAMPLES, "w3m-307-post.pcap")],
                              ["analyze", "--window", word, "x"], ["analyze", "--only", word, "x"]):
                self.call(*arguments, statuses=(0, 1, 2))

    def test_in_the_blocks_of_a_capture(self):
        def block(kind, body):
            body += b"\0" * (-len(body) % 4)
            size = struct.pack("<I", len(body) + 12)
            return struct.pack("<I", kind) + size + body + size

        def option(code, value):
            return struct.pack("<HH", code, len(value)) + value + b"\0" * (-len(value) % 4)

        for payload in PAYLOADS:
            options = b"".join(option(code, payload) for code in (1, 2, 3, 4)) + option(0, b"")
            interface = b"".join(option(code, payload) for code in (1, 2, 3, 12, 15))
            data = (block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options)
                    + block(1, struct.pack("<HHI", 147, 0, 0) + interface + option(0, b""))
                    + block(4, struct.pack("<HH", 1, 4 + len(payload) + 1) + bytes(4) + payload)
                    + block(6, struct.pack("<IIIII", 0, 0, 1, 4, 4) + bytes(4) + option(1, payload))
                    + block(5, struct.pack("<III", 0, 0, 0) + option(1, payload))
                    + block(6, struct.pack("<IIIII", 9, 0, 1, 4, 4) + payload))
            path = os.path.join(self.folder, "blocks.pcapng")
            with open(path, "wb") as file:
                file.write(data)
            self.call("analyze", "-v", "-d", self.database, path, statuses=(0, 1))
        self.check_queries()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
