#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Secrets are nowhere: not on the screen, not in the database, not in a file beside it.

usage: secrets_test.py SEEOTHER

Every secret has a word of its own.  It is looked for as it is, percent-encoded, in base64 and
decoded from it, in all outputs and in every file that is there at any moment of a run: copies are
taken while it runs and is killed.  --no-redact must bring the words back, or the test proves nothing.
"""
import base64
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from craft import Capture

SEEOTHER = os.path.abspath(sys.argv[1])


# What all secrets begin with, so that few searches find them all.
CORE = b"S3cr3tW0rd"


def looks_of(word):
    """All that a word can look like in a file."""
    looks = {word, word.lower(), word.upper(), word.hex().encode(), word.hex().upper().encode(),
             word[::-1], word.decode().encode("utf-16le"), word.decode().encode("utf-16be")}
    looks.add(b"".join(b"%%%02X" % octet for octet in word))
    looks.add(b"".join(b"%%%02x" % octet for octet in word))
    looks.add(b"".join(b"%%25%02X" % octet for octet in word))
    # The three ways in which it can lie in base64, without what its neighbours change.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + word + b"\0" * 3)
        looks.add(coded[(shift * 8 + 5) // 6:(shift + len(word)) * 8 // 6])
    return looks


class Secrets:
    """Makes up words, and finds what is left of them."""

    def __init__(self):
        self.words = {}

    def word(self, what):
        word = CORE + b"%04d" % len(self.words)
        self.words[word] = what
        return word

    def basic(self, what):
        return base64.b64encode(b"user:" + self.word(what))

    def encoded(self, what, times=1):
        word = self.word(what)
        for _ in range(times):
            word = b"".join(b"%%%02X" % octet for octet in word)
        return word

    def found_in(self, octets):
        if not any(look in octets for look in looks_of(CORE)):
            return []
        return [what for word, what in self.words.items()
                if any(look in octets for look in looks_of(word))] or ["a part of one"]


def header_fields(secrets):
    """What a request brings along, and never stays."""
    word = secrets.word
    return (
        b"Authorization: Basic " + secrets.basic("Basic") + b"\r\n"
        b"Proxy-Authorization: Basic " + secrets.basic("Proxy-Authorization") + b"\r\n"
        b"Cookie: id=" + word("Cookie") + b"; other=" + word("second cookie") + b"\r\n"
        b"Cookie: $Version=1; x=\"" + word("quoted cookie") + b"\"\r\n"
        b"X-Api-Key: " + word("X-Api-Key") + b"\r\n"
        b"X-Auth-Token: " + word("X-Auth-Token") + b"\r\n"
        b"X-Amz-Security-Token: " + word("X-Amz-Security-Token") + b"\r\n"
        b"X-CSRF-Token: " + word("X-CSRF-Token") + b"\r\n"
        b"DPoP: " + word("DPoP") + b"\r\n"
        b"Referer: http://u:" + word("userinfo in Referer") + b"@shop.example/?token="
        + word("parameter in Referer") + b"\r\n"
        b"Origin: http://" + word("userinfo in Origin") + b"@shop.example\r\n")


def other_schemes(secrets):
    word = secrets.word
    return [
        b"Bearer " + word("Bearer"),
        b"Digest username=\"u\", response=\"" + word("Digest") + b"\", nonce=\"" + word("nonce")
        + b"\"",
        b"Negotiate " + secrets.basic("Negotiate"),
        b"AWS4-HMAC-SHA256 Credential=" + word("AWS") + b"/x, Signature=" + word("AWS signature"),
        word("no scheme"),
    ]


def references(secrets):
    """Locations, each with a secret in one of the places where a URI can have one."""
    word, encoded = secrets.word, secrets.encoded
    parameters = (b"access_token", b"code", b"state", b"sid", b"PHPSESSID", b"X-Amz-Signature",
                  b"api_key", b"client_secret", b"user%5Bpassword%5D", b"user[password]", b"p%61ss",
                  b"SAMLRequest", b"jwt", b"pw", b"mfa_code", b"token1", b"login_token_v2",
                  b"Policy", b"Key-Pair-Id")
    jwt = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ."
    return [
        *(b"/n?x=1&" + name + b"=" + word(name.decode()) + b"&y=2" for name in parameters),
        b"/n?token=" + encoded("percent-encoded"),
        b"/n?token=" + encoded("percent-encoded twice", 2),
        b"/n?next=http%3A%2F%2Fx%2F%3Ftoken%3D" + encoded("inside of another"),
        b"/n?next=http%3A%2F%2Fu%3A" + encoded("userinfo inside of another") + b"%40x%2F",
        b"/n#access_token=" + word("fragment") + b"&x=1",
        b"/n#x=1&id_token=" + word("later in a fragment"),
        b"/n;jsessionid=" + word("path parameter") + b"?x=1",
        b"http://user:" + word("userinfo") + b"@shop.example/n",
        b"http://" + word("userinfo without password") + b"@shop.example/n",
        b"//user:" + word("userinfo, relative to the scheme") + b"@shop.example/n",
        b"http://user:" + word("slash in a password") + b"/x@shop.example/n",
        b"HTTP:/\\user:" + word("what browsers repair") + b"@shop.example/n",
        b"?token=" + word("query alone"),
        b"n?token=" + word("relative to the path"),
        b"../n?token=" + word("with dots"),
        b"/n?token=" + word("malformed") + b" with a space&b=1",
        b"/n?token=\xff" + word("not UTF-8"),
        b"https://shop.example/n?code=" + word("unobservable"),
        b"myapp://back?code=" + word("another scheme"),
        b"/n?password=" + word("with a plus") + b"+x",
        b"/n/" + jwt + word("JSON Web Token in a path") + b"/x",
        b"/n?x=" + jwt + word("JSON Web Token in a parameter") + b"&y=1",
        b"/n?x=%2Fn%2F" + jwt + word("JSON Web Token inside of another"),
        b"/(S(" + word("cookieless session") + b"))/n",
        b"/(X(1)F(" + word("cookieless ticket") + b"))/n?x=1",
        b"/n?x={\"password\":\"" + word("JSON") + b"\"}",
        b"/n?x=%7B%22password%22%3A%22" + word("JSON, percent-encoded") + b"%22%7D&y=1",
        b"/n?x=%25252Fn%25253Ftoken%25253D" + word("inside of others, three deep"),
        b"mailto:user:" + word("userinfo of an address") + b"@shop.example",
        b"/n?Token=" + word("case") + b"&TOKEN=" + word("upper case"),
    ]


def exchange(capture, secrets, location, fields, form):
    """R with the target, S with the location, F to it; the follow-up violates for sure."""
    word = secrets.word
    path = location.split(b"#")[0]
    for prefix in (b"http://", b"https://", b"//", b"HTTP:/\\", b"myapp://", b"mailto:"):
        if path.startswith(prefix):
            path = b"/" + path.rpartition(b"@")[2].partition(b"/")[2]
    if path.startswith((b"?", b"n", b"..")):
        path = b"/" + path.lstrip(b"./")
        path = b"/r" + path[1:] if path.startswith(b"/?") else path
    target = b"/r?api_key=" + word("target")
    if form == "absolute":
        target = b"http://user:" + word("userinfo in a target") + b"@shop.example" + target
        path = b"http://user:" + word("userinfo in a follow-up") + b"@shop.example" + path
    content = b"user=me&password=" + word("form content")
    path = path.replace(b" ", b"%20")
    capture.dialog([
        b"PUT " + target + b" HTTP/1.1\r\nHost: shop.example\r\n" + fields
        + b"User-Agent: crafted/1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        + b"Content-Length: %d\r\n\r\n" % len(content) + content,
        b"HTTP/1.1 307 T\r\nContent-Length: 0\r\nSet-Cookie: id=" + word("Set-Cookie")
        + b"; Path=/\r\nLocation: " + location + b"\r\nLocation: /?token="
        + word("second Location") + b"\r\n\r\n",
        b"GET " + path + b" HTTP/1.1\r\nHost: shop.example\r\n" + fields
        + b"User-Agent: crafted/1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nAuthentication-Info: " + word("Authentication-Info")
        + b"\r\n\r\n",
    ]).pause(40)


def everything(secrets):
    """A capture of all secrets, and none in what is not one."""
    capture = Capture()
    for form in ("origin", "absolute"):
        for location in references(secrets):
            exchange(capture, secrets, location, header_fields(secrets), form)
    for scheme in other_schemes(secrets):
        exchange(capture, secrets, b"/n", b"Authorization: " + scheme + b"\r\n", "origin")
    # The Host, CONNECT, and credentials that go along to another origin.
    secret = secrets.word("userinfo in Host")
    host = b"u:" + secret + b"@shop.example"
    exchange(capture, secrets, b"/n", b"", "origin")
    capture.dialog([
        b"PUT /h HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 307 T\r\nContent-Length: 0\r\nLocation: /hn\r\n\r\n",
        b"GET /hn HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]).pause(40)
    capture.dialog([
        b"CONNECT shop.example:80 HTTP/1.1\r\nHost: shop.example:80\r\nProxy-Authorization: Basic "
        + secrets.basic("CONNECT") + b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
    return capture


def across_origins(capture, credential, other=None):
    head = b" HTTP/1.1\r\nUser-Agent: crafted/1\r\nAuthorization: Bearer "
    capture.dialog([
        b"GET /start" + head + credential + b"\r\nHost: one.example\r\n\r\n",
        b"HTTP/1.1 302 T\r\nContent-Length: 0\r\nLocation: http://two.example/end\r\n\r\n"])
    capture.dialog([
        b"GET /end" + head + (other or credential) + b"\r\nHost: two.example\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], server="198.51.100.2").pause(40)


class Watch:
    """Keeps what any file in a folder holds at any time, as often as it can be looked at."""

    def __init__(self, folder):
        self.folder, self.seen, self.is_over = folder, {}, False
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.is_over:
            self.once()
            time.sleep(0.002)
        self.once()

    def once(self):
        for parent, _, names in os.walk(self.folder):
            for name in names:
                try:
                    with open(os.path.join(parent, name), "rb") as file:
                        self.seen.setdefault(name, set()).add(file.read())
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()


class Nowhere(unittest.TestCase):
    def setUp(self):
        self.inputs = tempfile.mkdtemp()
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.inputs)
        self.addCleanup(shutil.rmtree, self.folder)
        self.database = os.path.join(self.folder, "test.db")
        self.secrets = Secrets()
        self.capture = everything(self.secrets).write(os.path.join(self.inputs, "secrets.pcap"))

    def run_it(self, *arguments, **options):
        # Temporary files, if there were any, would be in the folder too.
        environment = dict(os.environ, TMPDIR=self.folder, SQLITE_TMPDIR=self.folder)
        return subprocess.run([SEEOTHER, *arguments], capture_output=True, check=False,
                              cwd=self.folder, env=environment, timeout=60, **options)

    def check(self, octets, where):
        self.assertEqual(self.secrets.found_in(octets), [], where)

    def check_watch(self, watch):
        self.assertIn("test.db", watch.seen)
        for name, contents in watch.seen.items():
            for content in contents:
                self.check(content, name)

    def test_the_words_are_there_to_be_found(self):
        done = self.run_it("analyze", "--all-exchanges", "--no-redact", "-d", self.database,
                           self.capture)
        with open(self.database, "rb") as file:
            found = self.secrets.found_in(file.read())
        for what in ("target", "userinfo", "access_token", "fragment", "userinfo in a target",
                     "userinfo in Host", "another scheme", "percent-encoded"):
            self.assertIn(what, found)
        # Even so, header fields and contents are nobody's.
        for what in ("Basic", "Cookie", "X-Api-Key", "form content", "Set-Cookie"):
            self.assertNotIn(what, found)
            self.assertNotIn(what, self.secrets.found_in(done.stdout))

    def test_in_no_output_and_no_file(self):
        shown = 0
        for form in ("text", "jsonl", "sarif", "junit", "none"):
            with Watch(self.folder) as watch:
                done = self.run_it("analyze", "-v", "--all-exchanges", "--progress", "always",
                                   "--format", form, "-d", self.database, self.capture)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.check(done.stdout + done.stderr, form)
            self.check_watch(watch)
            shown += done.stdout.count(b"[redacted]")
        self.assertGreater(shown, 100)
        self.assertEqual(os.listdir(self.folder), ["test.db"])
        with Watch(self.folder) as watch:
            done = self.run_it("merge", "-v", "-d", os.path.join(self.folder, "merged.db"),
                               self.database)
        self.check(done.stdout + done.stderr, "merge")
        self.check_watch(watch)
        for form in ("table", "csv", "json", "jsonl", "markdown"):
            for table in ("captures", "exchanges", "redirects", "findings", "violations",
                          "chains", "connections"):
                done = self.run_it("query", "-v", "--format", form, "-d", self.database,
                                   "--sql", f"SELECT * FROM {table}")
                self.check(done.stdout + done.stderr, (table, form))
        db = sqlite3.connect(self.database)
        self.assertGreater(db.execute("SELECT count(*) FROM findings").fetchone()[0], 100)
        self.assertEqual(db.execute("SELECT DISTINCT request_body_digest FROM exchanges"
                                    ).fetchall(), [(None,)])
        db.close()

    def test_not_with_a_key_for_digests_either(self):
        key = self.secrets.word("the key itself")
        environment = dict(os.environ, SEEOTHER_DIGEST_KEY=key.decode())
        done = subprocess.run([SEEOTHER, "analyze", "-v", "-d", self.database, self.capture],
                              capture_output=True, check=True, env=environment)
        self.check(done.stdout + done.stderr, "output")
        with open(self.database, "rb") as file:
            self.check(file.read(), "database")

    def test_not_when_it_is_killed(self):
        with open(self.capture, "rb") as file:
            octets = file.read()
        for cut in range(len(octets) // 5, len(octets), len(octets) // 5):
            with open(os.path.join(self.inputs, "said"), "w+b") as said:
                with Watch(self.folder) as watch, subprocess.Popen(
                        [SEEOTHER, "analyze", "--all-exchanges", "-d", self.database, "-"],
                        stdin=subprocess.PIPE, stdout=said, stderr=said) as process:
                    process.stdin.write(octets[:cut])
                    process.stdin.flush()
                    time.sleep(0.8)
                    process.kill()
                said.seek(0)
                self.check(said.read(), "output")
            self.check_watch(watch)
        self.assertIn("test.db-wal", watch.seen)

    def test_not_when_it_fails(self):
        with open(self.capture, "rb") as file:
            octets = file.read()
        # Cut inside of a message, turned into rubbish, and put where another thing is expected.
        damaged = [octets[:len(octets) // 2], octets[:5000] + octets[5200:], octets[24:]]
        for i, content in enumerate(damaged):
            path = os.path.join(self.inputs, f"damaged{i}.pcap")
            with open(path, "wb") as file:
                file.write(content)
            done = self.run_it("analyze", "-v", "-d", self.database, path)
            self.check(done.stdout + done.stderr, path)
        done = self.run_it("analyze", "-v", "-d", self.capture, self.capture)
        self.assertEqual(done.returncode, 1)
        self.check(done.stdout + done.stderr, "a capture for a database")

    def test_they_are_compared_nevertheless(self):
        capture = Capture()
        same, one, other = (self.secrets.word(what) for what in ("same", "one", "other"))
        across_origins(capture, same)
        across_origins(capture, one, other)
        path = capture.write(os.path.join(self.inputs, "origins.pcap"))
        done = self.run_it("analyze", "-d", self.database, path)
        self.assertEqual(done.stdout.count(b"authorization-cross-origin"), 1)
        self.check(done.stdout, "output")
        with open(self.database, "rb") as file:
            self.check(file.read(), "database")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
