#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rules that look at all captures of a database: weeks of traffic, made up, in several runs.

usage: across_test.py SEEOTHER
"""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])
DAY = 86400


def ask(path, agent="svc/1.0", method="GET", fields=""):
    return (f"{method} {path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: {agent}\r\n{fields}"
            "Content-Length: 0\r\n\r\n").encode()


def answer(status, location=None, fields=""):
    place = f"Location: {location}\r\n" if location else ""
    return f"HTTP/1.1 {status} X\r\n{place}{fields}Content-Length: 0\r\n\r\n".encode()


class Across(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.database = os.path.join(self.folder.name, "across.db")
        self.captures = 0
        self.now = Capture().now

    def run_on(self, *dialogs, after=0, options=(), expect=0):
        """One run on one capture, `after` days after the one before."""
        capture = Capture()
        self.now += int(after * DAY * 1_000_000)
        capture.now = self.now
        capture.port += 100 * self.captures
        for dialog in dialogs:
            capture.dialog(*dialog[:1], **(dialog[1] if len(dialog) > 1 else {}))
            capture.pause(1)
        self.now = capture.now
        self.captures += 1
        path = capture.write(os.path.join(self.folder.name, f"{self.captures}.pcap"))
        done = subprocess.run([SEEOTHER, "analyze", *options, "-d", self.database, path],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout

    def found(self):
        db = sqlite3.connect(self.database)
        rows = db.execute("SELECT rule, capture_id, message FROM findings WHERE rule IN"
                          " ('temporary-persists', 'permanent-flaps',"
                          "  'temporary-treated-as-permanent') ORDER BY id").fetchall()
        self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])
        db.close()
        return rows

    def rules(self):
        return [row[0] for row in self.found()]

    def asked(self, name, *params):
        """The rows that the query of this name has."""
        options = [word for param in params for word in ("--param", param)]
        done = subprocess.run([SEEOTHER, "query", "-q", name, "-d", self.database, "--format",
                               "json", *options], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    # temporary-persists

    def moved(self, location="/b", status=302, **more):
        return ([ask("/a", **more), answer(status, location)],)

    def test_persists(self):
        self.run_on(self.moved())
        self.run_on(self.moved(), after=7)
        self.assertEqual(self.found(), [])
        shown = self.run_on(self.moved(), after=7.5)
        self.assertEqual(self.found(), [(
            "temporary-persists", 3,
            "the 302 to GET http://shop.example/a was the same each of the 3 times that it was seen"
            " over 14 days")])
        self.assertIn("info temporary-persists: the 302 to GET http://shop.example/a", shown)

    def test_persists_is_stored_once(self):
        for _ in range(5):
            self.run_on(self.moved(), after=10)
        self.assertEqual(self.rules(), ["temporary-persists"])

    def test_thirteen_days_are_not_enough(self):
        self.run_on(self.moved())
        self.run_on(self.moved(), after=13.9)
        self.assertEqual(self.found(), [])

    def test_another_answer_between(self):
        for other in (([ask("/a"), answer(302, "/elsewhere")],),
                      ([ask("/a"), answer(307, "/b")],),
                      ([ask("/a"), answer(200)],)):
            with self.subTest(other=other):
                self.setUp()
                self.run_on(self.moved())
                self.run_on(other, after=8, options=["--all-exchanges"])
                self.run_on(self.moved(), after=8)
                self.assertEqual(self.found(), [])

    def test_no_more_is_claimed_than_was_seen(self):
        """Without --all-exchanges nothing is known of the 200 between."""
        for after, dialog in ((0, self.moved()), (8, ([ask("/a"), answer(200)],)),
                              (8, self.moved())):
            self.run_on(dialog, after=after)
        (_, _, message), = self.found()
        self.assertIn("was the same each of the 2 times that it was seen over 16 days", message)
        done = subprocess.run([SEEOTHER, "rules", "temporary-persists"], capture_output=True,
                              text=True, check=True)
        self.assertIn("only with --all-exchanges", " ".join(done.stdout.split()))

    def test_post_is_answered_by_303_for_good(self):
        for _ in range(2):
            self.run_on(self.moved(status=303, method="POST"), after=20)
        self.assertEqual(self.found(), [])

    def test_order_of_runs_does_not_matter(self):
        self.run_on(self.moved())
        self.run_on(self.moved(), after=-20)
        self.assertEqual(self.rules(), ["temporary-persists"])

    def test_secrets_make_locations_alike(self):
        for token in ("one", "two"):
            self.run_on(self.moved(f"/b?token={token}"), after=20)
        self.assertEqual(self.found(), [])

    # repeated-temporary, which is a query only

    def test_repeated(self):
        self.run_on(self.moved(), self.moved(),
                    *[([ask(f"/cb?code={code}"), answer(302, "/home")],) for code in "abc"])
        self.assertEqual([(row["uri"], row["times"]) for row in self.asked("repeated-temporary")],
                         [("http://shop.example/a", 2)])

    # loops, which is one, too

    def test_loops(self):
        def chain(first, second):
            return ([ask(first), answer(302, second), ask(second), answer(302, first), ask(first),
                     answer(200)],)
        self.run_on(chain("/a", "/b"), chain("/cb?code=a", "/cb?code=b"))
        self.assertEqual([row["first_uri"] for row in self.asked("loops")],
                         ["http://shop.example/a"])
        self.setUp()
        self.run_on(chain("/cb?code=a", "/cb?code=b"), options=["--no-redact"])
        self.assertEqual(len(self.asked("loops")), 1)

    # permanent-flaps

    def test_flaps(self):
        self.run_on(self.moved(status=301))
        self.assertEqual(self.found(), [])
        shown = self.run_on(self.moved("/c", status=301), after=1)
        self.assertEqual(self.found(), [(
            "permanent-flaps", 2,
            "the 301 to GET http://shop.example/a led the same client to 2 different targets")])
        self.assertIn("warning permanent-flaps:", shown)
        self.run_on(self.moved("/d", status=301), after=1)
        self.assertEqual(len(self.found()), 1)

    def test_users_have_targets_of_their_own(self):
        cookie = {"fields": "Cookie: id=1\r\n"}
        self.run_on(self.moved(status=301, **cookie), self.moved("/c", status=301, **cookie))
        self.run_on(self.moved("/d", status=301) + ({"client": "192.0.2.7"},),
                    self.moved("/e", status=301) + ({"client": "192.0.2.8"},),
                    self.moved("/f", status=301, agent="other/2") + ({"client": "192.0.2.8"},))
        self.assertEqual(self.found(), [])

    def changes(self, *answers):
        """Each is the days since the one before, the Location, and more fields."""
        self.setUp()
        for after, location, fields in answers:
            self.run_on(([ask("/a"), answer(301, location, fields)],), after=after)
        return len(self.found())

    def test_what_is_not_to_be_kept_may_change(self):
        for fields, count in (
                ("Cache-Control: no-store\r\n", 0), ("cache-control: public, No-Cache\r\n", 0),
                ("Vary: Accept-Language\r\n", 0), ("Vary: accept-encoding, Cookie\r\n", 0),
                ("Vary: *\r\n", 0), ("Cache-Control: private\r\n", 1),
                ("Vary: Accept-Encoding,\r\nvary: user-agent\r\n", 1)):
            with self.subTest(fields=fields):
                self.assertEqual(self.changes((0, "/b", fields), (0, "/c", fields)), count)
        # One that may be kept proves nothing beside one that may not.
        self.assertEqual(self.changes((0, "/b", "Vary: Cookie\r\n"), (0, "/c", "")), 0)

    def test_a_target_may_change_once_when_its_time_is_over(self):
        hour, week = "Cache-Control: max-age=3600\r\n", "Cache-Control: max-age=604800\r\n"
        expired = "Expires: 0\r\n"
        for count, answers in (
                (0, [(0, "/b", hour), (1, "/c", hour)]), (0, [(0, "/b", hour), (1, "/c", "")]),
                (0, [(0, "/b", expired), (1, "/c", "")]),
                (0, [(0, "/b", hour), (0.01, "/b", hour), (1, "/c", hour), (0.01, "/c", hour)]),
                (1, [(0, "/b", hour), (0.01, "/c", hour)]), (1, [(0, "/b", week), (1, "/c", hour)]),
                (1, [(0, "/b", ""), (400, "/c", hour)]),
                (1, [(0, "/b", hour), (1, "/c", hour), (1, "/b", hour)])):
            with self.subTest(answers=answers):
                self.assertEqual(self.changes(*answers), count)

    def test_the_same_target_written_differently(self):
        self.run_on(self.moved(status=308), self.moved("http://shop.example/b", status=308))
        self.assertEqual(self.found(), [])

    def test_secrets_make_uris_alike(self):
        for token in ("one", "two"):
            self.run_on(([ask(f"/a?token={token}"), answer(301, f"/{token}")],))
        self.assertEqual(self.found(), [])

    def test_fail_on_counts_it(self):
        self.run_on(self.moved(status=301))
        self.run_on(self.moved("/c", status=301), options=["--fail-on", "warning"], expect=3)

    def test_disabled(self):
        self.run_on(self.moved(status=301))
        self.run_on(self.moved("/c", status=301), options=["--disable", "permanent-flaps"])
        self.assertEqual(self.found(), [])

    # temporary-treated-as-permanent

    def straight(self, first, later=(), times=5, agent="svc/1.0"):
        target = ([ask("/b", agent=agent), answer(200)],)
        self.run_on(([ask("/a", agent=agent), first, ask("/b", agent=agent), answer(200)],),
                    options=["--all-exchanges"])
        self.run_on(*[target] * times, *later, after=1, options=["--all-exchanges"])

    def test_straight(self):
        self.straight(answer(302, "/b"))
        self.assertEqual(self.found(), [(
            "temporary-treated-as-permanent", 2,
            "after one 302 to GET http://shop.example/a the client went straight to its target"
            " 5 times, and never asked again")])

    def test_four_times_prove_nothing(self):
        self.straight(answer(302, "/b"), times=4)
        self.assertEqual(self.found(), [])

    def test_asked_again(self):
        self.straight(answer(302, "/b"), later=[([ask("/a"), answer(302, "/b")],)])
        self.assertEqual(self.found(), [])

    def test_with_a_lifetime(self):
        self.straight(answer(302, "/b", "Cache-Control: max-age=3600\r\n"))
        self.assertEqual(self.found(), [])

    def test_a_person_clicks(self):
        self.straight(answer(302, "/b"), agent="Mozilla/5.0")
        self.assertEqual(self.found(), [])

    def test_permanent_is_meant_to_be_kept(self):
        self.straight(answer(301, "/b"))
        self.assertEqual(self.found(), [])

    def test_merged_databases_are_looked_across(self):
        whole = os.path.join(self.folder.name, "whole.db")
        self.run_on(self.moved())
        first = self.database
        self.database = os.path.join(self.folder.name, "second.db")
        self.run_on(self.moved(), after=20)
        self.assertEqual(self.found(), [])
        for _ in range(2):
            subprocess.run([SEEOTHER, "merge", "-q", "-d", whole, first, self.database], check=True)
        self.database = whole
        self.assertEqual(self.rules(), ["temporary-persists"])

    # Suppressions.

    def known(self, line):
        path = os.path.join(self.folder.name, "known.txt")
        with open(path, "w", encoding="ascii") as file:
            file.write(line + "\n")
        return path

    def suppressed(self):
        db = sqlite3.connect(self.database)
        rows = db.execute("SELECT suppressed FROM findings WHERE rule IN"
                          " ('temporary-persists', 'permanent-flaps',"
                          "  'temporary-treated-as-permanent') ORDER BY id").fetchall()
        db.close()
        return [row[0] for row in rows]

    def test_what_is_known_fails_nothing(self):
        path = self.known("permanent-flaps * http://shop.example/a never it is <known>")
        options = ["--suppress", path, "--fail-on", "warning", "--only", "permanent-flaps"]
        self.run_on(self.moved(status=301))
        shown = self.run_on(self.moved("/c", status=301), options=options)
        self.assertNotIn("permanent-flaps", shown)
        self.assertIn("1 suppressed", shown)
        self.assertEqual(self.suppressed(), ["it is <known>"])
        # It is stored once for as long as it is known,
        shown = self.run_on(self.moved("/d", status=301), options=options)
        self.assertNotIn("suppressed", shown)
        self.assertEqual(self.suppressed(), ["it is <known>"])
        self.assertEqual(self.asked("permanent-flaps"), [])
        self.assertEqual(len(self.asked("permanent-flaps", "suppressed=1")), 1)
        # and when it is not any more it is found, and from then on left alone as any other.
        path = self.known("permanent-flaps * http://shop.example/a 2020-01-01 until then")
        options[1] = path
        shown = self.run_on(self.moved("/e", status=301), options=options, expect=3)
        self.assertIn("permanent-flaps", shown)
        self.assertEqual(self.suppressed(), ["it is <known>", None])
        self.assertEqual(len(self.asked("permanent-flaps")), 1)
        self.run_on(self.moved("/f", status=301), options=options)
        self.assertEqual(self.suppressed(), ["it is <known>", None])

    def test_what_matches(self):
        for line, is_known in (
                ("* * *", True), ("permanent-flaps 192.0.2.0/24 *", True),
                ("permanent-flaps 192.0.2.1 http://shop.example/a", True),
                ("permanent-flaps 192.0.2.2 *", False), ("temporary-persists * *", False),
                ("* * http://shop.example/b", False)):
            with self.subTest(line=line):
                self.setUp()
                self.run_on(self.moved(status=301))
                self.run_on(self.moved("/c", status=301), expect=0 if is_known else 3, options=[
                    "--suppress", self.known(line + " never x"), "--fail-on", "warning"])
                self.assertEqual(self.suppressed(), ["x" if is_known else None])

    def test_other_clients_are_not_known(self):
        path = self.known("* 192.0.2.7 * never x")
        self.straight(answer(302, "/b"))
        self.assertEqual(self.suppressed(), [None])
        self.assertEqual(len(self.asked("temporary-treated-as-permanent")), 1)
        self.setUp()
        agent = {"client": "192.0.2.7"}
        target = ([ask("/b"), answer(200)], agent)
        self.run_on(([ask("/a"), answer(302, "/b"), ask("/b"), answer(200)], agent),
                    options=["--all-exchanges"])
        self.run_on(*[target] * 5, after=1, options=["--all-exchanges", "--suppress", path])
        self.assertEqual(self.suppressed(), ["x"])
        self.assertEqual(self.asked("temporary-treated-as-permanent"), [])

    def test_what_persists_is_known(self):
        for _ in range(2):
            self.run_on(self.moved(), after=20,
                        options=["--suppress", self.known("* * * never x")])
        self.assertEqual(self.suppressed(), ["x"])
        self.assertEqual(self.asked("temporary-persists"), [])
        self.assertEqual(len(self.asked("temporary-persists", "suppressed=1")), 1)

    def test_documents_tell_of_what_is_known(self):
        options = ["--suppress", self.known("* * * never <known> & fine"), "--only",
                   "permanent-flaps", "--format"]
        for form in ("jsonl", "sarif", "junit"):
            self.setUp()
            self.run_on(self.moved(status=301))
            shown = self.run_on(self.moved("/c", status=301), options=options + [form])
            if form == "jsonl":
                summary, = [json.loads(line) for line in shown.splitlines()]
                self.assertEqual((summary["warnings"], summary["suppressed"]), (0, 1))
            elif form == "sarif":
                result, = json.loads(shown)["runs"][0]["results"]
                self.assertEqual(result["suppressions"],
                                 [{"kind": "external", "justification": "<known> & fine"}])
            else:
                case = ElementTree.fromstring(shown).find(".//testcase[@name='permanent-flaps']")
                self.assertEqual(case.find("skipped").get("message"), "suppressed: <known> & fine")

    def merged(self, *options, expect=0):
        whole = os.path.join(self.folder.name, "whole.db")
        self.run_on(self.moved(status=301))
        first = self.database
        self.database = os.path.join(self.folder.name, "second.db")
        self.run_on(self.moved("/c", status=301))
        done = subprocess.run([SEEOTHER, "merge", "-d", whole, *options, first, self.database],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        self.database = whole
        return done.stderr

    def test_merge_knows_as_well(self):
        said = self.merged("--suppress", self.known("permanent-flaps * * never x"))
        self.assertEqual(self.suppressed(), ["x"])
        self.assertIn("2 captures", said)
        self.setUp()
        self.merged()
        self.assertEqual(self.suppressed(), [None])
        self.setUp()
        said = self.merged("--suppress", self.known("permanent-flaps * * 2020-01-01 x"))
        self.assertEqual(self.suppressed(), [None])
        self.assertIn("expired on 2020-01-01", said)
        self.setUp()
        said = self.merged("--suppress", self.known("no-such-rule * * never x"), expect=2)
        self.assertIn("no such rule", said)
        self.assertFalse(os.path.exists(self.database))

    def test_a_page_that_is_asked_for_at_once_was_followed(self):
        target = ([ask("/b"), answer(200)],)
        self.run_on(([ask("/a"), answer(302, "/b"), ask("/b"), answer(200)],), *[target] * 5,
                    options=["--all-exchanges"])
        self.assertEqual(self.found(), [])

    # The queries of the same names.

    def test_queries(self):
        self.run_on(self.moved(status=301), self.moved(status=302))
        self.run_on(self.moved("/c", status=301), after=1)
        row, = self.asked("permanent-flaps")
        self.assertIn("2 different targets", row["message"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
