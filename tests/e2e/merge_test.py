#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Databases put together: nothing lost, nothing doubled, and the shards of a run are the run.

usage: merge_test.py SEEOTHER SAMPLES CAPTURES
"""
import collections
import glob
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import unittest

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])
SAMPLES = os.path.abspath(sys.argv[2])
CLIENTS = os.path.join(os.path.abspath(sys.argv[3]), "clients", "linux-clients.pcap")
VIOLATING = os.path.join(SAMPLES, "w3m-307-post.pcap")
OTHER = os.path.join(SAMPLES, "treq-308-post.pcap")
TABLES = ("captures", "connections", "exchanges", "redirects", "findings", "coverage", "rules")
VIEWS = ("violations", "chains")


class Merge(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_it(self, *arguments, status=0):
        done = subprocess.run([SEEOTHER, *arguments], capture_output=True, text=True, check=False,
                              cwd=self.folder)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def analyze(self, name, *arguments):
        self.run_it("analyze", "-q", "--format", "none", "-d", name, *arguments)
        return name

    def rows(self, name, sql):
        db = sqlite3.connect(self.path(name))
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def bag(self, name, table):
        """The rows in no order; without ids of findings, which nothing points at."""
        db = sqlite3.connect(self.path(name))
        db.row_factory = sqlite3.Row
        left_out = {"id"} if table in ("findings", "violations") else set()
        try:
            return collections.Counter(
                tuple((key, row[key]) for key in row.keys() if key not in left_out)
                for row in db.execute(f"SELECT * FROM {table}"))
        finally:
            db.close()

    def check(self, name):
        for pragma in ("foreign_key_check", "integrity_check"):
            self.assertIn(self.rows(name, f"PRAGMA {pragma}"), ([], [("ok",)]))

    def counts(self, name):
        return [self.rows(name, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES[:-1]]

    def test_two_databases(self):
        one, other = self.analyze("1.db", VIOLATING), self.analyze("2.db", OTHER, VIOLATING)
        said = self.run_it("merge", "-d", "all.db", one, other)
        self.check("all.db")
        self.assertIn("3 captures", said)
        self.assertEqual(self.counts("all.db"),
                         [a + b for a, b in zip(self.counts(one), self.counts(other))])
        columns = "rule, client, uri, followup_uri, request_frame, followup_frame, source"
        self.assertEqual(sorted(self.rows("all.db", f"SELECT {columns} FROM violations")),
                         sorted(self.rows(one, f"SELECT {columns} FROM violations")
                                + self.rows(other, f"SELECT {columns} FROM violations")))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("all.db")).st_mode), 0o600)
        self.assertFalse(os.path.exists(self.path("all.db-wal")))
        # What was captured can still be had.
        for number, in self.rows("all.db", "SELECT id FROM findings"):
            self.run_it("extract", "-d", "all.db", "--finding", str(number), "-o", "x.pcapng")

    def test_overlap_stays_two_captures(self):
        one = self.analyze("1.db", VIOLATING)
        shutil.copy(self.path(one), self.path("2.db"))
        self.run_it("merge", "-q", "-d", "all.db", one, "2.db", one)
        self.check("all.db")
        self.assertEqual(self.counts("all.db"), [3 * count for count in self.counts(one)])
        self.assertEqual(self.rows("all.db", "SELECT id, run FROM captures"),
                         [(1, 1), (2, 2), (3, 3)])

    def test_into_what_is_there(self):
        self.analyze("all.db", OTHER)
        before = {table: self.bag("all.db", table) for table in TABLES}
        self.run_it("merge", "-q", "-d", "all.db", self.analyze("1.db", VIOLATING))
        self.check("all.db")
        for table in TABLES:
            self.assertFalse(before[table] - self.bag("all.db", table), table)
        self.analyze("all.db", VIOLATING)
        self.check("all.db")
        self.assertEqual(self.rows("all.db", "SELECT count(DISTINCT run) FROM captures"), [(3,)])

    def test_a_table_that_is_a_view_without_end(self):
        """Who reads or writes a stranger's database refuses it at once."""
        self.analyze("b.db", VIOLATING)
        self.analyze("m.db", OTHER)
        db = sqlite3.connect(self.path("b.db"))
        columns = db.execute("SELECT group_concat(name) FROM pragma_table_info('finding')"
                             " WHERE name <> 'id'").fetchone()[0]
        db.executescript(
            "ALTER TABLE finding RENAME TO finding_; CREATE VIEW finding AS WITH RECURSIVE c (x)"
            f" AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS id, {columns} FROM c,"
            " (SELECT * FROM finding_ LIMIT 1);")
        db.close()
        said = "seeother: b.db is not a seeother database: 'finding' is no table in it\n"
        for command in (["extract", "-d", "b.db", "--chain", "1", "-o", "o.pcapng"],
                        ["merge", "-d", "m.db", "b.db"], ["merge", "-d", "b.db", "m.db"],
                        ["merge", "-d", "new.db", "b.db"], ["query", "-d", "b.db", "summary"],
                        ["analyze", "-q", "-d", "b.db", VIOLATING]):
            self.assertEqual(self.run_it(*command, status=1), said, command)
        self.assertEqual(sorted(os.listdir(self.folder)), ["b.db", "m.db"])
        self.check("m.db")

    def test_one_that_is_named_twice(self):
        self.analyze("a.db", VIOLATING)
        os.symlink("a.db", self.path("b.db"))
        said = self.run_it("merge", "-d", "m.db", "a.db", "b.db")
        self.assertIn("b.db: is named twice: all that is in it will be there twice\n", said)
        self.assertEqual(self.run_it("merge", "-q", "-d", "m.db", "a.db", "b.db"), "")
        self.assertEqual(self.rows("m.db", "SELECT count(*) FROM captures"), [(4,)])

    def test_told_to_stop(self):
        """Whatever it is told by: nothing has changed, and nothing is left."""
        self.analyze("large.db", VIOLATING)
        self.analyze("old.db", OTHER)
        db = sqlite3.connect(self.path("large.db"))
        db.execute("WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 500000)"
                   " INSERT INTO pairing (outcome, why, evidence)"
                   " SELECT 'pending', 'number ' || x, '{}' FROM c")
        db.commit()
        db.close()
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
        before = self.bag("old.db", "findings")
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            for target in ("new.db", "old.db"):
                for options in ((), ("--no-sandbox",)):
                    process = subprocess.Popen(
                        [SEEOTHER, "merge", *options, "-d", target, "large.db"], cwd=self.folder,
                        stderr=subprocess.PIPE, text=True)
                    log = self.path(target + "-wal")
                    while not os.path.exists(log) or os.stat(log).st_size < 100000:
                        self.assertIsNone(process.poll())
                        time.sleep(0.01)
                    process.send_signal(number)
                    said = process.communicate(timeout=60)[1]
                    self.assertEqual((process.returncode, said.count("interrupted\n")), (1, 1), said)
                    self.assertEqual(sorted(os.listdir(self.folder)), ["large.db", "old.db"])
        self.assertEqual(self.bag("old.db", "findings"), before)
        self.check("old.db")

    def test_half_changed(self):
        """A source that a killed process left; a contained process cannot put it back."""
        name = self.analyze("1.db", VIOLATING)
        change = ("import os, sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                  "for sql in ('PRAGMA cache_size = 2', 'BEGIN',"
                  " 'UPDATE exchange SET uri = hex(zeroblob(20000))', 'DELETE FROM finding'):\n"
                  "    db.execute(sql)\nos._exit(0)\n")
        subprocess.run([sys.executable, "-c", change, self.path(name)], check=True)
        self.assertTrue(os.path.exists(self.path("1.db-journal")))
        said = self.run_it("merge", "-d", "all.db", name, status=1)
        self.assertIn("run a query on it once", said)
        self.assertFalse(os.path.exists(self.path("all.db")))
        self.run_it("query", "-d", name, "summary")
        self.assertIn("1 capture", self.run_it("merge", "-d", "all.db", name))
        self.check("all.db")

    def test_all_or_nothing(self):
        one = self.analyze("1.db", VIOLATING)
        with open(self.path("text.db"), "w", encoding="utf-8") as file:
            file.write("no database at all, and long enough to be asked about it\n" * 100)
        self.analyze("old.db", VIOLATING)
        db = sqlite3.connect(self.path("old.db"))
        db.execute("ALTER TABLE finding RENAME COLUMN evidence TO gone")
        db.close()
        self.analyze("new.db", VIOLATING)
        db = sqlite3.connect(self.path("new.db"))
        db.execute("PRAGMA user_version = 99")
        db.close()
        for wrong in ("missing.db", "text.db", "old.db", "new.db", self.folder):
            said = self.run_it("merge", "-d", "all.db", one, wrong, status=1)
            self.assertIn(os.path.basename(wrong), said)
            self.assertFalse(os.path.exists(self.path("all.db")), wrong)
        self.analyze("all.db", OTHER)
        before = self.counts("all.db")
        self.run_it("merge", "-d", "all.db", one, "old.db", status=1)
        self.assertEqual(self.counts("all.db"), before)
        self.run_it("merge", "-d", "all.db", one, "all.db", status=2)
        self.run_it("merge", status=2)
        self.run_it("merge", "--nonsense", one, status=2)
        self.assertFalse(os.path.exists(self.path("missing.db")))

    def same_as_one_run(self, shards, *arguments):
        self.analyze("one.db", *arguments)
        parts = [self.analyze(f"{i}of{shards}.db", "--shard", f"{i}/{shards}", *arguments)
                 for i in range(1, shards + 1)]
        kept = [self.rows(part, "SELECT count(*) FROM redirect")[0][0] for part in parts]
        self.assertEqual(sum(kept), self.rows("one.db", "SELECT count(*) FROM redirect")[0][0])
        self.run_it("merge", "-q", "-d", "merged.db", *reversed(parts))
        self.check("merged.db")
        for table in TABLES + VIEWS:
            self.assertEqual(self.bag("merged.db", table), self.bag("one.db", table), table)
        for name in ["one.db", "merged.db", *parts]:
            os.unlink(self.path(name))
        return kept

    def test_shards_are_the_run(self):
        samples = sorted(glob.glob(os.path.join(SAMPLES, "*.pcap")))
        crowd = Capture()
        for number in range(40):
            crowd.dialog([
                b"POST /a HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1\r\n\r\nx",
                b"HTTP/1.1 307 x\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
                b"GET /b HTTP/1.1\r\nHost: shop.example\r\n\r\n",
                b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], client=f"192.0.2.{number}")
        crowd = crowd.write(self.path("crowd.pcap"))
        for shards in (1, 2, 5):
            self.same_as_one_run(shards, *samples)
            kept = self.same_as_one_run(shards, "--all-exchanges", crowd)
            self.assertNotIn(0, kept)

    @unittest.skipUnless(os.path.exists(CLIENTS), "there are no captures of real clients")
    def test_shards_of_real_clients(self):
        for shards in (2, 5):
            self.same_as_one_run(shards, CLIENTS)

    def test_shards_that_are_not_all_there(self):
        for i in (1, 3):
            self.analyze(f"{i}.db", "--shard", f"{i}/3", VIOLATING, OTHER)
        self.run_it("merge", "-q", "-d", "part.db", "1.db", "3.db")
        self.check("part.db")
        self.assertEqual(self.rows("part.db", "SELECT count(*) FROM captures"), [(2,)])
        self.assertEqual(self.rows("part.db", "SELECT json_extract(options, '$.shard') IS NULL"
                                              "  FROM captures"), [(0,), (0,)])
        # The same shard again, or of another run, is a capture of its own.
        self.run_it("merge", "-q", "-d", "twice.db", "1.db", "1.db")
        self.assertEqual(self.rows("twice.db", "SELECT count(*) FROM captures"), [(4,)])
        self.analyze("2.db", "--shard", "2/3", "--window", "7", VIOLATING, OTHER)
        self.run_it("merge", "-q", "-d", "odd.db", "1.db", "2.db", "3.db")
        self.check("odd.db")
        self.assertEqual(self.rows("odd.db", "SELECT count(*) FROM captures"), [(4,)])

    def test_what_is_no_shard(self):
        for wrong in ("0/2", "3/2", "1", "1/", "/2", "1/0", "a/b", "1/2x", "-1/2", "1/9999"):
            self.run_it("analyze", "--shard", wrong, VIOLATING, status=2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
