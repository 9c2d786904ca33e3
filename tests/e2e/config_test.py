#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Options from a configuration file: what it may say, what the command line takes back, what is wrong.

usage: config_test.py SEEOTHER SAMPLES

What a running monitor does with a file that has changed is in live_test.py.
"""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

SEEOTHER = os.path.abspath(sys.argv[1])
CAPTURE = os.path.join(os.path.abspath(sys.argv[2]), "w3m-307-post.pcap")


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.config = os.path.join(self.folder, "see.conf")
        self.database = os.path.join(self.folder, "seeother.db")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_with(self, text, *arguments, command="analyze"):
        if text is not None:
            with open(self.config, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
        if os.path.exists(self.database):
            os.unlink(self.database)
        operands = [CAPTURE] if command == "analyze" else []
        return subprocess.run([SEEOTHER, command, "--config", self.config, *arguments, *operands],
                              capture_output=True, text=True, check=False, cwd=self.folder)

    def options(self):
        """As the database has them."""
        db = sqlite3.connect(self.database)
        try:
            return json.loads(db.execute("SELECT options FROM captures").fetchone()[0])
        finally:
            db.close()

    def test_a_file_says_what_the_command_line_would(self):
        done = self.run_with("# a comment\n\n  window = 12.5  \r\nformat=jsonl\n\tonly = 307-method-changed\n"
                             "only   = 303-method-not-get\nfail-on = violation\nall-exchanges\n"
                             "trusted-proxy = 10.0.0.0/8\nclient = X-User\nno-redact\n"
                             "filter = tcp port 80 # and no comment\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn("syntax error", done.stderr)
        done = self.run_with("window = 12.5  \r\nformat=jsonl\n\tonly = 307-method-changed\n"
                             "only   = 303-method-not-get\nfail-on = violation\nall-exchanges\n"
                             "trusted-proxy = 10.0.0.0/8\nclient = X-User\nno-redact\n"
                             "filter = tcp port 80")
        self.assertEqual(done.returncode, 3, done.stderr)
        rules = [json.loads(line).get("rule") for line in done.stdout.splitlines()]
        self.assertEqual(rules, ["307-method-changed", None])
        options = self.options()
        self.assertEqual(options, {
            "window_seconds": 12.5, "all_exchanges": True, "redact": False,
            "filter": "tcp port 80", "disable": [],
            "only": ["307-method-changed", "303-method-not-get"], "suppress": None,
            "client": "X-User", "trusted_proxies": ["10.0.0.0/8"], "vxlan_ports": []})

    def test_the_command_line_wins(self):
        text = ("window = 12\nonly = 308-method-changed\nformat = jsonl\nno-redact\nquiet\n"
                "trusted-proxy = 10.0.0.0/8\nfilter = udp\n")
        done = self.run_with(text, "--window", "13", "--only", "307-method-changed", "--format",
                             "text", "--redact", "-v", "--trusted-proxy", "::1", "-f", "tcp")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("violation 307-method-changed", done.stdout)
        self.assertIn("findings  1 violation", done.stdout)
        options = self.options()
        self.assertEqual((options["window_seconds"], options["only"], options["redact"],
                          options["trusted_proxies"], options["filter"]),
                         (13, ["307-method-changed"], True, ["::1"], "tcp"))

    def test_a_file_of_suppressions(self):
        known = os.path.join(self.folder, "known.txt")
        with open(known, "w", encoding="utf-8") as file:
            file.write("* * * never it is known\n")
        done = self.run_with("suppress = known.txt\nfail-on = violation\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.options()["suppress"], "known.txt")

    def test_what_is_wrong_is_said_with_its_line(self):
        for text, line, words in (
                ("windo = 1\n", 1, "windo: there is no such option"),
                ("\n\n--window = 1\n", 3, "--window: there is no such option"),
                ("window 1\n", 1, "window 1: there is no such option"),
                ("= 1\n", 1, ": there is no such option"),
                ("window\n", 1, "window: this option wants a value"),
                ("quiet\nwindow =  \n", 2, "window: this option wants a value"),
                ("quiet = yes\n", 1, "quiet: this option takes no value"),
                ("window = 1\n# \nwindow = 2\n", 3, "window: given already in line 1"),
                ("quiet\nquiet\n", 2, "quiet: given already in line 1"),
                ("window = soon\n", 1, "soon: --window takes seconds"),
                ("\nonly = 307\n", 2, "307: there is no such rule"),
                ("client = Cookie\n", 1, "Cookie: the values of this field are secrets"),
                ("trusted-proxy = a\n", 1, "a: --trusted-proxy takes an address"),
                ("format = xml\n", 1, "xml: --format takes text, jsonl"),
                ("help\n", 1, "help: this option is for the command line"),
                ("config = b\n", 1, "config: this option is for the command line"),
                ("list-interfaces\n", 1, "list-interfaces: this option is for the command line"),
                (b"window = 1\0\n", 1, "a NUL octet"),
                ("wi\x1bndow = 1\n", 1, "wi\\x1bndow: there is no such option")):
            done = self.run_with(text)
            self.assertEqual(done.returncode, 2, text)
            self.assertIn(f"seeother: {self.config}:{line}: {words}", done.stderr, text)
            self.assertEqual(done.stdout, "")
            self.assertFalse(os.path.exists(self.database), text)

    def test_a_file_that_cannot_be_read(self):
        self.assertEqual(self.run_with(None).returncode, 2)
        self.assertEqual(self.run_with("#" * (5 << 20)).returncode, 1)
        self.assertEqual(self.run_with("vxlan-port = 1\n" * 600).returncode, 2)
        self.config = self.folder
        done = self.run_with(None)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Is a directory", done.stderr)

    def test_every_option_has_its_name_in_a_file(self):
        """Of both commands; what is for the other one is passed over."""
        for command in ("analyze", "monitor"):
            told = subprocess.run([SEEOTHER, command, "--help"], capture_output=True, text=True,
                                  check=True).stdout
            names = re.findall(r"^  .{4}--([a-z-]+) (\S*)", told, re.M)
            self.assertGreater(len(names), 15)
            for name, argument in names:
                for other in ("analyze", "monitor"):
                    done = self.run_with(f"{name} = \n", "--list-interfaces" if other == "monitor"
                                         else "--quiet", command=other)
                    wanted = ("this option is for the command line"
                              if name in ("help", "config", "list-interfaces")
                              else "wants a value" if argument else "takes no value")
                    self.assertIn(wanted, done.stderr, name)

    def test_options_of_the_other_command_are_passed_over(self):
        done = self.run_with("interface = eth0\nrotate-size = 5\npromiscuous\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_monitor_takes_its_interfaces_from_a_file(self):
        done = self.run_with("interface = nosuch0\n", command="monitor")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nosuch0", done.stderr)
        done = self.run_with("window = 1\n", command="monitor")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no interface is named", done.stderr)
        done = self.run_with("interface = nosuch0\n", "-i", "nosuch1", command="monitor")
        self.assertIn("nosuch1", done.stderr)
        self.assertNotIn("nosuch0", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
