#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds src/rules/README.md to what the tool says and shows of each rule.

usage: rules_page_test.py SEEOTHER SCENE_TEST ROOT [--update]

The explanation is that of `seeother rules ID`; the example is the first finding of the rule in
tests/scenes.  Rules about all captures get theirs from three made-up weeks of traffic.  --update
writes the page anew.
"""
import os
import subprocess
import sys
import tempfile

from craft import Capture

HEAD = """# The rules

Written by `tests/e2e/rules_page_test.py --update`: what `seeother rules ID` explains, and what a
finding of the rule looks like. The scenes that the examples come from are in `tests/scenes`.

"""


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def examples(scene_test, root):
    """The first finding of each rule, as text, by rule."""
    found = {}
    for part in output(scene_test, os.path.join(root, "tests", "scenes"), "--page").split("== ")[1:]:
        rule, text = part.split("\n", 1)
        found[rule] = text.strip("\n")
    return found


def ask(path):
    return f"GET {path} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: svc/1.0\r\n\r\n".encode()


def answer(status, location=None):
    place = f"Location: {location}\r\n" if location else ""
    return f"HTTP/1.1 {status} X\r\n{place}Content-Length: 0\r\n\r\n".encode()


def examples_across(seeother):
    """The same for the rules that look at all captures."""
    capture = Capture()
    capture.dialog([ask("/a"), answer(302, "/b"), ask("/b"), answer(200)])
    capture.dialog([ask("/news"), answer(302, "/today")]).pause(60)
    for _ in range(5):
        capture.dialog([ask("/b"), answer(200)]).pause(60)
    capture.dialog([ask("/shop"), answer(301, "/one")]).pause(15 * 86400)
    capture.dialog([ask("/shop"), answer(301, "/two")]).pause(60)
    capture.dialog([ask("/news"), answer(302, "/today")])
    with tempfile.TemporaryDirectory() as folder:
        path = capture.write(os.path.join(folder, "weeks.pcap"))
        shown = output(seeother, "analyze", "--all-exchanges", "--only", "temporary-persists",
                       "--only", "permanent-flaps", "--only", "temporary-treated-as-permanent",
                       "-d", os.path.join(folder, "weeks.db"), path)
    found = {}
    for text in shown.split("\n\n")[:-1]:
        found[text.split(" ", 2)[1].rstrip(":")] = text
    return found


def page(seeother, scene_test, root):
    found = examples(scene_test, root)
    found.update((rule, text) for rule, text in examples_across(seeother).items())
    text = HEAD
    for rule in output(seeother, "rules", "-q").split():
        assert found.get(rule), f"no example of {rule}"
        explanation = output(seeother, "rules", rule).strip("\n")
        title, rest = explanation.split("\n", 1)
        text += f"## {rule}\n\n{title.split(': ', 1)[1]}\n\n"
        text += "```\n" + rest.strip("\n") + "\n```\n\n"
        text += "```\n" + found[rule] + "\n```\n\n"
    return text.rstrip("\n") + "\n"


def main():
    seeother, scene_test = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    root = os.path.abspath(sys.argv[3])
    path = os.path.join(root, "src", "rules", "README.md")
    anew = page(seeother, scene_test, root)
    if "--update" in sys.argv:
        with open(path, "w", encoding="utf-8") as file:
            file.write(anew)
        return 0
    with open(path, encoding="utf-8") as file:
        if file.read() == anew:
            return 0
    print("src/rules/README.md is out of date;"
          " tests/e2e/rules_page_test.py SEEOTHER SCENE_TEST ROOT --update mends it")
    return 1


if __name__ == "__main__":
    sys.exit(main())
