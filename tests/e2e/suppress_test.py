#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Problems that are known: stored, marked, and no reason for a pipeline to fail until a day.

usage: suppress_test.py SEEOTHER SAMPLES
"""
import datetime
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])
SAMPLES = os.path.abspath(sys.argv[2])
VIOLATING = os.path.join(SAMPLES, "w3m-307-post.pcap")  # 203.0.113.11, http://shop.example/order


def days_from_now(days):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (today + datetime.timedelta(days=days)).isoformat()


class Suppress(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.database = os.path.join(self.folder, "test.db")
        self.known = os.path.join(self.folder, "known.txt")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_it(self, *arguments):
        return subprocess.run([SEEOTHER, *arguments], capture_output=True, text=True, check=False,
                              cwd=self.folder)

    def analyze(self, text, *arguments, capture=VIOLATING):
        with open(self.known, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        if os.path.exists(self.database):
            os.unlink(self.database)
        return self.run_it("analyze", "-d", self.database, "--suppress", self.known, "--fail-on",
                           "violation", "--only", "307-method-changed", "--only",
                           "308-method-changed", *arguments, capture)

    def rows(self, sql):
        db = sqlite3.connect(self.database)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def test_a_known_finding_is_stored_and_fails_nothing(self):
        done = self.analyze("# what is known\n\n307-method-changed  203.0.113.11  "
                            "http://shop.example/order  never  the vendor knows, SHOP-12\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("finding 1", done.stdout)
        self.assertIn("0 violations, 0 warnings, 0 info, 1 suppressed", done.stdout)
        why = "the vendor knows, SHOP-12"
        self.assertEqual(self.rows("SELECT suppressed FROM findings"), [(why,)])
        self.assertEqual(self.rows("SELECT suppressed FROM violations"), [(why,)])
        self.assertEqual(self.rows("SELECT json_extract(options, '$.suppress') FROM captures"),
                         [(self.known,)])
        query = ["query", "-q", "-d", self.database, "--format", "json"]
        self.assertEqual(json.loads(self.run_it(*query, "violations").stdout), [])
        row, = json.loads(self.run_it(*query, "violations", "--param", "suppressed=1").stdout)
        self.assertEqual(row["suppressed"], why)
        row, = json.loads(self.run_it(*query, "summary").stdout)
        self.assertEqual((row["findings"], row["suppressed"]), (0, 1))
        self.assertIn(why, self.run_it(*query, "finding", "--param", "id=1").stdout)
        for name in ("by-client", "by-route"):
            row, = json.loads(self.run_it(*query, name).stdout)
            self.assertEqual(row["violations"], 0)

    def test_named_queries_leave_it_out(self):
        head = b" HTTP/1.1\r\nHost: shop.example\r\n"
        path = Capture().dialog([
            b"POST /a" + head + b"Content-Length: 1\r\n\r\nx",
            b"HTTP/1.1 307 x\r\nLocation: /b c\r\nContent-Length: 0\r\n\r\n",
            b"GET /b%20c" + head + b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ]).write(os.path.join(self.folder, "two.pcap"))

        def ask(name, *params):
            done = self.run_it("query", "-q", "-d", self.database, "--format", "json", name,
                               *params)
            return json.loads(done.stdout)

        only = ("--only", "location-malformed")
        self.analyze("307-method-changed * * never x\n", *only, capture=path)
        self.assertEqual(ask("captures")[0]["violations"], 1)
        self.assertEqual([row["rules"] for row in ask("locations")], ["location-malformed"])
        self.assertEqual([row["value"] for row in ask("finding") if row["label"] == "rule"],
                         ["location-malformed: a Location that is no URI"])
        self.analyze("* * * never x\n", *only, capture=path)
        self.assertEqual(self.rows("SELECT count(suppressed) FROM findings"), [(2,)])
        self.assertEqual(ask("captures")[0]["violations"], 0)
        self.assertEqual(ask("locations"), [])
        self.assertEqual(ask("finding"), [])
        self.assertNotEqual(ask("finding", "--param", "id=1"), [])
        for row in ask("summary"):
            self.assertEqual([row[name] for name in ("findings", "suppressed", "clients",
                                                     "servers", "first_time", "last_time")],
                             [0, 1, 0, 0, None, None])

    def test_what_matches(self):
        matching = [
            "* * *", "307-method-changed * *", "* 203.0.113.0/24 *", "* 203.0.113.11 *",
            "* * http://shop.example/order", "* * http://shop.example/*", "* * *order",
            "* * *shop*order", "* * http*://*/order*", "* * **",
        ]
        others = [
            "308-method-changed * *", "* 203.0.112.0/24 *", "* 203.0.113.1 *", "* w3m *",
            "* * http://shop.example/", "* * /order", "* * *orde", "* * http://shop.example/orde?",
            "* * *order*order", "* * http://shop.example/order?*",
        ]
        for pattern in matching + others:
            done = self.analyze(f"{pattern} never x\n")
            self.assertEqual(done.returncode, 0 if pattern in matching else 3, pattern)

    def test_the_first_line_tells(self):
        self.analyze("* 192.0.2.0/24 * never not this\r\n\t* * *\tnever  one  \r\n* * * never two")
        self.assertEqual(self.rows("SELECT suppressed FROM findings"), [("one",)])

    def test_expiry(self):
        for day, status in ((days_from_now(-1), 3), ("2020-02-29", 3), (days_from_now(1), 0),
                            (days_from_now(0), 0), ("9999-12-31", 0)):
            done = self.analyze(f"# x\n* * * {day} until then\n")
            self.assertEqual(done.returncode, status, day)
            if status == 3:
                self.assertEqual(done.stderr, f"seeother: {self.known}:2: expired on {day}, and "
                                              "suppresses nothing any more\n")
            else:
                self.assertEqual(done.stderr, "")

    def test_a_wrong_file_is_a_wrong_command_line(self):
        for line, why in (
                ("no-such-rule * * never x", "no such rule"), ("* * * never", "five parts"),
                ("* *", "five parts"), ("* * * tomorrow x", "no day"),
                ("* * * 2026-02-29 x", "no day"), ("* * * 2026-13-01 x", "no day"),
                ("* * * 2026-1-1 x", "no day"), ("* * * 0000-00-00 x", "no day"),
                ("* * * 2026-11-20x x", "no day"), ("* * * \x9b\x00 x", "no day")):
            done = self.analyze(f"# fine\n* * * never fine\n{line}\n".encode("latin-1"))
            self.assertEqual(done.returncode, 2, line)
            self.assertIn(f"seeother: {self.known}:3: ", done.stderr)
            self.assertIn(why, done.stderr)
            self.assertFalse(os.path.exists(self.database))
        done = self.run_it("analyze", "--suppress", "missing.txt", VIOLATING)
        self.assertEqual(done.returncode, 2)
        done = self.run_it("analyze", "--suppress", self.known, "--suppress", self.known, VIOLATING)
        self.assertEqual(done.returncode, 2)

    def test_an_empty_file_suppresses_nothing(self):
        self.assertEqual(self.analyze("").returncode, 3)
        self.assertEqual(self.analyze("\n\n# * * * never x").returncode, 3)

    def test_a_target_as_it_is_shown(self):
        """What a person copies out of the report has [redacted] in it."""
        head = b" HTTP/1.1\r\nHost: shop.example\r\n"
        path = Capture().dialog([
            b"PUT /a?access_token=s3cr3t" + head + b"Content-Length: 1\r\n\r\nx",
            b"HTTP/1.1 307 x\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
            b"GET /b" + head + b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ]).write(os.path.join(self.folder, "secret.pcap"))
        shown = "http://shop.example/a?access_token=[redacted]"
        self.assertEqual(self.analyze(f"* * {shown} never x\n", capture=path).returncode, 0)
        self.assertEqual(self.analyze("* * *access_token=s3cr3t never x\n",
                                      capture=path).returncode, 0)

    def test_other_findings_still_fail(self):
        wanted = os.path.join(SAMPLES, "treq-308-post.pcap")
        done = self.analyze("307-method-changed * * never x\n", wanted)
        self.assertEqual(done.returncode, 3)
        self.assertIn("308-method-changed", done.stdout)

    def test_json_lines(self):
        done = self.analyze("* * * never x\n", "--format", "jsonl")
        summary, = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual((summary["violations"], summary["suppressed"]), (0, 1))

    def test_documents_tell_of_them(self):
        done = self.analyze("* * * never <known> & fine\n", "--format", "sarif")
        result, = json.loads(done.stdout)["runs"][0]["results"]
        self.assertEqual(result["suppressions"],
                         [{"kind": "external", "justification": "<known> & fine"}])
        done = self.analyze("* * * never <known> & fine\n", "--format", "junit")
        case = ElementTree.fromstring(done.stdout).find(".//testcase[@name='307-method-changed']")
        self.assertEqual(case.find("skipped").get("message"), "suppressed: <known> & fine")
        self.assertIsNone(case.find("failure"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
