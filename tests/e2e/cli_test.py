#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command line as promised: exit statuses, messages, formats, inputs.

usage: cli_test.py SEEOTHER SAMPLES
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])
SAMPLES = os.path.abspath(sys.argv[2])
VIOLATING = os.path.join(SAMPLES, "w3m-307-post.pcap")
INNOCENT = os.path.join(SAMPLES, "curl-303-all-right.pcap")


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.database = os.path.join(self.folder, "test.db")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_it(self, *arguments, **options):
        return subprocess.run([SEEOTHER, *arguments], capture_output=True, text=True, check=False,
                              cwd=self.folder, **options)

    def analyze(self, *arguments, **options):
        return self.run_it("analyze", "-d", self.database, *arguments, **options)

    def rows(self, sql):
        db = sqlite3.connect(self.database)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def test_exit_statuses(self):
        self.assertEqual(self.analyze(VIOLATING).returncode, 0)
        self.assertEqual(self.analyze("--fail-on", "violation", VIOLATING).returncode, 3)
        self.assertEqual(self.analyze("--fail-on", "warning", VIOLATING).returncode, 3)
        self.assertEqual(self.analyze("--fail-on", "violation", INNOCENT).returncode, 0)
        for wrong in (["analyze"], ["analyze", "--nonsense", "x"], ["nonsense"], ["monitor"],
                      ["analyze", "--format", "xml", "x"], ["analyze", "--window", "-1", "x"],
                      ["analyze", "--disable", "no-such-rule", "x"], ["rules", "no-such-rule"],
                      ["analyze", "-f", "no filter at all", VIOLATING], []):
            done = self.run_it(*wrong)
            self.assertEqual(done.returncode, 2, wrong)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "seeother.db")))

    def test_a_wrong_word_is_told_the_right_ones(self):
        for option, words in (("--format", "text, jsonl, sarif, junit or none"),
                              ("--fail-on", "never, warning or violation"),
                              ("--progress", "auto, always or never")):
            done = self.analyze(option, "nonsense", VIOLATING)
            self.assertEqual((done.returncode, done.stderr.splitlines()[0]),
                             (2, f"seeother: nonsense: {option} takes {words}"))

    def test_nothing_read_is_nothing_found(self):
        os.mkdir(os.path.join(self.folder, "empty"))
        self.assertEqual(self.analyze("-q", "empty").returncode, 0)
        done = self.analyze("-q", "--fail-on", "violation", "empty")
        self.assertEqual((done.returncode, done.stderr),
                         (1, "seeother: --fail-on: no capture was read\n"))

    def test_a_query_only_reads(self):
        self.analyze(VIOLATING)
        for sql in ("VACUUM INTO 'v.db'", "VACUUM", "BEGIN", "PRAGMA user_version = 7",
                    "ATTACH 'v.db' AS v"):
            done = self.run_it("query", "-d", self.database, "--sql", sql)
            self.assertEqual(done.returncode, 2, sql)
            self.assertIn("seeother: --sql: only reading is allowed", done.stderr)
        self.assertEqual(self.run_it("query", "-d", self.database, "--sql",
                                     "PRAGMA user_version").returncode, 0)
        self.assertEqual(os.listdir(self.folder), ["test.db"])

    def test_help_is_complete(self):
        for command in ("analyze", "monitor", "query", "extract", "merge", "rules"):
            done = self.run_it(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("Usage: seeother " + command, done.stdout)
            self.assertIn(command, self.run_it("--help").stdout)
            for other in ([command, "-h"], ["help", command], ["--help", command]):
                also = self.run_it(*other)
                self.assertEqual((also.returncode, also.stdout), (0, done.stdout), other)
        self.assertEqual(self.run_it("help", "nonsense").returncode, 2)
        self.assertRegex(self.run_it("--version").stdout, r"^seeother \d")

    def test_text_tells_the_whole_story(self):
        done = self.analyze(VIOLATING)
        for word in ("violation 307-method-changed", "w3m/", "POST http://shop.example/order",
                     "GET http://shop.example/v2/order", "RFC 9110, 15.4.8", "MUST",
                     "w3m-307-post.pcap", "frame 4 request", "frame 6 response"):
            self.assertIn(word, done.stdout)
        self.assertNotIn("\033", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_json_lines(self):
        done = self.analyze("--format", "jsonl", "--only", "307-method-changed", VIOLATING)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([line["type"] for line in lines], ["finding", "summary"])
        self.assertEqual(lines[0]["rule"], "307-method-changed")
        self.assertEqual(lines[0]["followup_method"], "GET")
        self.assertEqual(lines[0]["evidence"]["method"], "POST")
        row = self.rows("SELECT id, time, rule, uri, followup_uri, request_frame FROM violations")
        self.assertEqual(row, [tuple(lines[0][name] for name in (
            "id", "time", "rule", "uri", "followup_uri", "request_frame"))])
        self.assertEqual(lines[1]["violations"], 1)

    def test_none_is_silent(self):
        done = self.analyze("--format", "none", VIOLATING)
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_rules_are_chosen(self):
        self.analyze("--disable", "307-method-changed", VIOLATING)
        self.assertEqual(self.rows("SELECT DISTINCT rule FROM findings"),
                         [("method-not-allowed-after-rewrite",)])
        self.analyze("--only", "307-method-changed", VIOLATING)
        self.assertEqual(self.rows("SELECT rule FROM findings WHERE capture_id = 2"),
                         [("307-method-changed",)])

    def test_clients_and_proxies(self):
        sample = os.path.join(SAMPLES, sorted(f for f in os.listdir(SAMPLES) if f.endswith(".pcap"))[0])
        self.assertEqual(self.analyze("--client", "ip", "--trusted-proxy", "10.0.0.0/8",
                                      "--trusted-proxy", "2001:db8::1", sample).returncode, 0)
        options = json.loads(self.rows("SELECT options FROM captures")[0][0])
        self.assertEqual(options["client"], "ip")
        self.assertEqual(options["trusted_proxies"], ["10.0.0.0/8", "2001:db8::1"])
        for wrong in (["--client", ""], ["--client", "no field"], ["--client", "Cookie"],
                      ["--client", "authorization"], ["--trusted-proxy", "10.0.0.0/33"],
                      ["--trusted-proxy", "localhost"], ["--trusted-proxy", "fe80::/"]):
            done = self.analyze(*wrong, sample)
            self.assertEqual(done.returncode, 2, wrong)
            self.assertIn(wrong[1] or "takes auto", done.stderr)
        self.assertEqual(self.analyze(*["--trusted-proxy", "10.0.0.1"] * 129, sample).returncode, 2)

    def test_standard_input(self):
        with open(VIOLATING, "rb") as capture:
            done = self.analyze("-", stdin=capture)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.rows("SELECT source, kind, status FROM captures"),
                         [("-", "stdin", "complete")])
        self.assertEqual(self.rows("SELECT count(*) FROM violations"), [(1,)])

    def test_a_second_run_leaves_the_first_alone(self):
        self.analyze(VIOLATING)
        first = self.rows("SELECT * FROM violations")
        self.analyze(VIOLATING)
        rows = self.rows("SELECT * FROM violations ORDER BY id")
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[0], first[0])
        self.assertEqual(self.rows("SELECT count(*) FROM captures"), [(2,)])

    def test_a_cut_file_is_analysed_up_to_the_cut(self):
        with open(VIOLATING, "rb") as capture:
            whole = capture.read()
        cut = os.path.join(self.folder, "cut.pcap")
        with open(cut, "wb") as file:
            file.write(whole[:-7])
        done = self.analyze(cut)
        self.assertEqual(done.returncode, 1)
        self.assertIn("truncated after", done.stderr)
        self.assertEqual(self.rows("SELECT status FROM captures"), [("truncated",)])
        self.assertEqual(self.rows("SELECT count(*) FROM violations"), [(1,)])
        done = self.analyze("--fail-on", "violation", cut)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--fail-on matched", done.stderr)

    def test_what_is_no_capture(self):
        text = os.path.join(self.folder, "text.pcap")
        empty = os.path.join(self.folder, "empty.pcap")
        with open(text, "w", encoding="utf-8") as file:
            file.write("no capture\n" * 10)
        with open(empty, "w", encoding="utf-8"):
            pass
        done = self.analyze(text, empty, "missing.pcap", VIOLATING)
        self.assertEqual(done.returncode, 1)
        for name in ("text.pcap", "empty.pcap", "missing.pcap"):
            self.assertRegex(done.stderr, rf"(?m)^seeother: .*{name}: .+$")
        self.assertEqual(self.rows("SELECT count(*) FROM violations"), [(1,)])
        self.assertEqual(sorted(self.rows("SELECT status FROM captures")),
                         [("complete",), ("corrupt",), ("truncated",)])

    def test_files_in_the_order_of_their_first_packet(self):
        folder = os.path.join(self.folder, "captures")
        os.mkdir(folder)
        shutil.copy(VIOLATING, os.path.join(folder, "z.pcap"))
        shutil.copy(INNOCENT, os.path.join(folder, "a.pcap"))
        with open(os.path.join(folder, "notes.txt"), "w", encoding="utf-8") as file:
            file.write("passed over")
        done = self.analyze(folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        times = self.rows("SELECT first_time FROM captures ORDER BY id")
        self.assertEqual(len(times), 2)
        self.assertEqual(times, sorted(times))

    def test_a_rotation_is_one(self):
        """A redirect whose follow-up is in the next file is still followed."""
        with open(VIOLATING, "rb") as capture:
            data = capture.read()
        records, at = [], 24
        while at < len(data):
            length = int.from_bytes(data[at + 8:at + 12], "little")
            records.append(data[at:at + 16 + length])
            at += 16 + length
        parts = []
        for i in range(0, len(records), 3):
            parts.append(os.path.join(self.folder, f"part{len(parts)}.pcap"))
            with open(parts[-1], "wb") as file:
                file.write(data[:24] + b"".join(records[i:i + 3]))
        done = self.analyze(*reversed(parts))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = self.rows("SELECT source, response_source, followup_source, request_frame"
                         " FROM violations")
        self.assertEqual(rows, [(parts[1], parts[1], rows[0][2], 1)])
        self.assertNotEqual(rows[0][2], parts[1])

    def test_times_are_asked_for_in_the_usual_forms(self):
        def dialog(capture):
            return capture.dialog([
                b"GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n",
                b"HTTP/1.1 302 x\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"])
        capture = Capture()
        capture.now = 1700000000_000000  # 2023-11-14T22:13:20Z
        dialog(capture)
        capture.now = 1700010000_000000  # 2023-11-15T01:00:00Z
        self.analyze(dialog(capture).write(os.path.join(self.folder, "two.pcap")))

        def rows(query, param):
            done = self.run_it("query", "-q", "-d", self.database, "--format", "json", "--param",
                               param, query)
            self.assertEqual((done.returncode, done.stderr), (0, ""), param)
            return len(json.loads(done.stdout))

        for since, count in (
                ("2023", 2), ("2023-11", 2), ("2023-11-15", 1), ("2023-11-14 23:00", 1),
                ("2023-11-14T22:13:20Z", 2), ("2023-11-14 22", 2), ("2023-11-14 22:13:20.5", 1),
                ("2023-11-14T22:13:20,5z", 1), ("2023-11-15T00:13+02:00", 2),
                ("2023-11-15T00:14+0200", 1), ("2023-11-14T20:15-02", 1), ("9999-12-31", 0),
                ("0000-01-01", 2)):
            self.assertEqual(rows("redirects", "since=" + since), count, since)
            self.assertEqual(rows("redirects", "until=" + since), 2 - count, since)
            self.assertEqual(rows("timeline", ":since=" + since), count, since)

    def test_a_parameter_has_to_make_sense(self):
        self.analyze(VIOLATING)
        for query, param, wanted in (
                ("redirects", "since=garbage", "a time"), ("redirects", "until=", "a time"),
                ("violations", "since=2023-02-29", "a time"), ("summary", "$since=1 day", "a time"),
                ("timeline", "until=20231114", "a time"),
                ("violations", "limit=abc", "a whole number"),
                ("redirects", "status=30x", "a whole number"), ("chains", ":min_hops=1.5", "a whole"),
                ("temporary-persists", "days=", "a whole number"),
                ("finding", "id=99999999999999999999", "a whole number")):
            done = self.run_it("query", "-d", self.database, "--param", param, query)
            name, value = param.lstrip(":$").split("=")
            self.assertEqual((done.returncode, done.stdout), (2, ""), param)
            self.assertIn(f"seeother: {query}: the parameter '{name}' wants {wanted}", done.stderr)
            self.assertIn(f", not '{value}'", done.stderr)
        # In SQL of the user's own it is what they say.
        done = self.run_it("query", "-d", self.database, "--format", "csv", "--param",
                           "since=garbage", "--sql", "SELECT :since AS x")
        self.assertEqual((done.returncode, done.stdout), (0, "x\ngarbage\n"), done.stderr)

    def hostile(self):
        """A follow-up of another method, with octets that want to be more than octets."""
        nasty = b"\xc2\x9b2J\xff\xe2\x80\xae'\"<b>|=cmd()"
        path = b"/a?x='\"<b>|=cmd()"
        request = (b" HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: " + nasty + b"\r\n")
        capture = Capture().dialog([
            b"PUT " + path + request + b"Content-Length: 1\r\n\r\nx",
            b"HTTP/1.1 307 " + nasty + b"\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
            b"GET /b" + request + b"\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ])
        return capture.write(os.path.join(self.folder, "hostile.pcap"))

    def test_nothing_from_the_wire_is_taken_for_more(self):
        path = self.hostile()
        text = subprocess.run([SEEOTHER, "analyze", "-d", self.database, path],
                              capture_output=True, check=True).stdout
        self.assertIn(b"307-method-changed", text)
        for octet in (b"\xc2\x9b", b"\xff", b"\xe2\x80\xae"):
            self.assertNotIn(octet, text)
        lines = self.analyze("--format", "jsonl", path).stdout
        self.assertNotIn("\x9b", lines)
        self.assertNotIn("\u202e", lines)
        self.assertEqual(len([json.loads(line) for line in lines.splitlines()]), 2)
        for form in ("table", "csv", "json", "jsonl", "markdown"):
            done = self.run_it("query", "-d", self.database, "--format", form, "violations")
            self.assertEqual(done.returncode, 0)
            self.assertNotIn("\x9b", done.stdout)
            self.assertNotIn("\u202e", done.stdout)

    def test_secrets_are_nowhere(self):
        secrets = [b"s3cr3t-userinfo", b"s3cr3t-token", b"s3cr3t-basic", b"s3cr3t-cookie",
                   b"s3cr3t-body", b"s3cr3t-key", b"s3cr3t-location"]
        headers = (b"Host: shop.example\r\nAuthorization: Basic s3cr3t-basic\r\n"
                   b"Cookie: id=s3cr3t-cookie\r\nX-Api-Key: s3cr3t-key\r\n")
        path = Capture().dialog([
            b"POST /login?access_token=s3cr3t-token HTTP/1.1\r\n" + headers
            + b"Content-Length: 11\r\n\r\ns3cr3t-body",
            b"HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\n"
            b"Location: http://user:s3cr3t-userinfo@shop.example/in?password=s3cr3t-location"
            b"\r\n\r\n",
            b"GET /in?password=s3cr3t-location HTTP/1.1\r\n" + headers + b"\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ]).write(os.path.join(self.folder, "secrets.pcap"))
        done = self.analyze("--all-exchanges", path)
        self.assertIn("307-method-changed", done.stdout)
        self.assertIn("[redacted]", done.stdout)
        os.unlink(path)
        written = done.stdout.encode() + done.stderr.encode()
        for name in os.listdir(self.folder):
            with open(os.path.join(self.folder, name), "rb") as file:
                written += file.read()
        for secret in secrets:
            self.assertNotIn(secret, written)
        self.assertEqual(self.rows("SELECT request_body_digest FROM exchanges"), [(None,), (None,)])

    def test_digests_need_a_key(self):
        environment = dict(os.environ, SEEOTHER_DIGEST_KEY="a key")
        self.analyze(VIOLATING, env=environment)
        digests = self.rows("SELECT request_body_digest FROM exchanges WHERE method = 'POST'")
        self.assertRegex(digests[0][0], "^[0-9a-f]{32}$")

    def test_tls_and_http2_are_not_silence(self):
        hello = bytes.fromhex("160301002f010000") + bytes(44)
        path = Capture().dialog([hello, b"\x15\x03\x01\x00\x02\x02\x28"], port=443).dialog(
            [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bytes(9)]).write(
            os.path.join(self.folder, "tls.pcap"))
        done = self.analyze(path)
        self.assertIn("not seen  1 TLS connection, 1 HTTP/2 connection", done.stdout)
        self.assertEqual(self.rows("SELECT counter, value FROM coverage WHERE counter IN"
                                   " ('connections_tls', 'connections_http2') ORDER BY 1"),
                         [("connections_http2", 1), ("connections_tls", 1)])

    def test_progress(self):
        done = self.analyze("--progress", "always", "--format", "none", VIOLATING)
        self.assertEqual(done.returncode, 0)

    def test_interfaces_that_are_not_there(self):
        done = self.run_it("monitor", "-i", "nosuchif0")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "^seeother: nosuchif0: .+\n$")

    def test_the_database_cannot_be_made(self):
        done = self.run_it("analyze", "-d", "/nonexistent/x.db", VIOLATING)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "^seeother: /nonexistent/x.db: .+\n$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
