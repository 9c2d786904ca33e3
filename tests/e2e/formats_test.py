#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What pipelines read: SARIF that fits its schema, JUnit that its readers can count.

usage: formats_test.py SEEOTHER SAMPLES

The schema of SARIF is 120 KB of somebody else's: it is taken from SEEOTHER_SARIF_SCHEMA, or else
from the npm package that carries it, and the test is skipped where neither can be had.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

from craft import Capture

try:
    import jsonschema
except ImportError:
    jsonschema = None

SEEOTHER = os.path.abspath(sys.argv[1])
SAMPLES = os.path.abspath(sys.argv[2])
VIOLATING = os.path.join(SAMPLES, "w3m-307-post.pcap")
INNOCENT = os.path.join(SAMPLES, "curl-303-all-right.pcap")
SCHEMA_PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
SCHEMA_MEMBER = "package/lib/schemas/sarif-2.1.0-rtm.5.json"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LEVELS = {"violation": "error", "warning": "warning", "info": "note"}


def find_schema(folder):
    """The schema, or None where there is none to be had."""
    given = os.environ.get("SEEOTHER_SARIF_SCHEMA")
    if given:
        with open(given, encoding="utf-8") as file:
            return json.load(file)
    if not shutil.which("npm"):
        return None
    try:
        subprocess.run(["npm", "pack", "--silent", SCHEMA_PACKAGE], cwd=folder, timeout=60,
                       capture_output=True, check=True)
        with tarfile.open(glob.glob(os.path.join(folder, "*.tgz"))[0]) as package:
            return json.load(package.extractfile(SCHEMA_MEMBER))
    except (OSError, subprocess.SubprocessError, IndexError, KeyError, tarfile.TarError):
        return None


class Formats(unittest.TestCase):
    schema = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp()
        cls.schema = find_schema(folder) if jsonschema else None
        shutil.rmtree(folder)

    def setUp(self):
        self.folder = tempfile.mkdtemp()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_it(self, form, *arguments, status=0):
        database = self.path(f"{form}.db")
        if os.path.exists(database):
            os.unlink(database)
        done = subprocess.run([SEEOTHER, "analyze", "-d", database, "--format", form, *arguments],
                              capture_output=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.decode("utf-8")

    def sarif(self, *arguments, status=0):
        log = json.loads(self.run_it("sarif", *arguments, status=status))
        if self.schema is not None:
            jsonschema.validate(log, self.schema, format_checker=jsonschema.FormatChecker())
        run, = log["runs"]
        return run

    def junit(self, *arguments, status=0):
        return ElementTree.fromstring(self.run_it("junit", *arguments, status=status))

    def jsonl(self, *arguments):
        lines = [json.loads(line) for line in self.run_it("jsonl", *arguments).splitlines()]
        return lines[:-1], lines[-1]

    def hostile(self):
        nasty = b"\xc2\x9b2J\xff\xe2\x80\xae\xef\xbf\xbe'\"<b>]]>&amp;"
        head = b" HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: " + nasty + b"\r\n"
        path = b"/a?x=" + nasty + b"&access_token=s3cr3t"
        capture = Capture()
        capture.now = 1_795_191_000_000_000  # minutes before the samples
        return capture.dialog([
            b"PUT " + path + head + b"Content-Length: 1\r\n\r\nx",
            b"HTTP/1.1 307 x\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
            b"GET /b" + head + b"\r\n", OK,
        ]).write(self.path("a:b <&>\n\u00e9%.pcap"))

    def everything(self):
        return sorted(glob.glob(os.path.join(SAMPLES, "*.pcap"))) + [self.hostile()]

    def test_the_schema_is_there(self):
        """Says so where the rest was not held against it."""
        if self.schema is None:
            self.skipTest("the schema of SARIF, or python3-jsonschema, is not there")

    def test_sarif_says_what_json_lines_say(self):
        run = self.sarif(*self.everything())
        findings, summary = self.jsonl(*self.everything())
        self.assertGreater(len(findings), 15)
        self.assertEqual(len(run["results"]), len(findings))
        rules = run["tool"]["driver"]["rules"]
        for result, finding in zip(run["results"], findings):
            self.assertEqual(result["ruleId"], finding["rule"])
            self.assertEqual(rules[result["ruleIndex"]]["id"], finding["rule"])
            self.assertEqual(rules[result["ruleIndex"]]["helpUri"], finding["citation_url"])
            self.assertEqual(result["level"], LEVELS[finding["severity"]])
            self.assertEqual(result["message"]["text"], finding["message"])
            for name, theirs in (("finding", "id"), ("client", "client"),
                                 ("requestFrame", "request_frame"),
                                 ("followupFrame", "followup_frame"),
                                 ("confidence", "confidence")):
                self.assertEqual(result["properties"].get(name), finding[theirs])
            place, = result["locations"]
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            self.assertEqual(urllib.parse.unquote(urllib.parse.urlsplit(uri).path),
                             finding["source"] or finding["response_source"])
        self.assertTrue(run["invocations"][0]["executionSuccessful"])
        self.assertEqual(run["properties"]["captures"], summary["captures"])

    def test_a_sarif_without_findings(self):
        run = self.sarif("-q", INNOCENT)
        self.assertEqual(run["results"], [])
        self.assertGreater(len(run["tool"]["driver"]["rules"]), 10)

    def test_fingerprints_are_stable(self):
        def prints(run):
            return [result["partialFingerprints"] for result in run["results"]]
        chosen = ["--only", "307-method-changed", VIOLATING]
        first = prints(self.sarif(*chosen))
        self.assertEqual(first, prints(self.sarif(*chosen)))
        # Known once and for all: results of old runs are compared with those of new ones.
        self.assertEqual(first, [{"seeother/v1": "02fc6c92ff2d0eb2"}])

        def one(target, token, method=b"PUT"):
            head = b" HTTP/1.1\r\nHost: shop.example\r\n"
            path = Capture().dialog([
                method + b" " + target + b"?access_token=" + token + head
                + b"Content-Length: 1\r\n\r\nx",
                b"HTTP/1.1 307 x\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
                b"GET /b" + head + b"\r\n", OK]).write(self.path("one.pcap"))
            return prints(self.sarif("--only", "307-method-changed", path))
        self.assertEqual(one(b"/a", b"one"), one(b"/%61", b"two"))
        self.assertNotEqual(one(b"/a", b"one"), one(b"/c", b"one"))
        self.assertNotEqual(one(b"/a", b"one"), one(b"/a", b"one", b"POST"))

    def test_a_damaged_capture(self):
        with open(VIOLATING, "rb") as file:
            data = file.read()
        with open(self.path("cut.pcap"), "wb") as file:
            file.write(data[:-7])
        run = self.sarif("--only", "307-method-changed", self.path("cut.pcap"), status=1)
        self.assertFalse(run["invocations"][0]["executionSuccessful"])
        self.assertEqual(len(run["results"]), 1)
        root = self.junit(self.path("cut.pcap"), self.path("missing.pcap"), VIOLATING, status=1)
        self.assertEqual(len(root.findall("testsuite")), 2)

    def test_junit_counts_add_up(self):
        root = self.junit(*self.everything())
        findings, summary = self.jsonl(*self.everything())
        suites = root.findall("testsuite")
        self.assertEqual(len(suites), summary["captures"])
        failed = set()
        for suite in suites:
            cases = suite.findall("testcase")
            self.assertEqual(len(cases), int(suite.get("tests")))
            self.assertEqual(len({case.get("name") for case in cases}), len(cases))
            for what in ("failure", "error", "skipped"):
                count = sum(case.find(what) is not None for case in cases)
                self.assertEqual(count, int(suite.get(
                    {"failure": "failures", "error": "errors", "skipped": "skipped"}[what])))
            failed |= {(os.path.basename(suite.get("name")), case.get("name")) for case in cases
                       if case.find("failure") is not None}
        self.assertEqual(len(failed), len({(one["source"], one["rule"]) for one in findings
                                           if one["severity"] == "violation"}))
        self.assertIn(("w3m-307-post.pcap", "307-method-changed"), failed)
        case = root.find(".//testcase[@name='307-method-changed']/failure")
        self.assertIn("frame ", case.text)

    def test_many_findings_of_a_rule(self):
        capture = Capture()
        for number in range(30):
            capture.dialog([
                b"PUT /%d HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1\r\n\r\nx" % number,
                b"HTTP/1.1 307 x\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
                b"GET /b HTTP/1.1\r\nHost: shop.example\r\n\r\n", OK]).pause(60)
        root = self.junit("--only", "307-method-changed", capture.write(self.path("many.pcap")))
        failure = root.find(".//testcase[@name='307-method-changed']/failure")
        self.assertIn("30 violations", failure.get("message"))
        self.assertEqual(failure.text.count("violation 307-method-changed:"), 20)
        self.assertIn("and 10 more", failure.text)

    def test_rules_that_are_off(self):
        root = self.junit("--disable", "307-method-changed", VIOLATING)
        case = root.find(".//testcase[@name='307-method-changed']")
        self.assertIn("turned off", case.find("skipped").get("message"))
        self.assertEqual(root.find("testsuite").get("failures"), "0")

    def test_nothing_of_the_wire_is_taken_for_more(self):
        for form in ("sarif", "junit"):
            text = self.run_it(form, self.hostile())
            for bad in ("\x9b", "\u202e", "s3cr3t"):
                self.assertNotIn(bad, text, form)
            self.assertIn("[redacted]", text)
        self.assertNotIn("\ufffe", self.run_it("junit", self.hostile()))

    def test_exit_status(self):
        for form in ("sarif", "junit"):
            self.run_it(form, "--fail-on", "violation", VIOLATING, status=3)
            self.run_it(form, "--fail-on", "violation", INNOCENT)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
